// Courses that start these days without a teacher or without students. Nothing is learnt: the roles say it.
#pragma once

#include <auspex/sdk.hpp>

namespace auspex::core_course {

/// 1: nobody teaches or nobody learns. Only courses whose start is no more than a week away, before or after, and that have
/// not ended.
struct no_teaching : binary_target {
  static constexpr std::string_view id = "core_course/no_teaching";
  static constexpr std::string_view name = "Courses at risk of not starting";
  static constexpr std::string_view description = "Whether a course that starts these days has no teacher or no student.";
  static constexpr std::string_view analyser = "core/site_courses";
  static constexpr entities needs = course;
  static constexpr bool is_static = true;
  static constexpr std::array<std::string_view, 2> class_names{"teachers and students", "no teacher or no student"};
  static constexpr std::array<std::string_view, 2> decides_from{"core_course/no_teacher", "core_course/no_student"};
  static constexpr std::array<std::string_view, 1> accepts{"core/single_range"};
  static constexpr std::array<std::string_view, 4> sample_reasons{
      "no_course_start_time", "course_already_finished", "course_starts_in_over_a_week", "course_started_over_a_week_ago"};

  const read_handle courses = reads_samples(table("courses").columns({"start", "end"}).of_sample().in_history());

  [[nodiscard]] std::optional<std::size_t> check(const sample& s) const {
    enum { no_start, already_finished, starts_later, started_before };
    const auto r = s.rows(courses);
    const auto start = r.empty() ? std::nullopt : r.integer(0, 0), end = r.empty() ? std::nullopt : r.integer(1, 0);
    const time now = s.end();
    if (!start) return no_start;
    if (end && *end < now) return already_finished;
    if (*start - week > now) return starts_later;
    if (*start + week < now) return started_before;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    return s.indicator(decides_from[0]) == -1 || s.indicator(decides_from[1]) == -1 ? 1 : 0;
  }
};

}  // namespace auspex::core_course
