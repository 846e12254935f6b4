#include "bigbluebuttonbn.hpp"

namespace mod_bigbluebuttonbn = auspex::mod_bigbluebuttonbn;

AUSPEX_PLUGIN_BY("mod_bigbluebuttonbn", "1.0.0", "BigBlueButton", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_bigbluebuttonbn::bigbluebuttonbn>,
                 auspex::social_breadth<mod_bigbluebuttonbn::bigbluebuttonbn>)
