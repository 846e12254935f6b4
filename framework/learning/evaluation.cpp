#include "learning/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/random.hpp"
#include "learning/leaks.hpp"
#include "learning/metrics.hpp"

namespace auspex::learning {
namespace {

using Json = nlohmann::ordered_json;
constexpr double not_defined = std::numeric_limits<double>::quiet_NaN();

/// Some tested rows with what happened; those without a prediction are left out.
struct Judged {
  std::vector<double> labels;
  std::vector<double> probabilities;
  std::vector<std::int64_t> groups;
};

Judged judged(const analysis::Dataset& dataset, const Rows& rows, const std::vector<double>& values) {
  Judged result;
  for (const auto row : rows) {
    const double probability = values[row * 2 + 1];
    if (std::isnan(probability)) continue;
    result.labels.push_back(label_of(dataset, row));
    result.probabilities.push_back(probability);
    result.groups.push_back(dataset.rows[row].group);
  }
  return result;
}

Scores scores_of(const analysis::Dataset& dataset, const Rows& rows, const std::vector<double>& values) {
  const auto selected = judged(dataset, rows, values);
  return Scores(selected.labels, selected.probabilities);
}

std::size_t positives_among(const analysis::Dataset& dataset, const Rows& rows) {
  return std::size_t(std::count_if(rows.begin(), rows.end(), [&](auto row) { return label_of(dataset, row) == 1; }));
}

std::vector<Spread> spreads(const Judged& selected, const EvaluationOptions& options, std::uint64_t stream) {
  auto bootstrap_options = options.bootstrap;
  bootstrap_options.seed = Random(options.fit.seed ^ (stream << 32)).next();
  bootstrap_options.threads = options.fit.threads;
  return bootstrap(Scores(selected.labels, selected.probabilities), selected.groups, bootstrap_options);
}

Json result_json(const analysis::Dataset& dataset, const HeldOut& held, const Rows& rows, std::int32_t range,
                 spec::Population population, const EvaluationOptions& options, Metrics& metrics) {
  const auto selected = judged(dataset, rows, held.values);
  metrics = all_metrics(Scores(selected.labels, selected.probabilities));
  Json json{{"range", dataset.range_names[std::size_t(range)]},
            {"population", population_name(population)},
            {"n", rows.size()},
            {"positives", positives_among(dataset, rows)}};
  for (const auto key : {range, all_ranges}) {
    if (const auto found = held.without_model.find(key); found != held.without_model.end()) json["reason"] = found->second;
  }
  if (selected.labels.size() < rows.size()) json["not_predicted"] = rows.size() - selected.labels.size();
  json["metrics"] = to_json(metrics);
  json["intervals"] = Json::object();
  const auto stream = std::uint64_t(range) * 2 + (population == spec::Population::all ? 1 : 0);
  for (const auto& spread : spreads(selected, options, stream)) {
    const bool known = std::isfinite(spread.low);
    json["intervals"][spread.metric] = known ? Json::array({spread.low, spread.high}) : Json(nullptr);
  }
  json["baselines"] = Json::object();
  for (const auto& [name, values] : held.baselines) {
    json["baselines"][name] = to_json(all_metrics(scores_of(dataset, rows, values)));
  }
  return json;
}

/// Means over the ranges where the metric is defined.
Json mean_json(const std::vector<Metrics>& by_range) {
  Json json = Json::object();
  for (std::size_t m = 0; !by_range.empty() && m < by_range.front().size(); ++m) {
    double sum = 0;
    std::size_t count = 0;
    for (const auto& metrics : by_range) {
      if (!std::isfinite(metrics[m].second)) continue;
      sum += metrics[m].second;
      ++count;
    }
    json[by_range.front()[m].first] = count > 0 ? Json(sum / double(count)) : Json(nullptr);
  }
  return json;
}

/// Sample standard deviation of the weighted F1 over the folds, or by bootstrap where there is one fold.
double score_deviation(const analysis::Dataset& dataset, const HeldOut& held, const Rows& rows,
                       spec::Population population, const EvaluationOptions& options) {
  if (held.split.folds.size() == 1) {
    const auto stream = std::uint64_t(population == spec::Population::all ? 0x7fffffff : 0x7ffffffe);
    for (const auto& spread : spreads(judged(dataset, rows, held.values), options, stream)) {
      if (spread.metric == "f1_weighted") return spread.deviation;
    }
    return not_defined;
  }
  std::vector<double> values;
  for (const auto& fold : held.split.folds) {
    const auto value = f1_weighted(scores_of(dataset, of_population(dataset, fold.test_rows, population), held.values));
    if (std::isfinite(value)) values.push_back(value);
  }
  return sample_deviation(values);
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

Json leaks_json(const analysis::Dataset& dataset, const Split& split, spec::Population population) {
  // Folds share their training rows but for a fifth: the first stands for all.
  Json json = Json::array();
  for (const auto& leak : leaking_columns(dataset, of_population(dataset, split.folds.front().train_rows, population))) {
    json.push_back({{"column", leak.column}, {"roc_auc", leak.roc_auc}});
  }
  return json;
}

Json split_json(const analysis::Dataset& dataset, const HeldOut& held, const EvaluationOptions& options) {
  const auto& split = held.split;
  Json json{{"kind", split.kind}};
  if (!split.note.empty()) json["note"] = split.note;
  json["train"] = split.train;
  json["test"] = split.test;
  json["left_out"] = Json::array();
  for (const auto& [analysable, reason] : split.left_out) {
    json["left_out"].push_back({{"analysable", analysable}, {"reason", reason}});
  }
  json["persons_on_both_sides"] = persons_on_both_sides(dataset, split);
  json["leaks"] = leaks_json(dataset, split, options.fit.population);
  json["results"] = Json::array();
  json["summary"] = Json::array();

  for (const auto population : {spec::Population::enrolled, spec::Population::all}) {
    if (dataset.anonymous && population == spec::Population::enrolled) continue;
    const auto rows = of_population(dataset, held.rows, population);
    std::vector<Metrics> by_range;
    for (std::int32_t range = 0; range < std::int32_t(dataset.range_names.size()); ++range) {
      json["results"].push_back(result_json(dataset, held, of_range(dataset, rows, range), range, population, options,
                                            by_range.emplace_back()));
    }
    const double score = f1_weighted(scores_of(dataset, rows, held.values));
    const double deviation = score_deviation(dataset, held, rows, population, options);
    json["summary"].push_back({{"population", population_name(population)},
                               {"n", rows.size()},
                               {"positives", positives_among(dataset, rows)},
                               {"mean", mean_json(by_range)},
                               {"score", number_or_null(score)},
                               {"deviation", number_or_null(deviation)},
                               {"reaches_min_score", std::isfinite(score) && score >= options.min_score}});
  }

  json["notes"] = Json::array();
  const auto has = [&](const std::string& name) {
    return std::any_of(held.baselines.begin(), held.baselines.end(), [&](const auto& b) { return b.name == name; });
  };
  if (!has("days_since_last_activity")) {
    json["notes"].push_back(fmt::format("no baseline 'days_since_last_activity': '{}' is not installed, or does not suit the samples",
                                        options.recency_column));
  }
  if (!has("logistic_regression") && options.backend != "dlib/logistic_regression") {
    json["notes"].push_back("no baseline 'logistic_regression': 'dlib/logistic_regression' is not installed");
  }
  return json;
}

void require_two_classes(const analysis::Dataset& dataset) {
  if (dataset.classes.size() == 2) return;
  throw Error(Fault::configuration,
              dataset.classes.empty()
                  ? std::string("evaluation needs a target of two classes; this one is linear")
                  : fmt::format("evaluation needs a target of two classes; this one has {}", dataset.classes.size()));
}

}  // namespace

HeldOut hold_out(const analysis::Dataset& dataset, Learner& learner, const EvaluationOptions& options, Learner* reference) {
  require_two_classes(dataset);
  auto split = evaluation_split(dataset, {options.test_share, options.folds, options.fit.seed, options.fit.population});
  return hold_out(dataset, std::move(split), learner, options.fit, {options.recency_column, reference});
}

nlohmann::ordered_json report(const analysis::Dataset& dataset, const HeldOut& held, const EvaluationOptions& options) {
  Json splits = Json::array();
  splits.push_back(split_json(dataset, held, options));
  return {{"model", options.model}, {"splits", std::move(splits)}};
}

}  // namespace auspex::learning
