#include "workshop.hpp"

namespace mod_workshop = auspex::mod_workshop;

AUSPEX_PLUGIN_BY("mod_workshop", "1.0.0", "Workshop", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_workshop::workshop>,
                 auspex::social_breadth<mod_workshop::workshop>)
