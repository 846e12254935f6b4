#include "spec/metric.hpp"

#include <fmt/format.h>

#include "spec/toml_reader.hpp"

namespace auspex::spec {
namespace {

const Field& id_key() {
  static const Field key{.name = "id",
                         .required = true,
                         .description = "Its name, as in \"active_days\".",
                         .pattern = "[a-z][a-z0-9_]*",
                         .pattern_says = "of lower-case letters, digits and underscores"};
  return key;
}

const Field& parameters_key() {
  static const Field key{
      .name = "parameters",
      .form = Form::map,
      .description = "Numbers that the SQL knows by these names; the command line may set others: --set NAME=NUMBER.",
      .pattern = "[a-z][a-z0-9_]*",
      .pattern_says = "of lower-case letters, digits and underscores",
      .of = {{.form = Form::number}}};
  return key;
}

const Field& metric_form() {
  static const Field form{
      .name = "Auspex metric",
      .form = Form::table,
      .description = "A number, time or word for each learner, in SQL over what was known.",
      .keys = {
          id_key(),
          {.name = "name", .required = true, .description = "Its name for people."},
          {.name = "description", .required = true, .description = "What it measures, with its formula."},
          {.name = "unit", .description = "What the number counts, as in \"days\"."},
          {.name = "table",
           .required_unless = "select",
           .description =
               "The table whose rows the expression is about: one of the campus, of metrics/tables/, or metrics."},
          {.name = "expression",
           .required_unless = "select",
           .description =
               "One SQL expression of aggregates over the learner's rows; of the table metrics, one of other metrics."},
          {.name = "where", .description = "Which rows count, as in \"name = 'user_loggedin'\"."},
          {.name = "needs",
           .description = "A condition on a row of the table: where no learner has such a row, the source does not record "
                          "what is measured and nobody has a value."},
          {.name = "whole_user",
           .form = Form::boolean,
           .description = "Count all rows of the user, per enrolment too: those of other courses and outside of courses."},
          {.name = "select", .description = "Instead: a whole query that gives the columns learner and value."},
          parameters_key()}};
  return form;
}

const Field& table_form() {
  static const Field form{.name = "Auspex metric table",
                          .form = Form::table,
                          .description = "A table in SQL that metrics are made from.",
                          .keys = {id_key(),
                                   {.name = "description", .required = true, .description = "What a row of it is."},
                                   {.name = "select", .required = true, .description = "The query; one column is learner."},
                                   parameters_key()}};
  return form;
}

std::map<std::string, double> parameters_of(const Node& root) {
  std::map<std::string, double> parameters;
  for (const auto& [key, where, value] : root.entries_of("parameters")) {
    if (const auto number = root.find({"parameters", key})->json(); number.is_number())
      parameters[key] = number.get<double>();
  }
  return parameters;
}

SqlIndicator sql_of(const Node& root) {
  SqlIndicator sql;
  sql.id = root.text_of("id").value_or("");
  sql.table = root.text_of("table").value_or("");
  sql.expression = root.text_of("expression").value_or("");
  sql.where = root.text_of("where").value_or("");
  sql.select = root.text_of("select").value_or("");
  for (const char* key : {"table", "expression", "where", "needs", "select"}) {
    if (const auto* node = root.find(key)) sql.positions[key] = node->where;
  }
  return sql;
}

}  // namespace

Metric read_metric(const std::filesystem::path& file) {
  const auto root = parse_toml(file, "metric");
  Problems problems;
  check(root, metric_form(), problems);
  Metric metric;
  metric.file = file;
  metric.id = root.text_of("id").value_or("");
  metric.name = root.text_of("name").value_or(metric.id);
  metric.description = root.text_of("description").value_or("");
  metric.unit = root.text_of("unit").value_or("");
  metric.whole_user = root.boolean_of("whole_user").value_or(false);
  metric.needs = root.text_of("needs").value_or("");
  metric.sql = sql_of(root);
  metric.parameters = parameters_of(root);
  if (!metric.sql.select.empty()) {
    for (const char* key : {"table", "expression", "where", "needs", "whole_user"}) {
      if (const auto* node = root.find(key)) {
        problems.error(node->where, fmt::format("'{}' goes with 'expression' only", key), "say it in the select");
      }
    }
  }
  problems.throw_if_failed();
  return metric;
}

MetricTable read_metric_table(const std::filesystem::path& file) {
  const auto root = parse_toml(file, "metric table");
  Problems problems;
  check(root, table_form(), problems);
  problems.throw_if_failed();
  MetricTable table;
  table.file = file;
  table.id = root.text_of("id").value_or("");
  table.description = root.text_of("description").value_or("");
  table.sql = sql_of(root);
  table.parameters = parameters_of(root);
  return table;
}

nlohmann::ordered_json metric_json_schema() { return json_schema(metric_form()); }
nlohmann::ordered_json metric_table_json_schema() { return json_schema(table_form()); }

}  // namespace auspex::spec
