#include <array>

#include <auspex/sdk.hpp>

#include "logistic_regression.hpp"

namespace auspex_dlib {
namespace {

constexpr std::array class_weights{auspex_str{"none", 4}, auspex_str{"balanced", 8}};

Table table_of(const auspex::matrix& matrix) {
  return {matrix.rows(), matrix.columns(), matrix.rows() == 0 ? nullptr : matrix.row(0).data()};
}

struct logistic_regression : auspex::ml_backend {
  static constexpr std::string_view id = "dlib/logistic_regression";
  static constexpr std::string_view name = "Logistic regression";
  static constexpr std::string_view description =
      "L2-regularised logistic regression by L-BFGS over standardised columns: minimises the sum of w_i * logloss_i "
      "plus l2 / 2 * |b|^2, the intercept not penalised. A missing value counts as its column's mean, and a column that has "
      "missing values in training brings a flag for them. More than two classes: one against the rest.";
  static constexpr std::uint32_t abilities = AUSPEX_CAN_BINARY | AUSPEX_CAN_MULTICLASS | AUSPEX_CAN_CONTRIBUTIONS;
  static constexpr std::array parameters{
      auspex::real_parameter("l2", "penalty on the squared coefficients; scikit-learn's 1 / C", "10", 0),
      auspex::text_parameter("class_weight", "balanced: every class weighs the same in all", "\"none\"", class_weights),
      auspex::real_parameter("clip", "standardised values are kept within -clip and clip; 0 = not", "4", 0),
      auspex::integer_parameter("max_iterations", "at most so many steps of L-BFGS", "1000", 1),
      auspex::real_parameter("tolerance", "stop at this length of the gradient of the mean loss", "1e-7", 0)};

  explicit logistic_regression(const auspex::arguments& given)
      : settings{given.real("l2"), given.text("class_weight") == "balanced", given.real("clip"), given.real("tolerance"),
                 std::size_t(given.integer("max_iterations"))} {}

  std::string train(const auspex::matrix& matrix) const {
    std::vector<double> weights;
    for (std::size_t r = 0; r < matrix.rows(); ++r) weights.push_back(matrix.weight(r));
    const auto model = LogisticRegression::train(table_of(matrix), matrix.labels(), weights, matrix.class_count(), settings);
    if (!model.converged()) {
      auspex::log(AUSPEX_LOG_WARNING, "dlib/logistic_regression: no convergence within max_iterations; raise it, or l2");
    }
    return model.bytes();
  }

  void predict(std::string_view bytes, const auspex::matrix& matrix, std::span<double> out) const {
    const auto model = LogisticRegression::from_bytes(bytes);
    if (model.class_count() != matrix.class_count()) {
      throw std::invalid_argument("the model was trained on " + std::to_string(model.class_count()) + " classes, not " +
                                  std::to_string(matrix.class_count()));
    }
    model.predict(table_of(matrix), out);
  }

  void contributions(std::string_view bytes, const auspex::matrix& matrix, std::span<double> out) const {
    LogisticRegression::from_bytes(bytes).contributions(table_of(matrix), out);
  }

  LogisticSettings settings;
};

}  // namespace
}  // namespace auspex_dlib

AUSPEX_PLUGIN_BY("dlib", "1.0.0", "dlib", "Auspex", "Apache-2.0", "", auspex_dlib::logistic_regression)
