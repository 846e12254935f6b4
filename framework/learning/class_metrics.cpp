#include "learning/class_metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "learning/calibration_error.hpp"

namespace auspex::learning {
namespace {

constexpr double no_metric = std::numeric_limits<double>::quiet_NaN();
constexpr double least = std::numeric_limits<double>::epsilon();

double weighted_sum(std::span<const double> values, std::span<const double> weights) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * weights[i];
  return sum;
}

/// Means of a metric over the classes where it is defined: plain, and weighted by the classes' rows.
struct Average {
  double macro = no_metric, weighted = no_metric;
};

template <class Metric>
Average average(const ClassScores& scores, Metric&& metric) {
  double sum = 0, count = 0, weighted = 0, weight = 0;
  for (std::size_t c = 0; c < scores.classes(); ++c) {
    const auto& own = scores.of(c);
    const double value = metric(own);
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
    weighted += own.positives() * value;
    weight += own.positives();
  }
  return {count > 0 ? sum / count : no_metric, weight > 0 ? weighted / weight : no_metric};
}

/// Of a class that has rows or is predicted; NaN of any other.
template <class Rate>
auto if_seen(Rate&& rate) {
  return [rate](const Scores& own) {
    const auto c = confusion(own);
    return c.true_positives + c.false_negatives + c.false_positives > 0 ? rate(class_report(own).positive) : no_metric;
  };
}

double gorodkin(const ClassScores& scores) {
  const auto k = scores.classes();
  const auto counts = scores.confusion();
  double right = 0, products = 0, actual_squares = 0, decided_squares = 0;
  for (std::size_t c = 0; c < k; ++c) {
    double actual = 0, decided = 0;
    for (std::size_t d = 0; d < k; ++d) {
      actual += counts[c * k + d];
      decided += counts[d * k + c];
    }
    right += counts[c * k + c];
    products += actual * decided;
    actual_squares += actual * actual;
    decided_squares += decided * decided;
  }
  const double all = scores.total() * scores.total();
  if (!(all - actual_squares > 0)) return no_metric;
  if (!(all - decided_squares > 0)) return 0;
  return (right * scores.total() - products) / std::sqrt((all - actual_squares) * (all - decided_squares));
}

std::vector<Scores> against_the_rest(std::span<const double> labels, std::span<const double> probabilities,
                                     std::span<const double> decisions, std::size_t classes) {
  std::vector<Scores> result;
  for (std::size_t c = 0; c < classes; ++c) {
    std::vector<double> is_label, is_decision, probability;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      is_label.push_back(double(labels[i] == double(c)));
      is_decision.push_back(double(decisions[i] == double(c)));
      probability.push_back(probabilities[i * classes + c]);
    }
    result.emplace_back(is_label, probability, is_decision);
  }
  return result;
}

Scores confidences(std::span<const double> labels, std::span<const double> probabilities, std::size_t classes) {
  std::vector<double> right, confidence;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto own = probabilities.subspan(i * classes, classes);
    const auto best = std::max_element(own.begin(), own.end());
    right.push_back(double(labels[i] == double(best - own.begin())));
    confidence.push_back(*best);
  }
  return Scores(right, confidence);
}

}  // namespace

ClassScores::ClassScores(std::span<const double> labels, std::span<const double> probabilities,
                         std::span<const double> decisions, std::size_t classes)
    : labels_(labels.begin(), labels.end()),
      decisions_(decisions.begin(), decisions.end()),
      weights_(labels.size(), 1.0),
      by_class_(against_the_rest(labels, probabilities, decisions, classes)),
      confidence_(confidences(labels, probabilities, classes)) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    double squares = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const double distance = probabilities[i * classes + c] - double(labels[i] == double(c));
      squares += distance * distance;
    }
    squares_.push_back(squares);
    losses_.push_back(-std::log(std::clamp(probabilities[i * classes + std::size_t(labels[i])], least, 1 - least)));
  }
}

void ClassScores::weigh(std::span<const double> weights) {
  weights_.assign(weights.begin(), weights.end());
  for (auto& scores : by_class_) scores.weigh(weights);
  confidence_.weigh(weights);
}

std::vector<double> ClassScores::confusion() const {
  std::vector<double> counts(classes() * classes(), 0.0);
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    counts[std::size_t(labels_[i]) * classes() + std::size_t(decisions_[i])] += weights_[i];
  }
  return counts;
}

double ClassScores::brier() const { return total() > 0 ? weighted_sum(squares_, weights_) / total() : no_metric; }

double ClassScores::log_loss() const { return total() > 0 ? weighted_sum(losses_, weights_) / total() : no_metric; }

Metrics class_metrics(const ClassScores& scores) {
  const auto roc = average(scores, roc_auc), pr = average(scores, pr_auc);
  const auto f1 = average(scores, if_seen([](const auto& rates) { return rates.f1; }));
  const auto precision = average(scores, if_seen([](const auto& rates) { return rates.precision; }));
  const auto recall = average(scores, [](const Scores& own) {
    return own.positives() > 0 ? class_report(own).positive.recall : no_metric;
  });
  return {{"roc_auc", roc.macro},
          {"roc_auc_weighted", roc.weighted},
          {"pr_auc", pr.macro},
          {"pr_auc_weighted", pr.weighted},
          {"f1_weighted", f1.weighted},
          {"f1_macro", f1.macro},
          {"precision_weighted", precision.weighted},
          {"precision_macro", precision.macro},
          {"accuracy", recall.weighted},
          {"balanced_accuracy", recall.macro},
          {"mcc", gorodkin(scores)},
          {"brier", scores.brier()},
          {"log_loss", scores.log_loss()},
          {"ece", expected_calibration_error(scores.confidence())}};
}

Metrics value_metrics(std::span<const double> labels, std::span<const double> values, std::span<const double> weights) {
  double total = 0, mean = 0, absolute = 0, squares = 0, bias = 0, spread = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double distance = values[i] - labels[i];
    total += weights[i];
    mean += weights[i] * labels[i];
    absolute += weights[i] * std::abs(distance);
    squares += weights[i] * distance * distance;
    bias += weights[i] * distance;
  }
  mean /= total;
  for (std::size_t i = 0; i < labels.size(); ++i) spread += weights[i] * (labels[i] - mean) * (labels[i] - mean);
  if (!(total > 0)) return {{"mae", no_metric}, {"rmse", no_metric}, {"r2", no_metric}, {"bias", no_metric}};
  return {{"mae", absolute / total},
          {"rmse", std::sqrt(squares / total)},
          {"r2", spread > 0 ? 1 - squares / spread : no_metric},
          {"bias", bias / total}};
}

}  // namespace auspex::learning
