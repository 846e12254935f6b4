#include <algorithm>
#include <cmath>
#include <fstream>

#include <fmt/format.h>

#include "analysis/components.hpp"
#include "base/text.hpp"
#include "learning/evaluation.hpp"
#include "learning/training.hpp"
#include "runtime/parts.hpp"
#include "runtime/session.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

constexpr const char* reference_backend = "dlib/logistic_regression";
constexpr const char* already_predicted = "already_predicted";  // a reason of analysis

std::string purpose_name(analysis::Purpose purpose) {
  return purpose == analysis::Purpose::training ? "training" : "prediction";
}

const spec::Component& backend_of(const spec::Model& model) {
  if (!model.backend) {
    throw Error(Fault::configuration, fmt::format("the model {} has no backend", model.id), "add a [backend] section with an id");
  }
  return *model.backend;
}

std::unique_ptr<learning::Learner> learner_for(const plugin::Registry& registry, const spec::Model& model) {
  const auto& backend = backend_of(model);
  return learning::learner_of(registry.backend(backend.id, backend.parameters, model.compatibility));
}

learning::FitOptions fit_options(const spec::Model& model, int threads) {
  return {model.training.population, model.training.per_range, model.training.seed, threads, {}};
}

void refuse_static(const analysis::Shape& shape, const spec::Model& model, const char* what) {
  if (shape.target.is_static) {
    throw Error(Fault::configuration, fmt::format("the target {} decides from indicators alone: there is nothing to {}",
                                                  model.target.id, what));
  }
}

// What analysis says of an analysable, for one purpose.
struct Account {
  Json left_out = Json::array();
  Json samples = Json::array();  // left out, each with its reason
  std::int64_t used = 0;

  void add(const analysis::UnitResult& unit, const analysis::PurposeResult& result) {
    if (result.left_out) {
      auto entry = to_json(result.left_out);
      entry["analysable"] = unit.analysable.id;
      left_out.push_back(std::move(entry));
    } else {
      ++used;
    }
    for (const auto& out : result.left_out_samples) {
      samples.push_back({{"analysable", unit.analysable.id}, {"sample", unit.samples[out.sample].id}, {"reason", out.reason}});
    }
  }
};

struct Labelled {
  analysis::Dataset dataset;
  analysis::Statistics statistics;
  Account account;
  std::int64_t dropped_rows = 0;
};

// `aside`: so many of the model's last indicators are no features.
Labelled labelled_dataset(Session::Parts& parts, const spec::Model& model, std::size_t aside = 0) {
  auto request = parts.request(model);
  request.training = true;
  analysis::DatasetBuilder builder(analysis::shape_of(request), !model.compatibility.empty(), aside);
  Labelled result;
  result.statistics = analysis::analyse(request, [&](analysis::UnitResult&& unit) {
    for (const auto& purpose : unit.purposes) result.account.add(unit, purpose);
    builder.add(unit, analysis::Purpose::training);
  });
  result.dataset = builder.finish();
  result.dropped_rows = builder.dropped_rows();
  return result;
}

// Adds an indicator for a baseline where the model lacks it and its samples allow it; returns how many were added.
std::size_t add_aside(Session::Parts& parts, spec::Model& model, const std::string& id) {
  const auto has = [&](const spec::Component& indicator) { return analysis::column_name(indicator) == id; };
  if (std::any_of(model.indicators.begin(), model.indicators.end(), has)) return 0;
  const auto& registry = parts.registry();
  const auto* schema = registry.find(id);
  if (schema == nullptr || schema->kind != Kind::indicator) return 0;
  const auto target = registry.target(model.target.id, model.target.parameters, model.compatibility);
  const auto gives = registry.analyser(target.info().analyser).info().entities;
  if ((registry.indicator(id).info().required_entities & ~gives) != 0) return 0;
  model.indicators.emplace_back().id = id;
  return 1;
}

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

