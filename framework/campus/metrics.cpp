#include "campus/metrics.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "base/files.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "campus/duckdb.hpp"
#include "campus/sql_parts.hpp"

namespace auspex::campus {
namespace fs = std::filesystem;

namespace {

constexpr const char* all_metrics = "metrics";
constexpr const char* learner_courses = "learner_courses";

// Aggregates of reals, whose last digits depend on the order in which threads add up.
const std::set<std::string> order_dependent{
    "avg",    "mean",       "favg",        "fsum",    "kahan_sum",  "sumkahan",       "sum",      "product",
    "stddev", "stddev_pop", "stddev_samp", "var_pop", "var_samp",   "variance",       "skewness", "kurtosis",
    "corr",   "covar_pop",  "covar_samp",  "entropy", "regr_count", "regr_intercept", "regr_r2",  "regr_slope"};

bool depends_on_order(const nlohmann::json& tree) {
  if (tree.is_array()) return std::any_of(tree.begin(), tree.end(), depends_on_order);
  if (!tree.is_object()) return false;
  if (const auto name = tree.find("function_name");
      name != tree.end() && order_dependent.count(name->get<std::string>()) > 0) {
    return true;
  }
  return std::any_of(tree.begin(), tree.end(), depends_on_order);
}

/// A piece of SQL, read: what it names decides which tables and columns are brought.
struct Source {
  const spec::SqlIndicator* sql = nullptr;
  SqlTexts texts;
  SqlTree needs;

  [[nodiscard]] std::vector<const SqlTree*> trees() const {
    return {&texts.select, &texts.expression, &texts.where, &needs};
  }
  [[nodiscard]] std::set<std::string> columns() const {
    std::set<std::string> names;
    for (const auto* tree : trees()) {
      for (const auto& column : tree->columns) names.insert(column.name);
    }
    return names;
  }
  [[nodiscard]] std::set<std::string> tables() const {
    std::set<std::string> names;
    if (!sql->table.empty()) names.insert(sql->table);
    for (const auto* tree : trees()) {
      for (const auto& table : tree->tables) {
        if (tree->queries.count(table.name) == 0) names.insert(table.name);
      }
    }
    return names;
  }
  [[nodiscard]] bool is_order_dependent() const {
    const auto all = trees();
    return std::any_of(all.begin(), all.end(), [](const SqlTree* tree) { return depends_on_order(tree->tree); });
  }
};

class Writer {
 public:
  Writer(const Campus& campus, const MetricsRequest& request, const fs::path& out)
      : campus_(campus),
        request_(request),
        out_(out),
        to_(request.to == no_time ? request.as_of : std::min(request.to, request.as_of)),
        zone_(TimeZone::named(request.timezone)),
        spill_(out.has_parent_path() ? out.parent_path() : fs::path(".")),
        engine_(request.threads, request.memory, spill_.path()),
        connection_(engine_) {
    add_local_time(connection_, zone_);
    connection_.run("SET errors_as_json = true");
    connection_.run("SET ieee_floating_point_ops = false");  // a division by 0 is none
    set_parameters();
    read_sources();
    recorded_.assign(metrics_.size(), true);
  }

  MetricsResult write() {
    make_learners();
    make_direct();
    make_derived();
    return copy();
  }

 private:
  // ---- what the files say ----

  void set_parameters() {
    for (const auto& metric : request_.metrics) parameters_.insert(metric.parameters.begin(), metric.parameters.end());
    for (const auto& table : request_.tables) parameters_.insert(table.parameters.begin(), table.parameters.end());
    std::vector<std::string> known;
    for (const auto& parameter : parameters_) known.push_back(parameter.first);
    for (const auto& [name, value] : request_.parameters) {
      if (parameters_.count(name) == 0) {
        throw Error(Fault::usage, fmt::format("no metric has the parameter '{}'", name),
                    did_you_mean(name, known, fmt::format("there are: {}", fmt::join(known, ", "))));
      }
      parameters_[name] = value;
    }
  }

