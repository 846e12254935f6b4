// How sure a metric is: resampling persons.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "learning/metrics.hpp"

namespace auspex::learning {

struct BootstrapOptions {
  std::size_t resamples = 1000;  ///< 0: no intervals
  double level = 0.95;
  std::uint64_t seed = 1;
  int threads = 1;               ///< does not change the result
};

/// Percentile interval and standard deviation; NaN where the metric is undefined in more than half of the resamples.
struct Spread {
  std::string metric;
  double low, high, deviation;
};

/// Persons are drawn with replacement, with all their rows (Efron 1979; cluster bootstrap). One entry a metric of
/// all_metrics, in its order. `groups`: one a row, in the order given to Scores; rows of negative groups stand alone.
[[nodiscard]] std::vector<Spread> bootstrap(const Scores& scores, std::span<const std::int64_t> groups,
                                            const BootstrapOptions& options);

}  // namespace auspex::learning
