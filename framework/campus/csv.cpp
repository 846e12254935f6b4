#include "campus/csv.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <zlib.h>

#include "base/error.hpp"

namespace auspex::campus {

/// Reads plain and gzip files alike.
class TextFile {
 public:
  explicit TextFile(const std::filesystem::path& file) : name_(file.string()), file_(gzopen(file.c_str(), "rb"), gzclose) {
    if (file_ == nullptr) throw Error(Fault::data, fmt::format("cannot read '{}'", name_), "check its permissions");
    gzbuffer(file_.get(), 1 << 17);
  }

  /// Up to `size` bytes; "" at the end.
  std::string_view read(std::size_t size) {
    buffer_.resize(size);
    const int n = gzread(file_.get(), buffer_.data(), unsigned(size));
    int code = Z_OK;
    const char* why = gzerror(file_.get(), &code);
    if (n < 0 || (n == 0 && code != Z_OK && code != Z_STREAM_END)) {
      throw Error(Fault::data, fmt::format("cannot read '{}': {}", name_, why),
                  "the file is cut off or not gzip: copy it again");
    }
    return {buffer_.data(), std::size_t(n)};
  }

 private:
  std::string name_;
  std::unique_ptr<std::remove_pointer_t<gzFile>, int (*)(gzFile)> file_;
  std::string buffer_;
};

namespace {

constexpr std::size_t head_size = std::size_t{1} << 20;

std::string_view without_bom(std::string_view text) {
  return text.starts_with("\xef\xbb\xbf") ? text.substr(3) : text;
}

/// Whether \N stands unquoted as a whole field somewhere in `text`.
bool has_mysql_null(std::string_view text, char delimiter) {
  for (auto at = text.find("\\N"); at != std::string_view::npos; at = text.find("\\N", at + 2)) {
    const bool starts = at == 0 || text[at - 1] == delimiter || text[at - 1] == '\n';
    const char after = at + 2 < text.size() ? text[at + 2] : '\n';
    if (starts && (after == delimiter || after == '\n' || after == '\r')) return true;
  }
  return false;
}

}  // namespace

CsvForm csv_form(const std::filesystem::path& file) {
  TextFile in(file);
  const auto text = without_bom(in.read(head_size));
  CsvForm form;
  const auto line = text.substr(0, text.find_first_of("\r\n"));
  if (line.find(',') == std::string_view::npos && line.find('\t') != std::string_view::npos) form.delimiter = '\t';
  std::string field;
  bool quoted = false;
  bool closed = false;
  form.all_quoted = !text.empty();
  const auto end_field = [&] {
    if (!closed) form.all_quoted = false;
    form.header.push_back(field);
    field.clear();
    closed = false;
  };
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '"' && at + 1 < text.size() && text[at + 1] == '"') {
        field += '"';
        ++at;
      } else if (c == '"') {
        quoted = false;
        closed = true;
      } else {
        field += c;
      }
    } else if (c == '"' && field.empty()) {
      quoted = true;
    } else if (c == form.delimiter) {
      end_field();
    } else if (c == '\n' || c == '\r') {
      break;
    } else {
      field += c;
    }
  }
  if (!field.empty() || closed || !form.header.empty()) end_field();
  if (form.header.empty()) {
    throw Error(Fault::data, fmt::format("'{}' is empty: it has no header line", file.string()),
                "export the table with its column names in the first line");
  }
  form.mysql = form.delimiter == '\t' || has_mysql_null(text, form.delimiter);
  return form;
}

CsvRecords::CsvRecords(const std::filesystem::path& file, char delimiter)
    : file_(std::make_unique<TextFile>(file)), delimiter_(delimiter) {
  rest_ = without_bom(file_->read(head_size));
}

CsvRecords::~CsvRecords() = default;

int CsvRecords::peek() {
  if (rest_.empty() && !at_end_) {
    rest_ = file_->read(head_size);
    at_end_ = rest_.empty();
  }
  return rest_.empty() ? -1 : static_cast<unsigned char>(rest_.front());
}

bool CsvRecords::next(std::vector<std::string>& fields) {
  for (int c = peek(); c == '\n' || c == '\r'; c = peek()) {
    if (c == '\n') ++next_line_;
    rest_.remove_prefix(1);
  }
  unclosed_ = false;
  if (peek() < 0) return false;
  line_ = next_line_;
  std::size_t count = 0;
  const auto begin_field = [&]() -> std::string& {
    if (count == fields.size()) fields.emplace_back();
    fields[count].clear();
    return fields[count++];
  };
  auto* field = &begin_field();
  bool quoted = false;
  for (int c = peek(); c >= 0; c = peek()) {
    if (!quoted) {
      // What is plain goes in one piece.
      std::size_t n = 0;
      while (n < rest_.size() && rest_[n] != delimiter_ && rest_[n] != '"' && rest_[n] != '\n' && rest_[n] != '\r') ++n;
      if (n > 0) {
        field->append(rest_.substr(0, n));
        rest_.remove_prefix(n);
        continue;
      }
    }
    rest_.remove_prefix(1);
    if (c == '\n') ++next_line_;
    if (quoted) {
      if (c != '"') {
        *field += char(c);
      } else if (peek() == '"') {
        *field += '"';
        rest_.remove_prefix(1);
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (char(c) == delimiter_) {
      field = &begin_field();
    } else if (c == '\n') {
      break;
    } else if (c != '\r' || peek() != '\n') {
      *field += char(c);
    }
  }
  unclosed_ = quoted;
  fields.resize(count);
  return true;
}

char likely_delimiter(const std::filesystem::path& file) {
  TextFile in(file);
  const auto text = without_bom(in.read(head_size));
  std::map<char, int> counts;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n') break;
    ++counts[c];
  }
  char best = ',';
  for (const char c : {';', '\t', '|'}) {
    if (counts[c] > counts[best]) best = c;
  }
  return best;
}

LineBreaks line_breaks(const std::filesystem::path& file) {
  TextFile in(file);
  LineBreaks found;
  bool quoted = false;
  char before = '\n';
  for (;;) {
    const auto text = in.read(std::size_t{1} << 18);
    if (text.empty()) break;
    if (quoted || text.find('"') != std::string_view::npos) {
      for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (quoted && c == '\n') return {true, 0};
      }
    }
    // A line that is not empty begins where a line break is followed by something else.
    const auto begins = [](char first, char second) { return first == '\n' && second != '\n' && second != '\r'; };
    found.lines += begins(before, text.front());
    for (std::size_t i = 1; i < text.size(); ++i) found.lines += begins(text[i - 1], text[i]);
    before = text.back();
  }
  return found;
}

