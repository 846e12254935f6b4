// What each command does.
#pragma once

#include "cli/options.hpp"

namespace auspex::cli {

/// Runs the command of the arguments and prints its result; returns the exit code. Throws Error.
int run(Arguments arguments);

}  // namespace auspex::cli
