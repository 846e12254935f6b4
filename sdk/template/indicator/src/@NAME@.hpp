// SPDX-License-Identifier: @LICENCE@
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <auspex/sdk.hpp>

namespace @PLUGIN@ {

/// 1 - 2 late / n, of the n activities with a deadline that the student handed something in to: 1 = all in time, -1 = all
/// late. Of several submissions to an activity the first counts. None where nothing was handed in.
struct @CLASS@ : auspex::linear_indicator {
  static constexpr std::string_view id = "@ID@";
  static constexpr std::string_view name = "@TITLE@";
  static constexpr std::string_view description =
      "1 - 2 late / n, n = activities with a deadline that the student handed something in to. None without any.";
  static constexpr auspex::entities needs = auspex::user | auspex::course;
  static constexpr std::array parameters{
      auspex::list_of(auspex::text_parameter("names", "names of the events by which students hand in",
                                             R"(["assessable_submitted", "attempt_submitted"])")),
      auspex::real_parameter("grace_hours", "hours after the deadline that do not count as late", "0", 0)};

  explicit @CLASS@(const auspex::arguments& a)
      : grace_(auspex::time(a.real("grace_hours") * 3600)),
        submissions_(reads(auspex::table("events")
                               .columns({"time", "activity_id"})
                               .where("name", a.texts("names"))
                               .of_sample()
                               .in_range())),
        activities_(reads(auspex::table("activities").columns({"activity_id", "close"}).of_analysable().until_end())) {
    if (a.texts("names").empty()) throw std::invalid_argument("names: at least one is needed");
  }

  void calculate(const auspex::frame& f, std::span<double> values) const {
    const auto deadlines = deadlines_of(f.all(activities_));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = value_of(f.all(submissions_, i), deadlines);
  }

 private:
  struct deadline {
    std::int64_t activity;
    auspex::time close;
    std::size_t number;  // from 0
  };

  /// Ascending by activity.
  static std::vector<deadline> deadlines_of(const auspex::rows& activities) {
    std::vector<deadline> result;
    for (std::size_t i = 0; i < activities.size(); ++i) {
      if (const auto close = activities.integer(1, i)) result.push_back({activities.integers(0)[i], *close, 0});
    }
    std::ranges::sort(result, {}, &deadline::activity);
    for (std::size_t i = 0; i < result.size(); ++i) result[i].number = i;
    return result;
  }

  [[nodiscard]] double value_of(const auspex::rows& submissions, const std::vector<deadline>& deadlines) const {
    std::vector<bool> seen(deadlines.size());
    double made = 0, late = 0;
    for (std::size_t i = 0; i < submissions.size(); ++i) {  // in the order of time
      if (submissions.missing(1, i)) continue;
      const auto found = std::ranges::lower_bound(deadlines, submissions.integers(1)[i], {}, &deadline::activity);
      if (found == deadlines.end() || found->activity != submissions.integers(1)[i] || seen[found->number]) continue;
      seen[found->number] = true;
      made += 1;
      if (submissions.times(0)[i] > found->close + grace_) late += 1;
    }
    return made == 0 ? auspex::none : 1 - 2 * late / made;
  }

  auspex::time grace_;
  auspex::read_handle submissions_, activities_;
};

}  // namespace @PLUGIN@
