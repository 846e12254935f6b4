// Fairness, drift, contributions and importance, with numbers by hand.
#include <catch2/catch.hpp>

#include <cmath>

#include "base/random.hpp"
#include "learning/drift.hpp"
#include "learning/explanation.hpp"
#include "learning/fairness.hpp"
#include "unit/learning/toy.hpp"

using namespace toy;

namespace {

/// 40 persons in one range: of group f 20, of group m 16, of group x 4. Of f's ten positives eight are flagged and one of the
/// negatives; of m's six positives two and none; x are all negative.
analysis::Dataset audited() {
  std::vector<Entry> entries;
  std::vector<std::int32_t> words;
  const auto add = [&](int count, std::int32_t word, double label, float p) {
    for (int i = 0; i < count; ++i) {
      entries.push_back({0, 0, std::int64_t(entries.size()), label, p});
      words.push_back(word);
    }
  };
  add(8, 0, 1, .75f), add(2, 0, 1, .25f), add(1, 0, 0, .75f), add(9, 0, 0, .25f);
  add(2, 1, 1, .75f), add(4, 1, 1, .25f), add(10, 1, 0, .25f);
  add(4, 2, 0, .25f);
  auto data = dataset({{"a", "", 100, 200}}, entries);
  data.audit = {"enrolments.gender"};
  data.audit_words = {"f", "m", "x"};
  data.audit_values = words;
  return data;
}

HeldOut held_of(const analysis::Dataset& data) {
  HeldOut held;
  held.split.folds.emplace_back();
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    held.rows.push_back(i);
    held.split.folds[0].test_rows.push_back(i);
    const double p = data.values[i * data.columns.size()];
    held.values.insert(held.values.end(), {1 - p, p});
    held.decisions.push_back(p > 0.5 ? 1 : 0);
  }
  held.fitted.emplace_back();
  held.fitted[0].models[all_ranges] = "echo 1 1";
  return held;
}

const nlohmann::ordered_json& group(const nlohmann::ordered_json& column, const std::string& value) {
  for (const auto& each : column["groups"]) {
    if (each["value"] == value) return each;
  }
  throw std::runtime_error("no group " + value);
}

/// The logit of column 0, as the sum of itself and a constant.
struct Explaining : Echo {
  bool can_contribute() const override { return true; }
  Explanation explain(std::string_view, const Matrix& matrix) override {
    Explanation out;
    for (std::size_t r = 0; r < matrix.rows; ++r) {
      const double p = matrix.values[r * 2];
      out.margins.push_back(std::log(p / (1 - p)));
      out.contributions.insert(out.contributions.end(), {out.margins.back() - 0.5 + wrong, 0, 0.5});
    }
    return out;
  }
  double wrong = 0;
};

}  // namespace

TEST_CASE("fairness: rates by group, and small groups never by themselves", "[learning]") {
  const auto data = audited();
  const auto held = held_of(data);
  auto report = fairness(data, held, {});
  REQUIRE(report.size() == 1);
  CHECK(report[0]["column"] == "enrolments.gender");
  // x has four persons: alone it would be the difference to the whole, so m stands with it.
  CHECK(report[0]["suppressed_groups"] == 2);
  REQUIRE(report[0]["groups"].size() == 2);
  const auto& f = group(report[0], "f");
  CHECK(f["persons"] == 20);
  CHECK(f["metrics"]["recall"].get<double>() == Approx(0.8));
  CHECK(f["metrics"]["false_positive_rate"].get<double>() == Approx(0.1));
  CHECK(f["metrics"]["flagged"].get<double>() == Approx(0.45));
  CHECK(f["metrics"]["observed"].get<double>() == Approx(0.5));
  CHECK(f["metrics"]["predicted"].get<double>() == Approx((9 * .75 + 11 * .25) / 20));
  CHECK(f["metrics"]["calibration"].get<double>() == Approx((9 * .75 + 11 * .25) / 20 - 0.5));
  CHECK(f["intervals"]["recall"][0].get<double>() < 0.8);
  CHECK(f["intervals"]["recall"][1].get<double>() > 0.8);
  const auto& others = group(report[0], "others");
  CHECK(others["persons"] == 20);
  CHECK(others["metrics"]["recall"].is_null());  // of six persons only
  CHECK(others["metrics"]["false_positive_rate"] == 0.0);
  CHECK(report[0]["gaps"]["false_positive_rate"]["difference"].get<double>() == Approx(0.1));
  CHECK(report[0]["gaps"]["false_positive_rate"]["high_group"] == "f");
  CHECK(fairness(data, held, {}).dump() == report.dump());

  FairnessOptions options;
  options.least = 3;
  report = fairness(data, held, options);
  CHECK(report[0]["suppressed_groups"] == 0);
  CHECK(group(report[0], "m")["metrics"]["recall"].get<double>() == Approx(1.0 / 3));
  options.least = 30;
  report = fairness(data, held, options);
  REQUIRE(report[0]["groups"].size() == 1);
  CHECK(report[0]["groups"][0]["value"] == "others");
}

