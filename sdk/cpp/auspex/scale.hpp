// Maps from counts, amounts and times into [-1, 1], for indicators.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>

#include <auspex/frame.hpp>

namespace auspex {

constexpr double into_unit(double x) { return std::clamp(x, -1.0, 1.0); }

/// low -> -1, high -> 1, straight in between and clamped outside. low < high.
constexpr double linear(double x, double low, double high) { return into_unit(2 * (x - low) / (high - low) - 1); }

/// 2x / (x + half) - 1 for x >= 0: 0 -> -1, half -> 0, towards 1 without end. half > 0.
constexpr double saturating(double x, double half) { return 2 * x / (x + half) - 1; }

/// 2 ln(1 + x) / ln(1 + top) - 1, clamped, for x >= 0: 0 -> -1, top -> 1.
inline double logarithmic(double x, double top) { return into_unit(2 * std::log1p(x) / std::log1p(top) - 1); }

/// (x - to) / (x + to) for x, to >= 0: 0 where they are equal, -1 where only x is 0, 1 where only `to` is 0.
constexpr double relative(double x, double to) { return x + to == 0 ? 0 : (x - to) / (x + to); }

/// The middle value, or the mean of the two middle ones; NaN without any. Reorders `values`.
inline double median(std::span<double> values) {
  if (values.empty()) return none;
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

/// Weeks between two times, with their fraction. Throws where `end` is not after `start`.
inline double weeks_between(time start, time end) {
  if (end <= start) throw std::invalid_argument("weeks_between: the end is not after the start");
  return double(end - start) / double(week);
}

enum class comparison { equal, not_equal, less, at_most, more, at_least };

/// A step of classify(): the value compared with a limit.
struct rule {
  comparison is;
  double limit;

  [[nodiscard]] constexpr bool holds(double value) const {
    switch (is) {
      case comparison::equal: return value == limit;
      case comparison::not_equal: return value != limit;
      case comparison::less: return value < limit;
      case comparison::at_most: return value <= limit;
      case comparison::more: return value > limit;
      case comparison::at_least: return value >= limit;
    }
    return false;
  }
};

/// Moodle's classify_value: the first of n >= 2 rules that holds, number k from 0, gives -1 + 2k / (n - 1), rounded to two
/// decimals. Throws where none holds.
inline double classify(double value, std::span<const rule> rules) {
  if (rules.size() < 2) throw std::invalid_argument("classify: at least two rules are needed");
  for (std::size_t k = 0; k < rules.size(); ++k) {
    if (rules[k].holds(value)) return std::round(100 * (-1 + 2 * double(k) / double(rules.size() - 1))) / 100;
  }
  throw std::invalid_argument("classify: no rule holds for " + std::to_string(value));
}

inline double classify(double value, std::initializer_list<rule> rules) {
  return classify(value, std::span<const rule>(rules.begin(), rules.size()));
}

}  // namespace auspex
