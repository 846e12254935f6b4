#include "campus/version.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "base/toml_text.hpp"

namespace auspex::campus {
namespace fs = std::filesystem;

namespace {

/// Lists the files of a version; the tables and dictionaries make the fingerprint.
void record_files(const fs::path& folder, Record& record, const std::vector<StoredFile>& known) {
  record.files.clear();
  Sha256 whole;
  const auto add = [&](const std::string& name, bool counts) {
    const auto at = std::find_if(known.begin(), known.end(), [&](const StoredFile& file) { return file.name == name; });
    record.files.push_back(
        at != known.end() ? *at : StoredFile{name, fs::file_size(folder / name), sha256_of_file(folder / name)});
    if (counts) whole.add(fmt::format("{} {}\n", name, record.files.back().sha256));
  };
  for (const auto& table : record.tables) {
    if (fs::exists(folder / table_file(table.name))) add(table_file(table.name), true);
  }
  add(dictionaries_file, true);
  add("rejects.csv", false);
  for (const auto& joined : record.joined) {
    for (const auto& table : joined.tables) add(source_folder(joined.source) + table.name + ".parquet", false);
    for (const char* name : {"rejects.csv", "unmatched.csv"}) add(source_folder(joined.source) + name, false);
  }
  record.origin.fingerprint = whole.hex();
}

/// Who reads a version keeps it; the next import removes it.
void remove_unread(const fs::path& versions, const std::string& current) {
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(versions)) {
    if (entry.path().filename() != current) old.push_back(entry.path());
  }
  for (const auto& path : old) {
    const auto record = path / record_file;
    const auto lock = FileLock::attempt(record, FileLock::Sharing::alone);
    if (lock || !fs::exists(record)) fs::remove_all(path);
  }
}

}  // namespace

Error damaged(const fs::path& folder, const std::string& why) {
  return Error(Fault::data, fmt::format("the campus in '{}' is damaged: {}", folder.string(), why),
               "run 'auspex import' again");
}

std::string current_version(const fs::path& campus) {
  if (!fs::exists(campus / "current")) {
    throw Error(Fault::data, fmt::format("there is no campus in '{}'", campus.string()), "run 'auspex import' first");
  }
  auto version = read_file(campus / "current");
  while (!version.empty() && (version.back() == '\n' || version.back() == ' ')) version.pop_back();
  if (version.empty() || version.find('/') != std::string::npos || version.starts_with(".")) {
    throw damaged(campus, "its file 'current' names no version");
  }
  return version;
}

Record read_record(const fs::path& folder) {
  const auto campus = folder.parent_path().parent_path();
  try {
    return record_from_json(nlohmann::ordered_json::parse(read_file(folder / record_file)));
  } catch (const Error& error) {
    throw damaged(campus, error.problems().front().message);
  } catch (const std::exception& error) {
    throw damaged(campus, fmt::format("'{}': {}", (folder / record_file).string(), error.what()));
  }
}

std::string table_file(const std::string& table) { return table + "/part-0.parquet"; }

std::string source_folder(const std::string& source) { return "sources/" + source + "/"; }

std::string rejects_csv(const std::vector<Reject>& rejects) {
  std::string text = "file,line,table,reason,text\n";
  for (const auto& reject : rejects) {
    text += fmt::format("{},{},{},{},{}\n", csv_field(reject.file), reject.line > 0 ? std::to_string(reject.line) : "",
                        csv_field(reject.table), csv_field(reject.reason), csv_field(reject.text));
  }
  return text;
}

void keep_version(TemporaryFolder& folder, const fs::path& campus, Record& record, const std::vector<StoredFile>& known) {
  record_files(folder.path(), record, known);
  const auto json = to_json(record);
  write_file(folder.path() / record_file, json.dump(1) + "\n");
  write_file(folder.path() / "campus.toml",
             "# What this campus was made of. Written by the import; do not edit.\n" + toml_text(json));

  const auto versions = campus / "versions";
  constexpr std::size_t prefix = 16;
  const auto name = record.origin.fingerprint.substr(0, prefix);
  auto version = name;
  for (int again = 2; fs::exists(versions / version); ++again) version = fmt::format("{}-{}", name, again);
  folder.keep_as(versions / version);
  write_file(campus / "current", version + "\n");
  remove_unread(versions, version);
}

}  // namespace auspex::campus
