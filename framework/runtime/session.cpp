#include "runtime/session.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/names.hpp"
#include "campus/import.hpp"
#include "campus/record.hpp"
#include "plugin/calling.hpp"
#include "plugin/host.hpp"
#include "plugin/listing.hpp"
#include "plugin/probe.hpp"
#include "plugin/worker.hpp"
#include "runtime/parts.hpp"
#include "spec/plugins_lock.hpp"
#include "spec/source.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

// "NAME=VALUE" by the source's declaration: JSON where that fits the type, else text.
nlohmann::json source_parameters(const spec::Source& source, const std::vector<std::string>& given) {
  auto values = nlohmann::json::object();
  for (const auto& text : given) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) {
      throw Error(Fault::usage, fmt::format("'{}' is not NAME=VALUE", text), "give --set marks_known_after_days=10, for example");
    }
    const auto name = text.substr(0, equals);
    std::vector<std::string> names;
    const Parameter* parameter = nullptr;
    for (const auto& each : source.parameters) {
      names.push_back(each.name);
      if (each.name == name) parameter = &each;
    }
    if (parameter == nullptr) {
      throw Error(Fault::usage, fmt::format("the source {} has no parameter '{}'", source.id, name),
                  did_you_mean(name, names, fmt::format("its parameters are: {}", fmt::join(names, ", "))));
    }
    const auto value = text.substr(equals + 1);
    auto parsed = nlohmann::json::parse(value, nullptr, false);
    if (parsed.is_discarded() || parameter->type == ParameterType::text) parsed = value;
    if (const auto why = parameter->refuse(parsed); !why.empty()) {
      throw Error(Fault::usage, fmt::format("the parameter '{}': {}", name, why), parameter->description);
    }
    values[name] = std::move(parsed);
  }
  return values;
}

Json to_json(const std::vector<campus::ImportReport::Counts>& counts) {
  Json list = Json::array();
  for (const auto& each : counts) {
    list.push_back({{"name", each.name}, {"read", each.read}, {"rejected", each.rejected}, {"kept", each.kept}, {"note", each.note}});
  }
  return list;
}

Json to_json(const std::vector<campus::Reject>& rejects) {
  Json list = Json::array();
  for (const auto& reject : rejects) {
    list.push_back({{"file", reject.file}, {"line", reject.line}, {"table", reject.table}, {"reason", reject.reason},
                    {"text", reject.text}});
  }
  return list;
}

}  // namespace

std::string version() { return AUSPEX_VERSION; }

std::int64_t memory_size(const std::string& text) { return spec::parse_size(text); }

int probe_plugin(const fs::path& file) { return plugin::probe_main(file); }

int start_plugin_workers() { return plugin::workers_main(); }

void guard_plugins() { plugin::guard_process(); }

Session::Session(Options options) : parts_(std::make_unique<Parts>(std::move(options))) {}
Session::~Session() = default;

Json Session::init(const fs::path& folder) {
  if (fs::exists(folder / spec::workspace_file)) {
    throw Error(Fault::usage, fmt::format("'{}' is already a workspace", folder.string()));
  }
  if (fs::exists(folder) && !fs::is_directory(folder)) {
    throw Error(Fault::usage, fmt::format("'{}' is a file", folder.string()), "give a folder that does not exist yet");
  }
  for (const char* name : {"models", "indicators", "metrics", "sources", "plugins"}) {
    std::error_code why;
    fs::create_directories(folder / name, why);
    if (why) {
      throw Error(Fault::usage, fmt::format("cannot make the folder '{}': {}", (folder / name).string(), why.message()),
                  "give a folder where you may write");
    }
  }
  write_file(folder / spec::workspace_file, spec::initial_workspace_text());
  return {{"workspace", folder.string()}};
}

