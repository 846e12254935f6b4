// Pieces of text that several commands print.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/session.hpp"

namespace auspex::cli {

/// Columns as wide as their widest cell; numbers (all but the first `left` columns) to the right.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t left);

/// A text without its quotes; anything else as JSON.
[[nodiscard]] std::string text_of(const runtime::Json& value);

/// "-" for what is no number.
[[nodiscard]] std::string number(const runtime::Json& value, int digits = 3);

[[nodiscard]] std::string count(const runtime::Json& value);

/// " (NAME VALUE, ...)" of a reason's arguments; "" where it has none.
[[nodiscard]] std::string arguments_text(const runtime::Json& arguments);

/// Analysables, a line each with its reason.
[[nodiscard]] std::string left_out_text(const runtime::Json& list);

}  // namespace auspex::cli
