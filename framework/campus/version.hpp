// The versions of a campus on disk: each a folder that is complete before it becomes the current one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "campus/record.hpp"

namespace auspex::campus {

inline constexpr const char* dictionaries_file = "dictionaries.parquet";

/// Says that the campus in `folder` cannot be used, and why.
[[nodiscard]] Error damaged(const std::filesystem::path& folder, const std::string& why);

/// The name of the version that the file 'current' of a campus names. Throws Error(data) where there is no campus.
[[nodiscard]] std::string current_version(const std::filesystem::path& campus);

/// What the version in `folder` records of itself. Throws Error(data) where it is damaged.
[[nodiscard]] Record read_record(const std::filesystem::path& folder);

/// The file of a table, relative to its version's folder.
[[nodiscard]] std::string table_file(const std::string& table);
/// The folder of what a joining source gave, relative to its version's folder.
[[nodiscard]] std::string source_folder(const std::string& source);

/// As CSV: file, line, table, reason, text.
[[nodiscard]] std::string rejects_csv(const std::vector<Reject>& rejects);

/// Records what is in `folder`, with sizes, hashes and the fingerprint, and makes it the current version. Files that `known`
/// holds are not hashed again. Versions that nobody reads are removed.
void keep_version(TemporaryFolder& folder, const std::filesystem::path& campus, Record& record,
                  const std::vector<StoredFile>& known = {});

}  // namespace auspex::campus
