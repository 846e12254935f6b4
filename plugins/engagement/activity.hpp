// How much and how recently a student was active: events of the course, all that is known by the range's end.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <auspex/sdk.hpp>

#include "population.hpp"
#include "timeline.hpp"

namespace auspex::engagement {

/// Base: one read of the student's events in the course, of all names or of those given. "Clicks" are the sum of `count`,
/// where a row without a count is one; E is timeline::complete().
class activity_indicator : public linear_indicator {
 public:
  static constexpr entities needs = user | course;
  static constexpr std::array parameters{
      list_of(text_parameter("names", "count only events of these names; without it all", "null"))};

 protected:
  activity_indicator(const arguments& a, std::vector<std::string> columns) {
    table read = table("events").columns(std::move(columns)).of_sample().until_end();
    if (a.has("names")) {
      auto names = a.texts("names");
      if (names.empty()) throw std::invalid_argument("names: at least one is needed");
      std::move(read).where("name", std::move(names));
    }
    events_ = reads(std::move(read));
  }

  [[nodiscard]] rows events(const sample& s) const { return s.rows(events_); }

 private:
  read_handle events_;
};

/// The clicks of rows [from, to), from their column of counts.
inline double clicks(const rows& r, std::size_t column, std::size_t from, std::size_t to) {
  const auto counts = r.integers(column);
  std::int64_t sum = 0;
  if (r.complete(column)) {
    for (std::size_t i = from; i < to; ++i) sum += counts[i];
  } else {
    for (std::size_t i = from; i < to; ++i) sum += r.missing(column, i) ? 1 : counts[i];
  }
  return double(sum);
}

/// The first row at or after a time.
inline std::size_t first_row(std::span<const time> times, time at) {
  return std::size_t(std::ranges::lower_bound(times, at) - times.begin());
}

/// g = whole days since the last active day, 0 where that is the last whole day: 1 - 2g / (g + 7).
struct days_since_last_activity : activity_indicator {
  static constexpr std::string_view id = "engagement/days_since_last_activity";
  static constexpr std::string_view name = "Days since last activity";
  static constexpr std::string_view description =
      "1 - 2g / (g + 7), g = whole days without activity at the end; never active: -1. None before the course's "
      "first whole day.";
  explicit days_since_last_activity(const arguments& a) : activity_indicator(a, {"time"}) {}

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    const timeline days(s.whole());
    if (days.complete() < 1) return std::nullopt;
    const auto times = events(s).times(0);
    if (times.empty()) return -1;
    return -saturating(double(std::max<std::int64_t>(0, days.complete() - 1 - days.day_of(times.back()))), 7);
  }
};

/// n = days with activity, also before the start: 2 sqrt(min(1, n / E)) - 1.
struct active_days : activity_indicator {
  static constexpr std::string_view id = "engagement/active_days";
  static constexpr std::string_view name = "Active days";
  static constexpr std::string_view description =
      "2 sqrt(min(1, n / E)) - 1, n = days with activity (before the start too), E = whole days since the start. "
      "None before the first.";
  explicit active_days(const arguments& a) : activity_indicator(a, {"time"}) {}

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    const timeline days(s.whole());
    if (days.complete() < 1) return std::nullopt;
    std::int64_t n = 0;
    days.active_days(events(s).times(0), [&](std::int64_t) { ++n; });
    return 2 * std::sqrt(std::min(1.0, double(n) / double(days.complete()))) - 1;
  }
};

/// c = clicks so far, m = their median over the students enrolled at the range's end: (c - m) / (c + m).
struct activity_relative_to_median : activity_indicator {
  static constexpr std::string_view id = "engagement/activity_relative_to_median";
  static constexpr std::string_view name = "Activity relative to the course";
  static constexpr std::string_view description =
      "(c - m) / (c + m), c = clicks so far, m = their median over the students enrolled at the end of the range; "
      "0 where both are 0.";
  static constexpr entities uses = enrolment;
  const read_handle enrolments = reads(enrolments_of_samples());
  explicit activity_relative_to_median(const arguments& a) : activity_indicator(a, {"count"}) {}

  void calculate(const frame& f, std::span<double> values) const {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto r = events(f[i]);
      values[i] = clicks(r, 0, 0, r.size());
    }
    const double middle = enrolled_median(f, enrolments, values);
    for (auto& value : values) value = relative(value, middle);
  }
};

/// A = clicks of the last 14 whole days and since, B = clicks of the 14 days before: (A - B) / (A + B + 10).
struct trend_last_two_weeks : activity_indicator {
  static constexpr std::string_view id = "engagement/trend_last_two_weeks";
  static constexpr std::string_view name = "Trend of the last two weeks";
  static constexpr std::string_view description =
      "(A - B) / (A + B + 10), A = clicks of the last 14 days, B = of the 14 before. None in the first two weeks.";
  explicit trend_last_two_weeks(const arguments& a) : activity_indicator(a, {"time", "count"}) {}

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    const timeline days(s.whole());
    if (days.complete() < 14) return std::nullopt;
    const auto r = events(s);
    const auto before = first_row(r.times(0), days.begin_of(days.complete() - 28));
    const auto recent = first_row(r.times(0), days.begin_of(days.complete() - 14));
    const double a = clicks(r, 1, recent, r.size()), b = clicks(r, 1, before, recent);
    return (a - b) / (a + b + 10);
  }
};

/// A = clicks of the last 14 whole days and since: 2 ln(1 + A) / ln(1001) - 1, at most 1.
struct recent_activity : activity_indicator {
  static constexpr std::string_view id = "engagement/recent_activity";
  static constexpr std::string_view name = "Recent activity";
  static constexpr std::string_view description =
      "2 ln(1 + A) / ln(1 + 1000) - 1, at most 1, A = clicks of the last 14 days. None where the course has no "
      "start.";
  explicit recent_activity(const arguments& a) : activity_indicator(a, {"time", "count"}) {}

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    if (!s.analysable_start()) return std::nullopt;
    const timeline days(s.whole());
    const auto r = events(s);
    return logarithmic(clicks(r, 1, first_row(r.times(0), days.begin_of(days.complete() - 14)), r.size()), 1000);
  }
};

/// n = different activities used so far: 2 ln(1 + n) / ln(201) - 1, at most 1.
struct distinct_activities : activity_indicator {
  static constexpr std::string_view id = "engagement/distinct_activities";
  static constexpr std::string_view name = "Distinct activities";
  static constexpr std::string_view description =
      "2 ln(1 + n) / ln(1 + 200) - 1, at most 1, n = different activities used so far.";
  explicit distinct_activities(const arguments& a) : activity_indicator(a, {"activity_id"}) {}

  [[nodiscard]] double calculate(const sample& s) {
    ++stamp_;
    std::int64_t n = 0;
    const auto r = events(s);
    const auto activities = r.integers(0);
    const bool complete = r.complete(0);
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (!complete && r.missing(0, i)) continue;
      const auto activity = std::size_t(activities[i]);
      if (activity >= seen_.size()) seen_.resize(activity + 1);
      n += seen_[activity] != stamp_;
      seen_[activity] = stamp_;
    }
    return logarithmic(double(n), 200);
  }

 private:
  std::vector<std::uint64_t> seen_;  // by activity: the call that saw it last; ids are dense
  std::uint64_t stamp_ = 0;
};

}  // namespace auspex::engagement
