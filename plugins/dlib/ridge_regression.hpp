// Ridge regression: least squares with a penalty on the squared coefficients, in closed form.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <auspex/ml_backend.hpp>

#include "dlib_headers.hpp"
#include "linear_model.hpp"

namespace auspex_dlib {

struct RidgeSettings {
  double l2 = 1;    ///< >= 0; scikit-learn's alpha
  double clip = 4;  ///< standardised values are kept within +-clip; 0 = not
};

/// Minimises sum_i w_i (y_i - b0 - x_i b)^2 + l2 |b|^2 over standardised columns; the intercept b0 is not penalised.
class RidgeRegression {
 public:
  /// weights: empty = all 1. Throws std::invalid_argument for no rows, labels that are no numbers, weights that are negative
  /// or not finite, and, with l2 = 0, columns that depend on each other.
  static RidgeRegression train(const Table& table, std::span<const double> labels, std::span<const double> weights,
                               const RidgeSettings& settings);

  /// One value a row.
  void predict(const Table& table, std::span<double> out) const { model_.margins(table, out); }

  /// margins: the predictions; contributions: rows x (columns + 1).
  void explain(const Table& table, std::span<double> margins, std::span<double> contributions) const {
    model_.margins(table, margins);
    model_.contributions(table, contributions);
  }

  /// One a column, then one a flag, then the intercept; 0 for what never varies.
  [[nodiscard]] const std::vector<double>& coefficients() const { return model_.fit(0); }

  [[nodiscard]] std::string bytes() const {
    auspex::byte_writer out(format_name, format_version);
    model_.write(out);
    return out.finish();
  }

  /// Throws std::invalid_argument for bytes that are damaged or not a ridge regression.
  static RidgeRegression from_bytes(std::string_view bytes) {
    auspex::byte_reader in(bytes, format_name, format_version);
    RidgeRegression result;
    result.model_ = LinearModel::read(in, 1);
    in.finish();
    return result;
  }

 private:
  static constexpr std::string_view format_name = "auspex.dlib.ridge_regression";
  static constexpr std::uint64_t format_version = 1;

  LinearModel model_;
};

namespace detail {

/// The upper half of Z'WZ and Z'Wy, where Z is the design with a last column of ones.
class NormalEquations {
 public:
  NormalEquations(const Design& design, std::span<const double> values, std::span<const double> weights, int threads)
      : design_(design), values_(values), weights_(weights), size_(design.width() + 1) {
    // So many sums, whatever the number of threads: each takes every eighth piece.
    constexpr std::size_t stripes = 8;
    std::vector<std::vector<double>> sums(stripes, std::vector<double>(size_ * (size_ + 1), 0.0));
    in_parallel(threads, stripes, [&](std::size_t stripe) {
      for (auto piece = stripe; piece < pieces_of(values.size()); piece += stripes) add_piece(piece, sums[stripe].data());
    });
    product_ = dlib::zeros_matrix<double>(long(size_), long(size_));
    right_ = dlib::zeros_matrix<double>(long(size_), 1);
    for (const auto& stripe : sums) {
      for (std::size_t i = 0; i < size_; ++i) {
        for (std::size_t j = i; j < size_; ++j) product_(long(i), long(j)) += stripe[i * (size_ + 1) + j];
        right_(long(i)) += stripe[i * (size_ + 1) + size_];
      }
    }
    for (std::size_t i = 0; i < size_; ++i) {
      for (std::size_t j = 0; j < i; ++j) product_(long(i), long(j)) = product_(long(j), long(i));
    }
  }

  /// Coefficients and intercept that minimise the penalised squares.
  [[nodiscard]] dlib::matrix<double, 0, 1> solve(double l2) const {
    auto penalised = product_;
    for (std::size_t i = 0; i + 1 < size_; ++i) penalised(long(i), long(i)) += l2;
    const dlib::cholesky_decomposition<dlib::matrix<double>> factors(penalised);
    if (!factors.is_spd()) throw std::invalid_argument("the columns depend on each other: give a larger l2");
    return factors.solve(right_);
  }

 private:
  static constexpr std::size_t at_once = 4;

  /// sums: size x (size + 1), the last column Z'Wy. Four rows at a time: the sums are read and written once for them all.
  void add_piece(std::size_t piece, double* sums) const noexcept {
    const auto end = std::min(values_.size(), (piece + 1) * rows_per_piece);
    for (auto r = piece * rows_per_piece; r < end; r += at_once) {
      const double* x[at_once];
      double weight[at_once], y[at_once];
      for (std::size_t k = 0; k < at_once; ++k) {
        const auto row = std::min(r + k, end - 1);
        x[k] = design_.row(row);
        weight[k] = r + k < end ? weights_[row] : 0;
        y[k] = values_[row];
      }
      const auto width = size_ - 1;
      for (std::size_t i = 0; i < size_; ++i) {
        double own[at_once];
        for (std::size_t k = 0; k < at_once; ++k) own[k] = weight[k] * (i < width ? x[k][i] : 1);
        double* line = sums + i * (size_ + 1);
        for (auto j = i; j < width; ++j) {
          line[j] += own[0] * x[0][j] + own[1] * x[1][j] + own[2] * x[2][j] + own[3] * x[3][j];
        }
        line[width] += own[0] + own[1] + own[2] + own[3];
        line[size_] += own[0] * y[0] + own[1] * y[1] + own[2] * y[2] + own[3] * y[3];
      }
    }
  }

  const Design& design_;
  std::span<const double> values_, weights_;
  std::size_t size_;
  dlib::matrix<double> product_;
  dlib::matrix<double, 0, 1> right_;
};

}  // namespace detail

inline RidgeRegression RidgeRegression::train(const Table& table, std::span<const double> labels,
                                              std::span<const double> weights, const RidgeSettings& settings) {
  const auto row_weights = auspex::training_weights(table.rows, labels, weights, 0);
  RidgeRegression result;
  result.model_ = LinearModel(Standardisation(table, settings.clip));
  const Design design(table, result.model_.scales());
  double total = 0, mean = 0;
  for (std::size_t r = 0; r < table.rows; ++r) {
    total += row_weights[r];
    mean += row_weights[r] * labels[r];
  }
  mean /= total;
  // Around their mean, large labels lose no digits.
  std::vector<double> values(labels.begin(), labels.end());
  for (auto& value : values) value -= mean;
  const auto solved = detail::NormalEquations(design, values, row_weights, table.threads).solve(settings.l2);
  const auto intercept = solved(long(design.width())) + mean;
  result.model_.add(result.model_.spread_out(design.varying(), solved, intercept));
  if (!std::isfinite(dlib::sum(solved)) || !std::isfinite(intercept)) {
    throw std::invalid_argument("the columns depend on each other: give a larger l2");
  }
  return result;
}

}  // namespace auspex_dlib
