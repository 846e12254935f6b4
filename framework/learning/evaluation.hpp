// How good a model is on people and times that it has not learned from.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "learning/bootstrap.hpp"
#include "learning/held_out.hpp"

namespace auspex::learning {

struct EvaluationOptions {
  std::string model;                 ///< its id, for the report
  std::string backend;               ///< component id: what is said of its baselines
  FitOptions fit;
  double test_share = 0.2;           ///< see SplitOptions
  std::size_t folds = 5;
  BootstrapOptions bootstrap;        ///< its seed and threads are those of `fit`
  double min_score = 0.7;            ///< Moodle's least acceptable score
  std::string recency_column = Baselines().recency_column;
};

/// What the learner says of the test rows of a split of the labelled rows. `reference`: the logistic regression baseline;
/// null = it is the learner itself, or not installed. Folds: every row is predicted by the model of the fold that does not
/// know the person.
/// Throws Error(configuration) where the target has not two classes, Error(found) where there is nothing to evaluate.
[[nodiscard]] HeldOut hold_out(const analysis::Dataset& dataset, Learner& learner, const EvaluationOptions& options,
                               Learner* reference = nullptr);

/// What that is worth:
///   {"model": ID, "splits": [{"kind", "note"?, "train": [analysable], "test": [analysable],
///     "left_out": [{"analysable", "reason"}], "persons_on_both_sides", "leaks": [{"column", "roc_auc"}],
///     "results": [{"range", "population": "enrolled" | "all", "n", "positives", "reason"?, "not_predicted"?,
///       "metrics": {NAME: x}, "intervals": {NAME: [low, high]}, "baselines": {NAME: {NAME: x}}}],
///     "summary": [{"population", "n", "positives", "mean": {NAME: x}, "score", "deviation", "reaches_min_score"}],
///     "notes": [text]}]}
/// Results are by range, `enrolled` before `all` (an anonymous dataset: `all` alone); a metric that is not defined is null. "mean": over the ranges. "score":
/// the weighted F1 of all ranges together; "deviation": its bootstrap standard deviation, or that over the folds, whose rows
/// are judged together otherwise.
[[nodiscard]] nlohmann::ordered_json report(const analysis::Dataset& dataset, const HeldOut& held,
                                            const EvaluationOptions& options);

/// Both.
[[nodiscard]] inline nlohmann::ordered_json evaluate(const analysis::Dataset& dataset, Learner& learner,
                                                     const EvaluationOptions& options, Learner* reference = nullptr) {
  return report(dataset, hold_out(dataset, learner, options, reference), options);
}

}  // namespace auspex::learning
