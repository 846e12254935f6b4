#include "completion_enabled.hpp"
#include "course_dropout.hpp"
#include "potential.hpp"

namespace core_course = auspex::core_course;

AUSPEX_PLUGIN_BY("core_course", "1.0.0", "Courses", "Auspex", "Apache-2.0", "", core_course::course_dropout,
                 core_course::completion_enabled, core_course::potential_cognitive_depth,
                 core_course::potential_social_breadth)
