#include "cli/print.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/calendar.hpp"
#include "base/text.hpp"
#include "cli/print_findings.hpp"
#include "cli/text_table.hpp"

namespace auspex::cli {
namespace {

using runtime::Json;

std::string time(const Json& value) { return value.is_null() ? "" : time_text(value.get<Time>()); }

std::string statistics_text(const Json& s) {
  return fmt::format("{} events, {} values; {:.2f} s reading, {:.2f} s framing, {:.2f} s calculating\n", count(s["events"]),
                     count(s["values"]), s["reading"].get<double>(), s["framing"].get<double>(), s["calculating"].get<double>());
}

// "1 training of 8 samples, 16 predictions"; empty where there was nothing.
std::string removed_text(const Json& removed) {
  std::vector<std::string> parts;
  const auto some = [&](const char* name, const char* one, const char* many, const std::string& more) {
    const auto n = removed.value(name, std::int64_t{0});
    if (n > 0) parts.push_back(fmt::format("{} {}{}", n, n == 1 ? one : many, more));
  };
  some("trainings", "training", "trainings", fmt::format(" on {} samples", count(removed["trained_samples"])));
  some("predictions", "prediction", "predictions", "");
  some("evaluations", "evaluation", "evaluations", "");
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Rows that were kept aside: the first `most`.
std::string aside_text(const char* how, const Json& rejects, std::size_t most, const char* file) {
  std::string text;
  for (std::size_t i = 0; i < std::min(most, rejects.size()); ++i) {
    const auto& reject = rejects[i];
    const auto line = reject["line"].get<std::int64_t>();
    text += fmt::format("  {} {}{}: {}: {}\n", how,
                        reject["file"] != "" ? text_of(reject["file"]) : text_of(reject["table"]),
                        line > 0 ? fmt::format(":{}", line) : "", text_of(reject["reason"]), text_of(reject["text"]));
  }
  if (rejects.size() > most) text += fmt::format("  {} more: all of them are in {} of the campus\n", how, file);
  return text;
}

// "5 of 6 keys match (83.3 %)"
std::string share_text(const Json& part, const Json& whole, const std::string& what) {
  const auto all = whole.get<std::int64_t>();
  return fmt::format("{} of {} {}{}", count(part), all, what,
                     all == 0 ? "" : fmt::format(" ({:.1f} %)", 100.0 * double(part.get<std::int64_t>()) / double(all)));
}

std::string match_text(const Json& one) {
  const auto target = text_of(one["target"]);
  auto text = fmt::format("{}.{} by {}: {}", text_of(one["table"]), text_of(one["column"]), target,
                          share_text(one["matched"], one["keys"], "keys match"));
  for (const auto& [key, what] : {std::pair("unmatched", "nobody"), std::pair("ambiguous", "more than one")}) {
    if (one[key] != 0) text += fmt::format(", {} {} {}", count(one[key]), one[key] == 1 ? "names" : "name", what);
  }
  return text + fmt::format("; {}, {} have a key\n",
                            share_text(one["subjects_with_rows"], one["subjects"],
                                       target.substr(0, target.find('.')) + " have a row"),
                            count(one["subjects_with_key"]));
}

}  // namespace

std::string import_text(const Json& report) {
  std::vector<std::vector<std::string>> rows{{"file or table", "", "read", "rejected", "kept"}};
  for (const char* part : {"raw", "tables"}) {
    for (const auto& each : report[part]) {
      rows.push_back({text_of(each["name"]), text_of(each["note"]), count(each["read"]), count(each["rejected"]), count(each["kept"])});
    }
  }
  auto text = table(rows, 2);
  // More bad rows than ten are rare, as they fail most imports; who is no student of this campus is not bad.
  text += aside_text("rejected", report["rejects"], 1000, "rejects.csv");
  text += aside_text("unmatched", report["unmatched"], 20, "unmatched.csv");
  for (const auto& one : report["matches"]) text += match_text(one);
  if (!report["always_known"].empty()) {
    text += fmt::format("without history, always known: {}\n", fmt::join(report["always_known"].get<std::vector<std::string>>(), ", "));
  }
  return text + fmt::format("imported {} in {:.1f} s, time zone {}\n", text_of(report["source"]), report["seconds"].get<double>(),
                            report["timezone"] == "" ? "UTC" : text_of(report["timezone"]));
}

std::string plugin_list_text(const Json& list) {
  std::string text;
  for (const auto& place : list["places"]) {
    text += fmt::format("searched {} ({}){}\n", text_of(place["folder"]), text_of(place["origin"]),
                        place["exists"].get<bool>() ? "" : ": no such folder");
  }
  for (const auto& plugin : list["plugins"]) {
    text += fmt::format("\n{} {}  {}\n", text_of(plugin["id"]), text_of(plugin["version"]), text_of(plugin["file"]));
    std::vector<std::vector<std::string>> rows;
    for (const auto& component : plugin["components"]) {
      rows.push_back({"  " + text_of(component["id"]), text_of(component["kind"]), text_of(component["name"])});
    }
    text += table(rows, 3);
  }
  std::vector<std::vector<std::string>> definitions;
  for (const auto& definition : list["definitions"]) {
    const auto& component = definition["components"][0];
    const auto file = text_of(definition["file"]);
    definitions.push_back({"  " + text_of(component["id"]), text_of(component["kind"]), text_of(component["name"]),
                           file.empty() ? text_of(definition["origin"]) : file});
  }
  if (!definitions.empty()) text += "\nin SQL\n" + table(definitions, 4);
  for (const auto& refusal : list["refused"]) {
    text += fmt::format("\nrefused {}: {}: {}\n", text_of(refusal["file"]), text_of(refusal["code"]), text_of(refusal["message"]));
    if (refusal["hint"] != "") text += fmt::format("  help: {}\n", text_of(refusal["hint"]));
  }
  return text;
}

std::string plugin_info_text(const Json& plugin) {
  std::string text;
  if (plugin.contains("version")) {
    text = fmt::format("{} {}\n  file {}\n  licence {}, author {}\n", text_of(plugin["id"]), text_of(plugin["version"]),
                       text_of(plugin["file"]), text_of(plugin["licence"]), text_of(plugin["author"]));
  } else {
    const auto file = text_of(plugin["file"]);
    text = fmt::format("{}\n  {}\n", text_of(plugin["id"]), file.empty() ? text_of(plugin["origin"]) : "file " + file);
  }
  for (const auto& component : plugin["components"]) {
    text += fmt::format("\n{} ({}): {}\n  {}\n", text_of(component["id"]), text_of(component["kind"]), text_of(component["name"]),
                        text_of(component["description"]));
    for (const auto& parameter : component["parameters"]) {
      text += fmt::format("  parameter {}: {}\n", text_of(parameter["name"]), parameter.dump());
    }
    if (!component.contains("reads") || component["reads"].is_null()) continue;
    for (const auto& read : component["reads"]) text += fmt::format("  reads {}\n", read.dump());
  }
  return text;
}

std::string plugin_check_text(const Json& report) {
  const auto refused = report["refused"] != "";
  auto text = refused ? fmt::format("refused {}: {}\n", text_of(report["file"]), text_of(report["refused"]))
                      : fmt::format("{} {}  {}\n  level {}, seed {}\n", text_of(report["plugin"]), text_of(report["version"]),
                                    text_of(report["file"]), report["level"].dump(), report["seed"].dump());
  std::vector<std::pair<std::string, std::string>> parts{{"", "the plugin"}};
  for (const auto& component : report["components"]) {
    parts.emplace_back(text_of(component["id"]), fmt::format("{} ({})", text_of(component["id"]), text_of(component["kind"])));
  }
  for (const auto& [id, title] : parts) {
    std::map<std::string, int> counts;
    std::string found;
    for (const auto& check : report["checks"]) {
      if (check["component"] != id) continue;
      const auto outcome = text_of(check["outcome"]);
      ++counts[outcome];
      if (outcome == "passed") continue;
      found += fmt::format("    {} {}: {}\n", outcome, text_of(check["check"]), text_of(check["message"]));
      if (outcome != "skipped") found += fmt::format("      rule: sdk/docs/rules.md#{}\n", text_of(check["rule"]));
    }
    std::string summary;
    for (const char* outcome : {"passed", "failed", "crashed", "skipped", "warning"}) {
      if (counts.count(outcome) != 0) summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", counts[outcome], outcome);
    }
    if (!summary.empty()) text += fmt::format("  {}: {}\n{}", title, summary, found);
  }
  if (refused && report["hint"] != "") text += fmt::format("  help: {}\n", text_of(report["hint"]));
  const bool good = report["good"].get<bool>();
  if (!refused && !good && report["counts"]["failed"] == 0 && report["counts"]["crashed"] == 0) {
    text += "nothing of a component was tested\n";
  }
  return text + (good ? "it keeps the contract, as far as was checked\n" : "it does not keep the contract\n");
}

std::string ranges_text(const Json& split) {
  if (split.contains("reason")) {
    const auto* what = split["valid"].get<bool>() ? "valid, but without ranges" : "not valid";
    return fmt::format("{}: {}{}\n", what, text_of(split["reason"]), arguments_text(split["arguments"]));
  }
  std::vector<std::vector<std::string>> rows{{"range", "start", "end", "time"}};
  for (std::size_t i = 0; i < split["ranges"].size(); ++i) {
    const auto& range = split["ranges"][i];
    rows.push_back({fmt::format("{}", i), time(range["start"]), time(range["end"]), time(range["time"])});
  }
  return table(rows, 4);
}

std::string plugin_new_text(const Json& made) {
  const auto folder = text_of(made["folder"]);
  return fmt::format("made {}, kind {}, in {}\nbuild and test it:\n  cd {}\n  cmake -B build\n  cmake --build build\n"
                     "  ctest --test-dir build\n",
                     text_of(made["id"]), text_of(made["kind"]), folder, folder);
}

std::string check_text(const Json& check) {
  std::string text;
  for (const auto& warning : check["warnings"]) text += text_of(warning) + "\n";
  return text + fmt::format("{} is fine: {} indicators, {}\n", text_of(check["model"]), check["indicators"].size(),
                            fmt::join(check["files"].get<std::vector<std::string>>(), ", extends "));
}

std::string model_list_text(const Json& list) {
  std::vector<std::vector<std::string>> rows{{"model", "state", "target", "time splitting", "from", "indicators"}};
  for (const auto& model : list["models"]) {
    auto state = text_of(model["state"]);
    std::replace(state.begin(), state.end(), '_', ' ');
    if (const auto& enabled = model["enabled"]; !enabled.is_null()) state += enabled.get<bool>() ? ", enabled" : ", disabled";
    const auto imported = model["imported_from"];
    const auto from = imported.is_null() ? text_of(model["from"]) : "imported from " + text_of(imported);
    rows.push_back({text_of(model["id"]), state, text_of(model["target"]),
                    model["time_splitting"].is_null() ? "-" : text_of(model["time_splitting"]), from, count(model["indicators"])});
  }
  auto text = table(rows, 5);
  for (const auto& fault : list["faults"]) text += text_of(fault) + "\n";
  return text;
}

std::string model_show_text(const Json& model) {
  auto text = text_of(model["toml"]);
  if (const auto trained = model.value("trained", Json()); !trained.is_null()) {
    text += fmt::format("\n# Trained as of {}: artefact {}. Its model card: auspex model show {} --card\n", time(trained["as_of"]),
                        text_of(trained["artefact"]), text_of(model["model"]["id"]));
  }
  return text;
}

std::string export_text(const Json& result) {
  std::string text;
  for (const auto& warning : result["warnings"]) text += fmt::format("warning: {}\n", text_of(warning));
  return text + fmt::format("exported {}{} to {}\n", text_of(result["model"]),
                            result["trained"].get<bool>() ? " and what was trained" : ", untrained,", text_of(result["file"]));
}

std::string import_model_text(const Json& result) {
  std::string text;
  for (const auto& warning : result["warnings"]) text += text_of(warning) + "\n";
  return text + fmt::format("imported {}, {}, into {}\n", text_of(result["model"]),
                            result["trained"].get<bool>() ? "trained" : "untrained", text_of(result["file"]));
}

std::string plan_text(const Json& plan) {
  std::string text = fmt::format("{} as of {}\n", text_of(plan["model"]), time(plan["as_of"]));
  for (const char* purpose : {"training", "prediction"}) {
    text += fmt::format("\nfor {}: {} analysables\n", purpose, plan[purpose]["analysables"].size());
    std::vector<std::vector<std::string>> rows{{"  analysable", "range", "ends", "samples", "enrolled", "labels"}};
    for (const auto& each : plan[purpose]["analysables"]) {
      for (const auto& range : each["ranges"]) {
        rows.push_back({"  " + text_of(each["analysable"]), text_of(range["range"]), time(range["end"]), count(range["samples"]),
                        count(range["enrolled"]), range.contains("labels") ? range["labels"].dump() : ""});
      }
    }
    if (rows.size() > 1) text += table(rows, 3);
    for (const auto& each : plan[purpose]["analysables"]) {
      for (const auto& [reason, n] : each["samples_left_out"].items()) {
        text += fmt::format("  {}: {} samples left out: {}\n", text_of(each["analysable"]), n.dump(), reason);
      }
    }
    text += left_out_text(plan[purpose]["left_out"]);
  }
  std::vector<std::pair<std::string, std::string>> readers;  // of each table
  for (const auto& each : plan["without_history"]) {
    const auto table = text_of(each["table"]);
    auto at = std::find_if(readers.begin(), readers.end(), [&](const auto& known) { return known.first == table; });
    if (at == readers.end()) at = readers.insert(at, {table, ""});
    at->second += (at->second.empty() ? "" : ", ") + text_of(each["component"]);
  }
  for (const auto& [table, names] : readers) {
    text += fmt::format("{} has no history: its present state counts as always known; read by {}\n", table, names);
  }
  text += leaks_text(plan.value("leaks", Json::array())) + drift_text(plan.value("drift", Json::array()));
  return text + fmt::format("{} events\n", count(plan["events"]));
}

std::string analyse_text(const Json& result) {
  std::string text;
  for (const char* purpose : {"training", "prediction"}) {
    if (!result.contains(purpose)) continue;
    text += fmt::format("{}: {} analysables\n", purpose, count(result[purpose]["analysables"])) +
            left_out_text(result[purpose]["left_out"]);
  }
  return text + fmt::format("wrote {}: ", text_of(result["file"])) + statistics_text(result["statistics"]);
}

std::string training_text(const Json& result) {
  const auto samples = result.contains("samples") ? fmt::format(" of {} samples", count(result["samples"])) : "";
  const auto what = fmt::format("{} rows{} ({})", count(result["rows"]), samples,
                                fmt::join(result["analysables"].get<std::vector<std::string>>(), ", "));
  if (!result.value("new", true)) {
    return fmt::format("nothing new for {}: it is trained on {} since {}\n", text_of(result["model"]), what,
                       time(result["trained_at"])) +
           left_out_text(result["left_out"]) + "--again trains it anew\n";
  }
  auto text = fmt::format("trained {} on {}\n", text_of(result["model"]), what);
  if (result.value("new_version", false)) {
    text += fmt::format("  the model has changed: its earlier predictions are no longer shown; they stay until "
                        "auspex model clear {}\n",
                        text_of(result["model"]));
  }
  if (const auto why = result.value("calculated_again", Json()); !why.is_null()) {
    text += fmt::format("  calculated everything again: {}\n", text_of(why));
  }
  if (const auto remembered = result.value("remembered", std::size_t{0}); remembered > 0) {
    text += fmt::format("  {} samples are new; the indicator values of {} of {} analysables were known\n",
                        count(result["new_samples"]), remembered, result["analysables"].size());
  }
  return text + left_out_text(result["left_out"]) + fmt::format("artefact {}\n", text_of(result["artefact"]));
}

std::string predictions_text(const Json& result) {
  std::vector<std::vector<std::string>> rows{{"analysable", "sample", "range", "prediction", "score", "probability", ""}};
  std::vector<const Json*> ranked;
  for (const auto& each : result["predictions"]) ranked.push_back(&each);
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const Json* a, const Json* b) { return (*a)["probability"] > (*b)["probability"]; });
  for (std::size_t i = 0; i < std::min(ranked.size(), most_shown); ++i) {
    const auto& each = *ranked[i];
    rows.push_back({text_of(each["analysable"]), text_of(each["sample"]), text_of(each["range"]), number_text(each["prediction"].get<double>()),
                    number(each["score"]), number(each["probability"]), each["new"].get<bool>() ? "new" : ""});
  }
  std::string text;
  for (const auto& warning : result["warnings"]) text += text_of(warning) + "\n";
  text += table(rows, 3);
  text += reasons_text(ranked, result.value("reasons_shown", std::size_t{0}));
  if (ranked.size() > most_shown) text += fmt::format("... and {} more; --out FILE and --json give all\n", ranked.size() - most_shown);
  std::map<std::string, int> samples_left_out;
  for (const auto& each : result["samples_left_out"]) ++samples_left_out[text_of(each["reason"])];
  for (const auto& [reason, n] : samples_left_out) text += fmt::format("  left out {} samples: {}\n", n, reason);
  if (const auto n = result["by_earlier_training"].get<int>(); n > 0) {
    text += fmt::format("  {} were predicted by an earlier training; --again predicts them anew\n", n);
  }
  text += drift_text(result["drift"]);
  return text + left_out_text(result["left_out"]) + fmt::format("{} predictions as of {}\n", ranked.size(), time(result["as_of"]));
}

