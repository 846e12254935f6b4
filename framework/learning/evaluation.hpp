// How good a model is on people and times that it has not learned from.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "learning/backend.hpp"
#include "learning/bootstrap.hpp"
#include "learning/fit.hpp"
#include "learning/split.hpp"

namespace auspex::learning {

struct EvaluationOptions {
  std::string model;                 ///< its id, for the report
  FitOptions fit;
  double test_share = 0.2;           ///< see SplitOptions
  std::size_t folds = 5;
  BootstrapOptions bootstrap;        ///< its seed and threads are those of `fit`
  double min_score = 0.7;            ///< Moodle's least acceptable score
  std::string recency_column = "engagement/days_since_last_activity";  ///< of the baseline of that name
};

/// Trains on one side of a split, predicts the other, and reports:
///   {"model": ID, "splits": [{"kind", "note"?, "train": [analysable], "test": [analysable],
///     "left_out": [{"analysable", "reason"}], "persons_on_both_sides", "leaks": [{"column", "roc_auc"}],
///     "results": [{"range", "population": "enrolled" | "all", "n", "positives", "reason"?, "not_predicted"?,
///       "metrics": {NAME: x}, "intervals": {NAME: [low, high]}, "baselines": {NAME: {NAME: x}}}],
///     "summary": [{"population", "n", "positives", "mean": {NAME: x}, "score", "deviation", "reaches_min_score"}],
///     "notes": [text]}]}
/// Results are by range, `enrolled` before `all` (an anonymous dataset: `all` alone); a metric that is not defined is null. "mean": over the ranges. "score":
/// the weighted F1 of all ranges together; "deviation": its bootstrap standard deviation, or that over the folds. Folds:
/// every row is predicted by the model of the fold that does not know the person, and all rows are judged together.
/// `reference`: the logistic regression baseline; null = it is the learner itself, or not installed.
/// Throws Error(configuration) where the target has not two classes, Error(found) where there is nothing to evaluate.
[[nodiscard]] nlohmann::ordered_json evaluate(const analysis::Dataset& dataset, Learner& learner,
                                              const EvaluationOptions& options, Learner* reference = nullptr);

}  // namespace auspex::learning
