// SPDX-License-Identifier: @LICENCE@
#pragma once

#include <algorithm>
#include <string>

#include <auspex/sdk.hpp>

namespace @PLUGIN@ {

/// 1: the student did nothing in the last weeks of the course; 0: something. None where a student never did anything at all,
/// who did not fall silent.
struct @CLASS@ : auspex::binary_target {
  static constexpr std::string_view id = "@ID@";
  static constexpr std::string_view name = "@TITLE@";
  static constexpr std::string_view description =
      "Whether a student who took part does nothing in the last weeks of the course.";
  static constexpr std::string_view analyser = "core/student_enrolments";
  static constexpr auspex::entities needs = auspex::user | auspex::course;
  static constexpr std::array<std::string_view, 2> class_names{"stays until the end", "falls silent"};
  static constexpr std::array<std::string_view, 1> sample_reasons{"enrolment_suspended"};
  static constexpr std::array parameters{
      auspex::integer_parameter("weeks", "how long before the end nothing is done", "2", 1, 52)};

  explicit @CLASS@(const auspex::arguments& a) : silence_(a.integer("weeks") * auspex::week) {}

  /// Which courses: those that are over teach, those that go on are predicted.
  [[nodiscard]] std::optional<auspex::reason> check(const auspex::frame& f) const {
    const auto start = f.analysable_start(), end = f.analysable_end();
    if (!start) return auspex::reason{"no_start_time", {}};
    if (!end) return auspex::reason{"no_end_time", {}};
    if (*end - *start <= silence_)
      return auspex::reason{"course_too_short", {{"weeks", std::to_string(silence_ / auspex::week)}}};
    if (*start > f.end()) return auspex::reason{"course_not_yet_started", {}};
    const bool finished = *end <= f.end();  // the frame ends at as-of
    if (f.for_training() && !finished) return auspex::reason{"course_not_yet_finished", {}};
    if (!f.for_training() && finished) return auspex::reason{"course_already_finished", {}};
    return std::nullopt;
  }

  /// Which students: an index into sample_reasons where one is left out.
  [[nodiscard]] std::optional<std::size_t> check(const auspex::sample& s) const {
    const auto r = s.rows(enrolments_);
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (!s.for_training() && r.text(0, i) == "suspended") return 0;
    }
    return std::nullopt;
  }

  /// The label, of a course that is over.
  [[nodiscard]] std::optional<double> label(const auspex::sample& s) const {
    const auto times = s.rows(events_).times(0);  // ascending
    const auto end = s.analysable_end();
    if (!end || times.empty() || times.front() > *end) return std::nullopt;
    // The first event after the silence would have begun.
    const auto next = std::ranges::upper_bound(times, *end - silence_);
    return next == times.end() || *next > *end ? 1 : 0;
  }

 private:
  auspex::time silence_;
  const auspex::read_handle enrolments_ =
      reads_samples(auspex::table("enrolments").columns({"status"}).of_sample().in_history());
  const auspex::read_handle events_ = reads_labels(auspex::table("events").columns({"time"}).of_sample().in_history());
};

}  // namespace @PLUGIN@
