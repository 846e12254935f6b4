#include "cli/progress.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>

#include <fmt/format.h>
#include <unistd.h>

namespace auspex::cli {
namespace {

constexpr int width = 30;

struct Line {
  std::mutex mutex;
  std::chrono::steady_clock::time_point last{};
  bool drawn = false;

  void draw(const std::string& step, double done) {
    const std::lock_guard lock(mutex);
    const auto now = std::chrono::steady_clock::now();
    if (drawn && now - last < std::chrono::milliseconds(100)) return;
    last = now;
    drawn = true;
    const auto filled = std::clamp(int(done * width), 0, width);
    fmt::print(stderr, "\r\x1b[2K{:<28.28} [{}{}] {:3.0f} %", step, std::string(std::size_t(filled), '='),
               std::string(std::size_t(width - filled), ' '), std::clamp(done, 0.0, 1.0) * 100);
    std::fflush(stderr);
  }

  void clear() {
    const std::lock_guard lock(mutex);
    if (drawn) fmt::print(stderr, "\r\x1b[2K");
    drawn = false;
  }
};

Line& line() {
  static Line the_line;
  return the_line;
}

}  // namespace

std::function<void(const std::string&, double)> terminal_progress() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [](const std::string& step, double done) { line().draw(step, done); };
}

void clear_progress() { line().clear(); }

}  // namespace auspex::cli
