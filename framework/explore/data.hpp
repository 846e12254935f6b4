// A table as it is explored: every column summed up over all rows, and the rows themselves, all or a sample.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "campus/table_file.hpp"
#include "explore/statistics.hpp"
#include "spec/exploration.hpp"

namespace auspex::explore {

/// Up to so many rows, groups, classifications and points are of all rows; above, of a sample of so many.
inline constexpr std::size_t most_rows = 200'000;

struct NumberColumn {
  std::string name;
  Summary summary;            ///< of all rows
  bool log = false;           ///< figures show it on a logarithmic axis
  std::vector<double> edges;  ///< of the histogram
  std::vector<std::int64_t> counts;
  std::vector<double> sample;              ///< NaN = missing
  std::vector<char> beyond;                ///< of all rows: 1 = outside the fences
  std::vector<std::int64_t> not_learners;  ///< the id only: values below 1, the first of them
  std::int64_t not_learner_count = 0;
};

struct TextColumn {
  std::string name;
  std::int64_t present = 0, distinct = 0;
  std::vector<campus::TableFile::Category> top;  ///< most frequent first, of all rows
  std::vector<std::int32_t> sample;              ///< index in `top`; top.size() = another, -1 = missing
  bool log = false;
};

struct RuleColumn {
  std::string name, expression;
  std::vector<std::string> columns;  ///< that it names
  std::vector<std::int8_t> holds;    ///< of all rows: 1, 0, -1 = open for a missing value
  std::int64_t truths = 0, open = 0;
};

struct Data {
  std::int64_t rows = 0;
  std::vector<std::size_t> sample;  ///< positions of the rows that are looked at one by one, ascending
  std::string id;                   ///< column that names a row; empty: none
  std::int64_t id_distinct = 0;
  std::vector<NumberColumn> numbers;
  std::vector<TextColumn> texts;
  std::vector<RuleColumn> rules;

  [[nodiscard]] bool is_whole() const { return std::int64_t(sample.size()) == rows; }
  [[nodiscard]] const NumberColumn* number(const std::string& name) const;
  [[nodiscard]] const TextColumn* text(const std::string& name) const;
  [[nodiscard]] const RuleColumn* rule(const std::string& name) const;
};

/// Throws Error(configuration) with every name of the settings that the table does not have, and every mistake in its rules.
[[nodiscard]] Data read_data(const campus::TableFile& table, const spec::Exploration& settings, std::uint64_t seed);

}  // namespace auspex::explore
