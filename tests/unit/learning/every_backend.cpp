// What must hold for every backend that comes with Auspex, through the contract as the host sees it.
#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/random.hpp"
#include "learning/backend.hpp"
#include "plugin/host.hpp"
#include "plugin/registry.hpp"

using namespace auspex;
using namespace auspex::learning;

namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

const plugin::Registry& installed() {
  static const auto registry = [] {
    plugin::Options options;
    options.places = {{AUSPEX_STAGE "/lib/auspex/plugins", "installation"}};
    return plugin::Registry::load(options);
  }();
  return registry;
}

nlohmann::json python(const std::string& how) {
  return {{"command", {"python3", AUSPEX_TEST_DATA "/learning/mlbackend.py", how, "{module}"}}, {"time_limit", 60}};
}

struct Given {
  std::string id;
  nlohmann::json parameters;
  bool classes, values, explains;
};

const std::vector<Given>& all() {
  static const std::vector<Given> given{
      {"dlib/logistic_regression", nullptr, true, false, true},
      {"dlib/neural_network", {{"epochs", 60}, {"learning_rate", 0.02}}, true, false, false},
      {"dlib/ridge_regression", nullptr, false, true, true},
      {"xgboost/gradient_boosting", {{"rounds", 20}, {"subsample", 0.8}, {"column_sample", 0.7}}, true, true, true},
      {"xgboost/random_forest", {{"trees", 20}, {"min_leaf", 3}, {"columns", 0.6}}, true, true, true},
      {"process/external", python("well"), true, false, false}};
  return given;
}

std::unique_ptr<Learner> learner(const Given& given) { return learner_of(installed().backend(given.id, given.parameters)); }

/// 300 rows; label and value follow columns 0 and 1; 2 has missing values, 3 is constant, 4 has no value at all.
Matrix rows(std::size_t classes, std::size_t count = 300, std::uint64_t seed = 5) {
  Random random(seed);
  Matrix matrix;
  matrix.rows = count;
  matrix.columns = {"a", "b, quoted", "holes", "constant", "empty"};
  matrix.class_count = classes;
  for (std::size_t r = 0; r < count; ++r) {
    const double a = 2 * random.real() - 1, b = 2 * random.real() - 1;
    const double value = 2 * a + b * b + 0.3 * random.real();
    matrix.values.insert(matrix.values.end(), {float(a), float(b), r % 3 == 0 ? missing : float(random.real()), 7, missing});
    const double label = classes == 2 ? double(value > 0.4) : value < -0.5 ? 0 : value < 0.9 ? 1 : 2;
    matrix.labels.push_back(classes == 0 ? 100 + 10 * value : label);
  }
  return matrix;
}

Matrix without_labels(Matrix matrix) {
  matrix.labels.clear();
  return matrix;
}

/// Calls `check` for every backend and every number of classes (0 = linear) that it learns.
void for_each(const std::function<void(const Given&, std::size_t classes)>& check) {
  for (const auto& given : all()) {
    for (const std::size_t classes : {2, 3, 0}) {
      if (classes == 0 ? !given.values : !given.classes) continue;
      INFO(given.id << ", classes: " << classes);
      check(given, classes);
    }
  }
}

