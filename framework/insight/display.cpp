#include "insight/display.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace auspex::insight {
namespace {

std::size_t class_index(const plugin::TargetInfo& target, double prediction) {
  const auto at = std::find(target.classes.begin(), target.classes.end(), prediction);
  if (at == target.classes.end()) {
    throw Error(Fault::plugin, fmt::format("the prediction {} is none of the target's classes", number_text(prediction)));
  }
  return std::size_t(at - target.classes.begin());
}

void check_value(const plugin::IndicatorInfo& indicator, double value) {
  const auto in = [&](const std::vector<double>& classes) {
    return std::find(classes.begin(), classes.end(), value) != classes.end();
  };
  const bool good = indicator.type == AUSPEX_INDICATOR_BINARY     ? in({-1, 1})
                    : indicator.type == AUSPEX_INDICATOR_DISCRETE ? in(indicator.classes)
                                                                  : value >= -1 && value <= 1;
  if (!good) throw Error(Fault::plugin, fmt::format("the value {} is none that the indicator can have", number_text(value)));
}

}  // namespace

std::string display_value(const plugin::IndicatorInfo& indicator, double value) {
  check_value(indicator, value);
  if (indicator.type == AUSPEX_INDICATOR_BINARY) return value < 0 ? "no" : "yes";
  if (indicator.type == AUSPEX_INDICATOR_DISCRETE) return number_text(value);
  // PHP looks at 15 digits before it rounds: -0.67 lies at 16.5, not at 16.499999999999996.
  constexpr double digits = 1e13;
  return fmt::format("{}%", std::lround(std::round(100 * (value + 1) / 2 * digits) / digits));
}

Outcome outcome(const plugin::IndicatorInfo& indicator, double value) {
  check_value(indicator, value);
  if (indicator.type == AUSPEX_INDICATOR_DISCRETE) return Outcome::neutral;
  return value < 0 ? Outcome::negative : Outcome::ok;
}

std::string display_value(const plugin::TargetInfo& target, double prediction) {
  if (target.type == AUSPEX_TARGET_LINEAR) return number_text(prediction);
  return target.class_names[class_index(target, prediction)];
}

Outcome outcome(const plugin::TargetInfo& target, double prediction) {
  if (target.type == AUSPEX_TARGET_LINEAR) {
    const double share = (prediction - target.minimum) / (target.maximum - target.minimum);
    return share >= 0.5 ? Outcome::very_positive : Outcome::very_negative;
  }
  (void)class_index(target, prediction);  // for its check
  if (target.type == AUSPEX_TARGET_MULTICLASS) return Outcome::ok;
  const auto& ignored = target.ignored_classes;
  const bool harmless = prediction == 0 || std::find(ignored.begin(), ignored.end(), prediction) != ignored.end();
  return harmless ? Outcome::very_positive : Outcome::very_negative;
}

}  // namespace auspex::insight
