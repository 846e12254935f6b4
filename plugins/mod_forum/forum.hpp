// Forums: feedback is what others write.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_forum {

inline constexpr activity_module forum{
    .component = "mod_forum", .module = "forum", .name = "Forum",
    .feedback = " Feedback is what others write in the forum; it counts for students who write something themselves.",
    .potential = levels_of("forum"),
    .viewed = {"assessable_uploaded", "course_module_viewed", "discussion_viewed"},
    .replied = {"assessable_uploaded"},
    .post = "assessable_uploaded",
    .fault = moodle_fault::social_needs_grade_item};

}  // namespace auspex::mod_forum
