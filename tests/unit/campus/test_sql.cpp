#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "campus/sql_functions.hpp"
#include "campus/sql_indicator.hpp"

using namespace auspex;
using campus::SqlEngine;
using campus::SqlQuery;

namespace {

// A campus of one table, in memory: its rows come with each range.
class MemoryCampus final : public campus::Campus {
 public:
  MemoryCampus() {
    using campus::Type;
    tables_.push_back({.name = "marks",
                       .columns = {{.name = "user_id", .type = Type::id, .dictionary = "user"},
                                   {.name = "points", .type = Type::real},
                                   {.name = "time", .type = Type::time},
                                   {.name = "passed", .type = Type::boolean},
                                   {.name = "kind", .type = Type::word, .dictionary = "marks.kind"},
                                   {.name = "gender", .type = Type::word, .dictionary = "marks.kind", .audit = true}},
                       .time = "time",
                       .known_at = "always",
                       .order = {"user_id"}});
    dictionaries_["user"] = campus::Dictionary({"u7", "u8", "u9"});
    dictionaries_["marks.kind"] = campus::Dictionary({"exam", "essay"});
  }
  const campus::Origin& origin() const override { return origin_; }
  const std::vector<campus::Table>& tables() const override { return tables_; }
  const campus::Dictionary& dictionary(const std::string& name) const override { return dictionaries_.at(name); }
  std::unique_ptr<campus::Scan> scan(const campus::ScanRequest&) const override { return nullptr; }

 private:
  campus::Origin origin_;
  std::vector<campus::Table> tables_;
  std::map<std::string, campus::Dictionary> dictionaries_;
};

// Four rows: 10 (exam, passed), 4 (essay), none (exam), 7 (essay, passed). Samples: two of the first three rows, one of the
// last, one of none. The times are the full hours of 2 November 2025, from midnight UTC on.
struct Rows {
  std::vector<std::int64_t> user{0, 0, 0, 1};
  std::vector<double> points{10, 4, 0, 7};
  std::vector<std::int64_t> time{1762041600, 1762045200, 1762048800, 1762052400};
  std::vector<std::uint8_t> passed{1, 0, 0, 1};
  std::vector<std::int32_t> kind{0, 1, 0, 1};
  std::uint8_t has_points = 0b1011;
  std::vector<std::int64_t> begin{0, 0, 3, 4};
  std::vector<std::int64_t> end{3, 3, 4, 4};
  std::vector<std::int64_t> sample_user{0, 0, 1, -1};

  campus::SqlRange range(const SqlQuery& query) const {
    campus::SqlRange range{1762041599, 1762128000, begin.size(), {}, {}};
    for (const auto& read : query.reads()) {
      auto& rows = range.reads.emplace_back();
      rows.begin = begin.data();
      rows.end = end.data();
      for (const auto& column : read.columns) {
        if (column == "user_id") rows.columns.push_back({user.data(), nullptr});
        if (column == "points") rows.columns.push_back({points.data(), &has_points});
        if (column == "time") rows.columns.push_back({time.data(), nullptr});
        if (column == "passed") rows.columns.push_back({passed.data(), nullptr});
        if (column == "kind") rows.columns.push_back({kind.data(), nullptr});
      }
    }
    for (const auto& key : query.keys()) range.keys.push_back(key == "user_id" ? sample_user.data() : nullptr);
    return range;
  }
};

spec::SqlIndicator expression(const std::string& sql, const std::string& where = {}) {
  spec::SqlIndicator indicator;
  indicator.id = "test/x";
  indicator.needs = {"user"};
  indicator.table = "marks";
  indicator.expression = sql;
  indicator.where = where;
  indicator.scale = spec::Scale::linear;  // 0 to 100, told back as such
  indicator.maximum = 100;
  return indicator;
}

spec::SqlIndicator select(const std::string& sql) {
  auto indicator = expression("");
  indicator.table.clear();
  indicator.select = sql;
  return indicator;
}

const std::shared_ptr<SqlEngine>& engine() {
  static const auto shared = std::make_shared<SqlEngine>(std::int64_t{1} << 30);
  return shared;
}

std::vector<double> values(const spec::SqlIndicator& indicator) {
  static const MemoryCampus campus;
  SqlQuery query(engine(), campus, indicator);
  query.add(Rows().range(query), 1762000000, no_time);
  return query.calculate([](std::size_t sample) { return "sample " + std::to_string(sample); }).front();
}

// What the SQL gave before it was scaled; -1 for none.
std::vector<double> numbers(const spec::SqlIndicator& indicator) {
  auto result = values(indicator);
  for (auto& value : result) value = std::isnan(value) ? -1 : std::round((value + 1) * 50 * 1e6) / 1e6;
  return result;
}

std::string fault(const spec::SqlIndicator& indicator) {
  try {
    (void)values(indicator);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::configuration);
    return error.problems().front().message;
  }
  return "";
}

