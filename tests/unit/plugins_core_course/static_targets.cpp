// Targets that decide from indicators alone, and the rule about enrolments that cover a part of the range.
#include <catch2/catch.hpp>

#include "plugins/core_course/no_recent_accesses.hpp"
#include "plugins/core_course/no_teaching.hpp"
#include "unit/plugins_core_course/courses.hpp"

using namespace auspex::core_course;
using namespace courses;

namespace {

std::optional<std::int64_t> some(std::int64_t time) { return time == 0 ? std::nullopt : std::optional(time); }

constexpr auto access = "core/any_course_access", teacher = "core_course/no_teacher", student = "core_course/no_student";

/// A range of a running course, with the values of one indicator for as many students.
testing::situation ranged(std::vector<double> accesses) {
  auto when = situation(1000, 0, 2000, AUSPEX_FOR_PREDICTION);
  when.range_start = 1000;
  when.range_end = 2000;
  when.samples.clear();
  for (std::size_t i = 0; i < accesses.size(); ++i) when.samples.push_back({std::int64_t(i) + 1, 1, std::int64_t(i) + 11});
  when.indicators = {{access, std::move(accesses)}};
  return when;
}

}  // namespace

TEST_CASE("an enrolment is active in a range where Moodle says so") {
  int compared = 0;
  for (const auto& one : moodle_cases("enrolment_active")) {
    INFO(one.at("name"));
    const auto& in = one.at("inputs");
    const auto time = [&](const char* name) { return some(in.at(name)); };
    const enrolment_period enrolment{time("enrol_timestart"), time("enrol_timeend"), time("enrol_timecreated")};
    CHECK(active_during(enrolment, time("analysis_start"), time("analysis_end")) == one.at("expected").get<bool>());
    ++compared;
  }
  CHECK(compared == 11);
}

TEST_CASE("an enrolment is active in a range where Moodle's own tests say so") {
  // Weeks: range from, to; enrolled from, to; -1 = none. Who has no start was enrolled in week 0.
  struct one {
    int start, end, from, to;
    bool active;
  };
  for (const auto& c :
       {one{0, 1, 2, 3, false}, {2, 3, 0, 1, false}, {0, 1, 0, 1, true}, {1, 2, 0, 3, true}, {0, 10, 1, 2, false},
        {0, 20, 1, 19, true}, {1, 10, 0, 2, false}, {1, 10, 0, 9, true}, {0, 10, 9, 11, false}, {0, 10, 1, 11, true},
        {0, 10, 9, -1, false}, {0, 10, 1, -1, true}, {0, 10, -1, 9, true}, {-1, 2, 1, 3, true}, {0, -1, 2, 3, true}}) {
    INFO(c.start << " to " << c.end << ", enrolled " << c.from << " to " << c.to);
    const auto at = [](int weeks) { return weeks < 0 ? std::nullopt : std::optional(1572523200 + weeks * auspex::week); };
    CHECK(active_during({at(c.from), at(c.to), at(0)}, at(c.start), at(c.end)) == c.active);
  }
  CHECK(active_during({}, 100, 200));                    // nothing is known of it
  CHECK(active_during({150, {}, {}}, 150, 150));         // a range without length
  CHECK_FALSE(active_during({151, {}, {}}, 150, 150));
}

TEST_CASE("no_recent_accesses and no_access_since_course_start accept the courses that Moodle accepts") {
  CHECK(check_courses<no_recent_accesses>("no_recent_accesses") == 9);
  CHECK(check_courses<no_access_since_course_start>("no_recent_accesses") == 9);

  // In Moodle's order, and without a look at sections.
  const auto check = [](const testing::campus& campus, std::int64_t end, std::int32_t purpose) {
    return testing::component<no_recent_accesses>().check_analysable(campus, situation(100, end, 500, purpose));
  };
  CHECK(check(course_with(100, 50, 0, false, false, false), 50, AUSPEX_FOR_PREDICTION) == "no_course_students");
  CHECK(check(course_with(100, 50, 0, false, false), 50, AUSPEX_FOR_PREDICTION) == "hidden_from_students");
  CHECK(check(course_with(100, 50, 0, true, false), 50, AUSPEX_FOR_PREDICTION) == "end_before_start");
  CHECK(check(course_with(100, 500, 0, true, false), 500, AUSPEX_FOR_PREDICTION) == "course_already_finished");
  CHECK(check(course_with(100, 501, 0, true, false), 501, AUSPEX_FOR_PREDICTION) == "");
}

