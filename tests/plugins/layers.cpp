// What a third party writes on the SDK's layers of time splitting, and a target that also trains on what goes on.
#include <auspex/sdk.hpp>

namespace {

struct thirds : auspex::equal_parts {
  static constexpr std::string_view id = "layers/thirds", name = "Thirds", description = "Three equal parts.";
  explicit thirds(const auspex::arguments& a) : equal_parts(a, 3) {}
};

struct thirds_accum : auspex::accumulative_parts {
  static constexpr std::string_view id = "layers/thirds_accum", name = "Thirds", description = "Three, from the start.";
  explicit thirds_accum(const auspex::arguments& a) : accumulative_parts(a, 3) {}
};

struct past_fortnight : auspex::past_periodic {
  static constexpr std::string_view id = "layers/past_fortnight", name = "Past fortnight", description = "Every two weeks.";
  past_fortnight() : past_periodic(auspex::period("P2W")) {}
};

struct upcoming_month : auspex::upcoming_periodic {
  static constexpr std::string_view id = "layers/upcoming_month", name = "Upcoming month", description = "Every month.";
  upcoming_month() : upcoming_periodic(auspex::period("P1M")) {}
};

struct ten_days_after_start : auspex::after_start {
  static constexpr std::string_view id = "layers/ten_days_after_start", name = "Ten days", description = "After ten days.";
  ten_days_after_start() : after_start(auspex::period("P10D")) {}
};

struct anybody : auspex::binary_target {
  static constexpr std::string_view id = "layers/anybody", name = "Anybody", description = "Of every course at any time: 1.";
  static constexpr std::string_view analyser = "core/student_enrolments";
  static constexpr std::array<std::string_view, 2> class_names{"nobody", "anybody"};
  [[nodiscard]] std::optional<double> label(const auspex::sample&) const { return 1; }
};

}  // namespace

AUSPEX_PLUGIN("layers", "1.0.0", thirds, thirds_accum, past_fortnight, upcoming_month, ten_days_after_start, anybody)
