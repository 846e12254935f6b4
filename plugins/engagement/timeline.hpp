// The days of a course, as the indicators of engagement count them.
#pragma once

#include <cstdint>
#include <limits>
#include <span>

#include <auspex/sdk.hpp>

namespace auspex::engagement {

/// Day d is [start + d days, start + (d + 1) days): negative before the course's start. Days need no calendar.
class timeline {
 public:
  explicit timeline(const frame& f) : start_(f.analysable_start().value_or(0)) {
    if (f.analysable_start() && f.end() != no_time) complete_ = day_of(f.end());
  }

  /// E: how many whole days lie between the course's start and the range's end; at most 0 where there is none.
  [[nodiscard]] std::int64_t complete() const { return complete_; }

  [[nodiscard]] std::int64_t day_of(time t) const {
    const auto days = (t - start_) / day;
    return (t - start_) % day < 0 ? days - 1 : days;
  }

  /// The first second of a day.
  [[nodiscard]] time begin_of(std::int64_t of_day) const { return start_ + of_day * day; }

  /// Calls `found` once for each day that has one of the ascending times, in ascending order.
  void active_days(std::span<const time> times, auto&& found) const {
    time next = std::numeric_limits<time>::min();
    for (const time t : times) {
      if (t < next) continue;
      const auto d = day_of(t);
      found(d);
      next = begin_of(d + 1);
    }
  }

 private:
  time start_;
  std::int64_t complete_ = 0;
};

}  // namespace auspex::engagement