TEST_CASE("static targets decide as Moodle's") {
  int compared = 0;
  for (const auto& one : moodle_cases("target_calculation")) {
    const std::string name = one.at("name");
    if (name.rfind("upcoming_activities_due", 0) == 0) continue;  // core_user's
    INFO(name);
    const auto& in = one.at("inputs");
    if (in.contains("any_course_access")) {
      const auto labels = testing::component<no_recent_accesses>().label({}, ranged({in.at("any_course_access")}));
      CHECK(labels[0] == one.at("expected").get<double>());
    } else {
      testing::situation when{.range_start = 0, .range_end = 2000, .samples = {{.course = 1}}};
      when.indicators = {{teacher, {in.at("no_teacher")}}, {student, {in.at("no_student")}}};
      CHECK(testing::component<no_teaching>().label({}, when)[0] == one.at("expected").get<double>());
    }
    ++compared;
  }
  CHECK(compared == 2);
}

TEST_CASE("accesses decide for those who were enrolled for 70 % of the range") {
  testing::campus campus;
  const auto enrol = [&](std::int64_t user, std::int64_t start, std::int64_t end) {
    campus.add("enrolments", {{"enrolment_id", user + 10}, {"user_id", user}, {"course_id", 1}, {"start", date(start)},
                              {"end", date(end)}, {"created_at", 500}});
  };
  enrol(1, 1300, 0);
  enrol(2, 1301, 0);
  enrol(3, 0, 1700);
  enrol(4, 0, 1699);
  enrol(5, 0, 0);
  enrol(6, 0, 0);
  testing::component<no_access_since_course_start> target;
  const auto labels = target.label(campus, ranged({-1, -1, -1, -1, 1, auspex::none}));
  CHECK(labels[0] == 1);
  CHECK(std::isnan(labels[1]));
  CHECK(labels[2] == 1);
  CHECK(std::isnan(labels[3]));
  CHECK(labels[4] == 0);
  CHECK(std::isnan(labels[5]));  // nobody knows
  // Without a range, as a learning target is asked, the rule says nothing.
  auto timeless = ranged({-1, -1});
  timeless.range_start = timeless.range_end = AUSPEX_NO_TIME;
  CHECK(testing::component<no_recent_accesses>().label(campus, timeless) == std::vector<double>{1, 1});
}

TEST_CASE("a model that lacks the indicator is told") {
  auto when = ranged({-1});
  when.indicators.clear();
  CHECK_THROWS_WITH(testing::component<no_recent_accesses>().label({}, when),
                    "the model has no indicator 'core/any_course_access' to decide from");
  CHECK(no_teaching::decides_from == std::array<std::string_view, 2>{teacher, student});
}

TEST_CASE("no_teaching: one of both is missing") {
  testing::situation when{
      .range_start = 0, .range_end = 2000, .samples = {{.course = 1}, {.course = 2}, {.course = 3}, {.course = 4}}};
  when.indicators = {{teacher, {1, -1, 1, -1}}, {student, {1, 1, -1, -1}}};
  CHECK(testing::component<no_teaching>().label({}, when) == std::vector<double>{0, 1, 1, 1});
}

TEST_CASE("no_teaching is about courses that start within a week of now") {
  const auto check = [](std::int64_t start, std::int64_t end, std::int64_t now) {
    testing::campus campus;
    campus.add("courses", {{"course_id", 1}, {"start", date(start)}, {"end", date(end)}});
    return testing::component<no_teaching>().check_samples(campus, {.as_of = now, .samples = {{.course = 1}}})[0];
  };
  int compared = 0;
  for (const auto& one : moodle_cases("target_sample_validity")) {
    const auto& in = one.at("inputs");
    if (!in.contains("startdate")) continue;
    INFO(one.at("name"));
    CHECK((check(in.at("startdate"), in.at("enddate"), in.at("now")) == "") == one.at("expected").get<bool>());
    ++compared;
  }
  CHECK(compared == 3);

  constexpr std::int64_t now = 1572523200, week = auspex::week;
  CHECK(check(0, 0, now) == "no_course_start_time");
  CHECK(check(now, now - 1, now) == "course_already_finished");
  CHECK(check(now - week, now, now) == "");
  CHECK(check(now - week - 1, 0, now) == "course_started_over_a_week_ago");
  CHECK(check(now + week + 1, 0, now) == "course_starts_in_over_a_week");
}
