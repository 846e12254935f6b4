#include "spec/source.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/calendar.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "spec/toml_reader.hpp"

namespace auspex::spec {
namespace {

constexpr const char* word_pattern = "[a-z][a-z0-9_]*";
constexpr const char* word_says = "a name of lower-case letters, digits and underscores";
constexpr const char* sql_name_pattern = "[A-Za-z_][A-Za-z0-9_]*";
constexpr const char* sql_name_says = "a name of letters, digits and underscores";

Field sql_name(std::string name, std::string description) {
  return {.name = std::move(name), .description = std::move(description), .pattern = sql_name_pattern,
          .pattern_says = sql_name_says};
}

Field column_types(std::string name, std::string description) {
  return {.name = std::move(name), .form = Form::map, .description = std::move(description), .pattern = "[^\"\\x00-\\x1f]+",
          .pattern_says = "a column's name: it may not be empty nor have quotes or control characters",
          .of = {{.description = "The type of DuckDB that the values convert to.",
                  .pattern = "VARCHAR|BIGINT|INTEGER|DOUBLE|BOOLEAN|TIMESTAMP|DATE|DECIMAL\\([0-9]{1,2}, ?[0-9]{1,2}\\)",
                  .pattern_says = "one of VARCHAR, BIGINT, INTEGER, DOUBLE, BOOLEAN, DECIMAL(P,S), TIMESTAMP, DATE"}}};
}

Field declared_parameters() {
  return {.name = "parameters", .form = Form::map,
          .description = "What an import may set; the SQL reads it as getvariable('NAME').",
          .pattern = word_pattern, .pattern_says = word_says,
          .of = {{.form = Form::table,
                  .keys = {{.name = "type", .required = true, .description = "The type of the value.",
                            .choices = {"number", "integer", "boolean", "text"}},
                           {.name = "default", .form = Form::either, .description = "Its value where none is given.",
                            .of = {{.form = Form::boolean}, {.form = Form::number}, {.form = Form::text}}},
                           {.name = "minimum", .form = Form::number, .description = "Numbers: the least allowed."},
                           {.name = "maximum", .form = Form::number, .description = "Numbers: the most allowed."},
                           {.name = "choices", .form = Form::list, .description = "Texts: those allowed.", .least = 1,
                            .unique = true, .of = {{.form = Form::text}}},
                           {.name = "description", .required = true, .description = "What it means, in one sentence."}}}}};
}

Field declared_raw() {
  return {.name = "raw", .form = Form::map, .required = true,
          .description = "The raw tables, by the name that the SQL reads them under.",
          .pattern = sql_name_pattern, .pattern_says = sql_name_says, .least = 1,
          .of = {{.form = Form::table,
                  .keys = {{.name = "file",
                            .description = "The file's name without its ending; '*' first stands for any table prefix.",
                            .pattern = "\\*?[^*/]+", .pattern_says = "a file's stem, with '*' at most at its beginning"},
                           {.name = "required", .form = Form::boolean,
                            .description = "false: where the file is absent, the table reads as empty."},
                           column_types("columns", "The columns that must be there."),
                           column_types("optional_columns", "The columns that read as NULL where they are absent."),
                           {.name = "missing", .form = Form::list,
                            .description = "Texts that stand for a missing value besides the empty field.", .least = 1,
                            .unique = true, .of = {{.form = Form::text}}},
                           {.name = "origin", .form = Form::boolean,
                            .description = "true: the SQL has a column `origin` besides, the file and line of each row; a "
                                           "select that hands it on tells where the rows kept aside stand."}}}}};
}

Field declared_tables() {
  return {.name = "tables", .form = Form::map, .required = true, .description = "The canonical tables, by name.",
          .pattern = word_pattern, .pattern_says = word_says, .least = 1,
          .of = {{.form = Form::table,
                  .keys = {{.name = "known_at", .required = true,
                            .missing = "the table does not say when its rows became known, so an indicator could see the "
                                       "future",
                            .description = "The column of the select that says it, or \"always\" for settings without "
                                           "history.",
                            .pattern = sql_name_pattern, .pattern_says = sql_name_says},
                           {.name = "late", .form = Form::map,
                            .description = "Columns written later than their row, each with the column that says when.",
                            .pattern = sql_name_pattern, .pattern_says = sql_name_says, .of = {sql_name("", "")}},
                           {.name = "key", .form = Form::list,
                            .description = "Tables of the source's own: the columns that identify a row.", .least = 1,
                            .unique = true, .of = {sql_name("", "")}},
                           {.name = "matches", .form = Form::map,
                            .description = "The source joins a campus that is there: each id column of the select, and the "
                                           "column of the campus whose value it holds, such as user_id = "
                                           "\"users.external_id\".",
                            .pattern = sql_name_pattern, .pattern_says = sql_name_says, .least = 1,
                            .of = {{.description = "TABLE.COLUMN of the campus.",
                                    .pattern = "[a-z][a-z0-9_]*\\.[a-z][a-z0-9_]*",
                                    .pattern_says = "TABLE.COLUMN of the campus, such as \"users.external_id\""}}},
                           {.name = "select", .required = true,
                            .description = "The SQL that makes the rows from the raw tables (DuckDB's dialect)."},
                           {.name = "attributes", .form = Form::map,
                            .description = "Columns of the select that the canonical table does not have.",
                            .pattern = word_pattern, .pattern_says = word_says,
                            .of = {{.form = Form::table,
                                    .keys = {{.name = "type", .required = true, .description = "The type of the values.",
                                              .choices = {"number", "text", "time", "boolean"}},
                                             {.name = "use", .required = true,
                                              .description = "Either \"feature\", or \"audit\" for what is reported on and "
                                                             "never predicts (gender, disability, ...).",
                                              .choices = {"feature", "audit"}},
                                             {.name = "description", .description = "What it means."}}}}}}}}};
}

const Field& source_form() {
  static const Field form{
      .name = "Auspex source", .form = Form::table,
      .description = "How the raw files of a system become the canonical tables of a campus.",
      .keys = {{.name = "id", .required = true, .description = "The name that `auspex import` knows the source by.",
                .pattern = word_pattern, .pattern_says = word_says},
               {.name = "name", .description = "Its name for people."},
               {.name = "description", .description = "What it reads, and which decisions it takes."},
               {.name = "timezone", .description = "The time zone of the institution, a name of the IANA database."},
               {.name = "timezone_sql", .description = "A select of one text: the time zone, from the raw tables."},
               {.name = "version_sql",
                .description = "A select of one text: the system's own version, as its data set files name it."},
               declared_parameters(), declared_raw(), declared_tables()}};
  return form;
}

// SQL does not tell upper from lower case, so neither may two names differ in it alone.
void check_distinct(std::map<std::string, Position>& seen, const std::string& name, const Position& where,
                    const std::string& what, Problems& problems) {
  const auto [first, is_new] = seen.emplace(lower_case(name), where);
  if (is_new) return;
  problems.error(where, fmt::format("the {} '{}' is given twice", what, name),
                 fmt::format("it is also given at line {}; upper and lower case are the same in SQL", first->second.line));
}

Parameter read_parameter(const Entry& entry, Problems& problems) {
  const auto& node = entry.value;
  Parameter parameter;
  parameter.name = entry.key;
  const auto type = node.text_of("type").value_or("");
  for (const auto candidate : {ParameterType::real, ParameterType::integer, ParameterType::boolean, ParameterType::text}) {
    if (type == type_name(candidate)) parameter.type = candidate;
  }
  const bool is_number = type == "number" || type == "integer";
  for (const char* bound : {"minimum", "maximum"}) {
    const auto* value = node.find(bound);
    if (value == nullptr || type.empty() || is_number) continue;
    problems.error(value->where, fmt::format("'{}' is only for numbers, and '{}' is of type {}", bound, entry.key, type));
  }
  if (const auto* choices = node.find("choices"); choices != nullptr && !type.empty() && type != "text") {
    problems.error(choices->where, fmt::format("'choices' is only for texts, and '{}' is of type {}", entry.key, type));
  }
  parameter.description = node.text_of("description").value_or("");
  if (is_number) {
    parameter.minimum = node.number_of("minimum").value_or(parameter.minimum);
    parameter.maximum = node.number_of("maximum").value_or(parameter.maximum);
    if (parameter.minimum > parameter.maximum) {
      problems.error(node.find("minimum")->where, fmt::format("the minimum of '{}' is more than its maximum", entry.key));
      return parameter;
    }
  }
  if (type == "text") parameter.choices = node.texts_of("choices");
  const auto* value = node.find("default");
  parameter.required = value == nullptr;
  if (value != nullptr && !type.empty() && !value->is(Form::list) && !value->is(Form::table)) {
    const Node* other = nullptr;
    parameter.default_value = value->json(&other);
    if (const auto why = parameter.refuse(parameter.default_value); other == nullptr && !why.empty()) {
      problems.error(value->where, fmt::format("the default of '{}': {}", entry.key, why));
    }
  }
  return parameter;
}

RawTable read_raw(const Entry& entry, Problems& problems) {
  const auto& node = entry.value;
  RawTable table;
  table.name = entry.key;
  table.where = entry.where;
  table.file = node.text_of("file").value_or(entry.key);
  table.required = node.boolean_of("required").value_or(true);
  table.missing = node.texts_of("missing");
  std::map<std::string, Position> seen;
  for (const bool required : {true, false}) {
    for (const auto& column : node.entries_of(required ? "columns" : "optional_columns")) {
      check_distinct(seen, column.key, column.where, "column", problems);
      if (const auto* type = column.value.text()) table.columns.push_back({column.key, *type, required, column.where});
    }
  }
  table.origin = node.boolean_of("origin").value_or(false);
  if (const auto at = seen.find("origin"); table.origin && at != seen.end()) {
    problems.error(at->second, fmt::format("the raw table '{}' has a column 'origin' of its own", entry.key),
                   "leave out origin = true: its rows cannot tell where they stand");
  }
  if (seen.empty() && node.is(Form::table)) {
    problems.error(entry.where, fmt::format("the raw table '{}' names no columns", entry.key),
                   "list those that the SQL uses, as in columns = { id = \"BIGINT\" }");
  }
  return table;
}

SourceTable read_table(const Entry& entry, Problems& problems) {
  const auto& node = entry.value;
  SourceTable table;
  table.name = entry.key;
  table.where = entry.where;
  table.select = node.text_of("select").value_or("");
  if (const auto* select = node.find("select"); select != nullptr && select->text() != nullptr &&
                                                table.select.find_first_not_of(" \t\r\n;") == std::string::npos) {
    problems.error(select->where, fmt::format("the select of '{}' is empty", entry.key));
  }
  table.known_at = node.text_of("known_at").value_or("");
  for (const auto& late : node.entries_of("late")) {
    if (late.value.text() != nullptr) table.late.emplace_back(late.key, *late.value.text());
  }
  table.key = node.texts_of("key");
  for (const auto& match : node.entries_of("matches")) {
    const auto* of = match.value.text();
    const auto dot = of == nullptr ? std::string::npos : of->find('.');
    if (dot == std::string::npos) continue;
    table.matches.push_back({match.key, of->substr(0, dot), of->substr(dot + 1), match.value.where});
  }
  for (const auto& attribute : node.entries_of("attributes")) {
    const auto& value = attribute.value;
    table.attributes.push_back({attribute.key, value.text_of("type").value_or(""), value.text_of("use") == "audit",
                                value.text_of("description").value_or(""), attribute.where});
  }
  return table;
}

}  // namespace

bool Source::joins() const {
  return std::any_of(tables.begin(), tables.end(), [](const SourceTable& table) { return !table.matches.empty(); });
}

Source read_source(const std::filesystem::path& file) {
  const auto root = parse_toml(file, "source");
  Problems problems;
  check(root, source_form(), problems);
  Source source;
  source.file = file;
  source.id = root.text_of("id").value_or("");
  source.name = root.text_of("name").value_or(source.id);
  source.description = root.text_of("description").value_or("");
  source.timezone = root.text_of("timezone").value_or("");
  source.timezone_sql = root.text_of("timezone_sql").value_or("");
  source.version_sql = root.text_of("version_sql").value_or("");
  if (const auto* zone = root.find("timezone"); zone != nullptr && zone->text() != nullptr) {
    problems.keep(zone->where, [&] { (void)TimeZone::named(source.timezone); });
    if (const auto* sql = root.find("timezone_sql")) {
      problems.error(sql->where, "'timezone' and 'timezone_sql' exclude each other", "leave out one of them");
    }
  }
  for (const auto& entry : root.entries_of("parameters")) source.parameters.push_back(read_parameter(entry, problems));
  std::map<std::string, Position> seen;
  for (const auto& entry : root.entries_of("raw")) {
    check_distinct(seen, entry.key, entry.where, "raw table", problems);
    source.raw.push_back(read_raw(entry, problems));
  }
  for (const auto& entry : root.entries_of("tables")) source.tables.push_back(read_table(entry, problems));
  problems.throw_if_failed();
  return source;
}

nlohmann::ordered_json source_json_schema() { return json_schema(source_form()); }

}  // namespace auspex::spec
