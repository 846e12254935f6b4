#include "campus/sql_tables.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "campus/sql_parts.hpp"

namespace auspex::campus {
namespace {

const std::string samples_table = "all samples";
constexpr std::size_t first_column = 3;  // of a table's rows, after range, group and whether the row is there

std::string group_of(const std::string& table) { return "group of " + table; }

duckdb_type duckdb_type_of(Type type) {
  switch (type) {
    case Type::real: return DUCKDB_TYPE_DOUBLE;
    case Type::boolean: return DUCKDB_TYPE_BOOLEAN;
    case Type::integer:
    case Type::time: return DUCKDB_TYPE_BIGINT;
    case Type::id:
    case Type::word: break;
  }
  return DUCKDB_TYPE_VARCHAR;
}

const char* sql_type_of(Type type) {
  switch (duckdb_type_of(type)) {
    case DUCKDB_TYPE_DOUBLE: return "DOUBLE";
    case DUCKDB_TYPE_BOOLEAN: return "BOOLEAN";
    case DUCKDB_TYPE_BIGINT: return "BIGINT";
    default: return "VARCHAR";
  }
}

std::string time_or_null(Time time) { return time == no_time ? "NULL" : std::to_string(time); }

void add_keys(SqlAppender& to, std::size_t count, std::int32_t range, std::int32_t group, bool there) {
  std::fill_n(to.values<std::int32_t>(0), count, range);
  std::fill_n(to.values<std::int32_t>(1), count, group);
  std::fill_n(to.values<bool>(2), count, there);
}

// `count` values of a column, from `row` on. Ids and words as the source's own text.
void add_values(SqlAppender& to, std::size_t column, Type type, const Dictionary* dictionary, const SqlColumn& from,
                std::int64_t row, std::size_t count) {
  const auto is_valid = [&](std::size_t i) {
    const auto at = std::size_t(row) + i;
    return from.validity == nullptr || (from.validity[at / 8] >> (at % 8) & 1) != 0;
  };
  const auto copy = [&]<typename Value>(Value) {
    std::copy_n(static_cast<const Value*>(from.values) + row, count, to.values<Value>(column));
  };
  const auto look_up = [&]<typename Code>(Code) {
    const auto* codes = static_cast<const Code*>(from.values) + row;
    for (std::size_t i = 0; i < count; ++i) {
      if (is_valid(i)) to.set_text(column, i, dictionary->text(codes[i]));
    }
  };
  switch (type) {
    case Type::real: copy(double{}); break;
    case Type::integer:
    case Type::time: copy(std::int64_t{}); break;
    case Type::boolean: copy(std::uint8_t{}); break;
    case Type::id: look_up(std::int64_t{}); break;
    case Type::word: look_up(std::int32_t{}); break;
  }
  if (from.validity == nullptr) return;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_valid(i)) to.set_missing(column, i);
  }
}

}  // namespace

// ---- SqlAppender --------------------------------------------------------------------------------------------------------

SqlAppender::SqlAppender(Connection& connection, const std::string& table, const std::vector<duckdb_type>& types) {
  if (duckdb_appender_create_ext(connection.handle(), "temp", "main", table.c_str(), &appender_) != DuckDBSuccess) {
    const auto* why = duckdb_appender_error(appender_);
    const std::string text = why == nullptr ? "the table takes no rows" : why;
    duckdb_appender_destroy(&appender_);
    throw QueryError(text);
  }
  std::vector<duckdb_logical_type> logical;
  for (const auto type : types) logical.push_back(duckdb_create_logical_type(type));
  chunk_ = duckdb_create_data_chunk(logical.data(), logical.size());
  for (auto& type : logical) duckdb_destroy_logical_type(&type);
}

SqlAppender::~SqlAppender() {
  duckdb_destroy_data_chunk(&chunk_);
  duckdb_appender_destroy(&appender_);
}

std::size_t SqlAppender::room(std::size_t wanted) {
  if (used_ == duckdb_vector_size()) flush();
  return std::min<std::size_t>(wanted, duckdb_vector_size() - used_);
}

void SqlAppender::set_text(std::size_t column, std::size_t row, const std::string& text) {
  const auto vector = duckdb_data_chunk_get_vector(chunk_, column);
  duckdb_vector_assign_string_element_len(vector, used_ + row, text.data(), text.size());
}

