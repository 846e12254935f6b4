// XGBoost's C interface with owners and exceptions. Every source of this library calls XGBoost through this file.
#pragma once

#include <cmath>
#include <cstdio>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <xgboost/c_api.h>

#include <auspex/ml_backend.hpp>

namespace auspex_xgboost {

/// Throws what XGBoost says of a failed call: its first line, for the rest is a stack.
inline void require(int status) {
  if (status == 0) return;
  const std::string text = XGBGetLastError();
  throw std::runtime_error("XGBoost: " + text.substr(0, text.find('\n')));
}

/// A feature matrix inside XGBoost.
class Rows {
 public:
  explicit Rows(const auspex::matrix& matrix) {
    require(XGDMatrixCreateFromMat_omp(matrix.values().data(), matrix.rows(), matrix.columns(), std::nanf(""), &handle_,
                                       matrix.threads()));
  }
  ~Rows() { XGDMatrixFree(handle_); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  [[nodiscard]] DMatrixHandle handle() const { return handle_; }

 private:
  DMatrixHandle handle_ = nullptr;
};

using Settings = std::vector<std::pair<const char*, std::string>>;

/// As text that XGBoost reads back exactly.
inline std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

class Booster {
 public:
  /// For training on `rows`, which must live as long.
  Booster(const Rows& rows, const Settings& settings) : Booster(settings, rows.handle(), 1) {}

  /// What bytes() gave.
  Booster(std::string_view bytes, int threads)
      : Booster({{"nthread", std::to_string(threads)}, {"verbosity", "0"}}, nullptr, 0) {
    require(XGBoosterLoadModelFromBuffer(handle_.value, bytes.data(), bytes.size()));
  }

  [[nodiscard]] std::string bytes() const {
    bst_ulong size = 0;
    const char* data = nullptr;
    require(XGBoosterSaveModelToBuffer(handle_.value, R"({"format": "ubj"})", &size, &data));
    return {data, std::size_t(size)};
  }

  /// One round of boosting. Both: rows x outputs.
  void boost(const Rows& rows, std::vector<float>& gradient, std::vector<float>& hessian) {
    require(XGBoosterBoostOneIter(handle_.value, rows.handle(), gradient.data(), hessian.data(), gradient.size()));
  }

  /// Of the rows it trains on, rows x outputs; valid until the next call.
  [[nodiscard]] std::span<const float> training_margins(const Rows& rows) const { return predict(rows, "1", "true"); }

  /// rows x outputs x (columns + 1); exact (Lundberg, Erion, Lee 2018); valid until the next call.
  [[nodiscard]] std::span<const float> contributions(const Rows& rows) const { return predict(rows, "2", "false"); }

 private:
  struct Handle {
    Handle() = default;
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    ~Handle() {
      if (value != nullptr) XGBoosterFree(value);
    }
    BoosterHandle value = nullptr;
  };

  Booster(const Settings& settings, DMatrixHandle rows, bst_ulong count) {
    require(XGBoosterCreate(&rows, count, &handle_.value));
    for (const auto& [name, value] : settings) require(XGBoosterSetParam(handle_.value, name, value.c_str()));
  }

  [[nodiscard]] std::span<const float> predict(const Rows& rows, const char* type, const char* training) const {
    const auto config = std::string(R"({"type": )") + type + R"(, "training": )" + training +
                        R"(, "iteration_begin": 0, "iteration_end": 0, "strict_shape": true})";
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* values = nullptr;
    require(XGBoosterPredictFromDMatrix(handle_.value, rows.handle(), config.c_str(), &shape, &dimensions, &values));
    return spanned(shape, dimensions, values);
  }

  static std::span<const float> spanned(const bst_ulong* shape, bst_ulong dimensions, const float* values) {
    std::size_t size = 1;
    for (bst_ulong i = 0; i < dimensions; ++i) size *= std::size_t(shape[i]);
    return {values, size};
  }

  Handle handle_;
};

}  // namespace auspex_xgboost
