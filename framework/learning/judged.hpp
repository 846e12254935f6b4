// Some tested rows with what happened and what was said of them, whatever the kind of target.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "learning/held_out.hpp"
#include "learning/metrics.hpp"

namespace auspex::learning {

struct Judged {
  std::size_t classes = 2;            ///< 0 for linear targets
  std::vector<double> labels;         ///< indices of classes, or values
  std::vector<double> values;         ///< labels.size() x max(1, classes)
  std::vector<double> decisions;      ///< indices of classes; empty for linear targets
  std::vector<std::int64_t> groups;

  /// Two classes: the probabilities of the positive one.
  [[nodiscard]] Scores scores() const;
};

/// Those of `rows` that were predicted. `decisions`: one a row of the dataset; empty: the most probable class, of two the
/// positive one where it is above 0.5.
[[nodiscard]] Judged judged(const analysis::Dataset& dataset, const Rows& rows, const std::vector<double>& values,
                            const std::vector<double>& decisions = {});

/// Metrics of some rows, each with a weight. Keeps a state: for one thread.
using Measure = std::function<Metrics(std::span<const double> weights)>;

/// all_metrics(), class_metrics() or value_metrics(), by the kind of target.
[[nodiscard]] Measure measure_of(const Judged& judged, const Capacity& capacity);

/// The same with all weights 1.
[[nodiscard]] Metrics metrics_of(const Judged& judged, const Capacity& capacity);

/// The means of metrics over several sets of rows, each metric where it is defined. The sets must outlive it.
struct MeanOver {
  std::function<Measure()> measure;    ///< weights: of the rows of the first set, then of the next, ...
  std::vector<std::int64_t> groups;    ///< of these rows
};
[[nodiscard]] MeanOver mean_over(const std::vector<Judged>& sets, const Capacity& capacity);

/// The first less the second under the same weights.
[[nodiscard]] Measure difference(Measure first, Measure second);

}  // namespace auspex::learning
