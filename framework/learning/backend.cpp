#include "learning/backend.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace auspex::learning {
namespace {

/// The contract's view of a matrix; valid as long as both live.
class BorrowedMatrix {
 public:
  explicit BorrowedMatrix(const Matrix& matrix) {
    for (const auto& name : matrix.columns) names_.push_back({name.data(), name.size()});
    const auto data = [](const auto& values) { return values.empty() ? nullptr : values.data(); };
    raw_ = {sizeof(auspex_matrix),
            matrix.threads,
            std::int64_t(matrix.rows),
            std::int64_t(matrix.columns.size()),
            matrix.values.data(),
            names_.data(),
            data(matrix.labels),
            data(matrix.weights),
            data(matrix.groups),
            std::int64_t(matrix.class_count),
            matrix.seed};
  }

  [[nodiscard]] const auspex_matrix& raw() const { return raw_; }

 private:
  std::vector<auspex_str> names_;
  auspex_matrix raw_{};
};

class BackendLearner final : public Learner {
 public:
  explicit BackendLearner(plugin::Backend backend) : backend_(std::move(backend)) {}

  std::string train(const Matrix& matrix) override {
    require_ability(matrix);
    return backend_.train(BorrowedMatrix(matrix).raw());
  }

  std::vector<double> predict(std::string_view model, const Matrix& matrix) override {
    std::vector<double> out(matrix.rows * std::max<std::size_t>(1, matrix.class_count));
    if (matrix.rows > 0) backend_.predict(model, BorrowedMatrix(matrix).raw(), out);
    return out;
  }

  bool can_learn(std::size_t classes) const override {
    const auto needed = classes == 0   ? AUSPEX_CAN_REGRESSION
                        : classes == 2 ? AUSPEX_CAN_BINARY
                                       : AUSPEX_CAN_MULTICLASS;
    return (backend_.info().abilities & std::uint32_t(needed)) != 0;
  }

  bool can_contribute() const override { return backend_.can_contribute(); }

  Explanation explain(std::string_view model, const Matrix& matrix) override {
    Explanation result;
    result.outputs = matrix.class_count > 2 ? matrix.class_count : 1;
    result.margins.resize(matrix.rows * result.outputs);
    result.contributions.resize(result.margins.size() * (matrix.columns.size() + 1));
    if (matrix.rows > 0) {
      backend_.explain(model, BorrowedMatrix(matrix).raw(), result.margins, result.contributions);
    }
    return result;
  }

  std::string id() const override { return backend_.id(); }
  std::string version() const override { return backend_.plugin_version(); }

 private:
  void require_ability(const Matrix& matrix) const {
    if (can_learn(matrix.class_count)) return;
    const auto kind = matrix.class_count == 0 ? std::string("linear targets")
                                              : fmt::format("targets of {} classes", matrix.class_count);
    throw Error(Fault::configuration, fmt::format("the backend '{}' cannot learn {}", id(), kind),
                "choose another backend; `auspex plugin list` shows those installed");
  }

  plugin::Backend backend_;
};

}  // namespace

Explanation Learner::explain(std::string_view, const Matrix&) {
  throw Error(Fault::plugin, fmt::format("the backend '{}' cannot explain its predictions", id()));
}

std::unique_ptr<Learner> learner_of(plugin::Backend backend) {
  return std::make_unique<BackendLearner>(std::move(backend));
}

}  // namespace auspex::learning
