#include "plugins/engagement/activity.hpp"

#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "plugins/engagement/regularity.hpp"

namespace testing = auspex::testing;

namespace {

using namespace auspex::engagement;

constexpr std::int64_t course_start = 1000000;

/// Noon of a day of the course.
std::int64_t noon(std::int64_t day) { return course_start + day * auspex::day + auspex::day / 2; }

/// A student's clicks by day; what the campus knows of one user of the course.
void add_clicks(testing::campus& campus, std::int64_t user, const std::vector<std::pair<std::int64_t, int>>& by_day) {
  std::int64_t activity = 0;
  for (const auto& [day, count] : by_day) {
    campus.add("events", {{"user_id", user}, {"course_id", 1}, {"time", noon(day)}, {"count", count}, {"name", "viewed"},
                          {"activity_id", ++activity}});
  }
}

/// `whole_days` days and a quarter after the start.
testing::situation after(std::int64_t whole_days, std::vector<testing::sample> samples = {{1, 1, 11}}) {
  return {.start = course_start, .end = course_start + 200 * auspex::day, .range_start = course_start,
          .range_end = course_start + whole_days * auspex::day + auspex::day / 4, .samples = std::move(samples)};
}

template <class C>
double value_of(const testing::campus& campus, const testing::situation& situation) {
  return testing::component<C>().calculate(campus, situation).at(0);
}

}  // namespace

TEST_CASE("days since the last activity") {
  testing::campus campus;
  add_clicks(campus, 1, {{-3, 1}, {2, 1}, {9, 1}});
  CHECK(value_of<days_since_last_activity>(campus, after(10)) == 1);
  CHECK(value_of<days_since_last_activity>(campus, after(17)) == 0);                  // 7 days: 1 - 14 / 14
  CHECK(value_of<days_since_last_activity>(campus, after(5)) == Approx(1 - 4.0 / 9));  // days 3 and 4
  CHECK(value_of<days_since_last_activity>(campus, after(1)) == Approx(1 - 6.0 / 10)); // since day -3: 3 days
  CHECK(std::isnan(value_of<days_since_last_activity>(campus, after(0))));
  CHECK(value_of<days_since_last_activity>({}, after(10)) == -1);

  auto in_the_evening = after(9);  // of a day that is not over
  in_the_evening.range_end = noon(9) + 1;
  CHECK(value_of<days_since_last_activity>(campus, in_the_evening) == 1);
}

TEST_CASE("active days count those before the start too") {
  testing::campus campus;
  add_clicks(campus, 1, {{-3, 1}, {0, 1}, {0, 5}, {7, 1}, {8, 1}});
  CHECK(value_of<active_days>(campus, after(16)) == 0);                                 // sqrt(4 / 16)
  CHECK(value_of<active_days>(campus, after(1)) == 1);                                  // 2 of 1
  CHECK(value_of<active_days>(campus, after(8)) == Approx(2 * std::sqrt(3.0 / 8) - 1));  // day 8 comes later
  CHECK(value_of<active_days>({}, after(16)) == -1);
  CHECK(std::isnan(value_of<active_days>(campus, after(0))));
}

