// From a source's selects to the stored tables: checks, dense ids, total order.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "campus/duckdb.hpp"
#include "campus/import.hpp"
#include "campus/schema.hpp"

namespace auspex::campus {

/// A canonical table (or one of the source's own) and the select that makes it.
struct TablePlan {
  Table table;                               ///< with attributes, known_at and the times of late columns
  const spec::SourceTable* source = nullptr; ///< null: the source does not give it, it is empty
};

/// Every canonical table, then the source's own. Throws Error(configuration) that lists every fault.
[[nodiscard]] std::vector<TablePlan> plan_tables(const spec::Source& source);

struct TableMade {
  ImportReport::Counts counts;
  std::vector<Reject> rejects;
};

/// Turns the raw tables of a connection into the files of a campus. Call stage() for each table, then number_ids(), then
/// write().
class Builder {
 public:
  /// `pseudonymous`: auspex_hmac() is registered and replaces the ids of persons.
  Builder(Connection& connection, const spec::Source& source, bool pseudonymous)
      : connection_(connection), source_(source), pseudonymous_(pseudonymous) {}

  /// Runs the table's select and keeps aside the rows that are bad or repeat a key. Throws Error(data) where too many are.
  TableMade stage(const TablePlan& plan, const std::function<void(double)>& progress);

  /// Makes the dictionaries from every staged table and writes them.
  void number_ids(const std::filesystem::path& file);

  /// Writes a staged table in its order.
  void write(const TablePlan& plan, const std::filesystem::path& file, const std::function<void(double)>& progress);

 private:
  struct Staged {
    const TablePlan* plan = nullptr;
    std::map<std::string, bool> is_number;  ///< id and word columns: staged as integers instead of texts
    bool is_view = false;                   ///< a table without a key is made anew each time it is read, not stored
    std::string from;                       ///< the SQL that its good rows are read from
    std::int64_t rows = 0;                  ///< how many of them
    std::set<std::string> constant;         ///< columns known to hold one value, or none, in all rows
  };

  /// The expression that stores `column` of the select and whether it must be checked for values that do not convert.
  std::string cast_of(const Column& column, duckdb_type type, Staged& staged, bool& fallible) const;
  std::vector<Reject> take_rejects(const TablePlan& plan, std::int64_t read);
  /// Counts the rows and the bad ones in one pass over every column without a dictionary.
  void count_rows(const std::string& stage, Staged& staged, ImportReport::Counts& counts, const std::function<void(double)>& progress);
  void mark_repeated(const Table& table, const std::string& stage);
  /// Makes a table of the distinct values of each column with a dictionary, in one pass; its name.
  std::string distinct_values(const std::string& name, Staged& staged);
  [[nodiscard]] Error select_error(const TablePlan& plan, const std::string& why, const std::string& hint = {}) const;

  Connection& connection_;
  const spec::Source& source_;
  bool pseudonymous_;
  std::map<std::string, Staged> staged_;
  std::map<std::string, std::string> dictionary_tables_;
};

}  // namespace auspex::campus
