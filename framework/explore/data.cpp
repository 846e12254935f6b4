#include "explore/data.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/names.hpp"

namespace auspex::explore {
namespace {

constexpr std::size_t most_categories = 50;
constexpr std::size_t most_named = 20;

template <class Columns>
auto find_named(const Columns& columns, const std::string& name) -> decltype(columns.data()) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& each) { return each.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

// Names of columns and rules that the settings use and nobody has.
void check_names(const campus::TableFile& table, const spec::Exploration& settings) {
  std::vector<Problem> problems;
  std::vector<std::string> columns;
  for (const auto& column : table.columns()) columns.push_back(column.name);
  const auto check = [&](const spec::Named& name, const std::vector<std::string>& known, const char* what) {
    if (name.name.empty() || std::find(known.begin(), known.end(), name.name) != known.end()) return;
    problems.push_back(
        {name.where, fmt::format("there is no {} '{}'", what, name.name), did_you_mean(name.name, known), false});
  };
  check(settings.id, columns, "column");
  for (const auto& [name, column] : settings.columns) check({name, column.where}, columns, "column");
  for (const auto& feature : settings.features) {
    check(feature, columns, "column");
    const auto* column = table.find(feature.name);
    if (column != nullptr && column->type != campus::ColumnType::number) {
      problems.push_back({feature.where, fmt::format("'{}' is a column of texts", feature.name),
                          "groups and outliers are of numbers", false});
    }
  }
  auto labels = columns;
  for (const auto& rule : settings.rules) {
    if (table.find(rule.name) != nullptr) {
      problems.push_back(
          {rule.where, fmt::format("the rule '{}' has the name of a column", rule.name), "give it another", false});
    }
    labels.push_back(rule.name);
  }
  for (const auto& label : settings.labels.value_or(std::vector<spec::Exploration::Label>{})) {
    check(label.of, labels, "column or rule");
    check(label.driver, columns, "column");
    for (const auto& feature : label.features) check(feature, columns, "column");
  }
  if (!problems.empty()) throw Error(Fault::configuration, std::move(problems));
}

std::string id_column(const campus::TableFile& table, const spec::Exploration& settings) {
  if (!settings.id.name.empty()) return settings.id.name;
  for (const char* name : {"user_id", "userid", "learner_id", "student_id", "id"}) {
    if (table.find(name) != nullptr) return name;
  }
  return {};
}

}  // namespace

const NumberColumn* Data::number(const std::string& name) const { return find_named(numbers, name); }
const TextColumn* Data::text(const std::string& name) const { return find_named(texts, name); }
const RuleColumn* Data::rule(const std::string& name) const { return find_named(rules, name); }

Data read_data(const campus::TableFile& table, const spec::Exploration& settings, std::uint64_t seed) {
  check_names(table, settings);
  Data data;
  data.rows = table.rows();
  data.sample = sample_of(std::size_t(data.rows), most_rows, seed);
  data.id = id_column(table, settings);
  for (const auto& column : table.columns()) {
    const auto setting = settings.columns.find(column.name);
    const bool log = setting != settings.columns.end() && setting->second.log;
    if (column.type == campus::ColumnType::text) {
      TextColumn text{column.name};
      text.distinct = table.distinct(column.name);
      text.top = table.categories(column.name, most_categories);
      text.log = log;
      std::vector<std::string> values;
      for (const auto& each : text.top) values.push_back(each.value);
      const auto codes = table.codes(column.name, values);
      text.present = std::int64_t(codes.size()) - std::count(codes.begin(), codes.end(), -1);
      for (const auto row : data.sample) text.sample.push_back(codes[row]);
      if (column.name == data.id) data.id_distinct = text.distinct;
      data.texts.push_back(std::move(text));
      continue;
    }
    const auto values = table.numbers(column.name);
    NumberColumn number{column.name, summary(values), log};
    number.edges = histogram_edges(number.summary, values, log);
    number.counts = histogram_counts(number.edges, values);
    number.beyond.reserve(values.size());
    for (const double x : values) number.beyond.push_back(number.summary.outside(x) ? 1 : 0);
    for (const auto row : data.sample) number.sample.push_back(values[row]);
    if (column.name == data.id) {
      data.id_distinct = number.summary.distinct;
      for (const double x : values) {
        if (!(x < 1)) continue;
        if (++number.not_learner_count <= std::int64_t(most_named)) number.not_learners.push_back(std::int64_t(x));
      }
    }
    data.numbers.push_back(std::move(number));
  }
  std::vector<Problem> problems;
  for (const auto& rule : settings.rules) {
    try {
      const campus::TableRule expression{rule.name, rule.expression, rule.where};
      RuleColumn column{rule.name, rule.expression, table.columns_of(expression), table.holds(expression)};
      column.truths = std::count(column.holds.begin(), column.holds.end(), 1);
      column.open = std::count(column.holds.begin(), column.holds.end(), -1);
      data.rules.push_back(std::move(column));
    } catch (const Error& error) {
      if (error.fault() != Fault::configuration) throw;
      problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    }
  }
  if (!problems.empty()) throw Error(Fault::configuration, std::move(problems));
  return data;
}

}  // namespace auspex::explore
