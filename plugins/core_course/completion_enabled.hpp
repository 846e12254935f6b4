// Whether a course, or one of its activities, tracks completion.
#pragma once

#include "completion.hpp"

namespace auspex::core_course {

struct completion_enabled : binary_indicator {
  static constexpr std::string_view id = "core_course/completion_enabled";
  static constexpr std::string_view name = "Completion enabled";
  static constexpr std::string_view description =
      "1 where the course tracks completion and has criteria for it, else -1. Of an activity: 1 where the course tracks "
      "completion and the activity does.";
  static constexpr entities needs = course, uses = activity;

  const read_handle courses = reads(table("courses").columns(completion_settings()).of_sample().until_end());
  const read_handle activities = reads(table("activities").columns({"completion"}).of_sample().until_end());

  [[nodiscard]] bool calculate(const sample& s) const {
    const auto settings = s.rows(courses);
    if (s.activity_id().value_or(-1) < 0) return tracks_completion(settings);
    const auto own = s.rows(activities);
    return !settings.empty() && settings.is(0, 0) && !own.empty() && own.integer(0, 0).value_or(0) > 0;
  }
};

}  // namespace auspex::core_course
