// A workspace's settings: the auspex.toml at its root.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace auspex::spec {

inline constexpr const char* workspace_file = "auspex.toml";

/// What is absent was not set: the command line comes before it, the defaults after it.
struct Workspace {
  std::optional<std::string> timezone;              ///< an IANA name
  std::optional<std::int64_t> memory;               ///< bytes
  std::optional<int> threads;                       ///< at least 1
  std::vector<std::filesystem::path> plugin_dirs;   ///< searched before the workspace's plugins/; absolute
  std::optional<std::string> plugin_isolation;      ///< "not_shipped", "all", "none"
  std::optional<double> plugin_seconds;             ///< of one call
  std::optional<std::int64_t> plugin_memory;        ///< bytes
  std::filesystem::path root;
};

/// Reads and checks `root`/auspex.toml. Throws Error(configuration) with all faults.
[[nodiscard]] Workspace read_workspace(const std::filesystem::path& root);

/// The nearest of `start` and its parents with an auspex.toml. Throws Error(configuration) where there is none.
[[nodiscard]] std::filesystem::path find_workspace(const std::filesystem::path& start);

/// Bytes: "2GiB", "512 MiB", "1.5GB" (10^9), "1048576". Throws Error(usage) for anything else and for less than 1.
[[nodiscard]] std::int64_t parse_size(std::string_view text);

/// The auspex.toml of a new workspace: every setting with its meaning and default.
[[nodiscard]] std::string initial_workspace_text();

/// JSON Schema (draft 2020-12) for editors, from the declaration that the reader checks with.
[[nodiscard]] nlohmann::ordered_json workspace_json_schema();

}  // namespace auspex::spec
