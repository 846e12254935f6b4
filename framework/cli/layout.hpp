// How results are laid out as text.
#pragma once

#include <string>
#include <vector>

#include "runtime/session.hpp"

namespace auspex::cli {

/// Columns as wide as their widest cell; numbers (all but the first `left` columns) to the right.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows, std::size_t left);

/// A whole number in full.
[[nodiscard]] std::string count(const runtime::Json& value);

}  // namespace auspex::cli
