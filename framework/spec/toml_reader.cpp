#include "spec/toml_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

// g++ 12 warns about its own <regex> where sanitizers are on.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <regex>
#pragma GCC diagnostic pop

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include "base/files.hpp"
#include "base/names.hpp"

namespace auspex::spec {
namespace {

Position position_of(const toml::source_region& region, const std::string& file) {
  return {file, region.begin.line, region.begin.column};
}

// Goes through a file byte by byte and knows its line and column.
class Walk {
 public:
  Walk(const std::string& text, Position where) : text_(text), where_(std::move(where)) {
    const auto line = std::exchange(where_.line, 1), column = std::exchange(where_.column, 1);
    while (more() && std::pair(where_.line, where_.column) < std::pair(line, column)) step();
  }

  [[nodiscard]] bool more() const { return at_ < text_.size(); }
  [[nodiscard]] char next() const { return text_[at_]; }
  [[nodiscard]] std::string_view rest() const { return std::string_view(text_).substr(at_); }
  [[nodiscard]] const Position& where() const { return where_; }

  void step(std::size_t bytes = 1) {
    for (; bytes > 0 && more(); --bytes) {
      const bool line_ends = text_[at_++] == '\n';
      if (line_ends) ++where_.line;
      where_.column = line_ends ? 1 : where_.column + (more() && is_tail() ? 0 : 1);
    }
  }

 private:
  // Of a character of several bytes, all but the first.
  [[nodiscard]] bool is_tail() const { return (static_cast<unsigned char>(text_[at_]) & 0xc0) == 0x80; }

