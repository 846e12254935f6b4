// Numbers that describe a column or two. NaN among the values = missing, passed over; a figure that is not defined is NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace auspex::explore {

/// Of sorted values, by linear interpolation (Hyndman and Fan's type 7), rounded as numpy does. NaN for none.
[[nodiscard]] double quantile(std::span<const double> sorted, double share);

struct Summary {
  std::int64_t present = 0, distinct = 0;
  double mean, deviation;  ///< divided by n - 1
  double minimum, first_quartile, median, third_quartile, maximum;
  double skew;                        ///< adjusted Fisher-Pearson, as pandas'; NaN for fewer than three values
  double low_fence, high_fence;       ///< first quartile - 1.5 IQR, third + 1.5 IQR (Tukey 1977)
  std::int64_t below = 0, above = 0;  ///< outside the fences
  double low_whisker, high_whisker;   ///< outermost values within the fences
  double p95;
  std::int64_t above_p95 = 0;
  bool whole = false;  ///< all values are integers

  [[nodiscard]] std::int64_t outliers() const { return below + above; }
  [[nodiscard]] bool outside(double value) const { return value < low_fence || value > high_fence; }
};
[[nodiscard]] Summary summary(std::span<const double> values);

/// counts[i]: values between edges[i] and edges[i + 1], the last edge included. Empty for no values.
struct Histogram {
  std::vector<double> edges;
  std::vector<std::int64_t> counts;
};
/// `log`: bins as wide as each other on a logarithmic axis, of the values above 0 alone.
[[nodiscard]] std::vector<double> histogram_edges(const Summary& of, std::span<const double> values, bool log);
[[nodiscard]] std::vector<std::int64_t> histogram_counts(const std::vector<double>& edges, std::span<const double> values);

/// Pearson's; over the rows where both are present.
[[nodiscard]] double correlation(std::span<const double> x, std::span<const double> y);

/// Average ranks from 1; NaN stays NaN.
[[nodiscard]] std::vector<double> ranks(std::span<const double> values);

/// (value, density) at evenly spaced values from the least to the greatest: Gaussian kernels, Silverman's bandwidth.
[[nodiscard]] std::vector<std::pair<double, double>> density(std::span<const double> values, std::size_t points = 48);

/// The first principal components of rows x columns values (all finite), after every column was brought to mean 0 and
/// deviation 1 (divided by n). The sign of a component is such that its largest loading is positive.
struct Components {
  std::vector<std::vector<double>> loadings;  ///< by component, one a column
  std::vector<double> shares;                 ///< of the variance
  std::vector<std::vector<double>> scores;    ///< by component, one a row
};
[[nodiscard]] Components principal_components(std::span<const double> values, std::size_t columns, std::size_t most);

/// Mean over rows of (b - a) / max(a, b) with the mean distances a to the own cluster's other rows and b to the nearest
/// other cluster's (Rousseeuw 1987); 0 for the only row of a cluster. rows x columns values; NaN for fewer than two
/// clusters.
[[nodiscard]] double silhouette(std::span<const double> values, std::size_t columns, std::span<const std::int32_t> clusters);

/// Every column at mean 0 and deviation 1 (divided by n); a constant column at 0.
[[nodiscard]] std::vector<double> standardised(std::span<const double> values, std::size_t columns);

/// `count` of `from` in ascending order, the same for the same seed.
[[nodiscard]] std::vector<std::size_t> sample_of(std::size_t from, std::size_t count, std::uint64_t seed);

}  // namespace auspex::explore
