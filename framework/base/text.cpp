#include "base/text.hpp"

#include <algorithm>

#include <fmt/compile.h>
#include <fmt/format.h>

namespace auspex {

std::string number_text(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

void append_number(std::string& text, double value) {
  if (value != value) return;
  if (value == 0) {
    text += '0';
    return;
  }
  constexpr std::size_t longest = 32;
  char digits[longest];
  text.append(digits, fmt::format_to(digits, FMT_COMPILE("{}"), value));
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
}

std::string csv_field(std::string_view text, std::string_view quoted) {
  if (text.find_first_of(quoted) == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

}  // namespace auspex
