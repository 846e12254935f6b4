// Students who do badly, whether or not the course says what passing it takes.
#pragma once

#include <algorithm>
#include <vector>

#include "course_enrolments.hpp"

namespace auspex::core_course {

/// 1: the mean of the student's latest marks in the course's activities, as shares of their maxima, is below `below`; none without
/// any mark.
struct low_marks : course_enrolments {
  static constexpr std::string_view id = "core_course/low_marks";
  static constexpr std::string_view name = "Students having a bad time";
  static constexpr std::string_view description =
      "Whether the mean of a student's marks in the activities of a course stays below a share of their maxima.";
  static constexpr std::array<std::string_view, 2> class_names{"does well", "has a bad time"};
  static constexpr std::array parameters{real_parameter("below", "share of the maximum that is too low", "0.5", 0, 1)};

  explicit low_marks(const arguments& a) : below_(a.real("below")) {}

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    if (!active(s)) return std::nullopt;
    const auto r = s.rows(grades_);
    std::vector<std::int32_t> seen;
    double sum = 0;
    for (std::size_t i = r.size(); i-- > 0;) {  // the latest of each item counts
      const auto item = r.codes(item_)[i];
      const auto grade = r.real(grade_, i), maximum = r.real(maximum_, i);
      if (!grade || !maximum || *maximum <= 0 || std::ranges::find(seen, item) != seen.end()) continue;
      seen.push_back(item);
      sum += *grade / *maximum;
    }
    if (seen.empty()) return std::nullopt;
    return sum / double(seen.size()) < below_ ? 1 : 0;
  }

 private:
  enum column : std::size_t { item_, grade_, maximum_ };
  double below_;
  const read_handle grades_ = reads_labels(table("grades")
                                               .columns({"item", "grade", "maximum"})
                                               .where("kind", {"activity", "manual"})
                                               .of_sample()
                                               .in_history());
};

}  // namespace auspex::core_course
