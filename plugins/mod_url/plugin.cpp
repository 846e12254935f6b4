#include "url.hpp"

namespace mod_url = auspex::mod_url;

AUSPEX_PLUGIN_BY("mod_url", "1.0.0", "URL", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_url::url>,
                 auspex::social_breadth<mod_url::url>)
