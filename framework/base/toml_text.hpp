// Writing TOML. (spec reads it.)
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace auspex {

/// A key, in quotes where it must be.
[[nodiscard]] std::string toml_key(const std::string& key);

/// A value on one line; objects are inline tables without the keys that are null.
[[nodiscard]] std::string toml_value(const nlohmann::ordered_json& value);

/// A file of a JSON object: plain values first, then its tables; null values are left out.
[[nodiscard]] std::string toml_text(const nlohmann::ordered_json& json);

}  // namespace auspex
