// Lessons: feedback comes at their end.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_lesson {

/// Moodle means "at least twice" and compares the other way round.
constexpr bool ends_again(const deeds& d, time since, bool moodle) {
  if (since == ever || d.submissions == 0) return false;
  return moodle ? d.submissions <= 2 : d.submissions >= 2;
}

inline constexpr activity_module lesson{
    .component = "mod_lesson", .module = "lesson", .name = "Lesson",
    .feedback = " Feedback comes at the end of a lesson; who ends it twice or more has submitted again.",
    .potential = levels_of("lesson"),
    .viewed = {"lesson_ended"},
    .submitted = {"lesson_ended"},
    .submits_again = ends_again};

}  // namespace auspex::mod_lesson
