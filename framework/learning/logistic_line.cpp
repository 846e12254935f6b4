#include "learning/logistic_line.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace auspex::learning {
namespace {

struct Moments {
  double loss = 0;
  double g0 = 0, g1 = 0;           // gradient
  double h00 = 0, h01 = 0, h11 = 0;  // Hessian
};

Moments moments_at(double intercept, double slope, std::span<const double> x, std::span<const double> y,
                   std::span<const double> weights) {
  Moments m;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double w = weights.empty() ? 1 : weights[i];
    if (w == 0) continue;
    const double z = intercept + slope * x[i];
    const double e = std::exp(-std::abs(z));
    const double p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
    m.loss += w * (std::log1p(e) + std::max(z, 0.0) - y[i] * z);
    const double r = w * (p - y[i]), v = w * p * (1 - p);
    m.g0 += r;
    m.g1 += r * x[i];
    m.h00 += v;
    m.h01 += v * x[i];
    m.h11 += v * x[i] * x[i];
  }
  return m;
}

}  // namespace

double sigmoid(double z) {
  const double e = std::exp(-std::abs(z));
  return z >= 0 ? 1 / (1 + e) : e / (1 + e);
}

std::optional<LogisticLine> fit_logistic_line(std::span<const double> x, std::span<const double> y,
                                              std::span<const double> weights) {
  // On a standardised variable, so that one tolerance fits all.
  double total = 0, mean = 0, positives = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double w = weights.empty() ? 1 : weights[i];
    total += w;
    mean += w * x[i];
    positives += w * y[i];
  }
  if (!(positives > 0) || !(positives < total)) return std::nullopt;
  mean /= total;
  double variance = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    variance += (weights.empty() ? 1 : weights[i]) * (x[i] - mean) * (x[i] - mean);
  }
  const double deviation = std::sqrt(variance / total);
  if (!(deviation > 1e-12 * std::max(1.0, std::abs(mean)))) return std::nullopt;
  std::vector<double> u(x.begin(), x.end());
  for (auto& value : u) value = (value - mean) / deviation;

  double a = std::log(positives / (total - positives)), b = 0;
  auto now = moments_at(a, b, u, y, weights);
  for (int iteration = 0; iteration < 100; ++iteration) {
    // A flat Hessian: the likelihood only approaches its limit, because x parts the classes.
    const double determinant = now.h00 * now.h11 - now.h01 * now.h01;
    if (!(determinant > 1e-10 * total * total)) return std::nullopt;
    if (std::abs(now.g0) + std::abs(now.g1) <= 1e-12 * total) {
      return LogisticLine{a - b * mean / deviation, b / deviation};
    }
    const double da = (now.h11 * now.g0 - now.h01 * now.g1) / determinant;
    const double db = (now.h00 * now.g1 - now.h01 * now.g0) / determinant;
    double step = 1;
    auto next = moments_at(a - da, b - db, u, y, weights);
    while (!(next.loss <= now.loss + 1e-12 * std::abs(now.loss)) && step > 1e-6) {
      step /= 2;
      next = moments_at(a - step * da, b - step * db, u, y, weights);
    }
    a -= step * da;
    b -= step * db;
    now = next;
  }
  return std::nullopt;
}

}  // namespace auspex::learning
