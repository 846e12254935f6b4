// L2-regularised logistic regression, by L-BFGS.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "dlib_headers.hpp"
#include "standardisation.hpp"

namespace auspex_dlib {

struct LogisticSettings {
  double l2 = 10;                ///< >= 0; scikit-learn's 1 / C
  bool balanced = false;         ///< weigh each class by rows / (classes * its rows)
  double clip = 4;               ///< standardised values are kept within +-clip; 0 = not
  double tolerance = 1e-7;       ///< of the gradient of the mean loss
  std::size_t max_iterations = 1000;
};

/// Minimises sum_i w_i log(1 + exp(-y_i (b0 + x_i b))) + l2/2 |b|^2 over standardised columns; the intercept b0 is not
/// penalised. Two classes: one such fit. More: one against the rest for each, the probabilities divided by their sum.
class LogisticRegression {
 public:
  /// labels: 0 to class_count - 1; weights: empty = all 1. Throws std::invalid_argument for no rows, labels that are no
  /// class, weights that are negative or not finite, and fewer than two classes with weight.
  static LogisticRegression train(const Table& table, std::span<const double> labels, std::span<const double> weights,
                                  std::size_t class_count, const LogisticSettings& settings);

  /// out[r * classes + k]: probability of class k.
  void predict(const Table& table, std::span<double> out) const;

  /// out[r * (columns + 1) + c]: coefficient times standardised value, a column's flag included; the last is the intercept.
  /// They add up to the margin (log odds) of class 1.
  void contributions(const Table& table, std::span<double> out) const;

  /// Whether every fit reached its tolerance within max_iterations.
  [[nodiscard]] bool converged() const { return converged_; }

  [[nodiscard]] std::size_t columns() const { return scales_.columns(); }
  [[nodiscard]] std::size_t class_count() const { return class_count_; }

  /// Of fit `k`: one a column, then one a flag, then the intercept; 0 for what never varies.
  [[nodiscard]] const std::vector<double>& coefficients(std::size_t k = 0) const { return fits_[k]; }

  [[nodiscard]] std::string bytes() const;

  /// Throws std::invalid_argument for bytes that are damaged or not a logistic regression.
  static LogisticRegression from_bytes(std::string_view bytes);

 private:
  static constexpr std::string_view format_name = "auspex.dlib.logistic_regression";
  static constexpr std::uint64_t format_version = 1;

  [[nodiscard]] double margin(const std::vector<double>& fit, std::span<const double> x) const {
    double z = fit.back();
    for (std::size_t i = 0; i < x.size(); ++i) z += fit[i] * x[i];
    return z;
  }
  void require_columns(const Table& table) const {
    if (table.columns == columns()) return;
    throw std::invalid_argument("the model was trained on " + std::to_string(columns()) + " columns, not " +
                                std::to_string(table.columns));
  }

  Standardisation scales_;
  std::size_t class_count_ = 0;
  bool converged_ = true;
  std::vector<std::vector<double>> fits_;
};

namespace detail {

inline double probability_of(double margin) {
  const double e = std::exp(-std::abs(margin));
  return margin >= 0 ? 1 / (1 + e) : e / (1 + e);
}

using Point = dlib::matrix<double, 0, 1>;

/// Mean penalised loss and its gradient over the columns that vary, in one pass. The last element is the intercept.
class LogisticLoss {
 public:
  /// design: rows x width, row-major. is_positive and weights: one a row.
  LogisticLoss(std::span<const double> design, std::size_t width, std::vector<char> is_positive, std::vector<double> weights,
               double l2)
      : design_(design), width_(width), is_positive_(std::move(is_positive)), weights_(std::move(weights)), l2_(l2) {
    for (const double weight : weights_) total_ += weight;
  }

  double value(const Point& point) {
    evaluate(point);
    return value_;
  }
  const Point& gradient(const Point& point) {
    evaluate(point);
    return gradient_;
  }

