// Whether a course tracks completion.
#pragma once

#include <auspex/sdk.hpp>

namespace auspex::core_course {

struct completion_enabled : binary_indicator {
  static constexpr std::string_view id = "core_course/completion_enabled";
  static constexpr std::string_view name = "Completion enabled";
  static constexpr std::string_view description =
      "1 where the course tracks completion and has criteria for it, else -1.";
  static constexpr entities needs = course;

  const read_handle settings = reads(
      table("courses").columns({"completion_enabled", "completion_criteria"}).of_analysable().until_end());

  [[nodiscard]] bool calculate(const sample& s) const {
    const auto r = s.rows(settings);
    return !r.empty() && r.is(0, 0) && r.integer(1, 0).value_or(0) > 0;
  }
};

}  // namespace auspex::core_course
