#include "forum.hpp"

namespace mod_forum = auspex::mod_forum;

AUSPEX_PLUGIN_BY("mod_forum", "1.0.0", "Forum", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_forum::forum>,
                 auspex::social_breadth<mod_forum::forum>)
