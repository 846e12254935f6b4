#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/names.hpp"
#include "campus/sql_parts.hpp"

namespace auspex::campus {
namespace {

const std::vector<std::string> sample_columns{"sample", "range"};

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

void add_once(std::vector<std::string>& list, const std::string& name) {
  if (!contains(list, name)) list.push_back(name);
}

std::vector<std::string> range_columns() { return {std::begin(sql_range_columns), std::end(sql_range_columns)}; }

std::vector<std::string> readable_columns(const Table& table) {
  std::vector<std::string> names;
  for (const auto& column : table.columns) {
    if (!column.audit) names.push_back(column.name);
  }
  return names;
}

class Finder {
 public:
  Finder(const spec::SqlIndicator& indicator, const Campus& campus, SqlFaults& faults)
      : indicator_(indicator), campus_(campus), faults_(faults) {}

  SqlSources expression(const SqlTexts& texts) {
    const auto* table = find("table", indicator_.table, 0);
    if (table == nullptr) return {};
    refuse_names(*table, "table", 0, range_columns());
    auto& read = found_.reads.emplace_back(SqlRead{table->name, {}, {}});
    for (const auto& column : texts.expression.columns) own_column(*table, read, "expression", column);
    for (const auto& column : texts.where.columns) own_column(*table, read, "where", column);
    for (const auto& column : columns_outside_aggregates(texts.expression)) {
      if (contains(range_columns(), column.name) || table->find(column.name) == nullptr) continue;
      faults_.add("expression", column.byte,
                  fmt::format("'{}' stands outside an aggregate, so no row says which is meant", column.name),
                  fmt::format("write avg({0}), max({0}), last({0} ORDER BY ...)", column.name));
    }
    if (!indicator_.where.empty()) narrow(*table, read, texts.where);
    return std::move(found_);
  }

  SqlSources select(const SqlTree& tree) {
    for (const auto& named : tree.tables) {
      if (named.name == sql_samples) {
        sample_names_.push_back(named.alias);
        continue;
      }
      const bool of_query = tree.queries.count(named.name) != 0;
      const auto* table = of_query ? campus_.find(named.name) : find("select", named.name, named.byte);
      if (table == nullptr) continue;
      refuse_names(*table, "select", named.byte, sample_columns);
      add_alias(*table, named.alias);
    }
    for (const auto& column : tree.columns) select_column(column, tree);
    for (auto& [table, aliases, read] : tables_) found_.reads.push_back(std::move(read));
    return std::move(found_);
  }

 private:
  struct Named {
    const Table* table;
    std::vector<std::string> aliases;
    SqlRead read;
  };

  const Table* find(const char* key, const std::string& name, std::size_t byte) {
    const auto* table = campus_.find(name);
    if (table != nullptr) return table;
    std::vector<std::string> names;
    for (const auto& each : campus_.tables()) names.push_back(each.name);
    const bool is_file = name.find_first_of("./") != std::string::npos;
    faults_.add(key, byte, fmt::format("this campus has no table '{}'", name),
                is_file ? "an indicator reads no files; import them as a table of the campus"
                        : did_you_mean(name, names, fmt::format("it has {}", fmt::join(names, ", "))));
    return nullptr;
  }

  void refuse_names(const Table& table, const char* key, std::size_t byte, const std::vector<std::string>& names) {
    for (const auto& name : names) {
      if (table.find(name) == nullptr) continue;
      faults_.add(key, byte,
                  fmt::format("the table '{}' has a column '{}', a name that SQL indicators need", table.name, name),
                  "give it another name in the source, and import again");
    }
  }

  void audit_fault(const char* key, const SqlColumnName& column, const Table& table) {
    faults_.add(key, column.byte, fmt::format("'{}.{}' is for audits only and never a feature", table.name, column.name),
                "remove it, or declare use = \"feature\" in the source if that is what you mean");
  }

