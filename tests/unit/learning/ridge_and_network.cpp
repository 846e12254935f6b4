#include <catch2/catch.hpp>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "plugins/dlib/neural_network.hpp"
#include "plugins/dlib/ridge_regression.hpp"

using namespace auspex_dlib;

namespace {

/// tests/data/learning/logistic.csv with 2 a - c + (label of three) as the value.
struct Sheet {
  std::vector<float> values;
  std::vector<double> y, weights;

  [[nodiscard]] Table table() const { return {y.size(), 5, values.data()}; }
};

Sheet read_sheet() {
  std::ifstream in(AUSPEX_TEST_DATA "/learning/logistic.csv");
  REQUIRE(in);
  Sheet sheet;
  std::string line, cell;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream cells(line);
    for (int c = 0; std::getline(cells, cell, ','); ++c) {
      const double value = cell.empty() ? std::nan("") : std::stod(cell);
      if (c < 5) sheet.values.push_back(float(value));
      else if (c == 7) sheet.weights.push_back(value);
      else if (c == 6) sheet.y.push_back(2 * double(sheet.values.end()[-5]) - double(sheet.values.end()[-3]) + value);
    }
  }
  return sheet;
}

/// `expected`: coefficients of a, b, c, d, of b's flag, and the intercept.
void check_fit(const RidgeRegression& model, const std::vector<double>& expected) {
  const auto& fit = model.coefficients();
  REQUIRE(fit.size() == 11);
  const std::vector<double> found{fit[0], fit[1], fit[2], fit[3], fit[6], fit[10]};
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).margin(1e-8));
  for (const std::size_t never : {4, 5, 7, 8, 9}) CHECK(fit[never] == 0);
}

}  // namespace

// Expected numbers: Ridge(alpha=l2) of scikit-learn 1.2.1 on the standardised columns and flags.
TEST_CASE("ridge regression agrees with scikit-learn", "[learning][dlib]") {
  const auto sheet = read_sheet();
  REQUIRE(sheet.y.size() == 60);
  const auto model = RidgeRegression::train(sheet.table(), sheet.y, {}, {1, 0});
  check_fit(model, {2.4692605441, -0.2432676994, -0.1993500045, 0.031952412, -0.039009875, 1.4301000061});
  std::vector<double> out(60);
  model.predict(sheet.table(), out);
  const std::vector<double> expected{1.3441793804, -1.6606196356, -2.3749125455, 3.3385984582};
  for (std::size_t r = 0; r < expected.size(); ++r) CHECK(out[r] == Approx(expected[r]).margin(1e-8));
  check_fit(RidgeRegression::train(sheet.table(), sheet.y, {}, {10, 0}),
            {2.1240946262, -0.1981592, -0.0914864126, -0.0041437489, -0.0109840621, 1.4301000061});
  check_fit(RidgeRegression::train(sheet.table(), sheet.y, sheet.weights, {1, 0}),
            {2.5314668257, -0.2662944128, -0.2331007267, 0.0272507561, -0.0630320476, 1.40801113});
}

TEST_CASE("ridge regression: large values, columns that depend on each other", "[learning][dlib]") {
  // y = 1e9 + 2 x, and the second column is the first.
  const std::vector<float> values{1, 1, 2, 2, 3, 3, 4, 4};
  const std::vector<double> y{1000000002, 1000000004, 1000000006, 1000000008};
  const Table table{4, 2, values.data()};
  CHECK_THROWS_WITH(RidgeRegression::train(table, y, {}, {0, 0}), Catch::Contains("depend on each other"));
  const auto model = RidgeRegression::train(table, y, {}, {1e-6, 0});
  std::vector<double> out(4);
  model.predict(table, out);
  for (std::size_t r = 0; r < 4; ++r) CHECK(out[r] - 1e9 == Approx(y[r] - 1e9).margin(1e-4));
}

TEST_CASE("the network has the shape of Moodle's backend", "[learning][dlib]") {
  // u different rows of 9 columns: u (1 + ln 9) > 10 from u = 4 on.
  std::vector<float> values(9 * 5, 1);
  values[9] = 2, values[18] = 3;
  CHECK(NeuralNetwork::moodle_layers({5, 9, values.data()}) == std::vector<std::size_t>{10});
  values[27] = 4;
  CHECK(NeuralNetwork::moodle_layers({5, 9, values.data()}) == std::vector<std::size_t>{8, 8});
  std::vector<float> wide(50 * 5);
  for (std::size_t i = 0; i < wide.size(); ++i) wide[i] = float(i);
  CHECK(NeuralNetwork::moodle_layers({5, 50, wide.data()}) == std::vector<std::size_t>{16, 16});
}

TEST_CASE("the network learns what no line parts", "[learning][dlib]") {
  // Exclusive or, 25 times, a little shaken.
  std::vector<float> values;
  std::vector<double> labels;
  RandomStream random(3);
  for (int i = 0; i < 100; ++i) {
    const bool a = (i & 1) != 0, b = (i & 2) != 0;
    values.push_back(float(a) + random.symmetric(0.2));
    values.push_back(float(b) + random.symmetric(0.2));
    labels.push_back(a != b ? 1 : 0);
  }
  const Table table{100, 2, values.data()};
  NetworkSettings settings;
  settings.learning_rate = 0.01;
  const auto net = NeuralNetwork::train(table, labels, {}, 2, settings);
  CHECK(net.sizes() == std::vector<std::size_t>{2, 8, 8, 2});
  std::vector<double> out(200);
  net.predict(table, out);
  for (std::size_t r = 0; r < 100; ++r) CHECK((out[2 * r + 1] > 0.5) == (labels[r] == 1));
  const auto again = NeuralNetwork::from_bytes(net.bytes());
  CHECK(again.bytes() == net.bytes());

  // Rows of weight 0 teach nothing: all of the label 1 but one.
  std::vector<double> weights(100);
  for (std::size_t r = 0; r < 100; ++r) weights[r] = labels[r] == 1 || r == 0 ? 1 : 0;
  NeuralNetwork::train(table, labels, weights, 2, settings).predict(table, out);
  CHECK(out[2 * 3 + 1] > 0.5);
}

TEST_CASE("under compatibility the network takes values as Moodle's does", "[learning][dlib]") {
  const float none = std::nanf("");
  // A missing value is 0, so the first column is constant.
  const std::vector<float> values{none, 5, 0, 7, none, 9};
  const auto scales = Standardisation::as_in_moodle({3, 2, values.data()});
  CHECK_FALSE(scales.varies(0));
  std::vector<double> row(4);
  scales.apply(std::vector<float>{none, 7}, row);
  CHECK(row == std::vector<double>{0, 7, 0, 0});
}
