// Students at risk of dropping out of a course.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "completion.hpp"
#include "course_enrolments.hpp"

namespace auspex::core_course {

/// 1 (at risk): the student did not complete the course, where it has completion with criteria; elsewhere: did nothing in it
/// after the first three quarters of its time. Otherwise 0.
struct course_dropout : course_enrolments {
  static constexpr std::string_view id = "core_course/course_dropout";
  static constexpr std::string_view name = "Students at risk of dropping out";
  static constexpr std::string_view description =
      "Whether a student leaves the course uncompleted or, where completion is not tracked, does nothing in its "
      "last quarter.";
  static constexpr std::array<std::string_view, 2> class_names{"no dropout", "dropout"};
  /// Events a student that a course needs to be learnt from.
  static constexpr double least_events = 10;

  const read_handle events = reads_analysable(
      table("events").columns({"user_id", "time"}).where("anonymous", {"false"}).of_analysable().in_history());
  const read_handle settings = reads_labels(table("courses").columns(completion_settings()).of_analysable().in_history());
  const read_handle completions = reads_labels(table("completions").columns(completion_times()).of_sample().in_history());
  const read_handle own_events = reads_labels(table("events").columns({"time"}).of_sample().in_history());

  using course_enrolments::check;
  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    if (auto why = course_enrolments::check(f)) return why;
    if (f.for_training() && events_per_student(f) < least_events) return reason{"no_course_activity", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    if (!active(s)) return std::nullopt;
    if (tracks_completion(s.rows(settings))) return completed(s.rows(completions)) ? 0 : 1;
    const auto start = s.analysable_start(), end = s.analysable_end();
    if (!start || !end) return std::nullopt;
    const auto last_quarter = time(std::trunc(double(*end) - double(*end - *start) / 4));
    const auto times = s.rows(own_events).times(0);
    return !times.empty() && times.back() > last_quarter ? 0 : 1;
  }

 private:
  [[nodiscard]] double events_per_student(const frame& f) const {
    const auto people = students(f).integers(0);
    const auto [least, most] = std::ranges::minmax(people);
    std::vector<std::uint8_t> is_student(std::size_t(most - least) + 1);
    for (const auto person : people) is_student[std::size_t(person - least)] = 1;

    const auto r = f.all(events);
    const auto users = r.integers(0);
    const auto times = r.times(1);
    const time start = *f.analysable_start(), end = *f.analysable_end();
    std::int64_t count = 0;
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (times[i] <= start || times[i] >= end || users[i] < least || users[i] > most || r.missing(0, i)) continue;
      count += is_student[std::size_t(users[i] - least)];
    }
    return double(count) / double(people.size());
  }
};

}  // namespace auspex::core_course
