#include "campus/duckdb.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "base/error.hpp"

namespace auspex::campus {
namespace {

std::string doubled(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out += quote;
}

struct Config {
  duckdb_config handle = nullptr;
  Config() { duckdb_create_config(&handle); }
  ~Config() { duckdb_destroy_config(&handle); }
  void set(const char* name, const std::string& value) const {
    if (duckdb_set_config(handle, name, value.c_str()) != DuckDBSuccess) {
      throw Error(Fault::data, fmt::format("DuckDB does not accept the setting {} = {}", name, value));
    }
  }
};

std::string text_of(const duckdb_string_t& value) {
  auto copy = value;
  return {duckdb_string_t_data(&copy), duckdb_string_t_length(copy)};
}

ColumnView::Form form_of(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT: return ColumnView::Form::integer8;
    case DUCKDB_TYPE_SMALLINT: return ColumnView::Form::integer16;
    case DUCKDB_TYPE_INTEGER: return ColumnView::Form::integer32;
    case DUCKDB_TYPE_BIGINT: return ColumnView::Form::integer64;
    case DUCKDB_TYPE_FLOAT: return ColumnView::Form::real32;
    case DUCKDB_TYPE_DOUBLE: return ColumnView::Form::real64;
    default: throw QueryError("a column of the campus has an unexpected type");
  }
}

/// Whether the first `rows` bits are all set.
bool all_set(const std::uint64_t* bits, std::size_t rows) {
  for (std::size_t word = 0; word * 64 < rows; ++word) {
    const auto count = std::min<std::size_t>(64, rows - word * 64);
    const auto mask = count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    if ((bits[word] & mask) != mask) return false;
  }
  return true;
}

}  // namespace

std::string sql_name(std::string_view name) { return doubled(name, '"'); }
std::string sql_text(std::string_view text) { return doubled(text, '\''); }

Engine::Engine(int threads, std::int64_t memory, const std::filesystem::path& spill) {
  const Config config;
  config.set("threads", std::to_string(std::max(1, threads)));
  config.set("memory_limit", fmt::format("{}MiB", std::max<std::int64_t>(64, memory >> 20)));
  config.set("temp_directory", spill.string());
  config.set("autoinstall_known_extensions", "false");
  config.set("autoload_known_extensions", "false");
  char* why = nullptr;
  if (duckdb_open_ext(nullptr, &database_, config.handle, &why) != DuckDBSuccess) {
    const std::string text = why == nullptr ? "unknown reason" : why;
    duckdb_free(why);
    throw Error(Fault::data, fmt::format("DuckDB does not start: {}", text));
  }
}

Engine::~Engine() { duckdb_close(&database_); }

std::size_t Rows::size() const { return duckdb_row_count(&result_); }
std::size_t Rows::width() const { return duckdb_column_count(&result_); }
std::string Rows::column_name(std::size_t column) const { return duckdb_column_name(&result_, column); }
duckdb_type Rows::column_type(std::size_t column) const { return duckdb_column_type(&result_, column); }
std::int64_t Rows::integer(std::size_t row, std::size_t column) const { return duckdb_value_int64(&result_, column, row); }

std::optional<double> Rows::real(std::size_t row, std::size_t column) const {
  if (duckdb_value_is_null(&result_, column, row)) return std::nullopt;
  return duckdb_value_double(&result_, column, row);
}

std::optional<std::string> Rows::text(std::size_t row, std::size_t column) const {
  if (duckdb_value_is_null(&result_, column, row)) return std::nullopt;
  const auto value = duckdb_value_string(&result_, column, row);
  if (value.data == nullptr) return std::nullopt;
  std::string text(value.data, value.size);
  duckdb_free(value.data);
  return text;
}

Connection::Connection(const Engine& engine) {
  if (duckdb_connect(engine.handle(), &connection_) != DuckDBSuccess) throw Error(Fault::data,
      "DuckDB refuses a connection");
}

Connection::~Connection() { duckdb_disconnect(&connection_); }

Rows Connection::run(const std::string& sql) {
  duckdb_result result;
  if (duckdb_query(connection_, sql.c_str(), &result) != DuckDBSuccess) {
    const auto* why = duckdb_result_error(&result);
    const std::string text = why == nullptr ? "unknown error" : why;
    duckdb_destroy_result(&result);
    throw QueryError(text);
  }
  return Rows(result);
}

Rows Connection::run(const std::string& sql, const std::function<void(double)>& progress) {
  if (!progress) return run(sql);
  run("SET enable_progress_bar = true");
  run("SET enable_progress_bar_print = false");
  struct Statement {
    duckdb_prepared_statement prepared = nullptr;
    duckdb_pending_result pending = nullptr;
    ~Statement() {
      duckdb_destroy_pending(&pending);
      duckdb_destroy_prepare(&prepared);
    }
  } statement;
  if (duckdb_prepare(connection_, sql.c_str(), &statement.prepared) != DuckDBSuccess) {
    throw QueryError(duckdb_prepare_error(statement.prepared));
  }
  if (duckdb_pending_prepared(statement.prepared, &statement.pending) != DuckDBSuccess) {
    throw QueryError(duckdb_pending_error(statement.pending));
  }
  constexpr auto often = std::chrono::milliseconds(100);
  for (auto told = std::chrono::steady_clock::now();;) {
    const auto state = duckdb_pending_execute_task(statement.pending);
    if (state == DUCKDB_PENDING_ERROR) throw QueryError(duckdb_pending_error(statement.pending));
    if (duckdb_pending_execution_is_finished(state)) break;
    if (state == DUCKDB_PENDING_NO_TASKS_AVAILABLE) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (const auto now = std::chrono::steady_clock::now(); now - told >= often) {
      told = now;
      progress(std::clamp(duckdb_query_progress(connection_).percentage / 100.0, 0.0, 1.0));
    }
  }
  duckdb_result result;
  if (duckdb_execute_pending(statement.pending, &result) != DuckDBSuccess) {
    const std::string text = duckdb_result_error(&result);
    duckdb_destroy_result(&result);
    throw QueryError(text);
  }
  return Rows(result);
}

