#include "conformance/conformance.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/names.hpp"
#include "conformance/checks.hpp"
#include "plugin/child.hpp"
#include "plugin/loading.hpp"

namespace auspex::conformance {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_memory = std::size_t{4} << 30;
constexpr double stress_factor = 6;

// What loading a plugin can fail by: the check that it fails, and the codes of plugin::Refused that belong to it.
struct LoadCheck {
  CheckInfo info;
  std::vector<std::string> codes;
};

const std::vector<LoadCheck>& load_checks() {
  static const std::vector<LoadCheck> all{
      {{"scan-file", 1, "file", {}, "a whole shared library for this machine"},
       {"not_a_library", "truncated", "wrong_machine"}},
      {{"scan-entry", 1, "one-symbol", {}, "it exports auspex_plugin, which begins with the magic number"},
       {"not_a_plugin"}},
      {{"scan-loads", 1, "quick-load", {}, "it loads, with all it needs, and without a crash"},
       {"missing_dependency", "crashed_while_loading", "hung_while_loading"}},
      {{"scan-abi", 1, "versions", {}, "it is built for an ABI that this version has"}, {"wrong_abi", "missing_interface"}},
      {{"scan-descriptor", 1, "descriptor", {}, "its descriptor is whole: ids, sizes, pointers, parameters"},
       {"invalid_descriptor"}},
      {{"scan-init", 1, "init", {}, "its init succeeds"}, {"init_failed"}},
  };
  return all;
}

const CheckInfo quiet_load{"scan-quiet", 1, "quiet", {}, "loading it prints nothing"};

// The verdict of a check, as the child process tells it.
Json verdict(const std::function<Json()>& work) {
  const auto told = [](Outcome outcome, std::string_view message) {
    return Json{{"outcome", outcome_name(outcome)}, {"message", message}};
  };
  try {
    return work();
  } catch (const Failed& failed) {
    return told(Outcome::failed, failed.what());
  } catch (const Skipped& skipped) {
    return told(Outcome::skipped, skipped.what());
  } catch (const Warned& warned) {
    return told(Outcome::warning, warned.what());
  } catch (const Cancelled&) {
    return told(Outcome::failed, "it returned AUSPEX_CANCELLED, though nobody had asked for it");
  } catch (const plugin::Refused& refused) {
    return told(Outcome::failed, refused.message);
  } catch (const Error& error) {
    return told(Outcome::failed, error.problems().front().message);
  } catch (const std::bad_alloc&) {
    return told(Outcome::failed, fmt::format("it needs more than {} GiB of memory", most_memory >> 30));
  } catch (const std::exception& error) {
    return told(Outcome::failed, error.what());
  }
}

Outcome outcome_named(const std::string& name) {
  for (const auto outcome : {Outcome::failed, Outcome::crashed, Outcome::skipped, Outcome::warning}) {
    if (outcome_name(outcome) == name) return outcome;
  }
  return Outcome::passed;
}

class Run {
 public:
  explicit Run(const Options& options) : options_(options) {
    check_options();
    options_.file = std::filesystem::absolute(options_.file);
    report_.file = options_.file;
    report_.level = options_.level;
    report_.seed = options_.seed;
  }

  Report report() {
    if (!loads()) return std::move(report_);
    check_parameters();
    for (const auto& check : plugin_checks()) {
      if (!is_wanted(check.info)) continue;
      run(check.info, "", [&] {
        check.run(options_);
        return Json{{"outcome", "passed"}};
      });
    }
    const auto checks = component_checks();
    std::size_t done = 0;
    for (const auto& component : report_.components) {
      progress(component.id, double(done++) / double(report_.components.size()));
      check_component(component, checks);
    }
    same_elsewhere(checks);
    progress("", 1);
    return std::move(report_);
  }

 private:
  void check_options() const {
    std::error_code error;
    if (!std::filesystem::is_regular_file(options_.file, error)) {
      throw Error(Fault::usage, fmt::format("there is no file '{}'", options_.file.string()),
                  "give the path of a plugin's library");
    }
    if (options_.level < 1 || options_.level > 5) {
      throw Error(Fault::usage, fmt::format("{} is no level", options_.level), "give --level 1 to 5");
    }
    std::vector<std::string> ids;
    for (const auto& info : all_checks()) ids.push_back(info.id);
    const auto known = [&](const std::string& id) {
      if (std::find(ids.begin(), ids.end(), id) != ids.end()) return;
      throw Error(Fault::usage, fmt::format("there is no check '{}'", id),
                  did_you_mean(id, ids, "sdk/docs/rules.md lists them"));
    };
    for (const auto& id : options_.only) known(id);
    for (const auto& [id, why] : options_.skip) {
      known(id);
      if (why.empty())
        throw Error(Fault::usage, fmt::format("no reason is given to skip '{}'", id), "give --skip ID=REASON");
    }
  }

