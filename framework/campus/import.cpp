#include "campus/import.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/calendar.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hash.hpp"
#include "base/names.hpp"
#include "base/text.hpp"
#include "base/toml_text.hpp"
#include "campus/canonical.hpp"
#include "campus/duckdb.hpp"
#include "campus/raw.hpp"
#include "campus/record.hpp"

namespace auspex::campus {
namespace fs = std::filesystem;

namespace {

// What DuckDB holds in memory; the rest spills into the temporary folder.
constexpr std::int64_t most_memory = std::int64_t{640} << 20;
constexpr std::uintmax_t most_in_memory = std::uintmax_t{16} << 20;
constexpr std::size_t most_reported = 1000;

/// The parameters' values, defaults where none are given.
nlohmann::ordered_json checked_parameters(const spec::Source& source, const nlohmann::json& given) {
  std::vector<Problem> problems;
  std::vector<std::string> names;
  auto values = nlohmann::ordered_json::object();
  for (const auto& parameter : source.parameters) {
    names.push_back(parameter.name);
    const auto at = given.find(parameter.name);
    if (at == given.end()) {
      if (parameter.required && parameter.default_value.is_null()) {
        problems.push_back({{}, fmt::format("source '{}' needs the parameter '{}'", source.id, parameter.name),
            parameter.description,
                            false});
      }
      values[parameter.name] = parameter.default_value;
    } else if (const auto why = parameter.refuse(*at); !why.empty()) {
      problems.push_back({{}, fmt::format("parameter '{}' of source '{}': {}", parameter.name, source.id, why),
          parameter.description,
                          false});
    } else {
      values[parameter.name] = *at;
    }
  }
  for (const auto& [name, value] : given.items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    problems.push_back({{}, fmt::format("source '{}' has no parameter '{}'", source.id, name), did_you_mean(name, names),
        false});
  }
  if (!problems.empty()) throw Error(Fault::usage, std::move(problems));
  return values;
}

std::string sql_value(const nlohmann::ordered_json& value) {
  if (value.is_string()) return sql_text(value.get<std::string>());
  if (value.is_number_float()) return fmt::format("CAST({} AS DOUBLE)", value.dump());
  return value.is_null() ? "NULL" : value.dump();
}

std::string rejects_csv(const std::vector<Reject>& rejects) {
  std::string text = "file,line,table,reason,text\n";
  for (const auto& reject : rejects) {
    text += fmt::format("{},{},{},{},{}\n", csv_field(reject.file), reject.line > 0 ? std::to_string(reject.line) : "",
                        csv_field(reject.table), csv_field(reject.reason), csv_field(reject.text));
  }
  return text;
}

std::vector<RejectCount> count_reasons(const std::vector<Reject>& rejects) {
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const auto& reject : rejects) ++counts[{reject.file.empty() ? reject.table : reject.file, reject.reason}];
  std::vector<RejectCount> all;
  for (const auto& [what, rows] : counts) all.push_back({what.first, what.second, rows});
  return all;
}

/// One import, step by step.
class Import {
 public:
  explicit Import(const ImportRequest& request)
      : request_(request),
        parameters_(checked_parameters(request.source, request.parameters)),
        plans_(plan_tables(request.source)),
        key_(read_key(request.key_file)) {}

  ImportReport run() {
    const auto begin = std::chrono::steady_clock::now();
    const auto raw = find_raw_files(request_.source, request_.from);
    fs::create_directories(request_.campus / "versions");
    TemporaryFolder::remove_leftovers(request_.campus / "versions");
    TemporaryFolder::remove_leftovers(request_.campus);
    TemporaryFolder folder(request_.campus / "versions");
    // A file that is read where it is used cannot say which of its rows are bad: where one is, all are read beforehand.
    if (!make(raw, folder.path(), true)) make(raw, folder.path(), false);
    keep(folder);
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (report_.rejects.size() > most_reported) report_.rejects.resize(most_reported);
    return std::move(report_);
  }

