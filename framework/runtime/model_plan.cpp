#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "learning/artefact.hpp"
#include "learning/drift.hpp"
#include "learning/leaks.hpp"
#include "runtime/bookkeeping.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

Json plan_of(const analysis::UnitResult& unit, const analysis::PurposeResult& result, const analysis::Shape& shape) {
  Json samples_out = Json::object();
  for (const auto& out : result.left_out_samples) {
    samples_out[out.reason] = samples_out.value(out.reason, 0) + 1;
  }
  Json ranges = Json::array();
  for (const auto& range : result.ranges) {
    Json entry{{"range", range.range.name},
               {"start", range.range.start},
               {"end", range.range.end},
               {"samples", range.samples.size()},
               {"enrolled", std::count(range.enrolled.begin(), range.enrolled.end(), 1)}};
    if (!result.labels.empty()) {
      Json labels = Json::object();
      for (const auto value : shape.target.classes) {
        labels[number_text(value)] = std::count_if(range.samples.begin(), range.samples.end(),
                                                   [&](std::size_t sample) { return result.labels[sample] == value; });
      }
      entry["labels"] = labels;
    }
    ranges.push_back(std::move(entry));
  }
  return {{"analysable", unit.analysable.id}, {"events", unit.events},         {"samples", unit.samples.size()},
          {"samples_left_out", samples_out},  {"ranges", std::move(ranges)}};
}

}  // namespace

Json Session::model_check(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  const auto& registry = parts.registry();
  // Components may refuse values that their schema allows.
  const auto target = registry.target(model.target.id, model.target.parameters, model.compatibility);
  if (model.time_splitting) {
    (void)registry.time_splitter(model.time_splitting->id, model.time_splitting->parameters, model.compatibility);
  }
  for (const auto& indicator : model.indicators) {
    if (registry.is_definition(indicator.id)) continue;  // all of it was checked with the file
    (void)registry.indicator(indicator.id, indicator.parameters, model.compatibility);
  }
  if (model.backend) (void)registry.backend(model.backend->id, model.backend->parameters, model.compatibility);
  Json files = Json::array(), indicators = Json::array(), warnings = Json::array();
  for (const auto& file : model.files) files.push_back(file.string());
  for (const auto& indicator : model.indicators) indicators.push_back(indicator.column.empty() ? indicator.id : indicator.column);
  for (const auto& warning : model.warnings) warnings.push_back(warning.text());
  if (parts.settings && fs::exists(parts.root() / "state.db")) {
    if (const auto training = parts.store().training(model.id)) {
      const auto artefact = learning::Artefact::load(parts.artefact_folder(training->artefact), training->artefact);
      auto differences = changes_since_training(model, spec::from_json(artefact.provenance.spec));
      for (const auto& difference : differences) warnings.push_back(difference.text());
      if (parts.options.strict && !differences.empty()) throw Error(Fault::configuration, std::move(differences));
    }
  }
  return {{"model", model.id}, {"files", files}, {"target", target.id()}, {"indicators", indicators}, {"warnings", warnings}};
}

Json Session::model_plan(const ModelOptions& options, bool quick) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  auto request = parts.request(model);
  request.training = request.prediction = true;
  const auto shape = analysis::shape_of(request);
  request.calculate = !quick && !shape.target.is_static;
  request.outcomes = request.calculate;
  const bool moodle = !model.compatibility.empty();
  analysis::DatasetBuilder training(shape, moodle), prediction(shape, moodle);
  std::map<std::string, Json> purposes;
  for (const char* name : {"training", "prediction"}) {
    purposes[name] = {{"analysables", Json::array()}, {"left_out", Json::array()}};
  }
  Json failed = Json::array();
  const auto statistics = analysis::analyse(request, [&](analysis::UnitResult&& unit) {
    add_failure(failed, unit);
    if (request.calculate) {
      training.add(unit, analysis::Purpose::training);
      prediction.add(unit, analysis::Purpose::prediction);
    }
    for (const auto& result : unit.purposes) {
      auto& purpose = purposes[purpose_name(result.purpose)];
      if (result.left_out) {
        auto entry = to_json(result.left_out);
        purpose["left_out"].push_back({{"analysable", unit.analysable.id}, {"reason", entry["reason"]}, {"arguments", entry["arguments"]}});
      } else {
        purpose["analysables"].push_back(plan_of(unit, result, shape));
      }
    }
  });
  Json always = Json::array();
  for (const auto& [component, table] : shape.always_known) always.push_back({{"component", component}, {"table", table}});
  Json plan{{"model", model.id},
            {"as_of", parts.as_of},
            {"training", purposes["training"]},
            {"prediction", purposes["prediction"]},
            {"without_history", always},
            {"events", statistics.events}};
  put_failures(plan, std::move(failed));
  if (!request.calculate) return plan;
  const auto trained = training.finish();
  const auto predicted = prediction.finish(trained.range_names.size() > 1 ? trained.range_names.size() : 0);
  const auto rows_of = [&](const analysis::Dataset& dataset, bool labelled) {
    learning::Rows rows;
    for (std::size_t i = 0; i < dataset.rows.size(); ++i) {
      const auto& row = dataset.rows[i];
      if (learning::belongs(row, model.training.population) && (!labelled || learning::has_label(row))) rows.push_back(i);
    }
    return rows;
  };
  const auto rows = rows_of(trained, true);
  plan["leaks"] = learning::to_json(learning::find_leaks(trained, rows, {model.training.seed, nullptr, &predicted}));
  plan["drift"] = learning::drift(learning::drift_baseline(trained, rows), predicted, rows_of(predicted, false));
  refuse_leaks(parts, plan["leaks"]);
  return plan;
}

}  // namespace auspex::runtime
