#include "plugins/core_course/course_dropout.hpp"

#include <catch2/catch.hpp>

#include "unit/plugins_core_course/courses.hpp"

namespace {

using namespace courses;
using Dropout = testing::component<auspex::core_course::course_dropout>;

}  // namespace

TEST_CASE("course_dropout accepts the courses that Moodle accepts") {
  CHECK(check_courses<auspex::core_course::course_dropout>("course_enrolments_base") == 9);
}

TEST_CASE("course_dropout: reasons in Moodle's order") {
  const auto check = [](const testing::campus& campus, std::int64_t start, std::int64_t end, std::int64_t now, std::int32_t purpose) {
    return Dropout().check_analysable(campus, situation(start, end, now, purpose));
  };
  const auto training = AUSPEX_FOR_TRAINING, prediction = AUSPEX_FOR_PREDICTION;
  CHECK(check(course_with(0, 0, 0, false, false, false), 0, 0, 500, prediction) == "course_not_yet_started");
  CHECK(check(course_with(100, 0, 0, false, false, false), 100, 0, 500, prediction) == "hidden_from_students");
  CHECK(check(course_with(100, 0, 0, false, false, false), 100, 0, 500, training) == "no_course_students");
  CHECK(check(course_with(100, 0, 0, true, false, true), 100, 0, 500, training) == "no_course_sections");
  CHECK(check(course_with(100, 0, 0), 100, 0, 500, training) == "no_course_end_time");
  CHECK(check(course_with(100, 99, 0), 100, 99, 500, training) == "end_before_start");
  CHECK(check(course_with(100, 200, 0), 100, 200, 200, prediction) == "course_already_finished");
  CHECK(check(course_with(100, 200, 0), 100, 200, 199, prediction) == "");
  CHECK(check(course_with(100, 200, 0), 100, 200, 199, training) == "course_not_yet_finished");
  CHECK(check(course_with(100, 200, 9), 100, 200, 200, training) == "no_course_activity");
  CHECK(check(course_with(100, 200, 10), 100, 200, 200, training) == "");
}

TEST_CASE("course_dropout counts what students did strictly inside the course, openly") {
  auto campus = course_with(100, 200, 9);
  const auto add = [&](std::int64_t user, std::int64_t time, bool anonymous) {
    campus.add("events", {{"course_id", 1}, {"user_id", user}, {"time", time}, {"anonymous", anonymous}});
  };
  add(1, 100, false);
  add(1, 200, false);
  add(1, 150, true);
  add(0, 150, false);
  add(2, 150, false);
  add(99, 150, false);
  campus.add("events", {{"course_id", 1}, {"user_id", {}}, {"time", 150}, {"anonymous", false}});
  const auto when = situation(100, 200, 300, AUSPEX_FOR_TRAINING);
  CHECK(Dropout().check_analysable(campus, when) == "no_course_activity");
  campus.add("roles", {{"course_id", 1}, {"user_id", 3}, {"archetype", "student"}});
  for (int i = 0; i < 10; ++i) add(3, 199, false);
  CHECK(Dropout().check_analysable(campus, when) == "no_course_activity");  // 19 by 2 students
  add(1, 101, false);
  CHECK(Dropout().check_analysable(campus, when) == "");
}

TEST_CASE("course_dropout accepts the enrolments that Moodle accepts") {
  int compared = 0;
  for (const auto& one : moodle_cases("target_sample_validity")) {
    const auto& in = one.at("inputs");
    if (!in.contains("enrol_timestart")) continue;
    INFO(one.at("name"));
    testing::campus campus;
    campus.add("enrolments", {{"enrolment_id", 11}, {"user_id", 1}, {"course_id", 1}, {"start", date(in.at("enrol_timestart"))},
                              {"end", date(in.at("enrol_timeend"))}, {"created_at", date(in.at("enrol_timecreated"))}});
    const auto valid = [&](std::int32_t purpose) {
      return Dropout().check_samples(campus, situation(in.at("course_start"), in.at("course_end"), in.at("now"), purpose))[0] == "";
    };
    CHECK(valid(AUSPEX_FOR_TRAINING) == one.at("expected").at("valid_for_training").get<bool>());
    CHECK(valid(AUSPEX_FOR_PREDICTION) == one.at("expected").at("valid_for_prediction").get<bool>());
    ++compared;
  }
  CHECK(compared == 5);  // the other three are no_teaching's
}