 private:
  void evaluate(const Point& point) {
    if (point_.size() == point.size() && point_ == point) return;
    point_ = point;
    gradient_.set_size(long(width_ + 1));
    double loss = 0, intercept_gradient = 0;
    std::vector<double> sums(width_, 0.0);
    const double* beta = &point(0);
    for (std::size_t r = 0; r < weights_.size(); ++r) {
      const double* x = design_.data() + r * width_;
      double z = beta[width_];
      for (std::size_t i = 0; i < width_; ++i) z += beta[i] * x[i];
      const double e = std::exp(-std::abs(z));
      const double p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
      loss += weights_[r] * (std::log1p(e) + std::max(z, 0.0) - (is_positive_[r] ? z : 0));
      const double residual = weights_[r] * (p - is_positive_[r]);
      intercept_gradient += residual;
      for (std::size_t i = 0; i < width_; ++i) sums[i] += residual * x[i];
    }
    for (std::size_t i = 0; i < width_; ++i) {
      loss += l2_ / 2 * beta[i] * beta[i];
      gradient_(long(i)) = (sums[i] + l2_ * beta[i]) / total_;
    }
    gradient_(long(width_)) = intercept_gradient / total_;
    value_ = loss / total_;
  }

  std::span<const double> design_;
  std::size_t width_;
  std::vector<char> is_positive_;
  std::vector<double> weights_;
  double l2_;
  double total_ = 0;
  Point point_, gradient_;
  double value_ = 0;
};

/// Stops at a small gradient, or where the value has stood still: rounding allows no better.
class StopRule {
 public:
  StopRule(double tolerance, std::size_t max_iterations, bool& converged)
      : tolerance_(tolerance), left_(max_iterations), converged_(&converged) {}

  bool should_continue_search(const Point&, double value, const Point& gradient) {
    still_ = value < last_ ? 0 : still_ + 1;
    last_ = std::min(last_, value);
    if (dlib::length(gradient) <= tolerance_ || still_ > 10) {
      *converged_ = true;
      return false;
    }
    *converged_ = false;
    return left_-- > 0;
  }

