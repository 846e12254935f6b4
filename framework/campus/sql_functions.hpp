// The functions that the SQL of an indicator may call: those whose result depends on their arguments alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auspex::campus {

enum class SqlFunction {
  scalar,
  aggregate,
  ordered_aggregate,  ///< with an ORDER BY inside
  window              ///< over a window with an ORDER BY
};

/// Null for a function that is not allowed. `name`: in lower case.
[[nodiscard]] const SqlFunction* find_sql_function(std::string_view name);

/// Why a function that DuckDB has is not allowed, and what to write instead; empty where there is no more to say than that.
struct SqlRefusal {
  std::string why, instead;
};
[[nodiscard]] SqlRefusal refused_sql_function(std::string_view name);

/// All that are allowed, but for operators, in byte order.
[[nodiscard]] std::vector<std::string> sql_function_names();

/// Whether a CAST to the type gives the same everywhere. `name`: DuckDB's, without its parameters.
[[nodiscard]] bool is_sql_type(std::string_view name);

}  // namespace auspex::campus