TEST_CASE("course_dropout names what is wrong with an enrolment") {
  constexpr std::int64_t longest = 33955200, start = 50000000, end = 50000900, now = 50000500;
  const auto check = [&](std::int64_t from, std::int64_t to, std::int64_t created, std::int32_t purpose) {
    testing::campus campus;
    campus.add("enrolments", {{"enrolment_id", 10}, {"user_id", 1}, {"course_id", 1}, {"start", 1}, {"end", 1}, {"created_at", 1}});
    campus.add("enrolments", {{"enrolment_id", 11}, {"user_id", 1}, {"course_id", 1}, {"start", date(from)}, {"end", date(to)},
                              {"created_at", date(created)}});
    return Dropout().check_samples(campus, situation(start, end, now, purpose))[0];
  };
  const auto training = AUSPEX_FOR_TRAINING, prediction = AUSPEX_FOR_PREDICTION;
  CHECK(check(start, start - 1, start, training) == "enrolment_ended_before_course");
  CHECK(check(start, start, start, training) == "");
  CHECK(check(start - longest - 1, 0, start, training) == "enrolment_too_old");
  CHECK(check(0, 0, start - longest - 1, training) == "enrolment_too_old");
  CHECK(check(start - longest, 0, 1, training) == "");
  CHECK(check(end + 1, 0, start, training) == "enrolment_after_course_end");
  CHECK(check(0, 0, end + 1, training) == "enrolment_after_course_end");
  CHECK(check(now + 1, 0, start, prediction) == "enrolment_not_yet_started");
  CHECK(check(now, 0, start, prediction) == "");
  CHECK(check(start, now - 1, start, prediction) == "enrolment_ended");
  CHECK(check(start, now, start, prediction) == "");
  CHECK(check(start, now - 1, start, training) == "");
}

TEST_CASE("course_dropout's label without completion: nothing done after three quarters") {
  auto campus = course_with(1000, 2003, 10);  // 2003 - 1003 / 4 = 1752.25
  const auto add = [&](std::int64_t user, std::int64_t time) {
    campus.add("events", {{"course_id", 1}, {"user_id", user}, {"time", time}, {"anonymous", true}});
  };
  auto when = situation(1000, 2003, 9000, AUSPEX_FOR_TRAINING);
  when.samples = {{1, 1, 11}, {2, 1, 12}, {3, 1, 13}, {4, 1, 14}};
  add(1, 1752);
  add(2, 1753);
  add(3, 8999);  // after the end counts
  add(4, 9001);  // after as-of does not
  CHECK(Dropout().label(campus, when) == std::vector<double>{1, 0, 0, 1});
}

TEST_CASE("course_dropout's label with completion: not completed") {
  auto campus = course_with(1000, 2000, 10);
  auto& course = campus.tables["courses"][0];
  course["completion_enabled"] = true;
  campus.add("completions", {{"course_id", 1}, {"user_id", 2}, {"activity_id", {}}, {"completed_at", 3000}});
  campus.add("completions", {{"course_id", 1}, {"user_id", 1}, {"activity_id", 5}, {"completed_at", 1500}});
  campus.add("completions", {{"course_id", 1}, {"user_id", 3}, {"activity_id", {}}, {"completed_at", {}}});
  campus.add("events", {{"course_id", 1}, {"user_id", 3}, {"time", 1999}, {"anonymous", false}});
  auto when = situation(1000, 2000, 3000, AUSPEX_FOR_TRAINING);
  when.samples = {{1, 1, 11}, {2, 1, 12}, {3, 1, 13}};
  CHECK(Dropout().label(campus, when) == std::vector<double>{1, 1, 0});  // without criteria completion plays no part
  course["completion_criteria"] = 2;
  CHECK(Dropout().label(campus, when) == std::vector<double>{1, 0, 1});
  when.as_of = 2999;
  CHECK(Dropout().label(campus, when) == std::vector<double>{1, 1, 1});
}
