// From the campus to units of work, front to back.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "analysis/unit.hpp"

namespace auspex::analysis {

/// Reads units in key order, each table once: courses as one run each, users from copies in the users' order, the site in blocks
/// of the courses or users that its samples are about. Tables without that key are read whole, for all units.
class Reader {
 public:
  /// `columns`: those to read of each table.
  Reader(Components& components, const std::map<std::string, std::vector<std::string>>& columns, Shared& shared);

  [[nodiscard]] std::size_t count() const { return planned_.size(); }

  /// The next unit; to be called count() times.
  [[nodiscard]] Job next();

 private:
  struct Planned {
    auspex_analysable analysable{};
    std::vector<std::int64_t> keys;  // of its rows, ascending
    SampleKeys samples;
  };
  void plan_site(Components& components, const auspex_analysable& site, const UnitTables& tables, std::int32_t entity);

  Shared& shared_;
  Words words_;
  std::vector<Planned> planned_;
  std::map<std::string, TableCursor> cursors_;
  std::size_t at_ = 0;
};

/// The column that a unit's rows are read by: "course_id" or "user_id".
[[nodiscard]] std::string key_column(const plugin::AnalyserInfo& analyser);

/// Whether a table is read unit by unit where the rows are read by `key`; else it is read whole.
[[nodiscard]] bool read_by_unit(const campus::Table& table, const std::string& key);

}  // namespace auspex::analysis
