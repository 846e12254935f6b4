// SPDX-License-Identifier: @LICENCE@
#include "@NAME@.hpp"

#include <auspex/testing.hpp>

namespace {

using namespace auspex::testing;
using auspex::week;
using method = component<@PLUGIN@::@CLASS@>;

/// The end of each range of a life, in weeks; all begin at its start and are predicted at their end.
std::vector<double> weeks(const split& made, auspex::time start) {
  std::vector<double> result;
  for (const auto& r : made.ranges) {
    expect(r.start == start && r.predict_at == r.end && r.for_training);
    result.push_back(double(r.end - start) / double(week));
  }
  return result;
}

}  // namespace

int main() {
  return run({
      {"a range every two weeks",
       [] {
         expect_equal(weeks(method().ranges({.start = 1000, .end = 1000 + 7 * week}), 1000), {2, 4, 6});
       }},
      {"the last second of life counts",
       [] {
         expect_equal(weeks(method().ranges({.start = 0, .end = 4 * week}), 0), {2, 4});
         expect_equal(weeks(method().ranges({.start = 0, .end = 4 * week - 1}), 0), {2});
       }},
      {"months are the calendar's",
       [] {
         // 1 January to 1 April 1970.
         const auto made = method({{"every", "P1M"}}).ranges({.start = 0, .end = 90 * auspex::day});
         expect_equal(std::vector<double>{double(made.ranges.at(0).end), double(made.ranges.at(1).end),
                                          double(made.ranges.at(2).end)},
                      {31.0 * auspex::day, 59.0 * auspex::day, 90.0 * auspex::day});
       }},
      {"lives that cannot be split",
       [] {
         expect_equal(method().ranges({.start = 0}).reason, "no_end_time");
         expect_equal(method().ranges({.end = 100}).reason, "no_start_time");
         expect_equal(method().ranges({.start = 0, .end = week}).reason, "shorter_than_a_period");
         expect_equal(method({{"every", "PT1H"}}).ranges({.start = 0, .end = 52 * week}).reason, "too_many_ranges");
       }},
      {"a period that is none",
       [] {
         expect_refusal([] { method({{"every", "2 weeks"}}); }, "every: '2 weeks' is not a period");
       }},
  });
}
