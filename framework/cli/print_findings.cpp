#include "cli/print_findings.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/text_table.hpp"

namespace auspex::cli {
namespace {

using runtime::Json;

std::string value_with_interval(const Json& value, const Json& limits) {
  if (!limits.is_array() || !limits[0].is_number()) return number(value);
  return fmt::format("{} [{}, {}]", number(value), number(limits[0]), number(limits[1]));
}

}  // namespace

std::string leaks_text(const Json& leaks) {
  std::string text;
  for (const auto& leak : leaks) {
    const auto where = text_of(leak["where"]);
    text += fmt::format("warning: leak ({}){}: {}\n  help: {}\n", text_of(leak["test"]), where.empty() ? "" : " in " + where,
                        text_of(leak["evidence"]), text_of(leak["advice"]));
  }
  return text;
}

std::string drift_text(const Json& drift) {
  std::vector<const Json*> found;
  for (const auto& each : drift) {
    if (each["level"] != "none") found.push_back(&each);
  }
  std::stable_sort(found.begin(), found.end(), [](const Json* a, const Json* b) { return (*a)["psi"] > (*b)["psi"]; });
  std::string text;
  if (!found.empty()) text = fmt::format("drift since training: {} of {} columns\n", found.size(), drift.size());
  std::vector<std::vector<std::string>> rows{{"  column", "range", "drift", "PSI", "by chance below", "missing then", "now"}};
  for (std::size_t i = 0; i < std::min(found.size(), most_shown); ++i) {
    const auto& each = *found[i];
    rows.push_back({"  " + text_of(each["column"]), text_of(each["range"]), text_of(each["level"]), number(each["psi"]),
                    number(each["chance"]), number(each["missing_training"]), number(each["missing"])});
  }
  if (!found.empty()) text += table(rows, 3);
  if (found.size() > most_shown) text += fmt::format("  ... and {} more; --json gives all\n", found.size() - most_shown);
  for (const auto& each : drift) {
    if (!each["constant"].get<bool>() || each["constant_training"].get<bool>()) continue;
    text += fmt::format("  {} is the same for everybody in range {}; in training it was not\n", text_of(each["column"]), text_of(each["range"]));
  }
  return text;
}

std::string reasons_text(const std::vector<const Json*>& predictions, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; most > 0 && i < std::min(predictions.size(), most_shown); ++i) {
    const auto& each = *predictions[i];
    const auto& reasons = each["reasons"];
    text += fmt::format("{}, {}:\n", text_of(each["sample"]), text_of(each["range"]));
    if (reasons.is_null() || reasons.contains("exempt")) {
      text += fmt::format("  no reasons: {}\n", reasons.is_null() ? "none were kept" : text_of(reasons["exempt"]));
      continue;
    }
    for (std::size_t k = 0; k < std::min(most, reasons["indicators"].size()); ++k) {
      const auto& reason = reasons["indicators"][k];
      text += fmt::format("  {} ({:+.3f})\n", text_of(reason["sentence"]), reason["contribution"].get<double>());
    }
  }
  return text;
}

std::string fairness_text(const Json& fairness) {
  std::string text;
  for (const auto& column : fairness) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& group : column["groups"]) {
      if (rows.empty()) {
        rows.push_back({"  " + text_of(column["column"]), "persons"});
        for (const auto& [name, value] : group["metrics"].items()) {
          auto head = name;
          std::replace(head.begin(), head.end(), '_', ' ');
          rows.back().push_back(head);
        }
      }
      rows.push_back({"  " + text_of(group["value"]), count(group["persons"])});
      for (const auto& [name, value] : group["metrics"].items()) rows.back().push_back(value_with_interval(value, group["intervals"][name]));
    }
    if (!rows.empty()) text += table(rows, 1);
    if (const auto n = column["suppressed_groups"].get<int>(); n > 0) text += fmt::format("  {}: {} groups are small and stand together as others\n", text_of(column["column"]), n);
  }
  return text.empty() ? "" : "by group of people [95 %]:\n" + text;
}

std::string importance_text(const Json& importance) {
  if (importance.is_null()) return "";
  std::vector<std::vector<std::string>> rows;
  for (const auto& each : importance["indicators"]) {
    if (rows.size() == most_shown) break;
    rows.push_back({"  " + text_of(each["indicator"]), value_with_interval(each["importance"], each["interval"])});
  }
  return fmt::format("what {} loses without an indicator [95 %]:\n", text_of(importance["metric"])) + table(rows, 1);
}

}  // namespace auspex::cli
