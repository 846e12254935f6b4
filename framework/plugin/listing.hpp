// `auspex plugin list` and `auspex plugin info ID` as JSON.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "plugin/registry.hpp"

namespace auspex::plugin {

/// {"places": [{"folder", "origin", "exists"}], "plugins": [PLUGIN], "definitions": [DEFINITION], "refused": [{"file",
/// "origin", "code", "message", "hint", "components"}]}. PLUGIN has id, version, name, author, licence, url, file, origin,
/// sha256, abi, sdk and components; DEFINITION has id, file, origin and one component. components: [{"id", "kind", "name",
/// "description", "unit", "parameters", "reads"}]; reads are those with default parameters, null where a parameter is
/// required and for definitions.
[[nodiscard]] nlohmann::ordered_json list_json(const Registry& registry);

/// PLUGIN of the plugin with this id or with this component, or DEFINITION; for a component only that one is listed.
/// Throws Error(usage) for an unknown id, Error(plugin) or Error(configuration) for one of a refused plugin or definition.
[[nodiscard]] nlohmann::ordered_json info_json(const Registry& registry, const std::string& id);

}  // namespace auspex::plugin
