// Workshops: students submit, and assess each other.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_workshop {

inline constexpr activity_module workshop{
    .component = "mod_workshop", .module = "workshop", .name = "Workshop",
    .feedback = " Feedback is the first grade; it is seen in the submission after it was given, answered by assessing "
                "others.",
    .potential = levels_of("workshop"),
    .viewed = {"course_module_viewed", "submission_viewed"},
    .replied = {"submission_assessed", "submission_reassessed"},
    .submitted = {"submission_updated", "submission_created", "submission_reassessed"},
    .after_grade = true};

}  // namespace auspex::mod_workshop
