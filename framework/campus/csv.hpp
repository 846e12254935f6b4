// Text files as they are: plain or gzip, their form, their lines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "campus/raw.hpp"

namespace auspex::campus {

/// Looks at the head of a .csv or .csv.gz file. Throws Error(data) where it cannot be read or has no header.
[[nodiscard]] CsvForm csv_form(const std::filesystem::path& file);

/// The records of a CSV file (RFC 4180), plain or gzip, one by one in bounded memory. Lines end in \n or \r\n; empty ones are
/// passed over.
class CsvRecords {
 public:
  CsvRecords(const std::filesystem::path& file, char delimiter);
  ~CsvRecords();
  CsvRecords(const CsvRecords&) = delete;
  CsvRecords& operator=(const CsvRecords&) = delete;

  /// False at the end. The fields keep their memory between calls.
  bool next(std::vector<std::string>& fields);

  /// The line that the last record began in, from 1.
  [[nodiscard]] std::int64_t line() const { return line_; }

  /// Whether the last record's quotes were not closed before the end of the file.
  [[nodiscard]] bool unclosed() const { return unclosed_; }

 private:
  /// The next byte, or -1 at the end.
  int peek();

  std::unique_ptr<class TextFile> file_;
  std::string_view rest_;
  char delimiter_;
  bool at_end_ = false;
  bool unclosed_ = false;
  std::int64_t line_ = 0, next_line_ = 1;
};

/// What separates the fields of a header line: the most frequent of comma, semicolon, tab and bar outside quotes.
[[nodiscard]] char likely_delimiter(const std::filesystem::path& file);

/// What a text file's line breaks say of its records.
struct LineBreaks {
  bool quoted = false;        ///< some stand inside quotes, so that the file may not be cut at any
  std::int64_t lines = 0;     ///< that are not empty; not counted to the end where `quoted`
};
[[nodiscard]] LineBreaks line_breaks(const std::filesystem::path& file);

/// Where each record begins (bytes from 1, as DuckDB counts them), the header's first; empty lines are none.
[[nodiscard]] std::vector<std::int64_t> record_positions(const std::filesystem::path& file);

/// The line, counted from 1, in which each of `positions` (bytes from 1, ascending) of a text file lies.
[[nodiscard]] std::vector<std::int64_t> lines_at(const std::filesystem::path& file,
    const std::vector<std::int64_t>& positions);

/// Writes a file in MySQL's form as CSV: missing values empty, texts in quotes, quotes doubled. For each of `positions`
/// (bytes
/// of the written file from 1, ascending) gives the line of the original.
std::vector<std::int64_t> rewrite_mysql(const std::filesystem::path& from, char delimiter, const std::filesystem::path& to,
                                        const std::vector<std::int64_t>& positions = {});

}  // namespace auspex::campus
