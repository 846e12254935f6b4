// Text files as they are: plain or gzip, their form, their lines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "campus/raw.hpp"

namespace auspex::campus {

/// Looks at the head of a .csv or .csv.gz file. Throws Error(data) where it cannot be read or has no header.
[[nodiscard]] CsvForm csv_form(const std::filesystem::path& file);

/// What a text file's line breaks say of its records.
struct LineBreaks {
  bool quoted = false;        ///< some stand inside quotes, so that the file may not be cut at any
  std::int64_t lines = 0;     ///< that are not empty; not counted to the end where `quoted`
};
[[nodiscard]] LineBreaks line_breaks(const std::filesystem::path& file);

/// Where each record begins (bytes from 1, as DuckDB counts them), the header's first; empty lines are none.
[[nodiscard]] std::vector<std::int64_t> record_positions(const std::filesystem::path& file);

/// The line, counted from 1, in which each of `positions` (bytes from 1, ascending) of a text file lies.
[[nodiscard]] std::vector<std::int64_t> lines_at(const std::filesystem::path& file,
    const std::vector<std::int64_t>& positions);

/// Writes a file in MySQL's form as CSV: missing values empty, texts in quotes, quotes doubled. For each of `positions`
/// (bytes
/// of the written file from 1, ascending) gives the line of the original.
std::vector<std::int64_t> rewrite_mysql(const std::filesystem::path& from, char delimiter, const std::filesystem::path& to,
                                        const std::vector<std::int64_t>& positions = {});

}  // namespace auspex::campus
