#include "unit/support/moodle_site.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "campus/campus.hpp"
#include "campus/import.hpp"

namespace fs = std::filesystem;
using namespace auspex;

namespace {

void write_csv(const fs::path& file, const std::vector<std::string>& columns, const std::vector<MoodleSite::Row>& rows) {
  std::ofstream out(file, std::ios::binary);
  for (std::size_t i = 0; i < columns.size(); ++i) out << (i == 0 ? "" : ",") << columns[i];
  out << '\n';
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out << ',';
      const auto value = row.find(columns[i]);
      if (value == row.end()) continue;
      out << '"';
      for (const char c : value->second) out << (c == '"' ? "\"\"" : std::string(1, c));
      out << '"';
    }
    out << '\n';
  }
}

}  // namespace

struct MoodleSite::Imported {
  std::shared_ptr<campus::Campus> campus;
};

MoodleSite::MoodleSite() : folder_((fs::temp_directory_path() / "auspex-moodle-XXXXXX").string()) {
  if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no temporary folder");
  columns_ = {
      {"course", {"id", "category", "shortname", "format", "startdate", "visible"}},
      {"user", {"id", "deleted", "suspended", "idnumber", "timecreated"}},
      {"enrol", {"id", "courseid"}},
      {"user_enrolments", {"id", "status", "enrolid", "userid", "timestart", "timeend", "timecreated", "timemodified"}},
      {"context", {"id", "contextlevel", "instanceid", "path"}},
      {"role", {"id", "archetype"}},
      {"role_assignments", {"id", "roleid", "contextid", "userid"}},
      {"logstore_standard_log",
       {"id", "eventname", "component", "crud", "edulevel", "contextlevel", "contextinstanceid", "userid", "courseid", "timecreated"}},
      {"course_modules", {"id", "course", "module", "instance", "section", "visible"}},
      {"modules", {"id", "name"}}};
}

MoodleSite::~MoodleSite() {
  imported_.reset();
  fs::remove_all(folder_);
}

MoodleSite& MoodleSite::add(const std::string& table, Row row) {
  rows_[table].push_back(std::move(row));
  return *this;
}

void MoodleSite::import() {
  const fs::path folder = folder_;
  for (const auto& [table, rows] : rows_) {
    auto& columns = columns_[table];
    for (const auto& row : rows) {
      for (const auto& [column, value] : row) {
        if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
      }
    }
  }
  for (const auto& [table, columns] : columns_) write_csv(folder / ("mdl_" + table + ".csv"), columns, rows_[table]);
  campus::ImportRequest request;
  request.source = spec::read_source(fs::path(AUSPEX_STAGE) / "share/auspex/configs/sources/moodle.toml");
  request.from = folder;
  request.campus = folder / "campus";
  const auto report = campus::import(request);
  if (!report.rejects.empty()) throw std::runtime_error(report.rejects.front().table + ": " + report.rejects.front().reason);
  imported_ = std::make_unique<Imported>(Imported{campus::Campus::open(request.campus, {.threads = 1})});
}

MoodleSite::Known MoodleSite::known_at(const std::vector<std::string>& tables, std::int64_t as_of) const {
  const auto& campus = *imported_->campus;
  Known known;
  for (const auto& name : tables) {
    const auto& columns = campus.find(name)->columns;
    std::vector<std::string> names;
    for (const auto& column : columns) names.push_back(column.name);
    const auto scan = campus.scan({.table = name, .columns = names, .as_of = as_of});
    auto& rows = known[name];
    for (campus::Batch batch; scan->next(batch);) {
      for (std::size_t i = 0; i < batch.rows; ++i) {
        auto& row = rows.emplace_back();
        for (std::size_t c = 0; c < columns.size(); ++c) {
          const auto& data = batch.columns[c];
          if (!data.is_valid(i)) continue;
          switch (columns[c].type) {
            case campus::Type::real: row[names[c]] = data.real(i); break;
            case campus::Type::boolean: row[names[c]] = data.integer(i) != 0; break;
            case campus::Type::word: row[names[c]] = campus.dictionary(columns[c].dictionary).text(data.integer(i)); break;
            default: row[names[c]] = data.integer(i);
          }
        }
      }
    }
  }
  return known;
}

std::int64_t MoodleSite::dense_user(const std::string& id) const {
  return imported_->campus->dictionary("user").find(id).value_or(-1);
}
