#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/text_table.hpp"
#include "cli/print.hpp"

namespace auspex::cli {
namespace {

using runtime::Json;

std::string shown(const Json& value) { return value.is_number() ? fmt::format("{:.6g}", value.get<double>()) : "-"; }

}  // namespace

std::string explore_text(const Json& findings) {
  std::string text = fmt::format("{} rows", findings["rows"].get<std::int64_t>());
  const auto aside = findings["rows_set_aside"]["count"].get<std::int64_t>(),
             dropped = findings["rows_dropped"].get<std::int64_t>();
  if (aside > 0) text += fmt::format(", {} set aside", aside);
  if (dropped > 0) text += fmt::format(", {} dropped", dropped);
  text += "\n\n";
  std::vector<std::vector<std::string>> numbers{
      {"column", "missing", "mean", "deviation", "minimum", "25 %", "50 %", "75 %", "maximum", "skew", "outliers"}};
  std::vector<std::vector<std::string>> texts{{"column", "missing", "distinct", "most frequent"}};
  for (const auto& [name, column] : findings["columns"].items()) {
    if (column["type"] == "number") {
      numbers.push_back({name, count(column["missing"]), shown(column["mean"]), shown(column["deviation"]),
                         shown(column["minimum"]), shown(column["quartiles"][0]), shown(column["quartiles"][1]),
                         shown(column["quartiles"][2]), shown(column["maximum"]), shown(column["skew"]),
                         count(findings["outliers"][name]["count"])});
    } else {
      texts.push_back({name, count(column["missing"]), count(column["distinct"]),
                       column["values"].empty() ? "-" : column["values"][0]["value"].get<std::string>()});
    }
  }
  if (numbers.size() > 1) text += table(numbers, 1) + "\n";
  if (texts.size() > 1) text += table(texts, 1) + "\n";
  for (const auto& [name, rule] : findings["rules"].items()) {
    text += fmt::format("{}: {} of {} rows ({})\n", name, rule["true"].get<std::int64_t>(),
                        findings["rows"].get<std::int64_t>(), rule["expression"].get<std::string>());
  }
  if (const auto& clusters = findings["clusters"]; clusters.contains("k")) {
    text += fmt::format("{} groups of {} rows, inertia {}, silhouette {}\n", clusters["k"].get<int>(),
                        fmt::join(clusters["sizes"].get<std::vector<std::int64_t>>(), ", "), shown(clusters["inertia"]),
                        shown(clusters["silhouette"]));
  }
  if (const auto& anomalies = findings["anomalies"]; anomalies.contains("count")) {
    text += fmt::format("{} rows unlike those around them\n", anomalies["count"].get<std::int64_t>());
  }
  for (const auto& each : findings["classification"]) {
    if (each.contains("why_not")) continue;
    text += fmt::format("{} by {}: accuracy {:.3f}, macro F1 {:.3f} (largest class alone {:.3f})\n",
                        each["label"].get<std::string>(), each["backend"].get<std::string>(), each["accuracy"].get<double>(),
                        each["macro_f1"].get<double>(), each["majority_accuracy"].get<double>());
  }
  if (!findings["notes"].empty()) text += "\n";
  for (const auto& note : findings["notes"]) text += note.get<std::string>() + "\n";
  if (!findings["warnings"].empty()) text += "\n";
  for (const auto& warning : findings["warnings"]) {
    text += fmt::format("warning: {}: {}\n", warning["id"].get<std::string>(), warning["text"].get<std::string>());
  }
  if (const auto& report = findings["report"]; !report.is_null())
    text += fmt::format("\nwrote {}\n", report["page"].get<std::string>());
  return text;
}

}  // namespace auspex::cli
