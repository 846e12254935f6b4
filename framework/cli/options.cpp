#include "cli/options.hpp"

#include <algorithm>
#include <filesystem>

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include "base/error.hpp"
#include "base/names.hpp"

namespace auspex::cli {
namespace po = boost::program_options;

namespace {

const po::options_description& declared() {
  static const auto description = [] {
    po::options_description all;
    const auto text = [] { return po::value<std::string>(); };
    all.add_options()
        ("workspace", text()->value_name("DIR"), "the workspace (default: nearest parent with auspex.toml)")
        ("as-of", text()->value_name("TIME"), "nothing later exists: epoch seconds or ISO 8601 with offset (default: now)")
        ("timezone", text()->value_name("ZONE"), "of calendar arithmetic (default: the workspace's, the source's, UTC)")
        ("threads", po::value<int>()->value_name("N"), "how many (default: one a core)")
        ("memory", text()->value_name("SIZE"), "limit, such as 2GiB")
        ("plugin-dir", po::value<std::vector<std::string>>()->composing()->value_name("DIR"), "search plugins here first")
        ("isolate", po::bool_switch(), "run all plugins in processes of their own (default: those not shipped with Auspex)")
        ("no-isolate", po::bool_switch(), "run no plugin in a process of its own")
        ("plugin-seconds", po::value<double>()->value_name("SECONDS"), "that a call of a plugin may take (default: 60)")
        ("plugin-memory", text()->value_name("SIZE"), "that a plugin may take (default: 2GiB)")
        ("allow-insecure", po::bool_switch(), "load also plugins that others may write")
        ("strict", po::bool_switch(), "warnings are errors")
        ("json", po::bool_switch(), "print JSON")
        ("help", po::bool_switch(), "print help")
        ("version", po::bool_switch(), "print the version")
        ("from", text()->value_name("DIR|TIME"), "import: the folder of the raw files; metrics: when the period begins")
        ("to", text()->value_name("TIME"), "when the period ends (default: --as-of)")
        ("per", text()->value_name("LEARNER"), "user (default) or enrolment: what a row is")
        ("set", po::value<std::vector<std::string>>()->composing()->value_name("NAME=VALUE"), "a parameter of the source or the metrics")
        ("key-file", text()->value_name("FILE"), "replace ids of persons by HMAC-SHA-256 under this key")
        ("alone", po::bool_switch(), "drop what other sources joined to the campus")
        ("for", text()->value_name("PURPOSE"), "training, prediction or all")
        ("time-splitting", text()->value_name("ID"), "instead of the model's time splitting method")
        ("moodle-compat", text()->value_name("VERSION"), "reproduce this Moodle's defects (4.4)")
        ("format", text()->value_name("FORMAT"), "csv; analyses also: parquet, dataset-parquet, moodle-csv")
        ("dataset", text()->value_name("FILE"), "a labelled data set file of Moodle's, instead of the campus")
        ("against", text()->value_name("MODEL"), "another model, to be compared on the same split")
        ("id", text()->value_name("ID"), "of the imported model, instead of its own")
        ("ignore-versions", po::bool_switch(), "import a model also from other versions of its plugins")
        ("without-weights", po::bool_switch(), "export the configuration alone, as for Moodle")
        ("licence", text()->value_name("SPDX"), "Apache-2.0 (default), MIT, BSD-3-Clause or GPL-3.0-or-later")
        ("out", text()->value_name("FILE"), "the file to write")
        ("again", po::bool_switch(), "do also what was done before")
        ("reasons", po::value<int>()->value_name("N"), "show the N strongest reasons of each prediction")
        ("quick", po::bool_switch(), "calculate no indicators: nothing is said of leaks and drift")
        ("card", po::bool_switch(), "what was trained, as its model card")
        ("wait", po::value<double>()->value_name("SECONDS"), "for another process that works on the same (default: 10)")
        ("start", text()->value_name("TIME"), "of the analysable (absent or 0: it has none)")
        ("end", text()->value_name("TIME"), "of the analysable (absent or 0: it has none)")
        ("first-analysis", text()->value_name("TIME"), "when the analysable was first analysed (absent or 0: never)")
        ("parameters", text()->value_name("JSON"), "a JSON object: of the time splitting method; of plugins, by component (also FILE.json)")
        ("level", po::value<int>()->value_name("N"), "checks: 1 scan, 2 contract, 3 behaviour (default), 4 robustness, 5 stress")
        ("seed", po::value<std::uint64_t>()->value_name("N"), "of what is made or drawn at random (default: 1)")
        ("seconds", po::value<double>()->value_name("S"), "that a check may take (default: 10)")
        ("only", po::value<std::vector<std::string>>()->composing()->value_name("CHECK"), "run this check alone; may be repeated")
        ("skip", po::value<std::vector<std::string>>()->composing()->value_name("CHECK=REASON"), "do not run this check")
        ("source", po::value<std::vector<std::string>>()->composing()->value_name("FILE"), "a source file whose tables the plugin reads")
        ("junit", text()->value_name("FILE"), "write JUnit's XML")
        ("config", text()->value_name("FILE"), "what to know of the table: a path ending in .toml, or an id of configs/explore")
        ("report", text()->value_name("DIR"), "write a page with figures, and its numbers, here")
        ("words", po::value<std::vector<std::string>>(), "");
    return all;
  }();
  return description;
}

std::vector<std::string> option_names() {
  std::vector<std::string> names;
  for (const auto& option : declared().options()) names.push_back("--" + option->long_name());
  return names;
}

}  // namespace

const std::vector<std::string>& common_options() {
  static const std::vector<std::string> names{"workspace", "as-of", "timezone", "threads", "memory", "plugin-dir", "isolate", "no-isolate",
                                              "plugin-seconds", "plugin-memory", "allow-insecure", "strict", "json", "help"};
  return names;
}

std::string option_help(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    const auto& option = declared().find(name, false);
    text += fmt::format("  {:<28} {}\n", fmt::format("--{} {}", name, option.semantic()->max_tokens() == 0 ? "" : option.format_parameter()),
                        option.description());
  }
  return text;
}