bool says(const spec::SqlIndicator& indicator, const std::string& part) {
  const auto message = fault(indicator);
  INFO(message);
  return message.find(part) != std::string::npos;
}

std::string refusal(const spec::SqlIndicator& indicator) {
  try {
    engine()->check(indicator);
  } catch (const Error& error) {
    return error.problems().front().message;
  }
  return "";
}

using Numbers = std::vector<double>;

}  // namespace

TEST_CASE("an expression is calculated over each sample's rows", "[sql]") {
  CHECK(numbers(expression("count(*)")) == Numbers{3, 3, 1, 0});
  CHECK(numbers(expression("count(points)")) == Numbers{2, 2, 1, 0});
  CHECK(numbers(expression("sum(points)")) == Numbers{14, 14, 7, -1});
  CHECK(numbers(expression("coalesce(sum(marks.points), 50)")) == Numbers{14, 14, 7, 50});
  CHECK(numbers(expression("avg(points) FILTER (WHERE kind = 'exam')")) == Numbers{10, 10, -1, -1});
  CHECK(numbers(expression("count(DISTINCT kind)")) == Numbers{2, 2, 1, 0});
  CHECK(numbers(expression("last(points ORDER BY time) FILTER (WHERE points IS NOT NULL)")) == Numbers{4, 4, 7, -1});
  CHECK(numbers(expression("count(*)", "kind = 'essay' AND NOT passed")) == Numbers{1, 1, 0, 0});
  CHECK(numbers(expression("count(*) FILTER (WHERE passed)", "kind IN ('exam', 'oral')")) == Numbers{1, 1, 0, 0});
  CHECK(numbers(expression("(range_end - max(time)) / 3600")) == Numbers{22, 22, 21, -1});
  CHECK(numbers(expression("(range_end - range_start - 1) / 86400 + count(*)")) == Numbers{4, 4, 2, 1});
  CHECK(numbers(expression("(range_end - analysable_start) / 128000 + coalesce(analysable_end, 5)")) == Numbers{6, 6, 6, 6});
  CHECK(numbers(expression("count(*) FILTER (WHERE user_id = 'u7')")) == Numbers{3, 3, 0, 0});
  CHECK(numbers(expression("20")) == Numbers{20, 20, 20, 20});
  CHECK(numbers(expression("max(points) -- the best\n")) == Numbers{10, 10, 7, -1});
  // Nothing through nothing is none.
  CHECK(numbers(expression("count(points) / (count(*) - 1)")) == Numbers{1, 1, -1, -0.0});
}

TEST_CASE("aggregates of no rows are those of SQL, not of one empty row", "[sql]") {
  for (const auto& [sql, nothing] : std::map<std::string, double>{{"count(points)", 0},
                                                                 {"regr_count(points, time)", 0},
                                                                 {"entropy(kind)", 0},
                                                                 {"bool_or(passed)::INTEGER", -1},
                                                                 {"first(points ORDER BY time)", -1},
                                                                 {"coalesce(min(time), 60)", 60},
                                                                 {"median(points)", -1}}) {
    INFO(sql);
    CHECK(numbers(expression(sql)).back() == nothing);
  }
}

TEST_CASE("a select sees the samples and, of each table, their rows", "[sql]") {
  CHECK(numbers(select("SELECT sample, range, sum(points) AS value FROM marks GROUP BY sample, range;")) ==
        Numbers{14, 14, 7, -1});
  CHECK(numbers(select("SELECT s.sample, s.range, count(m.time) AS value FROM samples AS s LEFT JOIN marks AS m "
                       "USING (sample, range) GROUP BY ALL")) == Numbers{3, 3, 1, 0});
  CHECK(numbers(select("SELECT value, range, sample FROM (SELECT sample, range, 2 * rank() OVER (ORDER BY n) AS value FROM "
                       "(SELECT sample, range, count(*) AS n FROM marks GROUP BY ALL))")) == Numbers{4, 4, 2, -1});
  CHECK(numbers(select("WITH best AS (SELECT sample, range, max(points) AS most FROM marks GROUP BY ALL) "
                       "SELECT sample, range, most AS value FROM best WHERE most > 7")) == Numbers{10, 10, -1, -1});
  CHECK(numbers(select("SELECT sample, range, CASE user_id WHEN 'u7' THEN 1 WHEN 'u8' THEN 2 END AS value FROM samples")) ==
        Numbers{1, 1, 2, -1});
  CHECK(numbers(select("SELECT sample, range, (range_end - range_start - 1) / 86400 AS value FROM samples")) ==
        Numbers{1, 1, 1, 1});
  CHECK(numbers(select("SELECT s.sample, s.range, v.bonus AS value FROM samples AS s "
                       "JOIN (VALUES ('u7', 5), ('u8', 6)) AS v(name, bonus) ON v.name = s.user_id")) == Numbers{5, 5, 6, -1});
}

