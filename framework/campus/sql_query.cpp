#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "campus/sql_parts.hpp"
#include "campus/sql_tables.hpp"

namespace auspex::campus {
namespace {

const std::string is_counted = "is counted";  // whether an aggregate sees the row

bool is_number_type(const std::string& type) {
  return type.ends_with("INT") || type.ends_with("INTEGER") || type == "DOUBLE" || type == "FLOAT" ||
         type.starts_with("DECIMAL");
}

struct Described {
  std::string name, type;
};

// The columns of a query; none where DuckDB cannot make sense of it, which is then a fault.
std::vector<Described> describe(Connection& connection, const MixedSql& query, SqlFaults& faults) {
  std::vector<Described> columns;
  try {
    const auto rows = connection.run(query.sql());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      columns.push_back({rows.text(i, 0).value_or(""), rows.text(i, 1).value_or("")});
    }
  } catch (const QueryError& error) {
    query.tell(error, faults);
  }
  return columns;
}

void check_value(const spec::SqlIndicator& indicator, const char* key, const std::string& type, SqlFaults& faults) {
  const bool yes_no = indicator.scale == spec::Scale::yes_no;
  if (yes_no ? type == "BOOLEAN" : is_number_type(type)) return;
  if (yes_no) {
    faults.add(key, 0, fmt::format("its value is of type {}, not true or false, as the scale yes_no needs", type),
               "compare it, as in count(*) > 0");
  } else if (type == "BOOLEAN") {
    faults.add(key, 0, "its value is true or false, not a number", "say scale = \"yes_no\"");
  } else {
    faults.add(key, 0, fmt::format("its value is of type {}, not a number", type),
               "count, add up or average something; epoch() gives the seconds of an interval");
  }
}

// The query that gives sample, range, value.
MixedSql select_query(Connection& connection, const spec::SqlIndicator& indicator, SqlFaults& faults) {
  const auto own = trimmed_sql(indicator.select);
  MixedSql query("select");
  const auto columns = describe(connection, query.add("DESCRIBE SELECT * FROM (").own("select", own).add(")"), faults);
  if (faults.any()) return query;
  std::vector<std::string> names;
  std::map<std::string, std::string> types;
  for (const auto& column : columns) {
    names.push_back(column.name);
    types[column.name] = column.type;
  }
  if (columns.size() != 3 || types.count("sample") == 0 || types.count("range") == 0 || types.count("value") == 0) {
    faults.add("select", 0, fmt::format("it gives the columns {}, not sample, range and value", fmt::join(names, ", ")),
               "name them so: SELECT sample, range, ... AS value");
    return query;
  }
  check_value(indicator, "select", types["value"], faults);
  for (const char* key : {"sample", "range"}) {
    if (types[key] == "INTEGER") continue;
    faults.add("select", 0, fmt::format("its column '{}' is not that of the samples", key), "pass it on as it is");
  }
  MixedSql whole("select");
  whole.add("SELECT sample, \"range\", CAST(value AS DOUBLE) FROM (").own("select", own).add(")");
  return whole;
}

// The query that gives range, group, value.
MixedSql expression_query(Connection& connection, const spec::SqlIndicator& indicator, const std::string& table,
                          const SqlTexts& texts, SqlFaults& faults) {
  const auto range = sql_name(SqlTables::range_number), group = sql_name(SqlTables::group_number);
  const auto from = fmt::format(" FROM {} AS {} JOIN {} USING ({})", sql_name(SqlTables::rows_of(table)), sql_name(table),
                                sql_name(SqlTables::ranges), range);
  const auto groups = fmt::format("{}, {}, {}", range, group, fmt::join(sql_range_columns, ", "));

  // As written, for DuckDB to find fault with.
  MixedSql expression("expression");
  expression.add("DESCRIBE SELECT (").own("expression", indicator.expression).add(")" + from + " GROUP BY " + groups);
  const auto columns = describe(connection, expression, faults);
  if (!columns.empty()) check_value(indicator, "expression", columns.front().type, faults);
  if (!indicator.where.empty()) {
    MixedSql where("where");
    where.add("DESCRIBE SELECT (").own("where", indicator.where).add(")" + from);
    const auto condition = describe(connection, where, faults);
    if (!condition.empty() && condition.front().type != "BOOLEAN") {
      faults.add("where", 0, fmt::format("it is of type {}, not true or false", condition.front().type),
                 "compare it with something");
    }
  }
  if (faults.any()) return expression;

  // As it is run: each group has a row that no aggregate sees, so that those without rows have a value too.
  MixedSql whole("expression");
  whole.add(fmt::format("SELECT {}, {}, CAST({} AS DOUBLE) FROM (SELECT *, {}", range, group,
                        filtered_expression(connection, texts.expression, is_counted), sql_name(SqlTables::is_there)));
  if (!indicator.where.empty()) whole.add(" AND (").own("where", indicator.where).add(")");
  whole.add(fmt::format(" AS {}{}) AS {} GROUP BY {}", sql_name(is_counted), from, sql_name(table), groups));
  return whole;
}

std::string range_text(Time start, Time end) {
  return start == no_time ? "until " + time_text(end) : time_text(start) + " to " + time_text(end);
}

}  // namespace

