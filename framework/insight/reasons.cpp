#include "insight/reasons.hpp"

#include <cmath>

#include <fmt/format.h>

#include "base/text.hpp"
#include "insight/display.hpp"

namespace auspex::insight {

std::string shown(const plugin::IndicatorInfo& indicator, double value) {
  if (std::isnan(value)) return "no value";
  // Under compatibility a value need not be one of the classes.
  return indicator.type == AUSPEX_INDICATOR_DISCRETE ? number_text(value) : display_value(indicator, value);
}

std::string sentence(const Reason& reason, const plugin::IndicatorInfo& indicator, const std::string& outcome) {
  constexpr double little = 1e-3;
  std::string effect;
  if (std::abs(reason.contribution) < little) effect = "says little";
  else if (outcome.empty()) effect = reason.contribution > 0 ? "raises the value" : "lowers the value";
  else effect = fmt::format("speaks {} {}", reason.contribution > 0 ? "for" : "against", outcome);
  return fmt::format("{}: {}, typically {}: {}", reason.name, shown(indicator, reason.value), shown(indicator, reason.typical), effect);
}

}  // namespace auspex::insight
