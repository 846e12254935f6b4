#include <fmt/format.h>

#include "base/hash.hpp"
#include "runtime/bookkeeping.hpp"
#include "runtime/learners.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

Json removed_json(const store::Amounts& amounts) {
  return {{"trainings", amounts.trainings},
          {"trained_samples", amounts.trained_samples},
          {"predictions", amounts.predictions}};
}

// The model that extends this one, with its file; none where nobody does.
std::optional<std::pair<std::string, fs::path>> extended_by(Session::Parts& parts, const std::string& id) {
  for (const auto& [other, files] : files_by_id(parts.model_folders(), spec::model_id)) {
    for (const auto& file : files) {
      if (other != id && spec::model_extends(file) == id) return std::pair(other, file);
    }
  }
  return std::nullopt;
}

// Of the population that evaluations speak of first.
Json headline(const Json& report) {
  for (const auto& split : report.value("splits", Json::array())) {
    for (const auto& summary : split.value("summary", Json::array())) {
      if (summary.value("population", "") == "enrolled") return summary;
    }
  }
  return Json::object();
}

}  // namespace

Json Session::model_enable(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  if (!model.time_splitting) {
    throw Error(Fault::configuration,
                fmt::format("the model {} has no time splitting method, so it cannot be enabled", model.id),
                fmt::format("add time_splitting = \"...\" to {}", model.files.front().string()));
  }
  const auto lock = parts.lock_model(model.id);
  auto store = parts.store();
  const auto before = store.enabled(model.id);
  if (before != true) store.record_enabled(model.id, true);
  return {{"model", model.id}, {"enabled", true}, {"before", before ? Json(*before) : Json(nullptr)}};
}

Json Session::model_disable(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto named = parts.named(options.model);
  const auto lock = parts.lock_model(named.id);
  auto store = parts.store();
  const auto before = store.enabled(named.id);
  if (before != false) store.record_enabled(named.id, false);
  return {{"model", named.id}, {"enabled", false}, {"before", before ? Json(*before) : Json(nullptr)}};
}

Json Session::model_clear(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto named = parts.named(options.model);
  const auto lock = parts.lock_model(named.id);
  auto store = parts.store();
  const auto amounts = store.amounts(named.id);
  store.clear(named.id);
  remove_searches(parts, named.id);
  const auto artefacts = parts.lock_artefacts();
  remove_unused(parts, store);
  return {{"model", named.id}, {"removed", removed_json(amounts)}};
}

Json Session::model_delete(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto models = parts.lock_models();
  const auto named = parts.named(options.model);
  const auto lock = parts.lock_model(named.id);
  std::optional<store::Removal> removal;
  std::error_code ignored;
  if (!named.file.empty() && fs::equivalent(fs::absolute(named.file).parent_path(), parts.root() / "models", ignored)) {
    if (const auto other = extended_by(parts, named.id)) {
      throw Error(Fault::found,
                  fmt::format("the model {} is extended by {} ({})", named.id, other->first, other->second.string()),
                  "delete that one first, or let it extend another");
    }
    removal = {fs::path("models") / named.file.filename(), sha256_of_file(named.file)};
  }
  auto store = parts.store();
  const auto amounts = store.amounts(named.id);
  store.remove(named.id, removal);
  remove_searches(parts, named.id);
  parts.finish_removals(store);
  const auto artefacts = parts.lock_artefacts();
  remove_unused(parts, store);
  auto removed = removed_json(amounts);
  removed["evaluations"] = amounts.evaluations;
  const auto file = named.file.empty() ? Json(nullptr) : Json(named.file.string());
  return {{"model", named.id}, {"removed", std::move(removed)}, {"file", removal ? file : Json(nullptr)},
          {"kept_file", removal ? Json(nullptr) : file}};
}

Json Session::model_log(const ModelOptions& options) {
  auto& parts = *parts_;
  const auto named = parts.named(options.model);
  Json evaluations = Json::array();
  for (const auto& each : parts.store().evaluations(named.id)) {
    auto report = Json::parse(each.result);
    const auto summary = headline(report);
    evaluations.push_back({{"as_of", each.as_of},
                           {"time_splitting", each.time_splitting},
                           {"score", summary.value("score", Json())},
                           {"deviation", summary.value("deviation", Json())},
                           {"roc_auc", summary.value("mean", Json::object()).value("roc_auc", Json())},
                           {"fingerprint", each.fingerprint},
                           {"version", each.version},
                           {"report", std::move(report)}});
  }
  return {{"model", named.id}, {"evaluations", std::move(evaluations)}};
}

}  // namespace auspex::runtime