void MixedSql::tell(const QueryError& error, SqlFaults& faults) const {
  const auto json = nlohmann::json::parse(error.what(), nullptr, false);
  if (!json.is_object()) return faults.add(key_, 0, error.what());
  // The first line says what is wrong, the others what there is instead.
  const auto text = json.value("exception_message", std::string(error.what()));
  auto message = text.substr(0, text.find('\n'));
  auto hint = text.substr(message.size());
  std::replace_if(hint.begin(), hint.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  for (auto at = hint.find("  "); at != std::string::npos; at = hint.find("  ")) hint.erase(at, 1);
  hint.erase(hint.find_last_not_of(' ') + 1);
  if (hint.starts_with(' ')) hint.erase(0, 1);
  if (const auto of = message.find(" when casting from source column"); of != std::string::npos) message.erase(of);
  const auto position = json.value("position", std::string());
  const std::size_t at = position.empty() ? 0 : std::stoul(position);
  for (const auto& part : parts_) {
    if (at >= part.begin && at <= part.begin + part.size) return faults.add(part.key, at - part.begin, message, hint);
  }
  faults.add(key_, 0, message, hint);
}

struct SqlQuery::Parts {
  // One value a sample or, of an expression, a group.
  using Numbers = std::vector<std::optional<double>>;
  using Namer = std::function<std::string(std::size_t)>;

  struct Added {
    Time start, end;
    std::size_t samples;
    std::vector<std::int32_t> groups;  // expressions: that of each sample
  };

  Parts(std::shared_ptr<const SqlEngine> given_engine, const Campus& campus, spec::SqlIndicator given)
      : engine(std::move(given_engine)), indicator(std::move(given)), connection(engine->parts_->engine) {
    connection.run("SET errors_as_json = true");
    connection.run("SET ieee_floating_point_ops = false");  // nothing through 0 is none
    SqlFaults faults(indicator);
    const auto texts = read_sql(connection, indicator, faults);
    faults.throw_if_any();
    auto sources = find_sql_sources(texts, indicator, campus, faults);
    faults.throw_if_any();
    tables.emplace(connection, campus, std::move(sources), selects());
    query = selects() ? select_query(connection, indicator, faults)
                      : expression_query(connection, indicator, indicator.table, texts, faults);
    faults.throw_if_any();
    tables->drop();
  }

  [[nodiscard]] bool selects() const { return !indicator.select.empty(); }

  [[noreturn]] void fail(const std::string& message, std::string hint) const {
    SqlFaults faults(indicator);
    faults.add(selects() ? "select" : "expression", 0, message, std::move(hint));
    faults.throw_if_any();
    throw std::logic_error(message);
  }

  Rows run() {
    try {
      return connection.run(query.sql());
    } catch (const QueryError& error) {
      SqlFaults faults(indicator);
      query.tell(error, faults);
      faults.throw_if_any();
      throw;
    }
  }

  // By range.
  std::vector<Numbers> numbers_of_groups(const Rows& rows) const {
    std::vector<Numbers> groups(added.size());
    for (std::size_t r = 0; r < added.size(); ++r) {
      const auto& of = added[r].groups;
      groups[r].resize(of.empty() ? 0 : std::size_t(*std::max_element(of.begin(), of.end())) + 1);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      groups.at(std::size_t(rows.integer(i, 0))).at(std::size_t(rows.integer(i, 1))) = rows.real(i, 2);
    }
    std::vector<Numbers> numbers(added.size());
    for (std::size_t r = 0; r < added.size(); ++r) {
      for (const auto group : added[r].groups) numbers[r].push_back(groups[r][std::size_t(group)]);
    }
    return numbers;
  }

  std::vector<Numbers> numbers_of_samples(const Rows& rows, const Namer& name) const {
    std::vector<Numbers> numbers;
    std::vector<std::vector<bool>> given;
    for (const auto& range : added) {
      numbers.emplace_back(range.samples);
      given.emplace_back(range.samples, false);
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto sample = rows.text(i, 0) ? rows.integer(i, 0) : -1, range = rows.text(i, 1) ? rows.integer(i, 1) : -1;
      if (range < 0 || range >= std::int64_t(added.size()) || sample < 0 ||
          sample >= std::int64_t(added[std::size_t(range)].samples)) {
        fail(fmt::format("it gives a value to sample {} in range {}, which do not exist", rows.text(i, 0).value_or("NULL"),
                         rows.text(i, 1).value_or("NULL")),
             "pass sample and range on as they are");
      }
      const auto r = std::size_t(range), s = std::size_t(sample);
      if (given[r][s]) {
        fail(fmt::format("it gives two values to the sample {} in the range {}", name(s),
                         range_text(added[r].start, added[r].end)),
             "GROUP BY sample, range gives one");
      }
      given[r][s] = true;
      numbers[r][s] = rows.real(i, 2);
    }
    return numbers;
  }

  double scaled(double number, const Added& range, std::size_t sample, const Namer& name) const {
    const auto clamped = [](double value) { return std::clamp(value, -1.0, 1.0); };
    const auto refuse = [&](const char* why, const char* hint) {
      fail(fmt::format("it gives {} to the sample {} in the range {}, which is {}", number, name(sample),
                       range_text(range.start, range.end), why),
           hint);
    };
    const auto low = indicator.minimum, high = indicator.maximum;
    if (!std::isfinite(number)) refuse("no number", "make it NULL where there is no result");
    switch (indicator.scale) {
      case spec::Scale::yes_no: return number != 0 ? 1 : -1;
      case spec::Scale::linear: return clamped(2 * (number - low) / (high - low) - 1);
      case spec::Scale::log: return clamped(2 * std::log1p(std::max(number, 0.0)) / std::log1p(high) - 1);
      case spec::Scale::none: break;
    }
    if (number < -1 || number > 1) refuse("outside [-1, 1]", "say by 'minimum' and 'maximum' what becomes -1 and 1");
    return number;
  }

  std::shared_ptr<const SqlEngine> engine;
  spec::SqlIndicator indicator;
  Connection connection;
  std::optional<SqlTables> tables;
  MixedSql query;
  std::vector<Added> added;
};

SqlQuery::SqlQuery(std::shared_ptr<const SqlEngine> engine, const Campus& campus, spec::SqlIndicator indicator)
    : parts_(std::make_unique<Parts>(std::move(engine), campus, std::move(indicator))) {}
SqlQuery::~SqlQuery() = default;
SqlQuery::SqlQuery(SqlQuery&&) noexcept = default;
SqlQuery& SqlQuery::operator=(SqlQuery&&) noexcept = default;

const std::vector<SqlRead>& SqlQuery::reads() const { return parts_->tables->sources().reads; }
const std::vector<std::string>& SqlQuery::keys() const { return parts_->tables->sources().keys; }

void SqlQuery::add(const SqlRange& range, Time start, Time end) {
  auto& added = parts_->added;
  auto groups = parts_->tables->add(range, std::int32_t(added.size()), start, end);
  added.push_back({range.start, range.end, range.samples, std::move(groups)});
}

std::vector<std::vector<double>> SqlQuery::calculate(const std::function<std::string(std::size_t)>& sample) {
  auto& parts = *parts_;
  std::vector<std::vector<double>> values;
  if (parts.added.empty()) return values;
  parts.tables->complete();
  {
    const auto rows = parts.run();
    const auto numbers = parts.selects() ? parts.numbers_of_samples(rows, sample) : parts.numbers_of_groups(rows);
    for (std::size_t r = 0; r < numbers.size(); ++r) {
      auto& of_range = values.emplace_back(numbers[r].size(), std::numeric_limits<double>::quiet_NaN());
      for (std::size_t i = 0; i < numbers[r].size(); ++i) {
        if (numbers[r][i]) of_range[i] = parts.scaled(*numbers[r][i], parts.added[r], i, sample);
      }
    }
  }
  parts.tables->drop();
  parts.added.clear();
  return values;
}

}  // namespace auspex::campus
