// Loads an unknown library in a process of its own first: a static initialiser can crash or never end.
#pragma once

#include <filesystem>

namespace auspex::plugin {

/// What `auspex --probe-plugin FILE` does: loads the plugin, checks its descriptor, initialises it, and prints one line of
/// JSON with the verdict. Returns 0 whatever the verdict.
int probe_main(const std::filesystem::path& file);

}  // namespace auspex::plugin
