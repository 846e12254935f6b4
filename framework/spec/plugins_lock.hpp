// plugins.lock: the plugins that a workspace uses, by the bytes of their files.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace auspex::spec {

inline constexpr const char* plugins_lock_file = "plugins.lock";

struct LockedPlugin {
  std::string version;
  std::string sha256;  ///< of the file: 64 lower-case hexadecimal digits
  std::string file;    ///< its name, without a folder
};

/// By plugin id. Throws Error(configuration) with all faults.
[[nodiscard]] std::map<std::string, LockedPlugin> read_plugins_lock(const std::filesystem::path& file);

/// The text of such a file.
[[nodiscard]] std::string plugins_lock_text(const std::map<std::string, LockedPlugin>& plugins);

}  // namespace auspex::spec
