// Models in and out of a workspace as zip files of Moodle's form: model-config.json, and the trained model in mlbackend/. What that
// form has no place for (parameters, names of columns, versions of our plugins) is in auspex/model.json beside it.
#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "analysis/components.hpp"
#include "base/archive.hpp"
#include "base/moodle_names.hpp"
#include "learning/artefact.hpp"
#include "runtime/bookkeeping.hpp"
#include "runtime/models.hpp"
#include "spec/moodle_config.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

constexpr int exchange_format = 1;
constexpr const char* config_name = "model-config.json";
constexpr const char* own_name = "auspex/model.json";
constexpr std::string_view weights_folder = "mlbackend/";

constexpr const char* from_moodle =
    "# Exported by Moodle, so values are calculated as there, its defects too; without [compatibility] they are corrected.\n";

// Moodle's cores that count as the 4.4 which compatibility reproduces: after the builds of 4.3, before 4.5.
constexpr double first_of_release = 2023101000, first_of_next_release = 2024100700;

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos &&
         std::count(text.begin(), text.end(), '.') <= 1;
}

std::string component_of(const std::string& id) { return id.substr(0, id.find('/')); }

std::vector<std::pair<std::string, Kind>> components_of(const spec::Model& model) {
  std::vector<std::pair<std::string, Kind>> all{{model.target.id, Kind::target}, {model.time_splitting->id, Kind::time_splitter}};
  for (const auto& indicator : model.indicators) all.emplace_back(indicator.id, Kind::indicator);
  if (model.backend) all.emplace_back(model.backend->id, Kind::ml_backend);
  return all;
}

std::string artefact_name(const fs::path& file) { return std::string(weights_folder) + file.filename().string(); }

// What an export holds, read and understood; nothing is checked against the installation yet.
struct Export {
  fs::path file;
  ArchiveFiles files;
  spec::MoodleConfig config;
  spec::Model model;
  Json plugins;                    // ids and versions where Auspex exported it, else null
  Time trained_as_of = no_time;
  bool has_artefact = false;
  bool has_other_weights = false;

  [[nodiscard]] std::string place(const char* name) const { return fmt::format("{}: {}", file.string(), name); }
};

Export read_export(const fs::path& file) {
  Export read;
  read.file = file;
  read.files = read_zip(file);
  const auto config = read.files.find(config_name);
  if (config == read.files.end()) {
    throw Error(Fault::data, fmt::format("'{}' is no model export: it has no {}", file.string(), config_name),
                "give a file that Moodle or auspex model export wrote");
  }
  read.config = spec::parse_moodle_config(config->second, read.place(config_name));
  const auto own = read.files.find(own_name);
  if (own == read.files.end()) {
    read.model = spec::model_of(read.config, read.place(config_name));
  } else {
    try {
      const auto json = Json::parse(own->second);
      if (json.at("format").get<int>() != exchange_format) {
        throw Error(Fault::data, "it has another format than this version reads", "use the version of Auspex that wrote it",
                    {read.place(own_name), 0, 0});
      }
      read.model = spec::from_json(json.at("model"));
      read.plugins = json.at("plugins");
      if (!json.at("trained_as_of").is_null()) read.trained_as_of = json.at("trained_as_of").get<Time>();
    } catch (const Json::exception& error) {
      throw Error(Fault::data, fmt::format("it is damaged: {}", error.what()), "export the model again",
                  {read.place(own_name), 0, 0});
    }
    const auto same = spec::moodle_config(read.model, reproduced_moodle_version);
    if (same.target != read.config.target || same.time_splitting != read.config.time_splitting ||
        same.indicators != read.config.indicators) {
      throw Error(Fault::data, fmt::format("{} and {} tell of different models", config_name, own_name),
                  "one of them was changed: export the model again", {file.string(), 0, 0});
    }
  }
  for (const auto& [name, bytes] : read.files) {
    if (!name.starts_with(weights_folder)) continue;
    read.has_artefact = read.has_artefact || name == artefact_name(learning::artefact_description);
    read.has_other_weights = true;
  }
  read.has_artefact = read.has_artefact && own != read.files.end();
  read.has_other_weights = read.has_other_weights && !read.has_artefact;
  return read;
}

// Indicators that nothing defines here, but that hold their SQL as exports leave it, become core/sql; their columns keep
// their names.
void adopt_sql(const plugin::Registry& registry, Export& read) {
  for (auto& indicator : read.model.indicators) {
    const bool has_sql = indicator.parameters.contains("expression") || indicator.parameters.contains("select");
    const bool is_of_plugin = read.plugins.contains(component_of(indicator.id));
    if (!has_sql || is_of_plugin || registry.component(indicator.id) != nullptr) continue;
    if (indicator.column.empty()) indicator.column = indicator.id;
    indicator.id = spec::sql_component;
  }
}

