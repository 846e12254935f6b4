#include "label.hpp"

namespace mod_label = auspex::mod_label;

AUSPEX_PLUGIN_BY("mod_label", "1.0.0", "Text and media area", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_label::label>,
                 auspex::social_breadth<mod_label::label>)
