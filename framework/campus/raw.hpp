// Raw files: finding them, checking their headers, reading them into tables that the source's SQL names.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "campus/duckdb.hpp"
#include "campus/import.hpp"

namespace auspex::campus {

/// The column that a raw table with `origin` has besides its own: "FILE:LINE" of each row.
inline constexpr const char* origin_name = "origin";

/// How a text file is written.
struct CsvForm {
  std::vector<std::string> header;
  bool all_quoted = false;  ///< "" cannot be told from a missing value
  bool mysql = false;       ///< \N for a missing value, backslash escapes
  char delimiter = ',';
};

/// One raw table and the file that holds it.
struct RawFile {
  const spec::RawTable* table = nullptr;
  std::filesystem::path file;  ///< empty = absent
  bool parquet = false;
  CsvForm form;                ///< parquet: the header only
};

struct RawFiles {
  std::vector<RawFile> tables;        ///< in the source's order
  std::vector<std::string> unused;    ///< names of files that no table reads
};

/// Throws one Error(data) that lists every missing file and column.
[[nodiscard]] RawFiles find_raw_files(const spec::Source& source, const std::filesystem::path& from);

struct RawRead {
  ImportReport::Counts counts;
  std::vector<Reject> rejects;  ///< in the order of the file
  bool cut = false;             ///< there were more bad rows than are kept
};

/// Reads a raw table into a table of the connection's current schema. `folder`: for temporary files. Throws Error(data)
/// where too many rows are bad.
RawRead read_raw_table(Connection& connection, const RawFile& raw, const std::filesystem::path& folder,
                       const std::function<void(double)>& progress);

/// Makes a plain CSV file of at least `least_size` bytes a view, so that it is parsed where it is used and never stored; nothing
/// where the file does not suit. It is right as long as found_bad_rows() stays false.
std::optional<RawRead> view_raw_table(Connection& connection, const RawFile& raw, std::uintmax_t least_size);

/// Whether reading the views has met a bad row.
[[nodiscard]] bool found_bad_rows(Connection& connection);

/// Whether so many bad rows fail an import: more than 0.1 % and more than ten.
[[nodiscard]] bool too_many(std::int64_t rejected, std::int64_t read);

/// The Error of an import that fails by its bad rows; lists the first of them.
[[nodiscard]] Error too_many_error(const std::string& what, std::int64_t rejected, std::int64_t read,
                                   const std::vector<Reject>& rejects);

}  // namespace auspex::campus
