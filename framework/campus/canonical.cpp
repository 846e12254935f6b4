#include "campus/canonical.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "base/hash.hpp"
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
      } else if (key->type != Type::id) {
        key->type = column.type;
        key->dictionary = column.dictionary;
      }
      key->audit = attribute.audit;
      key->description = attribute.description;
      continue;
    }
    table.columns.push_back(std::move(column));
  }
}

/// The id kind of a canonical table's rows and the name of that table, where ids of the kind are at home.
const Table* home_of(const std::string& kind) {
  for (const auto& table : canonical_tables()) {
    if (table.key == std::vector<std::string>{kind + "_id"}) return &table;
  }
  return nullptr;
}

/// What a column of a joining table may be matched with.
std::vector<std::string> join_targets(const Table& home) {
  std::vector<std::string> names;
  for (const auto& column : home.columns) {
    const bool own_id = column.name == home.key.front();
    if (own_id || column.type == Type::word) names.push_back(home.name + "." + column.name);
  }
  return names;
}

/// Ties every id column of a table to the campus.
void add_joins(const spec::SourceTable& given, TablePlan& plan, std::vector<Problem>& problems) {
  for (const auto& column : plan.table.columns) {
    if (column.type != Type::id) continue;
    const auto* home = home_of(column.dictionary);
    plan.joins.push_back({column.name, column.dictionary, home->name, home->key.front()});
  }
  for (const auto& match : given.matches) {
    const auto at =
        std::find_if(plan.joins.begin(), plan.joins.end(), [&](const Join& j) { return j.column == match.column; });
    if (at == plan.joins.end()) {
      std::vector<std::string> ids;
      for (const auto& join : plan.joins) ids.push_back(join.column);
      problems.push_back({match.where, fmt::format("table '{}' has no id column '{}' to match", given.name, match.column),
                          ids.empty() ? "name it in 'key': user_id, course_id, enrolment_id or activity_id"
                                      : did_you_mean(match.column, ids, fmt::format("it has {}", fmt::join(ids, ", "))),
                          false});
      continue;
    }
    const auto targets = join_targets(*home_of(at->kind));
    const auto wanted = match.table + "." + match.of;
    if (std::find(targets.begin(), targets.end(), wanted) == targets.end()) {
      problems.push_back({match.where, fmt::format("'{}' cannot be matched with '{}'", match.column, wanted),
                          did_you_mean(wanted, targets, fmt::format("it can with {}", fmt::join(targets, ", "))), false});
      continue;
    }
    at->of = match.of;
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

/// SQL: the columns that name a row, with their values. `text_of(column)`: the SQL of a column's value.
template <typename TextOf>
std::string row_text(const Table& table, TextOf text_of) {
  std::string text;
  for (const auto& column : table.key.empty() ? table.order : table.key) {
    text += fmt::format("{}{} || coalesce(CAST({} AS VARCHAR), 'missing')", text.empty() ? "" : " || ', ' || ",
                        sql_text(column + "="), text_of(column));
  }
  return text;
}

/// The SQL type that a column is staged in.
const char* staged_type(const Column& column) {
  switch (column.type) {
    case Type::real: return "DOUBLE";
    case Type::boolean: return "BOOLEAN";
    case Type::id:
    case Type::word: return "INTEGER";
    case Type::integer:
    case Type::time: return "BIGINT";
  }
  return "BIGINT";
}

/// How a column of a select is read: the expression of its value, and whether that is NULL where a value does not convert.
struct Cast {
  std::string sql;
  bool fallible = false;
  bool is_number = false;  ///< ids: an integer, not a text
};

Cast cast_of(const Column& column, duckdb_type type) {
  const auto name = "given." + sql_name(column.name);
  switch (column.type) {
    case Type::id:
    case Type::word: {
      const bool is_number = column.type == Type::id && is_integer_type(type);
      return {fmt::format("CAST({} AS {})", name, is_number ? "BIGINT" : "VARCHAR"), false, is_number};
    }
    case Type::time: return {time_expression(name, type), !is_integer_type(type)};
    case Type::integer: return {fmt::format("TRY_CAST({} AS BIGINT)", name), !is_integer_type(type)};
    case Type::real: return {fmt::format("TRY_CAST({} AS DOUBLE)", name), type == DUCKDB_TYPE_VARCHAR};
    case Type::boolean: return {fmt::format("TRY_CAST({} AS BOOLEAN)", name), type == DUCKDB_TYPE_VARCHAR};
  }
  return {name};
}

/// The table as it is staged: what will be matched has the dictionary of what the source gives.
Table staged_table(const TablePlan& plan) {
  auto table = plan.table;
  for (const auto& join : plan.joins) find_column(table, join.column)->dictionary = join.dictionary();
  return table;
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
      // What was known first comes first, so that the last of a student's rows is the latest known.
      const bool is_own = table.order == given.key && !given.key.empty();
      if (is_own) table.order.insert(table.order.begin() + 1, known_at_name);
    }
    for (const auto& column : columns) {
      if (column.late.empty()) continue;
      table.columns.push_back({.name = column.late, .type = Type::time, .late = column.late,
                               .description = fmt::format("when '{}' became known", column.name)});
    }
    if (!source.joins()) continue;
    if (table.name == "users") {
      problems.push_back({given.where, "a source with 'matches' joins a campus whose users are there: it gives no 'users'",
                          "leave out 'matches', and join in the selects, or leave out the table 'users'", false});
    }
    add_joins(given, plan, problems);
  }
  if (source.joins()) std::erase_if(plans, [](const TablePlan& plan) { return plan.source == nullptr; });
  if (!problems.empty()) throw Error(Fault::configuration, std::move(problems));
  return plans;
}

