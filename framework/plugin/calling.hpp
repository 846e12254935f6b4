// What each thread is calling in a plugin, and the end of a process that a plugin crashes, ends or blocks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace auspex::plugin {

/// What one call of a plugin may take.
struct Limits {
  double seconds = 0;       ///< without an answer and without new progress; 0 = any
  std::int64_t memory = 0;  ///< bytes more than before the call; 0 = any
};

/// Names the analysable that this thread works on, in messages, while it lives.
class Subject {
 public:
  explicit Subject(std::string name);
  ~Subject();
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
};

/// The name of this thread's Subject, or "".
[[nodiscard]] const std::string& subject();

/// This thread is in a plugin while it lives. `who`: "acme/late of plugin acme 1.0.0"; `where`: "calculate (analysable 7, ..)".
class Calling {
 public:
  Calling(std::string_view who, std::string_view where, const Limits& limits);
  ~Calling();
  Calling(const Calling&) = delete;
  Calling& operator=(const Calling&) = delete;
};

/// Something goes on in the plugins called now: their time begins anew. [any thread]
void sign_of_life();

/// "crashed (SIGSEGV: Segmentation fault)"
[[nodiscard]] std::string crash_text(int signal);

/// "gave no answer within 60 s", "wanted more than 2 GiB of memory"
[[nodiscard]] std::string over_time_text(double seconds);
[[nodiscard]] std::string over_memory_text(std::int64_t bytes);

/// For a program, once, before any thread: from now on a plugin that crashes this process, ends it or goes beyond its limits
/// ends it with exit code 4 and one message on standard error, after NewFile's unfinished files are removed. A copy of the
/// process that a plugin forks ends where the plugin returns. Not caught: SIGKILL, and
/// system calls past the C library.
void guard_process();

/// For a child that we forked to try a plugin in: it ends as the plugin makes it end, for its parent to see.
void leave_unguarded();

}  // namespace auspex::plugin
