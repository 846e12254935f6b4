#include "runtime/bookkeeping.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "analysis/components.hpp"
#include "base/hash.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

bool same(const spec::Component& a, const spec::Component& b) {
  return a.id == b.id && a.column == b.column && a.parameters == b.parameters;
}

bool same(const std::optional<spec::Component>& a, const std::optional<spec::Component>& b) {
  return a.has_value() == b.has_value() && (!a || same(*a, *b));
}

// Wildcards are frozen by training: what they would stand for now, where that differs.
void add_wildcards(const spec::Model& now, const spec::Model& trained, std::vector<Problem>& warnings) {
  const auto expanded = [](const spec::Model& model) {
    std::set<std::string> ids;
    for (const auto& indicator : model.indicators) {
      if (!indicator.wildcard.empty()) ids.insert(indicator.id);
    }
    return ids;
  };
  const auto before = expanded(trained), after = expanded(now);
  for (const auto& id : after) {
    if (before.count(id) != 0) continue;
    warnings.push_back({{}, fmt::format("a wildcard now also stands for {}, which the trained model does not use", id), "", true});
  }
  for (const auto& id : before) {
    if (after.count(id) != 0) continue;
    warnings.push_back({{}, fmt::format("a wildcard no longer stands for {}, which the trained model uses", id), "", true});
  }
}

// What happened to the indicators, but for those that a wildcard brings or takes.
std::vector<std::string> indicator_changes(const spec::Model& now, const spec::Model& trained) {
  std::vector<std::string> written_before, written_now, changes;
  std::map<std::string, const spec::Component*> before, after;
  for (const auto& indicator : trained.indicators) {
    before.emplace(analysis::column_name(indicator), &indicator);
    if (indicator.wildcard.empty()) written_before.push_back(analysis::column_name(indicator));
  }
  for (const auto& indicator : now.indicators) {
    const auto column = analysis::column_name(indicator);
    after.emplace(column, &indicator);
    if (indicator.wildcard.empty()) written_now.push_back(column);
    const auto found = before.find(column);
    if (found != before.end() && !same(*found->second, indicator)) changes.push_back("indicator " + column);
    if (found == before.end() && indicator.wildcard.empty()) changes.push_back("indicator " + column + " added");
  }
  for (const auto& column : written_before) {
    if (after.count(column) == 0) changes.push_back("indicator " + column + " removed");
  }
  if (changes.empty() && written_before != written_now) changes.emplace_back("order of indicators");
  return changes;
}

}  // namespace

std::string version_of(const spec::Model& model) { return version_of(spec::to_json(model)); }

std::string version_of(const Json& frozen) {
  auto definition = frozen;
  definition.erase("name");
  definition.erase("description");
  definition.erase("evaluation");  // how it is judged changes no prediction
  return sha256_of(definition.dump());
}

std::vector<Problem> changes_since_training(const spec::Model& now, const spec::Model& trained) {
  std::vector<std::string> changes;
  if (!same(now.target, trained.target)) changes.emplace_back("target");
  if (now.time_splitting && !same(now.time_splitting, trained.time_splitting)) changes.emplace_back("time splitting method");
  const auto of_indicators = indicator_changes(now, trained);
  changes.insert(changes.end(), of_indicators.begin(), of_indicators.end());
  if (!same(now.backend, trained.backend)) changes.emplace_back("backend");
  const auto& a = now.training;
  const auto& b = trained.training;
  if (a.population != b.population || a.per_range != b.per_range || a.seed != b.seed) changes.emplace_back("[training]");
  if (now.decision != trained.decision) changes.emplace_back("[decision]");
  if (spec::to_json(now.search) != spec::to_json(trained.search)) changes.emplace_back("[search]");
  if (now.compatibility != trained.compatibility) changes.emplace_back("compatibility");
  std::vector<Problem> warnings;
  if (!changes.empty()) {
    warnings.push_back({{},
                        fmt::format("the model {} changed since it was trained ({}); what was trained predicts", now.id,
                                    fmt::join(changes, ", ")),
                        fmt::format("train it again: auspex model train {}", now.id), true});
  }
  add_wildcards(now, trained, warnings);
  return warnings;
}

analysis::History analyses_of(const store::Store& store, const std::string& model, analysis::Purpose purpose, Time as_of) {
  analysis::History history;
  history.first_analysis = store.first_analyses(model, as_of);
  history.last_analysis = store.last_analyses(model, purpose_name(purpose), as_of);
  return history;
}

void refuse_disabled(const store::Store& store, const std::string& model) {
  if (store.enabled(model).value_or(true)) return;
  throw Error(Fault::found, fmt::format("the model {} is disabled", model),
              fmt::format("enable it with: auspex model enable {}", model));
}

Json last_evaluation(const store::Store& store, const std::string& model, const std::string& version, Time as_of) {
  Json report;
  for (const auto& each : store.evaluations(model)) {
    if (each.version == version && each.as_of <= as_of) report = Json::parse(each.result);
  }
  return report;
}

void remove_unused(Session::Parts& parts, const store::Store& store) {
  const auto remove_all_but = [](const fs::path& folder, const std::set<std::string>& kept) {
    if (!fs::is_directory(folder)) return;
    std::vector<fs::path> unused;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (kept.count(entry.path().filename().string()) == 0) unused.push_back(entry.path());
    }
    for (const auto& path : unused) fs::remove_all(path);
  };
  remove_all_but(parts.artefact_folder(""), store.artefacts());
  remove_all_but(parts.values_file(""), store.values_files());
}

std::string keep_values(Session::Parts& parts, const std::string& values) {
  auto name = sha256_of(values);
  const auto file = parts.values_file(name);
  fs::create_directories(file.parent_path());
  write_file(file, values);
  return name;
}

std::string keep(Session::Parts& parts, const std::string& model, const learning::Artefact& artefact, Time as_of,
                 const Learned& learned) {
  const auto& spec = artefact.provenance.spec;
  const auto splitting = spec.at("time_splitting");
  store::Training training{artefact.id(), as_of, version_of(spec), splitting.is_null() ? "" : splitting.at("id"),
                           learned.dataset, ""};
  // The files first, then the record that points to them, then away with what nothing points to: whole at every moment.
  auto store = parts.store();
  const auto lock = parts.lock_artefacts();
  const auto folder = parts.artefact_folder(training.artefact);
  fs::create_directories(folder.parent_path());
  TemporaryFolder::remove_leftovers(folder.parent_path());
  if (fs::exists(folder)) {
    // The same training has been here before; what has been damaged since is written anew.
    try {
      (void)learning::Artefact::load(folder, training.artefact);
    } catch (const Error&) {
      fs::remove_all(folder);
    }
  }
  if (!fs::exists(folder)) artefact.save(folder);
  if (!learned.values.empty()) training.values_file = keep_values(parts, learned.values);
  store.record_training(model, training, learned.samples, learned.analysed);
  remove_unused(parts, store);
  return training.artefact;
}

}  // namespace auspex::runtime
