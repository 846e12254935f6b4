#include "campus/join.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "campus/version.hpp"

namespace auspex::campus {
namespace fs = std::filesystem;

namespace {

std::string parquet(const fs::path& file) { return fmt::format("read_parquet({})", sql_text(file.string())); }

void share(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  std::error_code failure;
  fs::create_hard_link(from, to, failure);
  if (failure) fs::copy_file(from, to);
}

/// What the campus is asked for: "external_id", or "id".
const std::string& asked(const Join& join) {
  static const std::string id = "id";
  return join.by_id() ? id : join.of;
}

/// One table of a joining source.
class Joiner {
 public:
  Joiner(Connection& connection, const fs::path& folder, const Record& record, const std::string& source, const Table& table,
         const std::vector<Join>& joins)
      : connection_(connection), folder_(folder), record_(record), source_(source), table_(table), joins_(joins) {}

  /// Finds the rows that match.
  void match() {
    std::string columns, tables;
    for (std::size_t i = 0; i < joins_.size(); ++i) {
      make_keys(i);
      columns += fmt::format(", k{0}.id AS \"id {0}\", coalesce(k{0}.subjects, 0) AS \"subjects {0}\"", i);
      tables += fmt::format(" LEFT JOIN \"keys {0}\" AS k{0} ON k{0}.key = g.{1}", i, sql_name(joins_[i].column));
      const auto bad = fmt::format("({} IS NOT NULL AND \"subjects {}\" <> 1)", sql_name(joins_[i].column), i);
      bad_ += (bad_.empty() ? "" : " OR ") + bad;
    }
    if (bad_.empty()) bad_ = "false";
    const auto given = folder_ / source_folder(source_) / (table_.name + ".parquet");
    connection_.run(
        fmt::format("CREATE OR REPLACE TEMP TABLE matched AS SELECT g.*{} FROM {} AS g{}", columns, parquet(given), tables));
  }

  std::vector<ImportReport::Matched> report() {
    std::vector<ImportReport::Matched> all;
    for (std::size_t i = 0; i < joins_.size(); ++i) {
      const auto& join = joins_[i];
      const auto column = sql_name(join.column);
      const auto counted =
          connection_.run(fmt::format("SELECT count(DISTINCT {0}), count(DISTINCT {0}) FILTER (\"subjects {1}\" = 1), "
                                      "count(DISTINCT {0}) FILTER (\"subjects {1}\" > 1), "
                                      "count(*), count(*) FILTER ({0} IS NOT NULL AND \"subjects {1}\" <> 1), "
                                      "count(DISTINCT \"id {1}\") FILTER (\"subjects {1}\" = 1) FROM matched",
                                      column, i));
      ImportReport::Matched one{.source = source_, .table = table_.name, .column = join.column, .target = join.target()};
      one.keys = counted.integer(0, 0);
      one.matched = counted.integer(0, 1);
      one.ambiguous = counted.integer(0, 2);
      one.rows = counted.integer(0, 3);
      one.unmatched_rows = counted.integer(0, 4);
      one.subjects_with_rows = counted.integer(0, 5);
      const auto rows = record_.origin.rows.find(join.table);
      one.subjects = rows == record_.origin.rows.end() ? 0 : rows->second;
      one.subjects_with_key = connection_.count(fmt::format("SELECT coalesce(sum(subjects), 0) FROM \"keys {}\"", i));
      if (one.keys > 0 && one.matched == 0) throw nothing_matches(i, one);
      all.push_back(std::move(one));
    }
    return all;
  }

  /// The rows that do not match, in the order of their files.
  std::vector<Reject> unmatched() {
    std::string reason, text;
    for (std::size_t i = 0; i < joins_.size(); ++i) {
      const auto& join = joins_[i];
      const auto column = sql_name(join.column);
      const auto subjects = fmt::format("\"subjects {}\"", i);
      const auto key = record_.pseudonymous ? sql_text("") : fmt::format("{} || {}", sql_text(join.column + "="), column);
      reason += fmt::format(" WHEN {} IS NOT NULL AND {} = 0 THEN {}", column, subjects,
                            sql_text(fmt::format("no {} has this {}", join.kind, asked(join))));
      reason += fmt::format(" WHEN {0} IS NOT NULL AND {1} > 1 THEN CAST({1} AS VARCHAR) || {2}", column, subjects,
                            sql_text(fmt::format(" {} have this {}", join.table, asked(join))));
      text += fmt::format(" WHEN {} IS NOT NULL AND {} <> 1 THEN {}", column, subjects, key);
    }
    std::vector<Reject> rejects;
    if (joins_.empty()) return rejects;
    const auto rows =
        connection_.run(fmt::format("SELECT CASE{} END AS reason, CASE{} END AS text, {} FROM matched WHERE {} ORDER BY ALL",
                                    reason, text, "\"row origin\"", bad_));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      auto& reject =
          rejects.emplace_back(Reject{"", 0, table_.name, rows.text(i, 0).value_or(""), rows.text(i, 1).value_or("")});
      reject.stand_at(rows.text(i, 2).value_or(""));
    }
    sort_by_line(rejects);
    return rejects;
  }