TEST_CASE("the ranges of an analysable are calculated at once, those of the next one anew", "[sql]") {
  const MemoryCampus campus;
  SqlQuery query(engine(), campus, select("SELECT sample, range, sum(1 + range) AS value FROM marks GROUP BY ALL"));
  const Rows rows;
  Rows fewer;
  fewer.end = {1, 0, 4, 4};
  const auto name = [](std::size_t) { return std::string(); };
  query.add(rows.range(query), no_time, no_time);
  query.add(fewer.range(query), no_time, no_time);
  const auto both = query.calculate(name);
  REQUIRE(both.size() == 2);
  CHECK(both[0][0] == Approx(-1 + 2 * 0.03));
  CHECK(both[1][0] == Approx(-1 + 2 * 0.02));
  CHECK(std::isnan(both[1][1]));
  query.add(fewer.range(query), no_time, no_time);
  const auto next = query.calculate(name);
  REQUIRE(next.size() == 1);
  CHECK(next[0][0] == Approx(-1 + 2 * 0.01));
}

TEST_CASE("more rows than go into one of DuckDB's chunks, and texts that do not fit beside their length", "[sql]") {
  class Many final : public campus::Campus {
   public:
    Many() {
      tables_.push_back({.name = "marks", .columns = {{.name = "kind", .type = campus::Type::word, .dictionary = "k"}}});
      dictionary_ = campus::Dictionary({"short", "a text of more than twelve bytes"});
    }
    const campus::Origin& origin() const override { return origin_; }
    const std::vector<campus::Table>& tables() const override { return tables_; }
    const campus::Dictionary& dictionary(const std::string&) const override { return dictionary_; }
    std::unique_ptr<campus::Scan> scan(const campus::ScanRequest&) const override { return nullptr; }
    campus::Origin origin_;
    std::vector<campus::Table> tables_;
    campus::Dictionary dictionary_;
  } const campus;
  auto indicator = expression("count(*) FILTER (WHERE kind LIKE '%twelve%')");
  indicator.maximum = 10000;
  SqlQuery query(engine(), campus, indicator);
  std::vector<std::int32_t> kinds(10000);
  for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] = i % 5 == 0 ? 1 : 0;
  const std::int64_t begin[] = {0, 2047, 9999}, end[] = {10000, 2049, 10000};
  query.add({0, 1, 3, {{{{kinds.data(), nullptr}}, begin, end}}, {}}, no_time, no_time);
  const auto given = query.calculate([](std::size_t) { return std::string(); }).front();
  CHECK(given == Numbers{2 * 2000 / 10000.0 - 1, -1, -1});
}

TEST_CASE("numbers become values", "[sql]") {
  auto indicator = expression("sum(points)");
  indicator.minimum = 7;
  indicator.maximum = 21;
  CHECK(values(indicator)[0] == 0);  // 14 is in the middle
  CHECK(values(indicator)[2] == -1);
  indicator.maximum = 10;
  CHECK(values(indicator)[0] == 1);  // clamped
  indicator.scale = spec::Scale::log;
  indicator.maximum = 63;
  CHECK(values(indicator)[2] == Approx(0));  // 2 ln 8 / ln 64 - 1
  CHECK(values(indicator)[0] == Approx(2 * std::log(15) / std::log(64) - 1));
  indicator.expression = "-sum(points)";
  CHECK(values(indicator)[0] == -1);
  indicator = expression("max(points) > 7");
  indicator.scale = spec::Scale::yes_no;
  CHECK(values(indicator)[0] == 1);
  CHECK(values(indicator)[2] == -1);
  CHECK(std::isnan(values(indicator)[3]));
  indicator = expression("sum(points) / 14");
  indicator.scale = spec::Scale::none;
  CHECK(values(indicator)[0] == 1);
  CHECK(values(indicator)[2] == 0.5);
}

