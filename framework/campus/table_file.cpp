#include "campus/table_file.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iostream>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/files.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "campus/csv.hpp"
#include "campus/duckdb.hpp"
#include "campus/sql_syntax.hpp"
#include "spec/toml_reader.hpp"

namespace auspex::campus {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_bad_kept = 1000;
constexpr double share_of_numbers = 0.8;  // of its values, that makes a column one of numbers

std::string_view stripped(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// Whether the whole text is a finite number.
bool read_number(std::string_view text, double& value) {
  text = stripped(text);
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

std::string shortened(const std::string& text) { return text.size() <= 40 ? text : text.substr(0, 40) + "..."; }

std::string duck_name(std::size_t column) { return fmt::format("c{}", column); }

class Appender {
 public:
  Appender(Connection& connection, const char* table) {
    if (duckdb_appender_create(connection.handle(), nullptr, table, &handle_) != DuckDBSuccess) fail();
  }
  ~Appender() { duckdb_appender_destroy(&handle_); }
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  void integer(std::int64_t value) { check(duckdb_append_int64(handle_, value)); }
  void real(double value) { check(duckdb_append_double(handle_, value)); }
  void text(std::string_view value) { check(duckdb_append_varchar_length(handle_, value.data(), value.size())); }
  void null() { check(duckdb_append_null(handle_)); }
  void end_row() { check(duckdb_appender_end_row(handle_)); }
  void close() { check(duckdb_appender_close(handle_)); }

 private:
  void check(duckdb_state state) const {
    if (state != DuckDBSuccess) fail();
  }
  [[noreturn]] void fail() const {
    const auto* why = handle_ == nullptr ? nullptr : duckdb_appender_error(handle_);
    throw Error(Fault::data, fmt::format("the table cannot be kept: {}", why == nullptr ? "unknown reason" : why),
                "give more --memory, or room in the folder for temporary files");
  }

  duckdb_appender handle_ = nullptr;
};

// A folder for temporary files that goes when its owner does.
std::unique_ptr<TemporaryFolder> temporary_folder() { return std::make_unique<TemporaryFolder>(fs::temp_directory_path()); }

void copy_standard_input(const fs::path& to) {
  std::ofstream out(to, std::ios::binary);
  std::vector<char> buffer(1 << 20);
  while (std::cin) {
    std::cin.read(buffer.data(), std::streamsize(buffer.size()));
    out.write(buffer.data(), std::cin.gcount());
  }
  if (!out) throw Error(Fault::data, fmt::format("cannot write '{}'", to.string()), "is the disk full?");
}

}  // namespace

const std::vector<std::string>& usual_missing_texts() {
  static const std::vector<std::string> texts{"",     "#N/A",   "#N/A N/A", "#NA",  "-1.#IND", "-1.#QNAN", "-NaN",
                                              "-nan", "1.#IND", "1.#QNAN",  "<NA>", "N/A",     "NA",       "NULL",
                                              "NaN",  "None",   "n/a",      "nan",  "null"};
  return texts;
}

struct TableFile::Parts {
  Options options;
  std::string shown;  // the file's name in messages
  std::unique_ptr<TemporaryFolder> folder = temporary_folder();
  // One thread: sums are then the same every time.
  std::shared_ptr<const Engine> engine;
  mutable std::unique_ptr<Connection> connection;
  std::vector<TableColumn> columns;
  std::vector<BadRow> bad;
  std::int64_t bad_count = 0, read = 0, rows = 0;

  explicit Parts(const Options& given) : options(given), shown(given.file == "-" ? "standard input" : given.file.string()) {
    engine = std::make_shared<Engine>(1, options.memory, folder->path() / "spill");
    connection = std::make_unique<Connection>(*engine);
  }

  void set_aside(BadRow row) {
    if (++bad_count <= std::int64_t(most_bad_kept)) bad.push_back(std::move(row));
  }

  std::string place(const BadRow& row) const {
    return fmt::format("{}:{}: {}{}", shown, row.line > 0 ? row.line : row.row,
                       row.column.empty() ? "" : "'" + row.column + "': ", row.reason);
  }

  // Names as they will be known; throws for names that are none.
  void take_header(std::vector<std::string> names) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
      auto name = std::string(stripped(names[i]));
      // What pandas writes for its index.
      if (name.empty() && i == 0 && names.size() > 1) name = "Unnamed: 0";
      double number = 0;
      if (name.empty() || read_number(name, number)) {
        throw Error(Fault::data,
                    name.empty() ? fmt::format("column {} of '{}' has no name in the header", i + 1, shown)
                                 : fmt::format("'{}' has no header: its first line holds the number {}", shown, name),
                    "put the names of the columns into the first line", {shown, 1});
      }
      if (!seen.insert(lower_case(name)).second) {
        throw Error(Fault::data, fmt::format("the column '{}' of '{}' is there twice", name, shown),
                    "name columns apart, not only by case", {shown, 1});
      }
      columns.push_back({name});
    }
    check_options();
  }

