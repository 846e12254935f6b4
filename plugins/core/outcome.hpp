// How a course ended for a student, from the table of outcomes.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::core {

/// 1: the student's outcome is among `positive`; 0: it is another one (or among `negative`, where given); none: not known,
/// or in neither list.
struct outcome : binary_target {
  static constexpr std::string_view id = "core/outcome";
  static constexpr std::string_view name = "Outcome";
  static constexpr std::string_view description = "Whether a student's result in a course is one of the given results.";
  static constexpr std::string_view analyser = "core/student_enrolments";
  static constexpr entities needs = user | course;
  static constexpr std::array<std::string_view, 2> class_names{"another result", "one of the given results"};
  static constexpr std::array<std::string_view, 1> sample_reasons{"enrolment_not_yet_started"};
  static constexpr std::array parameters{
      list_of(text_parameter("positive", "results that count as 1")),
      list_of(text_parameter("negative", "results that count as 0; without it all others do", "null"))};

  const read_handle enrolments = reads_samples(
      table("enrolments").columns({"enrolment_id", "start", "created_at"}).of_sample().in_history());
  const read_handle outcomes = reads_labels(table("outcomes").columns({"enrolment_id", "result"}).of_sample().in_history());

  explicit outcome(const arguments& a) : positive_(a.texts("positive")) {
    if (positive_.empty()) throw std::invalid_argument("positive: at least one result is needed");
    if (!a.has("negative")) return;
    negative_ = a.texts("negative");
    for (const auto& result : *negative_) {
      if (std::ranges::count(positive_, result) > 0) {
        throw std::invalid_argument("'" + result + "' is in both positive and negative");
      }
    }
  }

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

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    const auto result = result_of(s);
    if (result.empty()) return std::nullopt;
    if (std::ranges::count(positive_, result) > 0) return 1;
    if (negative_ && std::ranges::count(*negative_, result) == 0) return std::nullopt;
    return 0;
  }

 private:
  /// The last row of this very enrolment, else the last row; empty where there is none.
  [[nodiscard]] std::string_view result_of(const sample& s) const {
    const auto r = s.rows(outcomes);
    for (std::size_t i = r.size(); i-- > 0;) {
      if (s.enrolment_id() && r.integer(0, i) == s.enrolment_id()) return r.text(1, i);
    }
    return r.empty() ? std::string_view() : r.text(1, r.size() - 1);
  }

  std::vector<std::string> positive_;
  std::optional<std::vector<std::string>> negative_;
};

}  // namespace auspex::core
