#include <catch2/catch.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "learning/bootstrap.hpp"
#include "learning/calibration_error.hpp"
#include "learning/logistic_line.hpp"
#include "learning/metrics.hpp"
#include "unit/support/moodle_cases.hpp"

using namespace auspex::learning;

namespace {

// Ties, and rows at exactly 0.5.
const std::vector<double> labels{1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0};
const std::vector<double> probabilities{.9,  .8, .8,  .7, .65, .6, .55, .5, .45, .45, .45, .4,
                                        .35, .3, .3, .2, .15, .1, .1, .05};
const std::vector<double> times{0, 1, 2, 1, 3, 1, 0, 1, 1, 2, 1, 1, 0, 2, 1, 1, 1, 3, 1, 1};

Approx near(double value) { return Approx(value).epsilon(1e-10).margin(1e-12); }

}  // namespace

TEST_CASE("metrics agree with scikit-learn 1.9.1", "[learning]") {
  const Scores scores(labels, probabilities);
  CHECK(roc_auc(scores) == near(0.6758241758241758));
  CHECK(pr_auc(scores) == near(0.6015802493246103));
  CHECK(f1_weighted(scores) == near(0.7));
  CHECK(balanced_accuracy(scores) == near(0.6703296703296704));
  CHECK(matthews(scores) == near(0.34065934065934067));
  CHECK(brier(scores) == near(0.2235));
  CHECK(log_loss(scores) == near(0.64465266653684));
  // LogisticRegression(C=inf, tol=1e-14) of the label on the logit
  CHECK(calibration_line(scores).slope == Approx(0.5516994271).epsilon(1e-6));
  CHECK(calibration_line(scores).intercept == Approx(-0.5056972926).epsilon(1e-6));
}

TEST_CASE("precision, recall, F1 and deviations are Moodle's", "[learning]") {
  int compared = 0;
  for (const auto& one : moodle_cases("ml_metric")) {
    INFO(one.at("name"));
    const auto& in = one.at("inputs");
    const auto& expected = one.at("expected");
    if (in.contains("values")) {
      CHECK(sample_deviation(in.at("values").get<std::vector<double>>()) == near(expected.get<double>()));
    } else {
      const auto actual = in.at("actual").get<std::vector<double>>(), predicted = in.at("predicted").get<std::vector<double>>();
      const auto report = class_report(Scores(actual, predicted));
      CHECK(report.mean.precision == near(expected.at("average").at("precision")));
      CHECK(report.mean.recall == near(expected.at("average").at("recall")));
      CHECK(report.mean.f1 == near(expected.at("average").at("f1score")));
      CHECK(report.negative.f1 == near(expected.at("f1_by_class")[0]));
      CHECK(report.positive.f1 == near(expected.at("f1_by_class")[1]));
    }
    ++compared;
  }
  CHECK(compared == 6);
  CHECK(std::isnan(sample_deviation(std::vector<double>{0.5})));
}

TEST_CASE("weighted metrics agree with scikit-learn 1.9.1 and with repeated rows", "[learning]") {
  Scores scores(labels, probabilities);
  scores.weigh(times);
  CHECK(roc_auc(scores) == near(0.6218487394957983));
  CHECK(pr_auc(scores) == near(0.4858936885791106));
  CHECK(f1_weighted(scores) == near(0.6318181818181818));
  CHECK(balanced_accuracy(scores) == near(0.5672268907563025));
  CHECK(matthews(scores) == near(0.12964074471043288));
  CHECK(brier(scores) == near(0.2388541666666667));
  CHECK(log_loss(scores) == near(0.6705996472891531));

  std::vector<double> repeated_labels, repeated_probabilities;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    for (int k = 0; k < int(times[i]); ++k) {
      repeated_labels.push_back(labels[i]);
      repeated_probabilities.push_back(probabilities[i]);
    }
  }
  const auto weighted = all_metrics(scores), repeated = all_metrics(Scores(repeated_labels, repeated_probabilities));
  for (std::size_t m = 0; m < weighted.size(); ++m) {
    INFO(weighted[m].first);
    CHECK(weighted[m].second == Approx(repeated[m].second).epsilon(1e-9).margin(1e-12));
  }
}

TEST_CASE("capacity takes whole rows and shares ties", "[learning]") {
  const Scores scores(labels, probabilities);
  // 4 of 20 rows: .9 (1), .8 (0), .8 (1), .7 (1); 7 positives in all
  CHECK(at_capacity(scores).recall == near(3.0 / 7));
  CHECK(at_capacity(scores).precision == near(3.0 / 4));
  // 2 rows: .9 (1) and half of the two at .8, one of them positive
  CHECK(at_capacity(scores, {0.1}).recall == near(1.5 / 7));
  CHECK(at_capacity(scores, {0.1}).precision == near(0.75));
  // 0.11 of 20 rows is rounded up to 3
  CHECK(at_capacity(scores, {0.11}).recall == near(2.0 / 7));
}

