// How well probabilities of one class agree with what happened.
//
// Two classes; the positive one is the target's last. A metric that is not defined for the rows (one class only, no rows, a
// constant prediction for the calibration line) is NaN, and null in JSON.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace auspex::learning {

/// Labels and probabilities of some rows, sorted once by probability, highest first. Whole weights stand for repeated rows.
class Scores {
 public:
  /// labels: 0 or 1; probabilities: of the positive class; decisions: 0 or 1, what was predicted; empty: positive where the
  /// probability is above 0.5. Equal lengths.
  Scores(std::span<const double> labels, std::span<const double> probabilities, std::span<const double> decisions = {});

  /// `weights`: one a row, in the order given to the constructor; all >= 0.
  void weigh(std::span<const double> weights);

  [[nodiscard]] std::size_t size() const { return labels_.size(); }
  [[nodiscard]] double total() const { return total_; }          ///< sum of the weights
  [[nodiscard]] double positives() const { return positives_; }  ///< of those with label 1
  [[nodiscard]] bool has_both_classes() const { return positives_ > 0 && positives_ < total_; }

  /// In sorted order.
  [[nodiscard]] std::span<const double> labels() const { return labels_; }
  [[nodiscard]] std::span<const double> probabilities() const { return probabilities_; }
  [[nodiscard]] std::span<const double> weights() const { return weights_; }
  [[nodiscard]] std::span<const double> decisions() const { return decisions_; }

  /// Calls use(probability, positives, negatives) for each run of equal probabilities with any weight, from the highest.
  template <class Use>
  void for_each_tie(Use&& use) const {
    for (std::size_t i = 0; i < size();) {
      const double probability = probabilities_[i];
      double positives = 0, negatives = 0;
      for (; i < size() && probabilities_[i] == probability; ++i) (labels_[i] == 1 ? positives : negatives) += weights_[i];
      if (positives + negatives > 0) use(probability, positives, negatives);
    }
  }

 private:
  std::vector<std::size_t> order_;
  std::vector<double> labels_, probabilities_, decisions_, weights_;
  double total_ = 0, positives_ = 0;
};

/// Chance that a positive row is ranked above a negative one; ties count half (Mann and Whitney 1947).
[[nodiscard]] double roc_auc(const Scores& scores);

/// Average precision: sum over the distinct probabilities, from the highest, of the gain in recall times the precision, as
/// scikit-learn's average_precision_score. NaN without positives.
[[nodiscard]] double pr_auc(const Scores& scores);

/// Rows by what happened and what was decided.
struct Confusion {
  double true_positives = 0, false_positives = 0, true_negatives = 0, false_negatives = 0;
};
[[nodiscard]] Confusion confusion(const Scores& scores);

/// Of both classes as they were decided, and their means weighted by rows, as in Moodle's backends; recall's mean is the
/// accuracy. A class that is never predicted has precision 0, one without rows recall 0.
struct ClassReport {
  struct Rates {
    double precision, recall, f1;
  };
  Rates negative, positive, mean;
};
[[nodiscard]] ClassReport class_report(const Scores& scores);

/// The mean F1 of class_report(): the score of Moodle's evaluation.
[[nodiscard]] double f1_weighted(const Scores& scores);

/// The mean F1 of both classes, however many rows they have; of one that has neither rows nor predictions none.
[[nodiscard]] double f1_macro(const Scores& scores);

/// Mean of the recalls of both classes.
[[nodiscard]] double balanced_accuracy(const Scores& scores);

/// Matthews' correlation of label and decision; 0 where only one class is predicted.
[[nodiscard]] double matthews(const Scores& scores);

/// Mean squared distance of probability and label (Brier 1950).
[[nodiscard]] double brier(const Scores& scores);

/// Mean negative logarithm of the probability of what happened; probabilities are kept 2.2e-16 away from 0 and 1, as in
/// scikit-learn.
[[nodiscard]] double log_loss(const Scores& scores);

/// Slope and intercept of the logistic regression of the label on the logit of the probability (Cox 1958): 1 and 0 are
/// perfect, a slope below 1 means too extreme.
struct CalibrationLine {
  double slope;
  double intercept;
};
[[nodiscard]] CalibrationLine calibration_line(const Scores& scores);

/// How many can be looked after: of the rows of one range, a share, or so many where that is given.
struct Capacity {
  double share = 0.2;         ///< in (0, 1), rounded up to whole rows
  std::size_t students = 0;   ///< 0: the share

  [[nodiscard]] double of(double total) const;
};

/// Of as many rows as the capacity allows, those with the highest probabilities: the part of all positives among them, and
/// the part of them that is positive. Rows tied at the edge count in proportion.
struct AtCapacity {
  double recall;
  double precision;
};
[[nodiscard]] AtCapacity at_capacity(const Scores& scores, const Capacity& capacity = {});

/// Sample standard deviation (n - 1); NaN for fewer than two values.
[[nodiscard]] double sample_deviation(std::span<const double> values);

/// All of the above by their names in reports, in a fixed order, the expected calibration error, and base_rate.
using Metrics = std::vector<std::pair<std::string, double>>;
[[nodiscard]] Metrics all_metrics(const Scores& scores, const Capacity& capacity = {});

/// The value of a metric by name; NaN where there is none.
[[nodiscard]] double metric(const Metrics& metrics, const std::string& name);

/// A JSON number; null for NaN and infinities.
[[nodiscard]] nlohmann::ordered_json number_or_null(double value);
[[nodiscard]] nlohmann::ordered_json to_json(const Metrics& metrics);

}  // namespace auspex::learning