  void read_sources() {
    for (const auto& table : request_.tables) tables_.emplace(table.id, read(table.sql, ""));
    for (const auto& metric : request_.metrics) metrics_.push_back(read(metric.sql, metric.needs));
    if (!problems_.empty()) throw Error(Fault::configuration, std::move(problems_));
  }

  Source read(const spec::SqlIndicator& sql, const std::string& needs) {
    Source source{&sql, {}, {}};
    SqlFaults faults(sql);
    const auto part = [&](const std::string& text, const char* key) {
      std::vector<SqlFault> found;
      auto tree = read_sql_expression(connection_, text, true, found);
      for (auto& fault : found) faults.add(key, fault.byte, std::move(fault.message), std::move(fault.hint));
      return tree;
    };
    if (sql.table == all_metrics) {
      source.texts.expression = part(sql.expression, "expression");
    } else {
      source.texts = read_sql(connection_, sql, faults);
    }
    if (!needs.empty()) source.needs = part(needs, "needs");
    check_tables(source, faults);
    keep(faults);
    return source;
  }

  void check_tables(const Source& source, SqlFaults& faults) const {
    std::vector<std::string> known{all_metrics, learner_courses};
    for (const auto& table : campus_.tables()) known.push_back(table.name);
    for (const auto& table : request_.tables) known.push_back(table.id);
    for (const auto& name : source.tables()) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      const auto& named = source.texts.select.tables;
      const auto at =
          std::find_if(named.begin(), named.end(), [&](const SqlTableName& table) { return table.name == name; });
      faults.add(source.sql->table == name ? "table" : "select", at == named.end() ? 0 : at->byte,
                 fmt::format("there is no table '{}'", name), did_you_mean(name, known));
    }
  }

  void keep(SqlFaults& faults) {
    try {
      faults.throw_if_any();
    } catch (const Error& error) {
      problems_.insert(problems_.end(), error.problems().begin(), error.problems().end());
    }
  }

  // ---- the tables that the SQL sees ----

  /// "WITH events AS (..), steps AS (..) " for what the sources name, with no more columns than they name.
  std::string with(const std::vector<const Source*>& sources, bool whole_user) {
    std::set<std::string> given, columns, open;
    std::vector<std::string> made;  // of metrics/tables/, each after those it is made from
    const std::function<void(const Source&)> collect = [&](const Source& source) {
      columns.merge(source.columns());
      for (const auto& name : source.tables()) {
        const auto at = tables_.find(name);
        if (at == tables_.end()) {
          given.insert(name);
        } else if (std::find(made.begin(), made.end(), name) == made.end()) {
          if (!open.insert(name).second) {
            throw Error(Fault::configuration, fmt::format("the table '{}' is made from itself", name), {},
                        at->second.sql->at("select"));
          }
          collect(at->second);
          made.push_back(name);
        }
      }
    };
    for (const auto* source : sources) collect(*source);
    std::string sql;
    const auto add = [&](const std::string& name, const std::string& select) {
      sql += fmt::format("{}{} AS NOT MATERIALIZED ({})", sql.empty() ? "WITH " : ", ", sql_name(name), select);
    };
    for (const auto& name : given) {
      if (const auto* table = campus_.find(name)) add(name, rows_of(*table, columns, whole_user));
    }
    for (const auto& name : made) {
      add(name, fmt::format("SELECT *, {} FROM (\n{}\n)", constants(), trimmed_sql(tables_.at(name).sql->select)));
    }
    return sql.empty() ? sql : sql + ' ';
  }

