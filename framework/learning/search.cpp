#include "learning/search.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/random.hpp"
#include "learning/held_out.hpp"
#include "learning/judged.hpp"

namespace auspex::learning {
namespace {

/// Of two that differ in it, the lower is better.
bool is_loss(const std::string& metric) {
  static const std::set<std::string> losses{"brier", "log_loss", "mae", "rmse"};
  return losses.contains(metric);
}

std::string metric_of(const analysis::Dataset& dataset, const spec::Search& search) {
  if (search.metric.empty()) return dataset.classes.empty() ? "rmse" : "roc_auc";
  Judged none;
  none.classes = dataset.classes.size();
  std::vector<std::string> names;
  for (const auto& [name, value] : metrics_of(none, {})) names.push_back(name);
  if (std::find(names.begin(), names.end(), search.metric) == names.end()) {
    throw Error(Fault::configuration, fmt::format("the metric '{}' of [search] is none of this kind of target", search.metric),
                fmt::format("choose one of {}", fmt::join(names, ", ")));
  }
  return search.metric;
}

std::optional<double> score_of(const analysis::Dataset& dataset, const Split& folds, Learner& learner,
                               const FitOptions& options, const std::string& name) {
  const auto held = hold_out(dataset, folds, learner, options, {.recency_column = ""});
  const auto rows = of_population(dataset, held.rows, options.population);
  double sum = 0, count = 0;
  for (std::int32_t range = 0; range < std::int32_t(dataset.range_names.size()); ++range) {
    const auto value = metric(metrics_of(judged(dataset, of_range(dataset, rows, range), held.values), {}), name);
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? std::optional(sum / count) : std::nullopt;
}

}  // namespace

nlohmann::ordered_json Chosen::json() const {
  using Json = nlohmann::ordered_json;
  const auto score = [](const Trial& trial) { return trial.score ? Json(*trial.score) : Json(nullptr); };
  Json list = Json::array(), best(nullptr);
  for (const auto& trial : trials) {
    list.push_back({{"parameters", trial.parameters}, {"score", score(trial)}});
    if (best.is_null() && trial.parameters == parameters) best = score(trial);
  }
  return {{"parameters", parameters}, {"metric", metric}, {"score", best}, {"trials", std::move(list)},
          {"ran_out_of_time", ran_out_of_time}};
}

Chosen choose_parameters(const analysis::Dataset& dataset, const Rows& rows, const MakeLearner& make,
                         const std::vector<Dimension>& space, const FitOptions& options, const spec::Search& search,
                         TrialLog& log) {
  Chosen chosen;
  chosen.metric = metric_of(dataset, search);
  auto plain = options;
  plain.decision = {};
  Split folds;
  folds.folds = grouped_folds(dataset, of_population(dataset, rows, options.population), search.folds, options.seed);
  const auto begin = std::chrono::steady_clock::now();
  const auto proposals = proposer(search.method, space, search.trials, Random(options.seed).next());
  double best = -std::numeric_limits<double>::infinity();
  const auto try_out = [&](const nlohmann::json& parameters) {
    auto trial = log.find(parameters);
    if (!trial) {
      trial = Trial{parameters, score_of(dataset, folds, *make(parameters), plain, chosen.metric)};
      log.add(*trial);
    }
    const double worth = trial->score ? (is_loss(chosen.metric) ? -*trial->score : *trial->score)
                                      : -std::numeric_limits<double>::infinity();
    if (worth > best) {
      best = worth;
      chosen.parameters = parameters;
    }
    chosen.trials.push_back(std::move(*trial));
    return worth;
  };
  (void)try_out(nlohmann::json::object());
  while (chosen.trials.size() < search.trials + 1) {
    const auto point = proposals->next();
    if (!point) break;
    auto parameters = nlohmann::json::object();
    for (std::size_t d = 0; d < space.size(); ++d) parameters[space[d].name] = space[d].at((*point)[d]);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    if (search.seconds > 0 && spent.count() >= search.seconds && !log.find(parameters)) {
      chosen.ran_out_of_time = true;
      break;
    }
    proposals->tell(try_out(parameters));
  }
  return chosen;
}

}  // namespace auspex::learning
