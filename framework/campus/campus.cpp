#include "campus/campus.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/names.hpp"
#include "campus/duckdb.hpp"
#include "campus/version.hpp"

namespace auspex::campus {
namespace fs = std::filesystem;

namespace {

class NoRows final : public Scan {
 public:
  bool next(Batch&) override { return false; }
};

class StoredScan final : public Scan {
 public:
  StoredScan(std::shared_ptr<const Engine> engine, fs::path folder, const std::string& sql) : folder_(std::move(folder)) {
    guarded([&] { stream_ = std::make_unique<Stream>(std::move(engine), sql); });
  }

  bool next(Batch& batch) override {
    bool more = false;
    guarded([&] { more = stream_->next(batch); });
    return more;
  }

 private:
  template <typename Action>
  void guarded(Action action) const {
    try {
      action();
    } catch (const QueryError& error) {
      throw damaged(folder_, error.what());
    }
  }

  fs::path folder_;
  std::unique_ptr<Stream> stream_;
};

/// SQL that holds for exactly the ascending `keys` of `column`, written so that row groups are left out.
std::string key_filter(const std::string& column, const std::vector<std::int64_t>& keys) {
  const auto [first, last] = std::minmax_element(keys.begin(), keys.end());
  const auto name = sql_name(column);
  auto sql = fmt::format("{0} >= {1} AND {0} <= {2}", name, *first, *last);
  if (std::uint64_t(*last - *first) + 1 == keys.size()) return sql;
  std::string list;
  for (const auto key : keys) list += (list.empty() ? "" : ", ") + std::to_string(key);
  return sql + fmt::format(" AND {} IN ({})", name, list);
}

class StoredCampus final : public Campus {
 public:
  StoredCampus(fs::path folder, Record record, Options options, std::optional<FileLock> lock)
      : folder_(std::move(folder)),
        record_(std::move(record)),
        lock_(std::move(lock)),
        engine_(std::make_shared<Engine>(options.threads, options.memory, fs::path())) {
    Connection connection(*engine_);
    connection.run("SET GLOBAL parquet_metadata_cache = true");
    connection.run("SET GLOBAL preserve_insertion_order = true");
  }

  const Origin& origin() const override { return record_.origin; }
  const std::vector<Table>& tables() const override { return record_.tables; }

  const Dictionary& dictionary(const std::string& name) const override {
    const std::lock_guard lock(mutex_);
    if (!dictionaries_read_) read_dictionaries();
    const auto at = dictionaries_.find(name);
    if (at != dictionaries_.end()) return at->second;
    static const Dictionary empty;
    for (const auto& table : record_.tables) {
      for (const auto& column : table.columns) {
        if (column.dictionary == name) return empty;
      }
    }
    throw Error(Fault::usage, fmt::format("the campus has no dictionary '{}'", name));
  }

  std::unique_ptr<Scan> scan(const ScanRequest& request) const override {
    const auto* table = find(request.table);
    if (table == nullptr) throw unknown("table", request.table, names_of(record_.tables), "");
    std::string columns;
    for (const auto& name : request.columns) {
      const auto* column = table->find(name);
      if (column == nullptr) throw unknown("column", name, names_of(table->columns), " of table '" + table->name + "'");
      auto value = sql_name(name);
      if (!column->late.empty() && request.as_of != no_time) {
        value = fmt::format("CASE WHEN {} <= {} THEN {} END", sql_name(column->late), request.as_of, value);
      }
      columns += (columns.empty() ? "" : ", ") + value;
    }
    if (file_of(*table).empty()) return std::make_unique<NoRows>();
    if (columns.empty()) throw Error(Fault::usage, fmt::format("no columns of table '{}' are asked for", table->name));
    std::string where;
    const auto also = [&](const std::string& condition) { where += (where.empty() ? " WHERE " : " AND ") + condition; };
    const bool second = !request.by.empty() && request.by != table->order.front();
    if (second && table->find(request.by) == nullptr) throw unknown("column", request.by, names_of(table->columns), " of table '" + table->name + "'");
    if (!request.keys.empty()) also(key_filter(second ? request.by : table->order.front(), request.keys));
    if (table->known_at != "always" && request.as_of != no_time) {
      also(fmt::format("{} <= {}", sql_name(table->known_at), request.as_of));
    }
    const auto file = second ? copy_by(*table, request.by) : file_of(*table);
    const auto sql = fmt::format("SELECT {} FROM read_parquet({}){}", columns, sql_text(file.string()), where);
    return std::make_unique<StoredScan>(engine_, folder_, sql);
  }

  fs::path file_of(const Table& table) const override {
    const auto rows = record_.origin.rows.find(table.name);
    return rows == record_.origin.rows.end() || rows->second == 0 ? fs::path() : folder_ / table.name / "part-0.parquet";
  }

 private:
  template <typename Named>
  static std::vector<std::string> names_of(const std::vector<Named>& all) {
    std::vector<std::string> names;
    for (const auto& one : all) names.push_back(one.name);
    return names;
  }