  /// Writes the rows that match, with the ids of the campus and words of their own; how many there are.
  std::int64_t write() {
    std::string columns, words, others;
    for (const auto& column : table_.columns) {
      const auto name = sql_name(column.name);
      auto value = "m." + name;
      if (column.type == Type::id) {
        const auto at =
            std::find_if(joins_.begin(), joins_.end(), [&](const Join& join) { return join.column == column.name; });
        value = fmt::format("CAST(m.\"id {}\" AS INTEGER)", at - joins_.begin());
      } else if (!column.dictionary.empty()) {
        add_words(column);
        const auto alias = sql_name("word of " + column.name);
        words += fmt::format(" LEFT JOIN dictionary AS {0} ON {0}.kind = {1} AND {0}.text = {2}", alias,
                             sql_text(column.dictionary), value);
        value = fmt::format("CAST({}.id AS INTEGER)", alias);
      }
      columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", value, name);
      if (std::ranges::count(table_.order, column.name) == 0) others += fmt::format(", {} NULLS FIRST", name);
    }
    std::string order;
    for (const auto& name : table_.order)
      order += fmt::format("{}{} NULLS FIRST", order.empty() ? "" : ", ", sql_name(name));
    const auto file = folder_ / table_file(table_.name);
    fs::create_directories(file.parent_path());
    connection_.run(fmt::format(
        "COPY (SELECT * FROM (SELECT {} FROM (SELECT * FROM matched WHERE NOT ({})) AS m{}) ORDER BY {}{}) TO {} "
        "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)",
        columns, bad_, words, order, others, sql_text(file.string())));
    return connection_.count(fmt::format("SELECT count(*) FROM matched WHERE NOT ({})", bad_));
  }

 private:
  /// "keys I": each key of the campus, how many rows of its table have it, and the id of one.
  void make_keys(std::size_t i) {
    const auto& join = joins_[i];
    const auto file = folder_ / table_file(join.table);
    const auto id = sql_name(join.kind + "_id");
    const auto select =
        !fs::exists(file)
            ? std::string("SELECT '' AS key, 0 AS id, 0 AS subjects WHERE false")
            : fmt::format(
                  "SELECT d.text AS key, min(t.{}) AS id, count(*) AS subjects FROM {} AS t JOIN dictionary AS d "
                  "ON d.kind = {} AND d.id = t.{} WHERE d.text <> '' GROUP BY d.text",
                  id, parquet(file), sql_text(join.dictionary()), sql_name(join.of));
    connection_.run(fmt::format("CREATE OR REPLACE TEMP TABLE \"keys {}\" AS {}", i, select));
  }

  void add_words(const Column& column) {
    connection_.run(fmt::format(
        "INSERT INTO dictionary SELECT {0}, row_number() OVER (ORDER BY text) - 1, text FROM (SELECT DISTINCT {1} AS "
        "text FROM matched WHERE {1} IS NOT NULL AND NOT ({2}))",
        sql_text(column.dictionary), sql_name(column.name), bad_));
  }

  Error nothing_matches(std::size_t i, const ImportReport::Matched& one) {
    const auto& join = joins_[i];
    std::string hint;
    if (one.subjects_with_key == 0) {
      hint = fmt::format("the campus has no {}; match by another column of '{}'", join.target(), join.table);
    } else if (record_.pseudonymous) {
      hint = "both are HMACs: give the key file that the campus was imported with, and the same keys";
    } else {
      const auto some = [&](const std::string& column, const std::string& from) {
        return connection_.run(fmt::format("SELECT min({}) FROM {}", column, from)).text(0, 0).value_or("");
      };
      hint = fmt::format("the source has '{}', for example, the campus '{}'", some(sql_name(join.column), "matched"),
                         some("key", fmt::format("\"keys {}\"", i)));
    }
    return Error(Fault::data,
                 fmt::format("source '{}', table '{}': none of the {} keys in '{}' is a {}: the old campus stays", source_,
                             table_.name, one.keys, join.column, join.target()),
                 hint);
  }

