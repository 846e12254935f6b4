#include "quiz.hpp"
#include "quiz_fail.hpp"

namespace mod_quiz = auspex::mod_quiz;

AUSPEX_PLUGIN_BY("mod_quiz", "1.0.0", "Quiz", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_quiz::quiz>,
                 auspex::social_breadth<mod_quiz::quiz>, mod_quiz::quiz_takers, mod_quiz::quiz_fail)
