#include "spec/model_settings.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/names.hpp"
#include "spec/settings_reader.hpp"

namespace auspex::spec {
namespace {

// By the enumerators' numbers.
constexpr std::array split_names{"automatic", "out_of_time", "grouped_folds", "leave_one_course_out", "random_rows"};
constexpr std::array group_names{"user", "course"};
constexpr std::array purge_names{"automatic", "all", "user", "none"};
constexpr std::array calibration_names{"none", "platt", "isotonic"};
constexpr std::array threshold_names{"half", "f1", "cost", "capacity"};
constexpr std::array method_names{"none", "grid", "random", "optimiser"};

template <std::size_t N>
std::vector<std::string> choices(const std::array<const char*, N>& names) {
  return {names.begin(), names.end()};
}

// Sets an enumerator by its name; leaves it where the name is absent or refused elsewhere.
template <class Enum, std::size_t N>
void choose(Enum& value, const std::array<const char*, N>& names, const std::optional<std::string>& name) {
  for (std::size_t i = 0; name && i < N; ++i) {
    if (*name == names[i]) value = Enum(i);
  }
}

template <class Enum, std::size_t N>
void choose(Enum& value, const std::array<const char*, N>& names, const nlohmann::ordered_json& json, const char* key) {
  const auto name = json.at(key).get<std::string>();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    throw Error(Fault::data, fmt::format("the frozen model has an unknown {}, '{}'", key, name), "train the model again");
  }
  choose(value, names, std::optional(name));
}

const std::vector<std::string>& metrics() {
  static const std::vector<std::string> names{"roc_auc", "pr_auc", "f1_weighted", "f1_macro", "balanced_accuracy", "mcc",
                                              "brier",   "log_loss", "mae", "rmse", "r2"};
  return names;
}

Field evaluation_field() {
  return {.name = "evaluation", .form = Form::table, .description = "How `auspex model evaluate` judges the model.",
          .keys = {{.name = "split",
                    .description = "Which rows are tested: those of courses that began last (out_of_time), each fold of "
                                   "users or courses in turn (grouped_folds), each course in turn (leave_one_course_out), "
                                   "rows by chance (random_rows: looks better than the model is). Default: automatic, "
                                   "out_of_time where that is possible, else grouped_folds.",
                    .choices = choices(split_names)},
                   {.name = "group",
                    .description = "With grouped_folds: what is never on both sides, a user or a course (analysable). "
                                   "Default: user.",
                    .choices = choices(group_names)},
                   {.name = "purge",
                    .description = "Which training rows are left out because their range overlaps the time in which a test "
                                   "row's label comes about: all, those of the same user, none. Default: automatic, all "
                                   "where courses are kept apart, else those of the same user.",
                    .choices = choices(purge_names)},
                   {.name = "test_share", .form = Form::number,
                    .description = "With out_of_time: the least share of the labelled rows in the test. Default: 0.2.",
                    .minimum = 0.01, .maximum = 0.99},
                   {.name = "folds", .form = Form::integer, .description = "How many folds. Default: 5.", .minimum = 2,
                    .maximum = 1000}}};
}

Field decision_field() {
  return {.name = "decision", .form = Form::table,
          .description = "What is made of the backend's probabilities; learned from training rows only.",
          .keys = {{.name = "calibration",
                    .description = "Whether probabilities are corrected by a curve that is learned from held-out training "
                                   "rows: platt (logistic), isotonic (steps), none. Default: none.",
                    .choices = choices(calibration_names)},
                   {.name = "threshold",
                    .description = "From which probability on a row is predicted positive: half, where F1 is best (f1), "
                                   "where costs are least (cost), or so that not more than `capacity` are (capacity). "
                                   "Default: half.",
                    .choices = choices(threshold_names)},
                   {.name = "cost_of_miss", .form = Form::number, .description = "Of a positive that is not told. Default: 1.",
                    .minimum = 0},
                   {.name = "cost_of_false_alarm", .form = Form::number,
                    .description = "Of a negative that is told. Default: 1.", .minimum = 0},
                   {.name = "capacity", .form = Form::number,
                    .description = "How many can be looked after in a range: below 1 a share of its rows, else so many. Also of "
                                   "the metrics at capacity. Default: 0.2.",
                    .minimum = 0.001, .maximum = 1e9}}};
}

Field ranges_field() {
  return {.name = "ranges", .form = Form::map,
          .description = "Parameters of the backend and where to look; default: all that the backend declares.",
          .pattern = "[a-z0-9_]+", .pattern_says = "a parameter's name", .least = 1,
          .of = {{.form = Form::either,
                  .of = {{.form = Form::list, .description = "The values to try.", .least = 1,
                          .of = {{.form = Form::either,
                                  .of = {{.form = Form::number}, {.form = Form::boolean}, {.form = Form::text}}}}},
                         {.form = Form::table, .description = "The numbers between two, both included.",
                          .keys = {{.name = "from", .form = Form::number, .required = true, .description = "The least."},
                                   {.name = "to", .form = Form::number, .required = true, .description = "The greatest."},
                                   {.name = "log", .form = Form::boolean,
                                    .description = "Whether steps are even in the logarithm. Default: false."}}}}}}};
}

Field search_field() {
  return {.name = "search", .form = Form::table,
          .description = "How the backend's parameters are chosen, by folds of the training rows alone.",
          .keys = {{.name = "method",
                    .description = "grid (evenly spread values), random, optimiser (each trial learns from those before), "
                                   "none. Default: none.",
                    .choices = choices(method_names)},
                   {.name = "trials", .form = Form::integer, .description = "At most so many. Default: 20.", .minimum = 1,
                    .maximum = 100000},
                   {.name = "seconds", .form = Form::number,
                    .description = "Begin no trial after so long; what was tried stays known. Default: 0, no limit.",
                    .minimum = 0},
                   {.name = "folds", .form = Form::integer, .description = "How many folds of users. Default: 5.",
                    .minimum = 2, .maximum = 100},
                   {.name = "metric",
                    .description = "What is made best. Default: roc_auc, of targets that are numbers rmse.",
                    .choices = metrics()},
                   ranges_field()}};
}

double number(const nlohmann::json& value) { return value.is_number() ? value.get<double>() : 0; }

}  // namespace

