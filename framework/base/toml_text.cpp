#include "base/toml_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace auspex {
namespace {

using Json = nlohmann::ordered_json;

bool is_bare_key(const std::string& key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string toml_string(const std::string& text) {
  std::string out = "\"";
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += char(c);
    } else if (c < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", c);
    } else {
      out += char(c);
    }
  }
  return out + '"';
}

}  // namespace

std::string toml_key(const std::string& key) { return is_bare_key(key) ? key : toml_string(key); }

std::string toml_value(const Json& value) {
  if (value.is_string()) return toml_string(value);
  if (value.is_array()) {
    std::string out = "[";
    for (std::size_t i = 0; i < value.size(); ++i) out += (i == 0 ? "" : ", ") + toml_value(value[i]);
    return out + "]";
  }
  if (value.is_object()) {
    std::string out = "{";
    for (const auto& [key, inner] : value.items()) {
      if (inner.is_null()) continue;
      out += (out.size() == 1 ? " " : ", ") + toml_key(key) + " = " + toml_value(inner);
    }
    return out + " }";
  }
  return value.dump();
}

std::string toml_text(const nlohmann::ordered_json& json) {
  const auto is_tables = [](const Json& value) { return value.is_array() && !value.empty() && value.front().is_object(); };
  std::string out;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_null() && !value.is_object() && !is_tables(value)) out += toml_key(key) + " = " + toml_value(value) + "\n";
  }
  for (const auto& [key, value] : json.items()) {
    if (value.is_object()) {
      out += fmt::format("\n[{}]\n", toml_key(key));
      for (const auto& [name, inner] : value.items()) {
        if (!inner.is_null()) out += toml_key(name) + " = " + toml_value(inner) + "\n";
      }
    } else if (is_tables(value)) {
      for (const auto& element : value) {
        out += fmt::format("\n[[{}]]\n", toml_key(key));
        for (const auto& [name, inner] : element.items()) {
          if (inner.is_null()) continue;
          if (!is_tables(inner)) {
            out += toml_key(name) + " = " + toml_value(inner) + "\n";
            continue;
          }
          out += toml_key(name) + " = [\n";
          for (const auto& row : inner) out += "  " + toml_value(row) + ",\n";
          out += "]\n";
        }
      }
    }
  }
  return out;
}

}  // namespace auspex
