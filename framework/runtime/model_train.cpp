#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "analysis/components.hpp"
#include "learning/training.hpp"
#include "runtime/bookkeeping.hpp"
#include "runtime/evaluating.hpp"
#include "runtime/labelled.hpp"
#include "runtime/learners.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

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

// Whether training now would come to the artefact that is there.
bool is_trained_on(Session::Parts& parts, const std::optional<store::Training>& before,
                   const learning::Provenance& provenance, const std::string& dataset) {
  if (!before || before->dataset != dataset) return false;
  try {
    const auto now = learning::Artefact::load(parts.artefact_folder(before->artefact), before->artefact).provenance;
    return now.spec == provenance.spec && now.plugins == provenance.plugins &&
           now.data_fingerprint == provenance.data_fingerprint;
  } catch (const Error&) {
    return false;  // what has been damaged since is written anew
  }
}

// Artefacts of before versions were kept are versions of their own: whether the model has changed is not known.
bool is_other_version(const std::optional<store::Training>& before, const std::string& version) {
  return before && before->version != version && before->version != before->artefact;
}

}  // namespace

Json Session::model_evaluate(const ModelOptions& options, const std::optional<std::string>& against, const fs::path& page) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  refuse_evaluation(analysis::shape_of(parts.request(model)), model);
  std::optional<spec::Model> other;
  if (against) {
    other = parts.model({*against, options.time_splitting, options.compatibility});
    refuse_evaluation(analysis::shape_of(parts.request(*other)), *other);
    (void)backend_of(*other);
  }
  auto with_baseline = model;
  const auto aside = add_aside(parts, with_baseline, learning::EvaluationOptions().recency_column);
  const auto labelled = labelled_dataset(parts, with_baseline, {.audit = true, .aside = aside});

  auto evaluated = evaluate(parts, model, labelled.dataset);
  auto& [held, report] = evaluated;
  report["as_of"] = parts.as_of;
  report["left_out"] = labelled.account.left_out;
  report["samples_left_out"] = labelled.account.samples;
  report["rows_without_values"] = labelled.dropped_rows;

  parts.store().record_evaluation(model.id, {parts.as_of, parts.campus()->origin().fingerprint, version_of(model),
                                             model.time_splitting->id, report.dump()});
  if (other) {
    report["splits"][0]["against"] =
        compare(parts, model, labelled.dataset, held, *other, labelled_dataset(parts, *other).dataset);
  }
  write_page(parts, model, labelled.dataset, evaluated, page);
  report["statistics"] = to_json(labelled.statistics);
  refuse_leaks(parts, report["splits"][0]["leaks"]);
  return report;
}

Json Session::model_train(const ModelOptions& options, bool again) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  const auto shape = analysis::shape_of(parts.request(model));
  refuse_static(shape, model, "train");
  const auto lock = parts.lock_model(model.id);
  auto store = parts.store();
  refuse_disabled(store, model.id);

  const auto before = store.training(model.id);
  const auto version = version_of(model);
  const auto key = values_key(parts, model, shape);
  Remembered remembered;
  if (before && !again) remembered = remembered_values(parts, before->values_file, key, shape);
  const auto history = analyses_of(store, model.id, analysis::Purpose::training, parts.as_of);
  analysis::ValuesWriter writer(key.dump(), parts.as_of);
  const auto* values = remembered.values ? &*remembered.values : nullptr;
  const auto labelled = labelled_dataset(parts, model, {.history = &history, .remembered = values, .writer = &writer});
  const auto& dataset = labelled.dataset;
  if (dataset.rows.empty()) {
    throw Error(Fault::found, fmt::format("there is nothing to train {} on at {}", model.id, time_text(parts.as_of)),
                fmt::format("see why with: auspex model plan {}", options.model));
  }

  Learned learned{{}, learning::digest_of(dataset), writer.bytes(), {purpose_name(analysis::Purpose::training), parts.as_of, labelled.analysables}};
  std::size_t rows = 0, new_samples = 0;
  const bool same_version = before && before->version == version;
  const auto trained = same_version ? store.trained_samples(model.id) : std::map<std::string, Time>();
  for (const auto& row : dataset.rows) {
    if (!learning::belongs(row, model.training.population)) continue;
    const auto added = learned.samples.emplace(row.sample, dataset.analysables[row.analysable].id).second;
    if (added && trained.count(row.sample) == 0) ++new_samples;
    ++rows;
  }
  learning::Provenance provenance;
  provenance.spec = spec::to_json(model);
  provenance.plugins = plugins_of(parts.registry(), model, shape.target.analyser);
  provenance.data_fingerprint = parts.campus()->origin().fingerprint;
  provenance.program = runtime::version();
  provenance.metrics = last_evaluation(store, model.id, version, parts.as_of);
  const bool is_new = again || !is_trained_on(parts, before, provenance, learned.dataset);
  std::string artefact;
  auto trained_at = parts.as_of;
  if (is_new) {
    artefact = keep(parts, model.id, train(parts, model, dataset, std::move(provenance)), parts.as_of, learned);
  } else {
    artefact = before->artefact;
    trained_at = std::min(before->as_of, parts.as_of);
    if (trained_at != before->as_of) store.record_training_time(model.id, trained_at);
    if (!remembered.values) {
      const auto artefacts = parts.lock_artefacts();
      store.record_values_file(model.id, keep_values(parts, learned.values));
      remove_unused(parts, store);
    }
    store.record_analysed(model.id, learned.analysed);
  }

  Json analysables = Json::array();
  for (const auto& analysable : dataset.analysables) analysables.push_back(analysable.id);
  return {{"model", model.id},
          {"artefact", artefact},
          {"as_of", parts.as_of},
          {"new", is_new},
          {"trained_at", trained_at},
          {"new_version", is_new && is_other_version(before, version)},
          {"analysables", analysables},
          {"left_out", labelled.account.left_out},
          {"samples_left_out", labelled.account.samples},
          {"rows", rows},
          {"samples", learned.samples.size()},
          {"new_samples", new_samples},
          {"columns", dataset.columns},
          {"rows_without_values", labelled.dropped_rows},
          {"remembered", labelled.remembered},
          {"calculated_again", remembered.why_not.empty() ? Json(nullptr) : Json(remembered.why_not)},
          {"statistics", to_json(labelled.statistics)}};
}

}  // namespace auspex::runtime