std::string name_of(Evaluation::Split split) { return split_names[std::size_t(split)]; }
std::string name_of(Evaluation::Group group) { return group_names[std::size_t(group)]; }
std::string name_of(Evaluation::Purge purge) { return purge_names[std::size_t(purge)]; }
std::string name_of(Decision::Calibration calibration) { return calibration_names[std::size_t(calibration)]; }
std::string name_of(Decision::Threshold threshold) { return threshold_names[std::size_t(threshold)]; }
std::string name_of(Search::Method method) { return method_names[std::size_t(method)]; }

std::vector<Field> settings_fields() { return {evaluation_field(), decision_field(), search_field()}; }

void read_evaluation(const Node& root, Evaluation& evaluation) {
  const auto* table = root.find("evaluation");
  if (table == nullptr) return;
  choose(evaluation.split, split_names, table->text_of("split"));
  choose(evaluation.group, group_names, table->text_of("group"));
  choose(evaluation.purge, purge_names, table->text_of("purge"));
  evaluation.test_share = table->number_of("test_share").value_or(evaluation.test_share);
  evaluation.folds = std::size_t(table->integer_of("folds").value_or(std::int64_t(evaluation.folds)));
}

void read_decision(const Node& root, Decision& decision) {
  const auto* table = root.find("decision");
  if (table == nullptr) return;
  choose(decision.calibration, calibration_names, table->text_of("calibration"));
  choose(decision.threshold, threshold_names, table->text_of("threshold"));
  decision.cost_of_miss = table->number_of("cost_of_miss").value_or(decision.cost_of_miss);
  decision.cost_of_false_alarm = table->number_of("cost_of_false_alarm").value_or(decision.cost_of_false_alarm);
  decision.capacity = table->number_of("capacity").value_or(decision.capacity);
}

void read_search(const Node& root, Search& search, Problems& problems) {
  const auto* table = root.find("search");
  if (table == nullptr) return;
  choose(search.method, method_names, table->text_of("method"));
  search.trials = std::size_t(table->integer_of("trials").value_or(std::int64_t(search.trials)));
  search.seconds = table->number_of("seconds").value_or(search.seconds);
  search.folds = std::size_t(table->integer_of("folds").value_or(std::int64_t(search.folds)));
  search.metric = table->text_of("metric").value_or(search.metric);
  for (const auto& entry : table->entries_of("ranges")) {
    SearchDimension dimension;
    dimension.name = entry.key;
    dimension.where = entry.where;
    if (entry.value.is(Form::list)) {
      dimension.values = entry.value.json();
    } else {
      dimension.from = entry.value.number_of("from").value_or(0);
      dimension.to = entry.value.number_of("to").value_or(0);
      dimension.is_log = entry.value.boolean_of("log").value_or(false);
      if (!(dimension.from < dimension.to)) {
        problems.error(entry.value.where, fmt::format("the range of '{}' is empty", entry.key), "'from' must be less than 'to'");
      } else if (dimension.is_log && !(dimension.from > 0)) {
        problems.error(entry.value.where, fmt::format("the range of '{}' has no logarithm", entry.key),
                       "with log = true, 'from' must be above 0");
      }
    }
    std::erase_if(search.ranges, [&](const auto& known) { return known.name == dimension.name; });
    search.ranges.push_back(std::move(dimension));
  }
}

