// Users who have something to do soon.
#pragma once

#include <cmath>

#include <auspex/sdk.hpp>

namespace auspex::core_user {

/// 1 where core_course/activities_due is 1, so that the user can be reminded. Static: nothing is learnt.
struct upcoming_activities_due : binary_target {
  static constexpr std::string_view id = "core_user/upcoming_activities_due";
  static constexpr std::string_view name = "Upcoming activities due";
  static constexpr std::string_view description = "Whether a user has activities to do that are due in the coming time.";
  static constexpr std::string_view analyser = "core/users";
  static constexpr entities needs = user;
  static constexpr bool is_static = true;
  static constexpr std::int32_t accepts_direction = AUSPEX_SPLITS_AFTER_NOW;
  static constexpr std::array<std::string_view, 2> class_names{"nothing due", "activities due"};
  static constexpr std::array<std::string_view, 1> decides_from{"core_course/activities_due"};

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    const double due = s.indicator(decides_from[0]);
    if (std::isnan(due)) return std::nullopt;
    return due == 1 ? 1 : 0;
  }
};

}  // namespace auspex::core_user
