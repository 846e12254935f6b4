// A progress line on a terminal; nothing elsewhere.
#pragma once

#include <functional>
#include <string>

namespace auspex::cli {

/// Draws on stderr, at most ten times a second; empty where stderr is no terminal.
[[nodiscard]] std::function<void(const std::string& step, double done)> terminal_progress();

/// Wipes the line that is left on the terminal.
void clear_progress();

}  // namespace auspex::cli
