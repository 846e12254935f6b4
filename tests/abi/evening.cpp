// The example's indicator on the C++ layer: what plain C gives, this gives.
#include <string>
#include <vector>

#include <auspex/sdk.hpp>

namespace {

struct share : auspex::linear_indicator {
  static constexpr std::string_view id = EVENING_PLUGIN "/share";
  static constexpr std::string_view name = "Evening share";
  static constexpr std::string_view description = "2e / n - 1; none where n is 0.";
  static constexpr auspex::entities needs = auspex::user | auspex::course;
  static constexpr std::array parameters{auspex::integer_parameter("hour", "when the evening begins", "18", 0, 23)};

  const auspex::read_handle events = reads(auspex::table("events").columns({"time"}).of_sample().in_range());
  explicit share(const auspex::arguments& a) : from_(a.integer("hour") * 3600), words_{"strings of another library"} {}

  [[nodiscard]] std::optional<double> calculate(const auspex::sample& s) const {
    const auto times = s.rows(events).times(0);
    if (times.empty()) return std::nullopt;
    double late = 0;
    for (const auto t : times) late += t - auspex::calendar().day_start(t) >= from_ ? 1 : 0;
    return 2 * late / double(times.size()) - 1;
  }

 private:
  auspex::time from_;
  std::vector<std::string> words_;
};

}  // namespace

AUSPEX_PLUGIN_BY(EVENING_PLUGIN, "1.0.0", "Evenings", "Auspex", "Apache-2.0", "", share)
