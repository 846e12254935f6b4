// The text of `model evaluate`.
#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/print.hpp"
#include "cli/print_findings.hpp"
#include "cli/text_table.hpp"

namespace auspex::cli {
namespace {

using runtime::Json;
using Lines = std::vector<std::vector<std::string>>;

std::string bracket(const Json& limits, int digits) {
  if (!limits.is_array() || !limits[0].is_number()) return "";
  return fmt::format(" [{}, {}]", number(limits[0], digits), number(limits[1], digits));
}

std::string with_interval(const Json& values, const Json& intervals, const char* name, int digits = 3) {
  return number(values.value(name, Json()), digits) + bracket(intervals.value(name, Json()), digits);
}

enum class Kind { two_classes, classes, value };

Kind kind_of(const Json& split) {
  if (split["results"].empty() || split["results"][0].contains("positives")) return Kind::two_classes;
  return split["results"][0].contains("class_counts") ? Kind::classes : Kind::value;
}

/// What a kind of target is judged by first.
const char* headline_of(Kind kind) { return kind == Kind::value ? "rmse" : "roc_auc"; }

std::string spoken(Kind kind) {
  return kind == Kind::value ? "RMSE" : kind == Kind::classes ? "ROC-AUC (one against the rest)" : "ROC-AUC";
}

std::vector<std::string> heads_of(Kind kind) {
  switch (kind) {
    case Kind::two_classes:
      return {"population", "range", "n", "positive", "ROC-AUC [95 %]", "PR-AUC", "F1", "Brier", "calibration slope [95 %]",
              "days since last activity"};
    case Kind::classes:
      return {"population", "range", "n", "ROC-AUC, one against the rest [95 %]", "F1 macro", "accuracy", "log loss", "ECE",
              "log loss of the shares alone"};
    case Kind::value: return {"population", "range", "n", "RMSE [95 %]", "MAE [95 %]", "R2", "RMSE of the mean alone"};
  }
  return {};
}

std::vector<std::string> cells_of(Kind kind, const Json& result) {
  const auto& metrics = result["metrics"];
  const auto& intervals = result["intervals"];
  const auto metric = [&](const char* name) { return number(metrics.value(name, Json())); };
  const auto baseline = [&](const char* predictor, const char* name) {
    const auto& baselines = result["baselines"];
    return baselines.contains(predictor) ? number(baselines[predictor].value(name, Json())) : "-";
  };
  std::vector<std::string> cells{text_of(result["population"]), text_of(result["range"]), count(result["n"])};
  const auto add = [&](std::vector<std::string> more) { cells.insert(cells.end(), more.begin(), more.end()); };
  switch (kind) {
    case Kind::two_classes:
      add({count(result["positives"]), with_interval(metrics, intervals, "roc_auc"), metric("pr_auc"), metric("f1_weighted"),
           metric("brier"), with_interval(metrics, intervals, "calibration_slope", 2),
           baseline("days_since_last_activity", "roc_auc")});
      break;
    case Kind::classes:
      add({with_interval(metrics, intervals, "roc_auc"), metric("f1_macro"), metric("accuracy"), metric("log_loss"),
           metric("ece"), baseline("prior", "log_loss")});
      break;
    case Kind::value:
      add({with_interval(metrics, intervals, "rmse"), with_interval(metrics, intervals, "mae"), metric("r2"),
           baseline("prior", "rmse")});
      break;
  }
  return cells;
}

std::string results_text(const Json& split, Kind kind) {
  Lines rows{heads_of(kind)};
  for (const char* population : {"enrolled", "all"}) {
    for (const auto& result : split["results"]) {
      if (result["population"] == population) rows.push_back(cells_of(kind, result));
    }
  }
  auto text = table(rows, 2);
  for (const auto& summary : split["summary"]) {
    text += fmt::format("mean {} over the ranges, {}: {}\n", spoken(kind), text_of(summary["population"]),
                        number(summary["mean"].value(headline_of(kind), Json())));
  }
  return text;
}

std::string moodle_text(const Json& split) {
  if (split["summary"].empty() || !split["summary"][0].contains("moodle")) return "";
  const auto& summary = split["summary"][0];
  const auto& moodle = summary["moodle"];
  return fmt::format("as Moodle judges, {}: score {}, deviation {}, status {}; {}\n", text_of(summary["population"]),
                     number(moodle["score"]), number(moodle["deviation"]),
                     moodle["status"].is_null() ? "-" : moodle["status"].dump(), text_of(moodle["note"]));
}

std::string search_text(const Json& split) {
  std::string text;
  for (const auto& chosen : split.value("search", Json::array())) {
    std::vector<std::string> parameters;
    for (const auto& [name, value] : chosen["parameters"].items()) {
      parameters.push_back(fmt::format("{} = {}", name, value.dump()));
    }
    text += fmt::format("chose {} by {} {} of {} trials{}\n",
                        parameters.empty() ? "the model's own parameters" : fmt::format("{}", fmt::join(parameters, ", ")),
                        text_of(chosen["metric"]), number(chosen["score"]), chosen["trials"].size(),
                        chosen["ran_out_of_time"].get<bool>() ? "; there was no time for more" : "");
  }
  return text;
}

std::string against_text(const Json& split, Kind kind) {
  if (!split.contains("against")) return "";
  const auto& against = split["against"];
  Lines rows{{"population", "range", "n", spoken(kind) + " less that of the other [95 %]"}};
  for (const auto& result : against["results"]) {
    rows.push_back({text_of(result["population"]), text_of(result["range"]), count(result["n"]),
                    with_interval(result["difference"], result["intervals"], headline_of(kind))});
  }
  auto text = fmt::format("\nagainst {}, on {} rows of both\n", text_of(against["model"]), count(against["rows"]));
  text += table(rows, 2);
  for (const auto& summary : against["summary"]) {
    text += fmt::format("mean difference over the ranges, {}: {}\n", text_of(summary["population"]),
                        with_interval(summary["mean_difference"], summary["mean_intervals"], headline_of(kind)));
  }
  return text;
}

}  // namespace

std::string evaluation_text(const Json& report) {
  std::string text;
  for (const auto& split : report["splits"]) {
    const auto kind = kind_of(split);
    text += fmt::format("{}: trained on {}; tested on {}\n", text_of(split["kind"]),
                        fmt::join(split["train"].get<std::vector<std::string>>(), ", "),
                        fmt::join(split["test"].get<std::vector<std::string>>(), ", "));
    if (split.contains("note")) text += text_of(split["note"]) + "\n";
    if (const auto purged = split["purge"]["rows"].get<std::int64_t>(); purged > 0) {
      text += fmt::format("purged {} training rows whose range overlaps the time of a tested label\n", purged);
    }
    text += results_text(split, kind) + moodle_text(split) + search_text(split);
    text += importance_text(split.value("importance", Json())) + fairness_text(split.value("fairness", Json::array()));
    text += leaks_text(split["leaks"]);
    for (const auto& note : split.value("notes", Json::array())) text += text_of(note) + "\n";
    text += left_out_text(split["left_out"]) + against_text(split, kind);
  }
  return text;
}

}  // namespace auspex::cli