  void check_options() const {
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(column.name);
    const auto check = [&](const std::string& name) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        throw Error(Fault::configuration, fmt::format("'{}' has no column '{}'", shown, name),
                    did_you_mean(name, names, "leave it out"));
      }
    };
    for (const auto& [name, type] : options.types) check(name);
    for (const auto& [name, treatment] : options.treatments) check(name);
  }

  void read_csv(const fs::path& file) {
    const char delimiter = likely_delimiter(file);
    std::vector<std::string> fields;
    const std::unordered_set<std::string> missing(options.missing_texts.begin(), options.missing_texts.end());
    struct Seen {
      std::int64_t present = 0, numbers = 0;
    };
    std::vector<Seen> seen;
    {
      CsvRecords records(file, delimiter);
      if (!records.next(fields)) {
        throw Error(Fault::data, fmt::format("'{}' is empty: it has no header", shown),
                    "put the names of the columns into the first line");
      }
      take_header(fields);
      seen.resize(columns.size());
      double value = 0;
      while (records.next(fields)) {
        if (fields.size() != columns.size()) continue;
        for (std::size_t c = 0; c < fields.size(); ++c) {
          if (missing.count(fields[c]) != 0) continue;
          ++seen[c].present;
          if (read_number(fields[c], value)) ++seen[c].numbers;
        }
      }
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
      // What holds nothing at all is like a column of numbers.
      const bool numbers = double(seen[c].numbers) >= share_of_numbers * double(seen[c].present);
      columns[c].type = numbers ? ColumnType::number : ColumnType::text;
      if (const auto given = options.types.find(columns[c].name); given != options.types.end())
        columns[c].type = given->second;
    }
    make_table();
    Appender out(*connection, "input");
    CsvRecords records(file, delimiter);
    records.next(fields);
    std::vector<double> values(columns.size());
    for (std::int64_t row = 1; records.next(fields); ++row) {
      ++read;
      if (records.unclosed()) {
        set_aside({row, records.line(), "", "a quote is opened and never closed"});
        continue;
      }
      if (fields.size() != columns.size()) {
        set_aside({row, records.line(), "",
                   fmt::format("it has {} fields where the header has {}", fields.size(), columns.size())});
        continue;
      }
      std::size_t wrong = columns.size();
      for (std::size_t c = 0; c < columns.size() && wrong == columns.size(); ++c) {
        values[c] = NAN;
        if (columns[c].type == ColumnType::number && missing.count(fields[c]) == 0 && !read_number(fields[c], values[c]))
          wrong = c;
      }
      if (wrong != columns.size()) {
        set_aside({row, records.line(), columns[wrong].name, fmt::format("'{}' is no number", shortened(fields[wrong]))});
        continue;
      }
      out.integer(row);
      for (std::size_t c = 0; c < columns.size(); ++c) {
        const bool none = missing.count(fields[c]) != 0;
        if (none) ++columns[c].missing;
        if (none)
          out.null();
        else if (columns[c].type == ColumnType::number)
          out.real(values[c]);
        else
          out.text(fields[c]);
      }
      out.end_row();
    }
    out.close();
  }

  void make_table() const {
    std::string sql = "CREATE TABLE input (row_number BIGINT";
    for (std::size_t c = 0; c < columns.size(); ++c) {
      sql += fmt::format(", {} {}", duck_name(c), columns[c].type == ColumnType::number ? "DOUBLE" : "VARCHAR");
    }
    connection->run(sql + ")");
  }

  void read_parquet() {
    const auto from = fmt::format("read_parquet({})", sql_text(options.file.string()));
    std::vector<std::string> names;
    try {
      const auto described = connection->run("DESCRIBE SELECT * FROM " + from);
      std::vector<std::string> types;
      for (std::size_t i = 0; i < described.size(); ++i) {
        names.push_back(described.text(i, 0).value_or(""));
        types.push_back(described.text(i, 1).value_or(""));
      }
      take_header(names);
      std::string select = "row_number() OVER () AS row_number", infinite = "false";
      for (std::size_t c = 0; c < names.size(); ++c) {
        const bool number = types[c].ends_with("INT") || types[c].ends_with("INTEGER") || types[c] == "DOUBLE" ||
                            types[c] == "FLOAT" || types[c].starts_with("DECIMAL");
        columns[c].type = number ? ColumnType::number : ColumnType::text;
        if (const auto given = options.types.find(names[c]); given != options.types.end()) columns[c].type = given->second;
        const auto name = sql_name(names[c]);
        if (columns[c].type == ColumnType::text) {
          select += fmt::format(", nullif(CAST({} AS VARCHAR), '') AS {}", name, duck_name(c));
        } else {
          select +=
              fmt::format(", CASE WHEN isnan(TRY_CAST({0} AS DOUBLE)) THEN NULL ELSE TRY_CAST({0} AS DOUBLE) END AS {1}",
                          name, duck_name(c));
          infinite += fmt::format(" OR isinf({})", duck_name(c));
        }
      }
      connection->run(fmt::format("CREATE TABLE input AS SELECT {} FROM {}", select, from));
      read = connection->count("SELECT count(*) FROM input");
      const auto bad_numbers =
          connection->run(fmt::format("SELECT row_number FROM input WHERE {} ORDER BY row_number", infinite));
      for (std::size_t i = 0; i < bad_numbers.size(); ++i)
        set_aside({bad_numbers.integer(i, 0), 0, "", "a value is infinite"});
      if (bad_numbers.size() > 0) connection->run(fmt::format("DELETE FROM input WHERE {}", infinite));
      for (std::size_t c = 0; c < names.size(); ++c) {
        columns[c].missing = connection->count(fmt::format("SELECT count(*) FROM input WHERE {} IS NULL", duck_name(c)));
      }
    } catch (const QueryError& why) {
      throw Error(Fault::data, fmt::format("cannot read '{}': {}", shown, why.what()), "is it a Parquet file?");
    }
  }

  void check_rows() const {
    if (columns.empty() || read == 0) {
      throw Error(Fault::data, fmt::format("'{}' has no rows below its header", shown), "there is nothing to explore");
    }
    if (2 * bad_count <= read) return;
    std::vector<Problem> problems{{{},
                                   fmt::format("{} of the {} rows of '{}' cannot be read", bad_count, read, shown),
                                   "correct the file, or say the types of its columns",
                                   false}};
    for (const auto& row : bad) {
      if (problems.size() == 6) break;
      problems.push_back(
          {{shown, std::uint32_t(row.line)}, (row.column.empty() ? "" : "'" + row.column + "': ") + row.reason, {}, false});
    }
    throw Error(Fault::data, std::move(problems));
  }

  // The view `explored`: the input with its missing values treated.
  void treat() {
    std::string where, select = "row_number";
    for (std::size_t c = 0; c < columns.size(); ++c) {
      auto& column = columns[c];
      if (const auto given = options.treatments.find(column.name); given != options.treatments.end())
        column.treatment = given->second;
      if (column.treatment == Missing::drop)
        where += fmt::format("{}{} IS NOT NULL", where.empty() ? " WHERE " : " AND ", duck_name(c));
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
      auto& column = columns[c];
      const auto name = duck_name(c);
      if (column.treatment != Missing::zero && column.treatment != Missing::median) {
        select += ", " + name;
        continue;
      }
      if (column.type != ColumnType::number) {
        throw Error(Fault::configuration,
                    fmt::format("the column '{}' is text: its missing values have no zero and no median", column.name),
                    "keep them, or drop their rows");
      }
      if (column.treatment == Missing::median) {
        column.fill = connection->run(fmt::format("SELECT median({}) FROM input{}", name, where)).real(0, 0).value_or(NAN);
      }
      select += std::isnan(column.fill)
                    ? ", " + name
                    : fmt::format(", coalesce({}, CAST({:.17g} AS DOUBLE)) AS {}", name, column.fill, name);
    }
    connection->run(fmt::format("CREATE VIEW explored AS SELECT {} FROM input{}", select, where));
    rows = connection->count("SELECT count(*) FROM explored");
    if (rows == 0)
      throw Error(
          Fault::data,
          fmt::format("no row of '{}' is left: each lacks a value of a column whose missing rows are dropped", shown));
  }

  std::size_t index(const std::string& column) const {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (columns[c].name == column) return c;
    }
    throw std::logic_error("no column " + column);
  }

  SqlTree read_rule(const TableRule& rule) const {
    std::vector<SqlFault> faults;
    auto tree = read_sql_expression(*connection, rule.expression, false, faults);
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(lower_case(column.name));
    for (const auto& column : tree.columns) {
      if (!column.table.empty())
        faults.push_back({column.byte, fmt::format("'{}.{}': columns are named alone", column.table, column.name), {}});
      else if (std::find(names.begin(), names.end(), column.name) == names.end()) {
        faults.push_back(
            {column.byte, fmt::format("there is no column '{}'", column.name), did_you_mean(column.name, names)});
      }
    }
    fail_with(rule, faults);
    return tree;
  }

  static void fail_with(const TableRule& rule, const std::vector<SqlFault>& faults) {
    if (faults.empty()) return;
    std::vector<Problem> problems;
    // Expressions are read as those of indicators are.
    const auto of_rules = [](std::string text) {
      const std::string word = "an indicator";
      for (auto at = text.find(word); at != std::string::npos; at = text.find(word)) text.replace(at, word.size(), "a rule");
      return text;
    };
    for (const auto& fault : faults) {
      problems.push_back({spec::place_in_text(rule.where, fault.byte),
                          fmt::format("{}: {}", rule.name, of_rules(fault.message)), of_rules(fault.hint), false});
    }
    throw Error(Fault::configuration, std::move(problems));
  }
};