  void own_column(const Table& table, SqlRead& read, const char* key, const SqlColumnName& column) {
    if (!column.table.empty() && column.table != table.name) {
      faults_.add(key, column.byte, fmt::format("there is no table '{}' here", column.table),
                  fmt::format("it is about the rows of {} alone; a 'select' may read several tables", table.name));
    } else if (const auto* found = table.find(column.name)) {
      if (found->audit) audit_fault(key, column, table);
      else add_once(read.columns, column.name);
    } else if (!column.table.empty() || !contains(range_columns(), column.name)) {
      auto names = readable_columns(table);
      const auto others = range_columns();
      const auto otherwise = fmt::format("it has {}; besides there are {}", fmt::join(names, ", "), fmt::join(others, ", "));
      names.insert(names.end(), others.begin(), others.end());
      faults_.add(key, column.byte, fmt::format("the table '{}' has no column '{}'", table.name, column.name),
                  did_you_mean(column.name, names, otherwise));
    }
  }

  // Rows that the condition leaves out anyway need not be brought: only words can tell them.
  static void narrow(const Table& table, SqlRead& read, const SqlTree& where) {
    for (auto& equality : equalities(where)) {
      const auto* column = table.find(equality.column.name);
      if (column == nullptr || column->type != Type::word) continue;
      read.conditions.emplace_back(column->name, std::move(equality.values));
    }
  }

  void add_alias(const Table& table, const std::string& alias) {
    auto at = std::find_if(tables_.begin(), tables_.end(), [&](const Named& n) { return n.table == &table; });
    if (at == tables_.end()) at = tables_.insert(at, {&table, {}, {table.name, {}, {}}});
    add_once(at->aliases, alias);
  }

  void select_column(const SqlColumnName& column, const SqlTree& tree) {
    bool found = !column.table.empty();  // whether a table has it; DuckDB tells of what goes by a name
    const Table* audited = nullptr;
    for (auto& [table, aliases, read] : tables_) {
      if (!column.table.empty() && !contains(aliases, column.table)) continue;
      const auto* of_table = table->find(column.name);
      if (of_table == nullptr) continue;
      if (of_table->audit) {
        audited = table;
        continue;
      }
      add_once(read.columns, column.name);
      found = true;
    }
    found = sample_column(column) || found || tree.names.count(column.name) != 0 || contains(sample_columns, column.name);
    if (audited != nullptr && (!found || !column.table.empty())) return audit_fault("select", column, *audited);
    if (found) return;
    std::vector<std::string> names(tree.names.begin(), tree.names.end());
    names.insert(names.end(), sample_columns.begin(), sample_columns.end());
    for (const auto& name : range_columns()) names.push_back(name);
    for (const auto& [table, aliases, read] : tables_) {
      for (auto& name : readable_columns(*table)) names.push_back(std::move(name));
    }
    faults_.add("select", column.byte, fmt::format("no table here has a column '{}'", column.name),
                did_you_mean(column.name, names, "a column that the select makes needs a name: ... AS NAME"));
  }

  // Whether it is a column of the samples.
  bool sample_column(const SqlColumnName& column) {
    if (sample_names_.empty() || (!column.table.empty() && !contains(sample_names_, column.table))) return false;
    if (contains(range_columns(), column.name)) return true;
    for (const char* entity : {"user", "course", "enrolment", "activity"}) {
      if (column.name != std::string(entity) + "_id") continue;
      const bool has = contains(indicator_.needs, entity) || contains(indicator_.uses, entity);
      if (has) add_once(found_.keys, column.name);
      if (!has && !column.table.empty()) {
        faults_.add("select", column.byte, fmt::format("the samples have no '{}'", column.name),
                    fmt::format("add \"{}\" to 'needs'", entity));
      }
      return has;
    }
    return false;
  }

  const spec::SqlIndicator& indicator_;
  const Campus& campus_;
  SqlFaults& faults_;
  SqlSources found_;
  std::vector<Named> tables_;
  std::vector<std::string> sample_names_;
};

}  // namespace

SqlSources find_sql_sources(const SqlTexts& texts, const spec::SqlIndicator& indicator, const Campus& campus,
                            SqlFaults& faults) {
  Finder finder(indicator, campus, faults);
  return indicator.select.empty() ? finder.expression(texts) : finder.select(texts.select);
}

}  // namespace auspex::campus
