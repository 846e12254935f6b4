#include <algorithm>
#include <cmath>

#include <fmt/format.h>

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
    problem.hint = fmt::format("it was trained with the plugin {} {}: install that, or train the model again", plugin,
                               plugins.value(plugin, ""));
    problems.push_back(std::move(problem));
  }
  if (!problems.empty()) throw Error(Fault::plugin, std::move(problems));
}

}  // namespace

Json Session::model_predict(const ModelOptions& options, bool again) {
  auto& parts = *parts_;
  const auto named = parts.model(options);
  const auto lock = parts.lock();
  auto store = parts.store();
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
  const auto artefact = learning::Artefact::load(parts.artefact_folder(training->artefact), training->artefact);
  // What was trained is what predicts, whatever the file says by now.
  auto model = spec::from_json(artefact.provenance.spec);
  require_components(parts.registry(), model, artefact.provenance.plugins);
  auto request = parts.request(model);
  request.prediction = true;
  const auto shape = analysis::shape_of(request);
  analysis::History history;
  history.trained = store.trained_samples(model.id);
  history.first_analysis = store.first_analyses(model.id);
  for (const auto& prediction : store.predictions(model.id, training->artefact, parts.as_of)) {
    if (!again) history.predicted.insert({prediction.sample, prediction.range_index});
  }
  request.history = &history;

  analysis::DatasetBuilder builder(shape, !model.compatibility.empty());
  Account account;
  std::map<std::string, Time> first_analyses;
  const auto statistics = analysis::analyse(request, [&](analysis::UnitResult&& unit) {
    for (const auto& result : unit.purposes) {
      // What was predicted before is among the predictions, not left out: the output is the same however often this runs.
      if (result.left_out.id == already_predicted) continue;
      account.add(unit, result);
      if (!result.left_out) first_analyses[unit.analysable.id] = parts.as_of;
    }
    builder.add(unit, analysis::Purpose::prediction);
  });
  auto dataset = builder.finish(artefact.range_names.size() > 1 ? artefact.range_names.size() : 0);

  auto learner = learner_for(parts.registry(), model);
  const auto predicted = learning::predict(artefact, *learner, dataset, parts.threads());
  std::vector<store::Prediction> predictions;
  Json without = std::move(account.samples);
  for (std::size_t i = 0; i < dataset.rows.size(); ++i) {
    const auto& row = dataset.rows[i];
    const auto* values = predicted.values.data() + i * predicted.width;
    if (!learning::belongs(row, artefact.population)) {
      without.push_back({{"analysable", dataset.analysables[row.analysable].id},
                         {"sample", row.sample},
                         {"reason", "enrolment_ended"}});
      continue;
    }
    if (std::isnan(values[0])) {
      without.push_back({{"analysable", dataset.analysables[row.analysable].id},
                         {"sample", row.sample},
                         {"reason", predicted.without_model.at(row.range)}});
      continue;
    }
    store::Prediction prediction{dataset.analysables[row.analysable].id, row.sample, dataset.range_names[std::size_t(row.range)],
                                 row.range, row.start, row.end, values[0], 1, values[0], parts.as_of};
    if (!dataset.classes.empty()) {
      const auto best = std::max_element(values, values + predicted.width) - values;
      prediction.prediction = dataset.classes[std::size_t(best)];
      prediction.score = values[best];
      prediction.probability = values[predicted.width - 1];
    }
    predictions.push_back(std::move(prediction));
  }
  store.record_predictions(model.id, training->artefact, predictions, first_analyses);

  Json all = Json::array();
  for (const auto& prediction : store.predictions(model.id, training->artefact, parts.as_of)) {
    all.push_back(to_json(prediction, parts.as_of));
  }
  return {{"model", model.id},
          {"artefact", training->artefact},
          {"as_of", parts.as_of},
          {"predictions", all},
          {"left_out", account.left_out},
          {"samples_left_out", without},
          {"statistics", to_json(statistics)}};
}

}  // namespace auspex::runtime
