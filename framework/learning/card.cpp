#include "learning/card.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/calendar.hpp"
#include "learning/artefact.hpp"

namespace auspex::learning {
namespace {

using Json = nlohmann::ordered_json;
constexpr int card_format = 1;

std::string said(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }

std::string said(const Json& object, const char* key) { return object.is_object() ? said(object.value(key, Json())) : std::string(); }

std::string id_of(const Json& component) { return component.is_object() ? said(component, "id") : said(component); }

std::vector<std::string> limits_of(const Artefact& artefact, const Json& evaluation) {
  std::vector<std::string> limits;
  constexpr int few_persons = 200;
  const auto& training = artefact.training;
  if (training.is_object()) {
    if (training.value("analysables", 0) < 2) limits.emplace_back("It learned from one analysable: what is particular to it is taken for general.");
    if (const auto samples = training.value("samples", 0); samples < few_persons) {
      limits.push_back(fmt::format("It learned from {} samples only: probabilities are rough.", samples));
    }
    if (const auto known = training.value("outcome_known_before", 0); known > 0) {
      limits.push_back(fmt::format("The outcome of {} rows was known before their range had ended.", known));
    }
  }
  if (artefact.population == spec::Population::enrolled) {
    limits.emplace_back("It speaks of those who are enrolled at the end of a range, of nobody else.");
  }
  for (const auto& [key, reason] : artefact.fitted.without) {
    const auto name = key >= 0 && std::size_t(key) < artefact.range_names.size() ? artefact.range_names[std::size_t(key)] : "";
    limits.push_back(fmt::format("Nothing is predicted in range {} ({}).", name.empty() ? std::to_string(key) : name, reason));
  }
  if (evaluation.is_null()) {
    limits.emplace_back("It was trained without an evaluation: how good it is is not known.");
  } else {
    const auto kind = said(evaluation.at("split"), "kind");
    if (kind != "out_of_time") limits.push_back(fmt::format("It was judged on a split of kind {}, not on a later time.", kind));
    for (const auto& leak : evaluation.value("leaks", Json::array())) limits.push_back("Possible leak: " + said(leak, "evidence") + ".");
  }
  limits.emplace_back("It tells what goes together with the outcome, not what causes it: changing an indicator need not change the outcome.");
  limits.emplace_back("Courses, software and people change: look at the drift of the indicators with each prediction, and evaluate again.");
  return limits;
}

std::string number(const Json& value, int digits = 3) {
  if (!value.is_number()) return "–";
  return value.is_number_integer() ? value.dump() : fmt::format("{:.{}f}", value.get<double>(), digits);
}

std::string with_interval(const Json& value, const Json& interval) {
  if (!interval.is_array() || interval.size() != 2 || !interval[0].is_number()) return number(value);
  return fmt::format("{} [{}, {}]", number(value), number(interval[0]), number(interval[1]));
}

std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.replace(at, 1, "\\|");
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const auto& each : cells) text += " " + cell(each) + " |";
  return text + "\n";
}

std::string table_head(const std::vector<std::string>& names) {
  std::string line = "|";
  for (std::size_t i = 0; i < names.size(); ++i) line += " --- |";
  return row(names) + line + "\n";
}

std::string names(const Json& list) {
  std::vector<std::string> texts;
  for (const auto& each : list) texts.push_back(each.is_string() ? each.get<std::string>() : each.dump());
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string evaluation_text(const Json& evaluation) {
  if (evaluation.is_null()) return "None is known.\n";
  const auto& split = evaluation.at("split");
  auto text = fmt::format("Split: {}; trained on {}; tested on {}.\n\n", said(split, "kind"), names(split.value("train", Json::array())),
                          names(split.value("test", Json::array())));
  if (const auto note = split.value("note", Json()); note.is_string()) text += note.get<std::string>() + "\n\n";
  text += table_head({"population", "range", "rows", "positive", "ROC-AUC [95 %]", "PR-AUC", "Brier"});
  const auto metric = [](const Json& result, const char* name) { return result.value("metrics", Json::object()).value(name, Json()); };
  for (const auto& result : evaluation.value("results", Json::array())) {
    text += row({said(result, "population"), said(result, "range"), number(result.value("n", Json())),
                 number(result.value("positives", Json())),
                 with_interval(metric(result, "roc_auc"), result.value("intervals", Json::object()).value("roc_auc", Json())),
                 number(metric(result, "pr_auc")), number(metric(result, "brier"))});
  }
  const auto leaks = evaluation.value("leaks", Json::array());
  text += "\n## Leaks\n\n";
  text += leaks.empty() ? "None was found.\n" : "";
  for (const auto& leak : leaks) text += fmt::format("- {} ({}). {}.\n", said(leak, "evidence"), said(leak, "test"), said(leak, "advice"));
  text += "\n## Fairness\n\n";
  const auto fairness = evaluation.value("fairness", Json::array());
  text += fairness.empty() ? "The data has no columns for audits.\n" : "";
  for (const auto& column : fairness) {
    text += fmt::format("### {}\n\n", said(column, "column"));
    std::vector<std::string> metrics;
    for (const auto& group : column.value("groups", Json::array())) {
      if (metrics.empty()) {
        for (const auto& [name, value] : group.at("metrics").items()) metrics.push_back(name);
        auto head = metrics;
        head.insert(head.begin(), {"group", "persons"});
        text += table_head(head);
      }
      std::vector<std::string> cells{said(group, "value"), number(group.value("persons", Json()))};
      for (const auto& name : metrics) cells.push_back(with_interval(group["metrics"][name], group["intervals"][name]));
      text += row(cells);
    }
    text += fmt::format("\n{} small groups stand together.\n\n", number(column.value("suppressed_groups", Json(0))));
  }
  text += "\n## Importance\n\n";
  const auto importance = evaluation.value("importance", Json());
  if (importance.is_null()) return text + "It is not known.\n";
  text += fmt::format("What {} loses on held-out rows when the values of an indicator are exchanged among people.\n\n", said(importance, "metric"));
  text += table_head({"indicator", "importance [95 %]"});
  for (const auto& each : importance.value("indicators", Json::array())) {
    text += row({said(each, "indicator"), with_interval(each.value("importance", Json()), each.value("interval", Json()))});
  }
  return text;
}

}  // namespace

