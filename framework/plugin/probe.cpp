#include "plugin/probe.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"
#include "plugin/loading.hpp"
#include "plugin/text.hpp"

namespace auspex::plugin {
namespace {

// Begins the verdict's line: what a plugin prints itself is told apart by it.
constexpr std::string_view verdict_mark = "{\"auspex_probe\":1,";
constexpr std::size_t most_output = 1024 * 1024;

struct ChildEnd {
  std::string output;
  int status = 0;
  bool timed_out = false;
};

std::string last_line(std::string_view output) {
  const auto end = output.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  output = output.substr(0, end + 1);
  const auto begin = output.rfind('\n');
  return clean_text(output.substr(begin == std::string_view::npos ? 0 : begin + 1).substr(0, 300));
}

// Takes what can be read now; false at the end of the output.
bool drain(int descriptor, std::string& output) {
  char buffer[4096];
  for (;;) {
    const auto n = ::read(descriptor, buffer, sizeof buffer);
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (output.size() < most_output) output.append(buffer, static_cast<std::size_t>(n));
  }
}

// Runs PROGRAM --probe-plugin FILE in a process group of its own; ends all of it after `seconds`.
ChildEnd run_child(const std::filesystem::path& program, const std::filesystem::path& file, double seconds) {
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) {
    throw Error(Fault::found, fmt::format("cannot make a pipe for probing '{}': {}", file.string(), std::strerror(errno)));
  }
  ::fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 1);
  ::posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], 2);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  std::string arguments[] = {program.string(), "--probe-plugin", file.string()};
  char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, program.c_str(), &actions, &attributes, argv, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  ::close(pipe_ends[1]);
  if (failed != 0) {
    ::close(pipe_ends[0]);
    throw Error(Fault::found, fmt::format("cannot run '{}' to probe '{}': {}", program.string(), file.string(),
                                          std::strerror(failed)));
  }

  ChildEnd end;
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::duration<double>(seconds);
  bool open = true;
  while (::waitpid(child, &end.status, WNOHANG) == 0) {
    if (Clock::now() >= deadline) {
      end.timed_out = true;
      ::kill(-child, SIGKILL);
      ::waitpid(child, &end.status, 0);
      break;
    }
    pollfd wait = {open ? pipe_ends[0] : -1, POLLIN, 0};
    ::poll(&wait, 1, 2);
    if (open) open = drain(pipe_ends[0], end.output);
  }
  if (open) drain(pipe_ends[0], end.output);
  ::close(pipe_ends[0]);
  return end;
}

std::string with_last_line(std::string message, std::string_view output) {
  const auto line = last_line(output);
  return line.empty() ? message : fmt::format("{}; its last output: {}", message, line);
}

}  // namespace

void probe_in_child(const std::filesystem::path& program, const std::filesystem::path& file, double seconds) {
  const auto end = run_child(program, file, seconds);
  const auto mark = end.output.rfind(verdict_mark);
  const auto said = std::string_view(end.output).substr(0, mark);
  if (end.timed_out) {
    throw Refused{"hung_while_loading",
                  with_last_line(fmt::format("it did not finish loading within {:g} seconds", seconds), said),
                  "its static initialisers and init must be quick", {}};
  }
  const char* when = mark == std::string::npos ? "while it was loaded" : "when the program ended after loading it";
  if (WIFSIGNALED(end.status)) {
    const int signal = WTERMSIG(end.status);
    const auto* name = ::sigabbrev_np(signal);
    throw Refused{"crashed_while_loading",
                  with_last_line(fmt::format("it crashed {} (SIG{}: {})", when, name == nullptr ? "?" : name,
                                             ::sigdescr_np(signal) == nullptr ? "unknown" : ::sigdescr_np(signal)), said),
                  "report this to its author", {}};
  }
  if (mark == std::string::npos || WEXITSTATUS(end.status) != 0) {
    throw Refused{"crashed_while_loading",
                  with_last_line(fmt::format("it ended the program {} (exit code {})", when, WEXITSTATUS(end.status)), said),
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
