// Marks that were known by the range's end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::engagement {

/// 2 a - 1, a = mean of grade / maximum over the activities' grade items, the latest known grade of each; kept to [-1, 1].
/// Items without a maximum above 0, and totals that belong to no activity, do not count.
struct average_mark : linear_indicator {
  static constexpr std::string_view id = "engagement/average_mark";
  static constexpr std::string_view name = "Average mark so far";
  static constexpr std::string_view description =
      "2 a - 1, a = mean of grade / maximum over the activities marked so far, the latest grade of each. None "
      "without any.";
  static constexpr entities needs = user | course;
  const read_handle grades = reads(
      table("grades").columns({"item", "activity_id", "grade", "maximum"}).of_sample().until_end());

  [[nodiscard]] std::optional<double> calculate(const sample& s) {
    const auto r = s.rows(grades);
    latest_.clear();
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (!r.missing(1, i)) latest_.emplace_back(r.codes(0)[i], i);
    }
    std::ranges::sort(latest_);
    double sum = 0, count = 0;
    for (std::size_t k = 0; k < latest_.size(); ++k) {
      if (k + 1 < latest_.size() && latest_[k + 1].first == latest_[k].first) continue;
      const auto grade = r.real(2, latest_[k].second), maximum = r.real(3, latest_[k].second);
      if (!grade || !maximum || *maximum <= 0) continue;
      sum += *grade / *maximum;
      count += 1;
    }
    if (count == 0) return std::nullopt;
    return into_unit(2 * sum / count - 1);
  }

 private:
  std::vector<std::pair<std::int32_t, std::size_t>> latest_;  // code of the item, row
};

}  // namespace auspex::engagement
