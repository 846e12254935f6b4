#include "campus/canonical.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "base/names.hpp"
#include "campus/raw.hpp"

namespace auspex::campus {
namespace {

constexpr Time year_1900 = -2'208'988'800;
constexpr Time year_2200 = 7'258'118'400;
const std::string known_at_name = "known_at";

std::string stage_name(const std::string& table) { return sql_name("staged " + table); }
std::string known_name(const std::string& column) { return column + "_known_at"; }

const char* spoken(Type type) {
  switch (type) {
    case Type::real: return "number";
    case Type::integer: return "integer";
    case Type::boolean: return "boolean";
    case Type::time: return "time in seconds";
    case Type::id: return "id";
    case Type::word: return "text";
  }
  return "value";
}

Type attribute_type(const std::string& name) {
  if (name == "number") return Type::real;
  if (name == "time") return Type::time;
  if (name == "boolean") return Type::boolean;
  return Type::word;
}

/// The id kind of a column named as in the canonical tables, or "".
std::string id_kind(const std::string& column) {
  if (column == "user_id" || column == "related_user_id") return "user";
  if (column == "course_id") return "course";
  if (column == "enrolment_id") return "enrolment";
  if (column == "activity_id") return "activity";
  return {};
}

std::vector<std::string> column_names(const Table& table) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  return names;
}

Column* find_column(Table& table, const std::string& name) {
  const auto at = std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& c) { return c.name == name; });
  return at == table.columns.end() ? nullptr : &*at;
}

