// SPDX-License-Identifier: @LICENCE@
#pragma once

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <auspex/sdk.hpp>

namespace @PLUGIN@ {

/// Gaussian naive Bayes: within a class each column is normal with its own mean and variance (Hastie, Tibshirani, Friedman,
/// The Elements of Statistical Learning, 6.6.3). `smoothing` is added to every variance; a missing value says nothing.
struct @CLASS@ : auspex::ml_backend {
  static constexpr std::string_view id = "@ID@";
  static constexpr std::string_view name = "@TITLE@";
  static constexpr std::string_view description = "Gaussian naive Bayes, for two or more classes.";
  static constexpr std::uint32_t abilities = AUSPEX_CAN_BINARY | AUSPEX_CAN_MULTICLASS | AUSPEX_CAN_CONTRIBUTIONS;
  static constexpr std::array parameters{auspex::real_parameter("smoothing", "added to every variance", "0.01", 1e-9)};

  explicit @CLASS@(const auspex::arguments& a) : smoothing_(a.real("smoothing")) {}

  /// The model as bytes: the same input gives the same bytes.
  [[nodiscard]] std::string train(const auspex::matrix& m) const {
    if (m.class_count() < 2) throw std::invalid_argument("it can only tell classes apart");
    if (m.rows() == 0) throw std::invalid_argument("there is nothing to learn from");
    fitted f{m.class_count(), m.columns(), {}, {}};
    std::vector<double> rows(f.classes, 1);  // one more, so that a class without rows stays possible
    for (std::size_t r = 0; r < m.rows(); ++r) rows[class_of(m, r)] += m.weight(r);
    double all = 0;
    for (const auto n : rows) all += n;
    for (const auto n : rows) f.priors.push_back(std::log(n / all));
    for (std::size_t k = 0; k < f.classes; ++k) {
      for (std::size_t c = 0; c < f.columns; ++c) f.normals.push_back(fit(m, k, c));
    }
    return f.bytes();
  }

  void predict(std::string_view model, const auspex::matrix& m, std::span<double> out) const {
    const auto f = read(model, m);
    for (std::size_t r = 0; r < m.rows(); ++r) {
      const auto p = out.subspan(r * f.classes, f.classes);
      double most = -HUGE_VAL, sum = 0;
      for (std::size_t k = 0; k < f.classes; ++k) {
        p[k] = f.priors[k];
        for (std::size_t c = 0; c < f.columns; ++c) p[k] += f.normal_of(k, c).log_density(m.row(r)[c]);
        most = std::max(most, p[k]);
      }
      for (auto& v : p) sum += v = std::exp(v - most);
      for (auto& v : p) v /= sum;
    }
  }

  /// The log of the odds of class 1, by column; the last is what the classes' sizes say.
  void contributions(std::string_view model, const auspex::matrix& m, std::span<double> out) const {
    const auto f = read(model, m);
    if (f.classes != 2) throw std::invalid_argument("contributions are between two classes");
    for (std::size_t r = 0; r < m.rows(); ++r) {
      const auto to = out.subspan(r * (f.columns + 1), f.columns + 1);
      for (std::size_t c = 0; c < f.columns; ++c) {
        const auto v = m.row(r)[c];
        to[c] = f.normal_of(1, c).log_density(v) - f.normal_of(0, c).log_density(v);
      }
      to[f.columns] = f.priors[1] - f.priors[0];
    }
  }

 private:
  struct normal {
    double mean, variance;

    [[nodiscard]] double log_density(float value) const {
      if (std::isnan(value)) return 0;
      const double d = double(value) - mean;
      return -0.5 * (d * d / variance + std::log(variance));  // without a constant that all classes share
    }
  };

  struct fitted {
    std::size_t classes, columns;
    std::vector<double> priors;   // logarithms
    std::vector<normal> normals;  // classes x columns

    [[nodiscard]] const normal& normal_of(std::size_t k, std::size_t column) const { return normals[k * columns + column]; }

    [[nodiscard]] std::string bytes() const {
      std::string text(magic);
      const std::uint64_t sizes[2] = {classes, columns};
      append(text, sizes, 2);
      append(text, priors.data(), priors.size());
      append(text, normals.data(), normals.size());
      return text;
    }
  };

  static constexpr std::string_view magic = "naive Bayes 1\n";

  template <class T>
  static void append(std::string& to, const T* from, std::size_t count) {
    to.append(reinterpret_cast<const char*>(from), count * sizeof(T));
  }

  template <class T>
  static std::vector<T> take(std::string_view& from, std::size_t count) {
    if (count > from.size() / sizeof(T)) throw std::invalid_argument("the model is cut off");
    std::vector<T> values(count);
    std::memcpy(values.data(), from.data(), count * sizeof(T));
    from.remove_prefix(count * sizeof(T));
    return values;
  }

  /// Refuses bytes that are no model of these classes and columns.
  static fitted read(std::string_view model, const auspex::matrix& m) {
    if (!model.starts_with(magic)) throw std::invalid_argument("these bytes are no model of @ID@");
    model.remove_prefix(magic.size());
    const auto sizes = take<std::uint64_t>(model, 2);
    if (sizes[0] != m.class_count() || sizes[1] != m.columns()) {
      throw std::invalid_argument("the model is of " + std::to_string(sizes[0]) + " classes and " +
                                  std::to_string(sizes[1]) + " columns");
    }
    fitted f{m.class_count(), m.columns(), {}, {}};
    f.priors = take<double>(model, f.classes);
    f.normals = take<normal>(model, f.classes * f.columns);
    bool good = model.empty();
    for (const auto prior : f.priors) good = good && std::isfinite(prior);
    for (const auto& n : f.normals) good = good && std::isfinite(n.mean) && std::isfinite(n.variance) && n.variance > 0;
    if (!good) throw std::invalid_argument("the model is damaged");
    return f;
  }

  static std::size_t class_of(const auspex::matrix& m, std::size_t row) {
    const auto label = m.labels()[row];
    if (!(label >= 0 && label < double(m.class_count()))) throw std::invalid_argument("a label is no class");
    return std::size_t(label);
  }

  /// Of a class's rows; of all rows where the class has no value in the column; around 0 where nobody has.
  [[nodiscard]] normal fit(const auspex::matrix& m, std::size_t k, std::size_t column) const {
    for (const bool everyone : {false, true}) {
      double weight = 0, sum = 0, squares = 0;
      const auto each = [&](auto&& work) {
        for (std::size_t r = 0; r < m.rows(); ++r) {
          const auto v = m.row(r)[column];
          if (!std::isnan(v) && (everyone || class_of(m, r) == k)) work(double(v), m.weight(r));
        }
      };
      each([&](double v, double w) {
        weight += w;
        sum += w * v;
      });
      if (!(weight > 0)) continue;
      const double mean = sum / weight;
      each([&](double v, double w) { squares += w * (v - mean) * (v - mean); });
      return {mean, squares / weight + smoothing_};
    }
    return {0, 1};
  }

  double smoothing_;
};

}  // namespace @PLUGIN@
