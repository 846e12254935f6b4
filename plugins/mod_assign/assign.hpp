// Assignments: handed in, graded, and perhaps handed in again.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_assign {

inline constexpr activity_module assign{
    .component = "mod_assign", .module = "assign", .name = "Assignment",
    .feedback = " Feedback is the first grade; it is seen where it is viewed after it was given.",
    .potential = levels_of("assign"),
    .viewed = {"feedback_viewed"},
    .submitted = {"assessable_submitted"},
    .after_grade = true};

}  // namespace auspex::mod_assign
