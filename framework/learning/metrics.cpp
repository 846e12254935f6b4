#include "learning/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "learning/calibration_error.hpp"
#include "learning/logistic_line.hpp"

namespace auspex::learning {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
constexpr double least_probability = std::numeric_limits<double>::epsilon();

double clipped(double probability) { return std::clamp(probability, least_probability, 1 - least_probability); }

template <class Term>
double weighted_mean(const Scores& scores, Term&& term) {
  const auto labels = scores.labels(), probabilities = scores.probabilities(), weights = scores.weights();
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) sum += weights[i] * term(labels[i], probabilities[i]);
  return scores.total() > 0 ? sum / scores.total() : undefined;
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

ClassReport::Rates rates(double hits, double false_alarms, double misses) {
  return {ratio(hits, hits + false_alarms), ratio(hits, hits + misses), ratio(2 * hits, 2 * hits + false_alarms + misses)};
}

}  // namespace

Scores::Scores(std::span<const double> labels, std::span<const double> probabilities, std::span<const double> decisions)
    : order_(labels.size()) {
  std::iota(order_.begin(), order_.end(), std::size_t(0));
  std::stable_sort(order_.begin(), order_.end(), [&](auto a, auto b) { return probabilities[a] > probabilities[b]; });
  for (const auto i : order_) {
    labels_.push_back(labels[i]);
    probabilities_.push_back(probabilities[i]);
    decisions_.push_back(decisions.empty() ? double(probabilities[i] > 0.5) : decisions[i]);
  }
  weigh(std::vector<double>(labels.size(), 1.0));
}

void Scores::weigh(std::span<const double> weights) {
  weights_.resize(order_.size());
  total_ = positives_ = 0;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    weights_[i] = weights[order_[i]];
    total_ += weights_[i];
    if (labels_[i] == 1) positives_ += weights_[i];
  }
}

double roc_auc(const Scores& scores) {
  if (!scores.has_both_classes()) return undefined;
  double above = 0, wins = 0;
  scores.for_each_tie([&](double, double positives, double negatives) {
    wins += negatives * (above + positives / 2);
    above += positives;
  });
  return wins / (scores.positives() * (scores.total() - scores.positives()));
}

double pr_auc(const Scores& scores) {
  if (!(scores.positives() > 0)) return undefined;
  double hits = 0, taken = 0, sum = 0;
  scores.for_each_tie([&](double, double positives, double negatives) {
    hits += positives;
    taken += positives + negatives;
    sum += positives * hits / taken;
  });
  return sum / scores.positives();
}

Confusion confusion(const Scores& scores) {
  Confusion c;
  const auto labels = scores.labels(), decisions = scores.decisions(), weights = scores.weights();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (decisions[i] == 1) (labels[i] == 1 ? c.true_positives : c.false_positives) += weights[i];
    else (labels[i] == 1 ? c.false_negatives : c.true_negatives) += weights[i];
  }
  return c;
}

ClassReport class_report(const Scores& scores) {
  const auto c = confusion(scores);
  const auto negative = rates(c.true_negatives, c.false_negatives, c.false_positives);
  const auto positive = rates(c.true_positives, c.false_positives, c.false_negatives);
  const double positives = scores.positives(), negatives = scores.total() - positives;
  const auto mean = [&](double of_negative, double of_positive) {
    return scores.total() > 0 ? (positives * of_positive + negatives * of_negative) / scores.total() : undefined;
  };
  return {negative,
          positive,
          {mean(negative.precision, positive.precision), mean(negative.recall, positive.recall),
           mean(negative.f1, positive.f1)}};
}

double f1_weighted(const Scores& scores) { return class_report(scores).mean.f1; }