  std::string rows_of(const Table& table, const std::set<std::string>& named, bool whole_user) {
    std::string columns, joins, where;
    const auto add = [&](const std::string& value, const std::string& name) {
      columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", value, sql_name(name));
    };
    if (table.find("user_id") != nullptr) {
      const bool of_course = request_.per == Learner::enrolment && !whole_user && table.find("course_id") != nullptr;
      add(of_course ? learner_of_course : "user_id::BIGINT", "learner");
    }
    for (const auto& column : table.columns) {
      if (named.count(column.name) == 0 || column.audit) continue;
      auto value = "t." + sql_name(column.name);
      if (!column.late.empty()) {
        value = fmt::format("CASE WHEN t.{} <= {} THEN {} END", sql_name(column.late), request_.as_of, value);
      }
      if (column.type == Type::word) {
        const auto words = words_of(column.dictionary);
        const auto alias = sql_name("words of " + column.name);
        joins += fmt::format(" LEFT JOIN {} AS {} ON {}.id = {}", words, alias, alias, value);
        value = alias + ".text";
      }
      add(value, column.name);
    }
    const auto also = [&](const std::string& condition) { where += (where.empty() ? " WHERE " : " AND ") + condition; };
    if (table.known_at != "always") also(fmt::format("t.{} <= {}", sql_name(table.known_at), request_.as_of));
    if (!table.time.empty()) {
      also(fmt::format("t.{} <= {}", sql_name(table.time), to_));
      if (request_.from != no_time) also(fmt::format("t.{} > {}", sql_name(table.time), request_.from));
    }
    const auto file = campus_.file_of(table);
    const auto from = file.empty() ? no_rows(table) : fmt::format("read_parquet({})", sql_text(file.string()));
    return fmt::format("SELECT {}{}{} FROM {} AS t{}{}", columns, columns.empty() ? "" : ", ", constants(), from, joins,
                       where);
  }

  /// A table of the right columns without rows.
  static std::string no_rows(const Table& table) {
    std::string columns;
    for (const auto& column : table.columns) {
      const char* type = column.type == Type::real ? "DOUBLE" : column.type == Type::boolean ? "BOOLEAN" : "BIGINT";
      columns += fmt::format("{}NULL::{} AS {}", columns.empty() ? "" : ", ", type, sql_name(column.name));
    }
    return "(SELECT " + columns + " WHERE false)";
  }

  /// The name of a table (id, text) of a dictionary.
  std::string words_of(const std::string& dictionary) {
    const auto name = sql_name("dictionary " + dictionary);
    if (!dictionaries_.insert(dictionary).second) return name;
    connection_.run(fmt::format("CREATE TEMP TABLE {} (id BIGINT, text VARCHAR)", name));
    const auto& texts = campus_.dictionary(dictionary).texts();
    SqlAppender rows(connection_, "dictionary " + dictionary, {DUCKDB_TYPE_BIGINT, DUCKDB_TYPE_VARCHAR});
    for (std::size_t id = 0; id < texts.size();) {
      const auto room = rows.room(texts.size() - id);
      auto* ids = rows.values<std::int64_t>(0);
      for (std::size_t row = 0; row < room; ++row, ++id) {
        ids[row] = std::int64_t(id);
        rows.set_text(1, row, texts[id]);
      }
      rows.filled(room);
    }
    rows.close();
    return name;
  }

  /// period_start, period_end and the parameters, as columns.
  std::string constants() const {
    auto sql = fmt::format("{}::BIGINT AS period_start, {}::BIGINT AS period_end",
                           request_.from == no_time ? std::numeric_limits<Time>::min() + 1 : request_.from, to_);
    for (const auto& [name, value] : parameters_) sql += fmt::format(", {} AS {}", number_text(value), sql_name(name));
    return sql;
  }

  [[nodiscard]] bool is_constant(const std::string& name) const {
    return name == "period_start" || name == "period_end" || parameters_.count(name) > 0;
  }

  // ---- learners ----

