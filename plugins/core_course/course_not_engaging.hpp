// Courses that lose their students.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::core_course {

/// 1: in the last quarter of the course fewer than `share` of its students did anything in it.
struct course_not_engaging : binary_target {
  static constexpr std::string_view id = "core_course/course_not_engaging";
  static constexpr std::string_view name = "Courses that do not engage their students";
  static constexpr std::string_view description =
      "Whether fewer than a share of a course's students do anything in its last quarter.";
  static constexpr std::string_view analyser = "core/courses";
  static constexpr entities needs = course;
  static constexpr std::array<std::string_view, 2> class_names{"engaging", "not engaging"};
  static constexpr std::array parameters{
      real_parameter("share", "of the students that an engaging course keeps active", "0.5", 0, 1)};

  explicit course_not_engaging(const arguments& a) : share_(a.real("share")) {}

  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    const auto start = f.analysable_start(), end = f.analysable_end();
    if (!start || *start > f.end()) return reason{"course_not_yet_started", {}};
    if (!end) return reason{"no_course_end_time", {}};
    if (*end < *start) return reason{"end_before_start", {}};
    if (f.all(checked_students_).empty()) return reason{"no_course_students", {}};
    const bool finished = *end <= f.end();
    if (f.for_training() && !finished) return reason{"course_not_yet_finished", {}};
    if (!f.for_training() && finished) return reason{"course_already_finished", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    const auto start = s.analysable_start(), end = s.analysable_end();
    const auto people = s.rows(students_).integers(0);
    if (!start || !end || people.empty()) return std::nullopt;
    const auto last_quarter = time(std::trunc(double(*end) - double(*end - *start) / 4));
    std::vector<std::int64_t> active;
    const auto r = s.rows(events_);
    for (std::size_t i = 0; i < r.size(); ++i) {
      const auto t = r.times(1)[i];
      if (!r.missing(0, i) && t > last_quarter && t <= *end) active.push_back(r.integers(0)[i]);
    }
    std::ranges::sort(active);
    const auto stayed = std::ranges::count_if(people, [&](auto user) { return std::ranges::binary_search(active, user); });
    return double(stayed) < share_ * double(people.size()) ? 1 : 0;
  }

 private:
  static table students() { return table("roles").columns({"user_id"}).where("archetype", {"student"}).of_analysable().in_history(); }

  double share_;
  const read_handle checked_students_ = reads_analysable(students());
  const read_handle students_ = reads_labels(students());
  const read_handle events_ = reads_labels(table("events").columns({"user_id", "time"}).of_analysable().in_history());
};

}  // namespace auspex::core_course
