#include <catch2/catch.hpp>

#include <filesystem>

#include "base/files.hpp"
#include "learning/calibration.hpp"
#include "learning/evaluation.hpp"
#include "learning/threshold.hpp"
#include "learning/training.hpp"
#include "unit/learning/reference.hpp"
#include "unit/learning/toy.hpp"

using namespace toy;
using Threshold = spec::Decision::Threshold;
using Method = spec::Decision::Calibration;

namespace {

/// 60 persons in two ranges; said is .25 or .75, right in three of four.
analysis::Dataset persons() {
  std::vector<Entry> entries;
  for (int range = 0; range < 2; ++range) {
    for (int i = 0; i < 60; ++i) entries.push_back({0, range, i, double((i % 4 != 0) == (i % 2 == 1)), i % 2 == 1 ? .75f : .25f});
  }
  return dataset({{"a", "", 100, 200}}, entries);
}

double chosen(Threshold rule, double capacity = 0.2, double miss = 1, double false_alarm = 1) {
  spec::Decision decision;
  decision.threshold = rule;
  decision.capacity = capacity;
  decision.cost_of_miss = miss;
  decision.cost_of_false_alarm = false_alarm;
  return choose_threshold(Scores(std::vector<double>{1, 0, 1, 0, 0}, std::vector<double>{.9, .8, .6, .4, .4}), decision);
}

}  // namespace

TEST_CASE("calibration curves agree with scikit-learn", "[learning]") {
  const auto data = reference("calibration");
  const auto labels = numbers_of(data["labels"]), probabilities = numbers_of(data["probabilities"]);
  const auto platt = platt_curve(labels, probabilities);
  CHECK(platt.slope == Approx(data["slope"].get<double>()).epsilon(1e-4));
  CHECK(platt.intercept == Approx(data["intercept"].get<double>()).epsilon(1e-3));
  const auto isotonic = isotonic_curve(labels, probabilities);
  const auto at = numbers_of(data["at"]), expected = numbers_of(data["isotonic"]);
  for (std::size_t i = 0; i < at.size(); ++i) {
    INFO(at[i]);
    CHECK(isotonic.at(at[i]) == Approx(expected[i]).epsilon(1e-9).margin(1e-12));
  }
}

TEST_CASE("what says nothing is calibrated to the share", "[learning]") {
  // (3 + 1) / (4 + 2): Platt's targets
  CHECK(platt_curve(std::vector<double>{1, 1, 1, 0}, std::vector<double>(4, 0.1)).at(0.1) == Approx(4.0 / 6));
  CHECK(isotonic_curve(std::vector<double>{1, 1, 1, 0}, std::vector<double>(4, 0.1)).at(0.7) == Approx(0.75));
}

TEST_CASE("several classes are calibrated one by one and add up to 1", "[learning]") {
  Calibration calibration;
  calibration.curves.resize(3);
  for (std::size_t c = 0; c < 3; ++c) calibration.curves[c].x = {0, 1};
  calibration.curves[0].y = {0, 1};
  calibration.curves[1].y = {0, .5};
  calibration.curves[2].y = {.1, .1};
  std::vector<double> row{.5, .4, .1};
  calibration.apply(row);  // .5, .2, .1
  CHECK(row[0] == Approx(.625));
  CHECK(row[1] == Approx(.25));
  CHECK(row[2] == Approx(.125));
  CHECK(Calibration::from(calibration.json()).json() == calibration.json());
}

TEST_CASE("thresholds by rule, by hand", "[learning]") {
  CHECK(chosen(Threshold::half) == 0.5);
  // F1 of taking one: 2/3, two: 1/2, three: 4/5, all: 4/7
  CHECK(chosen(Threshold::f1) == Approx(0.5));
  // one of five is 20 %; two are allowed: .9 and .8; three
  CHECK(chosen(Threshold::capacity) == Approx(0.85));
  CHECK(chosen(Threshold::capacity, 2) == Approx(0.7));
  CHECK(chosen(Threshold::capacity, 0.6) == Approx(0.5));
  // four would take both of .4: no more than three are taken
  CHECK(chosen(Threshold::capacity, 4) == Approx(0.5));
  // a miss costs five: one false alarm for two hits; a false alarm costs five: the first hit alone
  CHECK(chosen(Threshold::cost, 0.2, 5, 1) == Approx(0.5));
  CHECK(chosen(Threshold::cost, 0.2, 1, 5) == Approx(0.85));
  // misses cost nothing: nobody is taken
  CHECK(chosen(Threshold::cost, 0.2, 0, 1) == 1);
}

