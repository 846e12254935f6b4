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

template <typename From, typename To>
void copy_values(const void* data, std::size_t rows, std::vector<To>& to) {
  const auto* from = static_cast<const From*>(data);
  to.resize(rows);
  std::transform(from, from + rows, to.begin(), [](From value) { return static_cast<To>(value); });
}

template <typename To>
void copy_vector(duckdb_type type, const void* data, std::size_t rows, std::vector<To>& to) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN: return copy_values<bool>(data, rows, to);
    case DUCKDB_TYPE_TINYINT: return copy_values<std::int8_t>(data, rows, to);
    case DUCKDB_TYPE_SMALLINT: return copy_values<std::int16_t>(data, rows, to);
    case DUCKDB_TYPE_INTEGER: return copy_values<std::int32_t>(data, rows, to);
    case DUCKDB_TYPE_BIGINT: return copy_values<std::int64_t>(data, rows, to);
    case DUCKDB_TYPE_FLOAT: return copy_values<float>(data, rows, to);
    case DUCKDB_TYPE_DOUBLE: return copy_values<double>(data, rows, to);
    default: throw QueryError("a column of the campus has an unexpected type");
  }
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

bool Stream::next(Batch& batch, const std::vector<bool>& reals) {
  auto chunk = fetch();
  if (chunk == nullptr) return false;
  const std::unique_ptr<duckdb_data_chunk, void (*)(duckdb_data_chunk*)> owner(&chunk, duckdb_destroy_data_chunk);
  batch.rows = duckdb_data_chunk_get_size(chunk);
  batch.columns.resize(reals.size());
  for (std::size_t c = 0; c < reals.size(); ++c) {
    auto& column = batch.columns[c];
    const auto vector = duckdb_data_chunk_get_vector(chunk, c);
    const auto* data = duckdb_vector_get_data(vector);
    const auto type = duckdb_column_type(&result_, c);
    column.integers.clear();
    column.reals.clear();
    column.valid.clear();
    if (reals[c]) {
      copy_vector(type, data, batch.rows, column.reals);
    } else {
      copy_vector(type, data, batch.rows, column.integers);
    }
    const auto* validity = duckdb_vector_get_validity(vector);
    if (validity == nullptr) continue;
    const auto words = (batch.rows + 63) / 64;
    const auto whole = [&](std::size_t word) {
      const auto bits = std::min<std::size_t>(64, batch.rows - word * 64);
      const auto mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
      return (validity[word] & mask) == mask;
    };
    bool all = true;
    for (std::size_t word = 0; word < words && all; ++word) all = whole(word);
    if (all) continue;
    column.valid.resize(batch.rows);
    for (std::size_t row = 0; row < batch.rows; ++row) {
      column.valid[row] = std::uint8_t(validity[row / 64] >> (row % 64) & 1);
      if (column.valid[row] != 0) continue;
      if (reals[c]) {
        column.reals[row] = 0;
      } else {
        column.integers[row] = 0;
      }
    }
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