TableMade Builder::stage(const TablePlan& plan, const std::function<void(double)>& progress) {
  const auto table = staged_table(plan);
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
  const bool has_origin = types.contains(origin_name) && table.find(origin_name) == nullptr && !used.contains(origin_name);
  staged.has_origin = has_origin;
  for (const auto& [name, type] : types) {
    if (table.find(name) != nullptr || used.contains(name) || (has_origin && name == origin_name)) continue;
    throw fail(fmt::format("the select has a column '{}' that the table does not have", name),
               did_you_mean(name, column_names(table), "declare it as an attribute, or leave it out of the select"));
  }

  std::string values;   // of the select, as they are checked
  std::string columns;  // as they are staged: good rows' ids and words as codes
  std::string faults;
  const auto fault = [&](const std::string& condition, const std::string& reason) {
    faults += fmt::format(" WHEN {} THEN {}", condition, reason);
  };
  for (const auto& column : table.columns) {
    const auto from = origin.contains(column.name) ? origin.at(column.name) : column.name;
    const auto type = types.find(from);
    const auto name = sql_name(column.name);
    if (type == types.end()) {
      if (column.required) throw fail(fmt::format("the select has no column '{}', which every row needs", column.name));
      values += fmt::format("CAST(NULL AS {}) AS {}, ", staged_type(column), name);
      columns += name + ", ";
      continue;
    }
    auto source_column = column;
    source_column.name = from;
    const auto cast = cast_of(source_column, type->second);
    values += fmt::format("{} AS {}, ", cast.sql, name);
    columns += column.dictionary.empty()
                   ? name + ", "
                   : fmt::format("CASE WHEN \"reject reason\" IS NULL THEN {} END AS {}, ",
                                 dictionaries_.code_sql(column.dictionary, name, cast.is_number), name);
    const auto given_column = "given." + sql_name(from);
    if (cast.fallible) {
      fault(fmt::format("{} IS NOT NULL AND {} IS NULL", given_column, cast.sql),
            sql_text(fmt::format("'{}' is no {}", column.name, spoken(column.type))));
    }
    if (!column.required) continue;
    fault(fmt::format("{} IS NULL", given_column), sql_text(fmt::format("'{}' is missing", column.name)));
    if (column.type != Type::time) continue;
    fault(fmt::format("{0} NOT BETWEEN {1} AND {2} AND {0} // 1000 BETWEEN 0 AND {2} AND {0} > {2}", cast.sql, year_1900,
        year_2200),
          fmt::format("{} || CAST({} AS VARCHAR) || {}", sql_text(fmt::format("'{}' = ", column.name)), cast.sql,
                      sql_text(" is after the year 2200: these look like milliseconds, and seconds are needed (divide by 1000)")));
    fault(fmt::format("{} NOT BETWEEN {} AND {}", cast.sql, year_1900, year_2200),
          fmt::format("{} || CAST({} AS VARCHAR) || {}", sql_text(fmt::format("'{}' = ", column.name)), cast.sql,
                      sql_text(" is not between the years 1900 and 2200")));
  }
  const auto stage = stage_name(table.name);
  const auto reason = faults.empty() ? std::string("CAST(NULL AS VARCHAR)") : fmt::format("CASE{} END", faults);
  try {
    connection_.run(fmt::format("SET preserve_insertion_order = {}", !table.key.empty()));
    connection_.run(
        fmt::format("CREATE TABLE {} AS SELECT {}\"reject reason\", CASE WHEN \"reject reason\" IS NOT NULL THEN {} END "
                    "AS \"reject row\"{} FROM (SELECT {}{} AS \"reject reason\"{} FROM (\n{}\n) AS given)",
                    stage, columns, key_.empty() ? row_text(table, sql_name) : "''", has_origin ? ", \"row origin\"" : "",
                    values, reason, has_origin ? ", CAST(given.origin AS VARCHAR) AS \"row origin\"" : "", select),
        progress);
    if (!table.key.empty()) mark_repeated(table, stage);
    count_rows(stage, staged, made.counts);
    connection_.run("SET preserve_insertion_order = true");
  } catch (const QueryError& error) {
    throw fail(fmt::format("the select fails: {}", error.what()));
  }

  auto& counts = made.counts;
  counts.kept = counts.read - counts.rejected;
  if (counts.rejected > 0) made.rejects = take_rejects(plan, counts.read);
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
  const auto text_of = [&](const std::string& name) {
    const auto& dictionary = table.find(name)->dictionary;
    return dictionary.empty() ? sql_name(name) : dictionaries_.text_sql(dictionary, sql_name(name));
  };
  connection_.run(fmt::format("UPDATE {} SET \"reject reason\" = {}, \"reject row\" = {} WHERE rowid IN ({})", stage,
                              sql_text(fmt::format("repeats the key ({}) of an earlier row, which was kept",
                                                   fmt::join(table.key, ", "))),
                              key_.empty() ? row_text(table, text_of) : "''", repeated));
}

