#include "campus/sql_syntax.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "campus/sql_functions.hpp"

namespace auspex::campus {
namespace {

using Json = nlohmann::json;

// What stands around the text where DuckDB reads an expression.
const std::string before_expression = "SELECT (\n";
const std::string after_expression = "\n)";

bool is_empty(const Json& json) { return json.is_null() || json.empty(); }

// The text of a key that may be absent.
std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_one_of(const std::string& text, std::initializer_list<const char*> texts) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

Json& expression_in(Json& tree) { return tree.at("statements").at(0).at("node").at("select_list").at(0); }
const Json& expression_in(const Json& tree) { return tree.at("statements").at(0).at("node").at("select_list").at(0); }

SqlColumnName column_name(const Json& reference, std::size_t byte) {
  const auto& parts = reference.at("column_names");
  SqlColumnName name{{}, lower_case(parts.back().get<std::string>()), byte};
  if (parts.size() > 1) name.table = lower_case(parts.at(parts.size() - 2).get<std::string>());
  return name;
}

// Goes through DuckDB's tree of a statement. Whatever is not known to be harmless is a fault.
class Reader {
 public:
  Reader(std::string sql, std::size_t begin, bool selects, std::vector<SqlFault>& faults)
      : sql_(std::move(sql)), begin_(begin), selects_(selects), faults_(faults) {}

  SqlTree read(Json tree) {
    visit(tree.at("statements"), 0);
    result_.tree = std::move(tree);
    return std::move(result_);
  }

  void fault(std::size_t byte, std::string message, std::string hint = {}) {
    const auto same = [&](const SqlFault& f) { return f.byte == byte && f.message == message; };
    if (std::any_of(faults_.begin(), faults_.end(), same)) return;  // DuckDB's tree holds some parts twice
    faults_.push_back({byte, std::move(message), std::move(hint)});
  }

  // The byte of the text at a byte of what DuckDB was given.
  [[nodiscard]] std::size_t byte_at(std::size_t location) const {
    return std::min(location < begin_ ? 0 : location - begin_, sql_.size());
  }

 private:
  void visit(const Json& json, std::size_t byte) {
    if (json.is_array()) {
      for (const auto& each : json) visit(each, byte);
      return;
    }
    if (!json.is_object()) return;
    if (const auto at = json.find("query_location"); at != json.end()) {
      const auto location = at->get<std::uint64_t>();
      if (location <= begin_ + sql_.size()) byte = byte_at(location);
    }
    if (json.contains("class")) return expression(json, byte);
    if (const auto type = text_at(json, "type"); type.ends_with("_NODE")) {
      node(json, type, byte);
    } else if (type.ends_with("_MODIFIER")) {
      if (!is_one_of(type, {"ORDER_MODIFIER", "LIMIT_MODIFIER", "DISTINCT_MODIFIER"})) {
        fault(byte, "a share of the rows cannot be asked for", "LIMIT takes a number of rows");
      }
      children(json, byte);
    } else if (!type.empty() && !json.contains("null_order")) {
      table(json, type, byte);
    } else {
      children(json, byte);
    }
  }

  // Everything below but what is plain data.
  void children(const Json& json, std::size_t byte) {
    for (const auto& [key, value] : json.items()) {
      if (key != "value" || value.contains("query")) {
        if (key != "cast_type" && key != "sample") visit(value, byte);
      }
    }
    if (const auto sample = json.find("sample"); sample != json.end() && !sample->is_null()) {
      fault(byte, "a random sample of the rows gives something else each time", "leave it out");
    }
  }

  void node(const Json& json, const std::string& type, std::size_t byte) {
    if (!is_one_of(type, {"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE"})) {
      fault(byte, "a recursive query cannot be used");
      return;
    }
    bool ordered = false, cut = false;
    for (const auto& modifier : json.at("modifiers")) {
      ordered = ordered || text_at(modifier, "type") == "ORDER_MODIFIER";
      cut = cut || text_at(modifier, "type") == "LIMIT_MODIFIER" ||
            (modifier.contains("distinct_on_targets") && !modifier["distinct_on_targets"].empty());
    }
    if (cut && !ordered) {
      fault(byte, "LIMIT and DISTINCT ON without ORDER BY do not say which rows are kept", "add an ORDER BY to that select");
    }
    for (const auto& each : json.at("cte_map").at("map")) {
      result_.queries.insert(lower_case(text_at(each, "key")));
      names(each.at("value").at("aliases"));
    }
    // DuckDB writes VALUES as a select of everything from a list.
    if (type == "SELECT_NODE" && text_at(json.at("from_table"), "type") == "EXPRESSION_LIST") {
      visit(json.at("from_table"), byte);
    } else {
      children(json, byte);
    }
  }