TEST_CASE("calibration and threshold are learned from rows that models of folds do not know", "[learning]") {
  Echo learner;
  FitOptions options;
  options.decision.calibration = Method::isotonic;
  options.decision.threshold = Threshold::f1;
  const auto data = persons();
  Rows rows(data.rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i;
  const auto fitted = fit(data, rows, learner, options);
  REQUIRE(learner.seen.size() == 6);  // all rows, then five folds
  CHECK(learner.seen[0].rows == 120);
  for (std::size_t f = 1; f < 6; ++f) CHECK(learner.seen[f].rows == 96);
  // Of 30 persons with .25, 15 are multiples of 4 among the even ones: half are positive; of those with .75 all.
  std::size_t even_positive = 0;
  for (const auto& row : data.rows) even_positive += row.label == 1 && row.group % 2 == 0 ? 1 : 0;
  const auto said = predict(fitted, data, {0, 1}, learner);
  CHECK(said[1] == Approx(double(even_positive) / 60));
  CHECK(said[0] == Approx(1 - double(even_positive) / 60));
  CHECK(fitted.thresholds.size() == 3);  // each range, and of all
  CHECK(fitted.thresholds.contains(all_ranges));

  // Kept in the artefact, and what predicts from it decides by it.
  const auto folder = std::filesystem::temp_directory_path() / "auspex-decisions-artefact";
  std::filesystem::remove_all(folder);
  const auto artefact = train(data, learner, options, {});
  artefact.save(folder);
  const auto loaded = Artefact::load(folder);
  CHECK(loaded.text() == artefact.text());
  CHECK(loaded.fitted.thresholds == artefact.fitted.thresholds);
  CHECK(predict(loaded, learner, data).values == predict(artefact, learner, data).values);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a threshold decides in the evaluation, on training rows alone", "[learning]") {
  // Trained on one course, tested on the next: all are said to be .25 or .4, nobody is above a half.
  std::vector<Entry> entries;
  for (int course = 0; course < 2; ++course) {
    for (int i = 0; i < 40; ++i) {
      entries.push_back({std::uint32_t(course), 0, course * 100 + i, double(i % 4 == 0), i % 4 == 0 ? .4f : .25f});
    }
  }
  const auto data = dataset({{"a", "", 100, 200}, {"b", "", 300, 400}}, entries);
  Echo learner;
  EvaluationOptions options;
  options.bootstrap.resamples = 20;
  CHECK(evaluate(data, learner, options)["splits"][0]["results"][1]["confusion"]["true_positives"] == 0);
  options.fit.decision.threshold = Threshold::f1;
  const auto report = evaluate(data, learner, options);
  const auto& confusion = report["splits"][0]["results"][1]["confusion"];
  CHECK(confusion["thresholds"][0].get<double>() == Approx((0.4 + 0.25) / 2));
  CHECK(confusion["true_positives"] == 10);
  CHECK(confusion["false_positives"] == 0);
  CHECK(report["splits"][0]["summary"][1]["score"] == 1.0);
}

TEST_CASE("what a target cannot have is refused", "[learning]") {
  Echo learner;
  auto data = persons();
  FitOptions options;
  options.decision.threshold = Threshold::f1;
  data.classes = {0, 1, 2};
  CHECK_THROWS_WITH(fit(data, {0, 1, 2}, learner, options), Catch::Contains("a threshold is asked for"));
  options.decision = {};
  options.decision.calibration = Method::platt;
  data.classes.clear();
  CHECK_THROWS_WITH(fit(data, {0, 1, 2}, learner, options), Catch::Contains("calibration is asked for"));
}
