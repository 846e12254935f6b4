// External tools: feedback is the grade that comes back.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_lti {

inline constexpr activity_module lti{
    .component = "mod_lti", .module = "lti", .name = "External tool",
    .feedback = " Feedback is the first grade; it is seen where the activity is opened after it was given.",
    .potential = levels_of("lti"),
    .viewed = {"course_module_viewed"},
    .after_grade = true};

}  // namespace auspex::mod_lti
