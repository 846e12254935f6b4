// Why a prediction is what it is, in words.
#pragma once

#include <string>

#include "plugin/component.hpp"

namespace auspex::insight {

/// One indicator's part in one prediction.
struct Reason {
  std::string indicator;     ///< its column
  std::string name;          ///< its own words
  double contribution = 0;   ///< to the margin, in the direction of `outcome`
  double value = 0;          ///< NaN = none
  double typical = 0;        ///< the median in the analysable; NaN = none
};

/// display_value(), or "no value" for NaN.
[[nodiscard]] std::string shown(const plugin::IndicatorInfo& indicator, double value);

/// "Days since last activity: 85%, typically 40%: speaks for Fail". `outcome`: the name of the class that contributions point to;
/// "" where the target is a number, which they raise or lower. A part of less than a thousandth "says little".
[[nodiscard]] std::string sentence(const Reason& reason, const plugin::IndicatorInfo& indicator, const std::string& outcome);

}  // namespace auspex::insight
