#include <catch2/catch.hpp>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "plugins/dlib/logistic_regression.hpp"

using namespace auspex_dlib;

namespace {

/// tests/data/learning/logistic.csv: 60 seeded rows; column b has missing values, `constant` is 7 throughout.
struct Sheet {
  std::vector<float> values;
  std::vector<double> two, three, weights;

  [[nodiscard]] Table table() const { return {two.size(), 5, values.data()}; }
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
      else (c == 5 ? sheet.two : c == 6 ? sheet.three : sheet.weights).push_back(value);
    }
  }
  return sheet;
}

LogisticSettings plain(double l2) {
  LogisticSettings settings;
  settings.l2 = l2;
  settings.clip = 0;
  settings.tolerance = 1e-10;
  return settings;
}

/// `expected`: coefficients of a, b, c, d, of b's flag, and the intercept.
void check_fit(const LogisticRegression& model, const std::vector<double>& expected) {
  CHECK(model.converged());
  const auto& fit = model.coefficients();
  REQUIRE(fit.size() == 11);
  const std::vector<double> found{fit[0], fit[1], fit[2], fit[3], fit[6], fit[10]};
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).margin(2e-7));
  for (const std::size_t never : {4, 5, 7, 8, 9}) CHECK(fit[never] == 0);
}

}  // namespace

// Expected numbers: LogisticRegression(C=1/l2, tol=1e-12) of scikit-learn 1.9.1 on the standardised columns and flags.
TEST_CASE("logistic regression agrees with scikit-learn", "[learning][dlib]") {
  const auto sheet = read_sheet();
  REQUIRE(sheet.two.size() == 60);
  const auto model = LogisticRegression::train(sheet.table(), sheet.two, {}, 2, plain(1));
  check_fit(model, {0.8250004064, -1.030614543, 0.1892702109, -0.4041456817, -0.055061804, -0.4777893325});
  std::vector<double> out(120);
  model.predict(sheet.table(), out);
  const std::vector<double> expected{0.4243376035, 0.1472014257, 0.0270677104, 0.22100001, 0.6774042522};
  for (std::size_t r = 0; r < expected.size(); ++r) {
    CHECK(out[2 * r + 1] == Approx(expected[r]).margin(1e-7));
    CHECK(out[2 * r] + out[2 * r + 1] == 1);
  }

  check_fit(LogisticRegression::train(sheet.table(), sheet.two, {}, 2, plain(10)),
            {0.4310060718, -0.4247310191, 0.1640775524, -0.1747889216, -0.0040723215, -0.3765133043});
  check_fit(LogisticRegression::train(sheet.table(), sheet.two, sheet.weights, 2, plain(1)),
            {1.1068786255, -1.3335430291, 0.173016622, -0.5485868794, -0.23511525, -0.6032500204});
  auto settings = plain(1);
  settings.balanced = true;
  check_fit(LogisticRegression::train(sheet.table(), sheet.two, {}, 2, settings),
            {0.7807970693, -0.9895227404, 0.153568909, -0.3604309536, -0.0474252261, -0.1474501967});
  settings = plain(1);
  settings.clip = 1.5;
  check_fit(LogisticRegression::train(sheet.table(), sheet.two, {}, 2, settings),
            {0.8916935794, -1.0330874453, 0.1929065745, -0.3578646989, -0.0362114952, -0.4569190393});
}

// OneVsRestClassifier(LogisticRegression(C=1, tol=1e-12)) of scikit-learn 1.9.1.
TEST_CASE("three classes: one against the rest, as scikit-learn", "[learning][dlib]") {
  const auto sheet = read_sheet();
  const auto model = LogisticRegression::train(sheet.table(), sheet.three, {}, 3, plain(1));
  std::vector<double> out(180);
  model.predict(sheet.table(), out);
  const std::vector<double> expected{0.4320443476, 0.3217537642, 0.2462018882, 0.6121279742, 0.3179569132, 0.0699151126,
                                     0.8475984775, 0.1416074728, 0.0107940497, 0.3538298076, 0.5215639937, 0.1246061987};
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(out[i] == Approx(expected[i]).margin(1e-7));
}

