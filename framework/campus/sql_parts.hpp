// What the files of SQL indicators share; for this room only.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/calendar.hpp"
#include "base/error.hpp"
#include "campus/duckdb.hpp"
#include "campus/sql_indicator.hpp"
#include "campus/sql_syntax.hpp"
#include "campus/sql_tables.hpp"

namespace auspex::campus {

/// The function local_time(seconds) on all connections of its engine; `zone` is read whenever it is called.
void add_local_time(Connection& connection, const TimeZone& zone);

struct SqlEngine::Parts {
  explicit Parts(std::int64_t memory);

  TimeZone zone = TimeZone::utc();  // outlives the engine, whose function reads it
  Engine engine;
  std::mutex mutex;                 // of the connection, which is for checks
  Connection connection;
};

/// Faults of one indicator's SQL, told with their places in its file.
class SqlFaults {
 public:
  explicit SqlFaults(const spec::SqlIndicator& indicator) : indicator_(indicator) {}

  /// At a byte of the parameter `key`.
  void add(const char* key, std::size_t byte, std::string message, std::string hint = {});
  [[nodiscard]] bool any() const { return !problems_.empty(); }
  void throw_if_any();

 private:
  const spec::SqlIndicator& indicator_;
  std::vector<Problem> problems_;
};

/// SQL that holds parts of an indicator's own, so that DuckDB's faults find their places.
class MixedSql {
 public:
  /// `key`: where faults that are of no part are told.
  explicit MixedSql(const char* key = "") : key_(key) {}

  MixedSql& add(const std::string& sql) {
    sql_ += sql;
    return *this;
  }
  MixedSql& own(const char* key, const std::string& sql) {
    sql_ += '\n';  // a comment may end what comes before
    parts_.push_back({key, sql_.size(), sql.size()});
    sql_ += sql + '\n';
    return *this;
  }

  [[nodiscard]] const std::string& sql() const { return sql_; }

  /// Adds an error of the query, which is JSON ("errors_as_json"), to the faults.
  void tell(const QueryError& error, SqlFaults& faults) const;

 private:
  struct Part {
    const char* key;
    std::size_t begin, size;
  };
  const char* key_;
  std::string sql_;
  std::vector<Part> parts_;
};

/// The SQL of an indicator, read: either `select`, or `expression` and, where there is one, `where`.
struct SqlTexts {
  SqlTree select, expression, where;
};
[[nodiscard]] SqlTexts read_sql(Connection& connection, const spec::SqlIndicator& indicator, SqlFaults& faults);

/// The names that stand for what is no column of a table.
inline constexpr const char* sql_samples = "samples";
inline constexpr const char* sql_range_columns[] = {"range_start", "range_end", "analysable_start", "analysable_end"};

/// Finds the tables and columns that the SQL names.
[[nodiscard]] SqlSources find_sql_sources(const SqlTexts& texts, const spec::SqlIndicator& indicator, const Campus& campus,
                                          SqlFaults& faults);

}  // namespace auspex::campus