// What is missing here, as Moodle tells it: components, then versions, then classes.
std::vector<Problem> missing_dependencies(const Export& read, const plugin::Registry& registry, bool ignore_versions) {
  std::map<std::string, std::string> installed;
  for (const auto& plugin : registry.plugins()) installed[plugin.id] = plugin.version;
  std::map<std::string, std::vector<std::string>> missing;
  std::vector<Problem> versions, classes;
  const auto add = [](std::vector<Problem>& list, std::string message, std::string hint) {
    list.push_back({{}, std::move(message), std::move(hint), false});
  };
  for (const auto& [id, kind] : components_of(read.model)) {
    if (registry.is_definition(id)) continue;  // its SQL is in the model
    if (installed.count(component_of(id)) == 0) {
      missing[component_of(id)].push_back(id);
    } else if (auto problem = registry.why_not(id, kind); !problem.message.empty()) {
      add(classes, fmt::format("missing component: {}", problem.message), problem.hint);
    }
  }
  if (read.plugins.is_object()) {
    for (const auto& [id, version] : read.plugins.items()) {
      const auto found = installed.find(id);
      if (found == installed.end() || found->second == version) continue;
      add(versions, fmt::format("another version: the plugin {} is {} here, {} where the model was exported", id, found->second,
                                version.get<std::string>()),
          "install that version, or give --ignore-versions");
    }
  } else if (const auto core = read.config.dependencies.find("core"); core != read.config.dependencies.end()) {
    const auto version = is_number(core->second) ? std::stod(core->second) : 0;
    if (version < first_of_release || version >= first_of_next_release) {
      add(versions, fmt::format("another version: the model comes from Moodle {}; what is installed computes as Moodle 4.4 ({})",
                                core->second, reproduced_moodle_version),
          "give --ignore-versions to import it all the same");
    }
  }
  std::vector<Problem> problems;
  for (const auto& [component, ids] : missing) {
    const auto at = read.config.dependencies.find(component);
    auto version = at == read.config.dependencies.end() ? std::string() : " " + at->second;
    if (read.plugins.is_object()) version = " " + read.plugins.value(component, "");
    const auto* refusal = registry.refusal_with(ids.front());
    add(problems, fmt::format("missing plugin: {}{}, which gives {}", component, version, fmt::join(ids, ", ")),
        refusal != nullptr ? fmt::format("it is in {}, which was refused: {}", refusal->file.string(), refusal->message)
                           : "install it into the workspace's plugins/, or name its folder with --plugin-dir");
  }
  if (!ignore_versions) problems.insert(problems.end(), versions.begin(), versions.end());
  problems.insert(problems.end(), classes.begin(), classes.end());
  return problems;
}

// The artefact in the export, checked: that of the model as it was exported.
learning::Artefact artefact_in(const Export& read, const Json& exported, const fs::path& near) {
  fs::create_directories(near);
  const TemporaryFolder folder(near);
  for (const auto& [name, bytes] : read.files) {
    if (name.starts_with(weights_folder)) write_file(folder.path() / fs::path(name).filename(), bytes);
  }
  auto artefact = learning::Artefact::load(folder.path());
  if (artefact.provenance.spec != exported) {
    throw Error(Fault::data, fmt::format("the trained model in {} is not of the model in {}", weights_folder, own_name),
                "export the model again", {read.file.string(), 0, 0});
  }
  return artefact;
}

// Another file with the id would make it mean nothing.
void refuse_taken(const std::string& id, const fs::path& folder) {
  if (!fs::is_directory(folder)) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".toml" || spec::model_id(entry.path()) != id) continue;
    throw Error(Fault::configuration, fmt::format("there is already a model {}: '{}'", id, entry.path().string()),
                "import this one under another id with --id");
  }
}

// Whether the model's file will be read: parameters may have changed since the export.
void check_file(Session::Parts& parts, const std::string& text, const fs::path& from) {
  const TemporaryFolder folder(parts.root());
  const auto file = folder.path() / "model.toml";
  write_file(file, text);
  try {
    (void)parts.read_model(file);
  } catch (const Error& error) {
    auto problems = error.problems();
    std::erase_if(problems, [](const Problem& problem) { return problem.warning; });
    for (auto& problem : problems) problem.where = {from.string(), 0, 0};
    throw Error(error.fault(), std::move(problems));
  }
}

}  // namespace