  Connection& connection_;
  const fs::path& folder_;
  const Record& record_;
  const std::string& source_;
  const Table& table_;
  const std::vector<Join>& joins_;
  std::string bad_;  // SQL: the row has a key that does not name one row
};

/// Puts a joined table among those of the campus, in place of an empty one of the name.
void add_table(Record& record, const JoinedSource& joined, const Table& table, const fs::path& folder) {
  const auto at =
      std::find_if(record.tables.begin(), record.tables.end(), [&](const Table& t) { return t.name == table.name; });
  if (at == record.tables.end()) {
    record.tables.push_back(table);
    return;
  }
  if (fs::exists(folder / table_file(table.name))) {
    std::string giver = record.origin.source;
    for (const auto& other : record.joined) {
      if (std::ranges::any_of(other.tables, [&](const auto& t) { return t.name == table.name; })) giver = other.source;
    }
    throw Error(Fault::configuration,
                fmt::format("the sources '{}' and '{}' both give the table '{}'", giver, joined.source, table.name),
                "name it otherwise in one of them");
  }
  *at = table;
}

}  // namespace

Record without_joined(Record record) {
  std::set<std::string> joined;
  for (const auto& source : record.joined) {
    for (const auto& table : source.tables) joined.insert(table.name);
  }
  record.joined.clear();
  for (const auto& name : joined) record.origin.rows.erase(name);
  std::erase_if(record.tables, [&](const Table& table) { return joined.contains(table.name); });
  // A canonical table that the first source does not give is there, and empty.
  std::vector<Table> tables;
  for (const auto& canonical : canonical_tables()) {
    const auto at =
        std::find_if(record.tables.begin(), record.tables.end(), [&](const Table& t) { return t.name == canonical.name; });
    auto& table = tables.emplace_back(at == record.tables.end() ? canonical : *at);
    if (at == record.tables.end())
      table.known_at = "always";
    else
      record.tables.erase(at);
  }
  tables.insert(tables.end(), record.tables.begin(), record.tables.end());
  record.tables = std::move(tables);
  return record;
}

void carry_over(const fs::path& version, const Record& record, bool first, const std::vector<JoinedSource>& joined,
                const fs::path& folder) {
  if (first) {
    for (const auto& table : without_joined(record).tables) {
      if (!fs::exists(version / table_file(table.name))) continue;
      // With the copies in other orders that were made since.
      for (const auto& entry : fs::directory_iterator(version / table.name)) {
        if (entry.path().extension() == ".parquet") share(entry.path(), folder / table.name / entry.path().filename());
      }
    }
    for (const char* name : {dictionaries_file, "rejects.csv"}) share(version / name, folder / name);
  }
  for (const auto& source : joined) {
    for (const auto& table : source.tables) {
      const auto name = source_folder(source.source) + table.name + ".parquet";
      share(version / name, folder / name);
    }
    const auto name = source_folder(source.source) + "rejects.csv";
    share(version / name, folder / name);
  }
}

std::vector<Reject> join_sources(Connection& connection, const fs::path& folder, Record& record,
                                 std::vector<JoinedSource> joined, const std::vector<Table>& definitions) {
  std::sort(joined.begin(), joined.end(), [](const auto& a, const auto& b) { return a.source < b.source; });
  // The words of the first source's tables, and all ids: whatever else an earlier version held belongs to joined tables.
  std::set<std::string> kinds;
  for (const auto& table : record.tables) {
    for (const auto& column : table.columns) {
      if (!column.dictionary.empty()) kinds.insert(sql_text(column.dictionary));
    }
  }
  connection.run(fmt::format("CREATE OR REPLACE TEMP TABLE dictionary AS SELECT * FROM {} WHERE kind IN ({})",
                             parquet(folder / dictionaries_file), fmt::join(kinds, ", ")));
  std::vector<Reject> all;
  for (auto& source : joined) {
    source.matches.clear();
    std::vector<Reject> aside;
    for (const auto& given : source.tables) {
      const auto table =
          std::find_if(definitions.begin(), definitions.end(), [&](const Table& t) { return t.name == given.name; });
      add_table(record, source, *table, folder);
      Joiner joiner(connection, folder, record, source.source, *table, given.joins);
      joiner.match();
      const auto matches = joiner.report();
      source.matches.insert(source.matches.end(), matches.begin(), matches.end());
      const auto unmatched = joiner.unmatched();
      const auto kept = joiner.write();
      record.origin.rows[given.name] = kept;
      for (auto& counts : source.canonical) {
        if (counts.name != given.name) continue;
        counts.kept = kept;
        counts.note = unmatched.empty() ? "" : fmt::format("kept aside by their keys: {}", unmatched.size());
      }
      aside.insert(aside.end(), unmatched.begin(), unmatched.end());
    }
    write_file(folder / source_folder(source.source) / "unmatched.csv", rejects_csv(aside));
    all.insert(all.end(), aside.begin(), aside.end());
    record.joined.push_back(std::move(source));
  }
  // A file that an older version shares is replaced, not written over.
  const auto file = folder / dictionaries_file;
  auto complete = file;
  complete += ".complete";
  connection.run(fmt::format("COPY (SELECT * FROM dictionary ORDER BY kind, id) TO {} (FORMAT parquet, COMPRESSION zstd)",
                             sql_text(complete.string())));
  fs::rename(complete, file);
  return all;
}

}  // namespace auspex::campus
