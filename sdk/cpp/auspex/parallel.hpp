// Work in pieces that are the same on any number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace auspex {

/// Calls work(i) once for every i below `count`, on up to `threads` threads, and waits. `work` must not throw. Which thread
/// does which piece is open: each writes to a place of its own.
template <class Work>
void in_parallel(int threads, std::size_t count, const Work& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  const auto wanted = std::min<std::size_t>(count, std::size_t(std::max(threads, 1)));
  try {
    while (others.size() + 1 < wanted) others.emplace_back(run);
  } catch (const std::system_error&) {
    // No more threads to be had: those there are do all of it.
  }
  run();
  for (auto& other : others) other.join();
}

}  // namespace auspex
