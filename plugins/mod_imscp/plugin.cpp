#include "imscp.hpp"

namespace mod_imscp = auspex::mod_imscp;

AUSPEX_PLUGIN_BY("mod_imscp", "1.0.0", "IMS content package", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_imscp::imscp>,
                 auspex::social_breadth<mod_imscp::imscp>)
