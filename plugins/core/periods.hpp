// Windows of a fixed length of time, one after the other: those that are over, and those to come.
#pragma once

#include <auspex/sdk.hpp>

namespace auspex::core {

struct past_3_days : past_periodic {
  static constexpr std::string_view id = "core/past_3_days";
  static constexpr std::string_view name = "Past 3 days";
  static constexpr std::string_view description = "Every three days since the start; predicts at their end.";
  past_3_days() : past_periodic(period("P3D")) {}
};

struct past_week : past_periodic {
  static constexpr std::string_view id = "core/past_week";
  static constexpr std::string_view name = "Past week";
  static constexpr std::string_view description = "Every week since the start; predicts at its end.";
  past_week() : past_periodic(period("P1W")) {}
};

struct past_month : past_periodic {
  static constexpr std::string_view id = "core/past_month";
  static constexpr std::string_view name = "Past month";
  static constexpr std::string_view description = "Every month since the start; predicts at its end.";
  past_month() : past_periodic(period("P1M")) {}
};

struct upcoming_3_days : upcoming_periodic {
  static constexpr std::string_view id = "core/upcoming_3_days";
  static constexpr std::string_view name = "Upcoming 3 days";
  static constexpr std::string_view description = "Every three days since the first analysis; predicts at their start.";
  upcoming_3_days() : upcoming_periodic(period("P3D")) {}
};

struct upcoming_week : upcoming_periodic {
  static constexpr std::string_view id = "core/upcoming_week";
  static constexpr std::string_view name = "Upcoming week";
  static constexpr std::string_view description = "Every week since the first analysis; predicts at its start.";
  upcoming_week() : upcoming_periodic(period("P1W")) {}
};

struct upcoming_fortnight : upcoming_periodic {
  static constexpr std::string_view id = "core/upcoming_fortnight";
  static constexpr std::string_view name = "Upcoming fortnight";
  static constexpr std::string_view description = "Every two weeks since the first analysis; predicts at their start.";
  upcoming_fortnight() : upcoming_periodic(period("P2W")) {}
};

inline constexpr std::array window_parameters{
    period_parameter("period", "length of the windows, such as P2W, P1M or PT12H")};

struct past_period : past_periodic {
  static constexpr std::string_view id = "core/past_period";
  static constexpr std::string_view name = "Past period";
  static constexpr std::string_view description = "Windows of a chosen length since the start; predicts at their end.";
  static constexpr auto parameters = window_parameters;
  explicit past_period(const arguments& a) : past_periodic(period_of("period", a.text("period"))) {}
};

struct upcoming_period : upcoming_periodic {
  static constexpr std::string_view id = "core/upcoming_period";
  static constexpr std::string_view name = "Upcoming period";
  static constexpr std::string_view description =
      "Windows of a chosen length since the first analysis; predicts at their start.";
  static constexpr auto parameters = window_parameters;
  explicit upcoming_period(const arguments& a) : upcoming_periodic(period_of("period", a.text("period"))) {}
};

}  // namespace auspex::core
