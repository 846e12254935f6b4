// Whether work that was handed in waits for a grade.
#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::mod_assign {

/// 1 where something was handed in within the range and not graded since, by its end; else -1. Narrowed to the sample's user and
/// activity where it has them.
struct submissions_waiting : binary_indicator {
  static constexpr std::string_view id = "mod_assign/submissions_waiting";
  static constexpr std::string_view name = "Submissions waiting for a grade";
  static constexpr std::string_view description =
      "1 where an assignment was handed in in the range and not graded after that, else -1.";
  static constexpr entities needs = course, uses = user | activity;

  const read_handle submissions = reads(table("events")
                                            .columns({"user_id", "activity_id", "time"})
                                            .where("module", {"assign"})
                                            .where("name", {"assessable_submitted"})
                                            .of_sample()
                                            .in_range());
  const read_handle grades = reads(table("grades").columns({"user_id", "activity_id", "graded_at"}).of_sample().until_end());

  [[nodiscard]] bool calculate(const sample& s) const {
    using key = std::tuple<std::int64_t, std::int64_t, time>;
    const auto keys = [&](const rows& r) {
      std::vector<key> result;
      for (std::size_t i = 0; i < r.size(); ++i) {
        if (r.missing(0, i) || r.missing(1, i)) continue;
        result.emplace_back(r.integers(0)[i], r.integers(1)[i], r.times(2)[i]);
      }
      return result;
    };
    auto graded = keys(s.rows(grades));
    std::ranges::sort(graded);
    return std::ranges::any_of(keys(s.rows(submissions)), [&](const key& handed_in) {
      const auto next = std::ranges::lower_bound(graded, handed_in);
      const auto same = [](const key& a, const key& b) { return std::get<0>(a) == std::get<0>(b) && std::get<1>(a) == std::get<1>(b); };
      return next == graded.end() || !same(*next, handed_in);
    });
  }
};

}  // namespace auspex::mod_assign