void Builder::count_rows(const std::string& stage, Staged& staged, ImportReport::Counts& counts) {
  std::string tests;
  const auto& columns = staged.plan->table.columns;
  for (const auto& column : columns) {
    const auto name = sql_name(column.name);
    // Reals only where all are missing: 0 and -0 are equal but not the same.
    const auto one = fmt::format(" WHEN count({0}) = count(*) AND min({0}) = max({0}) THEN CAST(min({0}) AS VARCHAR)", name);
    tests += fmt::format(", CASE WHEN count({}) = 0 THEN 'NULL'{} END", name, column.type == Type::real ? "" : one);
  }
  const auto counted = connection_.run(fmt::format("SELECT count(*), count(\"reject reason\"){} FROM {}", tests, stage));
  counts.read = counted.integer(0, 0);
  counts.rejected = counted.integer(0, 1);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (const auto value = counted.text(0, i + 2)) {
      staged.constant[columns[i].name] = fmt::format("CAST({} AS {})", *value, staged_type(columns[i]));
    }
  }
}

std::vector<Reject> Builder::take_rejects(const TablePlan& plan, std::int64_t read) {
  const auto& table = plan.table;
  const auto stage = stage_name(table.name);
  const auto rejected = connection_.count(fmt::format("SELECT count(*) FROM {} WHERE \"reject reason\" IS NOT NULL", stage));
  const bool failed = too_many(rejected, read);
  const auto rows = connection_.run(
      fmt::format("SELECT \"reject reason\", \"reject row\", {} FROM {} WHERE \"reject reason\" IS NOT NULL ORDER BY ALL{}",
                  origin_sql(table.name), stage, failed ? " LIMIT 20" : ""));
  std::vector<Reject> rejects;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& reject =
        rejects.emplace_back(Reject{"", 0, table.name, rows.text(i, 0).value_or(""), rows.text(i, 1).value_or("")});
    reject.stand_at(rows.text(i, 2).value_or(""));
  }
  sort_by_line(rejects);
  if (failed) throw too_many_error(fmt::format("table '{}'", table.name), rejected, read, rejects);
  connection_.run(fmt::format("DELETE FROM {} WHERE \"reject reason\" IS NOT NULL", stage));
  return rejects;
}

std::string Builder::origin_sql(const std::string& table) const {
  return fmt::format("{} AS \"row origin\"", staged_.at(table).has_origin ? "\"row origin\"" : "CAST(NULL AS VARCHAR)");
}