/// A table of the source's own: its key columns first.
Table own_table(const spec::SourceTable& source, std::vector<Problem>& problems) {
  Table table;
  table.name = source.name;
  table.order = table.key = source.key;
  table.description = "a table of the source's own";
  if (source.key.empty()) {
    std::vector<std::string> known;
    for (const auto& canonical : canonical_tables()) known.push_back(canonical.name);
    problems.push_back({source.where, fmt::format("'{}' is no canonical table and has no key", source.name),
                        did_you_mean(source.name, known, "name the columns that identify a row: key = [\"user_id\"]"),
                            false});
  }
  for (const auto& name : source.key) {
    Column column{.name = name, .type = Type::word, .dictionary = source.name + "." + name, .required = true};
    if (const auto kind = id_kind(name); !kind.empty()) {
      column.type = Type::id;
      column.dictionary = kind;
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

void add_attributes(const spec::SourceTable& source, Table& table, std::vector<Problem>& problems) {
  for (const auto& attribute : source.attributes) {
    Column column{.name = attribute.name, .type = attribute_type(attribute.type)};
    if (column.type == Type::word) column.dictionary = table.name + "." + attribute.name;
    column.audit = attribute.audit;
    column.attribute = true;
    column.description = attribute.description;
    if (auto* key = find_column(table, attribute.name); key != nullptr) {
      if (std::find(source.key.begin(), source.key.end(), attribute.name) == source.key.end()) {
        problems.push_back({attribute.where, fmt::format("table '{}' has a column '{}' already", table.name, attribute.name),
                            "give the attribute another name", false});
      }
      key->audit = attribute.audit;
      key->description = attribute.description;
      continue;
    }
    table.columns.push_back(std::move(column));
  }
}

/// The expression of the select's column `known_at` or of one that says when another became known.
std::string time_expression(const std::string& column, duckdb_type type) {
  if (type == DUCKDB_TYPE_TIMESTAMP || type == DUCKDB_TYPE_TIMESTAMP_TZ || type == DUCKDB_TYPE_TIMESTAMP_S ||
      type == DUCKDB_TYPE_TIMESTAMP_MS || type == DUCKDB_TYPE_TIMESTAMP_NS || type == DUCKDB_TYPE_DATE) {
    return fmt::format("CAST(floor(epoch({})) AS BIGINT)", column);
  }
  return fmt::format("TRY_CAST({} AS BIGINT)", column);
}

bool is_integer_type(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER: return true;
    default: return false;
  }
}

std::string row_text(const Table& table) {
  std::string text;
  const auto& columns = table.key.empty() ? table.order : table.key;
  for (const auto& column : columns) {
    text += fmt::format("{}{} || coalesce(CAST({} AS VARCHAR), 'missing')", text.empty() ? "" : " || ', ' || ",
                        sql_text(column + "="), sql_name(column));
  }
  return text;
}

}  // namespace

std::vector<TablePlan> plan_tables(const spec::Source& source) {
  std::vector<TablePlan> plans;
  std::vector<Problem> problems;
  for (const auto& table : canonical_tables()) plans.push_back({table, nullptr});
  for (const auto& given : source.tables) {
    auto at = std::find_if(plans.begin(), plans.end(), [&](const TablePlan& plan) { return plan.table.name == given.name; });
    if (at == plans.end()) {
      plans.push_back({own_table(given, problems), nullptr});
      at = plans.end() - 1;
    }
    at->source = &given;
  }
  for (auto& plan : plans) {
    auto& table = plan.table;
    table.known_at = "always";
    if (plan.source == nullptr) continue;
    const auto& given = *plan.source;
    add_attributes(given, table, problems);
    for (const auto& [column, known] : given.late) {
      auto* found = find_column(table, column);
      if (found == nullptr) {
        problems.push_back({given.where, fmt::format("table '{}' has no column '{}' that could become known late",
            table.name, column),
                            did_you_mean(column, column_names(table)), false});
      } else if (found->required || std::find(table.order.begin(), table.order.end(), column) != table.order.end()) {
        problems.push_back({given.where,
            fmt::format("column '{}' of table '{}' is required or part of its order: it cannot become "
                                                     "known later than its row", column, table.name), "", false});
      } else {
        found->late = known_name(column);
      }
    }
    const auto columns = table.columns;
    if (given.known_at != "always") {
      table.known_at = known_at_name;
      table.columns.push_back({.name = known_at_name, .type = Type::time, .required = true,
                               .description = "when the row became known"});
    }
    for (const auto& column : columns) {
      if (column.late.empty()) continue;
      table.columns.push_back({.name = column.late, .type = Type::time, .late = column.late,
                               .description = fmt::format("when '{}' became known", column.name)});
    }
  }
  if (!problems.empty()) throw Error(Fault::configuration, std::move(problems));
  return plans;
}

std::string Builder::cast_of(const Column& column, duckdb_type type, Staged& staged, bool& fallible) const {
  const auto name = "given." + sql_name(column.name);
  fallible = false;
  switch (column.type) {
    case Type::id:
    case Type::word:
      staged.is_number[column.name] = column.type == Type::id && is_integer_type(type);
      return fmt::format("CAST({} AS {})", name, staged.is_number[column.name] ? "BIGINT" : "VARCHAR");
    case Type::time:
      fallible = !is_integer_type(type);
      return time_expression(name, type);
    case Type::integer:
      fallible = !is_integer_type(type);
      return fmt::format("TRY_CAST({} AS BIGINT)", name);
    case Type::real:
      fallible = type == DUCKDB_TYPE_VARCHAR;
      return fmt::format("TRY_CAST({} AS DOUBLE)", name);
    case Type::boolean:
      fallible = type == DUCKDB_TYPE_VARCHAR;
      return fmt::format("TRY_CAST({} AS BOOLEAN)", name);
  }
  return name;
}

TableMade Builder::stage(const TablePlan& plan, const std::function<void(double)>& progress) {
  const auto& table = plan.table;
  auto& staged = staged_[table.name];
  staged.plan = &plan;
  TableMade made;
  made.counts.name = table.name;
  if (plan.source == nullptr) {
    made.counts.note = "not given by the source";
    return made;
  }
  const auto& given = *plan.source;
  auto select = given.select;
  while (!select.empty() && (select.back() == ';' ||
      std::isspace(static_cast<unsigned char>(select.back())) != 0)) select.pop_back();
  const auto fail = [&](const std::string& why, const std::string& hint = {}) { return select_error(plan, why, hint); };

  std::map<std::string, duckdb_type> types;
  try {
    const auto shape = connection_.run(fmt::format("SELECT * FROM (\n{}\n) LIMIT 0", select));
    for (std::size_t c = 0; c < shape.width(); ++c) types[shape.column_name(c)] = shape.column_type(c);
  } catch (const QueryError& error) {
    throw fail(fmt::format("the select fails: {}", error.what()));
  }

  // Where each stored column comes from: late times and known_at have names that the source chooses.
  std::map<std::string, std::string> origin;
  if (table.known_at != "always") origin[known_at_name] = given.known_at;
  for (const auto& [column, known] : given.late) origin[known_name(column)] = known;
  std::set<std::string> used;
  for (const auto& [stored, from] : origin) {
    used.insert(from);
    if (!types.contains(from)) {
      throw fail(fmt::format("the select has no column '{}', which says when {} became known", from,
                             stored == known_at_name ? "a row" : "a value"));
    }
  }
  for (const auto& [name, type] : types) {
    if (table.find(name) != nullptr || used.contains(name)) continue;
    throw fail(fmt::format("the select has a column '{}' that the table does not have", name),
               did_you_mean(name, column_names(table), "declare it as an attribute, or leave it out of the select"));
  }

  std::string columns;
  std::string faults;
  const auto fault = [&](const std::string& condition, const std::string& reason) {
    faults += fmt::format(" WHEN {} THEN {}", condition, reason);
  };
  for (const auto& column : table.columns) {
    const auto from = origin.contains(column.name) ? origin.at(column.name) : column.name;
    const auto type = types.find(from);
    if (type == types.end()) {
      if (column.required) throw fail(fmt::format("the select has no column '{}', which every row needs", column.name));
      const auto* sql = column.type == Type::real ? "DOUBLE" : column.type == Type::boolean ? "BOOLEAN"
                        : column.type == Type::id || column.type == Type::word ? "VARCHAR" : "BIGINT";
      staged.is_number[column.name] = false;
      staged.constant.insert(column.name);
      columns += fmt::format("{}CAST(NULL AS {}) AS {}", columns.empty() ? "" : ", ", sql, sql_name(column.name));
      continue;
    }
    auto source_column = column;
    source_column.name = from;
    bool fallible = false;
    const auto cast = cast_of(source_column, type->second, staged, fallible);
    if (source_column.name != column.name) staged.is_number[column.name] = staged.is_number[source_column.name];
    columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", cast, sql_name(column.name));
    const auto given_column = "given." + sql_name(from);
    if (fallible) {
      fault(fmt::format("{} IS NOT NULL AND {} IS NULL", given_column, cast),
            sql_text(fmt::format("'{}' is no {}", column.name, spoken(column.type))));
    }
    if (!column.required) continue;
    fault(fmt::format("{} IS NULL", given_column), sql_text(fmt::format("'{}' is missing", column.name)));
    if (column.type != Type::time) continue;
    fault(fmt::format("{0} NOT BETWEEN {1} AND {2} AND {0} // 1000 BETWEEN 0 AND {2} AND {0} > {2}", cast, year_1900,
        year_2200),
          fmt::format("{} || CAST({} AS VARCHAR) || {}", sql_text(fmt::format("'{}' = ", column.name)), cast,
                      sql_text(" is after the year 2200: these look like milliseconds, and seconds are needed (divide by 1000)")));
    fault(fmt::format("{} NOT BETWEEN {} AND {}", cast, year_1900, year_2200),
          fmt::format("{} || CAST({} AS VARCHAR) || {}", sql_text(fmt::format("'{}' = ", column.name)), cast,
                      sql_text(" is not between the years 1900 and 2200")));
  }
  const auto stage = stage_name(table.name);
  const auto reason = faults.empty() ? std::string("CAST(NULL AS VARCHAR)") : fmt::format("CASE{} END", faults);
  try {
    connection_.run(fmt::format("SET preserve_insertion_order = {}", !table.key.empty()));
    staged.is_view = table.key.empty();
    connection_.run(fmt::format("CREATE {} {} AS SELECT {}, {} AS \"reject reason\" FROM (\n{}\n) AS given",
                                staged.is_view ? "VIEW" : "TABLE", stage, columns, reason, select),
                    progress);
    if (!table.key.empty()) mark_repeated(table, stage);
    count_rows(stage, staged, made.counts, progress);
    connection_.run("SET preserve_insertion_order = true");
  } catch (const QueryError& error) {
    throw fail(fmt::format("the select fails: {}", error.what()));
  }

  auto& counts = made.counts;
  counts.kept = counts.read - counts.rejected;
  if (counts.rejected > 0) made.rejects = take_rejects(plan, counts.read);
  staged.rows = counts.kept;
  staged.from = staged.is_view && counts.rejected > 0
                    ? fmt::format("(SELECT * FROM {} WHERE \"reject reason\" IS NULL)", stage) : stage;
  return made;
}

Error Builder::select_error(const TablePlan& plan, const std::string& why, const std::string& hint) const {
  return Error(Fault::configuration, fmt::format("source '{}', table '{}': {}", source_.id, plan.table.name, why), hint,
               plan.source->where);
}

void Builder::mark_repeated(const Table& table, const std::string& stage) {
  std::string key;
  for (const auto& column : table.key) key += (key.empty() ? "" : ", ") + sql_name(column);
  const auto repeated = fmt::format("SELECT rowid FROM {} WHERE \"reject reason\" IS NULL QUALIFY row_number() OVER (PARTITION BY {} "
                                    "ORDER BY rowid) > 1", stage, key);
  if (connection_.count(fmt::format("SELECT count(*) FROM ({})", repeated)) == 0) return;
  connection_.run(fmt::format("UPDATE {} SET \"reject reason\" = {} WHERE rowid IN ({})", stage,
                              sql_text(fmt::format("repeats the key ({}) of an earlier row, which was kept",
                                                   fmt::join(table.key, ", "))),
                              repeated));
}

void Builder::count_rows(const std::string& stage, Staged& staged, ImportReport::Counts& counts,
                         const std::function<void(double)>& progress) {
  std::string tests;
  std::vector<std::string> names;
  for (const auto& column : staged.plan->table.columns) {
    if (!column.dictionary.empty()) continue;
    names.push_back(column.name);
    const auto name = sql_name(column.name);
    tests += fmt::format(", CAST(count({0}) = 0{1} AS BIGINT)", name,
                         // 0 and -0 are equal but not the same.
                         column.type == Type::real ? "" : fmt::format(" OR (count({0}) = count(*) AND min({0}) = max({0}))", name));
  }
  const auto counted = connection_.run(fmt::format("SELECT count(*), count(\"reject reason\"){} FROM {}", tests, stage), progress);
  counts.read = counted.integer(0, 0);
  counts.rejected = counted.integer(0, 1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (counted.integer(0, i + 2) != 0) staged.constant.insert(names[i]);
  }
}

std::vector<Reject> Builder::take_rejects(const TablePlan& plan, std::int64_t read) {
  const auto& table = plan.table;
  const auto stage = stage_name(table.name);
  const auto rejected = connection_.count(fmt::format("SELECT count(*) FROM {} WHERE \"reject reason\" IS NOT NULL", stage));
  const bool failed = too_many(rejected, read);
  const auto rows = connection_.run(fmt::format("SELECT \"reject reason\", {} FROM {} WHERE \"reject reason\" IS NOT NULL "
                                                "ORDER BY ALL{}",
                                                pseudonymous_ ? "''" : row_text(table), stage, failed ? " LIMIT 20" : ""));
  std::vector<Reject> rejects;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rejects.push_back({"", 0, table.name, rows.text(i, 0).value_or(""), rows.text(i, 1).value_or("")});
  }
  if (failed) throw too_many_error(fmt::format("table '{}'", table.name), rejected, read, rejects);
  if (staged_.at(table.name).is_view) return rejects;
  connection_.run(fmt::format("DELETE FROM {} WHERE \"reject reason\" IS NOT NULL", stage));
  return rejects;
}

