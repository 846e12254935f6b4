// Quantiles of sorted values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace auspex::learning {

/// By linear interpolation, as numpy's default. `sorted` is not empty; share in [0, 1].
[[nodiscard]] inline double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * double(sorted.size() - 1);
  const auto below = std::size_t(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - double(below)) * (sorted[above] - sorted[below]);
}

}  // namespace auspex::learning
