#include "learning/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>

#include <fmt/format.h>

#include "base/random.hpp"
#include "learning/calibration_error.hpp"
#include "learning/class_metrics.hpp"
#include "learning/judged.hpp"
#include "learning/leaks.hpp"
#include "learning/threshold.hpp"

namespace auspex::learning {
namespace {

using Json = nlohmann::ordered_json;
constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();
constexpr double accepted_deviation = 0.05;  // Moodle's

/// How many rows are of which kind: of two classes, of several, or numbers.
void add_amounts(Json& json, const analysis::Dataset& dataset, const Rows& rows) {
  json["n"] = rows.size();
  std::vector<std::size_t> counts(dataset.classes.size(), 0);
  double sum = 0;
  for (const auto row : rows) {
    const double label = label_of(dataset, row);
    if (counts.empty()) sum += label;
    else ++counts[std::size_t(label)];
  }
  if (counts.empty()) {
    json["mean_label"] = rows.empty() ? Json(nullptr) : Json(sum / double(rows.size()));
  } else if (counts.size() == 2) {
    json["positives"] = counts[1];
  } else {
    for (std::size_t c = 0; c < counts.size(); ++c) json["class_counts"][dataset.class_names[c]] = counts[c];
  }
}

Json thresholds_json(const HeldOut& held, std::int32_t range) {
  Json thresholds = Json::array();
  for (const auto& fitted : held.fitted) thresholds.push_back(fitted.threshold(range));
  return thresholds;
}

Json confusion_json(const Scores& scores, Json thresholds) {
  const auto c = confusion(scores);
  return {{"thresholds", std::move(thresholds)},
          {"true_positives", c.true_positives},
          {"false_positives", c.false_positives},
          {"true_negatives", c.true_negatives},
          {"false_negatives", c.false_negatives}};
}

Json calibration_json(const Scores& scores, std::uint64_t seed) {
  const auto chance = if_calibrated(scores, seed);
  Json bins = Json::array();
  for (const auto& bin : calibration_bins(scores)) {
    bins.push_back({{"n", bin.rows}, {"probability", bin.probability}, {"share", bin.positives / bin.rows}});
  }
  return {{"ece", number_or_null(expected_calibration_error(scores))},
          {"ece_debiased", number_or_null(debiased_calibration_error(scores))},
          {"if_calibrated",
           {{"ece", number_or_null(chance.error)},
            {"ece_95", number_or_null(chance.error_95)},
            {"ece_debiased", number_or_null(chance.debiased)},
            {"ece_debiased_95", number_or_null(chance.debiased_95)}}},
          {"bins", std::move(bins)}};
}

/// Class by class, one against the rest.
void add_classes(Json& json, const analysis::Dataset& dataset, const ClassScores& scores) {
  const auto k = scores.classes();
  const auto counts = scores.confusion();
  Json rows = Json::array(), classes = Json::array();
  for (std::size_t c = 0; c < k; ++c) {
    const auto row = std::span(counts).subspan(c * k, k);
    rows.push_back(std::vector<double>(row.begin(), row.end()));
    const auto& own = scores.of(c);
    const auto rates = class_report(own).positive;
    classes.push_back({{"class", dataset.class_names[c]},
                       {"n", own.positives()},
                       {"roc_auc", number_or_null(roc_auc(own))},
                       {"pr_auc", number_or_null(pr_auc(own))},
                       {"precision", rates.precision},
                       {"recall", rates.recall},
                       {"f1", rates.f1}});
  }
  json["confusion"] = {{"classes", dataset.class_names}, {"counts", std::move(rows)}};
  json["classes"] = std::move(classes);
}

Json result_json(const analysis::Dataset& dataset, const HeldOut& held, const Rows& rows, std::int32_t range,
                 spec::Population population, const EvaluationOptions& options, const Judged& own) {
  const auto capacity = capacity_of(options.fit.decision);
  Json json{{"range", dataset.range_names[std::size_t(range)]}, {"population", population_name(population)}};
  add_amounts(json, dataset, rows);
  for (const auto key : {range, all_ranges}) {
    if (const auto found = held.without_model.find(key); found != held.without_model.end()) json["reason"] = found->second;
  }
  if (own.labels.size() < rows.size()) json["not_predicted"] = rows.size() - own.labels.size();
  json["metrics"] = to_json(metrics_of(own, capacity));
  const auto stream = std::uint64_t(range) * 2 + (population == spec::Population::all ? 1 : 0);
  const auto measure = [&] { return measure_of(own, capacity); };
  json["intervals"] = intervals_json(bootstrap(measure, own.groups, stream_of(options, stream)));
  json["baselines"] = Json::object();
  for (const auto& [name, values] : held.baselines) {
    json["baselines"][name] = to_json(metrics_of(judged(dataset, rows, values), capacity));
  }
  if (own.classes == 2) {
    json["confusion"] = confusion_json(own.scores(), thresholds_json(held, range));
    json["calibration"] = calibration_json(own.scores(), stream_of(options, stream).seed);
  } else if (own.classes > 2) {
    const ClassScores scores(own.labels, own.values, own.decisions, own.classes);
    add_classes(json, dataset, scores);
    json["calibration"] = calibration_json(scores.confidence(), stream_of(options, stream).seed);
  }
  return json;
}

double f1_of(const Judged& own) { return metric(metrics_of(own, {}), "f1_weighted"); }

/// Sample standard deviation of the weighted F1 over the folds, or by bootstrap where there is one fold.
double score_deviation(const analysis::Dataset& dataset, const HeldOut& held, const Judged& own, spec::Population population,
                       const EvaluationOptions& options) {
  if (held.split.folds.size() == 1) {
    const auto stream = std::uint64_t(population == spec::Population::all ? 0x7fffffff : 0x7ffffffe);
    const auto measure = [&] { return measure_of(own, {}); };
    for (const auto& spread : bootstrap(measure, own.groups, stream_of(options, stream))) {
      if (spread.metric == "f1_weighted") return spread.deviation;
    }
    return not_defined;
  }
  std::vector<double> values;
  for (const auto& fold : held.split.folds) {
    const auto rows = of_population(dataset, fold.test_rows, population);
    const auto value = f1_of(judged(dataset, rows, held.values, held.decisions));
    if (std::isfinite(value)) values.push_back(value);
  }
  return sample_deviation(values);
}

/// What Moodle would say of that score.
Json moodle_json(double score, double deviation, const EvaluationOptions& options) {
  constexpr int low_score = 4, not_enough_data = 8;
  Json status(nullptr);
  if (std::isfinite(score)) {
    status = (score < options.min_score ? low_score : 0) + (deviation > accepted_deviation ? not_enough_data : 0);
  }
  return {{"score", number_or_null(score)},
          {"deviation", number_or_null(deviation)},
          {"min_score", options.min_score},
          {"accepted_deviation", accepted_deviation},
          {"status", status},
          {"note", "Moodle's own numbers come from random splits, with students on both sides, and are not comparable"}};
}

Json summary_json(const analysis::Dataset& dataset, const HeldOut& held, const Rows& rows, spec::Population population,
                  const EvaluationOptions& options, const std::vector<Judged>& by_range) {
  Json json{{"population", population_name(population)}};
  add_amounts(json, dataset, rows);
  const auto capacity = capacity_of(options.fit.decision);
  const auto mean = mean_over(by_range, capacity);
  const auto stream = std::uint64_t(population == spec::Population::all ? 0x7ffffffd : 0x7ffffffc);
  json["mean"] = to_json(mean.measure()(std::vector<double>(mean.groups.size(), 1.0)));
  json["mean_intervals"] = intervals_json(bootstrap(mean.measure, mean.groups, stream_of(options, stream)));
  const auto own = judged(dataset, rows, held.values, held.decisions);
  const double score = f1_of(own), deviation = score_deviation(dataset, held, own, population, options);
  json["score"] = number_or_null(score);
  json["deviation"] = number_or_null(deviation);
  json["reaches_min_score"] = std::isfinite(score) && score >= options.min_score;
  if (!dataset.classes.empty()) json["moodle"] = moodle_json(score, deviation, options);
  return json;
}

std::size_t persons_on_both_sides(const analysis::Dataset& dataset, const Split& split) {
  std::size_t count = 0;
  for (const auto& fold : split.folds) {
    std::set<std::int64_t> trained, both;
    for (const auto row : fold.train_rows) trained.insert(dataset.rows[row].group);
    for (const auto row : fold.test_rows) {
      if (dataset.rows[row].group >= 0 && trained.contains(dataset.rows[row].group)) both.insert(dataset.rows[row].group);
    }
    count += both.size();
  }
  return count;
}

/// Of all rows of the split: with more of them, more is sure.
Json leaks_json(const analysis::Dataset& dataset, const Split& split, const FitOptions& options) {
  std::set<std::size_t> known;
  for (const auto& fold : split.folds) {
    known.insert(fold.train_rows.begin(), fold.train_rows.end());
    known.insert(fold.test_rows.begin(), fold.test_rows.end());
  }
  const Rows rows = of_population(dataset, {known.begin(), known.end()}, options.population);
  return to_json(find_leaks(dataset, rows, {options.seed, &split.folds}));
}

Json notes_json(const analysis::Dataset& dataset, const HeldOut& held, const EvaluationOptions& options) {
  Json notes = Json::array();
  const auto has = [&](const std::string& name) {
    return std::any_of(held.baselines.begin(), held.baselines.end(), [&](const auto& b) { return b.name == name; });
  };
  if (!has("days_since_last_activity")) {
    notes.push_back(fmt::format("no baseline 'days_since_last_activity': '{}' is not installed, or does not suit the "
                                "samples",
                                options.recency_column));
  }
  const auto reference = reference_backend(dataset.classes.size());
  const auto name = reference.substr(reference.find('/') + 1);
  if (!has(name) && options.backend != reference) {
    notes.push_back(fmt::format("no baseline '{}': '{}' is not installed, or cannot learn such a target", name, reference));
  }
  return notes;
}

Json split_json(const analysis::Dataset& dataset, const HeldOut& held, const EvaluationOptions& options) {
  const auto& split = held.split;
  Json json{{"kind", split.kind}};
  if (!split.note.empty()) json["note"] = split.note;
  json["folds"] = split.folds.size();
  json["purge"] = {{"rule", spec::name_of(split.purge)}, {"rows", split.purged}};
  json["train"] = split.train;
  json["test"] = split.test;
  json["left_out"] = Json::array();
  for (const auto& [analysable, reason] : split.left_out) {
    json["left_out"].push_back({{"analysable", analysable}, {"reason", reason}});
  }
  json["persons_on_both_sides"] = persons_on_both_sides(dataset, split);
  json["leaks"] = leaks_json(dataset, split, options.fit);
  json["results"] = Json::array();
  json["summary"] = Json::array();
  for (const auto population : populations_of(dataset)) {
    const auto rows = of_population(dataset, held.rows, population);
    std::vector<Judged> by_range;
    for (std::int32_t range = 0; range < std::int32_t(dataset.range_names.size()); ++range) {
      const auto own = of_range(dataset, rows, range);
      by_range.push_back(judged(dataset, own, held.values, held.decisions));
      json["results"].push_back(result_json(dataset, held, own, range, population, options, by_range.back()));
    }
    json["summary"].push_back(summary_json(dataset, held, rows, population, options, by_range));
  }
  json["notes"] = notes_json(dataset, held, options);
  return json;
}

}  // namespace

std::string reference_backend(std::size_t classes) {
  return classes == 0 ? "dlib/ridge_regression" : "dlib/logistic_regression";
}

std::vector<spec::Population> populations_of(const analysis::Dataset& dataset) {
  if (dataset.anonymous) return {spec::Population::all};
  return {spec::Population::enrolled, spec::Population::all};
}

BootstrapOptions stream_of(const EvaluationOptions& options, std::uint64_t stream) {
  auto result = options.bootstrap;
  result.seed = Random(options.fit.seed ^ (stream << 32)).next();
  result.threads = options.fit.threads;
  return result;
}

nlohmann::ordered_json intervals_json(const std::vector<Spread>& spreads) {
  Json json = Json::object();
  for (const auto& spread : spreads) {
    json[spread.metric] = std::isfinite(spread.low) ? Json::array({spread.low, spread.high}) : Json(nullptr);
  }
  return json;
}

HeldOut hold_out(const analysis::Dataset& dataset, const LearnerFor& learner, const EvaluationOptions& options,
                 Learner* reference) {
  const auto& wish = options.split;
  auto split = evaluation_split(dataset, {wish.test_share, wish.folds, options.fit.seed, options.fit.population, wish.split,
                                          wish.group, wish.purge});
  const auto id = reference_backend(dataset.classes.size());
  return hold_out(dataset, std::move(split), learner, options.fit,
                  {options.recency_column, reference, id.substr(id.find('/') + 1)});
}

nlohmann::ordered_json report(const analysis::Dataset& dataset, const HeldOut& held, const EvaluationOptions& options) {
  Json splits = Json::array();
  splits.push_back(split_json(dataset, held, options));
  return {{"model", options.model}, {"splits", std::move(splits)}};
}

}  // namespace auspex::learning
