// ML backends: train on and predict from a feature matrix.
#pragma once

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
  /// Rows of one group belong to one person; empty = unknown.
  [[nodiscard]] std::span<const std::int64_t> groups() const { return {raw_->groups, raw_->groups == nullptr ? 0 : rows()}; }
  /// 0 for regression.
  [[nodiscard]] std::size_t class_count() const { return std::size_t(raw_->class_count); }
  [[nodiscard]] std::uint64_t seed() const { return raw_->seed; }
  [[nodiscard]] int threads() const { return raw_->threads; }

 private:
  const auspex_matrix* raw_;
};

/// Base of ML backends. A derived class has
///   static constexpr std::string_view id, name, description; static constexpr std::uint32_t abilities (AUSPEX_CAN_*);
///   std::string train(const matrix&)                                                 the model as bytes
///   void predict(std::string_view model, const matrix&, std::span<double> out)       rows x classes, or rows
///   void contributions(std::string_view model, const matrix&, std::span<double> out) optional: rows x (columns + 1)
class ml_backend : public component {
 public:
  static constexpr std::string_view interface_id = AUSPEX_ML_BACKEND;
};

namespace detail {

template <class C>
struct functions_of_ml_backend {
  static constexpr bool explains =
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
  static auspex_status contributions(void* self, const void* model, std::size_t size, const auspex_matrix* raw, double* out,
                                     auspex_error* error) noexcept {
    return guarded(error, [&] {
      if constexpr (explains) {
        const matrix m(*raw);
        static_cast<C*>(self)->contributions({static_cast<const char*>(model), size}, m, {out, m.rows() * (m.columns() + 1)});
      }
    });
  }
  static constexpr auspex_ml_backend table{sizeof(auspex_ml_backend), &describe, &train, &predict,
                                           explains ? &contributions : nullptr};
};

}  // namespace detail
}  // namespace auspex
