// DuckDB's C API with owners and errors; for this room only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <duckdb.h>

#include "campus/campus.hpp"

namespace auspex::campus {

/// "NAME" with its quotes doubled.
[[nodiscard]] std::string sql_name(std::string_view name);
/// 'TEXT' with its quotes doubled.
[[nodiscard]] std::string sql_text(std::string_view text);

/// A DuckDB in memory that spills into a folder and never loads extensions. Safe to share between threads.
class Engine {
 public:
  /// `spill`: where what does not fit goes; empty = nowhere.
  Engine(int threads, std::int64_t memory, const std::filesystem::path& spill);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  [[nodiscard]] duckdb_database handle() const { return database_; }

 private:
  duckdb_database database_ = nullptr;
};

/// A result that was read whole.
class Rows {
 public:
  explicit Rows(duckdb_result result) : result_(result) {}
  ~Rows() { duckdb_destroy_result(&result_); }
  Rows(Rows&& other) noexcept : result_(other.result_) { other.result_ = {}; }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t width() const;
  [[nodiscard]] std::string column_name(std::size_t column) const;
  [[nodiscard]] duckdb_type column_type(std::size_t column) const;
  [[nodiscard]] std::int64_t integer(std::size_t row, std::size_t column) const;
  /// Nothing for NULL.
  [[nodiscard]] std::optional<double> real(std::size_t row, std::size_t column) const;
  [[nodiscard]] std::optional<std::string> text(std::size_t row, std::size_t column) const;

 private:
  mutable duckdb_result result_;
};

/// What a failed statement says: DuckDB's own text.
class QueryError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One connection; used by one thread at a time.
class Connection {
 public:
  explicit Connection(const Engine& engine);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one statement. Throws QueryError.
  Rows run(const std::string& sql);
  /// Runs one statement and reports how much of it is done, in [0, 1], now and then.
  Rows run(const std::string& sql, const std::function<void(double)>& progress);
  /// The first value of the first row.
  [[nodiscard]] std::int64_t count(const std::string& sql);

  [[nodiscard]] duckdb_connection handle() const { return connection_; }

 private:
  duckdb_connection connection_ = nullptr;
};

/// Appends the values to a temporary table of one BIGINT column. Throws QueryError.
void append_integers(Connection& connection, const char* table, const std::vector<std::int64_t>& values);

/// A result that is read chunk by chunk while the query runs.
class Stream {
 public:
  Stream(std::shared_ptr<const Engine> engine, const std::string& sql);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// False at the end. Integers, booleans and reals only. Throws QueryError.
  bool next(Batch& batch);
  /// False at the end. The rows' texts, "" for NULL.
  bool next(std::vector<std::vector<std::string>>& rows);

 private:
  duckdb_data_chunk fetch();

  std::shared_ptr<const Engine> engine_;
  Connection connection_;
  duckdb_prepared_statement statement_ = nullptr;
  duckdb_pending_result pending_ = nullptr;
  duckdb_result result_{};
};

}  // namespace auspex::campus
