// Which files may be loaded: nobody else may have written them, and they are the ones that were looked at.
#pragma once

#include <cstdint>
#include <filesystem>

namespace auspex::plugin {

/// A file in one state: another after it was replaced or changed.
struct FileIdentity {
  std::uint64_t device = 0, number = 0, size = 0;
  std::int64_t modified = 0, changed = 0;  ///< nanoseconds

  bool operator==(const FileIdentity&) const = default;
};

/// All zero where there is no such file.
[[nodiscard]] FileIdentity identity_of(const std::filesystem::path& file);

/// Throws Refused("insecure") where others than root and the user of this process may write the file, or its folder and so
/// put another in its place. A group that has only the user is no other.
void check_permissions(const std::filesystem::path& file);

}  // namespace auspex::plugin