std::string Builder::distinct_values(const std::string& name, Staged& staged) {
  std::string columns;
  std::string sets;
  std::vector<std::string> names;
  for (const auto& column : staged.plan->table.columns) {
    if (column.dictionary.empty()) continue;
    names.push_back(column.name);
    columns += (columns.empty() ? "" : ", ") + sql_name(column.name);
    sets += fmt::format("{}({})", sets.empty() ? "" : ", ", sql_name(column.name));
  }
  const auto table = sql_name("values of " + name);
  try {
    connection_.run(fmt::format("CREATE TEMP TABLE {} AS SELECT {}, GROUPING_ID({}) AS \"which column\" FROM {} GROUP BY GROUPING SETS ({})",
                                table, columns, columns, staged.from, sets));
  } catch (const QueryError& error) {
    throw select_error(*staged.plan, fmt::format("the select fails: {}", error.what()));
  }
  const auto counts = connection_.run(fmt::format("SELECT \"which column\", count(*) FROM {} GROUP BY ALL", table));
  for (std::size_t i = 0; i < counts.size(); ++i) {
    // Of the mask's bits, the last column's is the lowest; the one that is grouped by has none.
    if (counts.integer(i, 1) > 1) continue;
    for (std::size_t c = 0; c < names.size(); ++c) {
      if ((counts.integer(i, 0) >> (names.size() - 1 - c) & 1) == 0) staged.constant.insert(names[c]);
    }
  }
  return table;
}

