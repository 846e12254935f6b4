// Completion of courses, as indicators and targets look at it.
#pragma once

#include <string>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::core_course {

/// Columns of courses for tracks_completion().
inline std::vector<std::string> completion_settings() { return {"completion_enabled", "completion_criteria"}; }

/// Whether a course tracks completion and has criteria for it. `course`: its row of completion_settings(), or none.
inline bool tracks_completion(const rows& course) {
  return !course.empty() && course.is(0, 0) && course.integer(1, 0).value_or(0) > 0;
}

/// Columns of completions for completed().
inline std::vector<std::string> completion_times() { return {"activity_id", "completed_at"}; }

/// Whether a student completed the course. `completions`: the student's rows of completion_times().
inline bool completed(const rows& completions) {
  for (std::size_t i = 0; i < completions.size(); ++i) {
    if (completions.missing(0, i) && !completions.missing(1, i)) return true;
  }
  return false;
}

}  // namespace auspex::core_course