 private:
  /// Makes the tables in `folder`. With `views`, large raw files are parsed where they are used; false, and nothing of use
  /// made, where one of them holds a bad row.
  bool make(const RawFiles& raw, const fs::path& folder, bool views) {
    report_ = {};
    const TemporaryFolder temporary(folder);
    const auto& work = temporary.path();
    const Engine engine(request_.threads, std::min(request_.memory, most_memory), work);
    Connection connection(engine);
    if (total_size(raw) > most_in_memory) {
      // Large tables are staged compressed on disk instead of being spilled as they are.
      connection.run(fmt::format("ATTACH {} AS stage", sql_text((work / "stage.db").string())));
      connection.run("USE stage");
      connection.run("SET checkpoint_threshold = '1TB'");
      connection.run("PRAGMA disable_checkpoint_on_shutdown");
    }
    const auto viewed = read_raw(connection, raw, work, views);
    set_variables(connection);
    // From here on the source's SQL runs, which reads nothing but the raw tables.
    if (!viewed.empty()) connection.run(fmt::format("SET allowed_paths = [{}]", fmt::join(viewed, ", ")));
    connection.run(fmt::format("SET allowed_directories = [{}]", sql_text(folder.string() + "/")));
    connection.run("SET enable_external_access = false");
    Builder builder(connection, request_.source, key_);
    try {
      find_origin(connection);
      // How many rows a view has is not known to DuckDB, which would take it for small: joins stay as they are written.
      if (!viewed.empty()) connection.run("SET disabled_optimizers = 'join_order,build_side_probe_side'");
      stage_tables(builder);
      if (!viewed.empty()) connection.run("SET disabled_optimizers = ''");
    } catch (const std::runtime_error&) {
      if (!viewed.empty()) return false;
      throw;
    }
    if (!viewed.empty() && found_bad_rows(connection)) return false;
    write_tables(builder, folder);
    return true;
  }

  static std::string read_key(const fs::path& file) {
    if (file.empty()) return {};
    auto key = read_file(file);
    while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
    constexpr std::size_t least = 16;
    if (key.size() < least) {
      throw Error(Fault::usage, fmt::format("the key in '{}' has {} bytes; at least {} are needed", file.string(),
          key.size(), least),
                  "make one with: openssl rand -hex 32");
    }
    return key;
  }

  static std::uintmax_t total_size(const RawFiles& raw) {
    std::uintmax_t size = 0;
    for (const auto& table : raw.tables) size += table.file.empty() ? 0 : fs::file_size(table.file);
    return size;
  }

  std::function<void(double)> step(const std::string& name) {
    if (!request_.progress) return {};
    request_.progress(name, 0);
    return [this, name](double done) { request_.progress(name, done); };
  }

  /// The SQL texts of the files that were made views.
  std::vector<std::string> read_raw(Connection& connection, const RawFiles& raw, const fs::path& work, bool views) {
    std::vector<std::string> viewed;
    for (const auto& file : raw.tables) {
      const auto name = file.file.empty() ? file.table->name : file.file.filename().string();
      const auto progress = step("read " + name);
      if (auto view = views ? view_raw_table(connection, file, request_.viewed_from) : std::nullopt) {
        viewed.push_back(sql_text(file.file.string()));
        report_.raw.push_back(std::move(view->counts));
        continue;
      }
      auto read = read_raw_table(connection, file, work, progress);
      if (!key_.empty()) {
        for (auto& reject : read.rejects) reject.text.clear();
      }
      if (read.cut || too_many(read.counts.rejected, read.counts.read)) {
        for (auto& reject : read.rejects) reject.file = file.file.string();
        throw too_many_error(fmt::format("'{}'", name), read.counts.rejected, read.counts.read, read.rejects);
      }
      report_.raw.push_back(std::move(read.counts));
      report_.rejects.insert(report_.rejects.end(), read.rejects.begin(), read.rejects.end());
    }
    for (const auto& name : raw.unused) report_.raw.push_back({name, 0, 0, 0, "not used by this source"});
    return viewed;
  }

  void set_variables(Connection& connection) {
    for (const auto& [name, value] : parameters_.items()) {
      connection.run(fmt::format("SET VARIABLE {} = {}", sql_name(name), sql_value(value)));
    }
  }

  // What a source's select of one text gives; "" where it gives none.
  std::string text_of(Connection& connection, const char* key, const std::string& select) const {
    if (select.empty()) return {};
    try {
      const auto rows = connection.run(select);
      return rows.size() > 0 ? rows.text(0, 0).value_or("") : "";
    } catch (const QueryError& error) {
      throw Error(Fault::configuration, fmt::format("source '{}': {} fails: {}", request_.source.id, key, error.what()), "",
                  {request_.source.file.string(), 0, 0});
    }
  }

