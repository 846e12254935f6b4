// Courses with one student, for tests of targets.
#pragma once

#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "unit/support/moodle_cases.hpp"

namespace testing = auspex::testing;

namespace courses {

/// Moodle's time of 0 stands for none.
inline testing::value date(std::int64_t time) { return time == 0 ? testing::value() : testing::value(time); }

inline std::string moodle_name(const std::string& reason) {
  static const std::map<std::string, std::string> names{
      {"course_not_yet_started", "coursenotyetstarted"},   {"hidden_from_students", "hiddenfromstudents"},
      {"no_course_students", "nocoursestudents"},          {"no_course_sections", "nocoursesections"},
      {"no_course_end_time", "nocourseendtime"},           {"end_before_start", "errorendbeforestart"},
      {"course_too_long", "coursetoolong"},                {"course_already_finished", "coursealreadyfinished"},
      {"course_not_yet_finished", "coursenotyetfinished"}, {"no_course_activity", "nocourseactivity"}};
  return names.at(reason);
}

/// One student who did `events` things inside the course.
inline testing::campus course_with(std::int64_t start, std::int64_t end, int events = 0, bool visible = true,
                                bool sections = true, bool students = true) {
  testing::campus campus;
  campus.add("courses", {{"course_id", 1}, {"start", date(start)}, {"end", date(end)}, {"visible", visible},
                         {"uses_sections", sections}, {"completion_enabled", false}, {"completion_criteria", 0}});
  campus.add("roles", {{"course_id", 1}, {"user_id", students ? 1 : 2}, {"archetype", students ? "student" : "teacher"}});
  for (int i = 0; i < events; ++i) {
    campus.add("events", {{"course_id", 1}, {"user_id", 1}, {"time", start + 1}, {"anonymous", false}});
  }
  return campus;
}

inline testing::situation situation(std::int64_t start, std::int64_t end, std::int64_t now, std::int32_t purpose) {
  return {.start = start == 0 ? AUSPEX_NO_TIME : start, .end = end == 0 ? AUSPEX_NO_TIME : end, .as_of = now,
          .purpose = purpose, .samples = {{1, 1, 11}}};
}

/// Holds a target against Moodle's cases of which courses are valid; returns how many there were. `name`: its name there.
template <class Target>
int check_courses(const std::string& name) {
  int compared = 0;
  for (const auto& one : moodle_cases("target_analysable_validity")) {
    const auto& in = one.at("inputs");
    const std::int64_t start = in.at("start"), end = in.at("end");
    const auto campus = course_with(start, end, 10, in.at("visible").get<int>() != 0,
                                    in.at("format_uses_sections").get<bool>(), in.at("has_students").get<bool>());
    for (const auto& [use, purpose] :
         {std::pair{"training", AUSPEX_FOR_TRAINING}, std::pair{"prediction", AUSPEX_FOR_PREDICTION}}) {
      INFO(one.at("name") << " for " << use);
      const auto& expected = one.at("expected").at(name).at(use);
      const auto reason = testing::component<Target>().check_analysable(campus, situation(start, end, in.at("now"), purpose));
      CHECK((reason.empty() ? nlohmann::json(true) : nlohmann::json(moodle_name(reason))) == expected);
    }
    ++compared;
  }
  return compared;
}

}  // namespace courses
