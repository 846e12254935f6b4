#include "plugin/text.hpp"

#include <cstring>

#include <fmt/format.h>

namespace auspex::plugin {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7), 0 where there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool beyond = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return overlong || beyond ? 0 : length;
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool control = length == 1 && (first < 0x20 || first == 0x7f) && first != '\n' && first != '\t';
    if (length == 0 || control) {
      clean += '?';
    } else {
      clean += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return clean;
}

std::string copy_buffer(const char* buffer, std::size_t size) {
  return clean_text(std::string_view(buffer, ::strnlen(buffer, size)));
}

std::string refuse_text(const auspex_str& text) {
  if (text.size == 0) return {};
  if (text.size > longest_text) return fmt::format("claims {} bytes, more than the {} allowed", text.size, longest_text);
  if (text.data == nullptr) return fmt::format("has {} bytes at a null pointer", text.size);
  return {};
}

std::string copy_text(const auspex_str& text) {
  return text.size == 0 ? std::string() : clean_text(std::string_view(text.data, text.size));
}

}  // namespace auspex::plugin
