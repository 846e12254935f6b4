// How sure a metric is: resampling persons.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "learning/judged.hpp"

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

/// Persons are drawn with replacement, with all their rows (Efron 1979; cluster bootstrap). `measure`: makes what is
/// measured, once a thread. One entry a metric, in its order. `groups`: one a row, in the order of the weights; rows of
/// negative groups stand alone.
[[nodiscard]] std::vector<Spread> bootstrap(const std::function<Measure()>& measure, std::span<const std::int64_t> groups,
                                            const BootstrapOptions& options);

/// Of all_metrics().
[[nodiscard]] std::vector<Spread> bootstrap(const Scores& scores, std::span<const std::int64_t> groups,
                                            const BootstrapOptions& options);

}  // namespace auspex::learning
