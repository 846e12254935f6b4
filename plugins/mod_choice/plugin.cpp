#include "choice.hpp"

namespace mod_choice = auspex::mod_choice;

AUSPEX_PLUGIN_BY("mod_choice", "1.0.0", "Choice", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_choice::choice>,
                 auspex::social_breadth<mod_choice::choice>)
