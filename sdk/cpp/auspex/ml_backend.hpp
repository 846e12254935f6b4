// ML backends: train on and predict from a feature matrix.
#pragma once

#include <cmath>

#include <auspex/component.hpp>

namespace auspex {

/// A feature matrix; row-major, NaN = missing.
class matrix {
 public:
  explicit matrix(const auspex_matrix& raw) : raw_(&raw) {}

  [[nodiscard]] std::size_t rows() const { return std::size_t(raw_->rows); }
  [[nodiscard]] std::size_t columns() const { return std::size_t(raw_->columns); }
  [[nodiscard]] std::span<const float> row(std::size_t r) const { return {raw_->values + r * columns(), columns()}; }
  [[nodiscard]] std::string_view name(std::size_t column) const { return view(raw_->names[column]); }
  /// Training only: index of the class, or the value.
  [[nodiscard]] std::span<const double> labels() const { return {raw_->labels, raw_->labels == nullptr ? 0 : rows()}; }
  /// 1 where no weights were given.
  [[nodiscard]] double weight(std::size_t r) const { return raw_->weights == nullptr ? 1 : raw_->weights[r]; }
  /// Empty = all 1.
  [[nodiscard]] std::span<const double> weights() const { return {raw_->weights, raw_->weights == nullptr ? 0 : rows()}; }
  /// All of them: row r begins at r * columns().
  [[nodiscard]] std::span<const float> values() const { return {raw_->values, rows() * columns()}; }
  /// Rows of one group belong to one person; empty = unknown.
  [[nodiscard]] std::span<const std::int64_t> groups() const { return {raw_->groups, raw_->groups == nullptr ? 0 : rows()}; }
  /// How many margins a prediction has: one a class, but one for two classes (that of class 1) and for regression.
  [[nodiscard]] std::size_t outputs() const { return class_count() > 2 ? class_count() : 1; }
  /// 0 for regression.
  [[nodiscard]] std::size_t class_count() const { return std::size_t(raw_->class_count); }
  [[nodiscard]] std::uint64_t seed() const { return raw_->seed; }
  [[nodiscard]] int threads() const { return raw_->threads; }

 private:
  const auspex_matrix* raw_;
};

/// One weight a row, after a look at what training is given; `weights` empty = all 1. `balanced`: every class weighs the
/// same in all. Throws std::invalid_argument for no rows, labels that are no number or (class_count > 0) no class, weights
/// that are negative or not finite, and fewer than two classes with weight.
inline std::vector<double> training_weights(std::size_t rows, std::span<const double> labels, std::span<const double> weights,
                                            std::size_t class_count, bool balanced = false) {
  if (rows == 0 || labels.size() != rows) throw std::invalid_argument("training needs rows with labels");
  if (class_count == 1) throw std::invalid_argument("a target of one class has nothing to tell apart");
  std::vector<double> result(rows, 1.0), of_class(class_count, 0.0);
  double total = 0;
  for (std::size_t r = 0; r < rows; ++r) {
    if (!weights.empty()) result[r] = weights[r];
    if (!(result[r] >= 0) || std::isinf(result[r])) throw std::invalid_argument("a weight is negative or not finite");
    if (!std::isfinite(labels[r])) throw std::invalid_argument("the label of row " + std::to_string(r) + " is not a number");
    total += result[r];
    if (class_count == 0) continue;
    if (labels[r] < 0 || labels[r] >= double(class_count) || labels[r] != std::floor(labels[r])) {
      throw std::invalid_argument("label " + std::to_string(labels[r]) + " is not the index of a class");
    }
    of_class[std::size_t(labels[r])] += result[r];
  }
  if (!(total > 0)) throw std::invalid_argument("all rows have the weight 0");
  if (class_count == 0) return result;
  const auto seen = std::count_if(of_class.begin(), of_class.end(), [](double weight) { return weight > 0; });
  if (seen < 2) throw std::invalid_argument("all labels are the same: there is nothing to tell apart");
  for (std::size_t r = 0; balanced && r < rows; ++r) {
    if (result[r] > 0) result[r] *= total / (double(seen) * of_class[std::size_t(labels[r])]);
  }
  return result;
}

/// Throws std::invalid_argument where a model of `trained` classes and columns is asked about a matrix of others.
inline void require_same_shape(const matrix& given, std::size_t trained_columns, std::size_t trained_classes) {
  const auto refuse = [](const char* what, std::size_t trained, std::size_t found) {
    throw std::invalid_argument("the model was trained on " + std::to_string(trained) + " " + what + ", not " +
                                std::to_string(found));
  };
  if (given.columns() != trained_columns) refuse("columns", trained_columns, given.columns());
  if (given.class_count() != trained_classes) refuse("classes", trained_classes, given.class_count());
}

/// Throws std::invalid_argument for an infinite value.
inline void require_finite(const matrix& given) {
  const auto values = given.values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isinf(values[i])) continue;
    throw std::invalid_argument("column " + std::to_string(i % given.columns()) + " holds an infinite value");
  }
}

