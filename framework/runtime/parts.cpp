#include "runtime/parts.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "base/hash.hpp"
#include "plugin/host.hpp"
#include "spec/plugins_lock.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

// The one place where the clock is read.
Time clock_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class Models : public spec::ModelReader {
 public:
  Models(std::vector<ComponentSchema> installed, std::vector<fs::path> folders, const Definitions& definitions)
      : ModelReader(std::move(installed)), folders_(std::move(folders)), definitions_(definitions) {}

  [[nodiscard]] fs::path find(const std::string& id) const override {
    return find_file("model", id, folders_, spec::model_id);
  }

  void examine(spec::Component& indicator) const override { definitions_.examine(indicator); }

 private:
  std::vector<fs::path> folders_;
  const Definitions& definitions_;
};

}  // namespace

Session::Parts::Parts(Options given)
    : options(std::move(given)),
      installation(Installation::around(options.program)),
      started(clock_now()),
      as_of(options.as_of.value_or(started)) {
  if (options.workspace) {
    if (!fs::exists(*options.workspace / spec::workspace_file)) {
      throw Error(Fault::configuration, fmt::format("'{}' is not a workspace: it has no {}", options.workspace->string(),
                                                    spec::workspace_file),
                  fmt::format("make one with: auspex init {}", options.workspace->string()));
    }
    settings = spec::read_workspace(*options.workspace);
    return;
  }
  try {
    settings = spec::read_workspace(spec::find_workspace(fs::current_path()));
  } catch (const Error& error) {
    // Many commands need none; root() says so where one does.
    if (error.problems().front().where.line != 0) throw;
  }
}

const fs::path& Session::Parts::root() {
  if (!settings) (void)spec::find_workspace(fs::current_path());
  return settings->root;
}

int Session::Parts::threads() const {
  if (options.threads) return *options.threads;
  if (settings && settings->threads) return *settings->threads;
  return std::max(1, int(std::thread::hardware_concurrency()));
}

std::int64_t Session::Parts::memory() const {
  if (options.memory) return *options.memory;
  return settings && settings->memory ? *settings->memory : std::int64_t{2} << 30;
}

std::vector<plugin::SearchPlace> Session::Parts::places() {
  return search_places(options.plugin_dirs, settings ? settings->plugin_dirs : std::vector<fs::path>(),
                       settings ? settings->root : fs::path(), installation);
}

plugin::Options Session::Parts::plugin_options() {
  plugin::Options given;
  given.places = places();
  given.probe_program = installation.program;
  given.verdicts = verdict_folder();
  const auto mode = settings ? settings->plugin_isolation.value_or("not_shipped") : "not_shipped";
  given.isolation = mode == "all" ? plugin::Isolation::all : mode == "none" ? plugin::Isolation::none : plugin::Isolation::not_shipped;
  if (options.isolate) given.isolation = *options.isolate ? plugin::Isolation::all : plugin::Isolation::none;
  const auto seconds = options.plugin_seconds || !settings ? options.plugin_seconds : settings->plugin_seconds;
  const auto memory = options.plugin_memory || !settings ? options.plugin_memory : settings->plugin_memory;
  given.limits = {seconds.value_or(plugin::default_limits.seconds), memory.value_or(plugin::default_limits.memory)};
  given.limit_shipped = seconds || memory;
  given.allow_insecure = options.allow_insecure;
  return given;
}

const plugin::Registry& Session::Parts::unlocked_registry() {
  if (!registry_) registry_ = plugin::Registry::load(plugin_options());
  return *registry_;
}

const plugin::Registry& Session::Parts::registry() {
  if (!definitions_) {
    auto given = plugin_options();
    if (settings && fs::exists(settings->root / spec::plugins_lock_file)) {
      given.lock.emplace();
      for (const auto& [id, locked] : spec::read_plugins_lock(settings->root / spec::plugins_lock_file)) {
        given.lock->emplace(id, plugin::Locked{locked.version, locked.sha256, locked.file});
      }
    }
    registry_ = plugin::Registry::load(given);
    std::vector<plugin::SearchPlace> folders;
    if (settings) folders.push_back({settings->root / "indicators", "workspace"});
    folders.push_back({installation.configs / "indicators", "installation"});
    definitions_.emplace(folders, memory(), *registry_);
  }
  return *registry_;
}

const Definitions& Session::Parts::definitions() {
  (void)registry();
  return *definitions_;
}

const plugin::Registry& Session::Parts::checked_registry() {
  definitions().check_all(*registry_);
  return *registry_;
}

std::shared_ptr<const campus::Campus> Session::Parts::campus() {
  if (!campus_) {
    campus_ = campus::Campus::open(root() / "campus", {threads(), memory()});
    plugin::set_timezone(timezone());
  }
  return campus_;
}

std::string Session::Parts::timezone() {
  if (options.timezone) return *options.timezone;
  if (settings && settings->timezone) return *settings->timezone;
  if (campus_ && !campus_->origin().timezone.empty()) return campus_->origin().timezone;
  return "UTC";
}

store::Store Session::Parts::store() {
  store::Store store(root() / "state.db");
  finish_removals(store);
  return store;
}