  void make_learners() {
    const std::set<std::string> columns{"enrolment_id", "course_id", "user_id", "role", "deleted"};
    run(fmt::format(
        "CREATE TEMP TABLE students AS SELECT *, user_id IN (SELECT user_id FROM ({}) WHERE deleted) AS gone FROM ({}) "
        "WHERE role = 'student'",
        rows_of(*campus_.find("users"), columns, false), rows_of(*campus_.find("enrolments"), columns, false)));
    run("CREATE TEMP TABLE enrolled AS SELECT * FROM students WHERE NOT gone");
    run(request_.per == Learner::enrolment
            ? "CREATE TEMP TABLE rows_out AS SELECT learner, enrolment_id, course_id, user_id FROM enrolled"
            : "CREATE TEMP TABLE rows_out AS SELECT DISTINCT learner, user_id FROM enrolled");
    // Several enrolments of a user in one course are one learner of the SQL, and a row each in the result.
    run("CREATE TEMP TABLE learners AS SELECT DISTINCT learner, user_id::BIGINT AS user FROM rows_out");
    run("CREATE TEMP TABLE learner_courses AS SELECT DISTINCT learner, course_id FROM enrolled");
  }

  // ---- metrics ----

  /// Those that need no other, those of the same rows in one pass.
  void make_direct() {
    std::string columns, joins;
    std::vector<bool> done(metrics_.size());
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      if (done[i] || !is_direct(i)) continue;
      std::vector<std::size_t> group;
      for (std::size_t j = i; j < metrics_.size(); ++j) {
        if (!done[j] && is_direct(j) && share_rows(i, j)) {
          group.push_back(j);
          done[j] = true;
        }
      }
      const auto found = sql_name("found " + std::to_string(i));
      const bool whole_user = request_.metrics[i].whole_user;
      if (metrics_[i].sql->select.empty()) {
        calculate(found, group, whole_user);
      } else {
        select(found, i);
      }
      for (const auto j : group) {
        recorded_[j] = request_.metrics[j].needs.empty() ||
                       connection_.count(fmt::format("SELECT count(*) FROM {} WHERE {}", found, sql_name(needs_of(j)))) > 0;
        columns += fmt::format(", {} AS {}", recorded_[j] ? found + "." + sql_name(id(j)) : "NULL", sql_name(id(j)));
        have_.insert(id(j));
      }
      joins += fmt::format(" LEFT JOIN {} ON {}.learner = l.{}", found, found, whole_user ? "user" : "learner");
    }
    run(fmt::format("CREATE TEMP TABLE metrics AS SELECT l.learner{} FROM learners AS l{}", columns, joins));
  }

  [[nodiscard]] bool is_direct(std::size_t i) const { return metrics_[i].tables().count(all_metrics) == 0; }

  [[nodiscard]] bool share_rows(std::size_t i, std::size_t j) const {
    if (i == j) return true;
    const auto& a = *metrics_[i].sql;
    const auto& b = *metrics_[j].sql;
    return a.select.empty() && b.select.empty() && a.table == b.table && a.where == b.where &&
           request_.metrics[i].whole_user == request_.metrics[j].whole_user &&
           metrics_[i].is_order_dependent() == metrics_[j].is_order_dependent();
  }

  void calculate(const std::string& found, const std::vector<std::size_t>& group, bool whole_user) {
    std::vector<const Source*> sources;
    for (const auto i : group) sources.push_back(&metrics_[i]);
    const auto tables = with(sources, whole_user);
    const auto& first = *metrics_[group.front()].sql;
    const auto from = " FROM " + sql_name(first.table);
    // Each learner has a row that no aggregate sees, so that those without rows have a value too.
    std::string values, outside;
    std::set<std::string> keys;
    for (const auto i : group) {
      examine(tables, from, i);
      for (const auto& column : columns_outside_aggregates(metrics_[i].texts.expression)) keys.insert(column.name);
      values += fmt::format(", {} AS {}", filtered_expression(connection_, metrics_[i].texts.expression, is_there),
                            sql_name(id(i)));
      if (const auto& needs = request_.metrics[i].needs; !needs.empty()) {
        values += fmt::format(", coalesce(bool_or(\n{}\n) FILTER ({}), false) AS {}", needs, sql_name(is_there),
                              sql_name(needs_of(i)));
      }
    }
    for (const auto& key : keys) {
      if (is_constant(key)) outside += ", " + sql_name(key);
    }
    const auto where = first.where.empty() ? std::string() : fmt::format(" WHERE (\n{}\n)", first.where);
    run_in_order(
        fmt::format(
            "CREATE TEMP TABLE {} AS {}SELECT learner{} FROM (SELECT *, true AS {}{}{} UNION ALL BY NAME SELECT DISTINCT "
            "{} AS learner, false AS {}, {} FROM learners) GROUP BY learner{}",
            found, tables, values, sql_name(is_there), from, where, whole_user ? "user" : "learner", sql_name(is_there),
            constants(), outside),
        *sources.front());
  }