Json Session::model_export(const ModelOptions& options, const fs::path& out, bool weights) {
  auto& parts = *parts_;
  auto model = parts.model(options);
  analysis::Request request;
  request.model = &model;
  request.registry = &parts.registry();
  const auto shape = analysis::shape_of(request);
  refuse_static(shape, model, "export");

  ArchiveFiles files;
  Json warnings = Json::array();
  Json own{{"format", exchange_format}, {"model", nullptr}, {"plugins", nullptr}, {"trained_as_of", nullptr}};
  std::optional<store::Training> training;
  if (weights && parts.settings && fs::exists(parts.root() / "state.db")) training = parts.store().training(model.id);
  if (training) {
    const auto folder = parts.artefact_folder(training->artefact);
    const auto artefact = learning::Artefact::load(folder, training->artefact);
    if (artefact.provenance.spec != spec::to_json(model)) {
      warnings.push_back("the model's file was changed after it was trained: what was trained is exported");
      model = spec::from_json(artefact.provenance.spec);
    }
    for (const auto& entry : fs::directory_iterator(folder)) files[artefact_name(entry.path())] = read_file(entry.path());
    own["plugins"] = artefact.provenance.plugins;
    own["trained_as_of"] = training->as_of;
  } else {
    own["plugins"] = plugins_of(parts.registry(), model, shape.target.analyser);
  }
  own["model"] = spec::to_json(model);
  std::string version;
  if (parts.settings && fs::exists(parts.root() / "campus" / "current")) version = parts.campus()->origin().version;
  const auto config = spec::moodle_config(model, is_number(version) ? version : reproduced_moodle_version);
  files[config_name] = spec::to_text(config);
  files[own_name] = own.dump(2) + "\n";
  write_file(out, zip_bytes(files));

  Json names = Json::array();
  for (const auto& [name, bytes] : files) names.push_back(name);
  return {{"model", model.id}, {"file", out.string()}, {"processor", config.processor}, {"trained", training.has_value()},
          {"files", names},    {"warnings", warnings}};
}

Json Session::model_import(const fs::path& file, const std::optional<std::string>& id, bool ignore_versions) {
  auto& parts = *parts_;
  const auto models = parts.lock_models();
  auto read = read_export(file);
  auto& model = read.model;
  const auto exported = spec::to_json(model);
  adopt_sql(parts.registry(), read);
  if (auto problems = missing_dependencies(read, parts.registry(), ignore_versions); !problems.empty()) {
    throw Error(Fault::plugin, std::move(problems));
  }
  if (read.has_other_weights) {
    model.warnings.push_back({{file.string(), 0, 0},
                              fmt::format("the trained model of {} cannot be used: the model is imported untrained",
                                          read.config.processor.empty() ? "Moodle" : read.config.processor),
                              "train it with auspex model train", true});
  }
  if (parts.options.strict && !model.warnings.empty()) throw Error(Fault::configuration, std::move(model.warnings));
  std::optional<learning::Artefact> artefact;
  if (read.has_artefact) {
    const auto lock = parts.lock_artefacts();
    artefact = artefact_in(read, exported, parts.root() / "artefacts");
  }

  if (id) model.id = *id;
  else if (model.id.empty()) model.id = "imported/" + model.target.id.substr(model.target.id.find('/') + 1);
  model.imported_from = file.filename().string();
  for (const auto& folder : parts.model_folders()) refuse_taken(model.id, folder);
  const auto target = parts.root() / "models" / (model.id.substr(model.id.find('/') + 1) + ".toml");
  if (fs::exists(target)) {
    throw Error(Fault::configuration, fmt::format("there is already a file '{}'", target.string()),
                "import the model under another id with --id");
  }
  const auto text = (read.plugins.is_null() ? from_moodle : "") + spec::model_toml(model);
  check_file(parts, text, file);

  // The file comes last: without it there is no model.
  if (artefact) {
    const auto lock = parts.lock_model(model.id);
    artefact->provenance.spec["id"] = model.id;
    artefact->provenance.spec["indicators"] = spec::to_json(model)["indicators"];
    keep(parts, model.id, *artefact, read.trained_as_of);
  }
  fs::create_directories(target.parent_path());
  write_file(target, text);

  Json warnings = Json::array();
  for (const auto& warning : model.warnings) warnings.push_back(warning.text());
  return {{"model", model.id},
          {"file", target.string()},
          {"from", file.string()},
          {"target", model.target.id},
          {"time_splitting", model.time_splitting->id},
          {"indicators", model.indicators.size()},
          {"backend", model.backend ? Json(model.backend->id) : Json(nullptr)},
          {"trained", artefact.has_value()},
          {"warnings", warnings}};
}

}  // namespace auspex::runtime