void Builder::number_ids(const std::filesystem::path& file) {
  // Per dictionary: the distinct texts of every column that uses it.
  std::map<std::string, std::string> texts;
  for (auto& [name, staged] : staged_) {
    if (staged.plan->source == nullptr) continue;
    const auto distinct = staged.is_view ? distinct_values(name, staged) : staged.from;
    for (const auto& column : staged.plan->table.columns) {
      if (column.dictionary.empty()) continue;
      auto& sql = texts[column.dictionary];
      sql += fmt::format("{}SELECT CAST(v AS VARCHAR) AS text FROM (SELECT DISTINCT {} AS v FROM {}) WHERE v IS NOT NULL",
                         sql.empty() ? "" : " UNION ", sql_name(column.name), distinct);
    }
  }
  connection_.run("CREATE TABLE dictionaries (kind VARCHAR, id BIGINT, text VARCHAR)");
  for (const auto& [kind, sql] : texts) {
    const auto table = sql_name("numbers of " + kind);
    dictionary_tables_[kind] = table;
    const bool is_id = kind.find('.') == std::string::npos;
    connection_.run(fmt::format("CREATE TEMP TABLE raw_texts AS {}", sql));
    // An enrolment's id that is no plain number may hold its user's id.
    const bool hidden = pseudonymous_ && (kind == "user" || kind == "users.external_id" ||
                                          (kind == "enrolment" &&
                                           connection_.count("SELECT count(*) FROM raw_texts WHERE TRY_CAST(text AS BIGINT) IS NULL") > 0));
    connection_.run(fmt::format(
        "CREATE TABLE {0} AS SELECT given, text, TRY_CAST(given AS BIGINT) AS number, "
        "CAST(row_number() OVER (ORDER BY {1}text) - 1 AS INTEGER) AS id FROM (SELECT text AS given, {2} AS text FROM raw_texts)",
        table, is_id ? "TRY_CAST(text AS BIGINT) NULLS LAST, " : "", hidden ? "auspex_hmac(text)" : "text"));
    connection_.run("DROP TABLE raw_texts");
    connection_.run(fmt::format("INSERT INTO dictionaries SELECT {}, id, text FROM {}", sql_text(kind), table));
  }
  connection_.run(fmt::format("COPY (SELECT * FROM dictionaries ORDER BY kind, id) TO {} (FORMAT parquet, COMPRESSION zstd)",
                              sql_text(file.string())));
}

