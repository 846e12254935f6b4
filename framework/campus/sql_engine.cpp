#include <utility>

#include <fmt/format.h>

#include "base/error.hpp"
#include "campus/sql_parts.hpp"

namespace auspex::campus {
namespace {

constexpr Time year_1 = -62'135'596'800;
constexpr Time year_10000 = 253'402'300'800;

// local_time(seconds since 1970): the wall clock of the engine's zone as a TIMESTAMP; none beyond the years 1 to 9999.
void local_time_of_column(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const auto& zone = *static_cast<const TimeZone*>(duckdb_scalar_function_get_extra_info(info));
  const auto rows = duckdb_data_chunk_get_size(input);
  const auto column = duckdb_data_chunk_get_vector(input, 0);
  const auto* times = static_cast<const std::int64_t*>(duckdb_vector_get_data(column));
  auto* valid = duckdb_vector_get_validity(column);
  auto* clocks = static_cast<duckdb_timestamp*>(duckdb_vector_get_data(output));
  for (idx_t row = 0; row < rows; ++row) {
    const bool is_null = valid != nullptr && !duckdb_validity_row_is_valid(valid, row);
    if (is_null || times[row] < year_1 || times[row] >= year_10000) {
      duckdb_vector_ensure_validity_writable(output);
      duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), row);
    } else {
      clocks[row].micros = zone.wall_clock(times[row]) * 1'000'000;
    }
  }
}

}  // namespace

void add_local_time(Connection& connection, const TimeZone& zone) {
  auto function = duckdb_create_scalar_function();
  auto seconds = duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
  auto clock = duckdb_create_logical_type(DUCKDB_TYPE_TIMESTAMP);
  duckdb_scalar_function_set_name(function, "local_time");
  duckdb_scalar_function_add_parameter(function, seconds);
  duckdb_scalar_function_set_return_type(function, clock);
  duckdb_scalar_function_set_extra_info(function, const_cast<TimeZone*>(&zone), [](void*) {});
  duckdb_scalar_function_set_function(function, local_time_of_column);
  const auto state = duckdb_register_scalar_function(connection.handle(), function);
  duckdb_destroy_logical_type(&seconds);
  duckdb_destroy_logical_type(&clock);
  duckdb_destroy_scalar_function(&function);
  if (state != DuckDBSuccess) throw Error(Fault::data, "DuckDB refuses the function local_time");
}

SqlEngine::Parts::Parts(std::int64_t memory) : engine(1, memory, {}), connection(engine) {
  connection.run("SET GLOBAL enable_external_access = false");
  add_local_time(connection, zone);
}

SqlEngine::SqlEngine(std::int64_t memory) : parts_(std::make_unique<Parts>(memory)) {}
SqlEngine::~SqlEngine() = default;

void SqlEngine::set_timezone(const std::string& name) { parts_->zone = TimeZone::named(name); }

void SqlEngine::check(const spec::SqlIndicator& indicator) const {
  SqlFaults faults(indicator);
  const std::lock_guard lock(parts_->mutex);
  (void)read_sql(parts_->connection, indicator, faults);
  faults.throw_if_any();
}

SqlTexts read_sql(Connection& connection, const spec::SqlIndicator& indicator, SqlFaults& faults) {
  SqlTexts texts;
  std::vector<SqlFault> found;
  const auto tell = [&](const char* key) {
    for (auto& fault : std::exchange(found, {})) {
      faults.add(key, fault.byte, std::move(fault.message), std::move(fault.hint));
    }
  };
  if (!indicator.select.empty()) {
    texts.select = read_sql_select(connection, indicator.select, found);
    tell("select");
    return texts;
  }
  texts.expression = read_sql_expression(connection, indicator.expression, false, found);
  tell("expression");
  if (!indicator.where.empty()) texts.where = read_sql_expression(connection, indicator.where, true, found);
  tell("where");
  return texts;
}

void SqlFaults::add(const char* key, std::size_t byte, std::string message, std::string hint) {
  const auto where = indicator_.at(key, byte);
  problems_.push_back({where, fmt::format("{}: {}", indicator_.id, message), std::move(hint), false});
}

void SqlFaults::throw_if_any() {
  if (!problems_.empty()) throw Error(Fault::configuration, std::move(problems_));
}

}  // namespace auspex::campus
