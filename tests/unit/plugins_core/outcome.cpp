#include "plugins/core/outcome.hpp"

#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "plugins/core/student_enrolments.hpp"

namespace testing = auspex::testing;

namespace {

using Outcome = testing::component<auspex::core::outcome>;

const testing::parameters failing{{"positive", {"Fail", "Withdrawn"}}};

testing::campus results() {
  testing::campus campus;
  campus.add("outcomes", {{"user_id", 1}, {"course_id", 1}, {"enrolment_id", 11}, {"result", "Pass"}});
  campus.add("outcomes", {{"user_id", 2}, {"course_id", 1}, {"enrolment_id", 12}, {"result", "Fail"}});
  campus.add("outcomes", {{"user_id", 3}, {"course_id", 1}, {"enrolment_id", 13}, {"result", "Withdrawn"}, {"known_at", 900}});
  campus.add("outcomes", {{"user_id", 4}, {"course_id", 1}, {"enrolment_id", 14}, {"result", "Fail"}});
  campus.add("outcomes", {{"user_id", 4}, {"course_id", 1}, {"enrolment_id", 15}, {"result", "Pass"}});
  return campus;
}

testing::situation situation(std::int32_t purpose, std::int64_t as_of) {
  return {.start = 100, .end = 800, .as_of = as_of, .purpose = purpose,
          .samples = {{1, 1, 11}, {2, 1, 12}, {3, 1, 13}, {4, 1, 14}, {5, 1, 16}}};
}

}  // namespace

TEST_CASE("outcome labels from what is known at as-of") {
  Outcome target(failing);
  auto labels = target.label(results(), situation(AUSPEX_FOR_TRAINING, 900));
  CHECK(labels[0] == 0);
  CHECK(labels[1] == 1);
  CHECK(labels[2] == 1);
  CHECK(labels[3] == 1);  // of this very enrolment, not the later one
  CHECK(std::isnan(labels[4]));
  labels = target.label(results(), situation(AUSPEX_FOR_TRAINING, 899));
  CHECK(std::isnan(labels[2]));
}

TEST_CASE("outcome with given negative results leaves the others without a label") {
  auto parameters = failing;
  parameters["negative"] = {"Distinction"};
  const auto labels = Outcome(parameters).label(results(), situation(AUSPEX_FOR_TRAINING, 900));
  CHECK(std::isnan(labels[0]));
  CHECK(labels[1] == 1);
}

TEST_CASE("outcome refuses contradicting results") {
  const testing::parameters contradiction{{"positive", {"Fail"}}, {"negative", {"Pass", "Fail"}}};
  CHECK_THROWS_WITH(Outcome({{"positive", testing::list()}}), "positive: at least one result is needed");
  CHECK_THROWS_WITH(Outcome(contradiction), "'Fail' is in both positive and negative");
}

TEST_CASE("outcome trains on courses that ended and predicts in running ones") {
  Outcome target(failing);
  const auto check = [&](std::int32_t purpose, std::int64_t as_of, std::int64_t start = 100, std::int64_t end = 800) {
    auto s = situation(purpose, as_of);
    s.start = start;
    s.end = end;
    return target.check_analysable({}, s);
  };
  CHECK(check(AUSPEX_FOR_TRAINING, 99) == "course_not_yet_started");
  CHECK(check(AUSPEX_FOR_PREDICTION, 99) == "course_not_yet_started");
  CHECK(check(AUSPEX_FOR_TRAINING, 799) == "course_not_yet_finished");
  CHECK(check(AUSPEX_FOR_PREDICTION, 799) == "");
  CHECK(check(AUSPEX_FOR_PREDICTION, 100) == "");
  CHECK(check(AUSPEX_FOR_TRAINING, 800) == "");
  CHECK(check(AUSPEX_FOR_PREDICTION, 800) == "course_already_finished");
  CHECK(check(AUSPEX_FOR_TRAINING, 800, AUSPEX_NO_TIME) == "course_has_no_start");
  CHECK(check(AUSPEX_FOR_PREDICTION, 800, 100, AUSPEX_NO_TIME) == "course_has_no_end");
  CHECK(check(AUSPEX_FOR_TRAINING, 800, 100, 99) == "end_before_start");
}

TEST_CASE("outcome predicts no enrolment that begins later") {
  testing::campus campus;
  campus.add("enrolments", {{"enrolment_id", 11}, {"user_id", 1}, {"course_id", 1}, {"start", 501}, {"created_at", 1}});
  campus.add("enrolments", {{"enrolment_id", 12}, {"user_id", 2}, {"course_id", 1}, {"start", {}}, {"created_at", 501}});
  campus.add("enrolments", {{"enrolment_id", 14}, {"user_id", 4}, {"course_id", 1}, {"start", 500}, {"created_at", 600}});
  campus.add("enrolments", {{"enrolment_id", 15}, {"user_id", 4}, {"course_id", 1}, {"start", 700}, {"created_at", 600}});
  const std::string late = "enrolment_not_yet_started";
  Outcome target(failing);
  CHECK(target.check_samples(campus, situation(AUSPEX_FOR_PREDICTION, 500)) == std::vector<std::string>{late, late, "", "", ""});
  CHECK(target.check_samples(campus, situation(AUSPEX_FOR_TRAINING, 500)) == std::vector<std::string>(5));
}

TEST_CASE("student_enrolments lists courses and each of their students once") {
  testing::campus campus;
  campus.add("courses", {{"course_id", 1}, {"start", 100}, {"end", 800}, {"sort_order", 20003}});
  campus.add("courses", {{"course_id", 2}, {"start", {}}, {"end", {}}});
  const auto enrol = [&](std::int64_t id, std::int64_t user, std::int64_t course, const char* role, const char* status) {
    campus.add("enrolments", {{"enrolment_id", id}, {"user_id", user}, {"course_id", course}, {"role", role}, {"status", status}});
  };
  enrol(21, 7, 1, "student", "active");
  enrol(22, 5, 1, "student", "suspended");
  enrol(23, 7, 1, "student", "active");
  enrol(24, 6, 1, "teacher", "active");
  enrol(25, 6, 2, "student", "active");

  testing::component<auspex::core::student_enrolments> analyser;
  const auto courses = analyser.analysables(campus);
  REQUIRE(courses.size() == 2);
  CHECK(courses[0].key == 1);
  CHECK(courses[0].unit == AUSPEX_UNIT_COURSE);
  CHECK(courses[0].start == 100);
  CHECK(courses[0].end == 800);
  CHECK(courses[0].order == 20003);
  CHECK(courses[1].order == 0);
  CHECK(courses[1].start == AUSPEX_NO_TIME);
  CHECK(courses[1].end == AUSPEX_NO_TIME);

  using Keys = std::vector<std::vector<std::int64_t>>;
  CHECK(analyser.samples(campus, {.key = 1}) == Keys{{7, 1, 21}, {5, 1, 22}});
  CHECK(analyser.samples(campus, {.key = 2}) == Keys{{6, 2, 25}});
  CHECK(analyser.samples(campus, {.key = 3}).empty());
}
