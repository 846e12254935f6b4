// What a component is and accepts, as plain values: `plugin` hands it out, `spec` checks files against it.
#pragma once

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace auspex {

enum class Kind { analyser, time_splitter, target, indicator, ml_backend, clusterer, outlier_detector };

/// "analyser", "time_splitter", "target", "indicator", "ml_backend", "clusterer", "outlier_detector".
[[nodiscard]] std::string kind_name(Kind kind);

enum class ParameterType { real, integer, boolean, text };

/// "number", "integer", "boolean", "text".
[[nodiscard]] std::string type_name(ParameterType type);

/// Where a search for good values may look. Numbers: from low to high; booleans and texts: all of them.
struct SearchRange {
  double low = 0;
  double high = 0;
  bool is_log = false;  ///< steps are even in the logarithm
};

/// One parameter of a component, a source or a backend.
struct Parameter {
  std::string name;
  ParameterType type = ParameterType::real;
  bool is_list = false;
  bool required = false;
  std::string description;
  nlohmann::json default_value;      ///< null = none
  double minimum = -HUGE_VAL;        ///< inclusive; numbers only
  double maximum = HUGE_VAL;
  std::vector<std::string> choices;  ///< texts only; empty = any
  std::optional<SearchRange> search;  ///< none: not worth searching

  /// Why `value` is not acceptable ("expected a number, found text"), or "".
  [[nodiscard]] std::string refuse(const nlohmann::json& value) const;
};

/// A component that a model file may name.
struct ComponentSchema {
  Kind kind = Kind::indicator;
  std::string id;
  std::string name;
  std::string description;
  std::string plugin;          ///< id of the plugin it comes from
  std::string plugin_version;
  std::vector<Parameter> parameters;
};

}  // namespace auspex
