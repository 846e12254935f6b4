// What XGBoost is told of each row: the slope and curvature of its loss.
//
// XGBoost adds these up in double precision, in an order that depends on the number of threads. Here they are whole
// multiples of one power of two, so that every sum is exact and its order does not matter: the same trees on any number of
// threads.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace auspex_xgboost {

/// SplitMix64 (Steele, Lea, Flood 2014) of a stream's place: no state, so any row can be asked for first.
inline std::uint64_t random_bits(std::uint64_t seed, std::uint64_t place) {
  std::uint64_t z = seed + (place + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

/// Rounds to multiples of 2^-24 of the power of two above the largest value: at most 2^24 steps each, so fewer than 2^29 of
/// them add up exactly.
inline void round_to_steps(std::span<float> values) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  if (!(largest > 0)) return;
  const int exponent = std::ilogb(largest) + 1 - 24;
  const double step = std::ldexp(1.0, exponent), per_step = std::ldexp(1.0, -exponent);
  for (auto& value : values) value = float(std::nearbyint(double(value) * per_step) * step);
}

inline double probability_of(double margin) {
  const double e = std::exp(-std::abs(margin));
  return margin >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/// Margins of a row to the probabilities of its classes.
inline void softmax(std::span<double> values) {
  const double largest = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (auto& value : values) sum += value = std::exp(value - largest);
  for (auto& value : values) value /= sum;
}

/// rows x outputs each.
struct Gradients {
  std::vector<float> slope, curvature;

  Gradients(std::size_t rows, std::size_t outputs) : slope(rows * outputs), curvature(rows * outputs) {}

  void set(std::size_t i, double first, double second) {
    slope[i] = float(first);
    curvature[i] = float(second);
  }
  void round() {
    round_to_steps(slope);
    round_to_steps(curvature);
  }
};

inline constexpr double least_curvature = 1e-16;  // as XGBoost's own objectives

/// Of the log loss, two classes.
inline void logistic(std::span<const float> margins, double base, std::span<const double> labels,
                     std::span<const double> weights, Gradients& out) {
  for (std::size_t r = 0; r < labels.size(); ++r) {
    const double p = probability_of(margins[r] + base);
    out.set(r, weights[r] * (p - labels[r]), weights[r] * std::max(p * (1 - p), least_curvature));
  }
}

/// Of the log loss over softmax; the curvature is doubled, as XGBoost does.
inline void multinomial(std::span<const float> margins, std::span<const double> base, std::span<const double> labels,
                        std::span<const double> weights, Gradients& out) {
  const auto classes = base.size();
  std::vector<double> p(classes);
  for (std::size_t r = 0; r < labels.size(); ++r) {
    for (std::size_t k = 0; k < classes; ++k) p[k] = margins[r * classes + k] + base[k];
    softmax(p);
    for (std::size_t k = 0; k < classes; ++k) {
      const double wanted = labels[r] == double(k) ? 1 : 0;
      out.set(r * classes + k, weights[r] * (p[k] - wanted), weights[r] * std::max(2 * p[k] * (1 - p[k]), least_curvature));
    }
  }
}

/// Of half the squared error.
inline void squared(std::span<const float> margins, std::span<const double> values, std::span<const double> weights,
                    Gradients& out) {
  for (std::size_t r = 0; r < values.size(); ++r) out.set(r, weights[r] * (margins[r] - values[r]), weights[r]);
}

}  // namespace auspex_xgboost
