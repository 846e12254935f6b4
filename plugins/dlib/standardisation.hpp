// Columns of a feature matrix on one scale, with missing values made visible.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "binary_format.hpp"

namespace auspex_dlib {

/// Row-major, NaN = missing; borrowed.
struct Table {
  std::size_t rows = 0;
  std::size_t columns = 0;
  const float* values = nullptr;

  [[nodiscard]] std::span<const float> row(std::size_t r) const { return {values + r * columns, columns}; }
};

/// value -> (value - mean) / deviation, then kept within [-clip, clip]. A deviation of 0 means: always 0.
struct Scale {
  double mean = 0;
  double deviation = 0;

  [[nodiscard]] double of(double value, double clip) const {
    if (deviation == 0) return 0;
    const double z = (value - mean) / deviation;
    return clip > 0 ? std::clamp(z, -clip, clip) : z;
  }
};

/// Mean and deviation (divided by n) of a column's present values; a constant column becomes 0. A missing value becomes 0,
/// the mean. A column that has both present and missing values in training gets a flag, 1 where missing, standardised as
/// well.
class Standardisation {
 public:
  Standardisation() = default;

  /// Throws std::invalid_argument for an infinite value.
  Standardisation(const Table& table, double clip) : clip_(clip), values_(table.columns), flags_(table.columns) {
    for (std::size_t c = 0; c < table.columns; ++c) learn(table, c);
  }

  [[nodiscard]] std::size_t columns() const { return values_.size(); }

  /// Of a standardised row: every column, then every column's flag.
  [[nodiscard]] std::size_t width() const { return 2 * values_.size(); }

  /// `out` has width() elements.
  void apply(std::span<const float> row, std::span<double> out) const {
    for (std::size_t c = 0; c < values_.size(); ++c) {
      const bool is_missing = std::isnan(row[c]);
      if (std::isinf(row[c])) refuse_infinity(c);
      out[c] = is_missing ? 0 : values_[c].of(row[c], clip_);
      out[values_.size() + c] = flags_[c].of(is_missing ? 1 : 0, clip_);
    }
  }

  /// Whether element `i` of a standardised row is ever other than 0.
  [[nodiscard]] bool varies(std::size_t i) const {
    return (i < columns() ? values_[i] : flags_[i - columns()]).deviation > 0;
  }

  void write(ByteWriter& out) const {
    out.integer(values_.size());
    out.real(clip_);
    for (const auto* scales : {&values_, &flags_}) {
      for (const auto& scale : *scales) {
        out.real(scale.mean);
        out.real(scale.deviation);
      }
    }
  }

  static Standardisation read(ByteReader& in) {
    Standardisation result;
    const auto columns = in.integer();
    if (columns > in.left() / 4) throw std::invalid_argument("the model's bytes end too early");
    result.clip_ = in.real();
    for (auto* scales : {&result.values_, &result.flags_}) {
      for (std::uint64_t c = 0; c < columns; ++c) {
        const double mean = in.real();
        scales->push_back({mean, in.real()});
      }
    }
    return result;
  }

 private:
  void learn(const Table& table, std::size_t c) {
    double sum = 0, least = INFINITY, greatest = -INFINITY;
    std::size_t present = 0;
    for (std::size_t r = 0; r < table.rows; ++r) {
      const double value = table.row(r)[c];
      if (std::isinf(value)) refuse_infinity(c);
      if (std::isnan(value)) continue;
      ++present;
      sum += value;
      least = std::min(least, value);
      greatest = std::max(greatest, value);
    }
    if (present == 0) return;
    auto& scale = values_[c];
    scale.mean = sum / double(present);
    if (greatest > least) {
      double squares = 0;
      for (std::size_t r = 0; r < table.rows; ++r) {
        const double value = table.row(r)[c];
        if (!std::isnan(value)) squares += (value - scale.mean) * (value - scale.mean);
      }
      scale.deviation = std::sqrt(squares / double(present));
    }
    const double missing = 1 - double(present) / double(table.rows);
    if (present < table.rows) flags_[c] = {missing, std::sqrt(missing * (1 - missing))};
  }

  [[noreturn]] static void refuse_infinity(std::size_t column) {
    throw std::invalid_argument("column " + std::to_string(column) + " holds an infinite value");
  }

  double clip_ = 0;
  std::vector<Scale> values_, flags_;
};

}  // namespace auspex_dlib
