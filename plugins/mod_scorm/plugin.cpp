#include "scorm.hpp"

namespace mod_scorm = auspex::mod_scorm;

AUSPEX_PLUGIN_BY("mod_scorm", "1.0.0", "SCORM package", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_scorm::scorm>,
                 auspex::social_breadth<mod_scorm::scorm>)