void Builder::write(const TablePlan& plan, const std::filesystem::path& file, const std::function<void(double)>& progress) {
  const auto& table = plan.table;
  const auto& staged = staged_.at(table.name);
  std::string columns;
  std::string joins;
  std::size_t dictionary = 0;
  for (const auto& column : table.columns) {
    auto value = "staged." + sql_name(column.name);
    if (!column.dictionary.empty()) {
      // Integers and texts may meet in one dictionary: only a text that is the plain number stands for it.
      const auto name = fmt::format("d{}", dictionary++);
      const bool is_number = staged.is_number.at(column.name);
      joins += fmt::format(" LEFT JOIN {0} AS {1} ON {2} = {1}.{3}{4}", dictionary_tables_.at(column.dictionary), name,
          value,
                           is_number ? "number" : "given",
                           is_number ? fmt::format(" AND {0}.given = CAST({0}.number AS VARCHAR)", name) : std::string());
      value = name + ".id";
    }
    columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", value, sql_name(column.name));
  }
  std::vector<std::string> order = table.order;
  const auto then = [&](const std::string& column) {
    if (std::find(order.begin(), order.end(), column) == order.end()) order.push_back(column);
  };
  if (table.known_at != "always") then(table.known_at);
  for (const auto& column : table.columns) then(column.name);
  std::string ordered;
  for (const auto& column : order) {
    // A column of one value decides nothing, and sorting by it costs as much as by any other.
    if (staged.constant.contains(column)) continue;
    ordered += fmt::format("{}{} NULLS FIRST", ordered.empty() ? " ORDER BY " : ", ", sql_name(column));
  }
  std::filesystem::create_directories(file.parent_path());
  try {
    const auto copied =
        connection_.run(fmt::format("COPY (SELECT * FROM (SELECT {} FROM {} AS staged{}){}) TO {} (FORMAT parquet, COMPRESSION zstd, "
                                    "ROW_GROUP_SIZE 122880)",
                                    columns, staged.from, joins, ordered, sql_text(file.string())),
                        progress);
    if (copied.integer(0, 0) != staged.rows) {
      throw select_error(plan, fmt::format("the select gave {} rows first and {} rows then", staged.rows, copied.integer(0, 0)),
                         "a select must give the same rows whenever it runs: no random values");
    }
    connection_.run(fmt::format("DROP {} {}", staged.is_view ? "VIEW" : "TABLE", stage_name(table.name)));
  } catch (const QueryError& error) {
    throw Error(Fault::data, fmt::format("cannot write table '{}': {}", table.name, error.what()),
                "is the disk full, or the memory limit too low?");
  }
}

}  // namespace auspex::campus
