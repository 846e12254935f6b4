#include "plugins/engagement/submissions.hpp"

#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "plugins/engagement/marks.hpp"

namespace testing = auspex::testing;

namespace {

using namespace auspex::engagement;

constexpr std::int64_t first_day = 500000;

std::int64_t day_begin(std::int64_t day) { return first_day + day * auspex::day; }

/// Deadlines on days 10, 20 and 40, and an activity without one.
testing::campus course() {
  testing::campus campus;
  campus.add("activities", {{"course_id", 1}, {"activity_id", 3}, {"module", "assign"}, {"close", day_begin(40)}});
  campus.add("activities", {{"course_id", 1}, {"activity_id", 1}, {"module", "assign"}, {"close", day_begin(10) + 3600}});
  campus.add("activities", {{"course_id", 1}, {"activity_id", 2}, {"module", "choice"}, {"close", day_begin(20)}});
  campus.add("activities", {{"course_id", 1}, {"activity_id", 4}, {"module", "page"}, {"close", {}}});
  return campus;
}

void submit(testing::campus& campus, std::int64_t user, testing::value activity, std::int64_t day,
            const char* name = "assessable_submitted") {
  campus.add("events", {{"user_id", user}, {"course_id", 1}, {"activity_id", std::move(activity)}, {"time", day_begin(day) + 60},
                        {"name", name}});
}

testing::situation until(std::int64_t day, std::vector<testing::sample> samples = {{1, 1, 11}, {2, 1, 12}, {3, 1, 13}}) {
  return {.start = first_day, .end = day_begin(100), .range_start = first_day, .range_end = day_begin(day),
          .samples = std::move(samples)};
}

}  // namespace

TEST_CASE("submissions made of those due") {
  auto campus = course();
  submit(campus, 1, 1, 5);
  submit(campus, 1, 1, 6);
  submit(campus, 1, 2, 25, "attempt_submitted");
  submit(campus, 1, 3, 12);
  submit(campus, 2, 2, 8, "course_module_viewed");
  submit(campus, 2, 3, 8);
  testing::component<submissions_made> made;
  CHECK(made.calculate(campus, until(20)) == std::vector<double>{0, -1, -1});
  CHECK(made.calculate(campus, until(30)) == std::vector<double>{1, -1, -1});                    // late counts
  CHECK_THAT(made.calculate(campus, until(50)), Catch::Matchers::Approx(std::vector<double>{1, -1.0 / 3, -1}));
  for (const double value : made.calculate(campus, until(10))) CHECK(std::isnan(value));          // due at 01:00

  testing::component<submissions_made> assignments({{"modules", {"assign"}}, {"submission_names", {"assessable_submitted"}}});
  CHECK(assignments.calculate(campus, until(30)) == std::vector<double>{1, -1, -1});
  CHECK(assignments.calculate(campus, until(50)) == std::vector<double>{1, 0, -1});
}

TEST_CASE("how early submissions are") {
  auto campus = course();
  submit(campus, 1, 1, 10);  // on the day of the deadline, after it: 0
  submit(campus, 1, 3, 26);  // 14 days ahead, not yet due
  submit(campus, 2, 1, 3);   // 7 days ahead
  submit(campus, 2, 1, 9);
  submit(campus, 2, 2, 27);  // 7 days late
  submit(campus, 2, 4, 1);   // has no deadline
  testing::component<submission_earliness> early;
  auto values = early.calculate(campus, until(15));
  CHECK(values == std::vector<double>{0, 0.5, -1});
  values = early.calculate(campus, until(30));
  CHECK(values[0] == Approx((0 - 1 + 14.0 / 21) / 3));
  CHECK(values[1] == 0);  // 0.5 - 0.5
  CHECK(values[2] == -1);
  values = early.calculate(campus, until(5));
  CHECK(std::isnan(values[0]));
  CHECK(values[1] == 0.5);
}

TEST_CASE("submissions relative to the median of the enrolled") {
  auto campus = course();
  submit(campus, 1, 1, 1);
  submit(campus, 1, 2, 1);
  submit(campus, 1, 4, 1);
  submit(campus, 2, 1, 1);
  submit(campus, 2, 1, 2);
  submit(campus, 2, {}, 2);
  campus.add("enrolments", {{"enrolment_id", 13}, {"user_id", 3}, {"course_id", 1}, {"end", day_begin(4)}});
  testing::component<submissions_relative_to_median> relative;
  // 3, 1 and, while enrolled, 0: medians 1 and 2.
  CHECK(relative.calculate(campus, until(3)) == std::vector<double>{0.5, 0, -1});
  CHECK_THAT(relative.calculate(campus, until(5)), Catch::Matchers::Approx(std::vector<double>{0.2, -1.0 / 3, -1}));
}

TEST_CASE("submission parameters must not be empty") {
  const testing::parameters no_names{{"submission_names", testing::list()}}, no_modules{{"modules", testing::list()}};
  CHECK_THROWS_WITH(testing::component<submissions_made>(no_names), "submission_names: at least one is needed");
  CHECK_THROWS_WITH(testing::component<submission_earliness>(no_modules), "modules: at least one is needed");
}

TEST_CASE("average mark: the latest known grade of each activity") {
  testing::campus campus;
  const auto grade = [&](std::int64_t user, const char* item, testing::value activity, testing::value points, double maximum,
                         std::int64_t day) {
    campus.add("grades", {{"user_id", user}, {"course_id", 1}, {"item", item}, {"activity_id", std::move(activity)},
                          {"grade", std::move(points)}, {"maximum", maximum}, {"graded_at", day_begin(day)}});
  };
  grade(1, "a", 1, 20.0, 100, 5);
  grade(1, "b", 2, 10.0, 10, 6);
  grade(1, "a", 1, 50.0, 100, 9);
  grade(1, "total", {}, 0.0, 100, 9);
  grade(2, "a", 1, 60.0, 100, 5);
  grade(2, "a", 1, {}, 100, 7);
  grade(2, "b", 2, 5.0, 0, 7);
  testing::component<average_mark> mark;
  auto values = mark.calculate(campus, until(6));
  CHECK(values[0] == Approx(0.2));  // 0.2 and 1
  CHECK(values[1] == Approx(0.2));
  CHECK(std::isnan(values[2]));
  values = mark.calculate(campus, until(10));
  CHECK(values[0] == Approx(0.5));  // 0.5 and 1
  CHECK(std::isnan(values[1]));     // withdrawn again
}
