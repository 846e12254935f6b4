#include <fmt/format.h>

#include "base/toml_text.hpp"
#include "spec/model.hpp"

namespace auspex::spec {
namespace {

std::string component_value(const Component& component) {
  const bool renamed = !component.column.empty() && component.column != component.id;
  if (!renamed && component.parameters.empty()) return toml_value(component.id);
  nlohmann::ordered_json table{{"id", component.id}};
  if (renamed) table["as"] = component.column;
  for (const auto& [name, value] : component.parameters.items()) table[name] = value;
  return toml_value(table);
}

// A table of its own; "" where all is as by default. Values that stand for nothing are left out.
std::string settings_table(const char* name, const nlohmann::ordered_json& settings) {
  if (settings.is_null()) return {};
  auto text = fmt::format("\n[{}]\n", name);
  for (const auto& [key, value] : settings.items()) {
    if (value != "" && value != nlohmann::ordered_json::object()) text += fmt::format("{} = {}\n", toml_key(key), toml_value(value));
  }
  return text;
}

}  // namespace

std::string model_toml(const Model& model) {
  std::string text = fmt::format("id = {}\n", toml_value(model.id));
  if (!model.name.empty()) text += fmt::format("name = {}\n", toml_value(model.name));
  if (!model.description.empty()) text += fmt::format("description = {}\n", toml_value(model.description));
  if (!model.imported_from.empty()) text += fmt::format("imported_from = {}\n", toml_value(model.imported_from));
  text += fmt::format("target = {}\n", component_value(model.target));
  if (model.time_splitting) text += fmt::format("time_splitting = {}\n", component_value(*model.time_splitting));
  text += "indicators = [\n";
  for (const auto& indicator : model.indicators) text += fmt::format("  {},\n", component_value(indicator));
  text += "]\n";
  if (model.backend) {
    text += fmt::format("\n[backend]\nid = {}\n", toml_value(model.backend->id));
    for (const auto& [name, value] : model.backend->parameters.items()) {
      text += fmt::format("{} = {}\n", toml_key(name), toml_value(value));
    }
  }
  text += fmt::format("\n[training]\npopulation = \"{}\"\nper_range = {}\nseed = {}\n",
                      model.training.population == Population::enrolled ? "enrolled" : "all", model.training.per_range,
                      model.training.seed);
  text += settings_table("evaluation", to_json(model.evaluation)) + settings_table("decision", to_json(model.decision)) +
          settings_table("search", to_json(model.search));
  if (!model.compatibility.empty()) text += fmt::format("\n[compatibility]\nmoodle = {}\n", toml_value(model.compatibility));
  return text;
}

}  // namespace auspex::spec
