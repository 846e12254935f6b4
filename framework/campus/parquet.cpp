#include "campus/parquet.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "campus/duckdb.hpp"

namespace auspex::campus {
namespace {

const char* sql_type(ParquetWriter::Type type) {
  switch (type) {
    case ParquetWriter::Type::text: return "VARCHAR";
    case ParquetWriter::Type::integer: return "BIGINT";
    case ParquetWriter::Type::real: return "DOUBLE";
    case ParquetWriter::Type::single: return "FLOAT";
  }
  return "VARCHAR";
}

std::string table_of(const std::vector<ParquetWriter::Column>& columns) {
  std::set<std::string> seen;
  std::vector<std::string> declared;
  for (const auto& column : columns) {
    auto name = column.name;
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    if (!seen.insert(name).second) {
      throw Error(Fault::configuration, fmt::format("a Parquet file cannot have two columns named '{}'", column.name),
                  "give the indicator another column by 'as'");
    }
    declared.push_back(sql_name(column.name) + " " + sql_type(column.type));
  }
  return fmt::format("CREATE TABLE result ({})", fmt::join(declared, ", "));
}

}  // namespace

struct ParquetWriter::Table {
  std::filesystem::path file;
  TemporaryFolder spill;
  Engine engine;
  Connection connection;
  duckdb_appender appender = nullptr;

  // One thread: the order of rows and their groups depend on nothing else.
  Table(std::filesystem::path to, std::int64_t memory)
      : file(std::move(to)),
        spill(file.parent_path().empty() ? "." : file.parent_path()),
        engine(1, memory, spill.path()),
        connection(engine) {}
  ~Table() { duckdb_appender_destroy(&appender); }

  void require(duckdb_state state) const {
    if (state == DuckDBSuccess) return;
    const char* why = duckdb_appender_error(appender);
    throw Error(Fault::data, fmt::format("cannot write '{}': {}", file.string(), why == nullptr ? "unknown reason" : why));
  }
};

ParquetWriter::ParquetWriter(std::filesystem::path file, std::vector<Column> columns, std::int64_t memory) {
  const auto create = table_of(columns);
  table_ = std::make_unique<Table>(std::move(file), memory);
  table_->connection.run(create);
  table_->require(duckdb_appender_create(table_->connection.handle(), nullptr, "result", &table_->appender));
}

ParquetWriter::~ParquetWriter() = default;

void ParquetWriter::text(std::string_view value) {
  table_->require(duckdb_append_varchar_length(table_->appender, value.data(), value.size()));
}
void ParquetWriter::integer(std::int64_t value) { table_->require(duckdb_append_int64(table_->appender, value)); }
void ParquetWriter::real(double value) {
  if (value != value) return missing();
  table_->require(duckdb_append_double(table_->appender, value));
}
void ParquetWriter::single(float value) {
  if (value != value) return missing();
  table_->require(duckdb_append_float(table_->appender, value));
}
void ParquetWriter::missing() { table_->require(duckdb_append_null(table_->appender)); }
void ParquetWriter::end_row() { table_->require(duckdb_appender_end_row(table_->appender)); }

void ParquetWriter::finish() {
  table_->require(duckdb_appender_close(table_->appender));
  try {
    table_->connection.run(fmt::format("COPY result TO {} (FORMAT parquet, COMPRESSION zstd)", sql_text(table_->file.string())));
  } catch (const QueryError& error) {
    throw Error(Fault::data, fmt::format("cannot write '{}': {}", table_->file.string(), error.what()), "is the disk full?");
  }
}

}  // namespace auspex::campus
