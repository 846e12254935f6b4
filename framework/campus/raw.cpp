#include "campus/raw.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "base/names.hpp"
#include "campus/csv.hpp"

namespace auspex::campus {
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t most_rejects = 100'000;
constexpr std::uintmax_t one_thread_size = std::uintmax_t{1} << 20;

struct Listed {
  std::string stem;
  fs::path file;
};

/// "X" of X.csv, X.csv.gz and X.parquet; "" for other files.
std::string stem_of(const std::string& name) {
  for (const std::string ending : {".csv.gz", ".csv", ".parquet"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return {};
}

std::vector<Listed> list_files(const fs::path& from) {
  if (!fs::is_directory(from)) {
    throw Error(Fault::data, fmt::format("'{}' is no folder", from.string()),
        "name the folder that holds the exported files");
  }
  std::vector<Listed> files;
  for (const auto& entry : fs::directory_iterator(from)) {
    if (entry.is_directory()) continue;
    files.push_back({stem_of(entry.path().filename().string()), entry.path()});
  }
  std::sort(files.begin(), files.end(), [](const Listed& a, const Listed& b) { return a.file < b.file; });
  return files;
}

std::string star_suffix(const spec::RawTable& table) {
  return table.file.starts_with('*') ? table.file.substr(1) : std::string();
}

/// The prefix of the tables named "*NAME": the one under which the most required tables have files.
std::string find_prefix(const spec::Source& source, const std::vector<Listed>& files) {
  std::map<std::string, std::set<std::string>> found;
  std::size_t starred = 0;
  for (const auto& table : source.raw) {
    const auto suffix = star_suffix(table);
    if (suffix.empty() || !table.required) continue;
    ++starred;
    for (const auto& file : files) {
      if (file.stem.ends_with(suffix)) found[file.stem.substr(0, file.stem.size() - suffix.size())].insert(table.name);
    }
  }
  std::size_t most = 0;
  std::vector<std::string> best;
  for (const auto& [prefix, tables] : found) {
    if (tables.size() > most) best.clear();
    most = std::max(most, tables.size());
    if (tables.size() == most) best.push_back(prefix);
  }
  if (best.size() > 1 && most == starred) {
    throw Error(Fault::data, fmt::format("the files have more than one table prefix: '{}'", fmt::join(best, "', '")),
                "import the tables of one site at a time, from a folder of its own");
  }
  return best.empty() ? std::string() : best.front();
}

std::vector<std::string> parquet_header(const fs::path& file) {
  const Engine engine(1, std::int64_t{256} << 20, fs::path());
  Connection connection(engine);
  try {
    const auto rows = connection.run(fmt::format("SELECT * FROM read_parquet({}) LIMIT 0", sql_text(file.string())));
    std::vector<std::string> header;
    for (std::size_t c = 0; c < rows.width(); ++c) header.push_back(rows.column_name(c));
    return header;
  } catch (const QueryError& error) {
    throw Error(Fault::data, fmt::format("cannot read '{}': {}", file.string(), error.what()), "export the table again");
  }
}

void check_columns(const RawFile& raw, std::vector<Problem>& problems) {
  const auto& header = raw.form.header;
  const auto name = raw.file.filename().string();
  std::set<std::string> seen;
  for (const auto& column : header) {
    if (!seen.insert(column).second) {
      problems.push_back({{raw.file.string(), 1, 0}, fmt::format("the column '{}' stands twice in the header of '{}'",
          column, name),
                          "export each column once", false});
    }
  }
  for (const auto& column : raw.table->columns) {
    if (!column.required || seen.contains(column.name)) continue;
    problems.push_back({{raw.file.string(), 1, 0},
                        fmt::format("'{}' has no column '{}'", name, column.name),
                        did_you_mean(column.name, header, fmt::format("its columns are: {}", fmt::join(header, ", "))),
                            false});
  }
}

/// The select list that reads the columns the source uses, from an expression for each file column.
template <typename Expression>
std::string select_list(const RawFile& raw, Expression expression) {
  std::string list;
  for (const auto& column : raw.table->columns) {
    const auto at = std::find(raw.form.header.begin(), raw.form.header.end(), column.name);
    const auto value = at == raw.form.header.end() ? fmt::format("CAST(NULL AS {})", column.type)
                                                   : expression(std::size_t(at - raw.form.header.begin()), column);
    list += fmt::format("{}{} AS {}", list.empty() ? "" : ", ", value, sql_name(column.name));
  }
  return list;
}

struct CsvReading {
  fs::path file;             ///< what DuckDB reads: the original or its rewriting
  bool quoted_nulls = false;
  bool one_thread = false;
  bool long_lines = false;
};

/// `kind`: TABLE or VIEW.
std::string csv_sql(const RawFile& raw, const CsvReading& reading, const char* kind) {
  std::string columns;
  for (std::size_t i = 0; i < raw.form.header.size(); ++i) {
    const auto& wanted = raw.table->columns;
    const auto at = std::find_if(wanted.begin(), wanted.end(),
                                 [&](const spec::RawTable::Column& c) { return c.name == raw.form.header[i]; });
    columns += fmt::format("{}'c{}': {}", i == 0 ? "" : ", ", i, sql_text(at == wanted.end() ? "VARCHAR" : at->type));
  }
  std::string nulls = "''";
  for (const auto& text : raw.table->missing) nulls += ", " + sql_text(text);
  return fmt::format(
      "CREATE OR REPLACE {} {} AS SELECT {} FROM read_csv({}, auto_detect = false, header = true, delim = ',', quote = '\"', "
      "escape = '\"', nullstr = [{}], allow_quoted_nulls = {}, columns = {{{}}}, compression = '{}', parallel = {}, {}"
      "store_rejects = true, rejects_table = 'bad_rows', rejects_scan = 'bad_scans', rejects_limit = {})",
      kind, sql_name(raw.table->name), select_list(raw, [](std::size_t i, const auto&) { return fmt::format("c{}", i); }),
      sql_text(reading.file.string()), nulls, reading.quoted_nulls, columns,
      reading.file.extension() == ".gz" ? "gzip" : "none", !reading.one_thread && !reading.long_lines,
      reading.long_lines ? "max_line_size = 67108864, buffer_size = 134217728, " : "", most_rejects);
}

struct BadRow {
  std::int64_t record = 0;
  std::int64_t position = 0;
  std::string column;
  std::string kind;
  std::string message;
  std::string line;
};

std::string shortened(std::string text) {
  std::erase_if(text, [](char c) { return c == '\r'; });
  while (!text.empty() && (text.front() == '\n' || text.back() == '\n')) text.erase(text.front() == '\n' ? 0
      : text.size() - 1, 1);
  constexpr std::size_t most = 500;
  if (text.size() > most) text = text.substr(0, most) + "...";
  return text;
}

/// The bad rows of the last reading, one each, in the file's order.
std::vector<BadRow> bad_rows(Connection& connection) {
  const auto rows = connection.run(
      "SELECT line, line_byte_position, coalesce(column_name, ''), error_type::VARCHAR, error_message, csv_line FROM bad_rows "
      "QUALIFY row_number() OVER (PARTITION BY line_byte_position, line ORDER BY column_idx) = 1 ORDER BY line_byte_position, line");
  std::vector<BadRow> bad;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bad.push_back({rows.integer(i, 0), rows.integer(i, 1), rows.text(i, 2).value_or(""), rows.text(i, 3).value_or(""),
                   rows.text(i, 4).value_or(""), rows.text(i, 5).value_or("")});
  }
  return bad;
}

std::string reason_of(const BadRow& bad, const RawFile& raw) {
  if (bad.kind == "CAST" && bad.column.starts_with('c')) {
    const auto index = std::size_t(std::stoul(bad.column.substr(1)));
    const auto& name = raw.form.header.at(index);
    const auto& wanted = raw.table->columns;
    const auto at =
        std::find_if(wanted.begin(), wanted.end(), [&](const spec::RawTable::Column& c) { return c.name == name; });
    return fmt::format("column '{}': the value is no {}", name, at == wanted.end() ? "text" : at->type);
  }
  if (bad.kind == "MISSING COLUMNS") return fmt::format("the row has fewer columns than the header ({})",
      raw.form.header.size());
  if (bad.kind == "TOO MANY COLUMNS") return fmt::format("the row has more columns than the header ({})",
      raw.form.header.size());
  if (bad.kind == "UNQUOTED VALUE") return "a quote is not closed, or text follows a closing quote";
  if (bad.kind == "LINE SIZE OVER MAXIMUM") return "the row is longer than can be read";
  if (bad.kind == "INVALID ENCODING") return "the row is not UTF-8";
  return bad.message.substr(0, bad.message.find('\n'));
}

/// Gives each row of a table that was read in the file's order the file and line it stands in.
void add_origins(Connection& connection, const RawFile& raw, const std::vector<std::int64_t>& lines) {
  const auto table = sql_name(raw.table->name);
  connection.run("CREATE OR REPLACE TEMP TABLE row_lines (line BIGINT)");
  append_integers(connection, "row_lines", lines);
  connection.run(
      fmt::format("CREATE OR REPLACE TABLE {0} AS SELECT t.*, {1} || CAST(l.line AS VARCHAR) AS {2} FROM {0} AS t "
                  "POSITIONAL JOIN temp.row_lines AS l",
                  table, sql_text(raw.file.filename().string() + ":"), origin_name));
  connection.run("DROP TABLE temp.row_lines");
}

/// The lines of the good rows: of all records but the header and the bad ones.
std::vector<std::int64_t> good_lines(const std::vector<std::int64_t>& all, const std::vector<Reject>& rejects) {
  std::set<std::int64_t> bad;
  for (const auto& reject : rejects) bad.insert(reject.line);
  std::vector<std::int64_t> good;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (!bad.contains(all[i])) good.push_back(all[i]);
  }
  return good;
}

void forget_bad_rows(Connection& connection) {
  connection.run("DROP TABLE IF EXISTS temp.bad_rows");
  connection.run("DROP TABLE IF EXISTS temp.bad_scans");
}

/// Reads once; the rows that were read.
std::int64_t read_csv_once(Connection& connection, const RawFile& raw, const CsvReading& reading,
                           const std::function<void(double)>& progress) {
  forget_bad_rows(connection);
  connection.run(csv_sql(raw, reading, "TABLE"), progress);
  return connection.count("SELECT count(*) FROM " + sql_name(raw.table->name));
}

RawRead read_csv(Connection& connection, const RawFile& raw, const fs::path& folder,
    const std::function<void(double)>& progress) {
  CsvReading reading{raw.file, raw.form.all_quoted, false, false};
  bool mysql = raw.form.mysql;
  const auto rewritten = folder / "rewritten.csv";
  const auto rewrite = [&] {
    rewrite_mysql(raw.file, raw.form.delimiter, rewritten);
    reading.file = rewritten;
  };
  if (mysql) rewrite();
  // Read in parallel, a file is cut at line breaks; DuckDB does not always see that one lies inside quotes.
  reading.one_thread =
      raw.table->origin || fs::file_size(reading.file) <= one_thread_size || line_breaks(reading.file).quoted;
  RawRead read;
  std::vector<BadRow> bad;
  // What the head of a file does not show comes out as bad rows: read again in the way that suits them.
  for (bool again = true; again;) {
    again = false;
    read.counts.kept = read_csv_once(connection, raw, reading, progress);
    bad = bad_rows(connection);
    const auto any = [&](auto holds) { return std::any_of(bad.begin(), bad.end(), holds); };
    if (!mysql && any([](const BadRow& b) { return b.line.find("\\N") != std::string::npos ||
        b.line.find("\\\"") != std::string::npos; })) {
      mysql = again = true;
      rewrite();
    } else if (!reading.quoted_nulls &&
               any([](const BadRow& b) { return b.kind == "CAST" &&
                   b.message.find("Could not convert string \"\" ") != std::string::npos; })) {
      reading.quoted_nulls = again = true;
    } else if (!reading.long_lines && any([](const BadRow& b) { return b.kind == "LINE SIZE OVER MAXIMUM"; })) {
      reading.long_lines = again = true;
    } else if (!reading.one_thread && any([](const BadRow& b) { return b.kind != "CAST"; })) {
      reading.one_thread = again = true;
    }
  }
  read.cut = connection.count("SELECT count(*) FROM bad_rows") >= most_rejects;
  forget_bad_rows(connection);  // what is there later is of the views
  std::vector<std::int64_t> positions;
  for (const auto& row : bad) positions.push_back(row.position);
  const auto lines = positions.empty() ? positions
                     : mysql           ? rewrite_mysql(raw.file, raw.form.delimiter, rewritten, positions)
                                       : lines_at(raw.file, positions);
  for (std::size_t i = 0; i < bad.size(); ++i) {
    read.rejects.push_back({raw.file.filename().string(), lines[i], "", reason_of(bad[i], raw), shortened(bad[i].line)});
  }
  if (raw.table->origin) {
    const auto records = record_positions(reading.file);
    const auto all = mysql ? rewrite_mysql(raw.file, raw.form.delimiter, rewritten, records) : lines_at(raw.file, records);
    const auto good = good_lines(all, read.rejects);
    if (std::int64_t(good.size()) != read.counts.kept) {
      throw Error(Fault::data,
                  fmt::format("cannot tell the lines of '{}': {} rows were read of {} lines", raw.file.string(),
                              read.counts.kept, good.size()),
                  "end every line in the same way, and close every quote");
    }
    add_origins(connection, raw, good);
  }
  if (mysql) {
    read.counts.note = "read in MySQL's form";
    fs::remove(rewritten);
  }
  return read;
}

RawRead read_parquet(Connection& connection, const RawFile& raw, const std::function<void(double)>& progress) {
  RawRead read;
  std::string bad;
  std::string reason;
  const auto expression = [&](std::size_t i, const spec::RawTable::Column& column) {
    return fmt::format("TRY_CAST({} AS {})", sql_name(raw.form.header[i]), column.type);
  };
  for (const auto& column : raw.table->columns) {
    const auto at = std::find(raw.form.header.begin(), raw.form.header.end(), column.name);
    if (at == raw.form.header.end()) continue;
    const auto name = sql_name(column.name);
    const auto fails = fmt::format("({0} IS NOT NULL AND TRY_CAST({0} AS {1}) IS NULL)", name, column.type);
    bad += (bad.empty() ? "" : " OR ") + fails;
    reason += fmt::format(" WHEN {} THEN {}", fails,
                          sql_text(fmt::format("column '{}': the value is no {}", column.name, column.type)));
  }
  if (bad.empty()) bad = "false";
  const auto from = fmt::format("read_parquet({}, file_row_number = true)", sql_text(raw.file.string()));
  auto columns = select_list(raw, expression);
  if (raw.table->origin) {
    columns += fmt::format(", {} || CAST(file_row_number + 1 AS VARCHAR) AS {}",
                           sql_text(raw.file.filename().string() + ":"), origin_name);
  }
  connection.run(fmt::format("CREATE OR REPLACE TABLE {} AS SELECT {} FROM {} WHERE NOT ({})", sql_name(raw.table->name),
                             columns, from, bad),
                 progress);
  read.counts.kept = connection.count("SELECT count(*) FROM " + sql_name(raw.table->name));
  if (reason.empty()) return read;
  const auto rows = connection.run(fmt::format("SELECT file_row_number + 1, CASE {} END FROM {} WHERE {} ORDER BY 1 LIMIT {}", reason,
                                               from, bad, most_rejects));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    read.rejects.push_back({raw.file.filename().string(), rows.integer(i, 0), "", rows.text(i, 1).value_or(""), ""});
  }
  read.cut = std::int64_t(rows.size()) >= most_rejects;
  return read;
}

}  // namespace

