#include <catch2/catch.hpp>

#include <cmath>

#include "learning/evaluation.hpp"
#include "unit/learning/toy.hpp"

using namespace toy;

namespace {

/// 2013J: range r0 with 2 of 4 positive, r1 with 1 of 4. 2014J: four persons, the last no longer enrolled.
analysis::Dataset two_presentations() {
  return dataset({{"2013J", "", 100, 200}, {"2014J", "", 300, 400}},
                 {{0, 0, 1, 1, .6f}, {0, 0, 2, 1, .5f}, {0, 0, 3, 0, .5f}, {0, 0, 4, 0, .2f, false},
                  {0, 1, 1, 1, .9f}, {0, 1, 2, 0, .5f}, {0, 1, 3, 0, .5f}, {0, 1, 4, 0, .2f, false},
                  {1, 0, 1, 1, .75f}, {1, 0, 5, 0, .25f}, {1, 0, 6, 1, .5f}, {1, 0, 7, 1, .125f, false},
                  {1, 1, 1, 1, .75f}, {1, 1, 5, 0, .875f}, {1, 1, 6, none, .5f}, {1, 1, 7, 1, .125f, false}});
}

EvaluationOptions options_for(spec::Population population, bool per_range = false) {
  EvaluationOptions options;
  options.model = "toy/model";
  options.fit.population = population;
  options.fit.per_range = per_range;
  options.bootstrap.resamples = 50;
  return options;
}

const nlohmann::ordered_json& result(const nlohmann::ordered_json& report, const std::string& range,
                                     const std::string& population) {
  for (const auto& entry : report["splits"][0]["results"]) {
    if (entry["range"] == range && entry["population"] == population) return entry;
  }
  throw std::runtime_error("no result for " + range + ", " + population);
}

}  // namespace

TEST_CASE("evaluation: shape, populations and numbers by hand", "[learning]") {
  Echo learner;
  const auto report = evaluate(two_presentations(), learner, options_for(spec::Population::enrolled));
  CHECK(report["model"] == "toy/model");
  REQUIRE(report["splits"].size() == 1);
  const auto& split = report["splits"][0];
  CHECK(split["kind"] == "out_of_time");
  CHECK(split["train"] == nlohmann::ordered_json{"2013J"});
  CHECK(split["test"] == nlohmann::ordered_json{"2014J"});
  CHECK(split["persons_on_both_sides"] == 1);
  REQUIRE(split["results"].size() == 4);
  CHECK(split["results"][0]["population"] == "enrolled");
  CHECK(split["results"][0]["range"] == "r0");

  // Trained on the enrolled only: six rows, three positive.
  REQUIRE(learner.seen.size() == 1);
  CHECK(learner.seen[0].rows == 6);
  CHECK(learner.seen[0].labels == std::vector<double>{1, 1, 0, 1, 0, 0});
  CHECK(learner.seen[0].groups == std::vector<std::int64_t>{1, 2, 3, 1, 2, 3});

  const auto& enrolled = result(report, "r0", "enrolled");
  CHECK(enrolled["n"] == 3);
  CHECK(enrolled["positives"] == 2);
  CHECK(enrolled["metrics"]["roc_auc"] == 1.0);
  CHECK(enrolled["metrics"]["brier"].get<double>() == Approx((.0625 + .0625 + .25) / 3));
  // .5 is not above .5: one hit, one miss; F1 is 2/3 for both classes
  CHECK(enrolled["metrics"]["f1_weighted"].get<double>() == Approx(2.0 / 3));
  const auto& all = result(report, "r0", "all");
  CHECK(all["n"] == 4);
  CHECK(all["metrics"]["roc_auc"].get<double>() == Approx(2.0 / 3));
  CHECK(all["intervals"]["roc_auc"].is_array());
  // the row without a label is not counted
  CHECK(result(report, "r1", "enrolled")["n"] == 2);
  CHECK(result(report, "r1", "enrolled")["metrics"]["roc_auc"] == 0.0);

  // prior: share of positives among the enrolled in training, by range: 2/3 and 1/3
  CHECK(enrolled["baselines"]["prior"]["roc_auc"] == 0.5);
  CHECK(enrolled["baselines"]["prior"]["brier"].get<double>() == Approx((1.0 / 9 + 4.0 / 9 + 1.0 / 9) / 3));
  CHECK(result(report, "r1", "enrolled")["baselines"]["prior"]["brier"].get<double>() == Approx((4.0 / 9 + 1.0 / 9) / 2));
  CHECK_FALSE(enrolled["baselines"].contains("days_since_last_activity"));
  CHECK(split["notes"][0].get<std::string>().find("days_since_last_activity") != std::string::npos);

  const auto& summary = split["summary"][0];
  CHECK(summary["population"] == "enrolled");
  CHECK(summary["n"] == 5);
  CHECK(summary["mean"]["roc_auc"].get<double>() == Approx(0.5));
  CHECK(summary["reaches_min_score"] == false);
}

