// Probabilities that say how often: a curve from what a backend says to what happens.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

#include "spec/model_settings.hpp"

namespace auspex::learning {

/// From the probability of one class to a better one. Never falling where it is isotonic.
struct CalibrationCurve {
  double slope = 1, intercept = 0;   ///< platt: 1 / (1 + exp(-(intercept + slope * logit(p))))
  std::vector<double> x, y;          ///< isotonic: linear between these points, constant beyond; empty: platt

  [[nodiscard]] double at(double probability) const;
};

/// Logistic curve of the label on the logit of the probability, with targets (n1 + 1) / (n1 + 2) and 1 / (n0 + 2) instead of
/// 1 and 0 (Platt 1999). labels: 0 or 1. A constant probability gives a constant.
[[nodiscard]] CalibrationCurve platt_curve(std::span<const double> labels, std::span<const double> probabilities);

/// Least-squares fit that never falls, by pooling adjacent violators (Barlow and others 1972; Zadrozny and Elkan 2002); the
/// same as scikit-learn's IsotonicRegression.
[[nodiscard]] CalibrationCurve isotonic_curve(std::span<const double> labels, std::span<const double> probabilities);

/// Of all classes: two have one curve, that of the positive one; several have one each, and what they give is divided by its
/// sum.
struct Calibration {
  std::vector<CalibrationCurve> curves;

  /// Replaces the class probabilities of one row.
  void apply(std::span<double> probabilities) const;

  [[nodiscard]] nlohmann::ordered_json json() const;
  [[nodiscard]] static Calibration from(const nlohmann::ordered_json& json);
};

/// labels: indices of classes; probabilities: labels.size() x classes, classes >= 2, of rows that were not learned from;
/// method: not none.
[[nodiscard]] Calibration fit_calibration(spec::Decision::Calibration method, std::span<const double> labels,
                                          std::span<const double> probabilities, std::size_t classes);

}  // namespace auspex::learning
