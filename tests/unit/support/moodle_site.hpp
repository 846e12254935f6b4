// A small Moodle made by hand: rows of its tables, written as CSV files and imported; read back as they were known at a moment.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

/// Tables by their names without a prefix. A value that a row lacks is missing; the tables that every site has are there with the
/// columns that they must have.
class MoodleSite {
 public:
  using Row = std::map<std::string, std::string>;
  using Value = std::variant<std::int64_t, double, bool, std::string>;
  using Known = std::map<std::string, std::vector<std::map<std::string, Value>>>;

  MoodleSite();
  ~MoodleSite();
  MoodleSite(const MoodleSite&) = delete;
  MoodleSite& operator=(const MoodleSite&) = delete;

  MoodleSite& add(const std::string& table, Row row);

  /// The row of a table that was added last.
  Row& last(const std::string& table) { return rows_.at(table).back(); }

  /// Makes the campus. Throws where a row is left out.
  void import();

  /// Canonical tables, after import(): what was known then, without the values that were missing. Ids are dense, words texts.
  [[nodiscard]] Known known_at(const std::vector<std::string>& tables, std::int64_t as_of) const;

  /// The dense id of a user; -1 where the campus has none of that id.
  [[nodiscard]] std::int64_t dense_user(const std::string& id) const;

 private:
  struct Imported;

  std::string folder_;
  std::map<std::string, std::vector<std::string>> columns_;
  std::map<std::string, std::vector<Row>> rows_;
  std::unique_ptr<Imported> imported_;
};