std::string switch_text(const Json& result) {
  const bool enabled = result["enabled"].get<bool>();
  return fmt::format("{} {}{}\n", text_of(result["model"]), result["before"] == enabled ? "was already " : "is now ",
                     enabled ? "enabled" : "disabled");
}

std::string clear_text(const Json& result) {
  const auto removed = removed_text(result["removed"]);
  if (removed.empty()) return fmt::format("{} has nothing to clear\n", text_of(result["model"]));
  return fmt::format("cleared {}: {}\n", text_of(result["model"]), removed);
}

std::string delete_text(const Json& result) {
  std::vector<std::string> parts;
  if (const auto& file = result["file"]; !file.is_null()) parts.push_back(text_of(file));
  if (auto removed = removed_text(result["removed"]); !removed.empty()) parts.push_back(std::move(removed));
  auto text = parts.empty() ? fmt::format("{} has nothing to delete in this workspace\n", text_of(result["model"]))
                            : fmt::format("deleted {}: {}\n", text_of(result["model"]), fmt::join(parts, ", "));
  if (const auto& file = result["kept_file"]; !file.is_null()) {
    text += fmt::format("  {} is not among the workspace's models and stays\n", text_of(file));
  }
  return text;
}

std::string log_text(const Json& log) {
  if (log["evaluations"].empty()) return fmt::format("{} was never evaluated\n", text_of(log["model"]));
  std::vector<std::vector<std::string>> rows{
      {"as of", "time splitting method", "data", "score (F1)", "deviation", "ROC-AUC"}};
  constexpr std::size_t digits = 12;
  for (const auto& each : log["evaluations"]) {
    rows.push_back({time(each["as_of"]), text_of(each["time_splitting"]), text_of(each["fingerprint"]).substr(0, digits),
                    number(each["score"]), number(each["deviation"]), number(each["roc_auc"])});
  }
  return table(rows, 3);
}

