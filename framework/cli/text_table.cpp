#include "cli/text_table.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace auspex::cli {

using runtime::Json;

std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t left) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i < left ? fmt::format("{:<{}}  ", row[i], widths[i]) : fmt::format("{:>{}}  ", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string number(const Json& value, int digits) {
  return value.is_number() ? fmt::format("{:.{}f}", value.get<double>(), digits) : "-";
}

std::string count(const Json& value) { return fmt::format("{}", value.get<std::int64_t>()); }

std::string arguments_text(const Json& arguments) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : arguments.items()) parts.push_back(name + " " + text_of(value));
  return parts.empty() ? "" : fmt::format(" ({})", fmt::join(parts, ", "));
}

std::string left_out_text(const Json& list) {
  std::string text;
  for (const auto& entry : list) {
    text += fmt::format("  left out {}: {}{}\n", text_of(entry["analysable"]), text_of(entry["reason"]),
                        arguments_text(entry.value("arguments", Json::object())));
  }
  return text;
}

}  // namespace auspex::cli
