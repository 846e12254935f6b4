// How good a model is on people and times that it has not learned from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "learning/bootstrap.hpp"
#include "learning/held_out.hpp"

namespace auspex::learning {

struct EvaluationOptions {
  std::string model;                 ///< its id, for the report
  std::string backend;               ///< component id: what is said of its baselines
  FitOptions fit;
  spec::Evaluation split;
  BootstrapOptions bootstrap;        ///< its seed and threads are those of `fit`
  double min_score = 0.7;            ///< Moodle's least acceptable score
  std::string recency_column = Baselines().recency_column;
};

/// What the learner says of the test rows of a split of the labelled rows. `reference`: the baseline of reference_backend();
/// null = it is the learner itself, or not installed. Folds: every row is predicted by the model of the fold that does not
/// know the person.
/// Throws as evaluation_split().
[[nodiscard]] HeldOut hold_out(const analysis::Dataset& dataset, const LearnerFor& learner, const EvaluationOptions& options,
                               Learner* reference = nullptr);

/// What that is worth:
///   {"model": ID, "splits": [{"kind", "note"?, "folds": n, "purge": {"rule", "rows"}, "train": [analysable],
///     "test": [analysable], "left_out": [{"analysable", "reason"}], "persons_on_both_sides",
///     "leaks": see leaks.hpp,
///     "results": [{"range", "population": "enrolled" | "all", "n", AMOUNTS, "reason"?, "not_predicted"?,
///       "metrics": {NAME: x}, "intervals": {NAME: [low, high]}, "baselines": {NAME: {NAME: x}}, "confusion", "calibration"}],
///     "summary": [{"population", "n", AMOUNTS, "mean": {NAME: x}, "mean_intervals": {NAME: [low, high]}, "score",
///       "deviation", "reaches_min_score", "moodle": {"score", "deviation", "min_score", "accepted_deviation", "status",
///       "note"}}],
///     "notes": [text]}]}
/// Results are by range, `enrolled` before `all` (an anonymous dataset: `all` alone); a metric that is not defined is null.
/// "mean": over the ranges. "score": the weighted F1 of all ranges together; "deviation": its bootstrap standard deviation,
/// or that over the folds, whose rows are judged together otherwise.
/// Two classes: AMOUNTS is "positives"; "confusion": {"thresholds": [one a fold], "true_positives", ...}.
/// Several: AMOUNTS is "class_counts": {class: n}; "confusion": {"classes": [name], "counts": [[by what was decided] by what
/// happened]}; "classes": [{"class", "n", "roc_auc", "pr_auc", "precision", "recall", "f1"}], one against the rest.
/// Linear targets: AMOUNTS is "mean_label"; neither confusion nor calibration.
/// "calibration" (of several classes: of the most probable one): {"ece", "ece_debiased", "if_calibrated": {"ece", "ece_95",
/// "ece_debiased", "ece_debiased_95"}: what they would be if the probabilities were right, on average and at most in 95 %,
/// "bins": [{"n", "probability", "share"}]}.
[[nodiscard]] nlohmann::ordered_json report(const analysis::Dataset& dataset, const HeldOut& held,
                                            const EvaluationOptions& options);

/// Both, with one learner for all folds.
[[nodiscard]] inline nlohmann::ordered_json evaluate(const analysis::Dataset& dataset, Learner& learner,
                                                     const EvaluationOptions& options, Learner* reference = nullptr) {
  const LearnerFor same = [&](const Rows&) -> Learner& { return learner; };
  return report(dataset, hold_out(dataset, same, options, reference), options);
}

/// The id of the backend that others are compared with: a linear model. classes: 0 for linear targets.
[[nodiscard]] std::string reference_backend(std::size_t classes);

/// Those that results are told of.
[[nodiscard]] std::vector<spec::Population> populations_of(const analysis::Dataset& dataset);

/// Random numbers of their own for each of a report's parts, by its number.
[[nodiscard]] BootstrapOptions stream_of(const EvaluationOptions& options, std::uint64_t stream);

/// {NAME: [low, high]}; null where there is none.
[[nodiscard]] nlohmann::ordered_json intervals_json(const std::vector<Spread>& spreads);

}  // namespace auspex::learning
