#include "lesson.hpp"

namespace mod_lesson = auspex::mod_lesson;

AUSPEX_PLUGIN_BY("mod_lesson", "1.0.0", "Lesson", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_lesson::lesson>,
                 auspex::social_breadth<mod_lesson::lesson>)
