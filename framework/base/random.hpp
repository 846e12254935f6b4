// Random numbers that are the same on every platform.
#pragma once

#include <cstdint>

namespace auspex {

/// SplitMix64 (Steele, Lea, Flood 2014): one 64-bit state, any seed is good.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, 1).
  double real() { return double(next() >> 11) * 0x1.0p-53; }

  /// Uniform in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    for (;;) {
      if (const auto r = next(); r >= threshold) return r % bound;
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace auspex
