// `auspex explore`: what a table of learners holds, in numbers, figures and warnings.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "plugin/registry.hpp"
#include "spec/exploration.hpp"

namespace auspex::explore {

struct Request {
  std::filesystem::path table;  ///< .csv (also .gz), .parquet, or "-": CSV from standard input
  spec::Exploration settings;
  std::filesystem::path report;  ///< folder for explore.html, explore.json and derived.csv, made on need; empty: none
  std::filesystem::path assets;  ///< of the page
  std::string version;           ///< of the program, for the page
  std::map<std::string, std::string>
      not_learners;  ///< ids of accounts that are none, and what they are ("the guest account")
  std::uint64_t seed = 1;
  int threads = 1;
  std::int64_t memory = std::int64_t{2} << 30;
};

/// {"rows", "rows_read", "rows_set_aside": [{"row", "line", "column", "reason"}], "columns": {NAME: {"type", "missing",
/// "treatment",
///   "filled_with"?, "distinct", numbers: "mean", "deviation", "minimum", "quartiles", "maximum", "skew", "histogram";
///   texts: "values"}},
///  "outliers": {NAME: {"count", "low", "high", "below", "above"}}, "above_p95": {NAME: {"count", "p95"}},
///  "correlation": {"columns", "values"}, "rules": {NAME: {"expression", "true", "false", "open"}},
///  "clusters": {"k", "inertia", "silhouette", "centroids": [{NAME: x}], "sizes", "elbow", ..} or {"why_not"},
///  "anomalies": {"count", ..} or {"why_not"}, "components": {..}, "labels": [..],
///  "classification": [{"label", "backend", "accuracy", "macro_f1", "classes", "confusion", "best", ..} or {.., "why_not"}],
///  "warnings": [{"id", "column", "text"}], "notes": [text], "report": {..} or null}
/// A number that is not defined is null. The same table, settings and seed give the same, on any number of threads.
/// Throws Error(data), Error(configuration), Error(plugin).
[[nodiscard]] nlohmann::ordered_json explore(const Request& request, const plugin::Registry& registry);

}  // namespace auspex::explore
