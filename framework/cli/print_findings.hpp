// What several commands say of leaks, drift, reasons, groups of people and indicators.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/session.hpp"

namespace auspex::cli {

inline constexpr std::size_t most_shown = 10;

[[nodiscard]] std::string leaks_text(const runtime::Json& leaks);

/// What differs from training more than chance explains, the most first; and what tells nothing any more. "" where nothing does.
[[nodiscard]] std::string drift_text(const runtime::Json& drift);

/// The `most` strongest reasons of the first predictions.
[[nodiscard]] std::string reasons_text(const std::vector<const runtime::Json*>& predictions, std::size_t most);

[[nodiscard]] std::string fairness_text(const runtime::Json& fairness);

[[nodiscard]] std::string importance_text(const runtime::Json& importance);

}  // namespace auspex::cli
