// A source file: how raw files become canonical tables.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/schema.hpp"

namespace auspex::spec {

/// A raw table, read from files named after it.
struct RawTable {
  std::string name;      ///< as the SQL names it, e.g. "mdl_user"
  std::string file;      ///< the file's stem; '*' stands for any table prefix, e.g. "*user" or "mdl_user"
  bool required = true;  ///< an absent optional table reads as empty and is reported
  /// The columns that the SQL uses and their DuckDB types; values that do not convert are rejects. An absent optional column
  /// reads as NULL.
  struct Column {
    std::string name;
    std::string type;
    bool required = true;
    Position where;
  };
  std::vector<Column> columns;
  std::vector<std::string> missing;  ///< texts that stand for a missing value besides the empty field, e.g. "?"
  bool origin = false;               ///< the SQL has a column `origin` besides: the file and line that a row stands in
  Position where;
};

/// A column that a source adds to a canonical table.
struct Attribute {
  std::string name;
  std::string type;      ///< "number", "text", "time" or "boolean"
  bool audit = false;    ///< use = "audit": reported on, never a feature
  std::string description;
  Position where;
};

/// An id column of a select that holds another column's value of what it names: the SIS key in place of the user's id.
struct Match {
  std::string column;  ///< "user_id"
  std::string table;   ///< "users"
  std::string of;      ///< "external_id"
  Position where;
};

/// One canonical table and the SQL that makes it.
struct SourceTable {
  std::string name;
  std::string select;
  std::string known_at;  ///< a column of the select, or "always"
  std::vector<std::pair<std::string, std::string>> late;  ///< column -> the column that says when it became known
  std::vector<Attribute> attributes;
  std::vector<std::string> key;  ///< tables of the source's own: columns that identify a row
  std::vector<Match> matches = {};  ///< not empty = the source joins the campus that others made
  Position where;
};

struct Source {
  std::string id;
  std::string name;
  std::string description;
  std::string timezone;      ///< an IANA name, or ""
  std::string timezone_sql;  ///< a select of one text value, or ""
  std::string version_sql;   ///< the same for the version of the system
  std::vector<Parameter> parameters;  ///< readable in the SQL as getvariable('NAME')
  std::vector<RawTable> raw;          ///< in the file's order
  std::vector<SourceTable> tables;    ///< in the file's order
  std::filesystem::path file;

  /// Whether it adds tables to the campus that another source made, instead of making one.
  [[nodiscard]] bool joins() const;
};

/// Reads and checks a source file. All faults are reported together, as Error(configuration).
/// Whether a table's name and its columns are those of the canonical tables is the campus's to check.
[[nodiscard]] Source read_source(const std::filesystem::path& file);

/// JSON Schema (draft 2020-12) for editors, from the declaration that the reader checks with.
[[nodiscard]] nlohmann::ordered_json source_json_schema();

}  // namespace auspex::spec
