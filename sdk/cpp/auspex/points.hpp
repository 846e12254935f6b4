// The rows that clusterers and outlier detectors look at.
#pragma once

#include <cmath>
#include <vector>

#include <auspex/component.hpp>

namespace auspex {

/// Row-major, every value finite; at least one row and one column.
class points {
 public:
  explicit points(const auspex_points& raw) : raw_(&raw) {}

  [[nodiscard]] std::size_t rows() const { return std::size_t(raw_->rows); }
  [[nodiscard]] std::size_t columns() const { return std::size_t(raw_->columns); }
  [[nodiscard]] std::span<const double> row(std::size_t r) const { return {raw_->values + r * columns(), columns()}; }
  [[nodiscard]] double at(std::size_t r, std::size_t column) const { return raw_->values[r * columns() + column]; }
  [[nodiscard]] std::string_view name(std::size_t column) const { return view(raw_->names[column]); }
  [[nodiscard]] std::uint64_t seed() const { return raw_->seed; }
  [[nodiscard]] int threads() const { return raw_->threads; }

 private:
  const auspex_points* raw_;
};

/// Brings every column to mean 0 and deviation 1 (divided by the number of rows), as scikit-learn's StandardScaler: a
/// constant column only to mean 0. Off: leaves the points as they are.
class standard_scale {
 public:
  explicit standard_scale(const points& of, bool on = true) : means_(of.columns(), 0.0), deviations_(of.columns(), 1.0) {
    if (!on) return;
    const auto n = double(of.rows());
    std::vector<double> values(of.rows()), squares(of.rows());
    for (std::size_t c = 0; c < of.columns(); ++c) {
      for (std::size_t r = 0; r < of.rows(); ++r) values[r] = of.at(r, c);
      means_[c] = pairwise_sum(values) / n;
      for (auto& value : values) value -= means_[c];
      for (std::size_t r = 0; r < of.rows(); ++r) squares[r] = values[r] * values[r];
      // What the rounding of the mean left is taken off again.
      const double rest = pairwise_sum(values);
      const double deviation = std::sqrt((pairwise_sum(squares) - rest * rest / n) / n);
      // What is left of a constant column is rounding.
      if (deviation > 1e-13 * std::abs(means_[c])) deviations_[c] = deviation;
    }
  }

  /// rows x columns.
  [[nodiscard]] std::vector<double> applied(const points& to) const {
    std::vector<double> result;
    result.reserve(to.rows() * to.columns());
    for (std::size_t r = 0; r < to.rows(); ++r) {
      for (std::size_t c = 0; c < to.columns(); ++c) result.push_back((to.at(r, c) - means_[c]) / deviations_[c]);
    }
    return result;
  }

  /// A scaled value of a column in the column's own units.
  [[nodiscard]] double back(std::size_t column, double value) const { return value * deviations_[column] + means_[column]; }

 private:
  /// Rounded as numpy rounds the sum of a column: by halves, eight at a time.
  static double pairwise_sum(std::span<const double> values) {
    const auto n = values.size();
    if (n < 8) {
      double sum = n > 0 ? values[0] : 0;
      for (std::size_t i = 1; i < n; ++i) sum += values[i];
      return sum;
    }
    if (n <= 128) {
      std::array<double, 8> r{};
      std::copy_n(values.begin(), 8, r.begin());
      std::size_t i = 8;
      for (; i + 8 <= n; i += 8) {
        for (std::size_t k = 0; k < 8; ++k) r[k] += values[i + k];
      }
      double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
      for (; i < n; ++i) sum += values[i];
      return sum;
    }
    auto half = n / 2;
    half -= half % 8;
    return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
  }

  std::vector<double> means_, deviations_;
};

}  // namespace auspex
