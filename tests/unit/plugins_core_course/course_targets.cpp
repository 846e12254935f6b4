// Targets that are learnt from finished courses, beside course_dropout.
#include <catch2/catch.hpp>

#include "plugins/core_course/course_competencies.hpp"
#include "plugins/core_course/course_completion.hpp"
#include "plugins/core_course/course_gradetopass.hpp"
#include "unit/plugins_core_course/courses.hpp"

using namespace auspex::core_course;
using namespace courses;

namespace {

constexpr auto training = AUSPEX_FOR_TRAINING, prediction = AUSPEX_FOR_PREDICTION;

/// A finished course, or at 1500 a running one.
testing::situation three_students(std::int64_t now, std::int32_t purpose) {
  auto when = situation(1000, 2000, now, purpose);
  when.samples = {{1, 1, 11}, {2, 1, 12}, {3, 1, 13}};
  return when;
}

testing::campus with(const std::string& setting, testing::value value) {
  auto campus = course_with(1000, 2000);
  campus.tables["courses"][0][setting] = std::move(value);
  return campus;
}

template <class Target>
std::string check(const testing::campus& campus, const testing::situation& when) {
  return testing::component<Target>().check_analysable(campus, when);
}

}  // namespace

TEST_CASE("course_completion accepts the courses that Moodle's tests say") {
  constexpr std::int64_t now = 1572523200, week = auspex::week, year = 365 * auspex::day;
  const auto reason = [&](std::int64_t start, std::int64_t end, std::int32_t purpose, bool visible = true,
                          bool sections = true, bool students = true, bool completion = true) {
    auto campus = course_with(start, end, 0, visible, sections, students);
    campus.tables["courses"][0]["completion_enabled"] = completion;
    campus.tables["courses"][0]["completion_criteria"] = completion ? 1 : 0;
    return check<course_completion>(campus, situation(start, end, now, purpose));
  };
  CHECK(reason(now + week, now + 2 * week, training) == "course_not_yet_started");
  CHECK(reason(now - 2 * week, now - week, training, true, true, false) == "no_course_students");
  CHECK(reason(now - 2 * week, now - week, training, true, false) == "no_course_sections");
  CHECK(reason(now - 2 * week, 0, training) == "no_course_end_time");
  CHECK(reason(now - week, now - 2 * week, training) == "end_before_start");
  CHECK(reason(now - 2 * year, now - auspex::day, training) == "course_too_long");
  CHECK(reason(now - 2 * week, now - week, prediction) == "course_already_finished");
  CHECK(reason(now - 2 * week, now + week, training) == "course_not_yet_finished");
  CHECK(reason(now - 2 * week, now - week, training, true, true, true, false) == "completion_not_enabled");
  CHECK(reason(now - 2 * week, now + week, prediction, true, true, true, false) == "completion_not_enabled");
  CHECK(reason(now - 2 * week, now - week, training, false) == "");
  CHECK(reason(now - 2 * week, now + week, prediction, false) == "hidden_from_students");
  CHECK(reason(now - 2 * week, now + week, prediction) == "");
}

TEST_CASE("course_completion: 1 where the student did not complete the course") {
  auto campus = course_with(1000, 2000);
  campus.add("completions", {{"course_id", 1}, {"user_id", 2}, {"activity_id", {}}, {"completed_at", 2500}});
  campus.add("completions", {{"course_id", 1}, {"user_id", 3}, {"activity_id", 5}, {"completed_at", 1500}});
  CHECK(testing::component<course_completion>().label(campus, three_students(2500, training)) == std::vector<double>{1, 0, 1});
  CHECK(testing::component<course_completion>().label(campus, three_students(2499, training)) == std::vector<double>{1, 1, 1});
}

TEST_CASE("course_competencies: 0 where the student is proficient in all") {
  using Target = testing::component<course_competencies>;
  CHECK(check<course_competencies>(with("competencies", 0), three_students(2500, training)) == "no_competencies_in_course");
  CHECK(check<course_competencies>(with("competencies", 0), three_students(1500, prediction)) == "no_competencies_in_course");
  CHECK(check<course_competencies>(with("competencies", 2), three_students(2500, training)) == "");
  CHECK(check<course_competencies>(with("competencies", 2), three_students(1500, training)) == "course_not_yet_finished");

  auto campus = with("competencies", 2);
  const auto rate = [&](std::int64_t user, const char* competency, bool proficient, std::int64_t at) {
    campus.add("competencies", {{"course_id", 1}, {"user_id", user}, {"competency", competency}, {"proficient", proficient},
                                {"rated_at", at}});
  };
  rate(1, "reading", true, 1200);
  rate(1, "writing", false, 1300);
  rate(2, "reading", true, 1200);
  rate(2, "writing", true, 2400);
  CHECK(Target().label(campus, three_students(2500, training)) == std::vector<double>{1, 0, 1});
  CHECK(Target().label(campus, three_students(2399, training)) == std::vector<double>{1, 1, 1});  // rated later
  rate(1, "writing", true, 2450);
  rate(2, "reading", false, 2450);  // rated again, for the worse
  CHECK(Target().label(campus, three_students(2500, training)) == std::vector<double>{0, 1, 1});
}

TEST_CASE("course_gradetopass: 0 where the course total reaches the grade to pass") {
  using Target = testing::component<course_gradetopass>;
  CHECK(check<course_gradetopass>(with("pass_mark", {}), three_students(2500, training)) == "grade_to_pass_not_set");
  CHECK(check<course_gradetopass>(with("pass_mark", {}), three_students(1500, prediction)) == "grade_to_pass_not_set");
  CHECK(check<course_gradetopass>(with("pass_mark", 50.0), three_students(2500, training)) == "");
  CHECK(check<course_gradetopass>(with("pass_mark", {}), three_students(2500, prediction)) == "course_already_finished");

  auto campus = with("pass_mark", 50.0);
  const auto grade = [&](std::int64_t user, double value, std::int64_t at, const char* kind = "course") {
    campus.add("grades", {{"course_id", 1}, {"user_id", user}, {"kind", kind}, {"grade", value}, {"graded_at", at}});
  };
  grade(1, 30, 1500);
  grade(1, 90, 1900, "activity");
  grade(2, 60, 1500);
  CHECK(Target().label(campus, three_students(2500, training)) == std::vector<double>{1, 0, 1});
  grade(3, 50, 2500);  // reaches it exactly
  CHECK(Target().label(campus, three_students(2500, training)) == std::vector<double>{1, 0, 0});
  CHECK(Target().label(campus, three_students(2499, training)) == std::vector<double>{1, 0, 1});
  grade(2, 49.99999, 2400);  // the last one counts
  CHECK(Target().label(campus, three_students(2500, training)) == std::vector<double>{1, 1, 0});
}
