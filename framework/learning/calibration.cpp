#include "learning/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "learning/logistic_line.hpp"

namespace auspex::learning {
namespace {

double logit(double probability) {
  constexpr double least_share = std::numeric_limits<double>::epsilon();
  const double p = std::clamp(probability, least_share, 1 - least_share);
  return std::log(p) - std::log1p(-p);
}

/// Rows of equal level: mean of y from x = first to x = last.
struct Block {
  double first, last, sum, rows;

  [[nodiscard]] double level() const { return sum / rows; }
};

}  // namespace

double CalibrationCurve::at(double probability) const {
  if (x.empty()) return sigmoid(intercept + slope * logit(probability));
  const auto above = std::upper_bound(x.begin(), x.end(), probability);
  if (above == x.begin()) return y.front();
  if (above == x.end()) return y.back();
  const auto i = std::size_t(above - x.begin());
  return y[i - 1] + (y[i] - y[i - 1]) * (probability - x[i - 1]) / (x[i] - x[i - 1]);
}

CalibrationCurve platt_curve(std::span<const double> labels, std::span<const double> probabilities) {
  const double positives = std::accumulate(labels.begin(), labels.end(), 0.0), negatives = double(labels.size()) - positives;
  std::vector<double> logits, targets;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    logits.push_back(logit(probabilities[i]));
    targets.push_back(labels[i] == 1 ? (positives + 1) / (positives + 2) : 1 / (negatives + 2));
  }
  CalibrationCurve curve;
  if (const auto line = fit_logistic_line(logits, targets)) {
    curve.slope = line->slope;
    curve.intercept = line->intercept;
  } else {
    curve.slope = 0;
    curve.intercept = logit((positives + 1) / (positives + negatives + 2));
  }
  return curve;
}

CalibrationCurve isotonic_curve(std::span<const double> labels, std::span<const double> probabilities) {
  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return probabilities[a] < probabilities[b]; });
  std::vector<Block> blocks;
  for (std::size_t k = 0; k < order.size();) {
    Block next{probabilities[order[k]], probabilities[order[k]], 0, 0};
    for (; k < order.size() && probabilities[order[k]] == next.first; ++k) {
      next.sum += labels[order[k]];
      ++next.rows;
    }
    while (!blocks.empty() && blocks.back().level() >= next.level()) {
      next = {blocks.back().first, next.last, blocks.back().sum + next.sum, blocks.back().rows + next.rows};
      blocks.pop_back();
    }
    blocks.push_back(next);
  }
  CalibrationCurve curve;
  for (const auto& block : blocks) {
    curve.x.push_back(block.first);
    curve.y.push_back(block.level());
    if (block.last == block.first) continue;
    curve.x.push_back(block.last);
    curve.y.push_back(block.level());
  }
  return curve;
}

void Calibration::apply(std::span<double> probabilities) const {
  if (curves.empty()) return;
  if (curves.size() == 1) {
    probabilities[1] = curves.front().at(probabilities[1]);
    probabilities[0] = 1 - probabilities[1];
    return;
  }
  double sum = 0;
  for (std::size_t c = 0; c < probabilities.size(); ++c) sum += probabilities[c] = curves[c].at(probabilities[c]);
  for (auto& probability : probabilities) probability = sum > 0 ? probability / sum : 1 / double(probabilities.size());
}

nlohmann::ordered_json Calibration::json() const {
  auto list = nlohmann::ordered_json::array();
  for (const auto& curve : curves) {
    if (curve.x.empty()) list.push_back({{"slope", curve.slope}, {"intercept", curve.intercept}});
    else list.push_back({{"x", curve.x}, {"y", curve.y}});
  }
  return list;
}

Calibration Calibration::from(const nlohmann::ordered_json& json) {
  Calibration calibration;
  for (const auto& each : json) {
    auto& curve = calibration.curves.emplace_back();
    if (each.contains("x")) {
      each.at("x").get_to(curve.x);
      each.at("y").get_to(curve.y);
    } else {
      each.at("slope").get_to(curve.slope);
      each.at("intercept").get_to(curve.intercept);
    }
  }
  return calibration;
}

Calibration fit_calibration(spec::Decision::Calibration method, std::span<const double> labels,
                            std::span<const double> probabilities, std::size_t classes) {
  Calibration calibration;
  for (std::size_t c = classes == 2 ? 1 : 0; c < classes; ++c) {
    std::vector<double> is_class, probability;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      is_class.push_back(double(labels[i] == double(c)));
      probability.push_back(probabilities[i * classes + c]);
    }
    calibration.curves.push_back(method == spec::Decision::Calibration::platt ? platt_curve(is_class, probability)
                                                                              : isotonic_curve(is_class, probability));
  }
  return calibration;
}

}  // namespace auspex::learning
