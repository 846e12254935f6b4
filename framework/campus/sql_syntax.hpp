// The SQL of an indicator as DuckDB reads it: a statement that reads tables, does nothing else, and means the same always.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "campus/duckdb.hpp"

namespace auspex::campus {

/// What is wrong with a text of SQL, and at which byte of it.
struct SqlFault {
  std::size_t byte = 0;
  std::string message;
  std::string hint;
};

/// A column that is named in it, in lower case; `table`: what stands before it, or "".
struct SqlColumnName {
  std::string table, name;
  std::size_t byte = 0;
};

/// A table that it reads, in lower case; `alias`: the name that its columns go by.
struct SqlTableName {
  std::string name, alias;
  std::size_t byte = 0;
};

struct SqlTree {
  nlohmann::json tree;                 ///< DuckDB's own: of a select its node, of an expression itself
  std::vector<SqlColumnName> columns;
  std::vector<SqlTableName> tables;
  std::set<std::string> queries;       ///< the names that WITH gives
  std::set<std::string> names;         ///< the names that AS gives to columns
};

/// Without the semicolon and blanks at its end.
[[nodiscard]] std::string trimmed_sql(std::string sql);

/// Reads a whole select. What it says beyond reading tables and calling allowed functions is added to `faults`.
[[nodiscard]] SqlTree read_sql_select(Connection& connection, const std::string& sql, std::vector<SqlFault>& faults);

/// Reads one expression without selects or windows in it. `of_rows`: without aggregates, too.
[[nodiscard]] SqlTree read_sql_expression(Connection& connection, const std::string& sql, bool of_rows,
                                          std::vector<SqlFault>& faults);

/// The columns that stand outside every aggregate of an expression.
[[nodiscard]] std::vector<SqlColumnName> columns_outside_aggregates(const SqlTree& expression);

/// The expression as SQL in which every aggregate leaves out the rows where the boolean column `condition` does not hold.
[[nodiscard]] std::string filtered_expression(Connection& connection, const SqlTree& expression,
                                              const std::string& condition);

/// The expression as SQL over single rows, in which every aggregate is over all rows of `table`. `columns`: what each column
/// is called there, by its name in lower case; one that is not among them stays as it is.
[[nodiscard]] std::string whole_table_expression(Connection& connection, const SqlTree& expression, const std::string& table,
                                                 const std::map<std::string, std::string>& columns);

/// Conditions `column = 'text'` and `column IN ('text', ...)` that must all hold for the expression to.
struct SqlEquality {
  SqlColumnName column;
  std::vector<std::string> values;
};
[[nodiscard]] std::vector<SqlEquality> equalities(const SqlTree& expression);

}  // namespace auspex::campus
