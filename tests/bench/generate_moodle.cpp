// The tables of a Moodle site: one term of courses that are over, with every core activity module in each.
#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "generate.hpp"

namespace bench {
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t day = 86400;
constexpr std::int64_t term_begins = 1'756'684'800;  // 1 September 2025
constexpr int term_days = 180;
constexpr int courses = 200;
constexpr double rows_per_enrolment = 500;
constexpr int per_module = 2;
constexpr int sections = 12;

struct Module {
  const char* name;
  const char* write;     // the event by which a student hands something in
  const char* feedback;  // and by which what came back is looked at
  bool graded;
};
constexpr std::array<Module, 21> modules{{
    {"assign", "assessable_submitted", "feedback_viewed", true}, {"book", "", "", false},
    {"chat", "message_sent", "sessions_viewed", false},          {"choice", "answer_updated", "course_module_viewed", false},
    {"data", "record_created", "", false},                       {"feedback", "response_submitted", "", false},
    {"folder", "", "", false},                                   {"forum", "assessable_uploaded", "discussion_viewed", true},
    {"glossary", "entry_created", "", false},                    {"imscp", "", "", false},
    {"label", "", "", false},                                    {"lesson", "lesson_ended", "lesson_ended", true},
    {"lti", "", "course_module_viewed", true},                   {"page", "", "", false},
    {"quiz", "attempt_submitted", "course_module_viewed", true}, {"resource", "", "", false},
    {"scorm", "sco_launched", "course_module_viewed", true},     {"survey", "response_submitted", "", false},
    {"url", "", "", false},                                      {"wiki", "page_updated", "", false},
    {"workshop", "submission_created", "submission_viewed", true},
}};
constexpr int activities_per_course = int(modules.size()) * per_module;

struct Enrolment {
  int course, user;
  double rate;  // events a day
};

constexpr int course_id(int course) { return course + 2; }
constexpr int module_id(int course, int activity) { return 1 + course * activities_per_course + activity; }
constexpr int course_context(int course) { return 1000 + course; }

void write_settings(const fs::path& folder) {
  open(folder / "mdl_config.csv", "id,name,value") << "1,timezone,Europe/London\n2,enablecompletion,1\n";
  open(folder / "mdl_role.csv", "id,archetype") << "3,editingteacher\n5,student\n";
  auto kinds = open(folder / "mdl_modules.csv", "id,name,visible");
  for (std::size_t m = 0; m < modules.size(); ++m) kinds << fmt::format("{},{},1\n", m + 1, modules[m].name);
  open(folder / "mdl_course_categories.csv", "id,path") << "1,/1\n";
}

void write_courses(const fs::path& folder) {
  auto rows = open(folder / "mdl_course.csv", "id,category,sortorder,shortname,format,startdate,enddate,visible,enablecompletion");
  auto enrol = open(folder / "mdl_enrol.csv", "id,status,courseid");
  auto contexts = open(folder / "mdl_context.csv", "id,contextlevel,instanceid,path");
  auto parts = open(folder / "mdl_course_sections.csv", "id,course,section,visible,availability");
  auto activities = open(folder / "mdl_course_modules.csv", "id,course,module,instance,section,visible,completion,availability");
  auto items = open(folder / "mdl_grade_items.csv",
                    "id,courseid,itemtype,itemmodule,iteminstance,gradetype,grademax,gradepass,outcomeid");
  rows << "1,0,1,site,site,0,0,1,0\n";
  contexts << "1,10,0,/1\n";
  for (int c = 0; c < courses; ++c) {
    rows << fmt::format("{},1,{},C{},topics,{},{},1,0\n", course_id(c), 10000 + c, c, term_begins, term_begins + term_days * day);
    enrol << fmt::format("{},0,{}\n", c + 1, course_id(c));
    contexts << fmt::format("{},50,{},/1/{}\n", course_context(c), course_id(c), course_context(c));
    for (int s = 0; s <= sections; ++s) parts << fmt::format("{},{},{},1,\n", c * (sections + 1) + s + 1, course_id(c), s);
    for (int a = 0; a < activities_per_course; ++a) {
      const auto& module = modules[std::size_t(a / per_module)];
      const int id = module_id(c, a), section = 1 + a * sections / activities_per_course;
      activities << fmt::format("{},{},{},{},{},1,0,\n", id, course_id(c), a / per_module + 1, id,
                                c * (sections + 1) + section + 1);
      if (module.graded) items << fmt::format("{},{},mod,{},{},1,100,50,\n", id, course_id(c), module.name, id);
    }
  }
}

std::vector<Enrolment> write_people(const fs::path& folder, std::int64_t rows, Random& random) {
  const auto wanted = std::max<std::int64_t>(courses, std::int64_t(double(rows) / rows_per_enrolment));
  const int users = int(std::max<std::int64_t>(20, wanted / 4));
  auto people = open(folder / "mdl_user.csv", "id,confirmed,deleted,suspended,idnumber,timecreated");
  for (int u = 0; u < users; ++u) people << fmt::format("{},1,0,0,,{}\n", u + 10, term_begins - 100 * day);
  auto enrolled = open(folder / "mdl_user_enrolments.csv",
                       "id,status,enrolid,userid,timestart,timeend,timecreated,timemodified");
  auto roles = open(folder / "mdl_role_assignments.csv", "id,roleid,contextid,userid");
  std::vector<Enrolment> enrolments;
  double expected = 0;
  for (std::int64_t i = 0; i < wanted; ++i) {
    const int c = int(i % courses);
    const Enrolment e{c, 10 + int((i / courses * 7'919 + c * 104'729LL) % users), std::exp(0.8 * random.normal())};
    expected += e.rate * term_days;
    enrolments.push_back(e);
    enrolled << fmt::format("{},0,{},{},0,0,{},{}\n", i + 1, c + 1, e.user, term_begins - 10 * day, term_begins - 10 * day);
    roles << fmt::format("{},5,{},{}\n", i + 1, course_context(c), e.user);
  }
  for (auto& e : enrolments) e.rate *= double(rows) / expected;
  return enrolments;
}

void write_grades(const fs::path& folder, const std::vector<Enrolment>& enrolments, Random& random) {
  auto out = open(folder / "mdl_grade_grades.csv", "id,itemid,userid,finalgrade,timecreated,timemodified,overridden");
  std::int64_t id = 0;
  for (const auto& e : enrolments) {
    for (int a = 0; a < activities_per_course; ++a) {
      if (!modules[std::size_t(a / per_module)].graded || random.unit() < 0.4) continue;
      const auto at = term_begins + std::int64_t(random.unit() * double(term_days * day));
      out << fmt::format("{},{},{},{},{},{},0\n", ++id, module_id(e.course, a), e.user, random.below(101), at, at);
    }
  }
}

// In the order of time, as a log grows.
std::int64_t write_log(const fs::path& folder, const std::vector<Enrolment>& enrolments, Random& random) {
  auto out = open(folder / "mdl_logstore_standard_log.csv",
                  "id,eventname,component,crud,edulevel,contextlevel,contextinstanceid,userid,courseid,timecreated,relateduserid,"
                  "anonymous");
  constexpr double active_share = 0.4;  // of the days
  std::int64_t id = 0;
  fmt::memory_buffer text;
  auto to = std::back_inserter(text);
  for (int today = 0; today < term_days; ++today) {
    for (const auto& e : enrolments) {
      if (random.unit() >= active_share) continue;
      const double wanted = e.rate / active_share;
      const int count = int(wanted) + int(random.unit() < wanted - std::floor(wanted));
      auto time = term_begins + today * day + random.below(40'000);
      for (int i = 0; i < count; ++i, time += 1 + random.below(120)) {
        const double kind = random.unit();
        const int a = random.below(activities_per_course);
        const auto& module = modules[std::size_t(a / per_module)];
        if (kind < 0.45) {
          fmt::format_to(to, "{},\\core\\event\\course_viewed,core,r,2,50,{},{},{},{},,0\n", ++id, course_id(e.course), e.user,
                         course_id(e.course), time);
          continue;
        }
        const bool writes = kind > 0.92 && *module.write != 0;
        const bool looks = !writes && kind > 0.85 && *module.feedback != 0;
        fmt::format_to(to, "{},\\mod_{}\\event\\{},mod_{},{},2,70,{},{},{},{},,0\n", ++id, module.name,
                       writes ? module.write : looks ? module.feedback : "course_module_viewed", module.name, writes ? 'c' : 'r',
                       module_id(e.course, a), e.user, course_id(e.course), time);
      }
    }
    out.write(text.data(), std::streamsize(text.size()));
    text.clear();
  }
  out.flush();
  if (!out) throw std::runtime_error("cannot write " + (folder / "mdl_logstore_standard_log.csv").string());
  return id;
}

}  // namespace

void generate_moodle(const fs::path& folder, std::int64_t rows, std::uint64_t seed) {
  fs::create_directories(folder);
  Random random(seed);
  write_settings(folder);
  write_courses(folder);
  const auto enrolments = write_people(folder, rows, random);
  write_grades(folder, enrolments, random);
  const auto written = write_log(folder, enrolments, random);
  std::cout << fmt::format("{} log rows, {} courses, {} enrolments in {}\n", written, courses, enrolments.size(), folder.string());
}

}  // namespace bench
