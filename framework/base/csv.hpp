// Reading CSV text record by record. (csv_field in text.hpp writes.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auspex {

/// Records of CSV text (RFC 4180); lines end in \n or \r\n, empty ones are passed over.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text);

  /// False at the end.
  bool next(std::vector<std::string>& fields);

  /// The line that the last record began in, from 1.
  [[nodiscard]] std::uint32_t line() const { return line_; }

  /// Whether the last record's quotes were not closed before the end of the text.
  [[nodiscard]] bool unclosed() const { return unclosed_; }

 private:
  std::string_view rest_;
  std::uint32_t line_ = 0;
  std::uint32_t next_line_ = 1;
  bool unclosed_ = false;
};

}  // namespace auspex