  static Error unknown(const char* what, const std::string& name, const std::vector<std::string>& known,
      const std::string& of) {
    return Error(Fault::usage, fmt::format("unknown {} '{}'{}", what, name, of), did_you_mean(name, known));
  }

  /// The file of the table's rows by `column`, written where there is none yet. Rows without that id are not in it.
  fs::path copy_by(const Table& table, const std::string& column) const {
    const auto file = folder_ / table.name / fmt::format("by-{}.parquet", column);
    const std::lock_guard guard(mutex_);
    if (fs::exists(file)) return file;
    constexpr double wait = 600;
    const FileLock lock(folder_ / "copies.lock", wait, fmt::format("a copy of the table '{}'", table.name), "");
    if (fs::exists(file)) return file;
    auto partial = file;
    partial += ".partial";
    try {
      Connection connection(*engine_);
      // The original is in a total order: its row numbers decide what id and time do not.
      const auto order = sql_name(column) + (table.time.empty() ? std::string() : ", " + sql_name(table.time) + " NULLS FIRST");
      connection.run(fmt::format("COPY (SELECT * EXCLUDE (file_row_number) FROM read_parquet({}, file_row_number = true) WHERE {} IS NOT "
                                 "NULL ORDER BY {}, file_row_number) TO {} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)",
                                 sql_text(file_of(table).string()), sql_name(column), order,
                                 sql_text(partial.string())));
    } catch (const QueryError& error) {
      throw Error(Fault::data, fmt::format("cannot write '{}': {}", file.string(), error.what()), "is the disk full, or the campus read-only?");
    }
    fs::rename(partial, file);
    return file;
  }

  void read_dictionaries() const {
    try {
      std::map<std::string, std::vector<std::string>> texts;
      Stream stream(engine_, fmt::format("SELECT kind, text FROM read_parquet({})",
                                         sql_text((folder_ / "dictionaries.parquet").string())));
      std::vector<std::vector<std::string>> rows;
      while (stream.next(rows)) {
        for (auto& row : rows) texts[row[0]].push_back(std::move(row[1]));
      }
      for (auto& [kind, list] : texts) dictionaries_.emplace(kind, Dictionary(std::move(list)));
    } catch (const QueryError& error) {
      throw damaged(folder_, error.what());
    }
    dictionaries_read_ = true;
  }

  fs::path folder_;
  Record record_;
  std::optional<FileLock> lock_;  // as long as it is held, no import removes the files
  std::shared_ptr<const Engine> engine_;
  mutable std::mutex mutex_;
  mutable bool dictionaries_read_ = false;
  mutable std::map<std::string, Dictionary> dictionaries_;
};

}  // namespace

std::int64_t ColumnView::integer(std::size_t row) const {
  switch (form) {
    case Form::integer8: return static_cast<const std::int8_t*>(values)[row];
    case Form::integer16: return static_cast<const std::int16_t*>(values)[row];
    case Form::integer32: return static_cast<const std::int32_t*>(values)[row];
    default: return static_cast<const std::int64_t*>(values)[row];
  }
}

double ColumnView::real(std::size_t row) const {
  return form == Form::real32 ? double(static_cast<const float*>(values)[row]) : static_cast<const double*>(values)[row];
}

Dictionary::Dictionary(std::vector<std::string> texts) : texts_(std::move(texts)) {
  ids_.reserve(texts_.size());
  for (std::size_t id = 0; id < texts_.size(); ++id) ids_.emplace(texts_[id], std::int64_t(id));
}

std::optional<std::int64_t> Dictionary::find(std::string_view text) const {
  const auto at = ids_.find(std::string(text));
  if (at == ids_.end()) return std::nullopt;
  return at->second;
}

const Table* Campus::find(std::string_view table) const {
  const auto& all = tables();
  const auto at = std::find_if(all.begin(), all.end(), [&](const Table& t) { return t.name == table; });
  return at == all.end() ? nullptr : &*at;
}

std::shared_ptr<Campus> Campus::open(const fs::path& folder, Options options) {
  auto version = current_version(folder);
  auto lock = FileLock::attempt(folder / "versions" / version / record_file, FileLock::Sharing::with_others);
  // An import may end between the two.
  for (auto now = current_version(folder); !lock && now != version; now = current_version(folder)) {
    version = std::move(now);
    lock = FileLock::attempt(folder / "versions" / version / record_file, FileLock::Sharing::with_others);
  }
  const auto path = folder / "versions" / version;
  auto record = read_record(path);
  for (const auto& file : record.files) {
    std::error_code failure;
    const auto size = fs::file_size(path / file.name, failure);
    if (failure) throw damaged(folder, fmt::format("its file '{}' is missing", file.name));
    if (size != file.size) {
      throw damaged(folder, fmt::format("its file '{}' has {} bytes, not {}", file.name, size, file.size));
    }
  }
  return std::make_shared<StoredCampus>(path, std::move(record), options, std::move(lock));
}

}  // namespace auspex::campus