void Session::Parts::finish_removals(store::Store& store) {
  if (store.removals().empty()) return;
  const auto lock = lock_artefacts();
  for (const auto& removal : store.removals()) {
    const auto file = root() / removal.file;
    // What was written there since is another file.
    if (fs::is_regular_file(file) && sha256_of_file(file) == removal.sha256) fs::remove(file);
    store.record_removed(removal);
  }
}

FileLock Session::Parts::lock_model(const std::string& id) {
  auto name = id;
  std::replace(name.begin(), name.end(), '/', '.');  // ids have no dots
  return lock("model." + name, "the model " + id);
}

FileLock Session::Parts::lock_models() { return lock("models", "the model files"); }

FileLock Session::Parts::lock_campus() { return lock("campus", "the campus"); }

FileLock Session::Parts::lock_artefacts() { return lock("artefacts", "the artefacts"); }

FileLock Session::Parts::lock(const std::string& name, const std::string& subject) {
  const auto command = options.command.empty() ? "auspex" : "auspex " + options.command;
  const auto holder = fmt::format("{}, process {}, since {}", command, ::getpid(), time_text(started));
  return {root() / ".locks" / name, options.wait, subject, holder};
}

fs::path Session::Parts::artefact_folder(const std::string& id) { return root() / "artefacts" / id; }

fs::path Session::Parts::values_file(const std::string& name) { return root() / "values" / name; }

std::vector<fs::path> Session::Parts::model_folders() {
  // What a killed process was deleting is not found any more.
  if (!removals_finished_ && settings && fs::exists(settings->root / "state.db")) (void)store();
  removals_finished_ = true;
  std::vector<fs::path> folders;
  if (settings) folders.push_back(settings->root / "models");
  folders.push_back(installation.configs / "models");
  return folders;
}

Session::Parts::Named Session::Parts::named(const std::string& model) {
  const auto folders = model_folders();
  const bool has_file = model.ends_with(".toml") || files_by_id(folders, spec::model_id).count(model) != 0;
  if (!has_file && store().models().count(model) != 0) return {model, {}};
  auto file = find_file("model", model, folders, spec::model_id);
  auto id = spec::model_id(file);
  if (id.empty()) {
    throw Error(Fault::configuration, fmt::format("the model file '{}' has no id, or is not TOML", file.string()),
                fmt::format("auspex model check {} says what is wrong", file.string()));
  }
  return {std::move(id), std::move(file)};
}

spec::Model Session::Parts::read_model(const fs::path& file) {
  try {
    return Models(registry().schemas(), model_folders(), definitions()).read(file);
  } catch (const Error& error) {
    // A component of a refused plugin is not unknown: say what happened to it.
    auto problems = error.problems();
    bool refused = false;
    for (auto& problem : problems) {
      const auto open = problem.message.find('\'');
      const auto close = problem.message.find('\'', open + 1);
      if (close == std::string::npos) continue;
      if (const auto* refusal = registry().refusal_with(problem.message.substr(open + 1, close - open - 1))) {
        problem.hint = fmt::format("it is in {}, which was refused: {}", refusal->file.string(), refusal->message);
        refused = refused || refusal->file.extension() != ".toml";
      }
    }
    throw Error(refused ? Fault::plugin : error.fault(), std::move(problems));
  }
}

spec::Model Session::Parts::model(const ModelOptions& given) {
  auto model = read_model(find_file("model", given.model, model_folders(), spec::model_id));
  if (given.time_splitting) {
    if (const auto problem = registry().why_not(*given.time_splitting, Kind::time_splitter); !problem.message.empty()) {
      throw Error(Fault::usage, {problem});
    }
    const bool same = model.time_splitting && model.time_splitting->id == *given.time_splitting;
    if (!same) {
      model.time_splitting.emplace();
      model.time_splitting->id = *given.time_splitting;
    }
  }
  if (given.compatibility) model.compatibility = checked_compatibility(*given.compatibility);
  if (options.strict && !model.warnings.empty()) throw Error(Fault::configuration, model.warnings);
  return model;
}

analysis::Request Session::Parts::request(const spec::Model& model) {
  analysis::Request request;
  request.model = &model;
  request.registry = &registry();
  request.campus = campus();
  request.as_of = as_of;
  request.threads = threads();
  const auto is_sql = [&](const spec::Component& indicator) { return registry().is_definition(indicator.id); };
  if (std::any_of(model.indicators.begin(), model.indicators.end(), is_sql)) {
    const auto engine = definitions().engine();
    engine->set_timezone(timezone());
    request.sql = engine;
  }
  if (options.progress) request.progress = [this](double done) { options.progress("analysing", done); };
  return request;
}

const std::string& checked_compatibility(const std::string& version) {
  if (version == "4.4") return version;
  throw Error(Fault::usage, fmt::format("'{}' is not a version of Moodle that can be reproduced", version),
              "give --moodle-compat 4.4");
}

Json to_json(const analysis::Statistics& statistics) {
  return {{"reading", statistics.reading},   {"framing", statistics.framing}, {"calculating", statistics.calculating},
          {"events", statistics.events},     {"values", statistics.values},   {"analysables", statistics.analysables}};
}

Json to_json(const plugin::Reason& reason) {
  Json arguments = Json::object();
  for (const auto& [name, value] : reason.arguments) arguments[name] = value;
  return {{"reason", reason.id}, {"arguments", arguments}};
}

}  // namespace auspex::runtime