TableFile::TableFile(const Options& options) : parts_(std::make_unique<Parts>(options)) {
  auto file = options.file;
  if (file == "-") {
    file = parts_->folder->path() / "input.csv";
    copy_standard_input(file);
  } else if (!fs::exists(file)) {
    throw Error(Fault::data, fmt::format("there is no file '{}'", file.string()));
  } else if (fs::is_directory(file)) {
    throw Error(Fault::data, fmt::format("'{}' is a folder", file.string()), "give a .csv or .parquet file");
  }
  if (file.extension() == ".parquet")
    parts_->read_parquet();
  else
    parts_->read_csv(file);
  parts_->check_rows();
  parts_->treat();
}

TableFile::~TableFile() = default;

const std::vector<TableColumn>& TableFile::columns() const { return parts_->columns; }
std::int64_t TableFile::rows() const { return parts_->rows; }
std::int64_t TableFile::dropped() const { return parts_->read - parts_->bad_count - parts_->rows; }
std::int64_t TableFile::bad_count() const { return parts_->bad_count; }
const std::vector<BadRow>& TableFile::bad_rows() const { return parts_->bad; }

const TableColumn* TableFile::find(const std::string& column) const {
  const auto& all = parts_->columns;
  const auto found = std::find_if(all.begin(), all.end(), [&](const TableColumn& each) { return each.name == column; });
  return found == all.end() ? nullptr : &*found;
}