TEST_CASE("activity relative to the median of the enrolled") {
  testing::campus campus;
  add_clicks(campus, 1, {{-1, 10}, {3, 20}});
  add_clicks(campus, 2, {{1, 10}});
  add_clicks(campus, 4, {{1, 1000}});
  campus.add("enrolments", {{"enrolment_id", 11}, {"user_id", 1}, {"course_id", 1}, {"end", {}}});
  campus.add("enrolments", {{"enrolment_id", 12}, {"user_id", 2}, {"course_id", 1}, {"end", noon(6)}});
  campus.add("enrolments", {{"enrolment_id", 14}, {"user_id", 4}, {"course_id", 1}, {"end", noon(4)}});
  campus.add("enrolments", {{"enrolment_id", 9}, {"user_id", 1}, {"course_id", 1}, {"end", noon(2)}});
  const auto when = after(5, {{1, 1, 11}, {2, 1, 12}, {3, 1, 13}, {4, 1, 14}});
  // 30, 10, 0 and one who left: the median is 10.
  const auto values = testing::component<activity_relative_to_median>().calculate(campus, when);
  CHECK_THAT(values, Catch::Matchers::Approx(std::vector<double>{0.5, 0, -1, 990.0 / 1010}));
  CHECK(testing::component<activity_relative_to_median>().calculate({}, when) == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("longest gap and longest streak look at whole days of the course") {
  testing::campus campus;
  add_clicks(campus, 1, {{-2, 1}, {-1, 1}, {1, 1}, {2, 1}, {2, 1}, {3, 1}, {10, 1}, {11, 1}});
  CHECK(value_of<longest_gap>(campus, after(12)) == Approx(1 - 12.0 / 20));     // days 4 to 9
  CHECK(value_of<longest_gap>(campus, after(26)) == 0);                         // days 12 to 25
  CHECK(value_of<longest_gap>(campus, after(2)) == Approx(1 - 2.0 / 15));       // day 0
  CHECK(value_of<longest_gap>({}, after(14)) == 0);
  CHECK(std::isnan(value_of<longest_gap>(campus, after(0))));

  CHECK(value_of<longest_streak>(campus, after(12)) == Approx(6.0 / 8 - 1));    // days 1 to 3
  CHECK(value_of<longest_streak>(campus, after(2)) == Approx(2.0 / 6 - 1));     // day 1
  CHECK(value_of<longest_streak>({}, after(14)) == -1);
  CHECK(std::isnan(value_of<longest_streak>(campus, after(0))));
}

TEST_CASE("trend and recent activity") {
  testing::campus campus;
  add_clicks(campus, 1, {{1, 100}, {2, 5}, {15, 10}, {16, 30}, {29, 5}});
  // After 30 days: days 16 to 29 hold 35, days 2 to 15 hold 15.
  CHECK(value_of<trend_last_two_weeks>(campus, after(30)) == Approx(20.0 / 60));
  CHECK(value_of<trend_last_two_weeks>({}, after(30)) == 0);
  CHECK(std::isnan(value_of<trend_last_two_weeks>(campus, after(13))));
  CHECK(value_of<trend_last_two_weeks>(campus, after(14)) == Approx(105.0 / 115));

  CHECK(value_of<recent_activity>(campus, after(30)) == Approx(2 * std::log(36) / std::log(1001) - 1));
  CHECK(value_of<recent_activity>({}, after(30)) == -1);
  auto no_start = after(30);
  no_start.start = AUSPEX_NO_TIME;
  CHECK(std::isnan(value_of<recent_activity>(campus, no_start)));
}

TEST_CASE("a row without a count is one click") {
  testing::campus campus;
  add_clicks(campus, 1, {{20, 4}});
  campus.add("events", {{"user_id", 1}, {"course_id", 1}, {"time", noon(21)}});
  CHECK(value_of<trend_last_two_weeks>(campus, after(30)) == Approx(5.0 / 15));
}

TEST_CASE("distinct activities") {
  testing::campus campus;
  for (const std::int64_t activity : {7, 3, 7, 3, 9}) {
    campus.add("events", {{"user_id", 1}, {"course_id", 1}, {"time", noon(1)}, {"activity_id", activity}});
  }
  campus.add("events", {{"user_id", 1}, {"course_id", 1}, {"time", noon(2)}});
  campus.add("events", {{"user_id", 2}, {"course_id", 1}, {"time", noon(2)}, {"activity_id", 7}});
  const auto values = testing::component<distinct_activities>().calculate(campus, after(5, {{1, 1, 11}, {2, 1, 12}, {3, 1, 13}}));
  CHECK_THAT(values,
             Catch::Matchers::Approx(std::vector<double>{2 * std::log(4) / std::log(201) - 1, 2 * std::log(2) / std::log(201) - 1, -1}));
}

TEST_CASE("regularity is the entropy of the weeks counted back from the end") {
  testing::campus even, uneven, once;
  add_clicks(even, 1, {{0, 99}, {3, 10}, {9, 4}, {10, 6}, {17, 10}, {24, 10}});  // day 0 drops out of 25 days
  CHECK(value_of<regularity>(even, after(25)) == Approx(1));                          // weeks 4-10, 11-17, 18-24 hold 10 each
  add_clicks(uneven, 1, {{2, 1}, {8, 3}});
  const double entropy = -(0.25 * std::log(0.25) + 0.75 * std::log(0.75));
  CHECK(value_of<regularity>(uneven, after(14)) == Approx(2 * entropy / std::log(2) - 1));
  add_clicks(once, 1, {{-1, 5}, {8, 3}});
  CHECK(value_of<regularity>(once, after(14)) == Approx(-1));
  CHECK(value_of<regularity>({}, after(14)) == -1);
  CHECK(std::isnan(value_of<regularity>(once, after(13))));
}

TEST_CASE("activity can be limited to events of given names") {
  testing::campus campus;
  add_clicks(campus, 1, {{1, 1}, {2, 1}});
  campus.add("events", {{"user_id", 1}, {"course_id", 1}, {"time", noon(3)}, {"name", "submitted"}});
  testing::component<active_days> viewed({{"names", {"viewed"}}});
  CHECK(viewed.calculate(campus, after(8))[0] == 0);  // sqrt(2 / 8)
  CHECK_THROWS_WITH(testing::component<active_days>({{"names", testing::list()}}),
                    "names: at least one is needed");
}

TEST_CASE("no samples are no error") {
  CHECK(testing::component<activity_relative_to_median>().calculate({}, after(5, {})).empty());
  CHECK(testing::component<regularity>().calculate({}, after(5, {})).empty());
}
