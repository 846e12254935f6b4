// Registries over the plugins of tests/plugins.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "plugin/registry.hpp"

namespace plugin_tests {

inline std::filesystem::path folder_of(const std::string& name) {
  return std::filesystem::path(AUSPEX_BAD_PLUGINS) / name;
}

inline std::filesystem::path file_of(const std::string& name) { return folder_of(name) / (name + ".so"); }

/// The folders of these plugins, probed as in the program.
inline auspex::plugin::Options options_for(const std::vector<std::string>& names) {
  // A crash stays a crash under the sanitizers, which would turn it into an exit code.
  for (const auto* variable : {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    const auto* old = std::getenv(variable);
    const std::string kept = old == nullptr ? "" : old;
    if (kept.find("handle_segv") != std::string::npos) continue;
    ::setenv(variable, (kept + (kept.empty() ? "" : ":") + "handle_segv=0:handle_abort=0").c_str(), 1);
  }
  auspex::plugin::Options options;
  for (const auto& name : names) options.places.push_back({folder_of(name), "--plugin-dir"});
  options.probe_program = AUSPEX_PROBE;
  return options;
}

inline auspex::plugin::Registry load(const std::vector<std::string>& names) {
  return auspex::plugin::Registry::load(options_for(names));
}

}  // namespace plugin_tests
