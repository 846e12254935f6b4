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

#include <auspex/ml_backend.hpp>
#include <auspex/services.hpp>

#include "dlib_headers.hpp"
#include "linear_model.hpp"

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

  /// Log odds: of class 1 (two classes), or of every class against the rest. margins: rows x outputs; contributions: rows x
  /// outputs x (columns + 1), coefficient times standardised value, a column's flag included; the last is the intercept.
  void explain(const Table& table, std::span<double> margins, std::span<double> contributions) const {
    model_.margins(table, margins);
    model_.contributions(table, contributions);
  }

  /// Whether every fit reached its tolerance within max_iterations.
  [[nodiscard]] bool converged() const { return converged_; }

  [[nodiscard]] std::size_t columns() const { return model_.columns(); }
  [[nodiscard]] std::size_t class_count() const { return class_count_; }

  /// Of fit `k`: one a column, then one a flag, then the intercept; 0 for what never varies.
  [[nodiscard]] const std::vector<double>& coefficients(std::size_t k = 0) const { return model_.fit(k); }

  [[nodiscard]] std::string bytes() const;

  /// Throws std::invalid_argument for bytes that are damaged or not a logistic regression.
  static LogisticRegression from_bytes(std::string_view bytes);

 private:
  static constexpr std::string_view format_name = "auspex.dlib.logistic_regression";
  static constexpr std::uint64_t format_version = 1;

  LinearModel model_;
  std::size_t class_count_ = 0;
  bool converged_ = true;
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
  /// is_positive and weights: one a row of the design.
  LogisticLoss(const Design& design, std::span<const char> is_positive, std::span<const double> weights, double l2,
               int threads)
      : design_(design),
        is_positive_(is_positive),
        weights_(weights),
        l2_(l2),
        threads_(threads),
        pieces_(pieces_of(weights.size()), std::vector<double>(design.width() + 2)) {
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
    const auto width = design_.width();
    in_parallel(threads_, pieces_.size(), [&](std::size_t piece) { evaluate_piece(piece, &point_(0)); });
    std::vector<double> sums(width + 2, 0.0);
    for (const auto& piece : pieces_) {
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += piece[i];
    }
    gradient_.set_size(long(width + 1));
    double loss = sums[width + 1];
    for (std::size_t i = 0; i < width; ++i) {
      loss += l2_ / 2 * point(long(i)) * point(long(i));
      gradient_(long(i)) = (sums[i] + l2_ * point(long(i))) / total_;
    }
    gradient_(long(width)) = sums[width] / total_;
    value_ = loss / total_;
  }

  /// Of its rows: the slope of each coefficient, of the intercept, and the loss.
  void evaluate_piece(std::size_t piece, const double* beta) noexcept {
    const auto width = design_.width();
    double* sums = pieces_[piece].data();
    std::fill_n(sums, width + 2, 0.0);
    const auto end = std::min(weights_.size(), (piece + 1) * rows_per_piece);
    for (auto r = piece * rows_per_piece; r < end; ++r) {
      const double* x = design_.row(r);
      const double z = beta[width] + dot(beta, x, width);
      const double e = std::exp(-std::abs(z));
      const double p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
      sums[width + 1] += weights_[r] * (std::log1p(e) + std::max(z, 0.0) - (is_positive_[r] ? z : 0));
      const double residual = weights_[r] * (p - is_positive_[r]);
      sums[width] += residual;
      for (std::size_t i = 0; i < width; ++i) sums[i] += residual * x[i];
    }
  }

  const Design& design_;
  std::span<const char> is_positive_;
  std::span<const double> weights_;
  double l2_;
  int threads_;
  std::vector<std::vector<double>> pieces_;
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
    auspex::check_cancelled();
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
  if (class_count < 2) throw std::invalid_argument("logistic regression needs a target of at least two classes");
  const auto row_weights = auspex::training_weights(table.rows, labels, weights, class_count, settings.balanced);
  LogisticRegression result;
  result.class_count_ = class_count;
  result.model_ = LinearModel(Standardisation(table, settings.clip));
  const Design design(table, result.model_.scales());
  const auto width = long(design.width());
  std::vector<char> is_positive(table.rows);
  for (std::size_t k = class_count == 2 ? 1 : 0; k < class_count; ++k) {
    double positive = 0, sum = 0;
    for (std::size_t r = 0; r < table.rows; ++r) {
      is_positive[r] = labels[r] == double(k) ? 1 : 0;
      sum += row_weights[r];
      if (is_positive[r]) positive += row_weights[r];
    }
    detail::Point point = dlib::zeros_matrix<double>(width + 1, 1);
    if (positive == 0) {
      // A class that never occurred: as good as impossible, without infinite numbers.
      point(width) = -std::log(sum) - 20;
    } else {
      detail::LogisticLoss loss(design, is_positive, row_weights, settings.l2, table.threads);
      point(width) = std::log(positive / (sum - positive));
      bool converged = false;
      dlib::find_min(
          dlib::lbfgs_search_strategy(10), detail::StopRule(settings.tolerance, settings.max_iterations, converged),
          [&](const detail::Point& p) { return loss.value(p); }, [&](const detail::Point& p) { return loss.gradient(p); },
          point, -INFINITY);
      result.converged_ = result.converged_ && converged;
    }
    result.model_.add(result.model_.spread_out(design.varying(), point, point(width)));
  }
  return result;
}

inline void LogisticRegression::predict(const Table& table, std::span<double> out) const {
  std::vector<double> margins(table.rows * model_.outputs());
  model_.margins(table, margins);
  in_parallel(table.threads, pieces_of(table.rows), [&](std::size_t piece) {
    const auto end = std::min(table.rows, (piece + 1) * rows_per_piece);
    for (auto r = piece * rows_per_piece; r < end; ++r) {
      double* row = &out[r * class_count_];
      if (class_count_ == 2) {
        row[1] = detail::probability_of(margins[r]);
        row[0] = 1 - row[1];
        continue;
      }
      double sum = 0;
      for (std::size_t k = 0; k < class_count_; ++k) sum += row[k] = detail::probability_of(margins[r * class_count_ + k]);
      for (std::size_t k = 0; k < class_count_; ++k) row[k] = sum > 0 ? row[k] / sum : 1 / double(class_count_);
    }
  });
}

inline std::string LogisticRegression::bytes() const {
  auspex::byte_writer out(format_name, format_version);
  out.integer(class_count_);
  out.integer(converged_ ? 1 : 0);
  model_.write(out);
  return out.finish();
}

inline LogisticRegression LogisticRegression::from_bytes(std::string_view bytes) {
  auspex::byte_reader in(bytes, format_name, format_version);
  LogisticRegression result;
  result.class_count_ = in.integer();
  result.converged_ = in.integer() == 1;
  if (result.class_count_ < 2) throw std::invalid_argument("the model's number of classes is wrong");
  result.model_ = LinearModel::read(in, result.class_count_ == 2 ? 1 : result.class_count_);
  in.finish();
  return result;
}

}  // namespace auspex_dlib
