// Zip files of a few files each, packed and unpacked in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace auspex {

/// Files by their names in the archive, such as "mlbackend/model.bin".
using ArchiveFiles = std::map<std::string, std::string>;

/// What an archive may hold, however small it is itself.
struct ArchiveLimits {
  std::size_t files = 1000;
  std::uint64_t bytes = std::uint64_t{256} << 20;  ///< of all files together, unpacked
};

/// The bytes of a zip file; the same files give the same bytes.
[[nodiscard]] std::string zip_bytes(const ArchiveFiles& files);

/// The files of a zip file; folders are left out. Throws Error(data) that says why where it is damaged, encrypted or beyond the
/// limits, or where an entry's name would be unsafe as a path or is there twice, or the entry is no plain file.
[[nodiscard]] ArchiveFiles read_zip(const std::filesystem::path& file, const ArchiveLimits& limits = {});

}  // namespace auspex
