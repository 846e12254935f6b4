// Whom a student is compared with: those still enrolled at the end of the range.
#pragma once

#include <span>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::engagement {

/// The read that enrolled_median() needs.
inline table enrolments_of_samples() {
  return table("enrolments").columns({"enrolment_id", "end"}).of_sample().until_end();
}

/// The median of the values of those samples whose enrolment has no end known and reached at the range's end; NaN without
/// any.
inline double enrolled_median(const frame& f, read_handle enrolments, std::span<const double> values) {
  std::vector<double> enrolled;
  enrolled.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto own = f[i].enrolment_id();
    const auto r = f.all(enrolments, i);
    bool ended = false;
    for (std::size_t k = 0; k < r.size(); ++k) {
      if (own && r.integer(0, k) != own) continue;
      ended = !r.missing(1, k) && r.times(1)[k] <= f.end();
    }
    if (!ended) enrolled.push_back(values[i]);
  }
  return median(enrolled);
}

}  // namespace auspex::engagement
