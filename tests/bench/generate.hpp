// What the generators of logs share: numbers that are the same on any machine, and files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace bench {

// splitmix64: the standard's distributions differ between libraries.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits() {
    auto z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  double unit() { return double(bits() >> 11) * 0x1.0p-53; }
  int below(int n) { return int(bits() % std::uint64_t(n)); }
  // The sum of twelve uniform numbers is near enough to a normal one, and exact arithmetic everywhere.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += unit();
    return sum;
  }

 private:
  std::uint64_t state_;
};

inline std::ofstream open(const std::filesystem::path& file, const char* header) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  if (!out) throw std::runtime_error("cannot write " + file.string());
  out << header << '\n';
  return out;
}

/// OULAD's seven files with about `rows` rows of clicks in studentVle.csv.
void generate_oulad(const std::filesystem::path& folder, std::int64_t rows, std::uint64_t seed);

/// The tables of a Moodle site with about `rows` rows in its log and two activities of every core module in each course.
void generate_moodle(const std::filesystem::path& folder, std::int64_t rows, std::uint64_t seed);

}  // namespace bench
