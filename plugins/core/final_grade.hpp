// Which grade a student has at a course's end.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "enrolment_target.hpp"

namespace auspex::core {

/// In percent of what can be reached, 0 to 100: the course total, or the mean of the activities that were graded, each with its last
/// grade; none where
/// there is no such grade.
struct final_grade : enrolment_target<linear_target> {
  static constexpr std::string_view id = "core/final_grade";
  static constexpr std::string_view name = "Final grade";
  static constexpr std::string_view description = "A student's grade in a course, in percent.";
  static constexpr double maximum = 100;
  static constexpr std::array kinds{str("course"), str("activities")};
  static constexpr std::array parameters{text_parameter(
      "of", "course: the course total; activities: the mean over graded activities", "\"course\"", kinds)};

  const read_handle grades = reads_labels(table("grades").columns({"kind", "grade", "maximum", "item"}).of_sample().in_history());

  explicit final_grade(const arguments& a) : kind_(a.text("of") == "course" ? "course" : "activity") {}

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    const auto r = s.rows(grades);
    std::vector<std::pair<std::string_view, double>> latest;  // in percent, by item
    for (std::size_t i = 0; i < r.size(); ++i) {
      const auto grade = r.real(1, i), most = r.real(2, i);
      if (r.text(0, i) != kind_ || !grade || !most || !(*most > 0)) continue;
      const double percent = std::clamp(100 * *grade / *most, 0.0, 100.0);
      const auto known = std::ranges::find(latest, r.text(3, i), &std::pair<std::string_view, double>::first);
      if (known == latest.end()) latest.emplace_back(r.text(3, i), percent);
      else known->second = percent;
    }
    if (latest.empty()) return std::nullopt;
    double sum = 0;
    for (const auto& [item, percent] : latest) sum += percent;
    return sum / double(latest.size());
  }

 private:
  std::string kind_;
};

}  // namespace auspex::core