void SqlAppender::set_missing(std::size_t column, std::size_t row) {
  const auto vector = duckdb_data_chunk_get_vector(chunk_, column);
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), used_ + row);
}

void SqlAppender::flush() {
  duckdb_data_chunk_set_size(chunk_, used_);
  if (duckdb_append_data_chunk(appender_, chunk_) != DuckDBSuccess) throw QueryError(duckdb_appender_error(appender_));
  duckdb_data_chunk_reset(chunk_);
  used_ = 0;
}

void SqlAppender::close() {
  if (used_ > 0) flush();
  if (duckdb_appender_close(appender_) != DuckDBSuccess) throw QueryError(duckdb_appender_error(appender_));
}

// ---- SqlTables ----------------------------------------------------------------------------------------------------------

SqlTables::SqlTables(Connection& connection, const Campus& campus, SqlSources sources, bool by_sample)
    : connection_(&connection), sources_(std::move(sources)), by_sample_(by_sample) {
  for (const auto& read : sources_.reads) {
    auto& source = tables_.emplace_back();
    source.table = campus.find(read.table);
    for (const auto& name : read.columns) {
      const auto* column = source.table->find(name);
      source.columns.push_back(column);
      source.dictionaries.push_back(column->dictionary.empty() ? nullptr : &campus.dictionary(column->dictionary));
    }
  }
  for (const auto& key : sources_.keys) keys_.push_back(&campus.dictionary(key.substr(0, key.find("_id"))));
  make();
  if (by_sample_) make_views();
}

void SqlTables::make() {
  std::string columns;
  for (const char* column : sql_range_columns) columns += fmt::format(", {} BIGINT", column);
  connection_->run(fmt::format("CREATE OR REPLACE TEMP TABLE {} ({} INTEGER{})", sql_name(ranges), sql_name(range_number),
                               columns));
  for (const auto& source : tables_) {
    columns.clear();
    for (const auto* column : source.columns) {
      columns += fmt::format(", {} {}", sql_name(column->name), sql_type_of(column->type));
    }
    connection_->run(fmt::format("CREATE OR REPLACE TEMP TABLE {} ({} INTEGER, {} INTEGER, {} BOOLEAN{})",
                                 sql_name(rows_of(source.table->name)), sql_name(range_number), sql_name(group_number),
                                 sql_name(is_there), columns));
  }
  if (!by_sample_) return;
  columns.clear();
  for (const auto& source : tables_) columns += fmt::format(", {} INTEGER", sql_name(group_of(source.table->name)));
  for (const auto& key : sources_.keys) columns += fmt::format(", {} VARCHAR", sql_name(key));
  connection_->run(fmt::format("CREATE OR REPLACE TEMP TABLE {} ({} INTEGER, sample INTEGER{})", sql_name(samples_table),
                               sql_name(range_number), columns));
}

void SqlTables::make_views() {
  std::string columns;
  for (const auto& key : sources_.keys) columns += ", " + sql_name(key);
  for (const char* column : sql_range_columns) columns += std::string(", ") + column;
  connection_->run(fmt::format("CREATE TEMP VIEW {0} AS SELECT sample, {1} AS \"range\"{2} FROM {3} JOIN {4} USING ({1})",
                               sql_samples, sql_name(range_number), columns, sql_name(samples_table), sql_name(ranges)));
  for (const auto& source : tables_) {
    columns.clear();
    for (const auto* column : source.columns) columns += ", r." + sql_name(column->name);
    const auto& name = source.table->name;
    connection_->run(fmt::format("CREATE TEMP VIEW {0} AS SELECT s.sample, s.{1} AS \"range\"{2} FROM {3} AS r "
                                 "JOIN {4} AS s ON s.{1} = r.{1} AND s.{5} = r.{6}",
                                 sql_name(name), sql_name(range_number), columns, sql_name(rows_of(name)),
                                 sql_name(samples_table), sql_name(group_of(name)), sql_name(group_number)));
  }
}