TEST_CASE("wall clocks are those of the institution's time zone", "[sql]") {
  const auto hour = expression("max(hour(local_time(time)))");
  CHECK(numbers(hour) == Numbers{2, 2, 3, -1});
  engine()->set_timezone("America/New_York");
  // 2 November 2025, 06:00 UTC: the clocks go back from 02:00 to 01:00; 00:00 to 03:00 UTC is the evening before.
  CHECK(numbers(hour) == Numbers{22, 22, 23, -1});
  CHECK(numbers(expression("hour(local_time(1762063199)) * 10 + hour(local_time(1762063200))")) == Numbers{11, 11, 11, 11});
  engine()->set_timezone("UTC");
  CHECK(numbers(expression("coalesce(year(local_time(99999999999999)), 7)")) == Numbers{7, 7, 7, 7});
}

TEST_CASE("values that are none are refused, with the sample", "[sql]") {
  auto indicator = expression("sum(points)");
  indicator.scale = spec::Scale::none;
  CHECK(fault(indicator) == "test/x: it gives 14 to the sample sample 0 in the range 2025-11-01T23:59:59Z to "
                            "2025-11-03T00:00:00Z, which is outside [-1, 1]");
  CHECK(says(expression("sum(points) * 1e308 * 10"), "which is no number"));
  CHECK(says(expression("'nan'::DOUBLE"), "it gives nan to the sample sample 0"));
  CHECK(says(select("SELECT sample, range, points AS value FROM marks"), "it gives two values to the sample sample "));
  CHECK(says(select("SELECT sample + 9 AS sample, range, 1 AS value FROM samples"), "sample 9 in range 0, which do not exist"));
  CHECK(fault(expression("max(kind)")) == "test/x: its value is of type VARCHAR, not a number");
  CHECK(says(expression("max(kind)::DOUBLE"), "Could not convert string"));
  CHECK(fault(expression("bool_and(passed)")) == "test/x: its value is true or false, not a number");
  CHECK(says(select("SELECT sample, range, sum(points) FROM marks GROUP BY ALL"), "not sample, range and value"));
  CHECK(fault(expression("count(gender)")) == "test/x: 'marks.gender' is for audits only and never a feature");
  CHECK(fault(select("SELECT sample, range, count(m.gender) AS value FROM marks m GROUP BY ALL")) ==
        "test/x: 'marks.gender' is for audits only and never a feature");
  CHECK(fault(expression("count(point)")) == "test/x: the table 'marks' has no column 'point'");
  CHECK(fault(expression("points + 1")) == "test/x: 'points' stands outside an aggregate, so no row says which is meant");
}

TEST_CASE("every function that an indicator may call is one that DuckDB has, or ours", "[sql]") {
  const auto names = campus::sql_function_names();
  CHECK(names.size() > 120);
  for (const auto& name : names) {
    INFO(name);
    // A function that does not exist is another fault than one that does not take these arguments.
    const auto kind = *campus::find_sql_function(name);
    const std::string order = kind == campus::SqlFunction::ordered_aggregate ? " ORDER BY time" : "";
    const auto call = name == "count_star"                  ? "count(*)"
                      : name == "position"                  ? "position('a' IN 'b')"
                      : kind == campus::SqlFunction::window ? name + "(1) OVER (ORDER BY sample)"
                                                            : name + "(points" + order + ")";
    const auto why = fault(select("SELECT sample, range, " + call + " AS value FROM marks"));
    CHECK(why.find("does not exist") == std::string::npos);
    CHECK(why.find("may call") == std::string::npos);
  }
}

