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
  for (int i = 0; i < 60; ++i) entries.push_back({std::uint32_t(i / 30), 0, i, double(i * i % 7 < 3), i * i % 7 < 3 ? .25f : .5f});
  auto data = dataset({{"a", "", 100, 200}, {"b", "", 300, 400}}, entries);
  Echo learner;
  auto report = evaluate(data, learner, options_for(spec::Population::all));
  REQUIRE_FALSE(report["splits"][0]["leaks"].empty());
  const auto& leak = report["splits"][0]["leaks"][0];
  CHECK(leak["columns"] == nlohmann::ordered_json{"p"});  // reversed
  CHECK(leak["test"] == "threshold");
  CHECK(leak["value"] == 1.0);
  for (std::size_t i = 0; i < 30; ++i) data.values[i * 2] = .3f;
  report = evaluate(data, learner, options_for(spec::Population::all));
  for (const auto& other : report["splits"][0]["leaks"]) CHECK(other["test"] != "threshold");
}

TEST_CASE("evaluation: the same bytes on any number of threads", "[learning]") {
  Echo learner;
  auto data = two_presentations();
  auto options = options_for(spec::Population::all);
  const auto one = evaluate(data, learner, options).dump();
  options.fit.threads = 3;
  CHECK(evaluate(data, learner, options).dump() == one);
}

namespace {

/// Column 0 tells: of several classes the one that gets .8, the others share the rest; of numbers the value itself.
class Any : public Echo {
 public:
  std::vector<double> predict(std::string_view, const Matrix& matrix) override {
    std::vector<double> out;
    for (std::size_t r = 0; r < matrix.rows; ++r) {
      const double told = matrix.values[r * matrix.columns.size()];
      if (matrix.class_count == 0) out.push_back(told);
      for (std::size_t c = 0; c < matrix.class_count; ++c) out.push_back(double(c) == told ? .8 : .2 / double(matrix.class_count - 1));
    }
    return out;
  }
};

}  // namespace

TEST_CASE("evaluation: several classes, by hand", "[learning]") {
  // Tested: labels 0 0 1 1 2 2, told 0 1 1 1 2 0.
  auto data = dataset({{"a", "", 100, 200}, {"b", "", 300, 400}},
                      {{0, 0, 1, 0, 0}, {0, 0, 2, 1, 1}, {0, 0, 3, 1, 1}, {0, 0, 4, 2, 2},
                       {1, 0, 5, 0, 0}, {1, 0, 6, 0, 1}, {1, 0, 7, 1, 1}, {1, 0, 8, 1, 1}, {1, 0, 9, 2, 2}, {1, 0, 10, 2, 0}});
  data.classes = {0, 1, 2};
  data.class_names = {"fail", "pass", "distinction"};
  Any learner;
  const auto report = evaluate(data, learner, options_for(spec::Population::all));
  const auto& all = result(report, "r0", "all");
  CHECK(all["class_counts"] == nlohmann::ordered_json({{"fail", 2}, {"pass", 2}, {"distinction", 2}}));
  CHECK_FALSE(all.contains("positives"));
  CHECK(all["confusion"]["counts"] == nlohmann::ordered_json({{1.0, 1.0, 0.0}, {0.0, 2.0, 0.0}, {1.0, 0.0, 1.0}}));
  CHECK(all["metrics"]["accuracy"].get<double>() == Approx(4.0 / 6));
  // fail: one of two above; .8 of one other: (1 * 3.5 + 1 * 1.5) / 8; pass: (3.5 + 3.5) / 8; distinction: (4 + 2) / 8
  CHECK(all["classes"][0]["roc_auc"].get<double>() == Approx(5.0 / 8));
  CHECK(all["classes"][1]["roc_auc"].get<double>() == Approx(7.0 / 8));
  CHECK(all["classes"][2]["roc_auc"].get<double>() == Approx(6.0 / 8));
  CHECK(all["metrics"]["roc_auc"].get<double>() == Approx(6.0 / 8));
  // right: .04 + 2 * .01, wrong: .64 + .81 + .01
  CHECK(all["metrics"]["brier"].get<double>() == Approx((4 * .06 + 2 * 1.46) / 6));
  CHECK(all["metrics"]["log_loss"].get<double>() == Approx(-(4 * std::log(.8) + 2 * std::log(.1)) / 6));
  // .8 is said of all, and right in 4 of 6
  CHECK(all["calibration"]["ece"].get<double>() == Approx(.8 - 4.0 / 6));
  // the shares of the training rows: 1/4, 1/2, 1/4
  CHECK(all["baselines"]["prior"]["log_loss"].get<double>() == Approx(-(4 * std::log(.25) + 2 * std::log(.5)) / 6));
  CHECK(all["intervals"]["roc_auc"].is_array());
  CHECK(report["splits"][0]["summary"][1]["mean"]["roc_auc"].get<double>() == Approx(6.0 / 8));
}

TEST_CASE("evaluation: numbers, by hand", "[learning]") {
  auto data = dataset({{"a", "", 100, 200}, {"b", "", 300, 400}},
                      {{0, 0, 1, 40, 40}, {0, 0, 2, 60, 50}, {1, 0, 3, 30, 40}, {1, 0, 4, 50, 50}, {1, 0, 5, 70, 60}});
  data.classes.clear();
  data.class_names.clear();
  Any learner;
  const auto report = evaluate(data, learner, options_for(spec::Population::all));
  const auto& all = result(report, "r0", "all");
  CHECK(all["mean_label"].get<double>() == Approx(50));
  CHECK(all["metrics"]["mae"].get<double>() == Approx(20.0 / 3));
  CHECK(all["metrics"]["rmse"].get<double>() == Approx(std::sqrt(200.0 / 3)));
  CHECK(all["metrics"]["r2"].get<double>() == Approx(1 - 200.0 / 800));
  // the mean of the training rows is 50
  CHECK(all["baselines"]["prior"]["rmse"].get<double>() == Approx(std::sqrt(800.0 / 3)));
  CHECK(all["baselines"]["prior"]["r2"].get<double>() == Approx(0).margin(1e-12));
  CHECK_FALSE(all.contains("confusion"));
  const auto& summary = report["splits"][0]["summary"][1];
  CHECK(summary["score"].is_null());
  CHECK_FALSE(summary.contains("moodle"));
}
