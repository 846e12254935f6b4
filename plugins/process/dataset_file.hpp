// Moodle's data set file, as its analytics writes it: names, values, columns, then the rows (lib/classes/analytics in
// Moodle).
#pragma once

#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <auspex/ml_backend.hpp>

namespace auspex_process {

inline constexpr std::string_view target_column = "target";

/// Quoted where PHP's fputcsv does.
inline std::string php_field(std::string_view text) {
  if (text.find_first_of(",\"\\\n\r\t ") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

/// The shortest text that reads back as the same number; nothing for a missing one.
inline void append_number(std::string& text, float value) {
  if (std::isnan(value)) return;
  char digits[64];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// With labels: for training, the class in the last column. Without: for prediction, the row's number as "N-0" in the first.
inline void write_dataset(const auspex::matrix& matrix, const std::filesystem::path& file) {
  const bool is_labelled = !matrix.labels().empty();
  std::string classes;
  for (std::size_t k = 0; k < matrix.class_count(); ++k) classes += (k == 0 ? "" : ",") + std::to_string(k);
  std::string text = "timesplitting,nfeatures,moodleversion,targetcolumn,targettype,targetclasses\n";
  text += "auspex," + std::to_string(matrix.columns()) + ",2023112400," + std::string(target_column) + ",discrete," +
          php_field("[" + classes + "]") + "\n";
  if (!is_labelled) text += "sampleid";
  for (std::size_t c = 0; c < matrix.columns(); ++c) {
    text += (c == 0 && is_labelled ? "" : ",") + php_field(matrix.name(c));
  }
  if (is_labelled) text += "," + std::string(target_column);
  text += '\n';
  std::ofstream out(file, std::ios::binary);
  for (std::size_t r = 0; r < matrix.rows(); ++r) {
    if (!is_labelled) text += std::to_string(r) + "-0";
    const auto row = matrix.row(r);
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0 || !is_labelled) text += ',';
      append_number(text, row[c]);
    }
    if (is_labelled) text += "," + std::to_string(std::size_t(matrix.labels()[r]));
    text += '\n';
    if (text.size() < (std::size_t{1} << 20)) continue;
    out << text;
    text.clear();
  }
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace auspex_process
