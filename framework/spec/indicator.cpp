#include "spec/indicator.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "spec/toml_reader.hpp"

namespace auspex::spec {
namespace {

Field entity_list(std::string name, std::string description) {
  return {.name = std::move(name), .form = Form::list, .description = std::move(description), .unique = true,
          .of = {{.choices = {"user", "course", "enrolment", "activity"}}}};
}

// The parameters of core/sql, which are also the keys of a file.
const std::vector<Field>& parameters() {
  static const std::vector<Field> keys{
      {.name = "table", .required_unless = "select", .description = "The table whose rows the expression is about."},
      {.name = "expression", .required_unless = "select",
       .description = "One SQL expression of aggregates over the sample's rows, as in \"count(*)\" or \"avg(grade)\"."},
      {.name = "where", .description = "With an expression: which rows count, as in \"component = 'mod_forum'\"."},
      {.name = "select",
       .description = "Instead of an expression: a whole query that gives the columns sample, range, value."},
      {.name = "window",
       .description = "Which rows there are: those of the range, or all until its end. Default: range.",
       .choices = {"range", "until_end"}},
      entity_list("needs", "What a sample must have; its rows are those with the same. Default: user."),
      entity_list("uses", "What narrows the rows further where a sample has it. Default: course."),
      {.name = "scale",
       .description = "How the number becomes a value from -1 to 1: linear from minimum to maximum, log from 0 to maximum, "
                      "yes_no for true and false, none where it is one. Default: linear where there is a minimum or "
                      "maximum, else none.",
       .choices = {"none", "linear", "log", "yes_no"}},
      {.name = "minimum", .form = Form::number, .description = "The number that becomes -1, as do those below."},
      {.name = "maximum", .form = Form::number, .description = "The number that becomes 1, as do those above."}};
  return keys;
}

const Field& indicator_form() {
  static const Field form = [] {
    Field field{.name = "Auspex indicator", .form = Form::table,
                .description = "An indicator in SQL over what was known at the end of each range.",
                .keys = {{.name = "id", .required = true,
                          .description = "The name that models know it by, as in \"uni/forum_posts\".",
                          .pattern = "[a-z0-9_]+/[a-z0-9_]+",
                          .pattern_says = "of the form component/name, of lower-case letters, digits and underscores"},
                         {.name = "name", .required = true, .description = "Its name for people."},
                         {.name = "description", .required = true, .description = "What it measures, in one sentence."},
                         {.name = "unit", .description = "What the number counts, as in \"posts a week\"."}}};
    field.keys.insert(field.keys.end(), parameters().begin(), parameters().end());
    return field;
  }();
  return form;
}

std::vector<Parameter> schema_parameters(const nlohmann::json& defaults) {
  std::vector<Parameter> list;
  for (const auto& key : parameters()) {
    Parameter parameter;
    parameter.name = key.name;
    parameter.is_list = key.form == Form::list;
    const auto& element = parameter.is_list ? key.of.front() : key;
    parameter.type = element.form == Form::number ? ParameterType::real : ParameterType::text;
    parameter.choices = element.choices;
    parameter.description = key.description;
    if (defaults.contains(key.name)) parameter.default_value = defaults.at(key.name);
    list.push_back(std::move(parameter));
  }
  return list;
}

bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r\n;") == std::string::npos; }

// Reads parameters of the right form; what does not go together becomes problems.
class ParameterReader {
 public:
  ParameterReader(const Component& component, Problems& problems) : component_(component), problems_(problems) {
    read_.id = component.id;
    read_.positions = component.positions;
  }

  SqlIndicator read() {
    read_.table = text("table");
    read_.expression = text("expression");
    read_.where = text("where");
    read_.select = text("select");
    read_.until_end = text("window") == "until_end";
    read_.needs = component_.parameters.value("needs", std::vector<std::string>{"user"});
    read_.uses = component_.parameters.value("uses", std::vector<std::string>{"course"});
    read_query();
    read_scale();
    return std::move(read_);
  }

 private:
  [[nodiscard]] bool has(const char* key) const { return component_.parameters.contains(key); }
  [[nodiscard]] std::string text(const char* key) const { return component_.parameters.value(key, std::string()); }
  [[nodiscard]] double number(const char* key) const { return component_.parameters.value(key, 0.0); }

  [[nodiscard]] Position place(const char* key) const {
    const auto at = component_.positions.find(key);
    return at == component_.positions.end() ? component_.where : at->second;
  }

  void error(const Position& where, const std::string& message, std::string hint = {}) {
    problems_.error(where, fmt::format("{}: {}", component_.id, message), std::move(hint));
  }