bool too_many(std::int64_t rejected, std::int64_t read) { return rejected > 10 && rejected * 1000 > read; }

Error too_many_error(const std::string& what, std::int64_t rejected, std::int64_t read, const std::vector<Reject>& rejects) {
  std::vector<Problem> problems;
  problems.push_back({{}, fmt::format("{} of {} rows of {} are bad, more than 0.1 % and more than ten: the old campus stays", rejected,
                                      read, what),
                      "mend the export; the first bad rows follow", false});
  for (const auto& reject : rejects) {
    if (problems.size() > 10) break;
    problems.push_back({{reject.file, std::uint32_t(reject.line), 0}, reject.reason,
                        reject.text.empty() ? std::string() : "the row: " + reject.text, false});
  }
  return Error(Fault::data, std::move(problems));
}

RawFiles find_raw_files(const spec::Source& source, const fs::path& from) {
  const auto files = list_files(from);
  const auto prefix = find_prefix(source, files);
  RawFiles found;
  std::vector<Problem> problems;
  std::set<fs::path> used;
  for (const auto& table : source.raw) {
    const auto suffix = star_suffix(table);
    const auto stem = suffix.empty() ? table.file : prefix + suffix;
    RawFile raw{.table = &table, .file = {}, .parquet = false, .form = {}};
    std::vector<std::string> matches;
    std::vector<std::string> stems;
    for (const auto& file : files) {
      if (!file.stem.empty()) stems.push_back(file.stem);
      if (file.stem != stem) continue;
      matches.push_back(file.file.filename().string());
      raw.file = file.file;
      used.insert(file.file);
    }
    if (matches.size() > 1) {
      problems.push_back({{}, fmt::format("more than one file holds table '{}': {}", stem, fmt::join(matches, ", ")),
                          "keep one of them", false});
    } else if (matches.empty()) {
      if (table.required) {
        problems.push_back({{}, fmt::format("no file holds table '{0}': '{0}.csv', '{0}.csv.gz' or '{0}.parquet' is needed in '{1}'",
                                            stem, from.string()),
                            did_you_mean(stem, stems, "export that table, with its column names in the first line"), false});
      }
    } else {
      try {
        raw.parquet = raw.file.extension() == ".parquet";
        if (raw.parquet) {
          raw.form.header = parquet_header(raw.file);
        } else {
          raw.form = csv_form(raw.file);
        }
        check_columns(raw, problems);
      } catch (const Error& error) {
        problems.insert(problems.end(), error.problems().begin(), error.problems().end());
      }
    }
    found.tables.push_back(std::move(raw));
  }
  if (!problems.empty()) throw Error(Fault::data, std::move(problems));
  for (const auto& file : files) {
    if (!used.contains(file.file)) found.unused.push_back(file.file.filename().string());
  }
  return found;
}

