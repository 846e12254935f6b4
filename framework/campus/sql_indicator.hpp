// Indicators in SQL, calculated by DuckDB over rows that were cut to what was known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/calendar.hpp"
#include "campus/campus.hpp"
#include "spec/indicator.hpp"

namespace auspex::campus {

/// A DuckDB that has no files, no network and no other way out, and runs each query on the thread that asks.
/// Safe to share between threads.
class SqlEngine {
 public:
  /// `memory`: the most that all queries together may use, in bytes.
  explicit SqlEngine(std::int64_t memory);
  ~SqlEngine();
  SqlEngine(const SqlEngine&) = delete;
  SqlEngine& operator=(const SqlEngine&) = delete;

  /// The zone of local_time(); to be set before anything is calculated.
  void set_timezone(const std::string& name);

  /// Checks what can be checked without a campus: that the SQL is one query, or one expression, that reads tables, calls
  /// allowed functions and does nothing else. Throws Error(configuration) with every fault and its place.
  void check(const spec::SqlIndicator& indicator) const;

 private:
  friend class SqlQuery;
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// What a SQL indicator reads of a table: columns, of rows whose words are among those given.
struct SqlRead {
  std::string table;
  std::vector<std::string> columns;
  std::vector<std::pair<std::string, std::vector<std::string>>> conditions;
};

/// A column in the layout of the plugin contract: int64 for ids, times and integers, int32 for words, bytes for booleans,
/// double for reals; bit i of `validity` says whether value i is there (null = all are).
struct SqlColumn {
  const void* values = nullptr;
  const std::uint8_t* validity = nullptr;
};

/// Rows begin[i] to end[i] belong to sample i.
struct SqlRows {
  std::vector<SqlColumn> columns;  ///< in the read's order
  const std::int64_t* begin = nullptr;
  const std::int64_t* end = nullptr;
};

/// One range of an analysable. All pointers need to hold only while it is added.
struct SqlRange {
  Time start = no_time;
  Time end = no_time;
  std::size_t samples = 0;
  std::vector<SqlRows> reads;             ///< in the order of SqlQuery::reads()
  std::vector<const std::int64_t*> keys;  ///< in the order of SqlQuery::keys(): one id a sample, -1 = none; null = no ids
};

/// A SQL indicator held against a campus. Used by one thread at a time.
class SqlQuery {
 public:
  /// The campus must outlive it. Throws Error(configuration) where the SQL names what the campus lacks or keeps for
  /// audits, or gives no number.
  SqlQuery(std::shared_ptr<const SqlEngine> engine, const Campus& campus, spec::SqlIndicator indicator);
  ~SqlQuery();
  SqlQuery(SqlQuery&&) noexcept;
  SqlQuery& operator=(SqlQuery&&) noexcept;

  [[nodiscard]] const std::vector<SqlRead>& reads() const;
  /// Columns of the samples that the SQL names: "user_id", ...
  [[nodiscard]] const std::vector<std::string>& keys() const;

  /// Adds a range of the analysable that lives from `start` to `end`.
  void add(const SqlRange& range, Time start, Time end);

  /// Runs the query over all ranges added since the last time and gives, for each, one value in [-1, 1] a sample; NaN is
  /// none. `sample`: a sample's id, for messages. Throws Error(configuration) where a value is none of these.
  [[nodiscard]] std::vector<std::vector<double>> calculate(const std::function<std::string(std::size_t)>& sample);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace auspex::campus
