// Trained models as bytes: little-endian numbers behind a name and a version, with a checksum at the end.
#pragma once

#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace auspex_dlib {

/// FNV-1a, 64 bits: finds damage, not intent.
inline std::uint64_t checksum_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

class ByteWriter {
 public:
  ByteWriter(std::string_view name, std::uint64_t version) : bytes_(name) { integer(version); }

  void integer(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += char((value >> shift) & 0xff);
  }
  void real(double value) { integer(std::bit_cast<std::uint64_t>(value)); }

  /// Ends the writing.
  std::string finish() {
    integer(checksum_of(bytes_));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

/// Throws std::invalid_argument for bytes that no ByteWriter of this name and version wrote.
class ByteReader {
 public:
  ByteReader(std::string_view bytes, std::string_view name, std::uint64_t version) : rest_(bytes) {
    if (bytes.size() < name.size() + 16 || !bytes.starts_with(name)) refuse("these bytes are not a model of this backend");
    rest_ = bytes.substr(bytes.size() - 8);
    const auto written = integer();
    bytes.remove_suffix(8);
    if (written != checksum_of(bytes)) refuse("the model's bytes are damaged: their checksum differs");
    rest_ = bytes.substr(name.size());
    if (const auto found = integer(); found != version) {
      refuse("the model has format " + std::to_string(found) + "; this backend reads " + std::to_string(version));
    }
  }

  std::uint64_t integer() {
    if (rest_.size() < 8) refuse("the model's bytes end too early");
    std::uint64_t value = 0;
    for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(rest_[std::size_t(i)]);
    rest_.remove_prefix(8);
    return value;
  }
  double real() { return std::bit_cast<double>(integer()); }

  /// How many numbers are left.
  [[nodiscard]] std::size_t left() const { return rest_.size() / 8; }

  /// Nothing may be left.
  void finish() const {
    if (!rest_.empty()) refuse("the model's bytes go on after its end");
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw std::invalid_argument(why); }

  std::string_view rest_;
};

}  // namespace auspex_dlib