namespace {

// Calls `take` with each value of the query's one column of integers or reals, and whether it is there.
template <class Value, class Take>
void each_value(const std::shared_ptr<const Engine>& engine, const std::string& sql, const Take& take) {
  Stream stream(engine, sql);
  Batch batch;
  while (stream.next(batch)) {
    const auto& column = batch.columns.front();
    const auto* values = static_cast<const Value*>(column.values);
    for (std::size_t i = 0; i < batch.rows; ++i) {
      take(values[i], column.validity == nullptr || (column.validity[i / 64] >> (i % 64) & 1) != 0);
    }
  }
}

}  // namespace

std::vector<std::int64_t> TableFile::row_numbers() const {
  std::vector<std::int64_t> list;
  list.reserve(std::size_t(parts_->rows));
  each_value<std::int64_t>(parts_->engine, "SELECT row_number FROM explored",
                           [&](std::int64_t value, bool) { list.push_back(value); });
  return list;
}

std::vector<double> TableFile::numbers(const std::string& column) const {
  std::vector<double> list;
  list.reserve(std::size_t(parts_->rows));
  each_value<double>(parts_->engine, fmt::format("SELECT {} FROM explored", duck_name(parts_->index(column))),
                     [&](double value, bool there) { list.push_back(there ? value : NAN); });
  return list;
}

