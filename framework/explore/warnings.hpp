// What makes a table, or what is learned from it, less than it seems.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "explore/groups.hpp"
#include "explore/labels.hpp"

namespace auspex::explore {

/// id: rows_set_aside, duplicate_ids, not_learners, empty_column, nearly_empty_column, constant_column, heavy_tail,
/// few_rows, small_class, inverted_label, determined_label.
struct Warning {
  std::string id;
  std::string column;  ///< or label; empty: the table
  std::string text;
  std::vector<std::string> columns;  ///< determined_label: those that give it away
  double accuracy = 0;               ///< determined_label: how well
};

/// In the order of the ids above, then of the table. `not_learners`: ids of accounts that are none, and what they are.
[[nodiscard]] std::vector<Warning> find_warnings(const campus::TableFile& table, const Data& data,
                                                 const std::vector<Label>& labels,
                                                 const std::vector<Classification>& classifications,
                                                 const spec::Exploration& settings,
                                                 const std::map<std::string, std::string>& not_learners = {});

}  // namespace auspex::explore
