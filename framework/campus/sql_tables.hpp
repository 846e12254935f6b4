// The tables in DuckDB that the SQL of an indicator reads: rows as they are known in each range, by sample. For this room.
//
// Samples that share their rows are one group, so that what is common to many is there once. An expression is calculated
// over the groups; a select sees views in which every sample has its rows. The tables are made anew for each analysable, so
// that nothing of one shows in how DuckDB goes about another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "campus/duckdb.hpp"
#include "campus/sql_indicator.hpp"

namespace auspex::campus {

/// Puts rows into a temporary table of the connection, chunk by chunk.
class SqlAppender {
 public:
  SqlAppender(Connection& connection, const std::string& table, const std::vector<duckdb_type>& types);
  ~SqlAppender();
  SqlAppender(const SqlAppender&) = delete;
  SqlAppender& operator=(const SqlAppender&) = delete;

  /// Makes room for up to `wanted` rows and says for how many.
  [[nodiscard]] std::size_t room(std::size_t wanted);

  /// Values of a column in that room; rows are counted from its beginning.
  template <typename Value>
  [[nodiscard]] Value* values(std::size_t column) {
    return static_cast<Value*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk_, column))) + used_;
  }
  void set_text(std::size_t column, std::size_t row, const std::string& text);
  void set_missing(std::size_t column, std::size_t row);

  /// So many rows of the room were written.
  void filled(std::size_t rows) { used_ += rows; }

  /// After the last row.
  void close();

 private:
  void flush();

  duckdb_appender appender_ = nullptr;
  duckdb_data_chunk chunk_ = nullptr;
  std::size_t used_ = 0;
};

/// What a SQL indicator reads of a campus.
struct SqlSources {
  std::vector<SqlRead> reads;
  std::vector<std::string> keys;  ///< of the samples
};

class SqlTables {
 public:
  // Names with blanks, which no column or table of a campus has.
  static constexpr const char* range_number = "range number";  ///< INTEGER
  static constexpr const char* group_number = "group number";  ///< INTEGER
  static constexpr const char* is_there = "is there";  ///< BOOLEAN: false in the one row of a group that stands for no row
  static constexpr const char* ranges = "all ranges";  ///< by range number, with the columns of sql_range_columns
  [[nodiscard]] static std::string rows_of(const std::string& table) { return table + " rows"; }

  /// `by_sample`: with the views that a select reads, without the rows that stand for none. Makes the tables, empty.
  SqlTables(Connection& connection, const Campus& campus, SqlSources sources, bool by_sample);

  [[nodiscard]] const SqlSources& sources() const { return sources_; }

  /// Adds a range; the group of each sample in the first table read.
  std::vector<std::int32_t> add(const SqlRange& range, std::int32_t number, Time start, Time end);

  /// After the last range: the tables are complete.
  void complete();

  /// Drops them; the next range begins others.
  void drop();

 private:
  struct Source {
    const Table* table = nullptr;
    std::vector<const Column*> columns;
    std::vector<const Dictionary*> dictionaries;  // null for columns without one
    std::unique_ptr<SqlAppender> rows;
  };

  void make();
  void make_views();
  void begin();
  std::vector<std::int32_t> add_rows(Source& source, const SqlRows& rows, std::int32_t range, std::size_t samples) const;
  static void add_no_row(Source& source, std::int32_t range, std::int32_t group);
  static std::size_t add_some(Source& source, const SqlRows& rows, std::int64_t row, std::int64_t end, std::int32_t range,
                              std::int32_t group);
  void add_samples(const SqlRange& range, std::int32_t number, const std::vector<std::vector<std::int32_t>>& groups);

  Connection* connection_;
  SqlSources sources_;
  bool by_sample_;
  std::vector<Source> tables_;
  std::vector<const Dictionary*> keys_;
  std::unique_ptr<SqlAppender> samples_;
  std::string ranges_;  // those added, as SQL
  bool begun_ = false;
};

}  // namespace auspex::campus
