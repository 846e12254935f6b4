#include "data.hpp"

namespace mod_data = auspex::mod_data;

AUSPEX_PLUGIN_BY("mod_data", "1.0.0", "Database", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_data::data>,
                 auspex::social_breadth<mod_data::data>)