void check_search(const Search& search, const ComponentSchema& backend, Problems& problems) {
  std::vector<std::string> names;
  for (const auto& parameter : backend.parameters) names.push_back(parameter.name);
  for (const auto& dimension : search.ranges) {
    const auto found = std::find_if(backend.parameters.begin(), backend.parameters.end(),
                                    [&](const Parameter& p) { return p.name == dimension.name; });
    if (found == backend.parameters.end()) {
      problems.error(dimension.where, fmt::format("unknown parameter '{}' of {}", dimension.name, backend.id),
                     did_you_mean(dimension.name, names, fmt::format("its parameters are {}", fmt::join(names, ", "))));
      continue;
    }
    auto tried = dimension.values;
    const bool is_number = found->type == ParameterType::real || found->type == ParameterType::integer;
    if (tried.empty() && !is_number) {
      problems.error(dimension.where, fmt::format("'{}' is {}: it has no range", dimension.name, type_name(found->type)),
                     "list the values to try");
      continue;
    }
    if (tried.empty() && found->type == ParameterType::integer) {
      tried = {std::int64_t(dimension.from), std::int64_t(dimension.to)};
    } else if (tried.empty()) {
      tried = {dimension.from, dimension.to};
    }
    for (const auto& value : tried) {
      if (const auto why = found->refuse(value); !why.empty()) {
        problems.error(dimension.where, fmt::format("'{}' of {}: {}", dimension.name, backend.id, why));
      }
    }
  }
}

nlohmann::ordered_json to_json(const Evaluation& evaluation) {
  if (evaluation == Evaluation()) return {};
  return {{"split", name_of(evaluation.split)}, {"group", name_of(evaluation.group)}, {"purge", name_of(evaluation.purge)},
          {"test_share", evaluation.test_share}, {"folds", evaluation.folds}};
}

nlohmann::ordered_json to_json(const Decision& decision) {
  if (decision == Decision()) return {};
  return {{"calibration", name_of(decision.calibration)}, {"threshold", name_of(decision.threshold)},
          {"cost_of_miss", decision.cost_of_miss}, {"cost_of_false_alarm", decision.cost_of_false_alarm},
          {"capacity", decision.capacity}};
}

nlohmann::ordered_json to_json(const Search& search) {
  if (search.method == Search::Method::none && search.ranges.empty()) return {};
  auto ranges = nlohmann::ordered_json::object();
  for (const auto& dimension : search.ranges) {
    auto& range = ranges[dimension.name];
    if (!dimension.values.empty()) range = dimension.values;
    else range = {{"from", dimension.from}, {"to", dimension.to}, {"log", dimension.is_log}};
  }
  return {{"method", name_of(search.method)}, {"trials", search.trials}, {"seconds", search.seconds},
          {"folds", search.folds}, {"metric", search.metric}, {"ranges", std::move(ranges)}};
}

Evaluation evaluation_from(const nlohmann::ordered_json& json) {
  Evaluation evaluation;
  if (json.is_null()) return evaluation;
  choose(evaluation.split, split_names, json, "split");
  choose(evaluation.group, group_names, json, "group");
  choose(evaluation.purge, purge_names, json, "purge");
  json.at("test_share").get_to(evaluation.test_share);
  json.at("folds").get_to(evaluation.folds);
  return evaluation;
}

Decision decision_from(const nlohmann::ordered_json& json) {
  Decision decision;
  if (json.is_null()) return decision;
  choose(decision.calibration, calibration_names, json, "calibration");
  choose(decision.threshold, threshold_names, json, "threshold");
  json.at("cost_of_miss").get_to(decision.cost_of_miss);
  json.at("cost_of_false_alarm").get_to(decision.cost_of_false_alarm);
  json.at("capacity").get_to(decision.capacity);
  return decision;
}

Search search_from(const nlohmann::ordered_json& json) {
  Search search;
  if (json.is_null()) return search;
  choose(search.method, method_names, json, "method");
  json.at("trials").get_to(search.trials);
  json.at("seconds").get_to(search.seconds);
  json.at("folds").get_to(search.folds);
  json.at("metric").get_to(search.metric);
  for (const auto& [name, range] : json.at("ranges").items()) {
    SearchDimension dimension;
    dimension.name = name;
    if (range.is_array()) dimension.values = nlohmann::json(range);
    else {
      dimension.from = number(range.at("from"));
      dimension.to = number(range.at("to"));
      dimension.is_log = range.at("log").get<bool>();
    }
    search.ranges.push_back(std::move(dimension));
  }
  return search;
}

}  // namespace auspex::spec
