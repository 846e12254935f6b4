// Any table of rows in one file: typed columns, and what cannot be read set aside with its line and reason.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace auspex::campus {

enum class ColumnType { number, text };

/// What stands for a value that is not there.
enum class Missing {
  keep,  ///< it stays missing
  drop,  ///< its row is left out
  zero,
  median  ///< of the column's values in the rows that are not left out
};

/// Texts that mean "missing" in a CSV file: those of pandas.read_csv.
[[nodiscard]] const std::vector<std::string>& usual_missing_texts();

struct TableColumn {
  std::string name;
  ColumnType type = ColumnType::text;
  std::int64_t missing = 0;  ///< in the file, of the rows that were read
  Missing treatment = Missing::keep;
  double fill = 0;  ///< what missing values became, where the treatment is zero or median
};

/// A row that is not in the table. `row`: of the file's data, from 1; `line`: where it begins, 0 = unknown (Parquet).
struct BadRow {
  std::int64_t row = 0, line = 0;
  std::string column;  ///< empty: the row as a whole
  std::string reason;
};

/// An expression over the columns that is true or false of every row, as in "x < median(x) and y > 2".
struct TableRule {
  std::string name, expression;
  Position where;  ///< of the expression in its file
};

/// Rows come in the order of the file and keep their number in it. One thread at a time.
class TableFile {
 public:
  struct Options {
    std::filesystem::path file;                 ///< .parquet; else CSV, also compressed; "-": CSV from standard input
    std::map<std::string, ColumnType> types;    ///< else: numbers where at least four of five values are
    std::map<std::string, Missing> treatments;  ///< else: keep
    std::vector<std::string> missing_texts = usual_missing_texts();
    std::int64_t memory = std::int64_t{2} << 30;
  };

  /// Throws Error(data) for a file without a header, without columns or rows, with a column name twice, or with more rows
  /// set aside than read; Error(configuration) for options of columns that are not there, and for zero or median of texts.
  explicit TableFile(const Options& options);
  ~TableFile();
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;

  [[nodiscard]] const std::vector<TableColumn>& columns() const;
  /// Null where there is no such column.
  [[nodiscard]] const TableColumn* find(const std::string& column) const;
  [[nodiscard]] std::int64_t rows() const;     ///< that are left
  [[nodiscard]] std::int64_t dropped() const;  ///< by the treatment `drop`
  [[nodiscard]] std::int64_t bad_count() const;
  [[nodiscard]] const std::vector<BadRow>& bad_rows() const;  ///< the first of them

  /// What a row is called: its number in the file's data, from 1, rows set aside and dropped included.
  [[nodiscard]] std::vector<std::int64_t> row_numbers() const;

  /// One a row; NaN = missing. Only for columns of numbers.
  [[nodiscard]] std::vector<double> numbers(const std::string& column) const;

  /// One a row, of a column of any type; "" = missing.
  [[nodiscard]] std::vector<std::string> texts(const std::string& column) const;

  /// The values of a column of any type with the number of their rows: most frequent first, then by text.
  struct Category {
    std::string value;
    std::int64_t rows;
  };
  [[nodiscard]] std::vector<Category> categories(const std::string& column, std::size_t most) const;
  [[nodiscard]] std::int64_t distinct(const std::string& column) const;

  /// One a row: the index in `values`, values.size() for any other, -1 = missing. Only for columns of texts.
  [[nodiscard]] std::vector<std::int32_t> codes(const std::string& column, const std::vector<std::string>& values) const;

  /// One a row: 1 = it holds, 0 = not, -1 = a missing value leaves it open. Throws Error(configuration) with every mistake
  /// and its place in the file.
  [[nodiscard]] std::vector<std::int8_t> holds(const TableRule& rule) const;

  /// The columns that a rule names, by their order in the table.
  [[nodiscard]] std::vector<std::string> columns_of(const TableRule& rule) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace auspex::campus
