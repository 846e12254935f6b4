#include "wiki.hpp"

namespace mod_wiki = auspex::mod_wiki;

AUSPEX_PLUGIN_BY("mod_wiki", "1.0.0", "Wiki", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_wiki::wiki>,
                 auspex::social_breadth<mod_wiki::wiki>)
