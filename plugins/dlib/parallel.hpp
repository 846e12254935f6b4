// Work in pieces that are the same on any number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <system_error>
#include <thread>
#include <vector>

namespace auspex_dlib {

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

/// Rows of one piece: large enough to be worth a thread, small enough to stay in a cache.
inline constexpr std::size_t rows_per_piece = 2048;

inline std::size_t pieces_of(std::size_t rows) { return (rows + rows_per_piece - 1) / rows_per_piece; }

/// Adds up in eight places at once, always in the same order.
inline double dot(const double* a, const double* b, std::size_t size) {
  constexpr std::size_t lanes = 8;
  double sums[lanes] = {};
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) sums[k] += a[i + k] * b[i + k];
  }
  for (; i < size; ++i) sums[0] += a[i] * b[i];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace auspex_dlib