  /// As written, for DuckDB to find fault with.
  void examine(const std::string& tables, const std::string& from, std::size_t i) {
    const auto& metric = request_.metrics[i];
    SqlFaults faults(metric.sql);
    const auto try_out = [&](const char* key, const std::string& text, const std::string& rest) {
      if (text.empty()) return;
      MixedSql query(key);
      query.add("DESCRIBE " + tables + "SELECT (").own(key, text).add(")" + from + rest);
      try {
        connection_.run(query.sql());
      } catch (const QueryError& error) {
        query.tell(error, faults);
      }
    };
    std::string constants_by_name = "period_start, period_end";
    for (const auto& parameter : parameters_) constants_by_name += ", " + sql_name(parameter.first);
    try_out("expression", metric.sql.expression, " GROUP BY learner, " + constants_by_name);
    try_out("where", metric.sql.where, "");
    try_out("needs", metric.needs, "");
    faults.throw_if_any();
  }

  /// A select of learner and value; at most one row a learner.
  void select(const std::string& found, std::size_t i) {
    const auto& sql = *metrics_[i].sql;
    SqlFaults faults(sql);
    MixedSql query("select");
    query
        .add(fmt::format("CREATE TEMP TABLE {} AS {}SELECT learner, value AS {} FROM (", found, with({&metrics_[i]}, false),
                         sql_name(id(i))))
        .own("select", trimmed_sql(sql.select))
        .add(")");
    try {
      run_in_order(query.sql(), metrics_[i]);
    } catch (const QueryError& error) {
      query.tell(error, faults);
    }
    faults.throw_if_any();
    if (connection_.count(fmt::format("SELECT count(*) - count(DISTINCT learner) FROM {}", found)) > 0) {
      faults.add("select", 0, "it gives a learner more than one row", "group by learner");
    }
    faults.throw_if_any();
  }

