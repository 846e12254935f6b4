// A logistic curve through one variable: for judging calibration and for one-column baselines.
#pragma once

#include <optional>
#include <span>

namespace auspex::learning {

struct LogisticLine {
  double intercept = 0;
  double slope = 0;
};

/// P(y = 1) = 1 / (1 + exp(-(intercept + slope * x))) of greatest likelihood, by Newton's method with halved steps.
/// y: 0 or 1; `weights`: empty = all 1. None where there is no such curve: one class only, x constant, or x parts the
/// classes.
[[nodiscard]] std::optional<LogisticLine> fit_logistic_line(std::span<const double> x, std::span<const double> y,
                                                            std::span<const double> weights = {});

/// 1 / (1 + exp(-z)), without overflow.
[[nodiscard]] double sigmoid(double z);

}  // namespace auspex::learning