Json plugins_of(const plugin::Registry& registry, const spec::Model& model, const std::string& analyser) {
  std::vector<std::string> ids{model.target.id, analyser, model.time_splitting->id, backend_of(model).id};
  for (const auto& indicator : model.indicators) ids.push_back(indicator.id);
  std::map<std::string, std::string> versions;
  for (const auto& id : ids) {
    const auto* schema = registry.find(id);
    versions[schema->plugin] = schema->plugin_version;
  }
  Json plugins = Json::object();
  for (const auto& [id, version] : versions) plugins[id] = version;
  return plugins;
}

Json to_json(const store::Prediction& prediction, Time as_of) {
  const auto time = [](Time t) { return t == no_time ? Json(nullptr) : Json(t); };
  return {{"analysable", prediction.analysable}, {"sample", prediction.sample}, {"range", prediction.range},
          {"start", time(prediction.start)},     {"end", time(prediction.end)}, {"prediction", prediction.prediction},
          {"score", prediction.score},           {"probability", prediction.probability},
          {"new", prediction.predicted_at == as_of}};
}

// Wildcards are frozen by training: what they would stand for now, where that differs.
std::vector<Problem> frozen_differences(const spec::Model& now, const spec::Model& frozen) {
  const auto expanded = [](const spec::Model& model) {
    std::set<std::string> ids;
    for (const auto& indicator : model.indicators) {
      if (!indicator.wildcard.empty()) ids.insert(indicator.id);
    }
    return ids;
  };
  const auto before = expanded(frozen), after = expanded(now);
  std::vector<Problem> warnings;
  for (const auto& id : after) {
    if (before.count(id) != 0) continue;
    warnings.push_back({{}, fmt::format("a wildcard now also stands for {}, which the trained model does not use", id), "", true});
  }
  for (const auto& id : before) {
    if (after.count(id) != 0) continue;
    warnings.push_back({{}, fmt::format("a wildcard no longer stands for {}, which the trained model uses", id), "", true});
  }
  return warnings;
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
      auto differences = frozen_differences(model, spec::from_json(artefact.provenance.spec));
      for (const auto& difference : differences) warnings.push_back(difference.text());
      if (parts.options.strict && !differences.empty()) throw Error(Fault::configuration, std::move(differences));
    }
  }
  return {{"model", model.id}, {"files", files}, {"target", target.id()}, {"indicators", indicators}, {"warnings", warnings}};
}

