// Copies of what plugins say, fit for logs, JSON and terminals.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <auspex/abi.h>

namespace auspex::plugin {

/// `text` as valid UTF-8 without control characters: each byte that is neither becomes '?'; newlines and tabs stay.
[[nodiscard]] std::string clean_text(std::string_view text);

/// A cleaned copy of a zero-terminated text in a buffer of `size` bytes, terminated or not.
[[nodiscard]] std::string copy_buffer(const char* buffer, std::size_t size);

/// Longest text that a plugin may hand over, in bytes.
inline constexpr std::size_t longest_text = 64 * 1024;

/// Why `text` cannot be read ("has 12 bytes at a null pointer"), or "".
[[nodiscard]] std::string refuse_text(const auspex_str& text);

/// A cleaned copy; only where refuse_text() has nothing to say.
[[nodiscard]] std::string copy_text(const auspex_str& text);

/// A borrowed view of `text`, which must outlive it.
[[nodiscard]] inline auspex_str borrow(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace auspex::plugin
