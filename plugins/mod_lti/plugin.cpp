#include "lti.hpp"

namespace mod_lti = auspex::mod_lti;

AUSPEX_PLUGIN_BY("mod_lti", "1.0.0", "External tool", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_lti::lti>,
                 auspex::social_breadth<mod_lti::lti>)