  void names(const Json& list) {
    for (const auto& name : list) result_.names.insert(lower_case(name.get<std::string>()));
  }

  void table(const Json& json, const std::string& type, std::size_t byte) {
    if (const auto aliases = json.find("column_name_alias"); aliases != json.end()) names(*aliases);
    if (type == "TABLE_FUNCTION") {
      fault(byte, fmt::format("'{}' is no table of the campus", text_at(json.at("function"), "function_name")),
            "an indicator reads neither files nor anything else but the campus's tables");
      return;
    }
    if (type == "BASE_TABLE") {
      const auto name = text_at(json, "table_name"), alias = text_at(json, "alias");
      const bool elsewhere = !text_at(json, "schema_name").empty() || !text_at(json, "catalog_name").empty();
      if (elsewhere || !is_empty(json.at("at_clause"))) {
        fault(byte, fmt::format("the table '{}' is named by more than its name", name), "write its name alone");
      }
      result_.tables.push_back({lower_case(name), lower_case(alias.empty() ? name : alias), byte});
    } else if (type == "JOIN") {
      const auto join = text_at(json, "ref_type");
      if (!is_one_of(join, {"REGULAR", "CROSS"})) {
        fault(byte, fmt::format("a {} join cannot be used", lower_case(join)),
              "say by ON or USING which rows belong together");
      }
      for (const auto& name : json.at("using_columns")) {
        result_.columns.push_back({{}, lower_case(name.get<std::string>()), byte});
      }
    } else if (!is_one_of(type, {"EMPTY", "SUBQUERY", "EXPRESSION_LIST"})) {
      fault(byte, fmt::format("{} cannot be used in FROM", lower_case(type)), "read the campus's tables by their names");
      return;
    }
    children(json, byte);
  }

  void expression(const Json& json, std::size_t byte) {
    const auto kind = text_at(json, "class");
    if (const auto alias = text_at(json, "alias"); !alias.empty()) result_.names.insert(lower_case(alias));
    if (kind == "CONSTANT") return;
    if (kind == "COLUMN_REF") return column(json, byte);
    if (kind == "FUNCTION" || kind == "WINDOW") {
      function(json, kind == "WINDOW", byte);
    } else if (kind == "CAST") {
      cast(json, byte);
    } else if (kind == "SUBQUERY") {
      if (!selects_) return fault(byte, "an expression has no select in it", "write the whole query as 'select'");
    } else if (kind == "OPERATOR") {
      const auto type = text_at(json, "type");
      if (!is_one_of(type, {"OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE",
                            "OPERATOR_NULLIF", "COMPARE_IN", "COMPARE_NOT_IN"})) {
        return fault(byte, fmt::format("{} cannot be used", lower_case(type)), "an indicator is one number");
      }
    } else if (kind == "STAR") {
      return fault(byte, "'*' stands for other columns with each source", "name the columns");
    } else if (!is_one_of(kind, {"COMPARISON", "CONJUNCTION", "CASE", "BETWEEN"})) {
      return fault(byte, fmt::format("{} cannot be used", lower_case(kind)));
    }
    children(json, byte);
  }

  void column(const Json& json, std::size_t byte) {
    auto name = column_name(json, byte);
    if (json.at("column_names").size() > 2) {
      fault(byte, fmt::format("'{}' is named by more than a table and a column", name.name), "write TABLE.COLUMN");
    }
    result_.columns.push_back(std::move(name));
  }

  void function(const Json& json, bool over, std::size_t byte) {
    const auto name = lower_case(text_at(json, "function_name"));
    const bool elsewhere = !is_one_of(text_at(json, "schema"), {"", "main"}) ||
                           !is_one_of(text_at(json, "catalog"), {"", "system"});
    const auto* kind = elsewhere ? nullptr : find_sql_function(name);
    if (kind == nullptr) {
      const auto refusal = refused_sql_function(name);
      if (!refusal.why.empty()) return fault(byte, fmt::format("{}() {}", name, refusal.why), refusal.instead);
      const auto known = sql_function_names();
      return fault(byte, fmt::format("the function '{}' is not one of those that an indicator may call", name),
                   did_you_mean(name, known, "configs/indicators/README.md lists them"));
    }
    if (over && !selects_) return fault(byte, "an expression has no window", "write the whole query as 'select'");
    const bool needs_order = *kind == SqlFunction::ordered_aggregate || (over && *kind == SqlFunction::window);
    const auto& orders = over ? json.at("orders") : json.at("order_bys").at("orders");
    if (needs_order && orders.empty()) {
      fault(byte, fmt::format("{}() without ORDER BY does not say which row comes when", name),
            over ? "write OVER (... ORDER BY ...)" : fmt::format("write {}(COLUMN ORDER BY ...)", name));
    }
  }

