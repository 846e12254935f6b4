#include "plugin/child.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "plugin/text.hpp"
#include "plugin/calling.hpp"

namespace auspex::plugin {
namespace {

constexpr std::size_t most_output = 1024 * 1024;
constexpr std::size_t most_report = 64 * 1024 * 1024;
using Clock = std::chrono::steady_clock;

std::string last_line(std::string_view output) {
  const auto end = output.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  output = output.substr(0, end + 1);
  const auto begin = output.rfind('\n');
  return clean_text(output.substr(begin == std::string_view::npos ? 0 : begin + 1).substr(0, 300));
}

// A pipe that programs run later do not inherit; we read from it without waiting.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) {
      throw Error(Fault::found, fmt::format("cannot make a pipe to a child process: {}", std::strerror(errno)));
    }
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }
  ~Pipe() {
    close_writer();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int writer() const { return ends_[1]; }
  [[nodiscard]] int reader() const { return open_ ? ends_[0] : -1; }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

  /// Takes what can be read now; keeps no more than `most`.
  void drain(std::string& to, std::size_t most) {
    std::array<char, 4096> buffer;
    while (open_) {
      const auto n = ::read(ends_[0], buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) open_ = false;
      else if (to.size() < most) to.append(buffer.data(), std::size_t(n));
    }
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  bool open_ = true;
};

// Waits for the child, the leader of its group, and takes what it writes; ends the whole group at the latest after
// `seconds`.
ChildEnd watch(pid_t child, Pipe& output, Pipe* report, double seconds) {
  ChildEnd end;
  const auto begun = Clock::now();
  const auto deadline = begun + std::chrono::duration<double>(seconds);
  const auto take = [&] {
    output.drain(end.output, most_output);
    if (report != nullptr) report->drain(end.report, most_report);
  };
  while (::waitpid(child, &end.status, WNOHANG) == 0) {
    if (Clock::now() >= deadline) {
      end.timed_out = true;
      ::kill(-child, SIGKILL);
      ::waitpid(child, &end.status, 0);
      break;
    }
    std::array<pollfd, 2> wait{pollfd{output.reader(), POLLIN, 0},
                               pollfd{report == nullptr ? -1 : report->reader(), POLLIN, 0}};
    ::poll(wait.data(), wait.size(), 2);
    take();
  }
  // Processes that it has left behind.
  ::kill(-child, SIGKILL);
  take();
  end.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  return end;
}

void limit(int resource, rlim_t most) {
  const rlimit both = {most, most};
  ::setrlimit(decltype(RLIMIT_CORE)(resource), &both);
}

// The sanitizers reserve terabytes of address space.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool memory_can_be_limited = false;
#else
constexpr bool memory_can_be_limited = true;
#endif

[[noreturn]] void be_the_child(const std::function<std::string()>& work, int output, int report, std::size_t memory) {
  ::setpgid(0, 0);
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) std::signal(signal, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(nothing, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  limit(RLIMIT_CORE, 0);
  leave_unguarded();
  if (memory > 0 && memory_can_be_limited) limit(RLIMIT_AS, memory);
  const auto self = ::getpid();
  const auto said = work();
  if (::getpid() != self) ::_exit(0);  // a copy that the work has made of us
  std::fflush(nullptr);
  for (std::string_view rest = said; !rest.empty();) {
    const auto n = ::write(report, rest.data(), rest.size());
    if (n < 0 && errno != EINTR) break;
    if (n > 0) rest.remove_prefix(std::size_t(n));
  }
  ::_exit(0);
}

}  // namespace

bool ChildEnd::killed_by_signal() const { return WIFSIGNALED(status); }

std::string ChildEnd::how_it_ended(std::string_view when) const {
  if (!killed_by_signal()) return fmt::format("it ended the program {} (exit code {})", when, WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  const auto* name = ::sigabbrev_np(signal);
  const auto* words = ::sigdescr_np(signal);
  return fmt::format("it crashed {} (SIG{}: {})", when, name == nullptr ? "?" : name, words == nullptr ? "unknown" : words);
}

ChildEnd run_program(std::vector<std::string> command, double seconds) {
  Pipe output;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, output.writer(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, output.writer(), 2);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<char*> argv;
  for (auto& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, argv[0], &actions, &attributes, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  output.close_writer();
  if (failed != 0) {
    throw Error(Fault::found, fmt::format("cannot run '{}': {}", fmt::join(command, " "), std::strerror(failed)));
  }
  return watch(child, output, nullptr, seconds);
}

ChildEnd run_forked(const std::function<std::string()>& work, double seconds, std::size_t memory) {
  Pipe output, report;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw Error(Fault::found, fmt::format("cannot make a child process: {}", std::strerror(errno)));
  if (child == 0) be_the_child(work, output.writer(), report.writer(), memory);
  ::setpgid(child, child);
  output.close_writer();
  report.close_writer();
  return watch(child, output, &report, seconds);
}

std::string with_last_line(std::string message, std::string_view output) {
  const auto line = last_line(output);
  return line.empty() ? message : fmt::format("{}; its last output: {}", message, line);
}

}  // namespace auspex::plugin
