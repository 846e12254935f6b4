// Rows in pieces, which are the same on any number of threads.
#pragma once

#include <cstddef>

#include <auspex/parallel.hpp>

namespace auspex_dlib {

using auspex::in_parallel;

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
