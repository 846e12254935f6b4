// All that was found out about a table, as its page, its JSON and its derived columns show it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "explore/data.hpp"
#include "explore/groups.hpp"
#include "explore/labels.hpp"
#include "explore/warnings.hpp"
#include "report/page.hpp"

namespace auspex::explore {

struct Findings {
  std::string title, subtitle;
  const campus::TableFile& table;
  Data data;
  std::vector<Label> labels;
  Groups groups;
  std::vector<Classification> classifications;
  std::vector<Warning> warnings;
  std::vector<std::string> notes;  ///< what was done to the rows, and what was not done, and why
};

[[nodiscard]] nlohmann::ordered_json to_json(const Findings& findings);

/// "row", the id, then per row of the table: outlier (1 where a column lies outside its fences), outlier_COLUMN, cluster,
/// anomaly, anomaly_score, and every rule. Empty = not known of that row.
void write_derived(const Findings& findings, const std::filesystem::path& file);

[[nodiscard]] report::Page page_of(const Findings& findings);

}  // namespace auspex::explore