 private:
  double tolerance_;
  std::size_t left_;
  bool* converged_;
  double last_ = INFINITY;
  int still_ = 0;
};

}  // namespace detail

inline LogisticRegression LogisticRegression::train(const Table& table, std::span<const double> labels,
                                                    std::span<const double> weights, std::size_t class_count,
                                                    const LogisticSettings& settings) {
  if (table.rows == 0 || labels.size() != table.rows) throw std::invalid_argument("training needs rows with labels");
  if (class_count < 2) throw std::invalid_argument("logistic regression needs a target of at least two classes");
  std::vector<double> row_weights(table.rows, 1.0), class_weights(class_count, 0.0);
  double total = 0;
  for (std::size_t r = 0; r < table.rows; ++r) {
    if (!weights.empty()) row_weights[r] = weights[r];
    if (!(row_weights[r] >= 0) || std::isinf(row_weights[r])) {
      throw std::invalid_argument("a weight is negative or not finite");
    }
    if (!(labels[r] >= 0) || labels[r] >= double(class_count) || labels[r] != std::floor(labels[r])) {
      throw std::invalid_argument("label " + std::to_string(labels[r]) + " is not the index of a class");
    }
    class_weights[std::size_t(labels[r])] += row_weights[r];
    total += row_weights[r];
  }
  std::size_t seen = 0;
  for (const double weight : class_weights) seen += weight > 0 ? 1 : 0;
  if (seen < 2) throw std::invalid_argument("all labels are the same: there is nothing to tell apart");
  if (settings.balanced) {
    for (std::size_t r = 0; r < table.rows; ++r) {
      const double own = class_weights[std::size_t(labels[r])];
      if (own > 0) row_weights[r] *= total / (double(seen) * own);
    }
  }

  LogisticRegression result;
  result.class_count_ = class_count;
  result.scales_ = Standardisation(table, settings.clip);
  std::vector<std::size_t> varying;
  for (std::size_t i = 0; i < result.scales_.width(); ++i) {
    if (result.scales_.varies(i)) varying.push_back(i);
  }
  std::vector<double> design, x(result.scales_.width());
  design.reserve(table.rows * varying.size());
  for (std::size_t r = 0; r < table.rows; ++r) {
    result.scales_.apply(table.row(r), x);
    for (const auto i : varying) design.push_back(x[i]);
  }

  for (std::size_t k = class_count == 2 ? 1 : 0; k < class_count; ++k) {
    std::vector<char> is_positive;
    double positive = 0, sum = 0;
    for (std::size_t r = 0; r < table.rows; ++r) {
      is_positive.push_back(labels[r] == double(k) ? 1 : 0);
      sum += row_weights[r];
      if (is_positive.back()) positive += row_weights[r];
    }
    std::vector<double> fit(result.scales_.width() + 1, 0.0);
    if (positive == 0) {
      // A class that never occurred: as good as impossible, without infinite numbers.
      fit.back() = -std::log(sum) - 20;
    } else {
      detail::LogisticLoss loss(design, varying.size(), std::move(is_positive), row_weights, settings.l2);
      detail::Point point = dlib::zeros_matrix<double>(long(varying.size() + 1), 1);
      point(long(varying.size())) = std::log(positive / (sum - positive));
      bool converged = false;
      dlib::find_min(
          dlib::lbfgs_search_strategy(10), detail::StopRule(settings.tolerance, settings.max_iterations, converged),
          [&](const detail::Point& p) { return loss.value(p); }, [&](const detail::Point& p) { return loss.gradient(p); },
          point, -INFINITY);
      for (std::size_t i = 0; i < varying.size(); ++i) fit[varying[i]] = point(long(i));
      fit.back() = point(long(varying.size()));
      result.converged_ = result.converged_ && converged;
    }
    result.fits_.push_back(std::move(fit));
  }
  return result;
}

inline void LogisticRegression::predict(const Table& table, std::span<double> out) const {
  require_columns(table);
  std::vector<double> x(scales_.width());
  for (std::size_t r = 0; r < table.rows; ++r) {
    scales_.apply(table.row(r), x);
    const auto row = out.subspan(r * class_count_, class_count_);
    if (class_count_ == 2) {
      const double z = margin(fits_[0], x);
      row[1] = detail::probability_of(z);
      row[0] = 1 - row[1];
      continue;
    }
    double sum = 0;
    for (std::size_t k = 0; k < class_count_; ++k) sum += row[k] = detail::probability_of(margin(fits_[k], x));
    for (std::size_t k = 0; k < class_count_; ++k) row[k] = sum > 0 ? row[k] / sum : 1 / double(class_count_);
  }
}

inline void LogisticRegression::contributions(const Table& table, std::span<double> out) const {
  require_columns(table);
  const auto& fit = fits_[class_count_ == 2 ? 0 : 1];
  std::vector<double> x(scales_.width());
  for (std::size_t r = 0; r < table.rows; ++r) {
    scales_.apply(table.row(r), x);
    const auto row = out.subspan(r * (columns() + 1), columns() + 1);
    for (std::size_t c = 0; c < columns(); ++c) row[c] = fit[c] * x[c] + fit[columns() + c] * x[columns() + c];
    row[columns()] = fit.back();
  }
}

inline std::string LogisticRegression::bytes() const {
  ByteWriter out(format_name, format_version);
  out.integer(class_count_);
  out.integer(converged_ ? 1 : 0);
  scales_.write(out);
  for (const auto& fit : fits_) {
    for (const double coefficient : fit) out.real(coefficient);
  }
  return out.finish();
}

inline LogisticRegression LogisticRegression::from_bytes(std::string_view bytes) {
  ByteReader in(bytes, format_name, format_version);
  LogisticRegression result;
  result.class_count_ = in.integer();
  result.converged_ = in.integer() == 1;
  result.scales_ = Standardisation::read(in);
  const auto fits = result.class_count_ == 2 ? 1 : result.class_count_;
  if (result.class_count_ < 2 || fits > in.left()) throw std::invalid_argument("the model's number of classes is wrong");
  for (std::size_t k = 0; k < fits; ++k) {
    auto& fit = result.fits_.emplace_back(result.scales_.width() + 1);
    for (auto& coefficient : fit) {
      coefficient = in.real();
      if (!std::isfinite(coefficient)) throw std::invalid_argument("a coefficient of the model is not a number");
    }
  }
  in.finish();
  return result;
}

}  // namespace auspex_dlib
