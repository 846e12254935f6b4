// When a student is enrolled, and whether that covers a range of time.
#pragma once

#include <algorithm>
#include <optional>

#include <auspex/sdk.hpp>

namespace auspex::core_course {

/// An enrolment's time; without a start it begins when it was created.
struct enrolment_period {
  std::optional<time> start, end, created;

  [[nodiscard]] constexpr std::optional<time> begins() const { return start ? start : created; }
};

/// Columns of enrolments for period_of().
inline std::vector<std::string> enrolment_times() { return {"enrolment_id", "start", "end", "created_at"}; }

/// The sample's enrolment among its rows of enrolment_times(), or nothing.
inline std::optional<enrolment_period> period_of(const sample& s, const rows& enrolments) {
  for (std::size_t i = 0; i < enrolments.size(); ++i) {
    if (s.enrolment_id() && enrolments.integer(0, i) != s.enrolment_id()) continue;
    return enrolment_period{enrolments.integer(1, i), enrolments.integer(2, i), enrolments.integer(3, i)};
  }
  return std::nullopt;
}

/// Moodle's enrolment_active_during_analysis_time: whether the enrolment covers at least 70 % of the time from `start` to
/// `end`. A range that lacks one of them needs to touch the enrolment only.
constexpr bool active_during(const enrolment_period& enrolment, std::optional<time> start, std::optional<time> end) {
  constexpr double required = 0.7;
  const auto from = enrolment.begins(), until = enrolment.end;
  if (end && from && *end < *from) return false;
  if (start && until && *until < *start) return false;
  if (!start || !end || *start >= *end) return true;
  const time active = std::min(*end, until.value_or(*end)) - std::max(*start, from.value_or(*start));
  return double(active) / double(*end - *start) >= required;
}

}  // namespace auspex::core_course