TEST_CASE("contributions add up to the margin", "[learning][dlib]") {
  const auto sheet = read_sheet();
  const auto model = LogisticRegression::train(sheet.table(), sheet.two, {}, 2, {});
  std::vector<double> out(120), margins(60), shares(60 * 6);
  model.predict(sheet.table(), out);
  model.explain(sheet.table(), margins, shares);
  for (std::size_t r = 0; r < 60; ++r) {
    double sum = 0;
    for (std::size_t c = 0; c < 6; ++c) sum += shares[r * 6 + c];
    CHECK(sum == Approx(margins[r]).margin(1e-12));
    CHECK(sum == Approx(std::log(out[2 * r + 1] / out[2 * r])).margin(1e-9));
    CHECK(shares[r * 6 + 4] == 0);  // the constant column
  }
}

TEST_CASE("model bytes: the same twice, read back, refused when damaged", "[learning][dlib]") {
  const auto sheet = read_sheet();
  const auto model = LogisticRegression::train(sheet.table(), sheet.two, {}, 2, {});
  const auto bytes = model.bytes();
  CHECK(LogisticRegression::train(sheet.table(), sheet.two, {}, 2, {}).bytes() == bytes);
  const auto again = LogisticRegression::from_bytes(bytes);
  CHECK(again.bytes() == bytes);
  CHECK(again.coefficients() == model.coefficients());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto bad = bytes;
    bad[i] = char(bad[i] ^ 4);
    CHECK_THROWS_AS(LogisticRegression::from_bytes(bad), std::invalid_argument);
    CHECK_THROWS_AS(LogisticRegression::from_bytes(bytes.substr(0, i)), std::invalid_argument);
  }
  CHECK_THROWS_AS(LogisticRegression::from_bytes(bytes + "x"), std::invalid_argument);
}

TEST_CASE("logistic regression refuses what it cannot learn or read", "[learning][dlib]") {
  const std::vector<float> values{1, 2, 3, 4}, with_infinity{1, 2, 3, INFINITY};
  const std::vector<double> labels{0, 1, 0, 1};
  const Table good{2, 2, values.data()}, infinite{4, 1, with_infinity.data()};
  const auto refused = [](const Table& table, const std::vector<double>& y, const std::vector<double>& w,
                          const std::string& why) {
    CHECK_THROWS_WITH(LogisticRegression::train(table, y, w, 2, {}), Catch::Contains(why));
  };
  refused(infinite, labels, {}, "column 0 holds an infinite value");
  refused(good, {1, 1}, {}, "labels are the same");
  refused(good, {0, 2}, {}, "not the index of a class");
  refused(good, {0, 1}, {1, -1}, "negative");
  refused({0, 2, nullptr}, {}, {}, "needs rows");
  const auto model = LogisticRegression::train(good, std::vector<double>{0, 1}, {}, 2, {});
  std::vector<double> out(8);
  CHECK_THROWS_WITH(model.predict(infinite, out), Catch::Contains("trained on 2 columns, not 1"));
}

TEST_CASE("logistic regression on parted classes, constant and empty columns stays finite", "[learning][dlib]") {
  const float none = std::nanf("");
  const std::vector<float> values{0, 5, none, 1, 5, none, 2, 5, none, 3, 5, none};
  const std::vector<double> labels{0, 0, 1, 1};
  LogisticSettings settings;
  settings.l2 = 1;
  const auto model = LogisticRegression::train({4, 3, values.data()}, labels, {}, 2, settings);
  CHECK(model.converged());
  CHECK(model.coefficients()[0] > 0);
  CHECK(model.coefficients()[1] == 0);
  CHECK(model.coefficients()[2] == 0);
  // A value where training had none, and none where it had all.
  const std::vector<float> odd{none, none, 9};
  std::vector<double> out(2);
  model.predict({1, 3, odd.data()}, out);
  CHECK(out[1] == Approx(0.5).margin(1e-9));  // the mean of a balanced, symmetric column
}