namespace {

void note_absent_columns(const RawFile& raw, ImportReport::Counts& counts) {
  std::vector<std::string> absent;
  for (const auto& column : raw.table->columns) {
    if (std::ranges::count(raw.form.header, column.name) == 0) absent.push_back(column.name);
  }
  if (absent.empty()) return;
  counts.note += fmt::format("{}absent columns read as missing: {}", counts.note.empty() ? "" : "; ", fmt::join(absent, ", "));
}

}  // namespace

std::optional<RawRead> view_raw_table(Connection& connection, const RawFile& raw, std::uintmax_t least_size) {
  if (raw.table->origin || raw.file.empty() || raw.file.extension() != ".csv" || raw.form.mysql || raw.form.all_quoted)
    return std::nullopt;
  if (fs::file_size(raw.file) < least_size) return std::nullopt;
  const auto breaks = line_breaks(raw.file);
  if (breaks.quoted) return std::nullopt;
  forget_bad_rows(connection);
  connection.run(csv_sql(raw, {raw.file}, "VIEW"));
  RawRead read;
  read.counts = {raw.file.filename().string(), breaks.lines - 1, 0, breaks.lines - 1, ""};
  note_absent_columns(raw, read.counts);
  return read;
}

bool found_bad_rows(Connection& connection) {
  const auto exists = "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'bad_rows' AND temporary";
  return connection.count(exists) != 0 && connection.count("SELECT count(*) FROM temp.bad_rows") != 0;
}

RawRead read_raw_table(Connection& connection, const RawFile& raw, const fs::path& folder,
    const std::function<void(double)>& progress) {
  const auto& table = *raw.table;
  RawRead read;
  if (raw.file.empty()) {
    auto columns = select_list(raw, [](std::size_t, const auto&) { return std::string(); });
    if (table.origin) columns += fmt::format(", CAST(NULL AS VARCHAR) AS {}", origin_name);
    connection.run(fmt::format("CREATE OR REPLACE TABLE {} AS SELECT {} LIMIT 0", sql_name(table.name), columns));
    read.counts = {table.name, 0, 0, 0, "absent: reads as empty"};
    return read;
  }
  try {
    read = raw.parquet ? read_parquet(connection, raw, progress) : read_csv(connection, raw, folder, progress);
  } catch (const QueryError& error) {
    throw Error(Fault::data, fmt::format("cannot read '{}': {}", raw.file.string(), error.what()), "export the table again");
  }
  auto& counts = read.counts;
  counts.name = raw.file.filename().string();
  counts.rejected = std::int64_t(read.rejects.size());
  counts.read = counts.kept + counts.rejected;
  note_absent_columns(raw, counts);
  return read;
}

}  // namespace auspex::campus
