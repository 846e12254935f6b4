// What people see of a number: its text, and how good or bad it is.
#pragma once

#include <string>

#include "plugin/component.hpp"

namespace auspex::insight {

/// Moodle's outcomes of a calculation, with its numbers.
enum class Outcome { neutral = 0, very_positive = 1, ok = 2, negative = 3, very_negative = 4 };

/// Of an indicator. Binary: "no" and "yes"; linear: percent of the way from -1 to 1, rounded half up; discrete: the class.
/// Error(plugin) for a value that such an indicator cannot have.
[[nodiscard]] std::string display_value(const plugin::IndicatorInfo& indicator, double value);

/// Binary and linear: negative below 0, else ok. Discrete: neutral, for a class is neither good nor bad.
[[nodiscard]] Outcome outcome(const plugin::IndicatorInfo& indicator, double value);

/// Of a prediction: the name of the class, or the number. Error(plugin) for what is none of the target's classes.
[[nodiscard]] std::string display_value(const plugin::TargetInfo& target, double prediction);

/// Binary: an ignored class is very positive; another is very negative, unless it is 0. Several classes: ok. Linear: very
/// positive from the middle between minimum and maximum on, else very negative.
[[nodiscard]] Outcome outcome(const plugin::TargetInfo& target, double prediction);

}  // namespace auspex::insight
