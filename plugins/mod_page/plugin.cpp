#include "page.hpp"

namespace mod_page = auspex::mod_page;

AUSPEX_PLUGIN_BY("mod_page", "1.0.0", "Page", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_page::page>,
                 auspex::social_breadth<mod_page::page>)
