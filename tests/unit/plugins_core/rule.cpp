#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "plugins/core/rule.hpp"
#include "plugins/core_user/ever_logged_in.hpp"
#include "plugins/mod_assign/submissions_waiting.hpp"
#include "plugins/mod_quiz/quiz_fail.hpp"

namespace testing = auspex::testing;

TEST_CASE("a rule tells which analyser and columns it is about, and refuses to be about nothing", "[core]") {
  const auspex_str none{};
  const std::string analyser = "core/courses", column = "a/b";
  const auto text = auspex::str(analyser), one = auspex::str(column), any = auspex::str("running");
  const auspex_argument given[] = {
      {sizeof(auspex_argument), AUSPEX_TYPE_TEXT, 0, auspex::str("analyser"), 1, nullptr, nullptr, &text},
      {sizeof(auspex_argument), AUSPEX_TYPE_TEXT, 1, auspex::str("low"), 1, nullptr, nullptr, &one},
      {sizeof(auspex_argument), AUSPEX_TYPE_TEXT, 1, auspex::str("high"), 0, nullptr, nullptr, nullptr},
      {sizeof(auspex_argument), AUSPEX_TYPE_TEXT, 0, auspex::str("life"), 1, nullptr, nullptr, &any}};
  const auspex::core::rule rule(auspex::arguments(given, 4, none));
  REQUIRE(rule.analyser_id() == "core/courses");
  REQUIRE(rule.columns().size() == 1);
  REQUIRE(auspex::view(rule.columns()[0]) == "a/b");
  REQUIRE_THROWS_WITH(testing::component<auspex::core::rule>({{"analyser", "core/courses"}}),
                      "low, high: at least one indicator is needed");
}

TEST_CASE("a rule is about analysables of one stage of life", "[core]") {
  const auto reason = [](const char* life, std::int64_t start, std::int64_t end) {
    testing::component<auspex::core::rule> rule({{"analyser", "core/courses"}, {"low", {"a/b"}}, {"life", life}});
    return rule.check_analysable({}, {.start = start, .end = end, .as_of = 100});
  };
  CHECK(reason("any", 200, 300).empty());
  CHECK(reason("running", 50, 150).empty());
  CHECK(reason("running", 50, AUSPEX_NO_TIME).empty());
  CHECK(reason("running", 200, 300) == "not_yet_started");
  CHECK(reason("running", 50, 100) == "already_finished");
  CHECK(reason("running", AUSPEX_NO_TIME, 100) == "no_start_time");
  CHECK(reason("upcoming", 200, 300).empty());
  CHECK(reason("upcoming", 50, 300) == "already_started");
  CHECK(reason("finished", 50, 100).empty());
  CHECK(reason("finished", 50, 101) == "not_yet_finished");
}

TEST_CASE("write actions: (n - typical) / (n + typical)", "[core_user]") {
  testing::campus campus;
  for (int t : {10, 20, 30}) campus.add("events", {{"user_id", 1}, {"time", t}, {"crud", "c"}});
  campus.add("events", {{"user_id", 1}, {"time", 15}, {"crud", "r"}});
  campus.add("events", {{"user_id", 1}, {"time", 101}, {"crud", "c"}});
  testing::component<auspex::core_user::write_actions> writes({{"typical", 1}});
  REQUIRE(writes.calculate(campus, {.unit = AUSPEX_UNIT_SITE, .range_start = 0, .range_end = 100,
                                    .samples = {{.user = 1}, {.user = 2}}}) ==
          std::vector<double>{0.5, -1});
}

TEST_CASE("a submission waits until it is graded", "[mod_assign]") {
  testing::campus campus;
  const auto submit = [&](int user, int time) {
    campus.add("events", {{"course_id", 1}, {"user_id", user}, {"activity_id", 7}, {"time", time}, {"module", "assign"},
                          {"name", "assessable_submitted"}});
  };
  const auto waiting = [&] {
    testing::component<auspex::mod_assign::submissions_waiting> indicator;
    return indicator.calculate(campus, {.range_start = 0, .range_end = 100, .samples = {{.user = 1, .course = 1}}}).at(0);
  };
  CHECK(waiting() == -1);
  submit(1, 10);
  CHECK(waiting() == 1);
  campus.add("grades", {{"course_id", 1}, {"user_id", 1}, {"activity_id", 7}, {"graded_at", 20}});
  CHECK(waiting() == -1);
  submit(1, 30);
  CHECK(waiting() == 1);
  campus.add("grades", {{"course_id", 1}, {"user_id", 1}, {"activity_id", 7}, {"graded_at", 110}});
  CHECK(waiting() == 1);
}

TEST_CASE("samples before a quiz are every student once for every quiz", "[mod_quiz]") {
  testing::campus campus;
  campus.add("enrolments", {{"enrolment_id", 5}, {"user_id", 1}, {"course_id", 1}, {"role", "student"}});
  campus.add("enrolments", {{"enrolment_id", 4}, {"user_id", 1}, {"course_id", 1}, {"role", "student"}});
  campus.add("enrolments", {{"enrolment_id", 6}, {"user_id", 2}, {"course_id", 1}, {"role", "student"}});
  campus.add("enrolments", {{"enrolment_id", 7}, {"user_id", 3}, {"course_id", 1}, {"role", "teacher"}});
  campus.add("activities", {{"activity_id", 9}, {"course_id", 1}, {"module", "quiz"}});
  campus.add("activities", {{"activity_id", 8}, {"course_id", 1}, {"module", "forum"}});
  testing::component<auspex::mod_quiz::quiz_takers> takers;
  REQUIRE(takers.samples(campus, {}) == std::vector<std::vector<std::int64_t>>{{1, 1, 4, 9}, {2, 1, 6, 9}});
}