/// Base of ML backends. A derived class has
///   static constexpr std::string_view id, name, description; static constexpr std::uint32_t abilities (AUSPEX_CAN_*);
///   std::string train(const matrix&)                                                 the model as bytes
///   void predict(std::string_view model, const matrix&, std::span<double> out)       rows x classes, or rows
/// and, where it can explain itself (AUSPEX_CAN_CONTRIBUTIONS),
///   void explain(std::string_view model, const matrix&, std::span<double> margins, std::span<double> contributions)
/// margins: rows x outputs; contributions: rows x outputs x (columns + 1), which add up to the margin. Or, for class 1 alone,
///   void contributions(std::string_view model, const matrix&, std::span<double> out)     rows x (columns + 1)
class ml_backend : public component {
 public:
  static constexpr std::string_view interface_id = AUSPEX_ML_BACKEND;
};

namespace detail {

template <class C>
struct functions_of_ml_backend {
  static constexpr bool explains =
      requires(C& c, const matrix& m) { c.explain(std::string_view(), m, std::span<double>(), std::span<double>()); };
  static constexpr bool contributes =
      requires(C& c, const matrix& m) { c.contributions(std::string_view(), m, std::span<double>()); };

  static auspex_status describe(void*, auspex_backend_info* info, auspex_error*) noexcept {
    info->abilities = C::abilities;
    return AUSPEX_OK;
  }
  static auspex_status train(void* self, const auspex_matrix* raw, const auspex_byte_sink* sink, auspex_error* error) noexcept {
    return guarded(error, [&] {
      const std::string bytes = static_cast<C*>(self)->train(matrix(*raw));
      sink->write(sink->context, bytes.data(), bytes.size());
    });
  }
  static auspex_status predict(void* self, const void* model, std::size_t size, const auspex_matrix* raw, double* out,
                               auspex_error* error) noexcept {
    return guarded(error, [&] {
      const matrix m(*raw);
      static_cast<C*>(self)->predict({static_cast<const char*>(model), size}, m,
                                     {out, m.rows() * std::max<std::size_t>(1, m.class_count())});
    });
  }
  static auspex_status explain(void* self, const void* model, std::size_t size, const auspex_matrix* raw, double* margins,
                               double* contributions, auspex_error* error) noexcept {
    return guarded(error, [&] {
      if constexpr (explains) {
        const matrix m(*raw);
        const auto count = m.rows() * m.outputs();
        static_cast<C*>(self)->explain({static_cast<const char*>(model), size}, m, {margins, count},
                                       {contributions, count * (m.columns() + 1)});
      }
    });
  }
  /// The share in class 1 alone: what the author wrote, or `explain` for hosts that do not know it.
  static auspex_status contributions(void* self, const void* model, std::size_t size, const auspex_matrix* raw, double* out,
                                     auspex_error* error) noexcept {
    return guarded(error, [&] {
      const matrix m(*raw);
      const auto width = m.columns() + 1;
      if constexpr (contributes) {
        static_cast<C*>(self)->contributions({static_cast<const char*>(model), size}, m, {out, m.rows() * width});
        return;
      }
      std::vector<double> margins(m.rows() * m.outputs()), all(margins.size() * width);
      const auto status = explain(self, model, size, raw, margins.data(), all.data(), error);
      if (status != AUSPEX_OK) throw std::runtime_error(error == nullptr ? "it cannot explain itself" : error->message);
      for (std::size_t r = 0; r < m.rows(); ++r) {
        const auto from = (r * m.outputs() + (m.outputs() > 1 ? 1 : 0)) * width;
        std::copy_n(all.begin() + std::ptrdiff_t(from), width, out + r * width);
      }
    });
  }
  static constexpr auspex_ml_backend table{sizeof(auspex_ml_backend),
                                           &describe,
                                           &train,
                                           &predict,
                                           explains || contributes ? &contributions : nullptr,
                                           explains ? &explain : nullptr};
};

}  // namespace detail
}  // namespace auspex
