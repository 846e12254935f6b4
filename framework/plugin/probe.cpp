#include "plugin/probe.hpp"

#include <iostream>

#include <sys/resource.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "plugin/child.hpp"
#include "plugin/loading.hpp"

namespace auspex::plugin {
namespace {

// Begins the verdict's line: what a plugin prints itself is told apart by it.
constexpr std::string_view verdict_mark = "{\"auspex_probe\":1,";

}  // namespace

void probe_in_child(const std::filesystem::path& program, const std::filesystem::path& file, double seconds) {
  const auto end = run_program({program.string(), "--probe-plugin", file.string()}, seconds);
  const auto mark = end.output.rfind(verdict_mark);
  const auto said = std::string_view(end.output).substr(0, mark);
  if (end.timed_out) {
    throw Refused{"hung_while_loading",
                  with_last_line(fmt::format("it did not finish loading within {:g} seconds", seconds), said),
                  "its static initialisers and init must be quick", {}};
  }
  const char* when = mark == std::string::npos ? "while it was loaded" : "when the program ended after loading it";
  if (end.killed_by_signal()) {
    throw Refused{"crashed_while_loading", with_last_line(end.how_it_ended(when), said), "report this to its author", {}};
  }
  if (mark == std::string::npos || end.status != 0) {
    throw Refused{"crashed_while_loading", with_last_line(end.how_it_ended(when), said),
                  "a plugin must not call exit(); report this to its author", {}};
  }
  const auto line = std::string_view(end.output).substr(mark);
  const auto verdict = nlohmann::json::parse(line.substr(0, line.find('\n')), nullptr, false);
  if (verdict.is_discarded()) {
    throw Refused{"crashed_while_loading", "its probe did not finish its report", "report this to its author", {}};
  }
  const auto code = verdict.value("code", "");
  if (code != "ok") {
    throw Refused{code, verdict.value("message", ""), verdict.value("hint", ""),
                  verdict.value("ids", std::vector<std::string>{})};
  }
}

int probe_main(const std::filesystem::path& file) {
  const rlimit no_core = {0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  Refused verdict{"ok", {}, {}, {}};
  try {
    const auto absolute = std::filesystem::absolute(file);
    check_elf(read_file(absolute));
    verdict.ids = component_ids(load_library(absolute));
  } catch (const Refused& refused) {
    verdict = refused;
  } catch (const Error& error) {
    verdict = {"not_found", error.what(), {}, {}};
  }
  const nlohmann::json rest = {
      {"code", verdict.code}, {"message", verdict.message}, {"hint", verdict.hint}, {"ids", verdict.ids}};
  std::cout << '\n' << verdict_mark << rest.dump().substr(1) << std::endl;
  return 0;
}

}  // namespace auspex::plugin
