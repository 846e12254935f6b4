// Trained models as bytes: little-endian numbers and texts behind a name and a version, with a checksum at the end.
#pragma once

#include <bit>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace auspex {

/// 64 bits over words of eight bytes, the last filled up with zeros: finds damage, not intent. Every step can be undone, so
/// one changed word always shows; so does another length.
inline std::uint64_t checksum_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL ^ bytes.size();
  const auto add = [&](std::string_view part) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < part.size(); ++i) word |= std::uint64_t(static_cast<unsigned char>(part[i])) << (8 * i);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
    hash ^= hash >> 29;
  };
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) add({bytes.data(), 8});
  if (!bytes.empty()) add(bytes);
  return hash;
}

/// Writes a model.
class byte_writer {
 public:
  byte_writer(std::string_view name, std::uint64_t version) : bytes_(name) { integer(version); }

  void integer(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) bytes_ += char((value >> shift) & 0xff);
  }
  void real(double value) { integer(std::bit_cast<std::uint64_t>(value)); }
  void text(std::string_view value) {
    integer(value.size());
    bytes_ += value;
  }

  /// Ends the writing.
  std::string finish() {
    integer(checksum_of(bytes_));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

/// Throws std::invalid_argument for bytes that no byte_writer of this name and version wrote.
class byte_reader {
 public:
  byte_reader(std::string_view bytes, std::string_view name, std::uint64_t version) : rest_(bytes) {
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
  /// Borrowed from the bytes given.
  std::string_view text() {
    const auto size = integer();
    if (size > rest_.size()) refuse("the model's bytes end too early");
    const auto value = rest_.substr(0, std::size_t(size));
    rest_.remove_prefix(std::size_t(size));
    return value;
  }

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

}  // namespace auspex
