// The canonical tables of a campus.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auspex::campus {

/// How a column is stored: ids and words are dense integers with a dictionary; the rest is itself.
enum class Type { real, integer, boolean, time, id, word };

struct Column {
  std::string name = {};
  Type type = Type::word;
  std::string dictionary = {};   ///< ids and words: "user", "course", ... or "TABLE.COLUMN"
  bool required = false;    ///< a row without it is rejected
  std::string late = {};         ///< the column that says when this one became known, or ""
  bool audit = false;       ///< never a feature
  bool attribute = false;   ///< added by the source
  std::string description = {};
};

struct Table {
  std::string name = {};
  std::vector<Column> columns = {};
  std::string time = {};                 ///< the column that windows apply to, or ""
  std::string known_at = {};             ///< a column, or "always"
  std::vector<std::string> order = {};   ///< total order of the rows; the first is the key they are grouped by
  std::vector<std::string> key = {};     ///< must be unique, or empty
  std::string description = {};

  [[nodiscard]] const Column* find(std::string_view column) const;
};

/// Every canonical table, without any source's own.
[[nodiscard]] const std::vector<Table>& canonical_tables();

}  // namespace auspex::campus