nlohmann::ordered_json card_evaluation(const nlohmann::ordered_json& report) {
  if (!report.is_object() || !report.contains("splits") || report["splits"].empty()) return nullptr;
  const auto& split = report["splits"][0];
  Json json{{"as_of", report.value("as_of", Json())},
            {"split", {{"kind", split.value("kind", Json())},
                       {"note", split.value("note", Json())},
                       {"train", split.value("train", Json::array())},
                       {"test", split.value("test", Json::array())}}}};
  for (const char* part : {"summary", "results", "leaks", "fairness", "importance"}) json[part] = split.value(part, Json());
  if (json["leaks"].is_null()) json["leaks"] = Json::array();
  if (json["fairness"].is_null()) json["fairness"] = Json::array();
  return json;
}

nlohmann::ordered_json card_json(const Artefact& artefact) {
  const auto& spec = artefact.provenance.spec;
  const auto text = [&](const char* key) { return spec.is_object() ? spec.value(key, Json()) : Json(); };
  const auto evaluation = card_evaluation(artefact.provenance.metrics);
  Json without = Json::array();
  for (const auto& [key, reason] : artefact.fitted.without) without.push_back({{"range", key}, {"reason", reason}});
  const auto target = id_of(text("target"));
  return {{"format", card_format},
          {"model", {{"id", text("id")}, {"name", text("name")}, {"description", text("description")}}},
          {"intended_use",
           {{"predicts", fmt::format("the target {} for each sample, at the ends of the ranges of {}", target, id_of(text("time_splitting")))},
            {"for", "people who can offer help in time: teachers, tutors, advisers; a prediction is a reason to look, not a finding"},
            {"not_for", {"decisions about a person without a person: grades, admission, sanctions",
                         "comparing teachers, courses or institutions with each other",
                         "people, courses or times unlike those that it learned from"}}}},
          {"versions", {{"auspex", artefact.provenance.program},
                        {"backend", {{"id", artefact.backend}, {"version", artefact.backend_version}}},
                        {"plugins", artefact.provenance.plugins}}},
          {"data", {{"fingerprint", artefact.provenance.data_fingerprint}, {"training", artefact.training}}},
          {"settings", {{"seed", artefact.seed},
                        {"population", population_name(artefact.population)},
                        {"per_range", artefact.fitted.per_range},
                        {"ranges", artefact.range_names},
                        {"columns", artefact.columns.size()},
                        {"classes", artefact.class_names}}},
          {"without_model", std::move(without)},
          {"evaluation", evaluation},
          {"limits", limits_of(artefact, evaluation)},
          {"spec", spec}};
}

std::string card_text(const nlohmann::ordered_json& card) {
  const auto& model = card.at("model");
  const auto title = said(model.at("name")).empty() ? said(model.at("id")) : said(model.at("name"));
  auto text = fmt::format("# {}\n\n`{}`\n\n", title, said(model.at("id")));
  if (const auto description = said(model.at("description")); !description.empty()) text += description + "\n\n";
  const auto& use = card.at("intended_use");
  text += fmt::format("## Intended use\n\nIt predicts {}. For {}.\n\nNot for:\n\n", said(use, "predicts"), said(use, "for"));
  for (const auto& each : use.at("not_for")) text += fmt::format("- {}\n", said(each));
  text += "\n## Limits\n\n";
  for (const auto& each : card.at("limits")) text += fmt::format("- {}\n", said(each));

  const auto& data = card.at("data");
  text += fmt::format("\n## Data\n\nFingerprint `{}`.\n\n", said(data.at("fingerprint")));
  if (const auto& training = data.at("training"); training.is_object()) {
    const auto time = [](const Json& value) { return value.is_number_integer() ? time_text(value.get<Time>()) : std::string("unknown"); };
    text += fmt::format("Learned from {} rows of {} samples ({} persons) in {} analysables, from {} to {}.\n", number(training["rows"]),
                        number(training["samples"]), number(training["persons"]), number(training["analysables"]),
                        time(training["first_start"]), time(training["last_end"]));
    if (!training["labels"].empty()) text += "\n" + table_head({"label", "rows"});
    for (const auto& [name, value] : training["labels"].items()) text += row({name, number(value)});
  }
  const auto& settings = card.at("settings");
  const auto& versions = card.at("versions");
  text += fmt::format("\n## Settings\n\nBackend {} {}, seed {}, population {}, {} columns, ranges {}{}. Auspex {}.\n\n",
                      said(versions["backend"], "id"), said(versions["backend"], "version"), settings["seed"].dump(),
                      said(settings, "population"), number(settings["columns"]), names(settings["ranges"]),
                      settings.value("per_range", false) ? ", one model a range" : "", said(versions["auspex"]));
  if (versions["plugins"].is_object()) {
    text += table_head({"plugin", "version"});
    for (const auto& [id, version] : versions["plugins"].items()) text += row({id, said(version)});
  }
  return text + "\n## Evaluation\n\n" + evaluation_text(card.at("evaluation"));
}

std::vector<std::pair<std::string, std::string>> card_files(const Artefact& artefact) {
  const auto card = card_json(artefact);
  return {{card_json_file, card.dump(2) + "\n"}, {card_text_file, card_text(card)}};
}

}  // namespace auspex::learning
