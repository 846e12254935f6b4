// SHA-256, for fingerprints of files and data, and keyed for pseudonyms.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace auspex {

/// SHA-256 over everything added, in order.
class Sha256 {
 public:
  Sha256();
  Sha256& add(const void* data, std::size_t size);
  Sha256& add(std::string_view text) { return add(text.data(), text.size()); }

  /// 64 lower-case hexadecimal digits; ends the computation.
  [[nodiscard]] std::string hex();

 private:
  std::shared_ptr<void> context_;
};

[[nodiscard]] std::string sha256_of(std::string_view text);

/// HMAC-SHA-256 (RFC 2104) of `text` under `key`: 64 lower-case hexadecimal digits.
[[nodiscard]] std::string hmac_sha256_of(std::string_view key, std::string_view text);

/// Throws Error(data) where the file cannot be read.
[[nodiscard]] std::string sha256_of_file(const std::filesystem::path& file);

}  // namespace auspex
