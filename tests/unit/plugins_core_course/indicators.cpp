#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "plugins/core_course/completion_enabled.hpp"
#include "plugins/core_course/role_holders.hpp"

namespace testing = auspex::testing;

using namespace auspex::core_course;

TEST_CASE("completion_enabled of a course needs criteria") {
  testing::component<completion_enabled> indicator;
  const testing::situation when{.range_start = 0, .range_end = 10, .samples = {{1, 1, 11}}};
  const auto value = [&](testing::value enabled, testing::value criteria) {
    testing::campus campus;
    campus.add("courses", {{"course_id", 1}, {"completion_enabled", enabled}, {"completion_criteria", criteria}});
    campus.add("activities", {{"course_id", 1}, {"activity_id", 5}, {"completion", 1}});
    return indicator.calculate(campus, when)[0];
  };
  CHECK(value(true, 1) == 1);
  CHECK(value(true, 0) == -1);
  CHECK(value(false, 1) == -1);
  CHECK(value({}, {}) == -1);
}

TEST_CASE("completion_enabled of an activity needs the course's and the activity's, not criteria") {
  testing::component<completion_enabled> indicator;
  const testing::situation when{
      .range_start = 0, .range_end = 10,
      .samples = {{.course = 1, .activity = 5}, {.course = 1, .activity = 6}, {.course = 1, .activity = 7}, {.course = 1}}};
  const auto values = [&](bool enabled) {
    testing::campus campus;
    campus.add("courses", {{"course_id", 1}, {"completion_enabled", enabled}, {"completion_criteria", 0}});
    campus.add("activities", {{"course_id", 1}, {"activity_id", 5}, {"completion", 1}});
    campus.add("activities", {{"course_id", 1}, {"activity_id", 6}, {"completion", 0}});
    return indicator.calculate(campus, when);
  };
  CHECK(values(true) == std::vector<double>{1, -1, -1, -1});  // 7 is not there, the last is the course itself
  CHECK(values(false) == std::vector<double>{-1, -1, -1, -1});
}

TEST_CASE("no_teacher and no_student are 1 where there is one") {
  const testing::situation when{.unit = AUSPEX_UNIT_SITE, .range_start = 0, .range_end = 10,
                                .samples = {{.course = 1}, {.course = 2}, {.course = 3}, {.course = 4}}};
  testing::campus campus;
  const auto role = [&](std::int64_t course, std::int64_t user, const char* archetype, bool direct) {
    campus.add("roles", {{"course_id", course}, {"user_id", user}, {"archetype", archetype}, {"direct", direct}});
  };
  role(1, 7, "student", true);
  role(2, 7, "student", true);
  role(2, 8, "teacher", true);
  role(3, 8, "editingteacher", false);  // of the category
  role(3, 9, "student", false);

  CHECK(testing::component<no_teacher>().calculate(campus, when) == std::vector<double>{-1, 1, 1, -1});
  CHECK(testing::component<no_student>().calculate(campus, when) == std::vector<double>{1, 1, 1, -1});
  CHECK(testing::component<no_teacher>({}, "4.4").calculate(campus, when) == std::vector<double>{-1, 1, -1, -1});
  CHECK(testing::component<no_student>({}, "4.4").calculate(campus, when) == std::vector<double>{1, 1, -1, -1});
}
