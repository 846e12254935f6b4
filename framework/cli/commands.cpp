#include "cli/commands.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/names.hpp"
#include "cli/print.hpp"
#include "cli/progress.hpp"

namespace auspex::cli {
namespace {

using runtime::Json;
using runtime::Session;

struct Command {
  std::string name;                        ///< "model train"
  std::vector<std::string> arguments;      ///< names of the words that follow
  std::vector<std::string> options;        ///< beside the common ones
  std::string summary;
  std::function<Json(Session&, const Arguments&, const std::vector<std::string>&)> run;
  std::string (*text)(const Json&);
  int (*code)(const Json&) = [](const Json&) { return 0; };  ///< the exit code
};

runtime::ModelOptions model_options(const Arguments& arguments, const std::string& model) {
  return {model, arguments.time_splitting, arguments.moodle_compat};
}

const std::string& needed(const std::optional<std::string>& value, const char* option) {
  if (!value) throw Error(Fault::usage, fmt::format("--{} is missing", option));
  return *value;
}

Json analyse(Session& session, const Arguments& arguments, const std::vector<std::string>& words) {
  const auto& purpose = needed(arguments.purpose, "for");
  if (purpose != "training" && purpose != "prediction" && purpose != "all") {
    throw Error(Fault::usage, fmt::format("'{}' is no purpose", purpose), "give --for training, prediction or all");
  }
  static const std::map<std::string, runtime::AnalyseFormat> formats{{"csv", runtime::AnalyseFormat::values_csv},
                                                                     {"parquet", runtime::AnalyseFormat::values_parquet},
                                                                     {"dataset-parquet", runtime::AnalyseFormat::dataset_parquet},
                                                                     {"moodle-csv", runtime::AnalyseFormat::moodle_csv}};
  const auto format = formats.find(arguments.format.value_or("csv"));
  if (format == formats.end()) {
    throw Error(Fault::usage, fmt::format("'{}' is no format of analyses", *arguments.format),
                "give --format csv or parquet for values, dataset-parquet or moodle-csv for the data set");
  }
  const auto which = purpose == "all"        ? runtime::AnalyseFor::all
                     : purpose == "training" ? runtime::AnalyseFor::training
                                             : runtime::AnalyseFor::prediction;
  return session.model_analyse(model_options(arguments, words[0]), which, format->second, needed(arguments.out, "out"));
}

Json predict(Session& session, const Arguments& arguments, const std::vector<std::string>& words) {
  if (const auto format = arguments.format.value_or("csv"); format != "csv") {
    throw Error(Fault::usage, fmt::format("'{}' is no format of predictions", format), "give --format csv with --out, or --json");
  }
  auto result = session.model_predict(model_options(arguments, words[0]), arguments.again);
  if (arguments.out) write_file(*arguments.out, predictions_csv(result));
  if (!arguments.json) result["reasons_shown"] = arguments.reasons;
  return result;
}

Json show(Session& session, const Arguments& arguments, const std::vector<std::string>& words) {
  auto result = session.model_show(model_options(arguments, words[0]));
  if (!arguments.card) return result;
  if (result["trained"].is_null()) {
    throw Error(Fault::found, fmt::format("the model {} is not trained in this workspace: it has no card", words[0]),
                fmt::format("train it with: auspex model train {}", words[0]));
  }
  if (arguments.json) return result["trained"]["card"];
  result["toml"] = result["trained"]["card_text"];
  result.erase("trained");
  return result;
}

Json ranges(Session& session, const Arguments& arguments, const std::vector<std::string>& words) {
  // Moodle's tables say 0 where a course has no start or no end.
  const auto time = [](const std::optional<std::string>& text) {
    const auto given = text ? parse_time(*text) : 0;
    return given == 0 ? std::nullopt : std::optional(given);
  };
  return session.time_splitting_ranges({words[0], arguments.parameters.value_or(""), time(arguments.start),
                                        time(arguments.end), time(arguments.first_analysis), arguments.moodle_compat});
}

Json metrics(Session& session, const Arguments& arguments, const std::vector<std::string>&) {
  const auto time = [](const std::optional<std::string>& text) { return text ? std::optional(parse_time(*text)) : std::nullopt; };
  const auto per = arguments.per.value_or("user");
  if (per != "user" && per != "enrolment") {
    throw Error(Fault::usage, fmt::format("'{}' is nothing that metrics are calculated for", per), "give --per user or enrolment");
  }
  return session.metrics({per == "user" ? runtime::MetricsOf::user : runtime::MetricsOf::enrolment, time(arguments.from),
                          time(arguments.to), arguments.set, needed(arguments.out, "out")});
}

Json check_plugin(Session& session, const Arguments& arguments, const std::vector<std::string>& words) {
  runtime::CheckOptions options;
  options.file = words[0];
  options.level = arguments.level.value_or(options.level);
  options.seed = arguments.seed.value_or(options.seed);
  options.seconds = arguments.seconds.value_or(options.seconds);
  options.only = arguments.only;
  options.skip = arguments.skip;
  options.parameters = arguments.parameters.value_or("");
  options.sources.assign(arguments.sources.begin(), arguments.sources.end());
  if (arguments.junit) options.junit = *arguments.junit;
  return session.plugin_check(options);
}

// A file that is refused cannot be checked at all.
int check_code(const Json& report) {
  if (report["refused"] != "") return int(Fault::plugin);
  return report["good"].get<bool>() ? 0 : int(Fault::found);
}

std::string created_text(const Json& result) {
  return fmt::format("made the workspace {}\n", result["workspace"].get<std::string>());
}

std::string lock_text(const Json& result) {
  auto text = fmt::format("locked {} plugins in {}\n", result["plugins"].size(), result["file"].get<std::string>());
  for (const auto& plugin : result["plugins"]) {
    text += fmt::format("  {} {}  {}\n", plugin["id"].get<std::string>(), plugin["version"].get<std::string>(),
                        plugin["file"].get<std::string>());
  }
  return text;
}

const std::vector<Command>& commands() {
  using Words = std::vector<std::string>;
  static const std::vector<Command> all{
      {"init", {"DIR"}, {}, "make a workspace", nullptr, created_text},
      {"import", {"SOURCE"}, {"from", "set", "key-file", "alone", "wait"}, "bring outside data into the workspace's campus",
       [](Session& s, const Arguments& a, const Words& w) {
         return s.import({w[0], needed(a.from, "from"), a.set, a.key_file.value_or(""), a.alone});
       },
       import_text},
      {"plugin list", {}, {}, "what is loaded, from where, and what was refused and why",
       [](Session& s, const Arguments&, const Words&) { return s.plugin_list(); }, plugin_list_text},
      {"plugin info", {"ID"}, {}, "what a plugin or component declares",
       [](Session& s, const Arguments&, const Words& w) { return s.plugin_info(w[0]); }, plugin_info_text},
      {"plugin new", {"KIND", "ID"}, {"licence"}, "make the repository of a plugin with one component",
       [](Session& s, const Arguments& a, const Words& w) { return s.plugin_new(w[0], w[1], a.licence.value_or("Apache-2.0")); },
       plugin_new_text},
      {"plugin check", {"PATH"}, {"level", "seed", "seconds", "only", "skip", "parameters", "source", "junit"},
       "whether a plugin keeps the contract", check_plugin, plugin_check_text, check_code},
      {"plugin lock", {}, {}, "write down which plugins the workspace loads, by their files' SHA-256",
       [](Session& s, const Arguments&, const Words&) { return s.plugin_lock(); }, lock_text},
      {"time-splitting ranges", {"ID"}, {"start", "end", "first-analysis", "parameters", "moodle-compat"},
       "the ranges of a time splitting method", ranges, ranges_text},
      {"explore", {"TABLE"}, {"config", "report", "seed"}, "what a table of learners holds: .csv, .parquet, or - for CSV from stdin",
       [](Session& s, const Arguments& a, const Words& w) { return s.explore({w[0], a.config, a.report.value_or(""), a.seed.value_or(1)}); },
       explore_text},
      {"model list", {}, {}, "every model of the workspace and the installation",
       [](Session& s, const Arguments&, const Words&) { return s.model_list(); }, model_list_text},
      {"model show", {"MODEL"}, {"card"}, "a model as a file of its own, with all that it extends; what was trained of it",
       show, model_show_text},
      {"model check", {"MODEL"}, {}, "check a model file",
       [](Session& s, const Arguments& a, const Words& w) { return s.model_check(model_options(a, w[0])); }, check_text},
      {"model plan", {"MODEL"}, {"time-splitting", "moodle-compat", "quick"}, "what would be analysed and left out, and why",
       [](Session& s, const Arguments& a, const Words& w) { return s.model_plan(model_options(a, w[0]), a.quick); }, plan_text},
      {"model analyse", {"MODEL"}, {"for", "time-splitting", "moodle-compat", "format", "out"},
       "write indicator values or the data set", analyse, analyse_text},
      {"model evaluate", {"MODEL"}, {"time-splitting", "moodle-compat", "dataset", "against", "report"},
       "how good it is on what it has not seen",
       [](Session& s, const Arguments& a, const Words& w) {
         const auto options = model_options(a, w[0]);
         if (a.dataset && a.against) throw Error(Fault::usage, "--dataset and --against exclude each other");
         const auto page = a.report.value_or("");
         return a.dataset ? s.model_evaluate_file(options, *a.dataset, page) : s.model_evaluate(options, a.against, page);
       },
       evaluation_text},
      {"model train", {"MODEL"}, {"time-splitting", "moodle-compat", "dataset", "again", "wait"}, "learn from what is over",
       [](Session& s, const Arguments& a, const Words& w) {
         const auto options = model_options(a, w[0]);
         return a.dataset ? s.model_train_file(options, *a.dataset) : s.model_train(options, a.again);
       },
       training_text},
      {"model predict", {"MODEL"}, {"moodle-compat", "again", "reasons", "format", "out", "wait"}, "predict what goes on", predict, predictions_text},
      {"model enable", {"MODEL"}, {"wait"}, "take it into use",
       [](Session& s, const Arguments& a, const Words& w) { return s.model_enable(model_options(a, w[0])); }, switch_text},
      {"model disable", {"MODEL"}, {"wait"}, "take it out of use: it neither trains nor predicts",
       [](Session& s, const Arguments& a, const Words& w) { return s.model_disable(model_options(a, w[0])); }, switch_text},
      {"model clear", {"MODEL"}, {"wait"}, "forget what it was trained on and predicted",
       [](Session& s, const Arguments& a, const Words& w) { return s.model_clear(model_options(a, w[0])); }, clear_text},
      {"model delete", {"MODEL"}, {"wait"}, "forget it, and remove the workspace's file of it",
       [](Session& s, const Arguments& a, const Words& w) { return s.model_delete(model_options(a, w[0])); }, delete_text},
      {"model log", {"MODEL"}, {}, "its evaluations, oldest first",
       [](Session& s, const Arguments& a, const Words& w) { return s.model_log(model_options(a, w[0])); }, log_text},
      {"model export", {"MODEL"}, {"out", "time-splitting", "without-weights"}, "write a model as Moodle's zip file",
       [](Session& s, const Arguments& a, const Words& w) {
         return s.model_export(model_options(a, w[0]), needed(a.out, "out"), !a.without_weights);
       },
       export_text},
      {"model import", {"FILE"}, {"id", "ignore-versions", "wait"}, "take a model from a zip file, Moodle's or ours",
       [](Session& s, const Arguments& a, const Words& w) { return s.model_import(w[0], a.id, a.ignore_versions); }, import_model_text},
      {"metrics", {}, {"from", "to", "per", "set", "out"}, "write one row a learner: events, time spent, active days, ...", metrics,
       metrics_text},
  };
  return all;
}

std::string usage(const Command& command) {
  std::string text = "auspex " + command.name;
  for (const auto& argument : command.arguments) text += " " + argument;
  return text;
}

std::string help() {
  std::string text = "usage: auspex COMMAND [ARGUMENTS] [OPTIONS]\n\n";
  for (const auto& command : commands()) text += fmt::format("  {:<32} {}\n", usage(command).substr(7), command.summary);
  return text + "\noptions of every command:\n" + option_help(common_options()) +
         "\nauspex COMMAND --help tells the others. Exit codes: 0 done, 1 ran and found something wrong, 2 usage,\n"
         "3 configuration, 4 plugin, 5 data.\n";
}

// While it lives, what is printed goes to standard error: a plugin in this process may print, and only results are output.
class KeptOutput {
 public:
  KeptOutput() : output_(::dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    if (output_ >= 0) ::dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  ~KeptOutput() {
    std::fflush(stdout);
    if (output_ < 0) return;
    ::dup2(output_, STDOUT_FILENO);
    ::close(output_);
  }
  KeptOutput(const KeptOutput&) = delete;
  KeptOutput& operator=(const KeptOutput&) = delete;

 private:
  int output_;
};

// The command that the first words name, and the words that are left.
const Command& find(const std::vector<std::string>& words, std::vector<std::string>& rest) {
  for (const auto& command : commands()) {
    std::string name;
    for (std::size_t n = 1; n <= 2 && n <= words.size(); ++n) {
      name += (n == 1 ? "" : " ") + words[n - 1];
      if (name != command.name) continue;
      rest.assign(words.begin() + std::ptrdiff_t(n), words.end());
      return command;
    }
  }
  std::vector<std::string> names;
  for (const auto& command : commands()) names.push_back(command.name);
  const auto asked = words.size() > 1 ? words[0] + " " + words[1] : words[0];
  throw Error(Fault::usage, fmt::format("unknown command '{}'", asked), did_you_mean(asked, names, "auspex --help lists them"));
}

}  // namespace

int run(Arguments arguments) {
  if (arguments.version) {
    fmt::print("auspex {}\n", runtime::version());
    return 0;
  }
  if (arguments.words.empty()) {
    if (!arguments.help) throw Error(Fault::usage, "no command is given", "auspex --help lists them");
    fmt::print("{}", help());
    return 0;
  }
  std::vector<std::string> words;
  const auto& command = find(arguments.words, words);
  if (arguments.help) {
    fmt::print("usage: {} [OPTIONS]\n{}\n\n{}{}", usage(command), command.summary, option_help(command.options),
               option_help(common_options()));
    return 0;
  }
  for (const auto& name : arguments.given) {
    const auto has = [&](const auto& names) { return std::find(names.begin(), names.end(), name) != names.end(); };
    if (!has(common_options()) && !has(command.options)) {
      throw Error(Fault::usage, fmt::format("'auspex {}' takes no --{}", command.name, name),
                  fmt::format("auspex {} --help lists its options", command.name));
    }
  }
  if (words.size() != command.arguments.size()) {
    throw Error(Fault::usage, words.size() < command.arguments.size()
                                  ? fmt::format("{} is missing", command.arguments[words.size()])
                                  : fmt::format("'{}' is too much", words[command.arguments.size()]),
                "usage: " + usage(command));
  }
  Json result;
  if (!command.run) {
    result = Session::init(words[0]);
  } else {
    const KeptOutput kept;
    arguments.session.progress = terminal_progress();
    arguments.session.command = command.name;
    Session session(arguments.session);
    result = command.run(session, arguments, words);
  }
  clear_progress();
  fmt::print("{}", arguments.json ? result.dump() + "\n" : command.text(result));
  if (!result.contains("failed") || !result["failed"].is_array()) return command.code(result);
  for (const auto& failure : result["failed"]) fmt::print(stderr, "error: {}\n", failure["error"].get<std::string>());
  fmt::print(stderr, "  help: {} left out; what is told of the others holds\n",
             result["failed"].size() == 1 ? "1 analysable was" : fmt::format("{} analysables were", result["failed"].size()));
  return int(Fault::plugin);
}

}  // namespace auspex::cli
