#include "learning/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/random.hpp"
#include "learning/baselines.hpp"
#include "learning/leaks.hpp"
#include "learning/metrics.hpp"

namespace auspex::learning {
namespace {

using Json = nlohmann::ordered_json;
constexpr double no_probability = std::numeric_limits<double>::quiet_NaN();

/// Probabilities of the positive class by row of the dataset; NaN where a row was not tested.
using Probabilities = std::vector<double>;

struct Predictor {
  std::string name;
  Probabilities probabilities;
};

/// What was predicted of the tested rows, by the model and by each baseline.
struct HeldOut {
  Rows rows;
  Probabilities model;
  std::vector<Predictor> baselines;
  std::map<std::int32_t, std::string> without_model;  // why, by range
};

void place(Probabilities& into, const Rows& rows, const std::vector<double>& values, std::size_t width) {
  for (std::size_t i = 0; i < rows.size(); ++i) into[rows[i]] = values[i * width + width - 1];
}

Rows of_population(const analysis::Dataset& dataset, const Rows& rows, spec::Population population) {
  Rows result;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(result),
               [&](auto row) { return belongs(dataset.rows[row], population); });
  return result;
}

HeldOut predict_held_out(const analysis::Dataset& dataset, const Split& split, Learner& learner, Learner* reference,
                         const EvaluationOptions& options) {
  const Probabilities blank(dataset.rows.size(), no_probability);
  HeldOut held{{}, blank, {{"prior", blank}}, {}};
  const auto recency = column_values(dataset, options.recency_column);
  if (!recency.empty()) held.baselines.push_back({"days_since_last_activity", blank});
  if (reference != nullptr) held.baselines.push_back({"logistic_regression", blank});

  for (const auto& fold : split.folds) {
    const auto train = of_population(dataset, fold.train_rows, options.fit.population);
    if (train.empty()) continue;
    const auto judge = [&](Learner& by, Probabilities& into) {
      const auto fitted = fit(dataset, train, by, options.fit);
      place(into, fold.test_rows, predict(fitted, dataset, fold.test_rows, by, options.fit.threads), 2);
      return fitted;
    };
    held.rows.insert(held.rows.end(), fold.test_rows.begin(), fold.test_rows.end());
    held.without_model.merge(judge(learner, held.model).without);
    for (auto& [name, into] : held.baselines) {
      if (name == "prior") place(into, fold.test_rows, prior_baseline(dataset, train, fold.test_rows), 1);
      else if (name == "logistic_regression") judge(*reference, into);
      else place(into, fold.test_rows, column_baseline(dataset, recency, train, fold.test_rows), 1);
    }
  }
  std::sort(held.rows.begin(), held.rows.end());
  return held;
}

/// Some tested rows with what happened.
struct Judged {
  std::vector<double> labels;
  std::vector<double> probabilities;
  std::vector<std::int64_t> groups;
};

Judged judged(const analysis::Dataset& dataset, const Rows& rows, const Probabilities& probabilities) {
  Judged result;
  for (const auto row : rows) {
    if (std::isnan(probabilities[row])) continue;
    result.labels.push_back(label_of(dataset, row));
    result.probabilities.push_back(probabilities[row]);
    result.groups.push_back(dataset.rows[row].group);
  }
  return result;
}

Scores scores_of(const analysis::Dataset& dataset, const Rows& rows, const Probabilities& probabilities) {
  const auto selected = judged(dataset, rows, probabilities);
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
  const auto selected = judged(dataset, rows, held.model);
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
  for (const auto& [name, probabilities] : held.baselines) {
    json["baselines"][name] = to_json(all_metrics(scores_of(dataset, rows, probabilities)));
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
double score_deviation(const analysis::Dataset& dataset, const Split& split, const HeldOut& held, const Rows& rows,
                       spec::Population population, const EvaluationOptions& options) {
  if (split.folds.size() == 1) {
    const auto stream = std::uint64_t(population == spec::Population::all ? 0x7fffffff : 0x7ffffffe);
    for (const auto& spread : spreads(judged(dataset, rows, held.model), options, stream)) {
      if (spread.metric == "f1_weighted") return spread.deviation;
    }
    return no_probability;
  }
  std::vector<double> values;
  for (const auto& fold : split.folds) {
    const auto value = f1_weighted(scores_of(dataset, of_population(dataset, fold.test_rows, population), held.model));
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

Json split_json(const analysis::Dataset& dataset, const Split& split, Learner& learner, Learner* reference,
                const EvaluationOptions& options) {
  const auto held = predict_held_out(dataset, split, learner, reference, options);
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
      Rows own;
      std::copy_if(rows.begin(), rows.end(), std::back_inserter(own),
                   [&](auto row) { return dataset.rows[row].range == range; });
      json["results"].push_back(result_json(dataset, held, own, range, population, options, by_range.emplace_back()));
    }
    const double score = f1_weighted(scores_of(dataset, rows, held.model));
    const double deviation = score_deviation(dataset, split, held, rows, population, options);
    json["summary"].push_back({{"population", population_name(population)},
                               {"n", rows.size()},
                               {"positives", positives_among(dataset, rows)},
                               {"mean", mean_json(by_range)},
                               {"score", number_or_null(score)},
                               {"deviation", number_or_null(deviation)},
                               {"reaches_min_score", std::isfinite(score) && score >= options.min_score}});
  }

  json["notes"] = Json::array();
  const bool has_recency = std::any_of(held.baselines.begin(), held.baselines.end(),
                                       [](const auto& b) { return b.name == "days_since_last_activity"; });
  if (!has_recency) {
    json["notes"].push_back(fmt::format("no baseline 'days_since_last_activity': '{}' is not installed, or does not suit the samples",
                                        options.recency_column));
  }
  if (reference == nullptr && learner.id() != "dlib/logistic_regression") {
    json["notes"].push_back("no baseline 'logistic_regression': 'dlib/logistic_regression' is not installed");
  }
  return json;
}

}  // namespace

nlohmann::ordered_json evaluate(const analysis::Dataset& dataset, Learner& learner, const EvaluationOptions& options,
                                Learner* reference) {
  if (dataset.classes.size() != 2) {
    throw Error(Fault::configuration,
                dataset.classes.empty()
                    ? std::string("evaluation needs a target of two classes; this one is linear")
                    : fmt::format("evaluation needs a target of two classes; this one has {}", dataset.classes.size()));
  }
  const auto split = evaluation_split(
      dataset, {options.test_share, options.folds, options.fit.seed, options.fit.population});
  Json splits = Json::array();
  splits.push_back(split_json(dataset, split, learner, reference, options));
  return {{"model", options.model}, {"splits", std::move(splits)}};
}

}  // namespace auspex::learning
