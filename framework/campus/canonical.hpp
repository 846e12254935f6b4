// From a source's selects to the stored tables: checks, dense ids, total order.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "campus/dictionaries.hpp"
#include "campus/duckdb.hpp"
#include "campus/import.hpp"
#include "campus/schema.hpp"

namespace auspex::campus {

/// A canonical table (or one of the source's own) and the select that makes it.
struct TablePlan {
  Table table;                               ///< with attributes, known_at and the times of late columns
  const spec::SourceTable* source = nullptr; ///< null: the source does not give it, it is empty
  std::vector<Join> joins = {};              ///< of a source that joins a campus: every id column of the table
};

/// Every canonical table, then the source's own; of a source that joins a campus those alone that it gives. Throws
/// Error(configuration) that lists every fault.
[[nodiscard]] std::vector<TablePlan> plan_tables(const spec::Source& source);

struct TableMade {
  ImportReport::Counts counts;
  std::vector<Reject> rejects;
};

/// Turns the raw tables of a connection into the files of a campus. Call stage() for each table, then number_ids(), then
/// write(); of a source that joins a campus, keep() in place of the last.
class Builder {
 public:
  /// `key`: not empty = the ids of persons are replaced by their HMAC under this key.
  Builder(Connection& connection, const spec::Source& source, std::string key)
      : connection_(connection), source_(source), key_(std::move(key)), dictionaries_(connection) {}

  /// Runs the table's select and keeps aside the rows that are bad or repeat a key. Throws Error(data) where too many are.
  TableMade stage(const TablePlan& plan, const std::function<void(double)>& progress);

  /// Makes the dictionaries from every staged table.
  void number_ids();

  void write_dictionaries(const std::filesystem::path& file) { dictionaries_.write(connection_, file); }

  /// Writes a staged table with its ids and words as texts, and where its rows come from.
  void keep(const TablePlan& plan, const std::filesystem::path& file);

  /// Writes a staged table in its order.
  void write(const TablePlan& plan, const std::filesystem::path& file, const std::function<void(double)>& progress);

 private:
  struct Staged {
    const TablePlan* plan = nullptr;
    bool has_origin = false;                      ///< there is a column "row origin": the file and line of a row
    std::map<std::string, std::string> constant;  ///< SQL of the value that a column has in all rows, NULL included
  };

  std::vector<Reject> take_rejects(const TablePlan& plan, std::int64_t read);
  /// SQL: where a staged row comes from, or NULL.
  [[nodiscard]] std::string origin_sql(const std::string& table) const;
  /// Counts the rows and the bad ones, and finds the columns of one value, in one pass.
  void count_rows(const std::string& stage, Staged& staged, ImportReport::Counts& counts);
  void mark_repeated(const Table& table, const std::string& stage);
  [[nodiscard]] Error select_error(const TablePlan& plan, const std::string& why, const std::string& hint = {}) const;

  Connection& connection_;
  const spec::Source& source_;
  std::string key_;
  Dictionaries dictionaries_;
  std::map<std::string, Staged> staged_;
};

}  // namespace auspex::campus
