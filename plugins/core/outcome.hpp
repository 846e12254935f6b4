// How a course ended for a student, from the table of outcomes.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "enrolment_target.hpp"

namespace auspex::core {

/// 1: the student's outcome is among `positive`; 0: it is another one (or among `negative`, where given); none: not known,
/// or in neither list.
struct outcome : of_outcomes<binary_target> {
  static constexpr std::string_view id = "core/outcome";
  static constexpr std::string_view name = "Outcome";
  static constexpr std::string_view description = "Whether a student's result in a course is one of the given results.";
  static constexpr std::array<std::string_view, 2> class_names{"another result", "one of the given results"};
  static constexpr std::array parameters{
      list_of(text_parameter("positive", "results that count as 1")),
      list_of(text_parameter("negative", "results that count as 0; without it all others do", "null"))};

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

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    const auto result = result_of(s);
    if (result.empty()) return std::nullopt;
    if (std::ranges::count(positive_, result) > 0) return 1;
    if (negative_ && std::ranges::count(*negative_, result) == 0) return std::nullopt;
    return 0;
  }

 private:
  std::vector<std::string> positive_;
  std::optional<std::vector<std::string>> negative_;
};

}  // namespace auspex::core
