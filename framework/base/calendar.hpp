// Times are seconds since 1970-01-01 00:00 UTC; wall clocks belong to a time zone.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace auspex {

using Time = std::int64_t;

/// "None": an analysable without an end, a value that is not known.
inline constexpr Time no_time = std::numeric_limits<Time>::min();

/// A zone of the IANA database.
class TimeZone {
 public:
  /// Throws Error(configuration) with a suggestion where the name is unknown.
  static TimeZone named(std::string_view name);
  static TimeZone utc();

  [[nodiscard]] const std::string& name() const { return name_; }

  /// Adds calendar months, then days, keeping the wall clock, as PHP's DateTime does: a day past the month's end rolls over
  /// (31 January + 1 month = 3 March); a wall clock that a clock change skips moves forward by the gap.
  [[nodiscard]] Time add(Time time, int months, int days) const;

  /// What a clock on the wall shows at `time`, as the seconds at which it shows the same in UTC.
  [[nodiscard]] Time wall_clock(Time time) const;

  /// The midnight at or before `time`.
  [[nodiscard]] Time day_start(Time time) const;

 private:
  std::string name_;
  const void* zone_ = nullptr;
};

/// Epoch seconds ("1795311000"), or ISO 8601 with an offset ("2026-11-22T01:30:00Z", "2026-11-22T02:30+01:00"), or a date,
/// which is its midnight UTC. Throws Error(usage) for anything else.
[[nodiscard]] Time parse_time(std::string_view text);

/// "2026-11-22T01:30:00Z"; "none" for no_time.
[[nodiscard]] std::string time_text(Time time);

}  // namespace auspex
