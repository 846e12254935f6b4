// SCORM packages: feedback is the grade.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_scorm {

inline constexpr activity_module scorm{
    .component = "mod_scorm", .module = "scorm", .name = "SCORM package",
    .feedback = " Feedback is the first grade; it is seen where the package is opened after it was given.",
    .potential = levels_of("scorm"),
    .viewed = {"course_module_viewed"},
    .after_grade = true};

}  // namespace auspex::mod_scorm
