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
};

[[nodiscard]] nlohmann::ordered_json to_json(const Record& record);
/// Throws nlohmann's exceptions where `json` has another form.
[[nodiscard]] Record record_from_json(const nlohmann::ordered_json& json);

}  // namespace auspex::campus