  const std::string& text_;
  Position where_;
  std::size_t at_ = 0;
};

constexpr std::string_view blanks = " \t\r\n";

// A backslash at a line's end, which joins the next one to it.
bool at_joint(const Walk& walk) {
  const auto rest = walk.rest();
  return rest.size() > 1 && rest[0] == '\\' && blanks.find(rest[1]) != std::string_view::npos;
}

// Steps over an escape of a basic string; the bytes that it stands for.
std::size_t step_escape(Walk& walk) {
  if (at_joint(walk)) {
    walk.step();
    while (walk.more() && blanks.find(walk.next()) != std::string_view::npos) walk.step();
    return 0;
  }
  const auto rest = walk.rest();
  const char kind = rest.size() > 1 ? rest[1] : '\0';
  if (kind != 'u' && kind != 'U') {
    walk.step(2);
    return 1;
  }
  const std::size_t digits = kind == 'u' ? 4 : 8;
  const auto code = std::strtoul(std::string(rest.substr(2, digits)).c_str(), nullptr, 16);
  walk.step(2 + digits);
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

bool earlier(const Position& a, const Position& b) { return std::pair(a.line, a.column) < std::pair(b.line, b.column); }

Node converted(const toml::node& from, const std::string& file) {
  Node node;
  node.where = position_of(from.source(), file);
  if (const auto* table = from.as_table()) {
    std::vector<Entry> entries;
    for (const auto& [key, value] : *table) {
      entries.push_back({std::string(key.str()), position_of(key.source(), file), converted(value, file)});
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return earlier(a.where, b.where); });
    node.value = std::move(entries);
  } else if (const auto* array = from.as_array()) {
    std::vector<Node> elements;
    for (const auto& element : *array) elements.push_back(converted(element, file));
    node.value = std::move(elements);
  } else if (const auto* text = from.as_string()) {
    node.value = text->get();
  } else if (const auto* integer = from.as_integer()) {
    node.value = integer->get();
  } else if (const auto* number = from.as_floating_point()) {
    node.value = number->get();
  } else if (const auto* boolean = from.as_boolean()) {
    node.value = boolean->get();
  } else {
    node.value = Node::Other{from.is_time() ? "a time" : from.is_date() ? "a date" : "a date and time"};
  }
  return node;
}

std::string form_name(Form form) {
  switch (form) {
    case Form::text: return "text";
    case Form::integer: return "an integer";
    case Form::number: return "a number";
    case Form::boolean: return "true or false";
    case Form::list: return "a list";
    case Form::table:
    case Form::map: return "a table";
    case Form::either: break;
  }
  return "a value";
}

std::string expected(const Field& field) {
  if (field.form != Form::either) return form_name(field.form);
  std::vector<std::string> names;
  for (const auto& alternative : field.of) {
    auto name = expected(alternative);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return fmt::format("{}", fmt::join(names, " or "));
}

bool has_pattern(const std::string& text, const std::string& pattern) {
  constexpr std::size_t longest = 500;  // std::regex recurses once a character
  return text.size() <= longest && std::regex_match(text, std::regex(pattern));
}

// `subject` names the value in messages: "'seed'", "element 2 of 'key'".
void check_value(const Node& node, const Field& field, const std::string& subject, Problems& problems);

void check_table_keys(const Node& node, const Field& field, Problems& problems) {
  std::vector<std::string> names;
  for (const auto& key : field.keys) names.push_back(key.name);
  for (const auto& entry : node.entries()) {
    const auto key = std::find_if(field.keys.begin(), field.keys.end(), [&](const Field& f) { return f.name == entry.key; });
    if (key != field.keys.end()) {
      check_value(entry.value, *key, fmt::format("'{}'", entry.key), problems);
    } else if (!field.open) {
      problems.error(entry.where, fmt::format("unknown key '{}'", entry.key),
                     did_you_mean(entry.key, names, fmt::format("the keys here are {}", fmt::join(names, ", "))));
    }
  }
  for (const auto& key : field.keys) {
    const bool needed = key.required || (!key.required_unless.empty() && node.find(key.required_unless) == nullptr);
    if (needed && node.find(key.name) == nullptr) {
      problems.error(node.where, key.missing.empty() ? fmt::format("missing key '{}'", key.name) : key.missing,
                     fmt::format("'{}': {}", key.name, key.description));
    }
  }
}

void check_text(const Node& node, const Field& field, const std::string& subject, Problems& problems) {
  const auto& text = *node.text();
  if (!field.choices.empty() && std::find(field.choices.begin(), field.choices.end(), text) == field.choices.end()) {
    problems.error(node.where, fmt::format("{}: '{}' is none of {}", subject, text, fmt::join(field.choices, ", ")),
                   did_you_mean(text, field.choices));
  } else if (!field.pattern.empty() && !has_pattern(text, field.pattern)) {
    problems.error(node.where, fmt::format("{}: '{}' is not {}", subject, text, field.pattern_says));
  }
}

void check_number(const Node& node, const Field& field, const std::string& subject, Problems& problems) {
  const auto* integer = std::get_if<std::int64_t>(&node.value);
  const double number = integer != nullptr ? double(*integer) : std::get<double>(node.value);
  const auto shown = integer != nullptr ? fmt::format("{}", *integer) : fmt::format("{}", number);
  if (!std::isfinite(number)) {
    problems.error(node.where, fmt::format("{}: the number must be finite", subject));
  } else if (number < field.minimum) {
    problems.error(node.where, fmt::format("{}: {} is less than the least allowed, {}", subject, shown, field.minimum));
  } else if (number > field.maximum) {
    problems.error(node.where, fmt::format("{}: {} is more than the most allowed, {}", subject, shown, field.maximum));
  }
}

void check_value(const Node& node, const Field& field, const std::string& subject, Problems& problems) {
  if (field.form == Form::either) {
    for (const auto& alternative : field.of) {
      if (node.is(alternative.form)) return check_value(node, alternative, subject, problems);
    }
  }
  if (field.form == Form::either || !node.is(field.form)) {
    problems.error(node.where, fmt::format("{}: expected {}, found {}", subject, expected(field), node.what()));
    return;
  }
  switch (field.form) {
    case Form::text: return check_text(node, field, subject, problems);
    case Form::integer:
    case Form::number: return check_number(node, field, subject, problems);
    case Form::boolean:
    case Form::either: return;
    case Form::table: return check_table_keys(node, field, problems);
    case Form::map:
      for (const auto& entry : node.entries()) {
        if (!field.pattern.empty() && !has_pattern(entry.key, field.pattern)) {
          problems.error(entry.where, fmt::format("the name '{}' is not {}", entry.key, field.pattern_says));
        }
        check_value(entry.value, field.of.front(), fmt::format("'{}'", entry.key), problems);
      }
      break;
    case Form::list: {
      std::set<std::string> seen;
      std::size_t number = 0;
      for (const auto& element : node.elements()) {
        check_value(element, field.of.front(), fmt::format("element {} of {}", ++number, subject), problems);
        if (field.unique && element.text() != nullptr && !seen.insert(*element.text()).second) {
          problems.error(element.where, fmt::format("{} has '{}' twice", subject, *element.text()));
        }
      }
      break;
    }
  }
  if (std::max(node.elements().size(), node.entries().size()) < field.least) {
    problems.error(node.where, fmt::format("{} is empty", subject), field.description);
  }
}

nlohmann::ordered_json bound(double value) {
  if (value == std::trunc(value) && std::abs(value) < 0x1p53) return std::int64_t(value);
  return value;
}

nlohmann::ordered_json schema_of(const Field& field) {
  nlohmann::ordered_json schema;
  if (!field.description.empty()) schema["description"] = field.description;
  switch (field.form) {
    case Form::text:
      schema["type"] = "string";
      if (!field.choices.empty()) schema["enum"] = field.choices;
      if (!field.pattern.empty()) schema["pattern"] = "^(?:" + field.pattern + ")$";
      break;
    case Form::integer:
    case Form::number:
      schema["type"] = field.form == Form::integer ? "integer" : "number";
      if (std::isfinite(field.minimum)) schema["minimum"] = bound(field.minimum);
      if (std::isfinite(field.maximum)) schema["maximum"] = bound(field.maximum);
      break;
    case Form::boolean: schema["type"] = "boolean"; break;
    case Form::list:
      schema["type"] = "array";
      schema["items"] = schema_of(field.of.front());
      if (field.least > 0) schema["minItems"] = field.least;
      if (field.unique) schema["uniqueItems"] = true;
      break;
    case Form::map:
      schema["type"] = "object";
      if (!field.pattern.empty()) schema["propertyNames"]["pattern"] = "^(?:" + field.pattern + ")$";
      if (field.least > 0) schema["minProperties"] = field.least;
      schema["additionalProperties"] = schema_of(field.of.front());
      break;
    case Form::table: {
      schema["type"] = "object";
      schema["properties"] = nlohmann::ordered_json::object();
      std::vector<std::string> required;
      std::vector<std::pair<std::string, std::vector<std::string>>> unless;
      for (const auto& key : field.keys) {
        schema["properties"][key.name] = schema_of(key);
        if (key.required) required.push_back(key.name);
        if (key.required_unless.empty()) continue;
        const auto group = std::find_if(unless.begin(), unless.end(),
                                        [&](const auto& g) { return g.first == key.required_unless; });
        if (group != unless.end()) {
          group->second.push_back(key.name);
        } else {
          unless.push_back({key.required_unless, {key.name}});
        }
      }
      if (!required.empty()) schema["required"] = required;
      for (const auto& [other, names] : unless) {
        schema["allOf"].push_back({{"anyOf", {{{"required", {other}}}, {{"required", names}}}}});
      }
      schema["additionalProperties"] = field.open;
      break;
    }
    case Form::either:
      for (const auto& alternative : field.of) schema["anyOf"].push_back(schema_of(alternative));
      break;
  }
  return schema;
}

}  // namespace

bool Node::is(Form form) const {
  switch (form) {
    case Form::text: return std::holds_alternative<std::string>(value);
    case Form::integer: return std::holds_alternative<std::int64_t>(value);
    case Form::number: return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value);
    case Form::boolean: return std::holds_alternative<bool>(value);
    case Form::list: return std::holds_alternative<std::vector<Node>>(value);
    case Form::table:
    case Form::map: return std::holds_alternative<std::vector<Entry>>(value);
    case Form::either: break;
  }
  return false;
}

std::string Node::what() const {
  struct Namer {
    std::string operator()(const Other& other) const { return other.what; }
    std::string operator()(const std::string&) const { return "text"; }
    std::string operator()(std::int64_t) const { return "an integer"; }
    std::string operator()(double) const { return "a number"; }
    std::string operator()(bool) const { return "a boolean"; }
    std::string operator()(const std::vector<Node>&) const { return "a list"; }
    std::string operator()(const std::vector<Entry>&) const { return "a table"; }
  };
  return std::visit(Namer{}, value);
}

const std::vector<Node>& Node::elements() const {
  static const std::vector<Node> none;
  const auto* list = std::get_if<std::vector<Node>>(&value);
  return list != nullptr ? *list : none;
}

const std::vector<Entry>& Node::entries() const {
  static const std::vector<Entry> none;
  const auto* table = std::get_if<std::vector<Entry>>(&value);
  return table != nullptr ? *table : none;
}

const Node* Node::find(std::string_view key) const {
  for (const auto& entry : entries()) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

const Node* Node::find(std::initializer_list<std::string_view> path) const {
  const Node* node = this;
  for (const auto key : path) {
    if (node != nullptr) node = node->find(key);
  }
  return node;
}

std::optional<std::string> Node::text_of(std::string_view key) const {
  const auto* node = find(key);
  if (node == nullptr || node->text() == nullptr) return std::nullopt;
  return *node->text();
}

std::optional<std::int64_t> Node::integer_of(std::string_view key) const {
  const auto* node = find(key);
  if (node == nullptr || !node->is(Form::integer)) return std::nullopt;
  return std::get<std::int64_t>(node->value);
}

std::optional<double> Node::number_of(std::string_view key) const {
  if (const auto integer = integer_of(key)) return double(*integer);
  const auto* node = find(key);
  if (node == nullptr || !node->is(Form::number)) return std::nullopt;
  return std::get<double>(node->value);
}

std::optional<bool> Node::boolean_of(std::string_view key) const {
  const auto* node = find(key);
  if (node == nullptr || !node->is(Form::boolean)) return std::nullopt;
  return std::get<bool>(node->value);
}

std::vector<std::string> Node::texts_of(std::string_view key) const {
  std::vector<std::string> texts;
  if (const auto* node = find(key)) {
    for (const auto& element : node->elements()) {
      if (element.text() != nullptr) texts.push_back(*element.text());
    }
  }
  return texts;
}

const std::vector<Entry>& Node::entries_of(std::string_view key) const {
  static const Node nothing;
  const auto* node = find(key);
  return (node != nullptr ? *node : nothing).entries();
}

nlohmann::json Node::json(const Node** other) const {
  struct Maker {
    const Node& node;
    const Node** other;
    nlohmann::json operator()(const Other&) const {
      if (other != nullptr) *other = &node;
      return nullptr;
    }
    nlohmann::json operator()(const std::string& text) const { return text; }
    nlohmann::json operator()(std::int64_t integer) const { return integer; }
    nlohmann::json operator()(double number) const { return number; }
    nlohmann::json operator()(bool boolean) const { return boolean; }
    nlohmann::json operator()(const std::vector<Node>& list) const {
      auto json = nlohmann::json::array();
      for (const auto& element : list) json.push_back(element.json(other));
      return json;
    }
    nlohmann::json operator()(const std::vector<Entry>& table) const {
      auto json = nlohmann::json::object();
      for (const auto& entry : table) json[entry.key] = entry.value.json(other);
      return json;
    }
  };
  return std::visit(Maker{*this, other}, value);
}

void Problems::error(Position where, std::string message, std::string hint) {
  list_.push_back({std::move(where), std::move(message), std::move(hint), false});
}

void Problems::warning(Position where, std::string message, std::string hint) {
  list_.push_back({std::move(where), std::move(message), std::move(hint), true});
}

void Problems::take(const Error& error, const Position& where) {
  for (auto problem : error.problems()) {
    if (problem.where.file.empty()) problem.where = where;
    list_.push_back(std::move(problem));
  }
}

bool Problems::failed() const {
  return std::any_of(list_.begin(), list_.end(), [](const Problem& problem) { return !problem.warning; });
}

std::vector<Problem> Problems::sorted() {
  std::stable_sort(list_.begin(), list_.end(), [](const Problem& a, const Problem& b) { return earlier(a.where, b.where); });
  return std::exchange(list_, {});
}

void Problems::throw_if_failed() {
  if (failed()) throw Error(Fault::configuration, sorted());
}

Node parse_toml(const std::filesystem::path& file, std::string_view kind) {
  const auto name = file.string();
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    throw Error(Fault::configuration, fmt::format("there is no {} file '{}'", kind, name),
                "check the path and its spelling");
  }
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error& error) {
    throw Error(Fault::configuration, error.problems());
  }
  try {
    auto root = converted(toml::parse(text, std::string_view(name)), name);
    root.where = {name, 1, 1};
    return root;
  } catch (const toml::parse_error& error) {
    std::string message;
    for (const char c : error.description()) {
      if (c == '\n') {
        message += "\\n";
      } else {
        message += c;
      }
    }
    throw Error(Fault::configuration, "not valid TOML: " + message, {}, position_of(error.source(), name));
  }
}

Position place_in_text(const Position& text, std::size_t byte) {
  std::string file;
  try {
    file = read_file(text.file);
  } catch (const Error&) {
    return text;
  }
  Walk walk(file, text);
  if (!walk.more() || (walk.next() != '"' && walk.next() != '\'')) return text;
  const char quote = walk.next();
  const bool many_lines = walk.rest().starts_with(std::string(3, quote));
  walk.step(many_lines ? 3 : 1);
  if (many_lines && walk.rest().starts_with("\r")) walk.step();
  if (many_lines && walk.rest().starts_with("\n")) walk.step();
  const bool escapes = quote == '"';
  for (std::size_t passed = 0; walk.more() && (passed < byte || (escapes && at_joint(walk)));) {
    if (escapes && walk.next() == '\\') {
      passed += step_escape(walk);
    } else {
      walk.step();
      ++passed;
    }
  }
  return walk.where();
}

void check(const Node& node, const Field& field, Problems& problems) { check_value(node, field, "the file", problems); }

nlohmann::ordered_json json_schema(const Field& file) {
  nlohmann::ordered_json schema;
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  schema["title"] = file.name;
  schema.update(schema_of(file));
  return schema;
}

}  // namespace auspex::spec