void Builder::number_ids() {
  // An enrolment's id that is no plain number may hold its user's id.
  const bool hide_enrolments = !dictionaries_.all_numbers("enrolment");
  dictionaries_.number([&](const std::string& kind, const std::string& text) {
    const bool hidden = !key_.empty() && (kind == "user" || kind == "users.external_id" || (kind == "enrolment" && hide_enrolments));
    return hidden ? hmac_sha256_of(key_, text) : text;
  });
}

void Builder::keep(const TablePlan& plan, const std::filesystem::path& file) {
  const auto stage = stage_name(plan.table.name);
  std::string columns;
  for (const auto& column : staged_table(plan).columns) {
    const auto name = sql_name(column.name);
    columns += fmt::format("{} AS {}, ",
                           column.dictionary.empty() ? name : dictionaries_.stored_sql(column.dictionary, name), name);
  }
  std::filesystem::create_directories(file.parent_path());
  connection_.run(
      fmt::format("COPY (SELECT * FROM (SELECT {}{} FROM {}) ORDER BY ALL) TO {} (FORMAT parquet, COMPRESSION zstd)",
                  columns, origin_sql(plan.table.name), stage, sql_text(file.string())));
  connection_.run(fmt::format("DROP TABLE {}", stage));
}

void Builder::write(const TablePlan& plan, const std::filesystem::path& file, const std::function<void(double)>& progress) {
  const auto& table = plan.table;
  const auto& constant = staged_.at(table.name).constant;
  // A column of one value decides no order, and sorting it along costs as much as any other.
  std::string sorted;
  std::string columns;
  const auto add = [](std::string& list, const std::string& value, const std::string& name) {
    list += fmt::format("{}{} AS {}", list.empty() ? "" : ", ", value, name);
  };
  for (const auto& column : table.columns) {
    const auto name = sql_name(column.name);
    const auto stored = [&](const std::string& code) {
      return column.dictionary.empty() ? code : dictionaries_.id_sql(column.dictionary, code);
    };
    const auto value = constant.find(column.name);
    if (value == constant.end()) add(sorted, stored(name), name);
    add(columns, value == constant.end() ? name : stored(value->second), name);
  }
  std::string order;
  const auto then = [&](const std::string& key) { order += fmt::format("{}{} NULLS FIRST", order.empty() ? " ORDER BY " : ", ", key); };
  for (const auto& column : table.order) {
    if (!constant.contains(column)) then(sql_name(column));
  }
  // Of one time, what was known first comes first: windows then end by binary search.
  const bool by_known = table.known_at != "always" && !constant.contains(table.known_at) &&
                        std::ranges::count(table.order, table.known_at) == 0;
  if (by_known) then(sql_name(table.known_at));
  // Rows that agree so far are ordered by all that is left, as one key: narrow keys sort faster, and two different rows of one
  // order and one 64-bit hash are not to be expected.
  std::string rest;
  for (const auto& column : table.columns) {
    if (constant.contains(column.name) || std::ranges::count(table.order, column.name) != 0) continue;
    if (by_known && column.name == table.known_at) continue;
    rest += (rest.empty() ? "" : ", ") + sql_name(column.name);
  }
  if (!rest.empty()) then("hash(" + rest + ")");
  std::filesystem::create_directories(file.parent_path());
  const auto stage = stage_name(table.name);
  // Ordered outside of the select that makes the ids: inside, a name within hash() would mean the code, which differs from run to run.
  const auto from = sorted.empty() ? stage : fmt::format("(SELECT * FROM (SELECT {} FROM {}){})", sorted, stage, order);
  try {
    connection_.run(fmt::format("COPY (SELECT {} FROM {}) TO {} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)", columns,
                                from, sql_text(file.string())),
                    progress);
    connection_.run(fmt::format("DROP TABLE {}", stage));
  } catch (const QueryError& error) {
    throw Error(Fault::data, fmt::format("cannot write table '{}': {}", table.name, error.what()),
                "is the disk full, or the memory limit too low?");
  }
}

std::vector<Table> source_tables(const spec::Source& source) {
  std::vector<Table> tables;
  for (auto& plan : plan_tables(source)) tables.push_back(std::move(plan.table));
  return tables;
}

}  // namespace auspex::campus