TEST_CASE("SQL that could see more than its rows, or not the same each time, is refused", "[sql]") {
  for (const char* sql :
       {"random()", "uuid()", "gen_random_uuid()", "setseed(0.5)", "nextval('s')", "now()", "today()", "current_date",
        "\"current_date\"", "current_timestamp", "localtime", "localtimestamp", "get_current_timestamp()",
        "age(local_time(1))", "transaction_timestamp()", "user", "current_user", "session_user", "current_schema",
        "current_catalog", "version()", "getenv('HOME')", "current_setting('threads')", "getvariable('x')",
        "current_query()", "txid_current()", "to_timestamp(1)", "local_time(1)::TIMESTAMPTZ", "make_timestamptz(1)",
        "first(points)", "any_value(points)", "arg_max(points, time)", "mode(points)", "list(points)",
        "string_agg(kind, '')", "approx_count_distinct(points)", "count_if(passed)", "array_agg(points ORDER BY time)[1]",
        "reservoir_quantile(points, 0.5)", "read_text('/etc/passwd')", "(SELECT 1)", "EXISTS (SELECT 1)",
        "count(*) OVER ()", "?", "$1", "#1", "*", "COLUMNS(*)", "[1, 2]", "{'a': 1}", "list_transform([1], x -> x)",
        "points COLLATE nocase", "main.random()", "system.main.now()", "a.b.c.d", "hash(points)", "write_log('x')",
        "error('x')", "sum(points), 1", "1) FROM (SELECT 2", "1); DROP TABLE x; --", "1 FROM marks", "count(*) WHERE true",
        "sum(points) FILTER (WHERE random() > 0.5)", "sum(points + random())", "CASE WHEN random() > 0.5 THEN 1 END",
        "sum(points ORDER BY random())", "1 IN (2, random())", "1 BETWEEN 0 AND random()", "coalesce(NULL, random())",
        "-random()", "random()::INTEGER"}) {
    INFO(sql);
    CHECK_FALSE(refusal(expression(sql)).empty());
    if (std::string(sql).find("OVER") == std::string::npos && std::string(sql).find("SELECT") == std::string::npos) {
      CHECK_FALSE(refusal(expression("count(*)", std::string(sql) + " IS NULL")).empty());
    }
  }
  const std::string begin = "SELECT sample, range, ";
  for (const char* rest :
       {"1 AS value FROM read_csv('x.csv')", "1 AS value FROM read_parquet('x')",
        "1 AS value FROM read_text('/etc/passwd')", "1 AS value FROM glob('*')", "1 AS value FROM duckdb_settings()",
        "1 AS value FROM query('SELECT 1')", "1 AS value FROM query_table('marks')", "1 AS value FROM range(3)",
        "1 AS value FROM generate_series(1, 3)", "1 AS value FROM information_schema.tables", "1 AS value FROM main.marks",
        "1 AS value FROM temp.main.marks", "1 AS value FROM marks TABLESAMPLE 10%",
        "1 AS value FROM marks USING SAMPLE 10", "1 AS value FROM marks LIMIT 1",
        "1 AS value FROM marks ORDER BY sample LIMIT 10%", "1 AS value FROM marks NATURAL JOIN samples",
        "1 AS value FROM marks POSITIONAL JOIN samples", "1 AS value FROM marks ASOF JOIN samples USING (sample, range)",
        "* FROM marks", "marks.* FROM marks", "1 AS value FROM (SELECT * FROM marks)",
        "row_number() OVER () AS value FROM marks", "first(points) OVER () AS value FROM marks",
        "1 AS value FROM marks ORDER BY random()", "1 AS value FROM marks WHERE time < now()",
        "1 AS value FROM marks GROUP BY ALL HAVING random() > 0", "1 AS value FROM marks QUALIFY random() > 0",
        "(SELECT random()) AS value FROM marks", "x AS value FROM (SELECT sample, range, random() AS x FROM marks)",
        "current_date AS current_date FROM marks", "1 AS value FROM marks JOIN samples ON random() > 0",
        "1 AS value FROM samples, LATERAL (SELECT random())", "1 AS value FROM (VALUES (random())) v(x)",
        "1 AS value FROM (DESCRIBE marks)", "1 AS value FROM (SHOW TABLES)", "1 AS value FROM (PIVOT marks ON kind)",
        "1 AS value FROM samples UNION ALL SELECT 1, 2, random()",
        "1 AS value FROM samples ORDER BY sample LIMIT random()"}) {
    INFO(rest);
    CHECK_FALSE(refusal(select(begin + rest)).empty());
  }
  for (const char* sql :
       {"", "SELECT", "DROP TABLE marks", "CREATE TABLE x (a INT)", "INSERT INTO marks VALUES (1)",
        "COPY marks TO 'x.csv'", "ATTACH 'x.db'", "INSTALL httpfs", "LOAD httpfs", "SET threads = 2", "RESET threads",
        "PRAGMA database_list", "CALL pragma_version()", "EXPLAIN SELECT 1", "EXPORT DATABASE 'x'", "CHECKPOINT", "VACUUM",
        "USE memory", "DETACH memory", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE marks", "-- nothing",
        "PREPARE x AS SELECT 1",
        "WITH RECURSIVE r AS (SELECT 1 AS s UNION ALL SELECT s FROM r) SELECT s AS sample, 1 AS range, 1 AS value FROM r",
        "WITH c AS (SELECT random() AS x) SELECT sample, range, x AS value FROM samples, c",
        "WITH c AS MATERIALIZED (SELECT now() AS x) SELECT sample, range, 1 AS value FROM samples, c"}) {
    INFO(sql);
    auto indicator = select(sql);
    if (indicator.select.empty()) indicator.select = " ";
    CHECK_FALSE(refusal(indicator).empty());
  }
}
