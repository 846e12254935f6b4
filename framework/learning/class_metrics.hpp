// How well the probabilities of several classes agree with what happened, and how near predicted values are.
//
// A metric that is not defined for the rows is NaN.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "learning/metrics.hpp"

namespace auspex::learning {

/// Labels, probabilities and decisions of some rows of a target of several classes: one class against the rest, class by
/// class.
class ClassScores {
 public:
  /// labels and decisions: indices of classes; probabilities: labels.size() x classes. classes >= 2.
  ClassScores(std::span<const double> labels, std::span<const double> probabilities, std::span<const double> decisions,
              std::size_t classes);

  /// As Scores::weigh().
  void weigh(std::span<const double> weights);

  [[nodiscard]] std::size_t classes() const { return by_class_.size(); }
  [[nodiscard]] double total() const { return by_class_.front().total(); }
  /// Class c against the rest.
  [[nodiscard]] const Scores& of(std::size_t c) const { return by_class_[c]; }
  /// Whether the most probable class is the right one, by its probability.
  [[nodiscard]] const Scores& confidence() const { return confidence_; }
  /// Sum of the weights by what happened (rows) and what was decided (columns): classes x classes.
  [[nodiscard]] std::vector<double> confusion() const;
  /// Mean over the rows of the squared distance to the right answer, summed over the classes (Brier 1950).
  [[nodiscard]] double brier() const;
  /// As log_loss().
  [[nodiscard]] double log_loss() const;

 private:
  std::vector<double> labels_, decisions_, squares_, losses_, weights_;
  std::vector<Scores> by_class_;
  Scores confidence_;
};

/// "roc_auc", "pr_auc": one against the rest, mean over the classes where that is defined; with "_weighted": weighted by
/// their rows. "f1_weighted", "f1_macro", "precision_weighted", "accuracy", "balanced_accuracy": as scikit-learn's. "mcc":
/// Gorodkin 2004. "brier" (0 to 2), "log_loss". "ece": of confidence().
[[nodiscard]] Metrics class_metrics(const ClassScores& scores);

/// Of a linear target: "mae", "rmse", "r2" (1 - squared error / squared deviation from the mean; NaN where that is 0) and
/// "bias", the mean of prediction - label.
[[nodiscard]] Metrics value_metrics(std::span<const double> labels, std::span<const double> values,
                                    std::span<const double> weights);

}  // namespace auspex::learning
