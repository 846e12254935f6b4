// Inside a worker process, and inside the process that starts them.
#pragma once

#include <nlohmann/json.hpp>

#include "plugin/loading.hpp"

namespace auspex::plugin {

/// What `auspex --plugin-workers` does: starts workers as the host asks on descriptor 3, until the host is gone.
int workers_main();

/// A descriptor as a worker tells it to the host, with what components can do beside the required.
[[nodiscard]] nlohmann::json to_json(const Descriptor& descriptor);
[[nodiscard]] Descriptor descriptor_of(const nlohmann::json& json, const std::shared_ptr<IsolatedPlugin>& isolated);

}  // namespace auspex::plugin