TEST_CASE("calibration error by hand", "[learning]") {
  // every row is a bin of its own: (0.1 + 0.4 + 0.3 + 0.2) / 4
  const std::vector<double> y{1, 1, 0, 0}, p{.9, .6, .3, .2};
  CHECK(expected_calibration_error(Scores(y, p)) == near(0.25));
  // one probability for all is one bin: |0.25 - 0.4|
  CHECK(expected_calibration_error(Scores(std::vector<double>{1, 0, 0, 0}, std::vector<double>(4, 0.4))) == near(0.15));
}

TEST_CASE("a constant prediction has AUC 0.5 and no calibration line", "[learning]") {
  const Scores scores(labels, std::vector<double>(labels.size(), 0.35));
  CHECK(roc_auc(scores) == 0.5);
  CHECK(pr_auc(scores) == near(0.35));
  CHECK(std::isnan(calibration_line(scores).slope));
  CHECK(at_capacity(scores).recall == near(0.2));
  CHECK(matthews(scores) == 0);
}

TEST_CASE("one class or no rows: undefined is null", "[learning]") {
  const Scores one(std::vector<double>{0, 0}, std::vector<double>{.2, .7});
  CHECK(std::isnan(roc_auc(one)));
  CHECK(std::isnan(pr_auc(one)));
  CHECK(std::isnan(balanced_accuracy(one)));
  CHECK(brier(one) == near((.04 + .49) / 2));
  CHECK(f1_weighted(one) == near(2.0 / 3));
  const auto json = to_json(all_metrics(Scores({}, {})));
  for (const auto& [name, value] : json.items()) {
    INFO(name);
    CHECK(value.is_null());
  }
  CHECK(to_json(all_metrics(one)).at("roc_auc").is_null());
}

TEST_CASE("log loss of a certain miss is finite", "[learning]") {
  // -log(2.220446049250313e-16)
  CHECK(log_loss(Scores(std::vector<double>{1}, std::vector<double>{0})) == near(36.04365338911715));
}

TEST_CASE("a logistic line exists only where the classes overlap", "[learning]") {
  // two groups: odds 1:3 at x = 0 and 3:1 at x = 1, so the line is exactly through their log odds
  const std::vector<double> x{0, 0, 0, 0, 1, 1, 1, 1}, y{1, 0, 0, 0, 1, 1, 1, 0};
  const auto line = fit_logistic_line(x, y);
  REQUIRE(line);
  CHECK(line->intercept == Approx(-std::log(3.0)).epsilon(1e-7));
  CHECK(line->slope == Approx(2 * std::log(3.0)).epsilon(1e-7));
  CHECK_FALSE(fit_logistic_line(std::vector<double>{0, 1, 2, 3}, std::vector<double>{0, 0, 1, 1}));
  CHECK_FALSE(fit_logistic_line(std::vector<double>{0, 1, 1, 3}, std::vector<double>{0, 0, 1, 1}));
  CHECK_FALSE(fit_logistic_line(std::vector<double>{5, 5, 5}, std::vector<double>{0, 1, 1}));
  CHECK_FALSE(fit_logistic_line(std::vector<double>{1, 2, 3}, std::vector<double>{1, 1, 1}));
}

TEST_CASE("bootstrap: error of a mean, persons as one, any number of threads", "[learning]") {
  // Squared errors are .25 and .01 in equal number: their mean over 400 rows has the standard error .12 / 20 = .006.
  std::vector<double> y, p;
  std::vector<std::int64_t> own, pairs;
  for (int i = 0; i < 400; ++i) {
    y.push_back(i % 2);
    p.push_back(i / 2 % 2 == 0 ? 0.5 : (i % 2 == 1 ? 0.9 : 0.1));
    own.push_back(i);
    pairs.push_back(i / 2);
  }
  const Scores scores(y, p);
  const auto brier_of = [](const std::vector<Spread>& spreads) {
    for (const auto& spread : spreads) {
      if (spread.metric == "brier") return spread;
    }
    FAIL("no spread of brier");
    return spreads.front();
  };
  const auto single = brier_of(bootstrap(scores, own, {1000, 0.95, 7, 1}));
  CHECK(single.deviation == Approx(0.006).epsilon(0.08));
  CHECK(single.low == Approx(0.13 - 1.96 * 0.006).margin(0.0015));
  CHECK(single.high == Approx(0.13 + 1.96 * 0.006).margin(0.0015));
  // Two equal rows a person: half as many independent ones.
  CHECK(brier_of(bootstrap(scores, pairs, {1000, 0.95, 7, 1})).deviation == Approx(0.006 * std::sqrt(2.0)).epsilon(0.08));

  const auto one = bootstrap(scores, pairs, {200, 0.95, 7, 1}), three = bootstrap(scores, pairs, {200, 0.95, 7, 3});
  REQUIRE(one.size() == three.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    const bool both_undefined = std::isnan(one[i].low) && std::isnan(three[i].low);
    CHECK((both_undefined || one[i].low == three[i].low));
    CHECK((both_undefined || one[i].deviation == three[i].deviation));
  }
  CHECK(bootstrap(scores, own, {0, 0.95, 7, 1}).empty());
  CHECK(brier_of(bootstrap(scores, own, {1000, 0.95, 8, 1})).deviation != single.deviation);
}
