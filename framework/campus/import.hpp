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
};

struct ImportReport {
  struct Counts {
    std::string name;
    std::int64_t read = 0;
    std::int64_t rejected = 0;
    std::int64_t kept = 0;
    std::string note;      ///< "absent: reads as empty", ...
  };
  std::vector<Counts> raw;
  std::vector<Counts> tables;
  std::vector<Reject> rejects;          ///< the first 1,000; all of them in rejects.csv beside campus.toml
  std::vector<std::string> always_known;  ///< tables without history
  std::string timezone;
  std::string fingerprint;
  double seconds = 0;
};

/// Replaces the campus. The old one stays whole until the new one is complete, also across a crash at any moment; who reads
/// it then keeps it until he ends. The caller sees to it that no other import of this campus runs.
/// Throws Error(data) where files are missing or more than 0.1 % and more than ten rows of a table are bad.
ImportReport import(const ImportRequest& request);

/// The tables that a source gives: every canonical one with what the source adds to it, then its own. Throws
/// Error(configuration) that lists every fault.
[[nodiscard]] std::vector<Table> source_tables(const spec::Source& source);

}  // namespace auspex::campus
