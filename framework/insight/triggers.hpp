// Which predictions are worth an insight.
#pragma once

#include "plugin/component.hpp"

namespace auspex::insight {

/// Moodle's triggers_callback. No: a score below the target's limit (one that equals it is enough), a class that the target
/// ignores, a value below a linear target's boundary.
[[nodiscard]] bool triggers(const plugin::TargetInfo& target, double prediction, double score);

}  // namespace auspex::insight
