#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "analysis/components.hpp"
#include "learning/evaluation.hpp"
#include "learning/training.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {

namespace {

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

}  // namespace

Json Session::model_evaluate(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  const auto shape = analysis::shape_of(parts.request(model));
  refuse_evaluation(shape, model);
  auto learner = learner_for(parts.registry(), model);
  auto with_baseline = model;
  const auto aside = add_aside(parts, with_baseline, learning::EvaluationOptions().recency_column);
  const auto labelled = labelled_dataset(parts, with_baseline, aside);

  auto report = evaluate(parts, model, labelled.dataset, *learner);
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

  std::set<std::string> samples;
  std::size_t learned = 0;
  for (const auto& row : dataset.rows) {
    if (!learning::belongs(row, model.training.population)) continue;
    samples.insert(row.sample);
    ++learned;
  }
  const auto id = keep(parts, model.id, artefact, parts.as_of, samples);

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
