// Running another program: its output, its end, and no longer than allowed.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

#include <auspex/services.hpp>

namespace auspex_process {

struct Finished {
  int exit_code = 0;  ///< 128 + the signal that ended it
  std::string output, errors;
};

namespace detail {

class Pipe {
 public:
  Pipe() {
    if (pipe2(ends_, O_CLOEXEC) != 0) throw std::runtime_error(std::string("no pipe to be had: ") + std::strerror(errno));
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  [[nodiscard]] int reading() const { return ends_[0]; }
  [[nodiscard]] int writing() const { return ends_[1]; }
  void close_end(int end) {
    if (ends_[end] >= 0) close(ends_[end]);
    ends_[end] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
};

/// A child in a process group of its own, which ends with it.
class Child {
 public:
  Child(const std::vector<std::string>& words, const std::vector<std::string>& environment, const Pipe& output,
        const Pipe& errors) {
    const auto pointers = [](const std::vector<std::string>& texts) {
      std::vector<char*> result;
      for (const auto& text : texts) result.push_back(const_cast<char*>(text.c_str()));
      result.push_back(nullptr);
      return result;
    };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output.writing(), 1);
    posix_spawn_file_actions_adddup2(&actions, errors.writing(), 2);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    const int failed = posix_spawnp(&id_, words.front().c_str(), &actions, &attributes, pointers(words).data(),
                                    pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
      throw std::runtime_error("the command '" + words.front() + "' cannot be run: " + std::strerror(failed));
    }
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Whether it has ended by itself.
  bool has_ended() {
    if (id_ > 0 && waitpid(id_, &status_, WNOHANG) != 0) id_ = 0;
    return id_ == 0;
  }
  [[nodiscard]] int exit_code() const { return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_); }

 private:
  void end() {
    if (id_ <= 0) return;
    kill(-id_, SIGKILL);
    waitpid(id_, &status_, 0);
    id_ = 0;
  }

  pid_t id_ = 0;
  int status_ = 0;
};

inline constexpr std::size_t most_output = std::size_t{1} << 30;

/// Takes what there is; false at the end.
inline bool drain(int file, std::string& into) {
  char block[65536];
  for (;;) {
    const auto size = read(file, block, sizeof block);
    if (size > 0) into.append(block, std::size_t(size));
    else if (size == 0) return false;
    else if (errno == EAGAIN) return true;
    else if (errno != EINTR) return false;
    if (into.size() > most_output) throw std::runtime_error("the command writes without end");
  }
}

inline std::string seconds_text(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", seconds);
  return text;
}

}  // namespace detail

/// Runs `words` (found on PATH) and waits. Throws std::runtime_error where it cannot be run, or takes longer than `seconds`:
/// it is then ended, with what it started; so it is where the host asks to stop.
inline Finished run(const std::vector<std::string>& words, const std::vector<std::string>& environment, double seconds) {
  detail::Pipe output, errors;
  fcntl(output.reading(), F_SETFL, O_NONBLOCK);
  fcntl(errors.reading(), F_SETFL, O_NONBLOCK);
  detail::Child child(words, environment, output, errors);
  output.close_end(1);
  errors.close_end(1);
  Finished result;
  const auto start = std::chrono::steady_clock::now();
  bool has_output = true, has_errors = true;
  for (;;) {
    // What it leaves behind may hold the pipes: its own end counts.
    const bool ended = child.has_ended();
    if (has_output) has_output = detail::drain(output.reading(), result.output);
    if (has_errors) has_errors = detail::drain(errors.reading(), result.errors);
    if (ended) break;
    auspex::check_cancelled();
    if (std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > seconds) {
      throw std::runtime_error("the command '" + words.front() + "' took longer than " + detail::seconds_text(seconds) +
                               " s and was ended; raise time_limit if it needs more");
    }
    pollfd waited[] = {{has_output ? output.reading() : -1, POLLIN, 0}, {has_errors ? errors.reading() : -1, POLLIN, 0}};
    poll(waited, 2, 20);
  }
  result.exit_code = child.exit_code();
  return result;
}

}  // namespace auspex_process
