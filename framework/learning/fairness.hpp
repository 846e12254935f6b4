// Whether a model serves groups of people alike. Groups come from columns for audits, which are never features.
#pragma once

#include <cstddef>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "learning/held_out.hpp"

namespace auspex::learning {

struct FairnessOptions {
  spec::Population population = spec::Population::all;
  std::size_t least = 10;          ///< persons; smaller groups are not reported, nor rates over fewer persons
  std::size_t resamples = 1000;    ///< of persons within a group, for the intervals
  double level = 0.95;
  std::uint64_t seed = 1;
};

/// By column for audits and value, over the held-out rows of all ranges:
///   [{"column": "enrolments.gender", "suppressed_groups": n,
///     "groups": [{"value", "persons", "rows", "metrics": {NAME: x or null}, "intervals": {NAME: [low, high] or null}}],
///     "gaps": {NAME: {"low_group", "high_group", "difference", "interval": [low, high]}}}]
/// Metrics of two classes: "recall" (of those with the positive class, the share that the model decided for), "false_positive_rate" (of the others),
/// "flagged", "observed" (share with the positive class), "predicted" (mean probability) and "calibration", which is predicted
/// minus observed. Several classes: "accuracy" and "calibration", the mean probability of the predicted class minus the accuracy.
/// Linear targets: "mean_error", "absolute_error". A rate over fewer than `least` persons is null. Groups that hold fewer are
/// put together as "others", with the next larger ones where they are too few or only one, so that no small group is the
/// difference of what is shown; "suppressed_groups" says how many are in it (it is left out where all are too few). Missing is a group, "(missing)"; numbers
/// of more than 12 values are cut at their quartiles.
/// Intervals: percentiles of a bootstrap of persons (Efron 1979). A gap's is that of the two groups that it is between, so it
/// is a little too narrow where there are many groups.
[[nodiscard]] nlohmann::ordered_json fairness(const analysis::Dataset& dataset, const HeldOut& held,
                                              const FairnessOptions& options);

}  // namespace auspex::learning