Json Session::model_plan(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  auto request = parts.request(model);
  request.training = request.prediction = true;
  request.calculate = false;
  const auto shape = analysis::shape_of(request);
  std::map<std::string, Json> purposes;
  for (const char* name : {"training", "prediction"}) {
    purposes[name] = {{"analysables", Json::array()}, {"left_out", Json::array()}};
  }
  const auto statistics = analysis::analyse(request, [&](analysis::UnitResult&& unit) {
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
  return {{"model", model.id},
          {"as_of", parts.as_of},
          {"training", purposes["training"]},
          {"prediction", purposes["prediction"]},
          {"without_history", always},
          {"events", statistics.events}};
}

Json Session::model_analyse(const ModelOptions& options, AnalyseFor purpose, const fs::path& out) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  auto request = parts.request(model);
  request.training = purpose != AnalyseFor::prediction;
  request.prediction = purpose != AnalyseFor::training;
  const auto shape = analysis::shape_of(request);

  // Written beside the target and renamed, so that an interrupted run leaves what was there.
  const auto partial = fs::path(out.string() + ".partial");
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  if (!file) throw Error(Fault::usage, fmt::format("cannot write '{}'", out.string()), "check that its folder exists");
  file << analysis::values_csv_header();
  std::map<std::string, Account> accounts;
  std::string text;
  analysis::Statistics statistics;
  try {
    statistics = analysis::analyse(request, [&](analysis::UnitResult&& unit) {
      for (const auto& result : unit.purposes) accounts[purpose_name(result.purpose)].add(unit, result);
      text.clear();
      analysis::append_values_csv(shape, unit, text);
      file << text;
    });
    file.close();
    if (!file) throw Error(Fault::data, fmt::format("cannot write '{}': the disk may be full", out.string()));
  } catch (...) {
    fs::remove(partial);
    throw;
  }
  fs::rename(partial, out);

  Json result{{"model", model.id}, {"as_of", parts.as_of}, {"file", out.string()}};
  for (const auto& [name, account] : accounts) result[name] = {{"analysables", account.used}, {"left_out", account.left_out}, {"samples_left_out", account.samples}};
  result["statistics"] = to_json(statistics);
  return result;
}

Json Session::model_evaluate(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  const auto shape = analysis::shape_of(parts.request(model));
  refuse_static(shape, model, "evaluate");
  auto learner = learner_for(parts.registry(), model);
  learning::EvaluationOptions evaluation;
  auto with_baseline = model;
  const auto aside = add_aside(parts, with_baseline, evaluation.recency_column);
  const auto labelled = labelled_dataset(parts, with_baseline, aside);

  evaluation.model = model.id;
  evaluation.fit = fit_options(model, parts.threads());
  evaluation.bootstrap.seed = model.training.seed;
  evaluation.bootstrap.threads = parts.threads();
  std::unique_ptr<learning::Learner> reference;
  if (backend_of(model).id != reference_backend && parts.registry().find(reference_backend) != nullptr) {
    reference = learning::learner_of(parts.registry().backend(reference_backend));
  }
  auto report = learning::evaluate(labelled.dataset, *learner, evaluation, reference.get());
  report["as_of"] = parts.as_of;
  report["left_out"] = labelled.account.left_out;
  report["samples_left_out"] = labelled.account.samples;
  report["rows_without_values"] = labelled.dropped_rows;

  const auto lock = parts.lock();
  parts.store().record_evaluation(model.id, parts.as_of, parts.campus()->origin().fingerprint, report.dump());
  report["statistics"] = to_json(labelled.statistics);
  return report;
}

Json Session::model_train(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  const auto shape = analysis::shape_of(parts.request(model));
  refuse_static(shape, model, "train");
  auto learner = learner_for(parts.registry(), model);
  const auto lock = parts.lock();
  const auto labelled = labelled_dataset(parts, model);
  const auto& dataset = labelled.dataset;
  if (dataset.rows.empty()) {
    throw Error(Fault::found, fmt::format("there is nothing to train {} on at {}", model.id, time_text(parts.as_of)),
                fmt::format("see why with: auspex model plan {}", options.model));
  }

  learning::Provenance provenance;
  provenance.spec = spec::to_json(model);
  provenance.plugins = plugins_of(parts.registry(), model, shape.target.analyser);
  provenance.data_fingerprint = parts.campus()->origin().fingerprint;
  const auto artefact = learning::train(dataset, *learner, fit_options(model, parts.threads()), std::move(provenance));

  auto store = parts.store();
  const auto id = artefact.id();
  const auto folder = parts.artefact_folder(id);
  fs::create_directories(folder.parent_path());
  TemporaryFolder::remove_leftovers(folder.parent_path());
  if (fs::exists(folder)) {
    // The same training has been here before; what has been damaged since is written anew.
    try {
      (void)learning::Artefact::load(folder, id);
    } catch (const Error&) {
      fs::remove_all(folder);
    }
  }
  if (!fs::exists(folder)) artefact.save(folder);
  std::set<std::string> samples;
  std::size_t learned = 0;
  for (const auto& row : dataset.rows) {
    if (!learning::belongs(row, model.training.population)) continue;
    samples.insert(row.sample);
    ++learned;
  }
  store.record_training(model.id, {id, parts.as_of}, samples);

  // Artefacts that no model points to any more.
  const auto kept = store.artefacts();
  std::vector<fs::path> unused;
  for (const auto& entry : fs::directory_iterator(folder.parent_path())) {
    if (kept.count(entry.path().filename().string()) == 0) unused.push_back(entry.path());
  }
  for (const auto& path : unused) fs::remove_all(path);

  Json analysables = Json::array();
  for (const auto& analysable : dataset.analysables) analysables.push_back(analysable.id);
  return {{"model", model.id},
          {"artefact", id},
          {"as_of", parts.as_of},
          {"analysables", analysables},
          {"left_out", labelled.account.left_out},
          {"samples_left_out", labelled.account.samples},
          {"rows", learned},
          {"samples", samples.size()},
          {"columns", dataset.columns},
          {"rows_without_values", labelled.dropped_rows},
          {"statistics", to_json(labelled.statistics)}};
}

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
