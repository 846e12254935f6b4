// Bringing outside data into a campus, whole or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "campus/schema.hpp"
#include "spec/source.hpp"

namespace auspex::campus {

struct ImportRequest {
  spec::Source source;
  std::filesystem::path from;            ///< the folder of raw files
  std::filesystem::path campus;          ///< the workspace's campus/ folder
  nlohmann::json parameters = nlohmann::json::object();  ///< of the source, by name
  std::string timezone;                  ///< overrides the source's; "" = the source's
  bool alone = false;                    ///< of this source alone: drops what other sources joined to the campus
  std::filesystem::path key_file;        ///< HMAC-SHA-256 of the ids of persons under this key; empty = ids as they are
  int threads = 1;
  std::int64_t memory = std::int64_t{2} << 30;
  std::uintmax_t viewed_from = std::uintmax_t{64} << 20;  ///< plain CSV files of so many bytes are parsed where they are used
  std::function<void(const std::string& step, double done)> progress;  ///< may be empty
};

/// A row that was kept aside.
struct Reject {
  std::string file;
  std::int64_t line = 0;  ///< of the raw file, or 0
  std::string table;      ///< canonical table, for rows refused after reading
  std::string reason;
  std::string text;       ///< the raw line or the row's key

  /// Takes file and line from "FILE:LINE".
  void stand_at(const std::string& origin);
};

/// In the order of their files, as they are where they stand in none.
void sort_by_line(std::vector<Reject>& rejects);

struct ImportReport {
  struct Counts {
    std::string name;
    std::int64_t read = 0;
    std::int64_t rejected = 0;
    std::int64_t kept = 0;
    std::string note;      ///< "absent: reads as empty", ...
  };
  /// How well the keys of a source that joins the campus fit those of the campus.
  struct Matched {
    std::string source, table;
    std::string column, target;       ///< "user_id", "users.external_id"
    std::int64_t keys = 0;            ///< different ones that the source gives
    std::int64_t matched = 0;         ///< of these, those that name one row of the campus
    std::int64_t ambiguous = 0;       ///< those that name several; the rest names none
    std::int64_t rows = 0;            ///< of the source
    std::int64_t unmatched_rows = 0;  ///< of these, those that are kept aside
    std::int64_t subjects = 0;        ///< the campus's users, courses, ...
    std::int64_t subjects_with_key = 0;
    std::int64_t subjects_with_rows = 0;
  };
  std::vector<Counts> raw;
  std::vector<Counts> tables;
  std::vector<Reject> rejects;          ///< the first 1,000; all of them in rejects.csv beside campus.toml
  std::vector<Matched> matches;   ///< of the source where it joins a campus, else of every one that joins what it makes
  std::vector<Reject> unmatched;  ///< rows of theirs whose keys name nobody, or several: the first 1,000
  std::vector<std::string> always_known;  ///< tables without history
  std::string timezone;
  std::string fingerprint;
  double seconds = 0;
};

/// Replaces the campus, or, of a source that joins (spec::Source::joins), the tables that it gave to it before. What other
/// sources joined to a campus stays and is matched again with the new one. The old campus stays whole until the new one is
/// complete, also across a crash at any moment; who reads it then keeps it until he ends. The caller sees to it that no
/// other import of this campus runs. Throws Error(configuration) where two sources give one table, and Error(data) where no
/// key of a source matches, where files are missing or more than 0.1 % and more than ten rows of a table are bad.
ImportReport import(const ImportRequest& request);

/// The tables that a source gives: every canonical one with what the source adds to it, then its own. Throws
/// Error(configuration) that lists every fault.
[[nodiscard]] std::vector<Table> source_tables(const spec::Source& source);

}  // namespace auspex::campus
