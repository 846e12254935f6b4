// Students who were not in a course in a range of time. Nothing is learnt: the range's accesses say it.
#pragma once

#include <cmath>

#include "course_enrolments.hpp"

namespace auspex::core_course {

/// 1: no access in the range. None where the enrolment covers less than 70 % of the range. Any running course will do,
/// however long, with or without an end.
class course_accesses : public course_enrolments {
 public:
  static constexpr bool is_static = true;
  static constexpr std::array<std::string_view, 1> decides_from{"core/any_course_access"};

  using course_enrolments::check;
  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    const auto start = f.analysable_start(), end = f.analysable_end();
    if (!start || *start > f.end()) return reason{"course_not_yet_started", {}};
    if (students(f).empty()) return reason{"no_course_students", {}};
    if (hidden(f)) return reason{"hidden_from_students", {}};
    if (end && *end < *start) return reason{"end_before_start", {}};
    if (finished(f)) return reason{"course_already_finished", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    const double access = s.indicator(decides_from[0]);
    if (!active(s) || std::isnan(access)) return std::nullopt;
    return access == -1 ? 1 : 0;
  }
};

struct no_recent_accesses : course_accesses {
  static constexpr std::string_view id = "core_course/no_recent_accesses";
  static constexpr std::string_view name = "Students who have not accessed the course recently";
  static constexpr std::string_view description =
      "Whether a student was not in the course in the last days, week or month, while enrolled for most of it.";
  static constexpr std::array<std::string_view, 2> class_names{"accessed recently", "not accessed recently"};
  static constexpr std::array<std::string_view, 4> accepts{"core/past_3_days", "core/past_week", "core/past_month",
                                                           "core/past_period"};
};

struct no_access_since_course_start : course_accesses {
  static constexpr std::string_view id = "core_course/no_access_since_course_start";
  static constexpr std::string_view name = "Students who have not accessed the course yet";
  static constexpr std::string_view description =
      "Whether a student was not in the course since it started, while enrolled for most of that time.";
  static constexpr std::array<std::string_view, 2> class_names{"accessed the course", "not accessed the course"};
  static constexpr std::array<std::string_view, 4> accepts{"core/one_week_after_start", "core/one_month_after_start",
                                                           "core/ten_percent_after_start", "core/after_start"};
};

}  // namespace auspex::core_course
