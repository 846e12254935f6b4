#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "learning/training.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {

namespace {

constexpr const char* already_predicted = "already_predicted";  // a reason of analysis

Json to_json(const store::Prediction& prediction, Time as_of) {
  const auto time = [](Time t) { return t == no_time ? Json(nullptr) : Json(t); };
  return {{"analysable", prediction.analysable}, {"sample", prediction.sample}, {"range", prediction.range},
          {"start", time(prediction.start)},     {"end", time(prediction.end)}, {"prediction", prediction.prediction},
          {"score", prediction.score},           {"probability", prediction.probability},
          {"new", prediction.predicted_at == as_of}};
}

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
  std::string id;  // what its predictions are kept under
  spec::Model model;
  std::optional<learning::Artefact> artefact;
};

Predictor static_predictor(const spec::Model& model) {
  return {"static-" + sha256_of(spec::to_json(model).dump()), model, std::nullopt};
}

Predictor trained_predictor(Session::Parts& parts, const spec::Model& named, const ModelOptions& options) {
  const auto training = parts.store().training(named.id);
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
  require_components(parts.registry(), model, artefact.provenance.plugins);
  if (options.compatibility && named.compatibility != model.compatibility) {
    const auto spoken = [](const std::string& version) { return version.empty() ? "without" : "with Moodle " + version + "'s"; };
    throw Error(Fault::configuration, fmt::format("the model {} was trained {} defects and is to predict {}", named.id,
                                                  spoken(model.compatibility), spoken(named.compatibility)),
                "train it again, or predict as it was trained");
  }
  return {training->artefact, std::move(model), std::move(artefact)};
}

// The decisions of a static model's target.
void add_decisions(const analysis::UnitResult& unit, Time as_of, std::vector<store::Prediction>& predictions) {
  for (const auto& range : unit.purposes.front().ranges) {
    for (std::size_t i = 0; i < range.samples.size(); ++i) {
      const auto decision = range.decisions[i];
      if (std::isnan(decision)) continue;
      predictions.push_back({unit.analysable.id, unit.samples[range.samples[i]].id, range.range.name, range.index, range.range.start,
                             range.range.end, decision, 1, decision, as_of});
    }
  }
}

// What the trained model says of each row; rows that it says nothing of are added to `without`.
void add_learnt(const analysis::Dataset& dataset, const learning::Artefact& artefact, const learning::Predictions& predicted, Time as_of,
                std::vector<store::Prediction>& predictions, Json& without) {
  for (std::size_t i = 0; i < dataset.rows.size(); ++i) {
    const auto& row = dataset.rows[i];
    const auto& analysable = dataset.analysables[row.analysable].id;
    const auto* values = predicted.values.data() + i * predicted.width;
    const bool belongs = learning::belongs(row, artefact.population);
    if (!belongs || std::isnan(values[0])) {
      const auto reason = belongs ? predicted.without_model.at(row.range) : "enrolment_ended";
      without.push_back({{"analysable", analysable}, {"sample", row.sample}, {"reason", reason}});
      continue;
    }
    store::Prediction prediction{analysable, row.sample, dataset.range_names[std::size_t(row.range)],
                                 row.range,  row.start,  row.end, values[0], 1, values[0], as_of};
    if (!dataset.classes.empty()) {
      const auto best = std::max_element(values, values + predicted.width) - values;
      prediction.prediction = dataset.classes[std::size_t(best)];
      prediction.score = values[best];
      prediction.probability = values[predicted.width - 1];
    }
    predictions.push_back(std::move(prediction));
  }
}

}  // namespace

Json Session::model_predict(const ModelOptions& options, bool again) {
  auto& parts = *parts_;
  const auto named = parts.model(options);
  const auto lock = parts.lock();
  auto store = parts.store();
  const bool is_static = parts.registry().target(named.target.id, named.target.parameters, named.compatibility).info().is_static;
  const auto predictor = is_static ? static_predictor(named) : trained_predictor(parts, named, options);
  const auto& model = predictor.model;
  auto request = parts.request(model);
  request.prediction = true;
  analysis::History history;
  if (!is_static) history.trained = store.trained_samples(model.id);
  history.first_analysis = store.first_analyses(model.id);
  for (const auto& prediction : store.predictions(model.id, predictor.id, parts.as_of)) {
    if (!again) history.predicted.insert({prediction.sample, prediction.range_index});
  }
  request.history = &history;

  analysis::DatasetBuilder builder(analysis::shape_of(request), !model.compatibility.empty());
  Account account;
  std::map<std::string, Time> first_analyses;
  std::vector<store::Prediction> predictions;
  const auto statistics = analysis::analyse(request, [&](analysis::UnitResult&& unit) {
    for (const auto& result : unit.purposes) {
      // What was predicted before is among the predictions, not left out: the output is the same however often this runs.
      if (result.left_out.id == already_predicted) continue;
      account.add(unit, result);
      if (!result.left_out) first_analyses[unit.analysable.id] = parts.as_of;
    }
    if (is_static) add_decisions(unit, parts.as_of, predictions);
    else builder.add(unit, analysis::Purpose::prediction);
  });
  Json without = std::move(account.samples);
  if (!is_static) {
    const auto& artefact = *predictor.artefact;
    const auto dataset = builder.finish(artefact.range_names.size() > 1 ? artefact.range_names.size() : 0);
    auto learner = learner_for(parts.registry(), model);
    add_learnt(dataset, artefact, learning::predict(artefact, *learner, dataset, parts.threads()), parts.as_of, predictions, without);
  }
  store.record_predictions(model.id, predictor.id, predictions, first_analyses);

  Json all = Json::array();
  for (const auto& prediction : store.predictions(model.id, predictor.id, parts.as_of)) {
    all.push_back(to_json(prediction, parts.as_of));
  }
  return {{"model", model.id},
          {"artefact", predictor.id},
          {"as_of", parts.as_of},
          {"predictions", all},
          {"left_out", account.left_out},
          {"samples_left_out", without},
          {"statistics", to_json(statistics)}};
}

}  // namespace auspex::runtime
