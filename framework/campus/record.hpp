// What a campus records of itself: campus.toml for people, campus.json for programs, the same content.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "campus/campus.hpp"
#include "campus/import.hpp"

namespace auspex::campus {

inline constexpr const char* record_file = "campus.json";

struct StoredFile {
  std::string name;  ///< relative to the campus's version folder
  std::uint64_t size = 0;
  std::string sha256;
};

struct RejectCount {
  std::string name;  ///< a file or a canonical table
  std::string reason;
  std::int64_t rows = 0;
};

/// A source that added tables to the campus of another. What it gave, keys and all, is kept in sources/SOURCE/, so that it
/// can be matched again with a later campus.
struct JoinedSource {
  struct Given {
    std::string name;  ///< of a table in Record::tables
    std::vector<Join> joins;
  };
  std::string source;
  std::string version;
  nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
  std::vector<Given> tables;
  std::vector<std::string> always_known;
  std::vector<ImportReport::Counts> raw;
  std::vector<ImportReport::Counts> canonical;
  std::vector<RejectCount> rejects;
  std::vector<ImportReport::Matched> matches;
};

struct Record {
  Origin origin;
  nlohmann::ordered_json parameters = nlohmann::ordered_json::object();
  bool pseudonymous = false;              ///< ids of persons are HMACs
  std::vector<Table> tables;
  std::vector<StoredFile> files;
  std::vector<std::string> always_known;
  std::vector<ImportReport::Counts> raw;
  std::vector<ImportReport::Counts> canonical;
  std::vector<RejectCount> rejects;
  std::vector<JoinedSource>
      joined;  ///< by the source's name; all but `tables` and `files` above is of the first source alone
};

[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<ImportReport::Matched>& matches);
[[nodiscard]] nlohmann::ordered_json to_json(const Record& record);
/// Throws nlohmann's exceptions where `json` has another form.
[[nodiscard]] Record record_from_json(const nlohmann::ordered_json& json);

}  // namespace auspex::campus