void SqlTables::begin() {
  make();
  begun_ = true;
  for (auto& source : tables_) {
    std::vector<duckdb_type> types{DUCKDB_TYPE_INTEGER, DUCKDB_TYPE_INTEGER, DUCKDB_TYPE_BOOLEAN};
    for (const auto* column : source.columns) types.push_back(duckdb_type_of(column->type));
    source.rows = std::make_unique<SqlAppender>(*connection_, rows_of(source.table->name), types);
  }
  if (!by_sample_) return;
  std::vector<duckdb_type> types(2 + tables_.size(), DUCKDB_TYPE_INTEGER);
  types.resize(types.size() + sources_.keys.size(), DUCKDB_TYPE_VARCHAR);
  samples_ = std::make_unique<SqlAppender>(*connection_, samples_table, types);
}

std::vector<std::int32_t> SqlTables::add(const SqlRange& range, std::int32_t number, Time start, Time end) {
  if (!begun_) begin();
  ranges_ += fmt::format("{}({}, {}, {}, {}, {})", ranges_.empty() ? "" : ", ", number, time_or_null(range.start),
                         time_or_null(range.end), time_or_null(start), time_or_null(end));
  std::vector<std::vector<std::int32_t>> groups;
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    groups.push_back(add_rows(tables_[i], range.reads[i], number, range.samples));
  }
  if (by_sample_) add_samples(range, number, groups);
  return groups.empty() ? std::vector<std::int32_t>() : std::move(groups.front());
}

std::vector<std::int32_t> SqlTables::add_rows(Source& source, const SqlRows& rows, std::int32_t range,
                                              std::size_t samples) const {
  std::vector<std::int32_t> groups;
  std::map<std::pair<std::int64_t, std::int64_t>, std::int32_t> numbers;
  for (std::size_t i = 0; i < samples; ++i) {
    const auto [at, is_new] = numbers.try_emplace({rows.begin[i], rows.end[i]}, std::int32_t(numbers.size()));
    groups.push_back(at->second);
    if (!is_new) continue;
    if (!by_sample_) add_no_row(source, range, at->second);
    for (auto row = rows.begin[i]; row < rows.end[i];) {
      row += std::int64_t(add_some(source, rows, row, rows.end[i], range, at->second));
    }
  }
  return groups;
}

void SqlTables::add_no_row(Source& source, std::int32_t range, std::int32_t group) {
  auto& to = *source.rows;
  (void)to.room(1);
  add_keys(to, 1, range, group, false);
  for (std::size_t c = 0; c < source.columns.size(); ++c) to.set_missing(first_column + c, 0);
  to.filled(1);
}

std::size_t SqlTables::add_some(Source& source, const SqlRows& rows, std::int64_t row, std::int64_t end, std::int32_t range,
                                std::int32_t group) {
  auto& to = *source.rows;
  const auto count = to.room(std::size_t(end - row));
  add_keys(to, count, range, group, true);
  for (std::size_t c = 0; c < source.columns.size(); ++c) {
    add_values(to, first_column + c, source.columns[c]->type, source.dictionaries[c], rows.columns[c], row, count);
  }
  to.filled(count);
  return count;
}

void SqlTables::add_samples(const SqlRange& range, std::int32_t number,
                            const std::vector<std::vector<std::int32_t>>& groups) {
  auto& to = *samples_;
  for (std::size_t i = 0; i < range.samples; ++i) {
    (void)to.room(1);
    *to.values<std::int32_t>(0) = number;
    *to.values<std::int32_t>(1) = std::int32_t(i);
    std::size_t column = 2;
    for (const auto& group : groups) *to.values<std::int32_t>(column++) = group[i];
    for (std::size_t k = 0; k < keys_.size(); ++k, ++column) {
      const auto* ids = range.keys[k];
      if (ids != nullptr && ids[i] >= 0) to.set_text(column, 0, keys_[k]->text(ids[i]));
      else to.set_missing(column, 0);
    }
    to.filled(1);
  }
}

void SqlTables::complete() {
  connection_->run(fmt::format("INSERT INTO {} VALUES {}", sql_name(ranges), ranges_));
  ranges_.clear();
  for (auto& source : tables_) {
    source.rows->close();
    source.rows.reset();
  }
  if (samples_) samples_->close();
  samples_.reset();
}

void SqlTables::drop() {
  connection_->run("DROP TABLE " + sql_name(ranges));
  for (const auto& source : tables_) connection_->run("DROP TABLE " + sql_name(rows_of(source.table->name)));
  if (by_sample_) connection_->run("DROP TABLE " + sql_name(samples_table));
  begun_ = false;
}

}  // namespace auspex::campus
