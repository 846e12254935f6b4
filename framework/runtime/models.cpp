#include "runtime/models.hpp"

#include <fmt/format.h>

#include "base/moodle_names.hpp"

namespace auspex::runtime {

std::string purpose_name(analysis::Purpose purpose) {
  return purpose == analysis::Purpose::training ? "training" : "prediction";
}

const spec::Component& backend_of(const spec::Model& model) {
  if (!model.backend) {
    throw Error(Fault::configuration, fmt::format("the model {} has no backend", model.id), "add a [backend] section with an id");
  }
  return *model.backend;
}

std::unique_ptr<learning::Learner> learner_for(const plugin::Registry& registry, const spec::Model& model,
                                               const nlohmann::json& chosen) {
  const auto& backend = backend_of(model);
  auto parameters = backend.parameters;
  if (!chosen.empty()) parameters.update(chosen);
  return learning::learner_of(registry.backend(backend.id, parameters, model.compatibility));
}

learning::FitOptions fit_options(const spec::Model& model, int threads) {
  return {model.training.population, model.training.per_range, model.training.seed, threads, {}, model.decision};
}

void refuse_static(const analysis::Shape& shape, const spec::Model& model, const char* what) {
  if (shape.target.is_static) {
    throw Error(Fault::configuration, fmt::format("the target {} decides from indicators alone: there is nothing to {}",
                                                  model.target.id, what));
  }
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

void refuse_evaluation(const analysis::Shape& shape, const spec::Model& model) {
  refuse_static(shape, model, "evaluate");
  if (shape.splitter.valid_for_evaluation) return;
  throw Error(Fault::configuration,
              fmt::format("the time splitting method {} is not made for evaluation: what it predicts lies ahead",
                          model.time_splitting->id),
              "choose another with --time-splitting");
}

void refuse_leaks(const Session::Parts& parts, const Json& leaks) {
  if (!parts.options.strict || leaks.empty()) return;
  std::vector<Problem> problems;
  for (const auto& leak : leaks) {
    const auto where = leak["where"].get<std::string>();
    problems.push_back({{}, fmt::format("leak ({}){}: {}", leak["test"].get<std::string>(), where.empty() ? "" : " in " + where,
                                        leak["evidence"].get<std::string>()),
                        leak["advice"].get<std::string>(), false});
  }
  throw Error(Fault::found, std::move(problems));
}

analysis::MoodleHead moodle_head(const spec::Model& model, const std::string& version) {
  return {moodle_class(Kind::time_splitter, model.time_splitting->id), version.empty() ? reproduced_moodle_version : version,
          moodle_class(Kind::target, model.target.id)};
}

void add_failure(Json& failed, const analysis::UnitResult& unit) {
  if (!unit.failure.empty()) failed.push_back({{"analysable", unit.analysable.id}, {"error", unit.failure}});
}

void put_failures(Json& result, Json failed) {
  if (!failed.empty()) result["failed"] = std::move(failed);
}

void Account::add(const analysis::UnitResult& unit, const analysis::PurposeResult& result) {
  if (result.left_out) {
    auto entry = to_json(result.left_out);
    entry["analysable"] = unit.analysable.id;
    left_out.push_back(std::move(entry));
  } else {
    ++used;
  }
  add_samples(unit, result);
}

void Account::add_samples(const analysis::UnitResult& unit, const analysis::PurposeResult& result) {
  for (const auto& out : result.left_out_samples) {
    if (out.range >= 0 && !of_ranges) continue;
    Json entry{{"analysable", unit.analysable.id}, {"sample", unit.samples[out.sample].id}};
    for (const auto& range : result.ranges) {
      if (range.index == out.range) entry["range"] = range.range.name;
    }
    entry["reason"] = out.reason;
    samples.push_back(std::move(entry));
  }
}

}  // namespace auspex::runtime
