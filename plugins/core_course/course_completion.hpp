// Students at risk of not completing a course.
#pragma once

#include "completion.hpp"
#include "course_enrolments.hpp"

namespace auspex::core_course {

/// 1 (at risk): the student did not complete the course. Only courses that track completion and have criteria for it.
struct course_completion : course_enrolments {
  static constexpr std::string_view id = "core_course/course_completion";
  static constexpr std::string_view name = "Students at risk of not completing the course";
  static constexpr std::string_view description =
      "Whether a student leaves the course without meeting its completion criteria.";
  static constexpr std::array<std::string_view, 2> class_names{"completed", "not completed"};

  const read_handle settings = reads_analysable(
      table("courses").columns(completion_settings()).of_analysable().in_history());
  const read_handle completions = reads_labels(table("completions").columns(completion_times()).of_sample().in_history());

  using course_enrolments::check;
  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    if (auto why = course_enrolments::check(f)) return why;
    if (!tracks_completion(f.all(settings))) return reason{"completion_not_enabled", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    if (!active(s)) return std::nullopt;
    return completed(s.rows(completions)) ? 0 : 1;
  }
};

}  // namespace auspex::core_course
