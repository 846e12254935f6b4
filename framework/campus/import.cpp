#include "campus/import.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/calendar.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/names.hpp"
#include "campus/canonical.hpp"
#include "campus/duckdb.hpp"
#include "campus/join.hpp"
#include "campus/raw.hpp"
#include "campus/record.hpp"
#include "campus/version.hpp"

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
    look_at_old();
    fs::create_directories(request_.campus / "versions");
    TemporaryFolder::remove_leftovers(request_.campus / "versions");
    TemporaryFolder::remove_leftovers(request_.campus);
    TemporaryFolder folder(request_.campus / "versions");
    // A file that is read where it is used cannot say which of its rows are bad: where one is, all are read beforehand.
    if (!make(raw, folder.path(), true)) make(raw, folder.path(), false);
    keep(folder);
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    for (auto* rejects : {&report_.rejects, &report_.unmatched}) {
      if (rejects->size() > most_reported) rejects->resize(most_reported);
    }
    return std::move(report_);
  }

 private:
  [[nodiscard]] bool joins() const { return request_.source.joins(); }

  /// Reads what the campus is now, where that matters for what it becomes.
  void look_at_old() {
    if (joins() && request_.alone) {
      throw Error(Fault::usage, fmt::format("source '{}' joins a campus: there is none of it alone", request_.source.id),
                  "leave out --alone");
    }
    const bool exists = fs::exists(request_.campus / "current");
    if (joins() && !exists) {
      throw Error(Fault::data,
                  fmt::format("source '{}' joins a campus by its keys, and there is none in '{}'", request_.source.id,
                              request_.campus.string()),
                  "first import the source that gives the people, such as 'auspex import moodle'");
    }
    if (!exists || request_.alone) return;
    try {
      old_version_ = request_.campus / "versions" / current_version(request_.campus);
      old_ = read_record(old_version_);
    } catch (const Error&) {
      if (joins()) throw;
      old_ = {};  // what is damaged is replaced, and holds nothing to keep
      return;
    }
    if (joins() && request_.source.id == old_.origin.source) {
      throw Error(
          Fault::configuration,
          fmt::format("source '{}' joins a campus, and this one was made by a source of that name", old_.origin.source),
          "give it another id");
    }
    if ((joins() || !old_.joined.empty()) && old_.pseudonymous != !key_.empty()) {
      throw Error(Fault::usage,
                  old_.pseudonymous ? "the ids of this campus are HMACs, and those of this import would not match them"
                                    : "the ids of this campus are no HMACs, and those of this import would not match them",
                  old_.pseudonymous
                      ? "give --key-file with the same key"
                      : "leave out --key-file, or import all sources anew with it, the first one with --alone");
    }
  }

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
    step("number ids");
    builder.number_ids();
    if (joins())
      keep_given(builder, folder);
    else
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
    version_ = text_of(connection, "version_sql", request_.source.version_sql);
    report_.timezone = old_.origin.timezone;
    if (joins()) return;
    auto zone = request_.timezone.empty() ? request_.source.timezone : request_.timezone;
    if (zone.empty()) zone = text_of(connection, "timezone_sql", request_.source.timezone_sql);
    report_.timezone = TimeZone::named(zone.empty() ? "UTC" : zone).name();
  }

  void stage_tables(Builder& builder) {
    for (const auto& plan : plans_) {
      auto made = builder.stage(plan, step("make " + plan.table.name));
      report_.tables.push_back(std::move(made.counts));
      report_.rejects.insert(report_.rejects.end(), made.rejects.begin(), made.rejects.end());
    }
  }

  void write_tables(Builder& builder, const fs::path& folder) {
    builder.write_dictionaries(folder / dictionaries_file);
    for (const auto& plan : plans_) {
      if (plan.source == nullptr) continue;
      if (plan.table.known_at == "always") report_.always_known.push_back(plan.table.name);
      builder.write(plan, folder / plan.table.name / "part-0.parquet", step("write " + plan.table.name));
    }
  }

  /// What a joining source gives waits in the folder until it is matched.
  void keep_given(Builder& builder, const fs::path& folder) {
    for (const auto& plan : plans_) {
      step("keep " + plan.table.name);
      if (plan.table.known_at == "always") report_.always_known.push_back(plan.table.name);
      builder.keep(plan, folder / source_folder(request_.source.id) / (plan.table.name + ".parquet"));
    }
    write_file(folder / source_folder(request_.source.id) / "rejects.csv", rejects_csv(report_.rejects));
  }

  [[nodiscard]] Record first_record() const {
    Record record;
    record.origin.source = request_.source.id;
    record.origin.version = version_;
    record.origin.timezone = report_.timezone;
    for (const auto& counts : report_.tables) record.origin.rows[counts.name] = counts.kept;
    for (const auto& plan : plans_) record.tables.push_back(plan.table);
    record.parameters = parameters_;
    record.pseudonymous = !key_.empty();
    record.always_known = report_.always_known;
    record.raw = report_.raw;
    record.canonical = report_.tables;
    record.rejects = count_reasons(report_.rejects);
    return record;
  }

  [[nodiscard]] JoinedSource joined_record() const {
    JoinedSource joined;
    joined.source = request_.source.id;
    joined.version = version_;
    joined.parameters = parameters_;
    for (const auto& plan : plans_) joined.tables.push_back({plan.table.name, plan.joins});
    joined.always_known = report_.always_known;
    joined.raw = report_.raw;
    joined.canonical = report_.tables;
    joined.rejects = count_reasons(report_.rejects);
    return joined;
  }

  /// Records what is in the folder, with what other sources gave to the campus, and makes it the campus.
  void keep(TemporaryFolder& folder) {
    step("keep");
    auto others = old_.joined;
    if (request_.alone) others.clear();
    std::erase_if(others, [&](const JoinedSource& other) { return other.source == request_.source.id; });
    auto definitions = old_.tables;
    if (joins() || !others.empty()) carry_over(old_version_, old_, joins(), others, folder.path());
    auto record = joins() ? without_joined(old_) : first_record();
    if (joins()) {
      others.push_back(joined_record());
      for (const auto& plan : plans_) {
        std::erase_if(definitions, [&](const Table& table) { return table.name == plan.table.name; });
        definitions.push_back(plan.table);
      }
    } else {
      write_file(folder.path() / "rejects.csv", rejects_csv(report_.rejects));
    }
    if (!others.empty()) join(folder.path(), record, std::move(others), definitions);
    std::vector<StoredFile> shared;
    for (const auto& file : old_.files) {
      std::error_code failure;
      if (fs::equivalent(old_version_ / file.name, folder.path() / file.name, failure)) shared.push_back(file);
    }
    keep_version(folder, request_.campus, record, shared);
    report_.fingerprint = record.origin.fingerprint;
  }

  void join(const fs::path& folder, Record& record, std::vector<JoinedSource> joined,
            const std::vector<Table>& definitions) {
    const TemporaryFolder temporary(folder);
    const Engine engine(request_.threads, std::min(request_.memory, most_memory), temporary.path());
    Connection connection(engine);
    try {
      report_.unmatched = join_sources(connection, folder, record, std::move(joined), definitions);
    } catch (const Error& error) {
      if (joins()) throw;
      auto problems = error.problems();
      problems.front().hint += "; 'auspex import --alone' leaves out what other sources joined to the campus";
      throw Error(error.fault(), std::move(problems));
    }
    for (const auto& source : record.joined) {
      if (joins() && source.source != request_.source.id) continue;
      report_.matches.insert(report_.matches.end(), source.matches.begin(), source.matches.end());
      if (joins()) report_.tables = source.canonical;
    }
    if (!joins()) return;
    std::erase_if(report_.unmatched, [&](const Reject& reject) {
      return std::ranges::none_of(plans_, [&](const TablePlan& plan) { return plan.table.name == reject.table; });
    });
  }

  const ImportRequest& request_;
  nlohmann::ordered_json parameters_;
  std::vector<TablePlan> plans_;
  std::string key_;
  std::string version_;
  Record old_;            // of the campus that this import replaces or adds to
  fs::path old_version_;  // its folder
  ImportReport report_;
};

}  // namespace

void Reject::stand_at(const std::string& origin) {
  const auto colon = origin.rfind(':');
  file = origin.substr(0, colon);
  if (colon != std::string::npos) (void)std::from_chars(origin.data() + colon + 1, origin.data() + origin.size(), line);
}

void sort_by_line(std::vector<Reject>& rejects) {
  std::stable_sort(rejects.begin(), rejects.end(),
                   [](const Reject& a, const Reject& b) { return std::tie(a.file, a.line) < std::tie(b.file, b.line); });
}

ImportReport import(const ImportRequest& request) {
  try {
    return Import(request).run();
  } catch (const QueryError& error) {
    throw Error(Fault::data, fmt::format("the import of '{}' fails: {}", request.from.string(), error.what()),
                "is the disk full, or the memory limit too low?");
  }
}

}  // namespace auspex::campus
