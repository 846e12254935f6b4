// Outlier detectors: find rows that are unlike the others.
#pragma once

#include <limits>

#include <auspex/points.hpp>

namespace auspex {

/// Where a detector puts what it found; the spans are the host's, one element a row.
struct outliers {
  std::span<double> scores;                                     ///< finite; higher = further out
  std::span<std::int32_t> flags;                                ///< 1 = outlier, 0 = not
  double threshold = std::numeric_limits<double>::quiet_NaN();  ///< scores above it are flagged; NaN: there is no such score
  bool standardised = false;  ///< distances were measured with every column at mean 0 and deviation 1
};

/// Base of outlier detectors. A derived class has
///   static constexpr std::string_view id, name, description;
///   void detect(const points&, outliers& out)
class outlier_detector : public component {
 public:
  static constexpr std::string_view interface_id = AUSPEX_OUTLIER_DETECTOR;
};

namespace detail {

template <class C>
struct functions_of_outlier_detector {
  static auspex_status detect(void* self, const auspex_points* raw, auspex_outliers* out, auspex_error* error) noexcept {
    return guarded(error, [&] {
      const points rows(*raw);
      outliers found{{out->scores, rows.rows()}, {out->flags, rows.rows()}};
      static_cast<C*>(self)->detect(rows, found);
      out->threshold = found.threshold;
      out->standardised = found.standardised ? 1 : 0;
    });
  }
  static constexpr auspex_outlier_detector table{sizeof(auspex_outlier_detector), &detect};
};

}  // namespace detail
}  // namespace auspex