double f1_macro(const Scores& scores) {
  const auto c = confusion(scores);
  const auto report = class_report(scores);
  const bool has_negative = c.true_negatives + c.false_negatives + c.false_positives > 0;
  const bool has_positive = c.true_positives + c.false_negatives + c.false_positives > 0;
  if (!has_negative && !has_positive) return undefined;
  if (!has_negative || !has_positive) return has_negative ? report.negative.f1 : report.positive.f1;
  return (report.negative.f1 + report.positive.f1) / 2;
}

double balanced_accuracy(const Scores& scores) {
  if (!scores.has_both_classes()) return undefined;
  const auto c = confusion(scores);
  return (c.true_positives / scores.positives() + c.true_negatives / (scores.total() - scores.positives())) / 2;
}

double matthews(const Scores& scores) {
  if (!scores.has_both_classes()) return undefined;
  const auto c = confusion(scores);
  const double product = (c.true_positives + c.false_positives) * (c.true_positives + c.false_negatives) *
                         (c.true_negatives + c.false_positives) * (c.true_negatives + c.false_negatives);
  if (!(product > 0)) return 0;
  return (c.true_positives * c.true_negatives - c.false_positives * c.false_negatives) / std::sqrt(product);
}

double brier(const Scores& scores) {
  return weighted_mean(scores, [](double label, double p) { return (p - label) * (p - label); });
}

double log_loss(const Scores& scores) {
  return weighted_mean(scores, [](double label, double p) { return -std::log(label == 1 ? clipped(p) : 1 - clipped(p)); });
}

CalibrationLine calibration_line(const Scores& scores) {
  std::vector<double> logits;
  logits.reserve(scores.size());
  for (const double p : scores.probabilities()) logits.push_back(std::log(clipped(p)) - std::log1p(-clipped(p)));
  const auto line = fit_logistic_line(logits, scores.labels(), scores.weights());
  return line ? CalibrationLine{line->slope, line->intercept} : CalibrationLine{undefined, undefined};
}

double Capacity::of(double total) const {
  return students > 0 ? std::min(double(students), total) : std::ceil(share * total - 1e-9);
}

AtCapacity at_capacity(const Scores& scores, const Capacity& limit) {
  if (!(scores.positives() > 0)) return {undefined, undefined};
  const double capacity = limit.of(scores.total());
  double hits = 0, taken = 0;
  scores.for_each_tie([&](double, double positives, double negatives) {
    const double mass = positives + negatives;
    const double part = std::min(1.0, (capacity - taken) / mass);
    hits += part * positives;
    taken += part * mass;
  });
  return {hits / scores.positives(), taken > 0 ? hits / taken : undefined};
}

double sample_deviation(std::span<const double> values) {
  if (values.size() < 2) return undefined;
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / double(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / double(values.size() - 1));
}

Metrics all_metrics(const Scores& scores, const Capacity& limit) {
  const auto classes = class_report(scores).mean;
  const auto line = calibration_line(scores);
  const auto capacity = at_capacity(scores, limit);
  return {{"roc_auc", roc_auc(scores)},
          {"pr_auc", pr_auc(scores)},
          {"f1_weighted", classes.f1},
          {"f1_macro", f1_macro(scores)},
          {"precision_weighted", classes.precision},
          {"accuracy", classes.recall},
          {"balanced_accuracy", balanced_accuracy(scores)},
          {"mcc", matthews(scores)},
          {"brier", brier(scores)},
          {"log_loss", log_loss(scores)},
          {"calibration_slope", line.slope},
          {"calibration_intercept", line.intercept},
          {"ece", expected_calibration_error(scores)},
          {"recall_at_capacity", capacity.recall},
          {"precision_at_capacity", capacity.precision},
          {"base_rate", scores.total() > 0 ? scores.positives() / scores.total() : undefined}};
}

double metric(const Metrics& metrics, const std::string& name) {
  for (const auto& [key, value] : metrics) {
    if (key == name) return value;
  }
  return undefined;
}

nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json to_json(const Metrics& metrics) {
  auto json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : metrics) json[name] = number_or_null(value);
  return json;
}

}  // namespace auspex::learning
