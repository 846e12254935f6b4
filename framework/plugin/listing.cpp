#include "plugin/listing.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/names.hpp"
#include "plugin/loading.hpp"

namespace auspex::plugin {
namespace {

using Json = nlohmann::ordered_json;

Json parameter_json(const Parameter& parameter) {
  Json json = {{"name", parameter.name},
               {"type", type_name(parameter.type)},
               {"list", parameter.is_list},
               {"required", parameter.required},
               {"description", parameter.description}};
  if (!parameter.default_value.is_null()) json["default"] = parameter.default_value;
  if (std::isfinite(parameter.minimum)) json["minimum"] = parameter.minimum;
  if (std::isfinite(parameter.maximum)) json["maximum"] = parameter.maximum;
  if (!parameter.choices.empty()) json["choices"] = parameter.choices;
  if (parameter.search) {
    const bool is_number = parameter.type == ParameterType::real || parameter.type == ParameterType::integer;
    json["search"] = Json::object();
    if (is_number) {
      json["search"] = {{"low", parameter.search->low}, {"high", parameter.search->high},
                        {"scale", parameter.search->is_log ? "log" : "linear"}};
    }
  }
  return json;
}

Json read_json(const Read& read) {
  Json json = {{"stage", stage_name(read.stage)},
               {"table", read.table},
               {"columns", read.columns},
               {"scope", read.scope == AUSPEX_SCOPE_SAMPLE ? "sample" : "analysable"},
               {"window", read.window == AUSPEX_WINDOW_RANGE       ? "range"
                          : read.window == AUSPEX_WINDOW_UNTIL_END ? "until_end"
                                                                   : "history"}};
  Json where = Json::object();
  for (const auto& condition : read.conditions) where[condition.column] = condition.values;
  if (!where.empty()) json["where"] = std::move(where);
  return json;
}

std::vector<Read> default_reads(const Registry& registry, const ComponentSchema& schema) {
  switch (schema.kind) {
    case Kind::analyser: return registry.analyser(schema.id).reads();
    case Kind::time_splitter: return registry.time_splitter(schema.id).reads();
    case Kind::target: return registry.target(schema.id).reads();
    case Kind::indicator: return registry.indicator(schema.id).reads();
    case Kind::ml_backend: return registry.backend(schema.id).reads();
    case Kind::clusterer: return registry.clusterer(schema.id).reads();
    case Kind::outlier_detector: return registry.outlier_detector(schema.id).reads();
  }
  return {};
}

Json component_json(const Registry& registry, const std::string& id) {
  const auto& component = *registry.component(id);
  const auto& schema = component.schema;
  Json json = {{"id", id}, {"kind", component.known ? kind_name(schema.kind) : "unknown"}};
  if (!component.known) json["interface"] = component.interface_id;
  json["name"] = schema.name;
  json["description"] = schema.description;
  json["unit"] = component.unit;
  if (!component.known) return json;
  json["parameters"] = Json::array();
  for (const auto& parameter : schema.parameters) json["parameters"].push_back(parameter_json(parameter));
  json["reads"] = nullptr;
  const bool needs_values = std::any_of(schema.parameters.begin(), schema.parameters.end(),
                                        [](const Parameter& parameter) { return parameter.required; });
  if (needs_values || registry.is_definition(id)) return json;
  try {
    auto reads = Json::array();
    for (const auto& read : default_reads(registry, schema)) reads.push_back(read_json(read));
    json["reads"] = std::move(reads);
  } catch (const Error& error) {
    json["error"] = error.problems().front().message;
  }
  return json;
}

Json plugin_json(const Registry& registry, const LoadedPlugin& plugin, const std::vector<std::string>& components) {
  Json json = {{"id", plugin.id},
               {"version", plugin.version},
               {"name", plugin.name},
               {"author", plugin.author},
               {"licence", plugin.licence},
               {"url", plugin.url},
               {"file", plugin.file.string()},
               {"origin", plugin.origin},
               {"sha256", plugin.sha256},
               {"isolated", plugin.isolated},
               {"abi", fmt::format("{}.{}", plugin.abi_major, plugin.abi_minor)},
               {"sdk", plugin.sdk_version},
               {"components", Json::array()}};
  for (const auto& id : components) json["components"].push_back(component_json(registry, id));
  return json;
}

Json definition_json(const Registry& registry, const Definition& definition) {
  return {{"id", definition.schema.id},
          {"file", definition.file.string()},
          {"origin", definition.origin},
          {"components", {component_json(registry, definition.schema.id)}}};
}

}  // namespace

nlohmann::ordered_json list_json(const Registry& registry) {
  Json json = {{"places", Json::array()},
               {"plugins", Json::array()},
               {"definitions", Json::array()},
               {"refused", Json::array()}};
  for (const auto& place : registry.places()) {
    std::error_code error;
    json["places"].push_back({{"folder", place.folder.string()},
                              {"origin", place.origin},
                              {"exists", std::filesystem::is_directory(place.folder, error)}});
  }
  for (const auto& plugin : registry.plugins()) json["plugins"].push_back(plugin_json(registry, plugin, plugin.components));
  for (const auto& definition : registry.definitions()) json["definitions"].push_back(definition_json(registry, definition));
  for (const auto& refusal : registry.refused()) {
    json["refused"].push_back({{"file", refusal.file.string()},
                               {"origin", refusal.origin},
                               {"code", refusal.code},
                               {"message", refusal.message},
                               {"hint", refusal.hint},
                               {"components", refusal.ids}});
  }
  return json;
}

nlohmann::ordered_json info_json(const Registry& registry, const std::string& id) {
  std::vector<std::string> candidates;
  for (const auto& plugin : registry.plugins()) {
    if (plugin.id == id) return plugin_json(registry, plugin, plugin.components);
    if (std::find(plugin.components.begin(), plugin.components.end(), id) != plugin.components.end()) {
      return plugin_json(registry, plugin, {id});
    }
    candidates.push_back(plugin.id);
    candidates.insert(candidates.end(), plugin.components.begin(), plugin.components.end());
  }
  for (const auto& definition : registry.definitions()) {
    if (definition.schema.id == id) return definition_json(registry, definition);
    candidates.push_back(definition.schema.id);
  }
  for (const auto& refusal : registry.refused()) {
    const bool holds = std::any_of(refusal.ids.begin(), refusal.ids.end(), [&](const std::string& component) {
      return component == id || component.starts_with(id + "/");
    });
    if (holds || refusal.file.stem() == id) {
      const bool is_plugin = refusal.file.extension() != ".toml";
      throw Error(is_plugin ? Fault::plugin : Fault::configuration,
                  fmt::format("{} '{}' was refused: {}", is_plugin ? "plugin" : "the file", refusal.file.string(),
                              refusal.message),
                  refusal.hint);
    }
  }
  throw Error(Fault::usage, fmt::format("there is no plugin or component '{}'", id),
              did_you_mean(id, candidates, "'auspex plugin list' shows what is installed"));
}

}  // namespace auspex::plugin
