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

/// How a table that a source adds to a campus is tied to it: the id column `column` of the kind `kind` was given as the
/// value of `table`.`of` ("users", "external_id"), which is the id itself where `of` is an id column of that kind.
struct Join {
  std::string column = {}, kind = {};
  std::string table = {}, of = {};

  [[nodiscard]] std::string target() const { return table + "." + of; }
  [[nodiscard]] bool by_id() const { return of == kind + "_id"; }
  /// The dictionary of what the source gives.
  [[nodiscard]] std::string dictionary() const { return by_id() ? kind : target(); }
};

/// Every canonical table, without any source's own.
[[nodiscard]] const std::vector<Table>& canonical_tables();

}  // namespace auspex::campus
