#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "analysis/components.hpp"
#include "learning/evaluation.hpp"
#include "learning/training.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

constexpr const char* reference_backend = "dlib/logistic_regression";

learning::FitOptions fit_options(const spec::Model& model, int threads) {
  return {model.training.population, model.training.per_range, model.training.seed, threads, {}};
}

void refuse_static(const analysis::Shape& shape, const spec::Model& model, const char* what) {
  if (shape.target.is_static) {
    throw Error(Fault::configuration, fmt::format("the target {} decides from indicators alone: there is nothing to {}",
                                                  model.target.id, what));
  }
}

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

Json plugins_of(const plugin::Registry& registry, const spec::Model& model, const std::string& analyser) {
  std::vector<std::string> ids{model.target.id, analyser, model.time_splitting->id, backend_of(model).id};
  for (const auto& indicator : model.indicators) ids.push_back(indicator.id);
  std::map<std::string, std::string> versions;
  for (const auto& id : ids) {
    const auto* schema = registry.find(id);
    if (!schema->plugin.empty()) versions[schema->plugin] = schema->plugin_version;  // SQL is in the model itself
  }
  Json plugins = Json::object();
  for (const auto& [id, version] : versions) plugins[id] = version;
  return plugins;
}

}  // namespace

Json Session::model_evaluate(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  const auto shape = analysis::shape_of(parts.request(model));
  refuse_static(shape, model, "evaluate");
  if (!shape.splitter.valid_for_evaluation) {
    throw Error(Fault::configuration,
                fmt::format("the time splitting method {} is not made for evaluation: what it predicts lies ahead",
                            model.time_splitting->id),
                "choose another with --time-splitting");
  }
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

}  // namespace auspex::runtime
