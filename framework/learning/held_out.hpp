// What was predicted of rows that were not learned from: what every judgement of a model starts with.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "learning/backend.hpp"
#include "learning/fit.hpp"
#include "learning/split.hpp"

namespace auspex::learning {

/// Simple predictions that a model must beat.
struct Baselines {
  std::string recency_column = "engagement/days_since_last_activity";  ///< of "days_since_last_activity"
  Learner* reference = nullptr;                                        ///< null: none
  std::string reference_name = "logistic_regression";                 ///< what it is called in reports
};

/// One predictor's values: Dataset::rows.size() x HeldOut::width.
struct Predictor {
  std::string name;
  std::vector<double> values;
};

/// Lives without the dataset, but its row numbers are that dataset's.
struct HeldOut {
  Split split;
  std::size_t width = 2;                      ///< classes; 1 for linear targets
  Rows rows;                                  ///< tested, ascending, of every population
  /// Of the model: Dataset::rows.size() x width, class probabilities or values; NaN where a row was not tested or has no
  /// model.
  std::vector<double> values;
  std::vector<double> decisions;              ///< by row: index of the predicted class; NaN as above; linear targets: empty
  std::vector<Predictor> baselines;           ///< "prior", "days_since_last_activity", "logistic_regression"
  std::vector<Fitted> fitted;                 ///< one a fold: predicts the fold's test_rows; empty: nothing to learn from
  std::map<std::int32_t, std::string> without_model;  ///< why, by range or all_ranges

  [[nodiscard]] bool is_predicted(std::size_t row) const;

  /// Of the last class (of two: the positive one), or the value of a linear target.
  [[nodiscard]] double last(std::size_t row) const { return values[row * width + width - 1]; }
};

/// Who learns from these rows; called once a fold, lives until the end of it all.
using LearnerFor = std::function<Learner&(const Rows& train)>;

/// Learns from the train_rows of each fold that belong to options.population and predicts its test_rows.
[[nodiscard]] HeldOut hold_out(const analysis::Dataset& dataset, Split split, const LearnerFor& learner,
                               const FitOptions& options, const Baselines& baselines = {});

/// The same learner for all folds.
[[nodiscard]] inline HeldOut hold_out(const analysis::Dataset& dataset, Split split, Learner& learner,
                                      const FitOptions& options, const Baselines& baselines = {}) {
  const LearnerFor same = [&](const Rows&) -> Learner& { return learner; };
  return hold_out(dataset, std::move(split), same, options, baselines);
}

/// Those of `rows` that belong to the population.
[[nodiscard]] Rows of_population(const analysis::Dataset& dataset, const Rows& rows, spec::Population population);

/// Those of `rows` of one range.
[[nodiscard]] Rows of_range(const analysis::Dataset& dataset, const Rows& rows, std::int32_t range);

}  // namespace auspex::learning