  void check_parameters() const {
    if (!options_.parameters.is_object()) return;
    std::vector<std::string> ids;
    for (const auto& component : report_.components) ids.push_back(component.id);
    for (const auto& [id, values] : options_.parameters.items()) {
      // Parameters of several plugins may be given together.
      if (!id.starts_with(report_.id + "/") || std::find(ids.begin(), ids.end(), id) != ids.end()) continue;
      throw Error(Fault::usage, fmt::format("the plugin has no component '{}'", id), did_you_mean(id, ids));
    }
  }

  void progress(const std::string& step, double done) const {
    if (options_.progress) options_.progress(step, done);
  }

  [[nodiscard]] bool is_wanted(const CheckInfo& info) const {
    return info.level <= options_.level &&
           (options_.only.empty() || std::find(options_.only.begin(), options_.only.end(), info.id) != options_.only.end());
  }

  void add(const CheckInfo& info, const std::string& component, Outcome outcome, std::string message = {},
           double seconds = 0) {
    if (is_wanted(info) || outcome == Outcome::failed || outcome == Outcome::crashed) {
      report_.results.push_back({info.id, component, outcome, std::move(message), info.rule, seconds});
    }
  }

  // The steps of loading, in a child; then what the plugin says of itself. False where it is refused.
  bool loads() {
    plugin::Refused refused{"", "", "", {}};
    try {
      plugin::check_elf(read_file(options_.file));
      plugin::probe_in_child(options_.program, options_.file, options_.seconds);
    } catch (const plugin::Refused& why) {
      refused = why;
    }
    for (const auto& check : load_checks()) {
      if (std::find(check.codes.begin(), check.codes.end(), refused.code) == check.codes.end()) {
        add(check.info, "", Outcome::passed);
        continue;
      }
      report_.refused = refused.code;
      report_.hint = refused.hint;
      add(check.info, "", refused.code == "crashed_while_loading" ? Outcome::crashed : Outcome::failed, refused.message);
      return false;
    }
    if (!refused.code.empty()) throw Error(Fault::plugin, refused.message, refused.hint);
    const auto end = plugin::run_forked([&] { return describe().dump(); }, options_.seconds, 0);
    const auto said = Json::parse(end.report, nullptr, false);
    if (said.is_discarded()) {
      report_.refused = "crashed_while_loading";
      add(load_checks()[2].info, "", Outcome::crashed, end.how_it_ended("while it was loaded a second time"));
      return false;
    }
    if (end.output.empty()) add(quiet_load, "", Outcome::passed);
    else add(quiet_load, "", Outcome::failed, plugin::with_last_line("it prints while it is loaded", end.output));
    report_.id = said["id"];
    report_.version = said["version"];
    for (const auto& component : said["components"]) report_.components.push_back({component["id"], component["kind"]});
    return true;
  }

  [[nodiscard]] Json describe() const {
    const auto descriptor = plugin::load_library(options_.file);
    Json said{{"id", descriptor.id}, {"version", descriptor.version}, {"components", Json::array()}};
    for (const auto& component : descriptor.components) {
      if (component->known)
        said["components"].push_back({{"id", component->schema.id}, {"kind", kind_name(component->schema.kind)}});
    }
    return said;
  }

