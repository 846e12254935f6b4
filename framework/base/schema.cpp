#include "base/schema.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace auspex {
namespace {

std::string found(const nlohmann::json& value) {
  if (value.is_string()) return "text";
  if (value.is_boolean()) return "a boolean";
  if (value.is_number_integer()) return "an integer";
  if (value.is_number()) return "a number";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "a table";
  return "nothing";
}

std::string refuse_one(const Parameter& parameter, const nlohmann::json& value) {
  const auto wrong = [&](const char* expected) { return fmt::format("expected {}, found {}", expected, found(value)); };
  switch (parameter.type) {
    case ParameterType::real:
      if (!value.is_number()) return wrong("a number");
      break;
    case ParameterType::integer:
      if (!value.is_number_integer()) return wrong("an integer");
      if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<std::int64_t>::max())) {
        return "the integer is too large";
      }
      break;
    case ParameterType::boolean:
      return value.is_boolean() ? "" : wrong("true or false");
    case ParameterType::text:
      if (!value.is_string()) return wrong("text");
      if (!parameter.choices.empty() &&
          std::find(parameter.choices.begin(), parameter.choices.end(), value.get<std::string>()) == parameter.choices.end()) {
        return fmt::format("'{}' is none of {}", value.get<std::string>(), fmt::join(parameter.choices, ", "));
      }
      return "";
  }
  const auto number = value.get<double>();
  if (!std::isfinite(number)) return "the number must be finite";
  if (number < parameter.minimum) return fmt::format("{} is less than the least allowed, {}", value.dump(), parameter.minimum);
  if (number > parameter.maximum) return fmt::format("{} is more than the most allowed, {}", value.dump(), parameter.maximum);
  return "";
}

}  // namespace

std::string kind_name(Kind kind) {
  switch (kind) {
    case Kind::analyser: return "analyser";
    case Kind::time_splitter: return "time_splitter";
    case Kind::target: return "target";
    case Kind::indicator: return "indicator";
    case Kind::ml_backend: return "ml_backend";
    case Kind::clusterer: return "clusterer";
    case Kind::outlier_detector: return "outlier_detector";
  }
  return "component";
}

std::string type_name(ParameterType type) {
  switch (type) {
    case ParameterType::real: return "number";
    case ParameterType::integer: return "integer";
    case ParameterType::boolean: return "boolean";
    case ParameterType::text: return "text";
  }
  return "value";
}

std::string Parameter::refuse(const nlohmann::json& value) const {
  if (!is_list) return refuse_one(*this, value);
  if (!value.is_array()) return fmt::format("expected a list, found {}", found(value));
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (auto why = refuse_one(*this, value[i]); !why.empty()) return fmt::format("element {}: {}", i + 1, why);
  }
  return "";
}

}  // namespace auspex