std::vector<std::string> TableFile::texts(const std::string& column) const {
  std::vector<std::string> list;
  list.reserve(std::size_t(parts_->rows));
  if (find(column)->type == ColumnType::number) {
    for (const double x : numbers(column)) list.push_back(number_text(x));
    return list;
  }
  Stream stream(parts_->engine, fmt::format("SELECT {} FROM explored", duck_name(parts_->index(column))));
  std::vector<std::vector<std::string>> rows;
  while (stream.next(rows)) {
    for (auto& row : rows) list.push_back(std::move(row[0]));
  }
  return list;
}

std::vector<TableFile::Category> TableFile::categories(const std::string& column, std::size_t most) const {
  const auto name = duck_name(parts_->index(column));
  const auto rows =
      parts_->connection->run(fmt::format("SELECT CAST({0} AS VARCHAR) AS value, count(*) AS n FROM explored WHERE {0} IS "
                                          "NOT NULL GROUP BY 1 ORDER BY n DESC, value LIMIT {1}",
                                          name, most));
  std::vector<Category> list;
  for (std::size_t i = 0; i < rows.size(); ++i) list.push_back({rows.text(i, 0).value_or(""), rows.integer(i, 1)});
  return list;
}

std::int64_t TableFile::distinct(const std::string& column) const {
  return parts_->connection->count(fmt::format("SELECT count(DISTINCT {}) FROM explored", duck_name(parts_->index(column))));
}

std::vector<std::int32_t> TableFile::codes(const std::string& column, const std::vector<std::string>& values) const {
  std::unordered_map<std::string, std::int32_t> index;
  for (std::size_t i = 0; i < values.size(); ++i) index.emplace(values[i], std::int32_t(i));
  std::vector<std::int32_t> list;
  list.reserve(std::size_t(parts_->rows));
  Stream stream(parts_->engine, fmt::format("SELECT {} FROM explored", duck_name(parts_->index(column))));
  std::vector<std::vector<std::string>> rows;
  while (stream.next(rows)) {
    for (const auto& row : rows) {
      const auto found = index.find(row[0]);
      list.push_back(found != index.end() ? found->second : row[0].empty() ? -1 : std::int32_t(values.size()));
    }
  }
  return list;
}

std::vector<std::int8_t> TableFile::holds(const TableRule& rule) const {
  const auto tree = parts_->read_rule(rule);
  std::map<std::string, std::string> names;
  for (std::size_t c = 0; c < parts_->columns.size(); ++c) names.emplace(lower_case(parts_->columns[c].name), duck_name(c));
  std::vector<std::int8_t> list;
  list.reserve(std::size_t(parts_->rows));
  try {
    const auto sql = whole_table_expression(*parts_->connection, tree, "explored", names);
    const auto type =
        parts_->connection->run(fmt::format("SELECT typeof({}) FROM explored LIMIT 1", sql)).text(0, 0).value_or("");
    if (type != "BOOLEAN") {
      Parts::fail_with(rule,
                       {{0, fmt::format("it is not true or false of a row, but {}", type == "DOUBLE" ? "a number" : type),
                         "write a comparison, as in \"login_count < median(login_count)\""}});
    }
    each_value<std::int8_t>(parts_->engine, fmt::format("SELECT {} FROM explored", sql),
                            [&](std::int8_t value, bool there) { list.push_back(there ? value : std::int8_t(-1)); });
  } catch (const QueryError& why) {
    Parts::fail_with(rule, {{0, why.what(), {}}});
  }
  return list;
}

std::vector<std::string> TableFile::columns_of(const TableRule& rule) const {
  const auto tree = parts_->read_rule(rule);
  std::vector<std::string> list;
  for (const auto& column : parts_->columns) {
    const auto name = lower_case(column.name);
    if (std::any_of(tree.columns.begin(), tree.columns.end(), [&](const auto& each) { return each.name == name; }))
      list.push_back(column.name);
  }
  return list;
}

}  // namespace auspex::campus