std::string predictions_csv(const Json& result) {
  std::string text = "analysable,sample,range,start,end,prediction,score,probability,new\n";
  const auto field = [](const Json& value) { return value.is_null() ? std::string() : csv_field(text_of(value)); };
  for (const auto& each : result["predictions"]) {
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", field(each["analysable"]), field(each["sample"]), field(each["range"]),
                        field(each["start"]), field(each["end"]), number_text(each["prediction"].get<double>()),
                        number_text(each["score"].get<double>()), number_text(each["probability"].get<double>()),
                        each["new"].get<bool>() ? 1 : 0);
  }
  return text;
}

std::string metrics_text(const Json& result) {
  std::vector<std::vector<std::string>> rows{{"metric", "unit", "with a value", ""}};
  const auto learners = result["learners"].get<std::int64_t>();
  for (const auto& metric : result["metrics"]) {
    rows.push_back({text_of(metric["id"]), text_of(metric["unit"]),
                    fmt::format("{}", learners - metric["missing"].get<std::int64_t>()),
                    metric["recorded"].get<bool>() ? "" : "the source does not record it"});
  }
  const auto deleted = result["deleted_users_left_out"].get<std::int64_t>();
  const auto left_out = deleted == 0 ? "" : fmt::format("  left out {} students whose accounts are deleted\n", deleted);
  return table(rows, 2) + left_out + fmt::format("{} {}s as of {}, written to {}\n", learners,
                                      text_of(result["per"]) == "user" ? "user" : "enrolment", time(result["as_of"]),
                                      text_of(result["out"]));
}

}  // namespace auspex::cli
