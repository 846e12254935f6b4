// How evenly a student's activity is spread over the course's days and weeks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "activity.hpp"

namespace auspex::engagement {

/// g = longest run of days without activity among days 0 to E - 1, leading and trailing ones count: 1 - 2g / (g + 14).
struct longest_gap : activity_indicator {
  static constexpr std::string_view id = "engagement/longest_gap";
  static constexpr std::string_view name = "Longest gap";
  static constexpr std::string_view description =
      "1 - 2g / (g + 14), g = longest run of days without activity since the start. None before the first whole "
      "day.";
  explicit longest_gap(const arguments& a) : activity_indicator(a, {"time"}) {}

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    const timeline days(s.whole());
    if (days.complete() < 1) return std::nullopt;
    std::int64_t longest = 0, last = -1;
    days.active_days(events(s).times(0), [&](std::int64_t d) {
      if (d < 0 || d >= days.complete()) return;
      longest = std::max(longest, d - last - 1);
      last = d;
    });
    return -saturating(double(std::max(longest, days.complete() - last - 1)), 14);
  }
};

/// n = longest run of days with activity among days 0 to E - 1: 2n / (n + 5) - 1.
struct longest_streak : activity_indicator {
  static constexpr std::string_view id = "engagement/longest_streak";
  static constexpr std::string_view name = "Longest streak";
  static constexpr std::string_view description =
      "2n / (n + 5) - 1, n = longest run of days with activity since the start. None before the first whole day.";
  explicit longest_streak(const arguments& a) : activity_indicator(a, {"time"}) {}

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    const timeline days(s.whole());
    if (days.complete() < 1) return std::nullopt;
    std::int64_t longest = 0, run = 0, last = -2;
    days.active_days(events(s).times(0), [&](std::int64_t d) {
      if (d < 0 || d >= days.complete()) return;
      run = d == last + 1 ? run + 1 : 1;
      last = d;
      longest = std::max(longest, run);
    });
    return saturating(double(longest), 5);
  }
};

/// W = floor(E / 7) weeks counted back from the range's end (a day that is not over belongs to the last), p_k = week k's
/// share of their clicks: 2 (-sum p_k ln p_k / ln W) - 1, the entropy of the weeks.
struct regularity : activity_indicator {
  static constexpr std::string_view id = "engagement/regularity";
  static constexpr std::string_view name = "Regularity";
  static constexpr std::string_view description =
      "2 H / ln W - 1, H = entropy of the clicks over the last W whole weeks since the start: 1 where all weeks "
      "have as many; no clicks: -1. None in the first two weeks.";
  explicit regularity(const arguments& a) : activity_indicator(a, {"time", "count"}) {}

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    const timeline days(s.whole());
    const auto weeks = days.complete() / 7;
    if (weeks < 2) return std::nullopt;
    const auto r = events(s);
    const auto times = r.times(0);

    double total = 0, sum = 0;  // of c and of c ln c over the weeks
    auto from = first_row(times, days.begin_of(days.complete() - 7 * weeks));
    for (std::int64_t left = weeks - 1; left >= 0; --left) {
      const auto to = left == 0 ? r.size() : first_row(times, days.begin_of(days.complete() - 7 * left));
      const double c = clicks(r, 1, from, to);
      if (c > 0) {
        total += c;
        sum += c * std::log(c);
      }
      from = to;
    }
    if (total == 0) return -1;
    const double entropy = std::log(total) - sum / total;
    return into_unit(2 * entropy / std::log(double(weeks)) - 1);
  }
};

}  // namespace auspex::engagement