Arguments parse(int argc, const char* const* argv) {
  po::variables_map values;
  Arguments arguments;
  try {
    po::positional_options_description positional;
    positional.add("words", -1);
    using Style = po::command_line_style::style_t;
    const auto parsed = po::command_line_parser(argc, argv).options(declared()).positional(positional)
                            .style(Style(Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next)).run();
    for (const auto& option : parsed.options) {
      if (option.position_key < 0) arguments.given.push_back(option.string_key);
    }
    po::store(parsed, values);
  } catch (const po::unknown_option& error) {
    throw Error(Fault::usage, fmt::format("unknown option '{}'", error.get_option_name()),
                did_you_mean(error.get_option_name(), option_names(), "auspex --help lists them"));
  } catch (const po::multiple_occurrences& error) {
    throw Error(Fault::usage, fmt::format("the option '{}' is given twice", error.get_option_name()));
  } catch (const po::error& error) {
    throw Error(Fault::usage, error.what(), "auspex --help lists the options");
  }

  const auto text = [&](const char* name) -> std::optional<std::string> {
    return values.count(name) == 0 ? std::nullopt : std::optional(values[name].as<std::string>());
  };
  const auto list = [&](const char* name) {
    return values.count(name) == 0 ? std::vector<std::string>() : values[name].as<std::vector<std::string>>();
  };
  arguments.words = list("words");
  arguments.json = values["json"].as<bool>();
  arguments.help = values["help"].as<bool>();
  arguments.version = values["version"].as<bool>();
  arguments.again = values["again"].as<bool>();
  arguments.quick = values["quick"].as<bool>();
  arguments.card = values["card"].as<bool>();
  if (values.count("reasons") != 0) {
    arguments.reasons = values["reasons"].as<int>();
    if (arguments.reasons < 0) throw Error(Fault::usage, fmt::format("{} reasons make no sense", arguments.reasons), "give a number from 0 on");
  }
  arguments.from = text("from");
  arguments.to = text("to");
  arguments.per = text("per");
  arguments.out = text("out");
  arguments.format = text("format");
  arguments.ignore_versions = values["ignore-versions"].as<bool>();
  arguments.alone = values["alone"].as<bool>();
  arguments.without_weights = values["without-weights"].as<bool>();
  arguments.purpose = text("for");
  arguments.id = text("id");
  arguments.dataset = text("dataset");
  arguments.against = text("against");
  arguments.time_splitting = text("time-splitting");
  arguments.moodle_compat = text("moodle-compat");
  arguments.start = text("start");
  arguments.end = text("end");
  arguments.first_analysis = text("first-analysis");
  arguments.parameters = text("parameters");
  arguments.key_file = text("key-file");
  arguments.licence = text("licence");
  arguments.config = text("config");
  arguments.report = text("report");
  arguments.set = list("set");

  if (values.count("level") != 0) arguments.level = values["level"].as<int>();
  if (values.count("seed") != 0) arguments.seed = values["seed"].as<std::uint64_t>();
  if (values.count("seconds") != 0) {
    arguments.seconds = values["seconds"].as<double>();
    if (!(*arguments.seconds > 0 && *arguments.seconds <= 1e6)) {
      throw Error(Fault::usage, fmt::format("{} seconds make no sense", *arguments.seconds), "give a number above 0");
    }
  }
  arguments.only = list("only");
  arguments.skip = list("skip");
  arguments.sources = list("source");
  arguments.junit = text("junit");

  auto& session = arguments.session;
  if (const auto folder = text("workspace")) session.workspace = *folder;
  if (const auto time = text("as-of")) session.as_of = parse_time(*time);
  if (const auto zone = text("timezone")) session.timezone = TimeZone::named(*zone).name();
  if (const auto size = text("memory")) session.memory = runtime::memory_size(*size);
  for (const auto& folder : list("plugin-dir")) {
    if (!std::filesystem::is_directory(folder)) {
      throw Error(Fault::usage, fmt::format("'{}' is no folder", folder), "--plugin-dir names a folder with plugins");
    }
    session.plugin_dirs.emplace_back(folder);
  }
  session.strict = values["strict"].as<bool>();
  session.allow_insecure = values["allow-insecure"].as<bool>();
  if (values["isolate"].as<bool>() && values["no-isolate"].as<bool>()) {
    throw Error(Fault::usage, "--isolate and --no-isolate are both given", "give one of them");
  }
  if (values["isolate"].as<bool>()) session.isolate = true;
  if (values["no-isolate"].as<bool>()) session.isolate = false;
  if (const auto size = text("plugin-memory")) session.plugin_memory = runtime::memory_size(*size);
  if (values.count("plugin-seconds") != 0) {
    session.plugin_seconds = values["plugin-seconds"].as<double>();
    if (!(*session.plugin_seconds >= 0.001 && *session.plugin_seconds <= 1e9)) {
      throw Error(Fault::usage, fmt::format("no call takes {} seconds", *session.plugin_seconds), "give a number from 0.001 to 1e9");
    }
  }
  if (values.count("wait") != 0) {
    session.wait = values["wait"].as<double>();
    constexpr double longest = 1e6;  // eleven days
    if (!(session.wait >= 0 && session.wait <= longest)) {
      throw Error(Fault::usage, fmt::format("nobody waits {} seconds", session.wait), "give a number from 0 to 1000000");
    }
  }
  if (values.count("threads") != 0) {
    session.threads = values["threads"].as<int>();
    if (*session.threads < 1 || *session.threads > 1024) {
      throw Error(Fault::usage, fmt::format("{} threads make no sense", *session.threads), "give a number from 1 to 1024");
    }
  }
  return arguments;
}

}  // namespace auspex::cli
