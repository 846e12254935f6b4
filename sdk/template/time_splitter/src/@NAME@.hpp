// SPDX-License-Identifier: @LICENCE@
#pragma once

#include <auspex/sdk.hpp>

namespace @PLUGIN@ {

/// Range k is from the start to `every` k times later, for all that end within the analysable's life; each is predicted at
/// its end.
struct @CLASS@ : auspex::time_splitter {
  static constexpr std::string_view id = "@ID@";
  static constexpr std::string_view name = "@TITLE@";
  static constexpr std::string_view description =
      "Ranges from the start to the end of each period; what is left at the end belongs to none.";
  static constexpr std::array parameters{
      auspex::period_parameter("every", "time between predictions, such as P2W or P1M", R"("P2W")")};
  static constexpr std::size_t most_ranges = 200;

  explicit @CLASS@(const auspex::arguments& a) : every_(auspex::period_of("every", a.text("every"))) {}

  [[nodiscard]] split ranges(const auspex::life& of) const {
    if (const auto why = auspex::unbounded(of)) return *why;
    std::vector<auspex::range> result;
    for (auto end = *of.start + every_; end <= *of.end; end = end + every_) {
      if (result.size() == most_ranges) {
        return auspex::reason{"too_many_ranges", {{"every", every_.text()}, {"most", std::to_string(most_ranges)}}};
      }
      result.push_back({.start = *of.start, .end = end, .predict_at = end});
    }
    if (result.empty()) return auspex::reason{"shorter_than_a_period", {{"every", every_.text()}}};
    return result;
  }

 private:
  auspex::period every_;
};

}  // namespace @PLUGIN@
