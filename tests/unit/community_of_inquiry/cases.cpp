// What Moodle itself computes: every case of the Community of Inquiry, with its defects.
#include <catch2/catch.hpp>

#include "framework/plugin/host.hpp"
#include "plugins/core_course/potential.hpp"
#include "unit/community_of_inquiry/modules.hpp"
#include "unit/support/moodle_cases.hpp"

namespace {

using namespace coi;
using Json = nlohmann::json;

std::string last_part(const std::string& name) { return name.substr(name.rfind('\\') + 1); }

/// "mod_forum_cognitive_depth" and the like: "forum/cognitive_depth"; else "".
std::string indicator_of(const std::string& name) {
  for (const std::string kind : {"cognitive_depth", "social_breadth"}) {
    const auto at = name.find("_" + kind);
    if (name.rfind("mod_", 0) == 0 && at != std::string::npos) return name.substr(4, at - 4) + "/" + kind;
  }
  return "";
}

void check(const Course& course, const std::string& indicator, const Json& expected) {
  if (expected.is_object()) {
    CHECK_THROWS_WITH(course.value(indicator, moodle), Catch::Contains("Moodle's indicator fails"));
  } else if (expected.is_null()) {
    CHECK(std::isnan(course.value(indicator, moodle)));
  } else {
    CHECK(course.value(indicator, moodle) == Approx(expected.get<double>()).margin(1e-12));
  }
}

/// How many of the course's activities are due: each is opened by a user of its own.
int count_due(Course course, const std::string& module, const std::string& compatibility) {
  const auto ids = course.modules;
  for (const auto& [id, name] : ids) course.student(id).event(id, id, course.situation.range_end, "course_module_viewed");
  const auto values = course.values(module + "/social_breadth", compatibility);
  int due = 0;
  for (const auto value : values) due += value > -1 ? 1 : 0;
  if (due == 0) REQUIRE(std::ranges::all_of(values, [](double value) { return std::isnan(value); }));
  const double potential = auspex::levels_of(module).social;
  for (const auto value : values) {
    if (value > -1) CHECK(value == Approx(-1 + 2 / (due * potential)));
  }
  return due;
}

std::string date_conditions(const Json& from, const Json& until) {
  return R"({"op":"&","c":[{"type":"date","d":">=","t":)" + from.dump() + R"(},{"type":"date","d":"<","t":)" + until.dump() +
         R"(}],"showc":[true,true]})";
}

}  // namespace

TEST_CASE("Community of Inquiry: Moodle's cases of indicators", "[coi]") {
  int compared = 0;
  for (const auto& one : moodle_cases("indicator")) {
    const auto& in = one.at("inputs");
    const std::string name = one.at("name");
    const auto indicator = indicator_of(in.value("indicator", name));
    const bool by_hand = name.rfind("mod_assign_cognitive_", 0) == 0 && in.contains("activities") && in["activities"].is_number();
    if (indicator.empty() && !by_hand) continue;
    INFO(name);
    Course course;
    course.student(in.value("userid", 3));
    const auto module = by_hand ? "assign" : indicator.substr(0, indicator.find('/'));
    if (by_hand) {
      // "101: view only; 102: submitted (write), ungraded; 103: nothing"
      for (int i = 0; i < in["activities"].get<int>(); ++i) course.activity(101 + i, module);
      if (in["activities"] == 3) course.event(101, 3, 10, "course_module_viewed").event(102, 3, 10, "assessable_submitted", "u");
      check(course, "assign/cognitive_depth", one.at("expected"));
    } else if (in.contains("logs_by_context_user_event")) {
      const auto& grades = in.contains("grades") ? in["grades"] : in.at("grades_by_context_user");
      for (const auto& [id, of] : in.at("activities").items()) {
        course.activity(std::stoi(id), of, {{"grade_items", grades.empty() ? 0 : 1}});
      }
      for (const auto& [id, users] : in["logs_by_context_user_event"].items()) {
        for (const auto& [user, events] : users.items()) {
          for (const auto& [event, log] : events.items()) {
            for (const auto& time : log.at("timecreated")) {
              course.event(std::stoi(id), std::stoi(user), time, last_part(event), log.at("crud"));
            }
          }
        }
      }
      for (const auto& [id, users] : grades.items()) {
        for (const auto& [user, items] : users.items()) {
          for (const auto& [item, grade] : items.items()) course.grade(std::stoi(id), std::stoi(user), grade.at("dategraded"), item);
        }
      }
      check(course, indicator, one.at("expected"));
    } else {
      // Choices by mdl_choice.showresults, feedbacks by publish_stats, as the source maps them; meetings with or without a log.
      static const std::map<int, testing::value> shown{{0, "never"}, {1, "after_answer"}, {2, "after_close"}, {3, "always"},
                                                    {4, "never"}};
      const auto results = in.contains("showresults") ? shown.at(in["showresults"])
                           : in.contains("publish_stats") ? testing::value(in["publish_stats"] == 0 ? "never" : "always") : missing;
      course.activity(101, module, {{"results_shown", results}, {"grade_items", 0}});
      const auto logs = in.value("logs", Json("answered"));
      if (logs.is_object()) {
        for (const auto& [event, log] : logs.items()) {
          REQUIRE(log == "c@10");
          course.event(101, 3, 10, event, "c");
        }
      } else if (logs == "viewed") {
        course.event(101, 3, 10, "course_module_viewed");
      } else if (logs == "answered") {
        course.event(101, 3, 10, "response_submitted", "c");
      } else {
        REQUIRE(logs == "none");
      }
      check(course, indicator, one.at("expected"));
    }
    ++compared;
  }
  CHECK(compared == 38);
}