TEST_CASE("drift: the population stability index by hand", "[learning]") {
  // Twenty rows, values 1 to 10 twice: the deciles part them into ten bins of two.
  std::vector<Entry> before, now;
  for (int i = 0; i < 20; ++i) before.push_back({0, 0, i, 0, float(1 + i / 2)});
  for (int i = 0; i < 20; ++i) now.push_back({0, 0, i, 0, i < 10 ? 1.0f : std::nanf("")});
  const auto trained = dataset({{"a", "", 100, 200}}, before), later = dataset({{"b", "", 300, 400}}, now);
  Rows rows;
  for (std::size_t i = 0; i < 20; ++i) rows.push_back(i);
  const auto baseline = drift_baseline(trained, rows);
  CHECK(baseline[0]["columns"][0]["counts"].size() == baseline[0]["columns"][0]["cuts"].size() + 1);
  std::size_t sum = 0;
  for (const auto& n : baseline[0]["columns"][0]["counts"]) sum += n.get<std::size_t>();
  CHECK(sum == 20);
  CHECK(baseline[0]["columns"][1]["constant"] == 1.0);

  const auto same = drift(baseline, trained, rows);
  REQUIRE(same.size() == 2);
  CHECK(same[0]["psi"].get<double>() == Approx(0).margin(1e-12));
  CHECK(same[0]["level"] == "none");
  const auto report = drift(baseline, later, rows);
  const auto counts = baseline[0]["columns"][0]["counts"].get<std::vector<double>>();
  const double bins = double(counts.size()) + 1;
  double psi = 0;
  const auto part = [&](double n, double m) {
    const double p = (m + 0.5) / (20 + bins / 2), q = (n + 0.5) / (20 + bins / 2);
    return (p - q) * std::log(p / q);
  };
  for (std::size_t i = 0; i < counts.size(); ++i) psi += part(counts[i], i == 0 ? 10 : 0);
  psi += part(0, 10);
  CHECK(report[0]["psi"].get<double>() == Approx(psi));
  CHECK(report[0]["level"] == "much");
  CHECK(report[0]["missing_training"] == 0.0);
  CHECK(report[0]["missing"] == 0.5);
  CHECK(report[1]["constant_training"] == true);
  CHECK(report[1]["level"] == "none");
  // Chi-squared's .95 quantile with 10 degrees of freedom is 18.307: Wilson and Hilferty are near.
  if (counts.size() == 10) CHECK(report[0]["chance"].get<double>() == Approx(18.307 / 10).epsilon(0.002));
  // The baseline survives being written.
  CHECK(drift(nlohmann::ordered_json::parse(baseline.dump()), later, rows).dump() == report.dump());
}

TEST_CASE("contributions add up to the margin, or the row is exempt", "[learning]") {
  const auto data = audited();
  Fitted fitted;
  fitted.models[all_ranges] = "echo 1 1";
  Explaining learner;
  const auto predictions = held_of(data).values;
  auto parts = contributions(fitted, data, learner);
  REQUIRE(parts.able);
  CHECK(parts.exempt == 0);
  for (std::size_t i = 0; i < data.rows.size(); ++i) {
    const double margin = std::log(predictions[i * 2 + 1] / predictions[i * 2]);
    CHECK(parts.values[i * 3] + parts.values[i * 3 + 1] + parts.values[i * 3 + 2] == Approx(margin).epsilon(1e-4));
  }
  learner.wrong = 1e-3;
  parts = contributions(fitted, data, learner);
  CHECK(parts.exempt == data.rows.size());
  CHECK(std::isnan(parts.values[0]));
  Echo silent;
  parts = contributions(fitted, data, silent);
  CHECK_FALSE(parts.able);
  CHECK(parts.why_not.find("toy/echo") != std::string::npos);
}

TEST_CASE("columns belong to their indicators", "[learning]") {
  const auto parts = columns_by_indicator({"range/0", "range/1", "a/b", "a/b/mean", "a/c/0", "a/c/1", "d"}, {"a/b", "a/c", "d"});
  REQUIRE(parts.size() == 4);
  CHECK(parts[0].name == "range");
  CHECK(parts[1].columns == std::vector<std::size_t>{2, 3});
  CHECK(parts[2].name == "a/c");
  CHECK(parts[2].columns == std::vector<std::size_t>{4, 5});
  CHECK(parts[3].columns == std::vector<std::size_t>{6});
}

TEST_CASE("importance: what the model lives on, and what it does not look at", "[learning]") {
  auto data = audited();
  Random random(3);
  for (std::size_t i = 0; i < data.rows.size(); ++i) data.values[i * 2 + 1] = float(random.real());
  const auto held = held_of(data);
  Echo learner;
  ImportanceOptions options;
  const auto report = importance(data, held, learner, columns_by_indicator(data.columns, data.columns), options);
  CHECK(report["metric"] == "roc_auc");
  REQUIRE(report["indicators"].size() == 2);
  CHECK(report["indicators"][0]["indicator"] == "p");
  // Its ROC-AUC is (10/16 * 23/24 + (10/16 * 1/24 + 6/16 * 23/24) / 2) = .7917: without it .5, and .29 is lost.
  CHECK(report["indicators"][0]["importance"].get<double>() == Approx(0.7917 - 0.5).margin(0.06));
  CHECK(report["indicators"][0]["interval"][0].get<double>() > 0);
  CHECK(report["indicators"][1]["indicator"] == "constant");
  CHECK(report["indicators"][1]["importance"] == 0.0);
  CHECK(importance(data, held, learner, columns_by_indicator(data.columns, data.columns), options).dump() == report.dump());
}
