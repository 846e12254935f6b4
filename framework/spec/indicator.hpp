// An indicator in SQL: a file of indicators/, or core/sql with its parameters in a model.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/schema.hpp"
#include "spec/model.hpp"

namespace auspex::spec {

/// The id under which a model writes SQL of its own.
inline constexpr const char* sql_component = "core/sql";

/// A file of indicators/: a name for core/sql with parameters, each of which a model may set otherwise.
struct IndicatorFile {
  std::string id;
  std::string name;
  std::string description;
  std::string unit;                                      ///< of the number that the SQL gives
  nlohmann::json parameters = nlohmann::json::object();  ///< of core/sql, as written
  std::map<std::string, Position> positions;             ///< of each parameter
  std::filesystem::path file;

  /// What a model may say of it: the parameters of core/sql, with those of the file as defaults.
  [[nodiscard]] ComponentSchema schema() const;

  /// Gives `component` the parameters, and their places, that it lacks.
  void complete(Component& component) const;
};

/// Reads and checks a file of indicators/, but for its SQL. All faults are reported together, as Error(configuration).
[[nodiscard]] IndicatorFile read_indicator(const std::filesystem::path& file);

/// core/sql itself.
[[nodiscard]] ComponentSchema sql_schema();

/// How a number becomes a value in [-1, 1].
enum class Scale {
  none,    ///< it is one already
  linear,  ///< minimum -> -1, maximum -> 1, clamped
  log,     ///< 0 -> -1, maximum -> 1, by ln(1 + x), clamped
  yes_no   ///< false -> -1, true -> 1
};

/// What the parameters of core/sql say. Either `expression`, of the rows of `table` for which `where` holds, or `select`.
struct SqlIndicator {
  std::string id;                            ///< of the component
  std::vector<std::string> needs, uses;      ///< entities by which rows are matched: "user", "course", ...
  std::string table, expression, where;
  std::string select;
  bool until_end = false;                    ///< rows from before the range too
  Scale scale = Scale::none;
  double minimum = 0, maximum = 0;
  std::map<std::string, Position> positions; ///< of the parameters that a file holds

  /// The place of a byte of a parameter's text, as exactly as it is known.
  [[nodiscard]] Position at(const std::string& key, std::size_t byte = 0) const;
};

/// Reads the parameters of a component that is core/sql or a file of indicators/ made complete. Throws Error(configuration)
/// with everything in them that does not go together.
[[nodiscard]] SqlIndicator sql_indicator(const Component& component);

/// JSON Schema (draft 2020-12) for editors, from the declaration that the reader checks with.
[[nodiscard]] nlohmann::ordered_json indicator_json_schema();

}  // namespace auspex::spec
