#include "resource.hpp"

namespace mod_resource = auspex::mod_resource;

AUSPEX_PLUGIN_BY("mod_resource", "1.0.0", "File", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_resource::resource>,
                 auspex::social_breadth<mod_resource::resource>)
