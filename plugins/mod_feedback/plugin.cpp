#include "feedback.hpp"

namespace mod_feedback = auspex::mod_feedback;

AUSPEX_PLUGIN_BY("mod_feedback", "1.0.0", "Feedback", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_feedback::feedback>,
                 auspex::social_breadth<mod_feedback::feedback>)
