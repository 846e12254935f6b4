#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "learning/drift.hpp"
#include "learning/training.hpp"
#include "runtime/bookkeeping.hpp"
#include "runtime/models.hpp"
#include "runtime/reasons.hpp"

namespace auspex::runtime {

namespace {

constexpr const char* already_predicted = "already_predicted";  // a reason of analysis

// What was trained needs the components that it was trained with.
void require_components(const plugin::Registry& registry, const spec::Model& model, const Json& plugins) {
  std::vector<std::pair<std::string, Kind>> needed{{model.target.id, Kind::target}};
  if (model.time_splitting) needed.emplace_back(model.time_splitting->id, Kind::time_splitter);
  for (const auto& indicator : model.indicators) needed.emplace_back(indicator.id, Kind::indicator);
  if (model.backend) needed.emplace_back(model.backend->id, Kind::ml_backend);
  std::vector<Problem> problems;
  for (const auto& [id, kind] : needed) {
    auto problem = registry.why_not(id, kind);
    if (problem.message.empty()) continue;
    const auto plugin = id.substr(0, id.find('/'));
    problem.message = fmt::format("the trained model {}: {}", model.id, problem.message);
    problem.hint = plugins.contains(plugin)
                       ? fmt::format("it was trained with the plugin {} {}: install that, or train the model again", plugin,
                                     plugins.value(plugin, ""))
                       : "it was trained with a file of indicators/: bring that back, or train the model again";
    problems.push_back(std::move(problem));
  }
  if (!problems.empty()) throw Error(Fault::plugin, std::move(problems));
}

// What predicts: a training's artefact, or the target of a static model alone.
struct Predictor {
  std::string version;            // of the model: what predictions are kept and shown under
  std::string id;                 // of the artefact; of a static model the version
  spec::Model model;
  std::optional<learning::Artefact> artefact;
  std::vector<Problem> warnings;  // where the model's file says something else by now
};

Predictor static_predictor(const spec::Model& model) {
  const auto version = version_of(model);
  return {version, version, model, std::nullopt, {}};
}

Predictor trained_predictor(Session::Parts& parts, const store::Store& store, const spec::Model& named,
                            const ModelOptions& options) {
  const auto training = store.training(named.id);
  if (!training) {
    throw Error(Fault::found, fmt::format("the model {} is not trained in this workspace", named.id),
                fmt::format("train it with: auspex model train {}", options.model));
  }
  if (training->as_of > parts.as_of) {
    throw Error(Fault::found,
                fmt::format("the model {} was trained at {}, later than as-of {}: it knows what was not known then", named.id,
                            time_text(training->as_of), time_text(parts.as_of)),
                "train it again with this --as-of");
  }
  auto artefact = learning::Artefact::load(parts.artefact_folder(training->artefact), training->artefact);
  // What was trained is what predicts, whatever the file says by now.
  auto model = spec::from_json(artefact.provenance.spec);
  auto warnings = changes_since_training(named, model);
  if (parts.options.strict && !warnings.empty()) throw Error(Fault::configuration, std::move(warnings));
  require_components(parts.registry(), model, artefact.provenance.plugins);
  if (options.compatibility && named.compatibility != model.compatibility) {
    const auto spoken = [](const std::string& version) { return version.empty() ? "without" : "with Moodle " + version + "'s"; };
    throw Error(Fault::configuration, fmt::format("the model {} was trained {} defects and is to predict {}", named.id,
                                                  spoken(model.compatibility), spoken(named.compatibility)),
                "train it again, or predict as it was trained");
  }
  return {training->version, training->artefact, std::move(model), std::move(artefact), std::move(warnings)};
}

// What need not be looked at again.
analysis::History history_of(const store::Store& store, const Predictor& predictor, Time as_of, bool again) {
  const auto& model = predictor.model.id;
  auto history = analyses_of(store, model, analysis::Purpose::prediction, as_of);
  if (predictor.artefact) {
    for (const auto& [sample, since] : store.trained_samples(model)) history.trained.insert(sample);
  }
  if (again) return history;
  const auto add = [&](const auto& kept) {
    for (const auto& each : kept) history.predicted.insert({each.sample, each.range_index});
  };
  add(store.predictions(model, predictor.version, as_of));
  add(store.unpredicted(model, predictor.id, as_of));
  return history;
}

// What one run adds to what is kept.
struct Found {
  std::vector<store::Prediction> predictions;
  std::vector<store::Unpredicted> unpredicted;
};

// Samples that are left out of one range only.
void add_left_out(const analysis::UnitResult& unit, const analysis::PurposeResult& result, Time as_of, Found& found) {
  for (const auto& out : result.left_out_samples) {
    const auto of_range = [&](const auto& range) { return range.index == out.range; };
    const auto range = std::find_if(result.ranges.begin(), result.ranges.end(), of_range);
    if (range == result.ranges.end()) continue;
    found.unpredicted.push_back(
        {unit.analysable.id, unit.samples[out.sample].id, range->range.name, range->index, out.reason, as_of});
  }
}

// The decisions of a static model's target.
void add_decisions(const analysis::UnitResult& unit, const Predictor& predictor, Time as_of, Found& found) {
  for (const auto& range : unit.purposes.front().ranges) {
    for (std::size_t i = 0; i < range.samples.size(); ++i) {
      const auto decision = range.decisions[i];
      if (std::isnan(decision)) continue;
      found.predictions.push_back({unit.analysable.id, unit.samples[range.samples[i]].id, range.range.name, range.index,
                                   range.range.start, range.range.end, decision, 1, decision, as_of, predictor.id});
    }
  }
}

// What the trained model says of each row.
void add_learnt(const analysis::Dataset& dataset, const Predictor& predictor, const learning::Predictions& predicted,
                const Explainer& explainer, Time as_of, Found& found) {
  for (std::size_t i = 0; i < dataset.rows.size(); ++i) {
    const auto& row = dataset.rows[i];
    const auto& analysable = dataset.analysables[row.analysable].id;
    const auto& range = dataset.range_names[std::size_t(row.range)];
    const auto* values = predicted.values.data() + i * predicted.width;
    const bool belongs = learning::belongs(row, predictor.artefact->population);
    if (!belongs || std::isnan(values[0])) {
      const auto reason = belongs ? predicted.without_model.at(row.range) : "enrolment_ended";
      found.unpredicted.push_back({analysable, row.sample, range, row.range, reason, as_of});
      continue;
    }
    store::Prediction prediction{analysable, row.sample, range,     row.range, row.start,   row.end,
                                 values[0],  1,          values[0], as_of,     predictor.id};
    if (!dataset.classes.empty()) {
      const auto best = predictor.artefact->fitted.decide(row.range, {values, predicted.width});
      prediction.prediction = dataset.classes[best];
      prediction.score = values[best];
      prediction.probability = values[predicted.width - 1];
    }
    prediction.reasons = explainer.kept(i);
    found.predictions.push_back(std::move(prediction));
  }
}

Json prediction_json(const store::Prediction& prediction, const ReasonWords& words, Time as_of) {
  const auto time = [](Time t) { return t == no_time ? Json(nullptr) : Json(t); };
  return {{"analysable", prediction.analysable}, {"sample", prediction.sample}, {"range", prediction.range},
          {"start", time(prediction.start)},     {"end", time(prediction.end)}, {"prediction", prediction.prediction},
          {"score", prediction.score},           {"probability", prediction.probability},
          {"new", prediction.predicted_at == as_of},             {"reasons", words.tell(prediction.reasons)}};
}

// All that the workspace holds at as-of.
Json kept_json(const store::Store& store, const Predictor& predictor, const ReasonWords& words, Time as_of, Account account,
               const analysis::Statistics& statistics) {
  const auto& model = predictor.model.id;
  Json predictions = Json::array(), warnings = Json::array();
  std::int64_t earlier = 0;
  for (const auto& prediction : store.predictions(model, predictor.version, as_of)) {
    predictions.push_back(prediction_json(prediction, words, as_of));
    earlier += prediction.artefact != predictor.id ? 1 : 0;
  }
  for (const auto& each : store.unpredicted(model, predictor.id, as_of)) {
    account.samples.push_back(
        {{"analysable", each.analysable}, {"sample", each.sample}, {"range", each.range}, {"reason", each.reason}});
  }
  for (const auto& warning : predictor.warnings) warnings.push_back(warning.text());
  const auto drift = store.drift(model, predictor.id, as_of);
  return {{"model", model},
          {"artefact", predictor.id},
          {"as_of", as_of},
          {"warnings", std::move(warnings)},
          {"predictions", std::move(predictions)},
          {"by_earlier_training", earlier},
          {"drift", drift.empty() ? Json::array() : Json::parse(drift)},
          {"left_out", std::move(account.left_out)},
          {"samples_left_out", std::move(account.samples)},
          {"statistics", to_json(statistics)}};
}

}  // namespace

Json Session::model_predict(const ModelOptions& options, bool again) {
  auto& parts = *parts_;
  const auto named = parts.model(options);
  const auto lock = parts.lock_model(named.id);
  auto store = parts.store();
  refuse_disabled(store, named.id);
  const auto target = parts.registry().target(named.target.id, named.target.parameters, named.compatibility);
  const bool is_static = target.info().is_static;
  const auto predictor = is_static ? static_predictor(named) : trained_predictor(parts, store, named, options);
  const auto& model = predictor.model;
  const auto history = history_of(store, predictor, parts.as_of, again);
  auto request = parts.request(model);
  request.prediction = true;
  request.history = &history;

  const auto shape = analysis::shape_of(request);
  analysis::DatasetBuilder builder(shape, !model.compatibility.empty());
  Typical typical;
  Account account;
  account.of_ranges = false;  // those are kept, and shown with what was kept before
  Found found;
  store::Analysed analysed{purpose_name(analysis::Purpose::prediction), parts.as_of, {}};
  Json failed = Json::array();
  const auto statistics = analysis::analyse(request, [&](analysis::UnitResult&& unit) {
    add_failure(failed, unit);
    // What failed is looked at again the next time, as if for the first.
    if (unit.failure.empty()) analysed.analysables.insert(unit.analysable.id);
    for (const auto& result : unit.purposes) {
      // What was predicted before is among the predictions, not left out: the output is the same however often this runs.
      if (result.left_out.id == already_predicted) account.add_samples(unit, result);
      else account.add(unit, result);
      add_left_out(unit, result, parts.as_of, found);
    }
    if (is_static) add_decisions(unit, predictor, parts.as_of, found);
    else {
      builder.add(unit, analysis::Purpose::prediction);
      add_typical(unit, typical);
    }
  });
  if (!is_static) {
    const auto& artefact = *predictor.artefact;
    const auto dataset = builder.finish(artefact.range_names.size() > 1 ? artefact.range_names.size() : 0);
    const auto& search = artefact.provenance.search;
    const auto chosen = search.is_null() ? nlohmann::json::object() : nlohmann::json(search.at("parameters"));
    auto learner = learner_for(parts.registry(), model, chosen);
    const auto predicted = learning::predict(artefact, *learner, dataset, parts.threads());
    const Explainer explainer(artefact, dataset, shape, *learner, typical, parts.threads());
    add_learnt(dataset, predictor, predicted, explainer, parts.as_of, found);
    learning::Rows rows;
    for (std::size_t i = 0; i < dataset.rows.size(); ++i) {
      if (learning::belongs(dataset.rows[i], artefact.population)) rows.push_back(i);
    }
    const auto drift = learning::drift(artefact.baseline, dataset, rows);
    if (!drift.empty()) store.record_drift(model.id, predictor.id, parts.as_of, drift.dump());
  }
  store.record_predictions(model.id, predictor.version, predictor.id, found.predictions, found.unpredicted, analysed);
  auto result = kept_json(store, predictor, ReasonWords(parts.registry(), model, shape), parts.as_of, std::move(account), statistics);
  put_failures(result, std::move(failed));
  return result;
}

}  // namespace auspex::runtime