  void read_query() {
    for (const char* key : {"table", "expression", "where", "select"}) {
      if (has(key) && is_blank(text(key))) error(place(key), fmt::format("'{}' is empty", key));
    }
    if (has("expression") && has("select")) {
      error(place("select"), "'expression' and 'select' exclude each other", "leave out one of them");
    } else if (has("select")) {
      for (const char* key : {"table", "where"}) {
        if (has(key)) error(place(key), fmt::format("'{}' goes with 'expression' only", key), "say it in the select");
      }
    } else if (!has("expression")) {
      error(component_.where, "there is neither an 'expression' nor a 'select'",
            "give a table and an expression, as in table = \"events\", expression = \"count(*)\"");
    } else if (!has("table")) {
      error(place("expression"), "the expression has no 'table'", "name the table whose rows it is about");
    }
  }

  void read_scale() {
    const bool bounded = has("minimum") || has("maximum");
    const auto name = has("scale") ? text("scale") : std::string(bounded ? "linear" : "none");
    read_.minimum = number("minimum");
    read_.maximum = number("maximum");
    const auto bound = [&](const char* key, bool needed) {
      if (has(key) == needed) return;
      if (needed) {
        error(place(has("scale") ? "scale" : "expression"), fmt::format("the scale {} needs a '{}'", name, key));
      } else {
        error(place(key), fmt::format("the scale {} has no '{}'", name, key), "leave it out, or choose another scale");
      }
    };
    read_.scale = name == "linear"   ? Scale::linear
                  : name == "log"    ? Scale::log
                  : name == "yes_no" ? Scale::yes_no
                                     : Scale::none;
    bound("minimum", read_.scale == Scale::linear);
    bound("maximum", read_.scale == Scale::linear || read_.scale == Scale::log);
    const bool rises = read_.maximum > read_.minimum;
    if (read_.scale == Scale::linear && has("minimum") && has("maximum") && !rises) {
      error(place("minimum"), fmt::format("the minimum, {}, is not less than the maximum, {}", read_.minimum, read_.maximum),
            "where less is better, put a minus before the expression and both");
    }
    if (read_.scale == Scale::log && has("maximum") && !rises) {
      error(place("maximum"), "the maximum of a log scale is above 0");
    }
  }

  const Component& component_;
  Problems& problems_;
  SqlIndicator read_;
};

}  // namespace

ComponentSchema IndicatorFile::schema() const {
  ComponentSchema schema;
  schema.kind = Kind::indicator;
  schema.id = id;
  schema.name = name;
  schema.description = description;
  schema.parameters = schema_parameters(parameters);
  return schema;
}

void IndicatorFile::complete(Component& component) const {
  for (const auto& [key, value] : parameters.items()) {
    if (component.parameters.contains(key)) continue;
    component.parameters[key] = value;
    component.positions[key] = positions.at(key);
  }
}

IndicatorFile read_indicator(const std::filesystem::path& file) {
  const auto root = parse_toml(file, "indicator");
  Problems problems;
  check(root, indicator_form(), problems);
  IndicatorFile indicator;
  indicator.file = file;
  indicator.id = root.text_of("id").value_or("");
  indicator.name = root.text_of("name").value_or(indicator.id);
  indicator.description = root.text_of("description").value_or("");
  indicator.unit = root.text_of("unit").value_or("");
  for (const auto& key : parameters()) {
    const auto* node = root.find(key.name);
    if (node == nullptr) continue;
    indicator.parameters[key.name] = node->json();
    indicator.positions[key.name] = node->where;
  }
  problems.throw_if_failed();  // what follows relies on the forms

  Component component;
  component.id = indicator.id;
  component.where = root.where;
  indicator.complete(component);
  (void)ParameterReader(component, problems).read();
  problems.throw_if_failed();
  return indicator;
}

ComponentSchema sql_schema() {
  ComponentSchema schema;
  schema.kind = Kind::indicator;
  schema.id = sql_component;
  schema.name = "SQL expression";
  schema.description = "An expression or a select in SQL, over what was known at the range's end.";
  schema.parameters = schema_parameters(nlohmann::json::object());
  return schema;
}

Position SqlIndicator::at(const std::string& key, std::size_t byte) const {
  const auto found = positions.find(key);
  return found == positions.end() ? Position{} : place_in_text(found->second, byte);
}

SqlIndicator sql_indicator(const Component& component) {
  Problems problems;
  auto indicator = ParameterReader(component, problems).read();
  problems.throw_if_failed();
  return indicator;
}

nlohmann::ordered_json indicator_json_schema() { return json_schema(indicator_form()); }

}  // namespace auspex::spec
