// Runs what cannot be trusted in a process of its own, with a time limit: what it said, and how it ended.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace auspex::plugin {

struct ChildEnd {
  std::string output;  ///< of its stdout and stderr together, the first MiB
  std::string report;  ///< what the work of run_forked() returned; empty where it did not come to that
  int status = 0;      ///< of waitpid()
  bool timed_out = false;
  double seconds = 0;

  [[nodiscard]] bool killed_by_signal() const;

  /// "it crashed WHEN (SIGSEGV: Segmentation fault)", or "it ended the program WHEN (exit code 3)".
  [[nodiscard]] std::string how_it_ended(std::string_view when) const;
};

/// Runs a program in a process group of its own and ends all of it after `seconds`. Throws Error(found) where it cannot be
/// run.
[[nodiscard]] ChildEnd run_program(std::vector<std::string> command, double seconds);

/// Runs `work` in a fork of this process, in a process group that is ended with it. `memory`: of its address space, in
/// bytes; 0 = no limit. No other thread of this process may be at work. Throws Error(found) where there can be no child.
[[nodiscard]] ChildEnd run_forked(const std::function<std::string()>& work, double seconds, std::size_t memory);

/// `message`, and the last line of `output` where it has one.
[[nodiscard]] std::string with_last_line(std::string message, std::string_view output);

}  // namespace auspex::plugin
