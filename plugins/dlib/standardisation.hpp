// Columns of a feature matrix on one scale, with missing values made visible.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <auspex/model_bytes.hpp>

#include "pieces.hpp"

namespace auspex_dlib {

/// Row-major, NaN = missing; borrowed.
struct Table {
  std::size_t rows = 0;
  std::size_t columns = 0;
  const float* values = nullptr;
  int threads = 1;

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

/// Throws std::invalid_argument for an infinite value, naming its column.
inline void require_finite(const Table& table) {
  std::vector<char> bad(pieces_of(table.rows), 0);
  in_parallel(table.threads, bad.size(), [&](std::size_t piece) {
    const auto end = std::min(table.rows, (piece + 1) * rows_per_piece) * table.columns;
    int infinite = 0;
    for (auto i = piece * rows_per_piece * table.columns; i < end; ++i) {
      infinite |= int(std::abs(table.values[i]) > std::numeric_limits<float>::max());
    }
    bad[piece] = char(infinite);
  });
  if (std::find(bad.begin(), bad.end(), 1) == bad.end()) return;
  const auto all = table.rows * table.columns;
  const auto at = std::find_if(table.values, table.values + all, [](float value) { return std::isinf(value); });
  throw std::invalid_argument("column " + std::to_string(std::size_t(at - table.values) % table.columns) +
                              " holds an infinite value");
}

/// Mean and deviation (divided by n) of a column's present values; a constant column becomes 0. A missing value becomes 0,
/// the mean. A column that has both present and missing values in training gets a flag, 1 where missing, standardised as
/// well.
class Standardisation {
 public:
  Standardisation() = default;

  /// Throws std::invalid_argument for an infinite value.
  Standardisation(const Table& table, double clip) : clip_(clip), values_(table.columns), flags_(table.columns) {
    require_finite(table);
    learn(table);
  }

  /// Moodle's form: values as they are, a missing one as 0; columns that are then constant become 0.
  static Standardisation as_in_moodle(const Table& table) {
    require_finite(table);
    Standardisation result;
    result.values_.resize(table.columns);
    result.flags_.resize(table.columns);
    const auto value = [&](std::size_t r, std::size_t c) { return std::isnan(table.row(r)[c]) ? 0 : table.row(r)[c]; };
    for (std::size_t r = 1; r < table.rows; ++r) {
      for (std::size_t c = 0; c < table.columns; ++c) {
        if (value(r, c) != value(0, c)) result.values_[c].deviation = 1;
      }
    }
    return result;
  }

  [[nodiscard]] std::size_t columns() const { return values_.size(); }

  /// Of a standardised row: every column, then every column's flag.
  [[nodiscard]] std::size_t width() const { return 2 * values_.size(); }

  [[nodiscard]] double clip() const { return clip_; }
  [[nodiscard]] const Scale& value_scale(std::size_t column) const { return values_[column]; }

  /// Element columns() + c of a standardised row.
  [[nodiscard]] double flag(std::size_t c, bool is_missing) const { return flags_[c].of(is_missing ? 1 : 0, clip_); }

  /// `out` has width() elements; values are finite or missing.
  void apply(std::span<const float> row, std::span<double> out) const {
    for (std::size_t c = 0; c < values_.size(); ++c) {
      const bool is_missing = std::isnan(row[c]);
      out[c] = is_missing ? 0 : values_[c].of(row[c], clip_);
      out[values_.size() + c] = flag(c, is_missing);
    }
  }

  /// The elements `chosen` of a standardised row, one after another.
  void apply(std::span<const float> row, std::span<const std::size_t> chosen, double* out) const {
    for (const auto i : chosen) {
      const bool is_value = i < columns();
      const float x = row[is_value ? i : i - columns()];
      if (is_value) *out++ = std::isnan(x) ? 0 : values_[i].of(x, clip_);
      else *out++ = flag(i - columns(), std::isnan(x));
    }
  }

  /// Whether element `i` of a standardised row is ever other than 0.
  [[nodiscard]] bool varies(std::size_t i) const {
    return (i < columns() ? values_[i] : flags_[i - columns()]).deviation > 0;
  }

  /// Those elements of a standardised row that vary, ascending.
  [[nodiscard]] std::vector<std::size_t> varying() const {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < width(); ++i) {
      if (varies(i)) result.push_back(i);
    }
    return result;
  }

