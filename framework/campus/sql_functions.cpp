#include "campus/sql_functions.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace auspex::campus {
namespace {

using Names = std::initializer_list<std::string_view>;

const std::map<std::string_view, SqlFunction>& functions() {
  static const auto all = [] {
    std::map<std::string_view, SqlFunction> map;
    const auto add = [&](SqlFunction kind, Names names) {
      for (const auto name : names) map.emplace(name, kind);
    };
    // Operators; AND, OR, NOT, comparisons, BETWEEN, IN, CASE, coalesce and casts are no functions.
    add(SqlFunction::scalar, {"+", "-", "*", "/", "//", "%", "^", "**", "||", "~~", "!~~", "~~*", "!~~*"});
    // Numbers
    add(SqlFunction::scalar, {"abs", "cbrt", "ceil", "ceiling", "exp", "floor", "greatest", "isfinite", "isinf", "isnan",
                              "least", "ln", "log", "log10", "log2", "mod", "nullif", "pow", "power", "round", "sign",
                              "sqrt", "trunc"});
    // Texts
    add(SqlFunction::scalar, {"concat", "contains", "ends_with", "left", "length", "lower", "ltrim", "position", "prefix",
                              "regexp_extract", "regexp_full_match", "regexp_matches", "regexp_replace", "replace", "right",
                              "rtrim", "split_part", "starts_with", "strlen", "strpos", "substr", "substring", "suffix",
                              "trim", "upper"});
    // Times; local_time is ours
    add(SqlFunction::scalar, {"local_time", "date_diff", "date_part", "date_sub", "date_trunc", "datediff", "datepart",
                              "datesub", "datetrunc", "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "epoch",
                              "hour", "isodow", "isoyear", "last_day", "make_date", "make_timestamp", "minute", "month",
                              "monthname", "quarter", "second", "to_days", "to_hours", "to_minutes", "to_months",
                              "to_seconds", "to_weeks", "to_years", "week", "weekday", "weekofyear", "year", "yearweek"});
    add(SqlFunction::aggregate, {"avg", "bool_and", "bool_or", "corr", "count", "count_star", "covar_pop", "covar_samp",
                                 "entropy", "favg", "fsum", "kahan_sum", "kurtosis", "mad", "max", "mean", "median", "min",
                                 "product", "quantile", "quantile_cont", "quantile_disc", "regr_count", "regr_intercept",
                                 "regr_r2", "regr_slope", "skewness", "stddev", "stddev_pop", "stddev_samp", "sum",
                                 "sumkahan", "var_pop", "var_samp", "variance"});
    add(SqlFunction::ordered_aggregate, {"first", "last"});
    add(SqlFunction::window, {"cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value", "ntile",
                              "percent_rank", "rank", "rank_dense", "row_number"});
    return map;
  }();
  return all;
}

bool is_one_of(std::string_view name, Names names) { return std::find(names.begin(), names.end(), name) != names.end(); }

}  // namespace

const SqlFunction* find_sql_function(std::string_view name) {
  const auto found = functions().find(name);
  return found == functions().end() ? nullptr : &found->second;
}

SqlRefusal refused_sql_function(std::string_view name) {
  if (is_one_of(name, {"random", "setseed", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "nextval", "currval",
                       "reservoir_quantile"})) {
    return {"gives something else each time", "an indicator has the same value whenever it is calculated"};
  }
  if (is_one_of(name, {"now", "today", "age", "get_current_time", "get_current_timestamp", "current_localtime",
                       "current_localtimestamp", "transaction_timestamp", "txid_current"})) {
    return {"depends on when it is called", "range_end is the end of what is known, in seconds since 1970"};
  }
  if (is_one_of(name, {"to_timestamp", "make_timestamptz", "timezone", "timezone_hour", "timezone_minute", "current_setting",
                       "getvariable", "getenv", "version", "current_user", "session_user", "user", "current_database",
                       "current_schema", "current_schemas", "current_query", "current_connection_id"})) {
    return {"depends on where it is called", "local_time(time) is the wall clock of the institution's time zone"};
  }
  if (is_one_of(name, {"any_value", "arbitrary", "arg_max", "arg_min", "argmax", "argmin", "arg_max_null", "arg_min_null",
                       "max_by", "min_by", "mode"})) {
    return {"does not say which row decides", "write first(COLUMN ORDER BY ...) or last(COLUMN ORDER BY ...)"};
  }
  if (is_one_of(name, {"list", "array_agg", "string_agg", "group_concat", "listagg", "histogram", "histogram_exact"})) {
    return {"depends on the order of the rows", "an indicator is one number"};
  }
  if (is_one_of(name, {"approx_count_distinct", "approx_quantile", "approx_top_k"})) {
    return {"gives an estimate", "count(DISTINCT ...), quantile_cont() and median() are exact"};
  }
  if (is_one_of(name, {"count_if", "countif"})) {
    return {"is none where there are no rows", "write count(*) FILTER (WHERE ...)"};
  }
  if (name == "row") return {"makes a list of several values", "give one expression"};
  return {};
}

std::vector<std::string> sql_function_names() {
  std::vector<std::string> names;
  for (const auto& [name, kind] : functions()) {
    if (std::isalpha(static_cast<unsigned char>(name.front())) != 0) names.emplace_back(name);
  }
  return names;
}

bool is_sql_type(std::string_view name) {
  return is_one_of(name, {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
                          "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL", "VARCHAR", "DATE", "TIME", "TIMESTAMP",
                          "INTERVAL"});
}

}  // namespace auspex::campus
