#include "plugin/registry.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/names.hpp"
#include "plugin/host.hpp"
#include "plugin/loading.hpp"
#include "plugin/trust.hpp"
#include "plugin/workers.hpp"

namespace auspex::plugin {
namespace fs = std::filesystem;

namespace {

struct Candidate {
  fs::path file;
  std::string origin;
};

struct Taken {
  LoadedPlugin plugin;
  std::vector<std::shared_ptr<const Component>> components;
};

Refusal refusal_of(const Candidate& candidate, const Refused& refused) {
  return {candidate.file, candidate.origin, refused.code, refused.message, refused.hint, refused.ids};
}

// The *.so files of the places, in order, each real file once.
std::vector<Candidate> find_candidates(const std::vector<SearchPlace>& places, std::vector<Refusal>& refused) {
  std::vector<Candidate> candidates;
  std::set<fs::path> seen;
  for (const auto& place : places) {
    std::error_code error;
    if (!fs::exists(place.folder, error) && !error) continue;
    std::vector<fs::path> files;
    fs::directory_iterator at(place.folder, error);
    for (; !error && at != fs::directory_iterator(); at.increment(error)) {
      if (at->path().extension() == ".so") files.push_back(at->path());
    }
    if (error) {
      refused.push_back({place.folder, place.origin, "not_found",
                         fmt::format("the folder cannot be listed: {}", error.message()),
                         "check the path and its permissions", {}});
      continue;
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      const auto real = fs::canonical(file, error);
      if (error) {
        refused.push_back({fs::absolute(file), place.origin, "not_found",
                           fmt::format("the file cannot be reached: {}", error.message()), "is it a link to nothing?", {}});
      } else if (seen.insert(real).second) {
        candidates.push_back({real, place.origin});
      }
    }
  }
  return candidates;
}

// Verdicts about the file's bytes alone; the others depend on what else is installed, or on how busy the machine is.
bool is_kept_verdict(const std::string& code) {
  return code == "ok" || code == "crashed_while_loading";
}

fs::path verdict_file(const Options& options, const std::string& sha256) { return options.verdicts / (sha256 + ".json"); }

// The kept verdict, or null.
nlohmann::json kept_verdict(const Options& options, const std::string& sha256) {
  if (options.verdicts.empty()) return nullptr;
  const auto file = verdict_file(options, sha256);
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return nullptr;
  auto verdict = nlohmann::json::parse(read_file(file), nullptr, false);
  const bool readable = verdict.is_object() && verdict.contains("code") && verdict["code"].is_string();
  return readable ? std::move(verdict) : nullptr;
}

// True where a kept verdict says that the file loads; throws the refusal that a kept verdict holds.
bool has_good_verdict(const Options& options, const std::string& sha256) {
  const auto verdict = kept_verdict(options, sha256);
  if (verdict.is_null()) return false;
  const auto code = verdict["code"].get<std::string>();
  if (code == "ok") return true;
  if (!is_kept_verdict(code)) return false;
  throw Refused{code, verdict.value("message", ""),
                fmt::format("remove '{}' to try it again", verdict_file(options, sha256).string()), {}};
}

void keep_verdict(const Options& options, const std::string& sha256, const nlohmann::json& verdict) {
  if (options.verdicts.empty() || !is_kept_verdict(verdict.at("code"))) return;
  try {
    fs::create_directories(options.verdicts);
    write_file(verdict_file(options, sha256), verdict.dump() + "\n");
  } catch (const std::exception& error) {
    spdlog::debug("the probe's verdict is not kept: {}", error.what());
  }
}

void probe(const Options& options, const fs::path& file, const std::string& sha256) {
  if (options.probe_program.empty() || has_good_verdict(options, sha256)) return;
  try {
    probe_in_child(options.probe_program, file, options.probe_seconds);
  } catch (const Refused& refused) {
    keep_verdict(options, sha256, {{"code", refused.code}, {"message", refused.message}});
    throw;
  }
  keep_verdict(options, sha256, {{"code", "ok"}, {"message", ""}});
}

// Which plugin the file is, so that a lock can name it without loading it.
void note_plugin(const Options& options, const std::string& sha256, const Descriptor& descriptor) {
  auto verdict = kept_verdict(options, sha256);
  if (verdict.is_null() || verdict.contains("plugin")) return;
  verdict["plugin"] = descriptor.id;
  verdict["version"] = descriptor.version;
  keep_verdict(options, sha256, verdict);
}

std::string read_candidate(const fs::path& file) {
  if (fs::is_directory(file)) throw Refused{"not_a_library", "it is a folder, not a shared library", {}, {}};
  try {
    return read_file(file);
  } catch (const Error& error) {
    throw Refused{"not_found", error.problems().front().message, error.problems().front().hint, {}};
  }
}

// Before any code of it runs. Its id and version are not known yet, unless it was loaded before there was a lock.
void check_lock(const Options& options, const fs::path& file, const std::string& sha256) {
  constexpr const char* hint = "where that is meant, write the lock anew with: auspex plugin lock";
  const auto has_hash = [&](const auto& each) { return each.second.sha256 == sha256; };
  if (std::any_of(options.lock->begin(), options.lock->end(), has_hash)) return;
  const auto known = kept_verdict(options, sha256);
  const auto id = known.is_null() ? std::string() : known.value("plugin", "");
  const auto is_it = [&](const auto& each) { return id.empty() ? each.second.file == file.filename() : each.first == id; };
  const auto locked = std::find_if(options.lock->begin(), options.lock->end(), is_it);
  if (locked == options.lock->end()) {
    throw Refused{"not_locked", fmt::format("it is not in plugins.lock (its SHA-256 is {})", sha256), hint, {}};
  }
  const auto& [name, is] = *locked;
  if (const auto version = known.is_null() ? std::string() : known.value("version", ""); !version.empty() && version != is.version) {
    throw Refused{"other_version", fmt::format("it is {} {}; plugins.lock has {} {}", name, version, name, is.version), hint, {}};
  }
  throw Refused{"other_hash", fmt::format("it is not the file that was locked as {} {}: its SHA-256 is {}, not {}", name,
                                          is.version, sha256, is.sha256), hint, {}};
}

// What it says of itself must be what was locked under its hash.
void check_locked_as(const Options& options, const Descriptor& descriptor, const std::string& sha256) {
  const auto found = options.lock->find(descriptor.id);
  if (found != options.lock->end() && found->second.sha256 == sha256 && found->second.version == descriptor.version) return;
  throw Refused{"other_version",
                fmt::format("it is {} {}, and plugins.lock has its SHA-256 under another id or version", descriptor.id,
                            descriptor.version),
                "write the lock anew with: auspex plugin lock", component_ids(descriptor)};
}

// In this process, or by workers alone.
Descriptor load(const Candidate& candidate, const FileIdentity& identity, const Options& options,
                const std::shared_ptr<WorkerStarter>& starter) {
  const bool shipped = candidate.origin == installation_origin;
  if (starter && (options.isolation == Isolation::all || (options.isolation == Isolation::not_shipped && !shipped))) {
    const auto isolated = std::make_shared<IsolatedPlugin>(starter, candidate.file, identity, options.limits);
    return IsolatedPlugin::load(isolated, options.probe_seconds);
  }
  const auto require_same = [&] {
    if (identity_of(candidate.file) == identity) return;
    throw Refused{"changed", "its file was changed or replaced while it was loaded", "start again", {}};
  };
  require_same();
  auto descriptor = load_library(candidate.file, shipped && !options.limit_shipped ? Limits{} : options.limits);
  require_same();
  return descriptor;
}

Taken take(const Candidate& candidate, const Options& options, const std::shared_ptr<WorkerStarter>& starter) {
  const auto identity = identity_of(candidate.file);
  if (!options.allow_insecure) check_permissions(candidate.file);
  const auto bytes = read_candidate(candidate.file);
  check_elf(bytes);
  const auto sha256 = sha256_of(bytes);
  const bool locked = options.lock && candidate.origin != installation_origin;
  if (locked) check_lock(options, candidate.file, sha256);
  probe(options, candidate.file, sha256);
  const auto descriptor = load(candidate, identity, options, starter);
  if (locked) check_locked_as(options, descriptor, sha256);
  note_plugin(options, sha256, descriptor);
  Taken taken;
  taken.plugin = {descriptor.id, descriptor.version, descriptor.sdk_version, descriptor.name, descriptor.author,
                  descriptor.licence, descriptor.url, candidate.file, candidate.origin, sha256, descriptor.abi_major,
                  descriptor.abi_minor, component_ids(descriptor), descriptor.components.front()->isolated != nullptr};
  taken.components = descriptor.components;
  return taken;
}

// Of two files with one id neither wins. Component ids begin with the plugin's id, so plugin ids tell.
std::vector<Taken> refuse_duplicates(std::vector<Taken> all, std::vector<Refusal>& refused) {
  std::map<std::string, std::vector<std::string>> files;
  for (const auto& taken : all) files[taken.plugin.id].push_back(taken.plugin.file.string());
  std::vector<Taken> kept;
  for (auto& taken : all) {
    auto& plugin = taken.plugin;
    const auto& holders = files.at(plugin.id);
    if (holders.size() == 1) {
      kept.push_back(std::move(taken));
      continue;
    }
    refused.push_back({plugin.file, plugin.origin, "duplicate_id",
                       fmt::format("{} files have the plugin id '{}': {}", holders.size(), plugin.id,
                                   fmt::join(holders, ", ")),
                       "remove all but one; none of them is used", plugin.components});
  }
  return kept;
}

// Whether a refused file would have given `id`: as it said, or by its name where it could not say.
bool would_give(const Refusal& refusal, const std::string& id) {
  if (!refusal.ids.empty()) return std::find(refusal.ids.begin(), refusal.ids.end(), id) != refusal.ids.end();
  return id.starts_with(refusal.file.stem().string() + "/");
}

}  // namespace

Registry Registry::load(const Options& options) {
  if (!options.timezone.empty()) set_timezone(options.timezone);
  Registry registry;
  registry.places_ = options.places;
  std::vector<Taken> all;
  std::shared_ptr<WorkerStarter> starter;
  if (options.isolation != Isolation::none && !options.probe_program.empty()) {
    starter = std::make_shared<WorkerStarter>(options.probe_program);
  }
  for (const auto& candidate : find_candidates(options.places, registry.refused_)) {
    try {
      all.push_back(take(candidate, options, starter));
    } catch (const Refused& refused) {
      registry.refused_.push_back(refusal_of(candidate, refused));
    }
  }
  for (auto& taken : refuse_duplicates(std::move(all), registry.refused_)) {
    for (const auto& component : taken.components) registry.components_.emplace(component->schema.id, component);
    registry.plugins_.push_back(std::move(taken.plugin));
  }
  return registry;
}

void Registry::define(Definition definition) {
  const auto& id = definition.schema.id;
  const auto refusal = [&](const Definition& of, const std::string& other) {
    return Refusal{of.file, of.origin, "duplicate_id", fmt::format("it has the id '{}', as has {}", id, other),
                   "give one of them another id", {id}};
  };
  const auto is_same = [&](const Definition& other) { return other.schema.id == id; };
  const auto first = std::find_if(definitions_.begin(), definitions_.end(), is_same);
  const auto refused = std::find_if(refused_.begin(), refused_.end(), [&](const Refusal& r) {
    return r.code == "duplicate_id" && r.ids == std::vector<std::string>{id};
  });
  if (first != definitions_.end() && !first->file.empty()) {
    const auto other = *first;
    refuse(refusal(other, definition.file.string()));
    refuse(refusal(definition, other.file.string()));
  } else if (refused != refused_.end()) {
    refuse(refusal(definition, refused->file.string()));
  } else if (const auto known = component(id)) {
    refuse(refusal(definition, known->schema.plugin.empty() ? "a built-in indicator" : "plugin " + known->schema.plugin));
  } else {
    auto made = std::make_shared<Component>();
    made->known = true;
    made->unit = definition.unit;
    made->schema = definition.schema;
    components_.emplace(id, std::move(made));
    definitions_.push_back(std::move(definition));
  }
}

void Registry::refuse(Refusal refusal) {
  std::erase_if(definitions_, [&](const Definition& definition) {
    const bool is_meant = !definition.file.empty() && definition.file == refusal.file;
    if (is_meant) components_.erase(definition.schema.id);
    return is_meant;
  });
  refused_.push_back(std::move(refusal));
}

bool Registry::is_definition(const std::string& id) const {
  return std::any_of(definitions_.begin(), definitions_.end(), [&](const Definition& d) { return d.schema.id == id; });
}

std::vector<ComponentSchema> Registry::schemas() const {
  std::vector<ComponentSchema> schemas;
  for (const auto& [id, component] : components_) {
    if (component->known) schemas.push_back(component->schema);
  }
  return schemas;
}

const ComponentSchema* Registry::find(const std::string& id) const {
  const auto found = components_.find(id);
  return found == components_.end() || !found->second->known ? nullptr : &found->second->schema;
}

std::shared_ptr<const Component> Registry::component(const std::string& id) const {
  const auto found = components_.find(id);
  return found == components_.end() ? nullptr : found->second;
}

const Refusal* Registry::refusal_with(const std::string& id) const {
  const auto found = std::find_if(refused_.begin(), refused_.end(), [&](const Refusal& r) { return would_give(r, id); });
  return found == refused_.end() ? nullptr : &*found;
}

Problem Registry::why_not(const std::string& id, Kind kind) const {
  Problem problem;
  if (const auto found = component(id)) {
    if (!found->known) {
      problem.message = fmt::format("'{}' of plugin {} {} is of the kind '{}', which this version does not know", id,
                                    found->schema.plugin, found->schema.plugin_version, found->interface_id);
      problem.hint = "install a newer Auspex";
    } else if (found->schema.kind != kind) {
      problem.message = fmt::format("'{}' is a component of the kind {}, not {}", id, kind_name(found->schema.kind),
                                    kind_name(kind));
    }
    return problem;
  }
  if (const auto* refusal = refusal_with(id)) {
    problem.message = fmt::format("'{}' is in plugin '{}', which was refused: {}", id, refusal->file.string(),
                                  refusal->message);
    problem.hint = refusal->hint;
    return problem;
  }
  std::vector<std::string> candidates;
  for (const auto& [other, component] : components_) {
    if (component->known && component->schema.kind == kind) candidates.push_back(other);
  }
  problem.message = fmt::format("there is no {} '{}'", kind_name(kind), id);
  problem.hint = did_you_mean(id, candidates, "'auspex plugin list' shows what is installed");
  return problem;
}

std::shared_ptr<const Component> Registry::require(const std::string& id, Kind kind) const {
  auto problem = why_not(id, kind);
  if (is_definition(id)) throw std::logic_error(id + " is in no plugin");
  if (problem.message.empty()) return components_.at(id);
  const bool in_refused = component(id) == nullptr && refusal_with(id) != nullptr;
  throw Error(in_refused ? Fault::plugin : Fault::configuration, {std::move(problem)});
}

Analyser Registry::analyser(const std::string& id, const nlohmann::json& parameters,
                            const std::string& compatibility) const {
  return Analyser(require(id, Kind::analyser), parameters, compatibility);
}

TimeSplitter Registry::time_splitter(const std::string& id, const nlohmann::json& parameters,
                                     const std::string& compatibility) const {
  return TimeSplitter(require(id, Kind::time_splitter), parameters, compatibility);
}

Target Registry::target(const std::string& id, const nlohmann::json& parameters, const std::string& compatibility) const {
  return Target(require(id, Kind::target), parameters, compatibility);
}

Indicator Registry::indicator(const std::string& id, const nlohmann::json& parameters,
                              const std::string& compatibility) const {
  return Indicator(require(id, Kind::indicator), parameters, compatibility);
}

Backend Registry::backend(const std::string& id, const nlohmann::json& parameters, const std::string& compatibility) const {
  return Backend(require(id, Kind::ml_backend), parameters, compatibility);
}

Clusterer Registry::clusterer(const std::string& id, const nlohmann::json& parameters) const {
  return Clusterer(require(id, Kind::clusterer), parameters);
}

OutlierDetector Registry::outlier_detector(const std::string& id, const nlohmann::json& parameters) const {
  return OutlierDetector(require(id, Kind::outlier_detector), parameters);
}

}  // namespace auspex::plugin