Json Session::import(const ImportOptions& options) {
  auto& parts = *parts_;
  const auto file = find_file("source", options.source, {parts.root() / "sources", parts.installation.configs / "sources"},
                              [](const fs::path& candidate) { return spec::model_id(candidate); });
  campus::ImportRequest request;
  request.source = spec::read_source(file);
  request.from = options.from;
  request.campus = parts.root() / "campus";
  request.parameters = source_parameters(request.source, options.parameters);
  if (parts.options.timezone) request.timezone = *parts.options.timezone;
  request.key_file = options.key_file;
  request.alone = options.alone;
  request.threads = parts.threads();
  request.memory = parts.memory();
  request.progress = parts.options.progress;
  const auto lock = parts.lock_campus();
  const auto report = campus::import(request);

  return {{"source", request.source.id},   {"raw", to_json(report.raw)},
          {"tables", to_json(report.tables)}, {"rejects", to_json(report.rejects)},
          {"matches", campus::to_json(report.matches)}, {"unmatched", to_json(report.unmatched)},
          {"always_known", report.always_known}, {"timezone", report.timezone},
          {"fingerprint", report.fingerprint}, {"seconds", report.seconds}};
}

Json Session::plugin_list() { return plugin::list_json(parts_->checked_registry()); }

Json Session::plugin_info(const std::string& id) { return plugin::info_json(parts_->checked_registry(), id); }

Json Session::plugin_lock() {
  auto& parts = *parts_;
  const auto file = parts.root() / spec::plugins_lock_file;
  const auto& registry = parts.unlocked_registry();
  std::vector<Problem> problems;
  for (const auto& refusal : registry.refused()) {
    if (refusal.file.extension() != ".so") continue;
    problems.push_back({{}, fmt::format("'{}' was refused: {}", refusal.file.string(), refusal.message), refusal.hint, false});
  }
  if (!problems.empty()) {
    problems.back().hint += (problems.back().hint.empty() ? "" : "; ") + std::string("no lock is written while a plugin is refused");
    throw Error(Fault::plugin, std::move(problems));
  }
  std::map<std::string, spec::LockedPlugin> locked;
  Json plugins = Json::array();
  for (const auto& plugin : registry.plugins()) {
    if (plugin.origin == plugin::installation_origin) continue;
    locked[plugin.id] = {plugin.version, plugin.sha256, plugin.file.filename().string()};
    plugins.push_back({{"id", plugin.id}, {"version", plugin.version}, {"sha256", plugin.sha256}, {"file", plugin.file.string()}});
  }
  write_file(file, spec::plugins_lock_text(locked));
  return {{"file", file.string()}, {"plugins", std::move(plugins)}};
}

Json Session::time_splitting_ranges(const SplitOptions& options) {
  auto& parts = *parts_;
  plugin::set_timezone(parts.timezone());
  nlohmann::json values;
  if (!options.parameters.empty()) {
    values = nlohmann::json::parse(options.parameters, nullptr, false);
    if (!values.is_object()) {
      throw Error(Fault::usage, "the parameters are not a JSON object", "give --parameters '{\"fractions\": [0.1, 0.5]}', for example");
    }
  }
  if (const auto problem = parts.registry().why_not(options.method, Kind::time_splitter); !problem.message.empty()) {
    throw Error(Fault::usage, {problem});
  }
  auto splitter = parts.registry().time_splitter(options.method, values,
                                                 options.compatibility ? checked_compatibility(*options.compatibility) : "");
  const auto split = splitter.ranges(options.start.value_or(no_time), options.end.value_or(no_time), parts.as_of,
                                     options.first_analysis.value_or(no_time));
  const auto& info = splitter.info();
  Json ranges = Json::array(), distinct = Json::array();
  for (const auto& range : split.ranges) {
    ranges.push_back({{"start", range.start}, {"end", range.end}, {"time", range.predict_at}});
    if (info.range_columns) distinct.push_back(distinct.size());
  }
  if (!info.range_columns) distinct = Json::array({0});
  const auto predicted = split.for_prediction(parts.as_of);
  Json result{{"valid", !split.reason || split.reason.id == "no_ranges"},
              {"ranges", ranges},
              {"training_range_indexes", split.for_training()},
              {"distinct_ranges", distinct},
              {"prediction_range_index", predicted ? Json(*predicted) : Json(nullptr)},
              {"cache_indicator_calculations", info.cacheable},
              {"valid_for_evaluation", info.valid_for_evaluation},
              {"include_range_info", info.range_columns}};
  if (split.reason) result.update(to_json(split.reason));
  return result;
}

}  // namespace auspex::runtime
