#include "survey.hpp"

namespace mod_survey = auspex::mod_survey;

AUSPEX_PLUGIN_BY("mod_survey", "1.0.0", "Survey", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_survey::survey>,
                 auspex::social_breadth<mod_survey::survey>)