std::vector<std::int64_t> record_positions(const std::filesystem::path& file) {
  TextFile in(file);
  std::vector<std::int64_t> positions;
  std::int64_t offset = 0;
  bool quoted = false;
  bool begins = true;
  for (auto text = in.read(std::size_t{1} << 16); !text.empty(); text = in.read(std::size_t{1} << 16)) {
    for (const char c : text) {
      ++offset;
      const bool ends = !quoted && (c == '\n' || c == '\r');
      if (begins && !ends) positions.push_back(offset);
      begins = ends;
      if (c == '"') quoted = !quoted;
    }
  }
  return positions;
}

std::vector<std::int64_t> lines_at(const std::filesystem::path& file, const std::vector<std::int64_t>& positions) {
  TextFile in(file);
  std::vector<std::int64_t> lines;
  std::int64_t line = 1;
  std::int64_t offset = 0;
  while (lines.size() < positions.size()) {
    const auto text = in.read(std::size_t{1} << 16);
    if (text.empty()) break;
    for (const char c : text) {
      ++offset;
      if (c == '\n') ++line;
      while (lines.size() < positions.size() && positions[lines.size()] <= offset) lines.push_back(line);
    }
  }
  lines.resize(positions.size(), line);
  return lines;
}

std::vector<std::int64_t> rewrite_mysql(const std::filesystem::path& from, char delimiter, const std::filesystem::path& to,
                                        const std::vector<std::int64_t>& positions) {
  TextFile in(from);
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  std::vector<std::int64_t> lines;
  std::int64_t line = 1;          // of the original, where reading is
  std::int64_t record_line = 1;   // of the original, where the record began
  std::int64_t written = 0;
  std::string record;
  std::string field;
  bool in_quotes = false;
  bool was_quoted = false;
  bool escaped = false;
  bool is_null = false;
  bool first = true;
  bool after_cr = false;
  const auto end_field = [&] {
    if (!is_null || field != "N") {
      if (!was_quoted && field.empty()) {
        // An empty unquoted field: missing, as everywhere.
      } else if (was_quoted || is_null || field.find_first_of(",\"\r\n") != std::string::npos) {
        record += '"';
        for (const char c : field) {
          if (c == '"') record += '"';
          record += c;
        }
        record += '"';
      } else {
        record += field;
      }
    }
    field.clear();
    was_quoted = is_null = false;
  };
  const auto end_record = [&] {
    end_field();
    record += '\n';
    written += std::int64_t(record.size());
    while (lines.size() < positions.size() && positions[lines.size()] <= written) lines.push_back(record_line);
    out.write(record.data(), std::streamsize(record.size()));
    record.clear();
    record_line = line;
  };
  for (;;) {
    auto text = in.read(std::size_t{1} << 16);
    if (text.empty()) break;
    if (first) text = without_bom(text);
    first = false;
    for (const char c : text) {
      if (c == '\n') ++line;
      if (escaped) {
        escaped = false;
        switch (c) {
          case 'n': field += '\n'; break;
          case 't': field += '\t'; break;
          case 'r': field += '\r'; break;
          case 'b': field += '\b'; break;
          case '0': break;
          case 'Z': field += '\x1a'; break;
          case 'N':
            // Only a whole unquoted field \N is a missing value.
            is_null = !in_quotes && !was_quoted && field.empty();
            field += 'N';
            break;
          default: field += c;
        }
        continue;
      }
      if (after_cr) {
        after_cr = false;
        if (c == '\n') {
          end_record();
          continue;
        }
        field += '\r';
      }
      if (c == '\\') {
        escaped = true;
      } else if (in_quotes) {
        if (c == '"') {
          in_quotes = false;
        } else {
          field += c;
        }
      } else if (c == '"') {
        // A quote that follows a closing one stands for itself.
        if (was_quoted) field += '"';
        in_quotes = was_quoted = true;
      } else if (c == delimiter) {
        end_field();
        record += ',';
      } else if (c == '\n') {
        end_record();
      } else if (c == '\r') {
        after_cr = true;
      } else {
        field += c;
      }
    }
  }
  if (!record.empty() || !field.empty() || was_quoted) end_record();
  lines.resize(positions.size(), record_line);
  out.flush();
  if (!out) throw Error(Fault::data, fmt::format("cannot write '{}'", to.string()), "is the disk full?");
  return lines;
}

}  // namespace auspex::campus