std::string why_not(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.problems().front().message;
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("every backend learns two classes, three, or values", "[learning][backends]") {
  for_each([](const Given& given, std::size_t classes) {
    const auto one = learner(given);
    const auto model = one->train(rows(classes));
    const auto test = rows(classes, 200, 6);
    const auto predicted = one->predict(model, without_labels(test));
    REQUIRE(predicted.size() == 200 * std::max<std::size_t>(1, classes));
    if (classes == 0) {
      const double mean = std::accumulate(test.labels.begin(), test.labels.end(), 0.0) / 200;
      double error = 0, spread = 0;
      for (std::size_t r = 0; r < 200; ++r) {
        error += std::pow(predicted[r] - test.labels[r], 2);
        spread += std::pow(mean - test.labels[r], 2);
      }
      CHECK(1 - error / spread > 0.8);  // R2
      return;
    }
    std::size_t right = 0;
    for (std::size_t r = 0; r < 200; ++r) {
      const auto row = predicted.begin() + std::ptrdiff_t(r * classes);
      right += double(std::max_element(row, row + std::ptrdiff_t(classes)) - row) == test.labels[r] ? 1 : 0;
    }
    CHECK(double(right) / 200 > 0.7);
  });
}

TEST_CASE("every backend: the same seed gives the same bytes on any number of threads", "[learning][backends]") {
  for_each([](const Given& given, std::size_t classes) {
    auto matrix = rows(classes, 5000);
    if (given.id == "process/external") matrix = rows(classes);
    const auto model = learner(given)->train(matrix);
    const auto predicted = learner(given)->predict(model, without_labels(matrix));
    for (const int threads : {2, 3}) {
      matrix.threads = threads;
      CHECK(learner(given)->train(matrix) == model);
      CHECK(learner(given)->predict(model, without_labels(matrix)) == predicted);
    }
    const bool draws = given.id.find("regression") == std::string::npos;
    matrix.seed = 2;
    CHECK((learner(given)->train(matrix) != model) == draws);
  });
}

TEST_CASE("every backend that explains: contributions add up to the margin, and the margin gives the prediction",
          "[learning][backends]") {
  for_each([](const Given& given, std::size_t classes) {
    const auto one = learner(given);
    CHECK(one->can_contribute() == given.explains);
    if (!given.explains) return;
    const auto model = one->train(rows(classes));
    const auto asked = without_labels(rows(classes, 100, 7));
    const auto predicted = one->predict(model, asked);
    const auto explained = one->explain(model, asked);
    const std::size_t outputs = classes == 3 ? 3 : 1, width = 6;
    REQUIRE(explained.outputs == outputs);
    REQUIRE(explained.margins.size() == 100 * outputs);
    REQUIRE(explained.contributions.size() == 100 * outputs * width);
    for (std::size_t i = 0; i < explained.margins.size(); ++i) {
      const auto* shares = explained.contributions.data() + i * width;
      const double margin = explained.margins[i];
      CHECK(std::accumulate(shares, shares + width, 0.0) == Approx(margin).epsilon(1e-6).margin(1e-9));
      CHECK(shares[3] == 0);  // the constant column
    }
    const auto forest = given.id == "xgboost/random_forest", boosting = given.id == "xgboost/gradient_boosting";
    for (std::size_t r = 0; r < 100; ++r) {
      std::vector<double> expected(explained.margins.begin() + std::ptrdiff_t(r * outputs),
                                   explained.margins.begin() + std::ptrdiff_t((r + 1) * outputs));
      if (classes > 0 && !forest) {
        for (auto& each : expected) each = boosting && classes == 3 ? std::exp(each) : 1 / (1 + std::exp(-each));
      }
      if (classes == 3) {
        const double sum = std::accumulate(expected.begin(), expected.end(), 0.0);
        for (auto& each : expected) each /= sum;
      }
      if (classes == 2) expected = {1 - expected[0], expected[0]};
      for (std::size_t k = 0; k < expected.size(); ++k) {
        // A forest's shares are sums in single precision, cut to [0, 1].
        CHECK(predicted[r * expected.size() + k] == Approx(expected[k]).margin(forest ? 1e-6 : 1e-9));
      }
    }
  });
}

TEST_CASE("every backend refuses a thousand damaged models", "[learning][backends]") {
  for_each([](const Given& given, std::size_t classes) {
    const auto one = learner(given);
    const auto asked = without_labels(rows(classes, 3));
    const auto model = one->train(rows(classes));
    Random random(11);
    std::size_t refused = 0;
    for (int i = 0; i < 1000; ++i) {
      auto bad = model;
      if (i % 4 == 0) bad.resize(random.below(bad.size()));
      else if (i % 4 == 1) bad.insert(random.below(bad.size()), 1, char(random.next()));
      else {
        for (auto changes = 1 + random.below(8); changes > 0; --changes) {
          auto& byte = bad[random.below(bad.size())];
          byte = char(byte ^ char(1 + random.below(255)));
        }
      }
      if (bad == model) bad.pop_back();
      try {
        (void)one->predict(bad, asked);
      } catch (const Error&) {
        ++refused;
      }
    }
    CHECK(refused == 1000);
    CHECK_NOTHROW(one->predict(model, asked));
  });
}

TEST_CASE("every backend says what it cannot learn from", "[learning][backends]") {
  for_each([](const Given& given, std::size_t classes) {
    const auto refuses = [&](const std::function<void(Matrix&)>& spoil) {
      auto matrix = rows(classes, 60);
      spoil(matrix);
      return why_not([&] { (void)learner(given)->train(matrix); });
    };
    CHECK_THAT(refuses([](Matrix& m) { m.labels[3] = NAN; }), Catch::Contains("the label of row 3 is not a number"));
    CHECK_THAT(refuses([](Matrix& m) { m.values[5] = INFINITY; }), Catch::Contains("column 0 holds an infinite value"));
    CHECK_THAT(refuses([](Matrix& m) { m.weights.assign(60, -1); }), Catch::Contains("a weight is negative"));
    if (classes == 0) return;
    CHECK_THAT(refuses([](Matrix& m) { m.labels.assign(60, 1); }), Catch::Contains("all labels are the same"));
    CHECK_THAT(refuses([](Matrix& m) { m.labels[0] = 5; }), Catch::Contains("is not the index of a class"));
    CHECK_THAT(why_not([&] { (void)learner(given)->train(rows(classes, 1)); }), Catch::Contains("all labels are the same"));
  });
}

TEST_CASE("every backend refuses other columns and classes than it was trained on", "[learning][backends]") {
  for_each([](const Given& given, std::size_t classes) {
    const auto one = learner(given);
    const auto model = one->train(rows(classes));
    auto narrow = without_labels(rows(classes, 2));
    narrow.columns.pop_back();
    narrow.values.resize(8);
    CHECK_THAT(why_not([&] { (void)one->predict(model, narrow); }), Catch::Contains("trained on 5 columns, not 4"));
    if (classes == 0) return;
    const auto others = without_labels(rows(classes == 2 ? 3 : 2, 2));
    CHECK_THAT(why_not([&] { (void)one->predict(model, others); }), Catch::Contains("classes, not"));
  });
}

TEST_CASE("a single row is enough for values", "[learning][backends]") {
  for (const auto& given : all()) {
    if (!given.values) continue;
    INFO(given.id);
    const auto one = learner(given);
    const auto single = rows(0, 1);
    CHECK(one->predict(one->train(single), without_labels(single)).front() == Approx(single.labels.front()));
  }
}

TEST_CASE("every backend checks its parameters, and names ranges for a search", "[learning][backends]") {
  const auto refuses = [](const char* id, const nlohmann::json& parameters) {
    return why_not([&] { (void)installed().backend(id, parameters); });
  };
  CHECK_THAT(refuses("dlib/neural_network", {{"epochs", -1}}), Catch::Contains("epochs"));
  CHECK_THAT(refuses("dlib/neural_network", {{"hidden", {10, 0}}}), Catch::Contains("element 2"));
  CHECK_THAT(refuses("dlib/ridge_regression", {{"l2", -1}}), Catch::Contains("l2"));
  CHECK_THAT(refuses("xgboost/gradient_boosting", {{"rounds", 0}}), Catch::Contains("0 is less than the least allowed, 1"));
  CHECK_THAT(refuses("xgboost/gradient_boosting", {{"subsample", 1.5}}), Catch::Contains("subsample"));
  CHECK_THAT(refuses("xgboost/gradient_boosting", {{"learning_rate", "fast"}}), Catch::Contains("expected a number"));
  CHECK_THAT(refuses("xgboost/random_forest", {{"depth", 99}}), Catch::Contains("depth"));
  CHECK_THAT(refuses("process/external", {{"command", nlohmann::json::array()}}), Catch::Contains("a program is needed"));
  for (const auto& given : all()) {
    INFO(given.id);
    std::size_t searched = 0;
    for (const auto& parameter : installed().find(given.id)->parameters) {
      if (!parameter.search) continue;
      ++searched;
      CHECK(parameter.search->low < parameter.search->high);
    }
    CHECK((searched > 0) == (given.id != "process/external"));
  }
}

TEST_CASE("a long training stops when it is asked to", "[learning][backends]") {
  for (const auto& given : all()) {
    if (given.id == "dlib/ridge_regression") continue;  // takes no steps
    INFO(given.id);
    plugin::set_cancelled(true);
    const auto why = why_not([&] { (void)learner(given)->train(rows(2)); });
    plugin::set_cancelled(false);
    CHECK_THAT(why, Catch::Contains("cancelled") || Catch::Contains("stopped"));
  }
}
