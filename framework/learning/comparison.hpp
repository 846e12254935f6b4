// Which of two models is better on the same rows.
#pragma once

#include "learning/evaluation.hpp"

namespace auspex::learning {

/// A model's split as rows of another model's dataset: rows are the same by analysable, sample and range. What only one of
/// them has is on neither side. Throws Error(configuration) where they have no row in common, or label one differently.
[[nodiscard]] Split translated(const Split& split, const analysis::Dataset& from, const analysis::Dataset& to);

/// How much the first is better than the second on the rows that both predict:
///   {"rows", "results": [{"range", "population", "n", "metrics": {NAME: x} of the second, "difference": {NAME: first -
///   second}, "intervals": {NAME: [low, high]}}], "summary": [{"population", "n", "mean_difference", "mean_intervals"}]}
/// Intervals are of the difference, by paired bootstrap: both models see the same persons in each resample. "n": rows of both.
[[nodiscard]] nlohmann::ordered_json compare(const analysis::Dataset& first, const HeldOut& first_held,
                                             const analysis::Dataset& second, const HeldOut& second_held,
                                             const EvaluationOptions& options);

}  // namespace auspex::learning