  // Runs one check in a child of its own; what the child said beside the outcome is returned.
  Json run(const CheckInfo& info, const std::string& component, const std::function<Json()>& work) {
    if (const auto skipped = options_.skip.find(info.id); skipped != options_.skip.end()) {
      add(info, component, Outcome::skipped, skipped->second);
      return nullptr;
    }
    const auto limit = options_.seconds * (info.level >= 5 ? stress_factor : 1);
    const auto end = plugin::run_forked([&] { return verdict(work).dump(-1, ' ', false, Json::error_handler_t::replace); },
                                        limit, most_memory);
    if (end.timed_out) {
      auto message = fmt::format("it did not finish within {:g} seconds", limit);
      if (end.output.size() >= 65'536) message += fmt::format(" and printed {} KiB or more", end.output.size() / 1024);
      add(info, component, Outcome::failed, plugin::with_last_line(message, end.output), end.seconds);
      return Json{{"outcome", "failed"}};
    }
    auto said = Json::parse(end.report, nullptr, false);
    if (said.is_discarded() || end.status != 0) {
      add(info, component, Outcome::crashed, plugin::with_last_line(end.how_it_ended("during the check"), end.output),
          end.seconds);
      return Json{{"outcome", "crashed"}};
    }
    add(info, component, outcome_named(said.value("outcome", "passed")), said.value("message", ""), end.seconds);
    return said;
  }

  [[nodiscard]] Subject subject(const std::string& id) const {
    for (const auto& component : plugin::load_library(options_.file).components) {
      if (component->schema.id == id) return subject_of(component, options_);
    }
    throw Failed(fmt::format("the component '{}' is there no more when the plugin is loaded again", id));
  }

  void check_component(const Component& component, const std::vector<ComponentCheck>& checks) {
    std::string lacking;
    for (const auto& check : checks) {
      const auto& info = check.info;
      if (std::find(info.kinds.begin(), info.kinds.end(), component.kind) == info.kinds.end() || info.id == "same-elsewhere")
        continue;
      const bool comes_first = info.id == "creates" || info.id == "answers";
      if (info.level > options_.level || (!comes_first && !is_wanted(info))) continue;
      if (!lacking.empty()) {
        add(info, component.id, Outcome::skipped, fmt::format("'{}' did not pass", lacking));
        continue;
      }
      const auto said = run(info, component.id, [&] {
        const auto it = subject(component.id);
        check.run(it);
        Json passed{{"outcome", "passed"}};
        if (info.id == "answers") passed["answers"] = answers_text(it);
        return passed;
      });
      if (said.is_object() && said.contains("answers")) earlier_[component.id] = {said["answers"], Clock::now()};
      if (comes_first && said.is_object() && said.value("outcome", "") != "passed") lacking = info.id;
    }
  }

  // Last of all, so that time has passed; a clock in seconds must have moved on.
  void same_elsewhere(const std::vector<ComponentCheck>& checks) {
    const auto check =
        std::find_if(checks.begin(), checks.end(), [](const auto& each) { return each.info.id == "same-elsewhere"; });
    if (!is_wanted(check->info) || earlier_.empty()) return;
    Clock::time_point last{};
    for (const auto& [id, told] : earlier_) last = std::max(last, told.second);
    std::this_thread::sleep_until(last + std::chrono::milliseconds(1'100));
    for (const auto& component : report_.components) {
      const auto told = earlier_.find(component.id);
      if (told == earlier_.end()) continue;
      run(check->info, component.id, [&] {
        auto it = subject(component.id);
        it.earlier = told->second.first;
        check->run(it);
        return Json{{"outcome", "passed"}};
      });
    }
  }

  using Clock = std::chrono::steady_clock;

  Options options_;
  Report report_;
  std::map<std::string, std::pair<std::string, Clock::time_point>> earlier_;  // answers by component, and when
};

}  // namespace

std::string outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed: return "passed";
    case Outcome::failed: return "failed";
    case Outcome::crashed: return "crashed";
    case Outcome::skipped: return "skipped";
    case Outcome::warning: return "warning";
  }
  return "";
}

std::vector<CheckInfo> all_checks() {
  std::vector<CheckInfo> all;
  for (const auto& check : load_checks()) all.push_back(check.info);
  all.push_back(quiet_load);
  for (const auto& check : plugin_checks()) all.push_back(check.info);
  for (const auto& check : component_checks()) all.push_back(check.info);
  return all;
}

std::size_t Report::count(Outcome outcome) const {
  return std::size_t(
      std::count_if(results.begin(), results.end(), [&](const Result& result) { return result.outcome == outcome; }));
}

bool Report::good() const {
  const bool tested = std::any_of(results.begin(), results.end(), [&](const Result& result) {
    return result.outcome != Outcome::skipped && (level == 1 ? !components.empty() : !result.component.empty());
  });
  return tested && count(Outcome::failed) == 0 && count(Outcome::crashed) == 0;
}

Report check_plugin(const Options& options) { return Run(options).report(); }

}  // namespace auspex::conformance