TEST_CASE("potential depth and breadth: Moodle's cases", "[coi]") {
  const std::map<int, const char*> modules{{0, "h5pactivity"}, {1, "page"}, {2, "wiki"}, {3, "lti"}, {4, "forum"}, {5, "assign"}};
  int compared = 0;
  for (const auto& one : moodle_cases("indicator")) {
    const std::string name = one.at("name");
    if (name.rfind("potential_", 0) != 0) continue;
    INFO(name);
    const auto& in = one.at("inputs");
    const bool social = name.find("social") != std::string::npos;
    Course course;
    course.student(3);
    testing::parameters parameters;
    if (in.contains("max_level_in_course")) {
      const int level = in["max_level_in_course"];
      course.activity(1, social && level > 2 ? "acme" : modules.at(level)).activity(2, level == 0 ? "h5pactivity" : "page");
      if (social && level == 2) course.activity(3, "forum");
      if (social && level > 2) parameters["levels"] = testing::list("acme=" + std::to_string(level));
    }
    const auto value = [&] {
      return social ? testing::component<auspex::core_course::potential_social_breadth>(parameters, moodle)
                          .calculate(course.campus, course.situation).at(0)
                    : testing::component<auspex::core_course::potential_cognitive_depth>(parameters, moodle)
                          .calculate(course.campus, course.situation).at(0);
    };
    if (one.at("expected").is_object()) CHECK_THROWS_WITH(value(), Catch::Contains("Moodle's indicator fails"));
    else CHECK(value() == one.at("expected").get<double>());
    ++compared;
  }
  CHECK(compared == 11);
}

TEST_CASE("activities due in a range: Moodle's cases", "[coi]") {
  testing::host::get().serve(auspex::plugin::host_services());
  auspex::plugin::set_timezone("UTC");
  testing::host::get().serve(nullptr);
  int compared = 0;
  for (const auto& one : moodle_cases("coi_activities_in_range")) {
    INFO(one.at("name").get<std::string>());
    const auto& in = one.at("inputs");
    Course course;
    const std::string module = in.value("module", "forum");
    course.situation.range_start = std::int64_t(in.at("range")[0].get<double>());
    course.situation.range_end = std::int64_t(in.at("range")[1].get<double>());
    if (in.contains("format")) {
      course.set("format", in["format"].get<std::string>().c_str()).set("start", in.at("course_start").get<std::int64_t>());
      course.set("end", in.contains("course_end") ? testing::value(in["course_end"].get<std::int64_t>()) : missing);
      course.set("section_count", in.at("numsections").get<std::int64_t>());
      std::int64_t id = 0;
      for (const auto& section : in.at("forums_in_sections")) {
        course.activity(++id, module, {{"section", section.get<std::int64_t>()}});
      }
    } else {
      // Undecided activities are in the section that has no dates of its own.
      course.activity(1, module, {{"section", 0}});
      auto& row = course.campus.tables["activities"].front();
      if (in.contains("one_with_close")) {
        row["close"] = in["one_with_close"].get<std::int64_t>();
        course.activity(2, module, {{"section", 0}});
      } else {
        const bool of_section = in.at("level") == "section";
        row[of_section ? "section_availability" : "availability"] =
            date_conditions(in.at("available_from"), in.at("available_until")).c_str();
      }
    }
    CHECK(count_due(course, module, moodle) == one.at("expected").get<int>());
    ++compared;
  }
  CHECK(compared == 27);
}