  void find_origin(Connection& connection) {
    auto zone = request_.timezone.empty() ? request_.source.timezone : request_.timezone;
    if (zone.empty()) zone = text_of(connection, "timezone_sql", request_.source.timezone_sql);
    report_.timezone = TimeZone::named(zone.empty() ? "UTC" : zone).name();
    version_ = text_of(connection, "version_sql", request_.source.version_sql);
  }

  void stage_tables(Builder& builder) {
    for (const auto& plan : plans_) {
      auto made = builder.stage(plan, step("make " + plan.table.name));
      report_.tables.push_back(std::move(made.counts));
      report_.rejects.insert(report_.rejects.end(), made.rejects.begin(), made.rejects.end());
    }
  }

  void write_tables(Builder& builder, const fs::path& folder) {
    step("number ids");
    builder.number_ids(folder / "dictionaries.parquet");
    for (const auto& plan : plans_) {
      if (plan.source == nullptr) continue;
      if (plan.table.known_at == "always") report_.always_known.push_back(plan.table.name);
      builder.write(plan, folder / plan.table.name / "part-0.parquet", step("write " + plan.table.name));
    }
  }

  /// Records what is in the folder and makes it the campus.
  void keep(TemporaryFolder& folder) {
    step("keep");
    Record record;
    Sha256 whole;
    const auto add = [&](const std::string& name, bool counts) {
      const auto file = folder.path() / name;
      record.files.push_back({name, fs::file_size(file), sha256_of_file(file)});
      if (counts) whole.add(fmt::format("{} {}\n", name, record.files.back().sha256));
    };
    for (const auto& plan : plans_) {
      if (plan.source != nullptr) add(plan.table.name + "/part-0.parquet", true);
      record.tables.push_back(plan.table);
    }
    add("dictionaries.parquet", true);
    write_file(folder.path() / "rejects.csv", rejects_csv(report_.rejects));
    add("rejects.csv", false);
    report_.fingerprint = whole.hex();

    record.origin.source = request_.source.id;
    record.origin.version = version_;
    record.origin.timezone = report_.timezone;
    record.origin.fingerprint = report_.fingerprint;
    for (const auto& counts : report_.tables) record.origin.rows[counts.name] = counts.kept;
    record.parameters = parameters_;
    record.pseudonymous = !key_.empty();
    record.always_known = report_.always_known;
    record.raw = report_.raw;
    record.canonical = report_.tables;
    record.rejects = count_reasons(report_.rejects);
    const auto json = to_json(record);
    write_file(folder.path() / record_file, json.dump(1) + "\n");
    write_file(folder.path() / "campus.toml",
        "# What this campus was made of. Written by the import; do not edit.\n" + toml_text(json));

    const auto versions = request_.campus / "versions";
    constexpr std::size_t prefix = 16;
    auto version = report_.fingerprint.substr(0, prefix);
    for (int again = 2; fs::exists(versions / version); ++again) {
      version = fmt::format("{}-{}", report_.fingerprint.substr(0, prefix), again);
    }
    folder.keep_as(versions / version);
    write_file(request_.campus / "current", version + "\n");
    std::vector<fs::path> old;
    for (const auto& entry : fs::directory_iterator(versions)) {
      if (entry.path().filename() != version) old.push_back(entry.path());
    }
    for (const auto& path : old) {
      // Who reads a version keeps it; the next import removes it.
      const auto record = path / record_file;
      const auto lock = FileLock::attempt(record, FileLock::Sharing::alone);
      if (lock || !fs::exists(record)) fs::remove_all(path);
    }
  }

  const ImportRequest& request_;
  nlohmann::ordered_json parameters_;
  std::vector<TablePlan> plans_;
  std::string key_;
  std::string version_;
  ImportReport report_;
};

}  // namespace

ImportReport import(const ImportRequest& request) {
  try {
    return Import(request).run();
  } catch (const QueryError& error) {
    throw Error(Fault::data, fmt::format("the import of '{}' fails: {}", request.from.string(), error.what()),
                "is the disk full, or the memory limit too low?");
  }
}

}  // namespace auspex::campus
