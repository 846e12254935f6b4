#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "learning/calibration_error.hpp"
#include "learning/class_metrics.hpp"
#include "learning/judged.hpp"
#include "unit/learning/reference.hpp"

using namespace auspex::learning;

namespace {

/// Every metric that the reference has, and nothing more but what `also` names.
void compare_all(const Metrics& metrics, const nlohmann::json& expected, const std::vector<std::string>& also = {}) {
  for (const auto& [name, value] : expected.items()) {
    INFO(name);
    CHECK(metric(metrics, name) == Approx(value.get<double>()).epsilon(1e-9));
  }
  CHECK(metrics.size() == expected.size() + also.size());
  for (const auto& name : also) CHECK(std::isfinite(metric(metrics, name)));
}

std::vector<double> most_probable(const std::vector<double>& probabilities, std::size_t classes) {
  std::vector<double> decisions;
  for (std::size_t i = 0; i < probabilities.size(); i += classes) {
    const auto first = probabilities.begin() + std::ptrdiff_t(i);
    decisions.push_back(double(std::max_element(first, first + std::ptrdiff_t(classes)) - first));
  }
  return decisions;
}

}  // namespace

TEST_CASE("metrics of several classes agree with scikit-learn, weighted too", "[learning]") {
  const auto data = reference("classes");
  const auto labels = numbers_of(data["labels"]), probabilities = numbers_of(data["probabilities"]);
  ClassScores scores(labels, probabilities, most_probable(probabilities, 3), 3);
  compare_all(class_metrics(scores), data["plain"], {"ece"});
  CHECK(scores.confusion() == numbers_of(data["confusion"]));
  scores.weigh(numbers_of(data["weights"]));
  compare_all(class_metrics(scores), data["weighted"], {"ece"});
}

TEST_CASE("a class without rows is no part of the averages", "[learning]") {
  // Nobody is of class 2, and nobody is taken for it.
  const std::vector<double> labels{0, 0, 1, 1}, p{.7, .2, .1, .4, .5, .1, .3, .6, .1, .2, .7, .1};
  const ClassScores scores(labels, p, most_probable(p, 3), 3);
  const auto metrics = class_metrics(scores);
  // class 0: .7, .4 above .3, .2; class 1: .6, .7 above .2, .5
  CHECK(metric(metrics, "roc_auc") == 1);
  CHECK(metric(metrics, "accuracy") == 0.75);
  CHECK(metric(metrics, "balanced_accuracy") == 0.75);
  // F1: class 0 has one hit and a miss, 2/3; class 1 two hits and a false alarm, 4/5
  CHECK(metric(metrics, "f1_macro") == Approx((2.0 / 3 + 0.8) / 2));
  const ClassScores none({}, {}, {}, 3);
  for (const auto& [name, value] : class_metrics(none)) CHECK(std::isnan(value));
}

TEST_CASE("metrics of numbers agree with scikit-learn, weighted too", "[learning]") {
  const auto data = reference("numbers");
  const auto labels = numbers_of(data["labels"]), values = numbers_of(data["values"]);
  compare_all(value_metrics(labels, values, std::vector<double>(labels.size(), 1)), data["plain"]);
  compare_all(value_metrics(labels, values, numbers_of(data["weights"])), data["weighted"]);
  CHECK(std::isnan(metric(value_metrics(std::vector<double>{3, 3}, std::vector<double>{2, 3}, std::vector<double>{1, 1}), "r2")));
  CHECK(std::isnan(metric(value_metrics({}, {}, {}), "mae")));
}

TEST_CASE("the macro F1 of two classes agrees with scikit-learn", "[learning]") {
  const auto data = reference("two_classes");
  const auto labels = numbers_of(data["labels"]), decided = numbers_of(data["decided"]);
  const Scores scores(labels, std::vector<double>(labels.size(), 0.5), decided);
  CHECK(f1_macro(scores) == Approx(data["f1_macro"].get<double>()));
  const auto c = confusion(scores);
  CHECK(c.true_positives == 2);
  CHECK(c.false_positives == 1);
  CHECK(c.false_negatives == 2);
  CHECK(c.true_negatives == 5);
}

TEST_CASE("calibration error, less chance, and by chance alone", "[learning]") {
  const auto data = reference("calibration");
  const Scores scores(numbers_of(data["labels"]), numbers_of(data["probabilities"]));
  CHECK(expected_calibration_error(scores) == Approx(data["ece"].get<double>()).epsilon(1e-10));
  // numpy's is a mean of 400,000 draws
  CHECK(debiased_calibration_error(scores) == Approx(data["ece_debiased"].get<double>()).margin(2e-4));
  const auto chance = if_calibrated(scores, 1, 5000);
  CHECK(chance.error == Approx(data["ece_if_calibrated"].get<double>()).margin(1e-3));
  CHECK(chance.error_95 == Approx(data["ece_if_calibrated_95"].get<double>()).margin(2e-3));
  CHECK(std::abs(chance.debiased) < chance.error);
  CHECK(if_calibrated(scores, 1, 100).error == if_calibrated(scores, 1, 100).error);
  CHECK(std::isnan(debiased_calibration_error(Scores({}, {}))));
}

TEST_CASE("so many students are a capacity as well as a share", "[learning]") {
  const Scores scores(std::vector<double>{1, 0, 1, 0, 0}, std::vector<double>{.9, .8, .7, .2, .1});
  CHECK(at_capacity(scores, {0.2, 3}).recall == 1);
  CHECK(at_capacity(scores, {0.2, 3}).precision == Approx(2.0 / 3));
  CHECK(at_capacity(scores, {0.2, 100}).precision == Approx(2.0 / 5));
}

TEST_CASE("a mean over sets of rows, and a difference under the same weights", "[learning]") {
  Judged one, two;
  one.classes = two.classes = 0;
  one.labels = {1, 2};
  one.values = {2, 4};   // off by 1 and 2
  two.labels = {5};
  two.values = {9};      // off by 4
  one.groups = {1, 2};
  two.groups = {1};
  const std::vector<Judged> sets{one, two};
  const auto mean = mean_over(sets, {});
  CHECK(mean.groups == std::vector<std::int64_t>{1, 2, 1});
  CHECK(metric(mean.measure()(std::vector<double>{1, 1, 1}), "mae") == Approx((1.5 + 4) / 2));
  CHECK(metric(mean.measure()(std::vector<double>{0, 1, 1}), "mae") == Approx((2 + 4) / 2.0));
  auto better = one;
  better.values = {1, 3};  // off by 0 and 1
  const auto less = difference(measure_of(one, {}), measure_of(better, {}));
  CHECK(metric(less(std::vector<double>{1, 1}), "mae") == Approx(1));
  CHECK(metric(less(std::vector<double>{3, 1}), "bias") == Approx(1));
}