  void cast(const Json& json, std::size_t byte) {
    const auto type = text_at(json.at("cast_type"), "id");
    if (is_sql_type(type)) return;
    const bool zoned = type.find("TIME ZONE") != std::string::npos;
    fault(byte, fmt::format("values cannot be cast to {}", type),
          zoned ? "its meaning depends on where it is used; local_time(time) is the institution's wall clock" : "");
  }

  std::string sql_;
  std::size_t begin_;
  bool selects_;
  std::vector<SqlFault>& faults_;
  SqlTree result_;
};

// DuckDB's tree of what it can read, else a fault.
std::optional<Json> parse(Connection& connection, const std::string& sql, Reader& reader) {
  const auto rows = connection.run(fmt::format("SELECT json_serialize_sql({})", sql_text(sql)));
  auto tree = Json::parse(rows.text(0, 0).value_or(""));
  if (!tree.at("error").get<bool>()) return tree;
  const auto position = text_at(tree, "position");
  if (text_at(tree, "error_type") == "parser") {
    reader.fault(reader.byte_at(position.empty() ? 0 : std::stoul(position)), text_at(tree, "error_message"));
  } else {
    reader.fault(0, "it is no select", "an indicator only reads: write SELECT sample, range, ... AS value FROM ...");
  }
  return std::nullopt;
}

// Names that DuckDB takes for a function where there is no such column, as current_date.
void refuse_hidden_functions(Connection& connection, const SqlTree& tree, Reader& reader) {
  std::set<std::string> asked;
  std::set<std::string> functions;
  for (const auto& column : tree.columns) {
    if (!column.table.empty()) continue;
    if (asked.insert(column.name).second) {
      try {
        (void)connection.run(fmt::format("SELECT {}", sql_name(column.name)));
        functions.insert(column.name);
      } catch (const QueryError&) {
        // No function: a column, then.
      }
    }
    if (functions.count(column.name) == 0) continue;
    reader.fault(column.byte, fmt::format("'{}' depends on when or where it is used", column.name),
                 "range_end is the end of what is known, in seconds since 1970");
  }
}

bool is_one_expression(const Json& tree) {
  if (tree.at("statements").size() != 1) return false;
  const auto& node = tree["statements"][0].at("node");
  return text_at(node, "type") == "SELECT_NODE" && node.at("select_list").size() == 1 &&
         text_at(node.at("from_table"), "type") == "EMPTY" && node.at("modifiers").empty() &&
         node.at("group_expressions").empty() && is_empty(node.at("where_clause")) && is_empty(node.at("having")) &&
         is_empty(node.at("qualify")) && is_empty(node.at("sample")) && node.at("cte_map").at("map").empty();
}

bool is_aggregate(const Json& json) {
  if (!json.is_object() || text_at(json, "class") != "FUNCTION") return false;
  const auto* kind = find_sql_function(lower_case(text_at(json, "function_name")));
  return kind != nullptr && (*kind == SqlFunction::aggregate || *kind == SqlFunction::ordered_aggregate);
}

// Calls `take` with every object of the tree that stands in no aggregate, and with the aggregates themselves.
template <typename Tree, typename Take>
void outside_aggregates(Tree& json, const Take& take) {
  if (json.is_object()) take(json);
  if (is_aggregate(json)) return;
  if (json.is_structured()) {
    for (auto& each : json) outside_aggregates(each, take);
  }
}

}  // namespace

std::string trimmed_sql(std::string sql) {
  while (!sql.empty() && (sql.back() == ';' || std::isspace(static_cast<unsigned char>(sql.back())) != 0)) sql.pop_back();
  return sql;
}

SqlTree read_sql_select(Connection& connection, const std::string& sql, std::vector<SqlFault>& faults) {
  const auto text = trimmed_sql(sql);
  Reader reader(text, 0, true, faults);
  auto tree = parse(connection, text, reader);
  if (!tree) return {};
  if (tree->at("statements").size() != 1) {
    reader.fault(0, "it is not one statement", "write one select");
    return {};
  }
  auto result = reader.read(std::move(*tree));
  refuse_hidden_functions(connection, result, reader);
  return result;
}

SqlTree read_sql_expression(Connection& connection, const std::string& sql, bool of_rows, std::vector<SqlFault>& faults) {
  Reader reader(sql, before_expression.size(), false, faults);
  auto tree = parse(connection, before_expression + sql + after_expression, reader);
  if (!tree) return {};
  if (!is_one_expression(*tree)) {
    reader.fault(0, "it is not one expression", "write a whole query as 'select'");
    return {};
  }
  auto result = reader.read(std::move(*tree));
  refuse_hidden_functions(connection, result, reader);
  outside_aggregates(expression_in(result.tree), [&](const Json& json) {
    if (!of_rows || !is_aggregate(json)) return;
    reader.fault(reader.byte_at(json.at("query_location").get<std::size_t>()), "a condition on rows has no aggregate in it",
                 "it belongs in the expression");
  });
  return result;
}

std::vector<SqlColumnName> columns_outside_aggregates(const SqlTree& expression) {
  std::vector<SqlColumnName> columns;
  outside_aggregates(expression_in(expression.tree), [&](const Json& json) {
    if (text_at(json, "class") != "COLUMN_REF") return;
    const auto location = json.at("query_location").get<std::size_t>();
    columns.push_back(column_name(json, location < before_expression.size() ? 0 : location - before_expression.size()));
  });
  return columns;
}

std::string filtered_expression(Connection& connection, const SqlTree& expression, const std::string& condition) {
  auto tree = expression.tree;
  const Json column = {{"class", "COLUMN_REF"}, {"type", "COLUMN_REF"}, {"alias", ""}, {"query_location", 0},
                       {"column_names", {condition}}};
  outside_aggregates(expression_in(tree), [&](Json& json) {
    if (!is_aggregate(json)) return;
    auto& filter = json.at("filter");
    if (filter.is_null()) {
      filter = column;
    } else {
      filter = {{"class", "CONJUNCTION"}, {"type", "CONJUNCTION_AND"}, {"alias", ""}, {"query_location", 0},
                {"children", {column, filter}}};
    }
  });
  const auto rows = connection.run(fmt::format("SELECT json_deserialize_sql({})", sql_text(tree.dump())));
  return rows.text(0, 0).value_or("").substr(std::string("SELECT ").size());
}

std::string whole_table_expression(Connection& connection, const SqlTree& expression, const std::string& table,
                                   const std::map<std::string, std::string>& columns) {
  auto tree = expression.tree;
  const auto rename = [&](const auto& self, Json& json) -> void {
    if (json.is_object() && text_at(json, "class") == "COLUMN_REF") {
      const auto found = columns.find(column_name(json, 0).name);
      if (found != columns.end()) json.at("column_names") = {found->second};
      return;
    }
    if (!json.is_structured()) return;
    for (auto& each : json) self(self, each);
  };
  rename(rename, expression_in(tree));
  const auto text_of = [&](const Json& each) {
    return connection.run(fmt::format("SELECT json_deserialize_sql({})", sql_text(each.dump()))).text(0, 0).value_or("");
  };
  const auto replace = [&](const auto& self, Json& json) -> void {
    if (is_aggregate(json)) {
      auto alone = expression.tree;
      expression_in(alone) = json;
      const auto query = fmt::format("SELECT ({} FROM {})", text_of(alone), table);
      const auto parsed = connection.run(fmt::format("SELECT json_serialize_sql({})", sql_text(query))).text(0, 0).value_or("");
      json = expression_in(Json::parse(parsed));
      return;
    }
    if (!json.is_structured()) return;
    for (auto& each : json) self(self, each);
  };
  replace(replace, expression_in(tree));
  return text_of(tree).substr(std::string("SELECT ").size());
}

std::vector<SqlEquality> equalities(const SqlTree& expression) {
  std::vector<SqlEquality> found;
  const auto is_column = [](const Json& json) { return text_at(json, "class") == "COLUMN_REF"; };
  const auto constant = [](const Json& json) -> std::optional<std::string> {
    if (text_at(json, "class") != "CONSTANT" || json.at("value").at("is_null").get<bool>()) return std::nullopt;
    if (text_at(json.at("value").at("type"), "id") != "VARCHAR") return std::nullopt;
    return text_at(json.at("value"), "value");
  };
  const auto add = [&](const Json& column, const std::vector<const Json*>& constants) {
    SqlEquality equality{column_name(column, 0), {}};
    for (const auto* each : constants) {
      const auto text = constant(*each);
      if (!text) return;
      equality.values.push_back(*text);
    }
    found.push_back(std::move(equality));
  };
  const auto visit = [&](const auto& self, const Json& json) -> void {
    const auto type = text_at(json, "type");
    if (type == "CONJUNCTION_AND") {
      for (const auto& each : json.at("children")) self(self, each);
    } else if (type == "COMPARE_EQUAL") {
      const auto &left = json.at("left"), &right = json.at("right");
      if (is_column(left)) add(left, {&right});
      if (is_column(right)) add(right, {&left});
    } else if (type == "COMPARE_IN" && is_column(json.at("children").at(0))) {
      std::vector<const Json*> constants;
      for (std::size_t i = 1; i < json["children"].size(); ++i) constants.push_back(&json["children"][i]);
      add(json["children"][0], constants);
    }
  };
  visit(visit, expression_in(expression.tree));
  return found;
}

}  // namespace auspex::campus
