#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "learning/artefact.hpp"
#include "learning/card.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

std::vector<fs::path> model_files(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

Json Session::model_list() {
  auto& parts = *parts_;
  std::optional<store::Store> store;
  if (parts.settings && fs::exists(parts.root() / "state.db")) store.emplace(parts.store());
  std::map<std::string, std::string> seen;  // the first file with an id
  std::vector<Problem> faults;
  Json models = Json::array();
  for (const auto& folder : parts.model_folders()) {
    const bool own = parts.settings && folder == parts.settings->root / "models";
    for (const auto& file : model_files(folder)) {
      try {
        const auto model = parts.read_model(file);
        if (const auto [first, is_new] = seen.emplace(model.id, file.string()); !is_new) {
          faults.push_back({{file.string(), 0, 0}, fmt::format("'{}' has the same id, '{}'", first->second, model.id),
                            "give one of them another id"});
        }
        const auto target = parts.registry().target(model.target.id, model.target.parameters, model.compatibility);
        const auto training = store ? store->training(model.id) : std::nullopt;
        const auto enabled = store ? store->enabled(model.id) : std::nullopt;
        models.push_back({{"id", model.id},
                          {"name", or_null(model.name)},
                          {"from", own ? "workspace" : "installation"},
                          {"imported_from", or_null(model.imported_from)},
                          {"file", file.string()},
                          {"target", model.target.id},
                          {"time_splitting", model.time_splitting ? Json(model.time_splitting->id) : Json(nullptr)},
                          {"indicators", model.indicators.size()},
                          {"enabled", enabled ? Json(*enabled) : Json(nullptr)},
                          {"state", target.info().is_static ? "static" : training ? "trained" : "not_trained"},
                          {"trained_as_of", training ? Json(training->as_of) : Json(nullptr)}});
      } catch (const Error& error) {
        for (auto problem : error.problems()) {
          if (problem.where.file.empty()) problem.where.file = file.string();
          if (!problem.warning) faults.push_back(std::move(problem));
        }
      }
    }
  }
  if (parts.options.strict && !faults.empty()) throw Error(Fault::configuration, std::move(faults));
  Json texts = Json::array();
  for (const auto& fault : faults) texts.push_back(fault.text());
  return {{"models", models}, {"faults", texts}};
}

Json Session::model_show(const ModelOptions& options) {
  const auto model = parts_->model(options);
  Json files = Json::array();
  for (const auto& file : model.files) files.push_back(file.string());
  Json trained;
  if (parts_->settings && fs::exists(parts_->root() / "state.db")) {
    auto store = parts_->store();
    if (const auto training = store.training(model.id); training && training->as_of <= parts_->as_of) {
      const auto artefact = learning::Artefact::load(parts_->artefact_folder(training->artefact), training->artefact);
      auto card = learning::card_json(artefact);
      trained = {{"artefact", training->artefact}, {"as_of", training->as_of}, {"card", card}, {"card_text", learning::card_text(card)}};
    }
  }
  return {{"model", spec::to_json(model)}, {"files", files}, {"toml", spec::model_toml(model)}, {"trained", std::move(trained)}};
}

}  // namespace auspex::runtime
