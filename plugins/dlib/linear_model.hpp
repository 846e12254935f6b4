// Sums of coefficients times standardised values: what logistic and ridge regression have in common.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <vector>

#include "standardisation.hpp"

namespace auspex_dlib {

class LinearModel {
 public:
  LinearModel() = default;
  explicit LinearModel(Standardisation scales) : scales_(std::move(scales)) {}

  [[nodiscard]] std::size_t columns() const { return scales_.columns(); }
  [[nodiscard]] std::size_t outputs() const { return fits_.size(); }
  [[nodiscard]] const Standardisation& scales() const { return scales_; }

  /// One a column, then one a flag, then the intercept; 0 for what never varies.
  [[nodiscard]] const std::vector<double>& fit(std::size_t k) const { return fits_[k]; }

  /// `fit` as above.
  void add(std::vector<double> fit) { fits_.push_back(std::move(fit)); }

  /// The fit of coefficients of the varying elements, in their order.
  [[nodiscard]] std::vector<double> spread_out(std::span<const std::size_t> varying, const auto& coefficients,
                                               double intercept) const {
    std::vector<double> fit(scales_.width() + 1, 0.0);
    for (std::size_t i = 0; i < varying.size(); ++i) fit[varying[i]] = coefficients(long(i));
    fit.back() = intercept;
    return fit;
  }

  /// out[r * outputs + k].
  void margins(const Table& table, std::span<double> out) const {
    scales_.require_columns(table);
    require_finite(table);
    for (std::size_t k = 0; k < outputs(); ++k) margins_of(k, table, out);
  }

  /// out[(r * outputs + k) * (columns + 1) + c]: coefficient times standardised value, the column's flag included; the last
  /// is the intercept.
  void contributions(const Table& table, std::span<double> out) const {
    scales_.require_columns(table);
    require_finite(table);
    std::vector<double> x(scales_.width());
    auto at = out.begin();
    for (std::size_t r = 0; r < table.rows; ++r) {
      scales_.apply(table.row(r), x);
      for (const auto& fit : fits_) {
        for (std::size_t c = 0; c < columns(); ++c) *at++ = fit[c] * x[c] + fit[columns() + c] * x[columns() + c];
        *at++ = fit.back();
      }
    }
  }

  void write(auspex::byte_writer& out) const {
    scales_.write(out);
    for (const auto& fit : fits_) {
      for (const double coefficient : fit) out.real(coefficient);
    }
  }

  static LinearModel read(auspex::byte_reader& in, std::size_t outputs) {
    LinearModel result(Standardisation::read(in));
    if (outputs > in.left()) throw std::invalid_argument("the model's bytes end too early");
    for (std::size_t k = 0; k < outputs; ++k) {
      auto& fit = result.fits_.emplace_back(result.scales_.width() + 1);
      for (auto& coefficient : fit) {
        coefficient = in.real();
        if (!std::isfinite(coefficient)) throw std::invalid_argument("a coefficient of the model is not a number");
      }
    }
    return result;
  }

 private:
  /// A column's share is missing, or factor * (value - mean), kept within +-most.
  struct Terms {
    std::vector<double> mean, factor, most, missing;
    double constant = 0;
  };

  [[nodiscard]] Terms terms_of(std::size_t k) const {
    const auto& fit = fits_[k];
    Terms terms;
    terms.constant = fit.back();
    for (std::size_t c = 0; c < columns(); ++c) {
      const auto& scale = scales_.value_scale(c);
      const double flag = fit[columns() + c], present = flag * scales_.flag(c, false);
      terms.mean.push_back(scale.mean);
      terms.factor.push_back(scale.deviation > 0 ? fit[c] / scale.deviation : 0);
      terms.most.push_back(scales_.clip() > 0 ? std::abs(fit[c]) * scales_.clip() : INFINITY);
      terms.missing.push_back(flag * scales_.flag(c, true) - present);
      terms.constant += present;
    }
    return terms;
  }

  void margins_of(std::size_t k, const Table& table, std::span<double> out) const {
    const auto terms = terms_of(k);
    in_parallel(table.threads, pieces_of(table.rows), [&](std::size_t piece) {
      constexpr std::size_t lanes = 8;
      const double *mean = terms.mean.data(), *factor = terms.factor.data(), *most = terms.most.data(),
                   *missing = terms.missing.data();
      const auto share = [=](float x, std::size_t c) {
        double value = (double(x) - mean[c]) * factor[c];
        value = value < -most[c] ? -most[c] : value;
        value = value > most[c] ? most[c] : value;
        return x != x ? missing[c] : value;
      };
      const auto end = std::min(table.rows, (piece + 1) * rows_per_piece);
      for (auto r = piece * rows_per_piece; r < end; ++r) {
        const float* x = table.values + r * table.columns;
        double sums[lanes] = {};
        std::size_t c = 0;
        for (; c + lanes <= table.columns; c += lanes) {
          for (std::size_t i = 0; i < lanes; ++i) sums[i] += share(x[c + i], c + i);
        }
        for (; c < table.columns; ++c) sums[0] += share(x[c], c);
        double sum = terms.constant;
        for (const double part : sums) sum += part;
        out[r * outputs() + k] = sum;
      }
    });
  }

  Standardisation scales_;
  std::vector<std::vector<double>> fits_;
};

}  // namespace auspex_dlib
