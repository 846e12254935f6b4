// Quizzes: attempted, graded, and perhaps attempted again.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_quiz {

inline constexpr activity_module quiz{
    .component = "mod_quiz", .module = "quiz", .name = "Quiz",
    .feedback = " Feedback is the first grade; it is seen where the quiz is opened after it was given.",
    .potential = levels_of("quiz"),
    .viewed = {"course_module_viewed"},
    .submitted = {"attempt_submitted"},
    .after_grade = true};

}  // namespace auspex::mod_quiz
