#include <array>

#include <auspex/sdk.hpp>

#include "kmeans.hpp"
#include "logistic_regression.hpp"
#include "neural_network.hpp"
#include "ridge_regression.hpp"

namespace auspex_dlib {
namespace {

using auspex::integer_parameter;
using auspex::real_parameter;
using auspex::searched;

constexpr std::array class_weights{auspex_str{"none", 4}, auspex_str{"balanced", 8}};
constexpr auto class_weight =
    auspex::text_parameter("class_weight", "balanced: every class weighs the same in all", "\"none\"", class_weights);
constexpr auto clip = real_parameter("clip", "standardised values are kept within -clip and clip; 0 = not", "4", 0);

Table table_of(const auspex::matrix& matrix) {
  return {matrix.rows(), matrix.columns(), matrix.values().data(), matrix.threads()};
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
      searched(real_parameter("l2", "penalty on the squared coefficients; scikit-learn's 1 / C", "10", 0), 0.01, 1000,
               AUSPEX_SEARCH_LOG),
      class_weight, clip, integer_parameter("max_iterations", "at most so many steps of L-BFGS", "1000", 1),
      real_parameter("tolerance", "stop at this length of the gradient of the mean loss", "1e-7", 0)};

  explicit logistic_regression(const auspex::arguments& given)
      : settings{given.real("l2"), given.text("class_weight") == "balanced", given.real("clip"), given.real("tolerance"),
                 std::size_t(given.integer("max_iterations"))} {}

  std::string train(const auspex::matrix& matrix) const {
    const auto model =
        LogisticRegression::train(table_of(matrix), matrix.labels(), matrix.weights(), matrix.class_count(), settings);
    if (!model.converged()) {
      auspex::log(AUSPEX_LOG_WARNING, "dlib/logistic_regression: no convergence within max_iterations; raise it, or l2");
    }
    return model.bytes();
  }
  void predict(std::string_view bytes, const auspex::matrix& matrix, std::span<double> out) const {
    load(bytes, matrix).predict(table_of(matrix), out);
  }
  void explain(std::string_view bytes, const auspex::matrix& matrix, std::span<double> margins,
               std::span<double> contributions) const {
    load(bytes, matrix).explain(table_of(matrix), margins, contributions);
  }

 private:
  static LogisticRegression load(std::string_view bytes, const auspex::matrix& matrix) {
    auto model = LogisticRegression::from_bytes(bytes);
    auspex::require_same_shape(matrix, model.columns(), model.class_count());
    return model;
  }

  LogisticSettings settings;
};

struct ridge_regression : auspex::ml_backend {
  static constexpr std::string_view id = "dlib/ridge_regression";
  static constexpr std::string_view name = "Ridge regression";
  static constexpr std::string_view description =
      "Least squares with a penalty for linear targets, in closed form over standardised columns: minimises the sum of "
      "w_i * (y_i - b0 - x_i b)^2 plus l2 * |b|^2, the intercept not penalised. Missing values as in "
      "dlib/logistic_regression.";
  static constexpr std::uint32_t abilities = AUSPEX_CAN_REGRESSION | AUSPEX_CAN_CONTRIBUTIONS;
  static constexpr std::array parameters{
      searched(real_parameter("l2", "penalty on the squared coefficients; scikit-learn's alpha", "1", 0), 0.01, 1000,
               AUSPEX_SEARCH_LOG),
      clip};

  explicit ridge_regression(const auspex::arguments& given) : settings{given.real("l2"), given.real("clip")} {}

  std::string train(const auspex::matrix& matrix) const {
    return RidgeRegression::train(table_of(matrix), matrix.labels(), matrix.weights(), settings).bytes();
  }
  void predict(std::string_view bytes, const auspex::matrix& matrix, std::span<double> out) const {
    RidgeRegression::from_bytes(bytes).predict(table_of(matrix), out);
  }
  void explain(std::string_view bytes, const auspex::matrix& matrix, std::span<double> margins,
               std::span<double> contributions) const {
    RidgeRegression::from_bytes(bytes).explain(table_of(matrix), margins, contributions);
  }

 private:
  RidgeSettings settings;
};

struct neural_network : auspex::ml_backend {
  static constexpr std::string_view id = "dlib/neural_network";
  static constexpr std::string_view name = "Neural network";
  static constexpr std::string_view description =
      "The network of Moodle's Python backend: two hidden ReLU layers of max(8, columns / 3) units (one of 10 for a "
      "handful of rows), softmax, cross-entropy, RMSprop, Moodle's epochs and batches; seeded. Inputs are standardised, a "
      "missing value counts as its column's mean and brings a flag; under Moodle's compatibility it is 0 and nothing is "
      "standardised. It cannot give contributions.";
  static constexpr std::uint32_t abilities = AUSPEX_CAN_BINARY | AUSPEX_CAN_MULTICLASS;
  static constexpr std::array parameters{
      auspex::list_of(integer_parameter("hidden", "units of each hidden layer; empty = Moodle's rule", "[]", 1, 4096)),
      searched(integer_parameter("epochs", "passes over the rows; 0 = Moodle's rule, 80 + 1000000 / (rows + 1000)", "0", 0,
                                 100000),
               20, 500, AUSPEX_SEARCH_LOG),
      integer_parameter("batch_size", "rows of a step; 0 = Moodle's rule, all rows, or the tenth of more than 10000", "0", 0,
                        1000000000),
      searched(real_parameter("learning_rate", "length of a step of RMSprop", "0.001", 1e-7, 1), 1e-4, 0.03,
               AUSPEX_SEARCH_LOG),
      searched(real_parameter("l2", "penalty on the squared weights, beside the sum of the losses", "0", 0, 1e9), 0.001, 100,
               AUSPEX_SEARCH_LOG),
      class_weight, clip};

  explicit neural_network(const auspex::arguments& given) {
    for (const double units : given.reals("hidden")) settings.hidden.push_back(std::size_t(units));
    if (settings.hidden.size() > 8) throw std::invalid_argument("hidden: more than 8 layers");
    settings.epochs = std::size_t(given.integer("epochs"));
    settings.batch_size = std::size_t(given.integer("batch_size"));
    settings.learning_rate = given.real("learning_rate");
    settings.l2 = given.real("l2");
    settings.balanced = given.text("class_weight") == "balanced";
    settings.clip = given.real("clip");
    settings.as_in_moodle = given.moodle();
  }

  std::string train(const auspex::matrix& matrix) const {
    auto seeded = settings;
    seeded.seed = matrix.seed();
    return NeuralNetwork::train(table_of(matrix), matrix.labels(), matrix.weights(), matrix.class_count(), seeded).bytes();
  }
  void predict(std::string_view bytes, const auspex::matrix& matrix, std::span<double> out) const {
    const auto model = NeuralNetwork::from_bytes(bytes);
    auspex::require_same_shape(matrix, model.columns(), model.class_count());
    model.predict(table_of(matrix), out);
  }

 private:
  NetworkSettings settings;
};

}  // namespace
}  // namespace auspex_dlib

AUSPEX_PLUGIN_BY("dlib", "1.0.0", "dlib", "Auspex", "Apache-2.0", "", auspex_dlib::logistic_regression,
                 auspex_dlib::neural_network, auspex_dlib::ridge_regression, auspex_dlib::kmeans)
