// Text forms of values that files and the screen share.
#pragma once

#include <string>
#include <string_view>

namespace auspex {

/// The shortest text that reads back as the same number; "" for NaN; never "-0".
[[nodiscard]] std::string number_text(double value);
/// Appends number_text(value), for texts of many numbers.
void append_number(std::string& text, double value);

/// With its ASCII letters in lower case.
[[nodiscard]] std::string lower_case(std::string text);

/// A CSV field, with its quotes doubled and in quotes where it holds one of the characters that call for them (by default
/// those of RFC 4180).
[[nodiscard]] std::string csv_field(std::string_view text, std::string_view quoted = ",\"\r\n");

}  // namespace auspex