  void write(auspex::byte_writer& out) const {
    out.integer(values_.size());
    out.real(clip_);
    for (const auto* scales : {&values_, &flags_}) {
      for (const auto& scale : *scales) {
        out.real(scale.mean);
        out.real(scale.deviation);
      }
    }
  }

  static Standardisation read(auspex::byte_reader& in) {
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

  /// Throws std::invalid_argument where the table has other columns than those learned.
  void require_columns(const Table& table) const {
    if (table.columns == columns()) return;
    throw std::invalid_argument("the model was trained on " + std::to_string(columns()) + " columns, not " +
                                std::to_string(table.columns));
  }

 private:
  struct Sums {
    std::vector<double> count, sum, least, greatest, squares;

    explicit Sums(std::size_t columns)
        : count(columns, 0.0),
          sum(columns, 0.0),
          least(columns, INFINITY),
          greatest(columns, -INFINITY),
          squares(columns, 0.0) {}
  };

  /// Row by row, for a column's values lie far apart; the pieces are added in their order.
  void learn(const Table& table) {
    std::vector<Sums> pieces(pieces_of(table.rows), Sums(table.columns));
    const auto each = [&](const auto& work) {
      in_parallel(table.threads, pieces.size(), [&](std::size_t piece) {
        const auto end = std::min(table.rows, (piece + 1) * rows_per_piece);
        for (auto r = piece * rows_per_piece; r < end; ++r) work(pieces[piece], table.row(r).data());
      });
    };
    const auto columns = table.columns;
    each([columns](Sums& own, const float* row) {
      for (std::size_t c = 0; c < columns; ++c) {
        const bool is_missing = std::isnan(row[c]);
        own.count[c] += is_missing ? 0 : 1;
        own.sum[c] += is_missing ? 0 : double(row[c]);
        own.least[c] = row[c] < own.least[c] ? double(row[c]) : own.least[c];
        own.greatest[c] = row[c] > own.greatest[c] ? double(row[c]) : own.greatest[c];
      }
    });
    Sums all(columns);
    for (const auto& piece : pieces) {
      for (std::size_t c = 0; c < columns; ++c) {
        all.count[c] += piece.count[c];
        all.sum[c] += piece.sum[c];
        all.least[c] = std::min(all.least[c], piece.least[c]);
        all.greatest[c] = std::max(all.greatest[c], piece.greatest[c]);
      }
    }
    for (std::size_t c = 0; c < columns; ++c) values_[c].mean = all.count[c] > 0 ? all.sum[c] / all.count[c] : 0;
    each([&](Sums& own, const float* row) {
      for (std::size_t c = 0; c < columns; ++c) {
        const double distance = std::isnan(row[c]) ? 0 : row[c] - values_[c].mean;
        own.squares[c] += distance * distance;
      }
    });
    for (std::size_t c = 0; c < columns; ++c) {
      if (all.count[c] == 0) continue;
      for (const auto& piece : pieces) all.squares[c] += piece.squares[c];
      if (all.greatest[c] > all.least[c]) values_[c].deviation = std::sqrt(all.squares[c] / all.count[c]);
      const double missing = 1 - all.count[c] / double(table.rows);
      if (all.count[c] < double(table.rows)) flags_[c] = {missing, std::sqrt(missing * (1 - missing))};
    }
  }

  double clip_ = 0;
  std::vector<Scale> values_, flags_;
};

/// The varying elements of every standardised row, one row after another.
class Design {
 public:
  Design(const Table& table, const Standardisation& scales) : varying_(scales.varying()), values_(table.rows * width()) {
    in_parallel(table.threads, pieces_of(table.rows), [&](std::size_t piece) {
      const auto end = std::min(table.rows, (piece + 1) * rows_per_piece);
      for (auto r = piece * rows_per_piece; r < end; ++r) scales.apply(table.row(r), varying_, values_.data() + r * width());
    });
  }

  [[nodiscard]] std::size_t width() const { return varying_.size(); }
  [[nodiscard]] const double* row(std::size_t r) const { return values_.data() + r * width(); }
  [[nodiscard]] const std::vector<std::size_t>& varying() const { return varying_; }

 private:
  std::vector<std::size_t> varying_;
  std::vector<double> values_;
};

}  // namespace auspex_dlib