std::int64_t Connection::count(const std::string& sql) {
  const auto rows = run(sql);
  return rows.size() == 0 ? 0 : rows.integer(0, 0);
}

void append_integers(Connection& connection, const char* table, const std::vector<std::int64_t>& values) {
  duckdb_appender appender = nullptr;
  const auto made = duckdb_appender_create_ext(connection.handle(), "temp", nullptr, table, &appender);
  const std::unique_ptr<duckdb_appender, void (*)(duckdb_appender*)> owner(&appender, [](duckdb_appender* a) {
    if (*a != nullptr) duckdb_appender_destroy(a);
  });
  bool good = made == DuckDBSuccess;
  for (std::size_t i = 0; i < values.size() && good; ++i) {
    good = duckdb_append_int64(appender, values[i]) == DuckDBSuccess && duckdb_appender_end_row(appender) == DuckDBSuccess;
  }
  if (good && duckdb_appender_close(appender) == DuckDBSuccess) return;
  throw QueryError(fmt::format("cannot fill the table '{}'", table));
}

Stream::Stream(std::shared_ptr<const Engine> engine, const std::string& sql) : engine_(std::move(engine)),
    connection_(*engine_) {
  std::string why;
  if (duckdb_prepare(connection_.handle(), sql.c_str(), &statement_) != DuckDBSuccess) {
    why = duckdb_prepare_error(statement_);
  } else if (duckdb_pending_prepared_streaming(statement_, &pending_) != DuckDBSuccess) {
    why = duckdb_pending_error(pending_);
  } else if (duckdb_execute_pending(pending_, &result_) != DuckDBSuccess) {
    why = duckdb_result_error(&result_);
    duckdb_destroy_result(&result_);
  } else {
    return;
  }
  duckdb_destroy_pending(&pending_);
  duckdb_destroy_prepare(&statement_);
  throw QueryError(why);
}

Stream::~Stream() {
  duckdb_destroy_result(&result_);
  duckdb_destroy_pending(&pending_);
  duckdb_destroy_prepare(&statement_);
}

duckdb_data_chunk Stream::fetch() {
  for (;;) {
    auto chunk = duckdb_fetch_chunk(result_);
    if (chunk == nullptr) {
      if (const auto* why = duckdb_result_error(&result_); why != nullptr && *why != '\0') throw QueryError(why);
      return nullptr;
    }
    if (duckdb_data_chunk_get_size(chunk) > 0) return chunk;
    duckdb_destroy_data_chunk(&chunk);
  }
}

bool Stream::next(Batch& batch) {
  batch = {};
  auto chunk = fetch();
  if (chunk == nullptr) return false;
  batch.memory = std::shared_ptr<void>(chunk, [](duckdb_data_chunk c) { duckdb_destroy_data_chunk(&c); });
  batch.rows = duckdb_data_chunk_get_size(chunk);
  const auto width = duckdb_data_chunk_get_column_count(chunk);
  for (idx_t c = 0; c < width; ++c) {
    const auto vector = duckdb_data_chunk_get_vector(chunk, c);
    const auto* validity = duckdb_vector_get_validity(vector);
    if (validity != nullptr && all_set(validity, batch.rows)) validity = nullptr;
    batch.columns.push_back({form_of(duckdb_column_type(&result_, c)), duckdb_vector_get_data(vector), validity});
  }
  return true;
}

bool Stream::next(std::vector<std::vector<std::string>>& rows) {
  auto chunk = fetch();
  if (chunk == nullptr) return false;
  const std::unique_ptr<duckdb_data_chunk, void (*)(duckdb_data_chunk*)> owner(&chunk, duckdb_destroy_data_chunk);
  const auto size = duckdb_data_chunk_get_size(chunk);
  const auto width = duckdb_data_chunk_get_column_count(chunk);
  rows.assign(size, std::vector<std::string>(width));
  for (idx_t c = 0; c < width; ++c) {
    const auto vector = duckdb_data_chunk_get_vector(chunk, c);
    const auto* texts = static_cast<const duckdb_string_t*>(duckdb_vector_get_data(vector));
    auto* validity = duckdb_vector_get_validity(vector);
    for (idx_t row = 0; row < size; ++row) {
      if (validity == nullptr || duckdb_validity_row_is_valid(validity, row)) rows[row][c] = text_of(texts[row]);
    }
  }
  return true;
}

}  // namespace auspex::campus
