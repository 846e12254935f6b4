// What targets about a student in a course that has an end share.
#pragma once

#include <optional>
#include <string_view>

#include <auspex/sdk.hpp>

namespace auspex::core {

/// Base: binary_target, multiclass_target or linear_target.
template <class Base>
struct enrolment_target : Base {
  static constexpr std::string_view analyser = "core/student_enrolments";
  static constexpr entities needs = user | course;
  static constexpr std::array<std::string_view, 1> sample_reasons{"enrolment_not_yet_started"};

  const read_handle enrolments = Base::reads_samples(
      table("enrolments").columns({"enrolment_id", "start", "created_at"}).of_sample().in_history());

  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    const auto start = f.analysable_start(), end = f.analysable_end();
    if (!start) return reason{"course_has_no_start", {}};
    if (*start > f.end()) return reason{"course_not_yet_started", {}};
    if (!end) return reason{"course_has_no_end", {}};
    if (*end < *start) return reason{"end_before_start", {}};
    const bool finished = *end <= f.end();
    if (f.for_training() && !finished) return reason{"course_not_yet_finished", {}};
    if (!f.for_training() && finished) return reason{"course_already_finished", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::size_t> check(const sample& s) const {
    const auto r = s.rows(enrolments);
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (s.enrolment_id() && r.integer(0, i) != s.enrolment_id()) continue;
      const auto begins = r.missing(1, i) ? r.integer(2, i) : r.integer(1, i);
      if (!s.for_training() && begins && *begins > s.end()) return 0;
    }
    return std::nullopt;
  }
};

/// With the table of outcomes.
template <class Base>
struct of_outcomes : enrolment_target<Base> {
  const read_handle outcomes = Base::reads_labels(
      table("outcomes").columns({"enrolment_id", "result"}).of_sample().in_history());

 protected:
  /// The last row of this very enrolment, else the last row; empty where there is none.
  [[nodiscard]] std::string_view result_of(const sample& s) const {
    const auto r = s.rows(outcomes);
    for (std::size_t i = r.size(); i-- > 0;) {
      if (s.enrolment_id() && r.integer(0, i) == s.enrolment_id()) return r.text(1, i);
    }
    return r.empty() ? std::string_view() : r.text(1, r.size() - 1);
  }
};

}  // namespace auspex::core