TEST_CASE("evaluation: all ranges or one model a range, and why a range has none", "[learning]") {
  Echo learner;
  auto data = two_presentations();
  (void)evaluate(data, learner, options_for(spec::Population::all, true));
  REQUIRE(learner.seen.size() == 2);
  CHECK(learner.seen[0].rows == 4);
  for (auto& row : data.rows) {
    if (row.range == 1 && row.analysable == 0) row.label = 0;
  }
  const auto report = evaluate(data, learner, options_for(spec::Population::all, true));
  const auto& without = result(report, "r1", "all");
  CHECK(without["reason"] == "one_class");
  CHECK(without["n"] == 3);
  CHECK(without["not_predicted"] == 3);
  CHECK(without["metrics"]["roc_auc"].is_null());
  CHECK_FALSE(result(report, "r0", "all").contains("reason"));
}

TEST_CASE("evaluation: the baseline of one column learns its direction and the missing", "[learning]") {
  auto data = two_presentations();
  data.columns[1] = "engagement/days_since_last_activity";
  // Training, r0: 0 and 2 for the positive, 1.5 for the negative: falling; one row missing. r1: constant.
  const float nan = std::nanf("");
  const std::vector<float> recency{0, 2, 1.5f, nan, 5, 5, 5, 5, .2f, .9f, nan, .5f, 1, 2, 3, 4};
  for (std::size_t i = 0; i < recency.size(); ++i) data.values[i * 2 + 1] = recency[i];
  Echo learner, reference;
  const auto report = evaluate(data, learner, options_for(spec::Population::all), &reference);
  // r0 of the test: the row without a value gets 0, as such rows in training;
  // .2 (1), .5 (1), .9 (0), missing (1).
  const auto& baselines = result(report, "r0", "all")["baselines"];
  CHECK(baselines["days_since_last_activity"]["roc_auc"].get<double>() == Approx(2.0 / 3));
  // r1: a constant column says no more than the share of positives, 1/4
  CHECK(result(report, "r1", "all")["baselines"]["days_since_last_activity"]["brier"].get<double>() ==
        Approx((.5625 + .0625 + .5625) / 3));
  CHECK(baselines["logistic_regression"]["roc_auc"] == result(report, "r0", "all")["metrics"]["roc_auc"]);
}

TEST_CASE("evaluation: folds predict every row once by who does not know the person", "[learning]") {
  std::vector<Entry> entries;
  for (int person = 0; person < 20; ++person) {
    for (int range = 0; range < 2; ++range) {
      entries.push_back({0, range, person, double(person % 2), person % 2 == 1 ? .75f : (person == 2 ? .875f : .25f)});
    }
  }
  Echo learner;
  const auto report = evaluate(dataset({{"a", "", 100, 200}}, entries), learner, options_for(spec::Population::all));
  const auto& split = report["splits"][0];
  CHECK(split["kind"] == "grouped_folds");
  CHECK(split.contains("note"));
  CHECK(split["persons_on_both_sides"] == 0);
  CHECK(learner.seen.size() == 5);
  CHECK(result(report, "r0", "all")["n"] == 20);
  CHECK(result(report, "r0", "all")["metrics"]["roc_auc"].get<double>() == Approx(0.9));
  // Four folds of 8 rows are all right; in one, 2 of 4 negatives are taken for positives: F1 is .8 and 2/3.
  const double low = (0.8 + 2.0 / 3) / 2, mean = (4 + low) / 5;
  const double deviation = std::sqrt((4 * std::pow(1 - mean, 2) + std::pow(low - mean, 2)) / 4);
  CHECK(split["summary"][1]["deviation"].get<double>() == Approx(deviation));
  CHECK(split["summary"][1]["reaches_min_score"] == true);
}

TEST_CASE("evaluation: a column that gives the label away is named", "[learning]") {
  std::vector<Entry> entries;
  for (int i = 0; i < 60; ++i) entries.push_back({std::uint32_t(i / 30), 0, i, double(i % 2), i % 2 == 1 ? .25f : .5f});
  auto data = dataset({{"a", "", 100, 200}, {"b", "", 300, 400}}, entries);
  Echo learner;
  auto report = evaluate(data, learner, options_for(spec::Population::all));
  REQUIRE(report["splits"][0]["leaks"].size() == 1);
  CHECK(report["splits"][0]["leaks"][0]["column"] == "p");  // reversed
  CHECK(report["splits"][0]["leaks"][0]["roc_auc"] == 1.0);
  for (std::size_t i = 0; i < 6; ++i) data.values[i * 2] = .3f;
  report = evaluate(data, learner, options_for(spec::Population::all));
  CHECK(report["splits"][0]["leaks"].empty());
}

TEST_CASE("evaluation: the same bytes on any number of threads, and other targets are refused", "[learning]") {
  Echo learner;
  auto data = two_presentations();
  auto options = options_for(spec::Population::all);
  const auto one = evaluate(data, learner, options).dump();
  options.fit.threads = 3;
  CHECK(evaluate(data, learner, options).dump() == one);
  data.classes = {0, 1, 2};
  CHECK_THROWS_WITH(evaluate(data, learner, options), Catch::Contains("this one has 3"));
  data.classes.clear();
  CHECK_THROWS_WITH(evaluate(data, learner, options), Catch::Contains("linear"));
}