  /// Those made from other metrics, each after what it names.
  void make_derived() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      if (!is_direct(i)) open.push_back(i);
    }
    while (!open.empty()) {
      const auto next = std::find_if(open.begin(), open.end(), [&](std::size_t i) { return waits_for(i).empty(); });
      if (next == open.end()) {
        const auto i = open.front();
        throw Error(Fault::configuration,
                    fmt::format("{}: it is made from '{}', which is made from it", id(i), waits_for(i)), {},
                    metrics_[i].sql->at(metrics_[i].sql->select.empty() ? "expression" : "select"));
      }
      derive(*next);
      have_.insert(id(*next));
      open.erase(next);
    }
  }

  /// The first metric that it names and that is not there yet.
  [[nodiscard]] std::string waits_for(std::size_t i) const {
    for (const auto& name : metrics_[i].columns()) {
      const bool is_metric =
          std::any_of(request_.metrics.begin(), request_.metrics.end(), [&](const auto& m) { return m.id == name; });
      if (is_metric && name != id(i) && have_.count(name) == 0) return name;
    }
    return {};
  }

  void derive(std::size_t i) {
    const auto& sql = *metrics_[i].sql;
    const auto column = sql_name(id(i));
    if (!sql.select.empty()) {
      select("found", i);
      run(fmt::format(
          "CREATE OR REPLACE TEMP TABLE metrics AS SELECT m.*, found.{} FROM metrics AS m LEFT JOIN found USING (learner)",
          column));
      run("DROP TABLE found");
      return;
    }
    SqlFaults faults(sql);
    MixedSql query("expression");
    query.add("CREATE OR REPLACE TEMP TABLE metrics AS SELECT m.*, (")
        .own("expression", sql.expression)
        .add(fmt::format(") AS {} FROM metrics AS m CROSS JOIN (SELECT {})", column, constants()));
    try {
      connection_.run(query.sql());
    } catch (const QueryError& error) {
      query.tell(error, faults);
    }
    faults.throw_if_any();
  }

  // ---- the result ----

  MetricsResult copy() {
    MetricsResult result;
    std::string columns, joins, keys, missing;
    const auto ids = request_.per == Learner::enrolment ? std::vector<std::string>{"enrolment", "course", "user"}
                                                        : std::vector<std::string>{"user"};
    for (const auto& kind : ids) {
      const auto words = words_of(kind);
      columns += fmt::format("{}{}.text AS {}_id", columns.empty() ? "" : ", ", words, kind);
      joins += fmt::format(" JOIN {0} ON {0}.id = r.{1}_id", words, kind);
      keys += fmt::format("{}r.{}_id", keys.empty() ? "" : ", ", kind);
    }
    for (std::size_t i = 0; i < metrics_.size(); ++i) {
      columns += fmt::format(", m.{}", sql_name(id(i)));
      missing += fmt::format(", count(*) - count({})", sql_name(id(i)));
    }
    run(fmt::format(
        "CREATE TEMP TABLE result AS SELECT {} FROM rows_out AS r JOIN metrics AS m USING (learner){} ORDER BY {}", columns,
        joins, keys));
    const auto counts = connection_.run(fmt::format("SELECT count(*){} FROM result", missing));
    result.learners = counts.integer(0, 0);
    result.deleted = connection_.count("SELECT count(DISTINCT user_id) FROM students WHERE gone");
    for (std::size_t i = 0; i < metrics_.size(); ++i)
      result.columns.push_back({id(i), counts.integer(0, i + 1), recorded_[i]});
    NewFile file(out_);
    try {
      connection_.run(
          fmt::format("COPY result TO {} ({})", sql_text(file.path().string()),
                      out_.extension() == ".parquet" ? "FORMAT parquet, COMPRESSION zstd" : "FORMAT csv, HEADER"));
    } catch (const QueryError& error) {
      throw Error(Fault::data, fmt::format("cannot write '{}': {}", out_.string(), error.what()), "is the disk full?");
    }
    file.keep();
    return result;
  }

  [[nodiscard]] const std::string& id(std::size_t i) const { return request_.metrics[i].id; }
  [[nodiscard]] std::string needs_of(std::size_t i) const { return id(i) + " is recorded"; }

  void run(const std::string& sql) { connection_.run(sql); }

  /// On one thread where sums of reals would depend on how threads share the rows.
  void run_in_order(const std::string& sql, const Source& source) {
    const bool in_order = source.is_order_dependent();
    if (in_order) run("SET GLOBAL threads = 1");
    run(sql);
    if (in_order) run(fmt::format("SET GLOBAL threads = {}", request_.threads));
  }

  static constexpr const char* is_there = "is there";
  static constexpr const char* learner_of_course = "(course_id::BIGINT << 32) | user_id";

  const Campus& campus_;
  const MetricsRequest& request_;
  fs::path out_;
  Time to_;
  TimeZone zone_;
  TemporaryFolder spill_;
  Engine engine_;
  Connection connection_;
  std::map<std::string, double> parameters_;
  std::map<std::string, Source> tables_;  // of metrics/tables/
  std::vector<Source> metrics_;           // in the order of the request
  std::vector<Problem> problems_;
  std::set<std::string> dictionaries_;  // those that are tables
  std::set<std::string> have_;          // metrics that are columns of the table metrics
  std::vector<bool> recorded_;            // by metric; made from others: true
};

}  // namespace

MetricsResult write_metrics(const Campus& campus, const MetricsRequest& request, const fs::path& out) {
  return Writer(campus, request, out).write();
}

}  // namespace auspex::campus
