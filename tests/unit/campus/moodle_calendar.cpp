// What is due for whom: from the tables of a Moodle made by hand, through the import, to the indicator. One student, course and
// activity a case, so that cases cannot disturb each other.
#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "plugins/core_course/activities_due.hpp"
#include "unit/support/moodle_site.hpp"

namespace testing = auspex::testing;

namespace {

using Row = MoodleSite::Row;

constexpr std::int64_t day = 86400;
constexpr std::int64_t now = 1'700'000'040;  // 2023-11-14 22:14:00 UTC; to the nearest 100 s: 40 s earlier
constexpr std::int64_t long_ago = now - 100 * day;

std::string text(std::int64_t number) { return std::to_string(number); }

std::string date(const char* direction, std::int64_t time) {
  return R"({"type":"date","d":")" + std::string(direction) + R"(","t":)" + text(time) + "}";
}
std::string all_of(const std::string& conditions) { return R"({"op":"&","c":[)" + conditions + R"(],"showc":[true]})"; }

constexpr std::int64_t system_context = 1, home_context = 2, home_course = 1;
enum role { manager = 1, editing_teacher = 3, teacher = 4, student = 5, guest = 6, everyone = 7, on_home_page = 8 };
const std::vector<std::string> modules{"assign", "bigbluebuttonbn", "book", "chat", "choice", "data", "feedback", "forum",
                                       "h5pactivity", "lesson", "page", "quiz", "scorm", "survey"};

/// Where one case takes place.
struct Place {
  std::int64_t user, course, course_context, activity, activity_context, instance;
  [[nodiscard]] std::string user_id() const { return text(user); }
};

class Cases : public MoodleSite {
 public:
  Cases() {
    add("config", {{"name", "siteguest"}, {"value", "1"}}).add("config", {{"name", "siteadmins"}, {"value", "2"}});
    add("config", {{"name", "timezone"}, {"value", "Europe/Madrid"}});
    add("context", {{"id", "1"}, {"contextlevel", "10"}, {"instanceid", "0"}, {"path", "/1"}});
    add("context", {{"id", "2"}, {"contextlevel", "50"}, {"instanceid", "1"}, {"path", "/1/2"}});
    add("course", {{"id", "1"}, {"category", "0"}, {"format", "site"}, {"visible", "1"}, {"startdate", "0"},
                   {"enablecompletion", "1"}});
    const std::pair<role, const char*> roles[] = {{manager, "manager"}, {editing_teacher, "editingteacher"}, {teacher, "teacher"},
                                                  {student, "student"}, {guest, "guest"}, {everyone, "user"},
                                                  {on_home_page, "frontpage"}};
    for (const auto& [id, archetype] : roles) add("role", {{"id", text(id)}, {"archetype", archetype}});
    for (std::size_t i = 0; i < modules.size(); ++i) {
      add("modules", {{"id", text(std::int64_t(i) + 1)}, {"name", modules[i]}, {"visible", "1"}});
    }
    person(1);
    person(2);
  }

  /// A student of a course of their own, in it an activity with an entry in the calendar that is due tomorrow.
  Place given(const std::string& module, const std::string& kind, role held = student) {
    const auto n = ++cases_;
    const Place at{100 + n, 1000 + n, 2000 + n, 3000 + n, 4000 + n, 5000 + n};
    person(at.user);
    add("course", {{"id", text(at.course)}, {"category", "1"}, {"format", "topics"}, {"visible", "1"},
                   {"startdate", text(long_ago)}, {"enablecompletion", "1"}});
    add("context", {{"id", text(at.course_context)}, {"contextlevel", "50"}, {"instanceid", text(at.course)},
                    {"path", "/1/" + text(at.course_context)}});
    add("enrol", {{"id", text(at.course)}, {"courseid", text(at.course)}, {"status", "0"}});
    enrol(at, at.user, held);
    activity(at, module, at.course);
    entry(at, {{"eventtype", kind}});
    return at;
  }

  /// An activity on the home page, and a user who is enrolled nowhere.
  Place on_home(const std::string& module, const std::string& kind) {
    const auto n = ++cases_;
    const Place at{100 + n, home_course, home_context, 3000 + n, 4000 + n, 5000 + n};
    activity(at, module, home_course);
    entry(at, {{"eventtype", kind}});
    return at;
  }

  void person(std::int64_t id) {
    add("user", {{"id", text(id)}, {"deleted", "0"}, {"suspended", "0"}, {"timecreated", text(long_ago)}, {"timezone", "99"}});
  }

  void enrol(const Place& at, std::int64_t user, role held) {
    add("user_enrolments", {{"id", text(++ids_)}, {"status", "0"}, {"enrolid", text(at.course)}, {"userid", text(user)},
                            {"timestart", "0"}, {"timeend", "0"}, {"timecreated", text(long_ago)}, {"timemodified", text(long_ago)}});
    assign(at.course_context, user, held);
  }

  void assign(std::int64_t context, std::int64_t user, role held) {
    add("role_assignments", {{"id", text(++ids_)}, {"roleid", text(held)}, {"contextid", text(context)}, {"userid", text(user)}});
  }

  /// One more entry for the same activity, or for another person or group; what `changes` leaves open is as given() makes it.
  void entry(const Place& at, Row changes) {
    Row row = last_entry_.count(at.activity) != 0 ? last_entry_.at(at.activity)
                                                  : Row{{"courseid", text(at.course)},
                                                        {"groupid", "0"},
                                                        {"userid", "0"},
                                                        {"modulename", module_},
                                                        {"instance", text(at.instance)},
                                                        {"type", "1"},
                                                        {"timesort", text(now + day)},
                                                        {"visible", "1"}};
    for (auto& [column, value] : changes) row[column] = value;
    row["id"] = text(++ids_);
    add("event", row);
    last_entry_[at.activity] = row;
  }

  void completes(const Place& at, std::int64_t user, std::int64_t when, const char* state = "1") {
    add("course_modules_completion", {{"coursemoduleid", text(at.activity)}, {"userid", text(user)}, {"completionstate", state},
                                      {"timemodified", text(when)}});
  }

  /// Moodle's defaults of a capability, as rows of its table.
  void allow(const std::string& capability, std::vector<role> holders, std::int64_t context = system_context,
             const char* permission = "1") {
    for (const auto holder : holders) {
      add("role_capabilities", {{"contextid", text(context)}, {"roleid", text(holder)}, {"capability", capability},
                                {"permission", permission}});
    }
  }

  void expect(const char* what, const Place& at, bool due, bool due_in_moodle) {
    expected_.push_back({what, at.user, due, due_in_moodle});
  }
  void expect(const char* what, const Place& at, bool due) { expect(what, at, due, due); }

  /// Imports, and compares every case in both modes, for what is due in the week after `now`.
  void check() {
    import();
    testing::campus known;
    for (const auto& [table, rows] : known_at({"calendar", "restrictions"}, now)) {
      for (const auto& row : rows) {
        testing::row copy;
        for (const auto& [column, value] : row) std::visit([&](const auto& v) { copy[column] = testing::value(v); }, value);
        known.add(table, copy);
      }
    }
    testing::component<auspex::core_course::activities_due> indicator, moodle({}, "moodle 4.4");
    testing::situation situation{.range_start = now, .range_end = now + 7 * day, .as_of = now};
    for (const auto& one : expected_) {
      INFO(one.what << " (user " << one.user << ")");
      situation.samples = {{.user = dense_user(text(one.user))}};
      CHECK(indicator.calculate(known, situation).at(0) == (one.due ? 1 : -1));
      CHECK(moodle.calculate(known, situation).at(0) == (one.due_in_moodle ? 1 : -1));
    }
  }

 private:
  struct Expected {
    const char* what;
    std::int64_t user;
    bool due, due_in_moodle;
  };

  void activity(const Place& at, const std::string& module, std::int64_t course) {
    module_ = module;
    const auto number = std::find(modules.begin(), modules.end(), module) - modules.begin() + 1;
    add("course_sections", {{"id", text(at.activity)}, {"course", text(course)}, {"section", "1"}, {"visible", "1"}});
    add("course_modules", {{"id", text(at.activity)}, {"course", text(course)}, {"module", text(number)},
                           {"instance", text(at.instance)}, {"section", text(at.activity)}, {"visible", "1"}, {"completion", "1"}});
    add("context", {{"id", text(at.activity_context)}, {"contextlevel", "70"}, {"instanceid", text(at.activity)},
                    {"path", "/1/" + text(at.course_context) + "/" + text(at.activity_context)}});
    const std::map<std::string, Row> dated{{"quiz", {{"timeopen", "0"}, {"timeclose", "0"}}},
                                           {"choice", {{"timeopen", "0"}, {"timeclose", "0"}}},
                                           {"feedback", {{"timeopen", "0"}, {"timeclose", "0"}}},
                                           {"scorm", {{"timeopen", "0"}, {"timeclose", "0"}}},
                                           {"data", {{"timeavailablefrom", "0"}, {"timeavailableto", "0"}}},
                                           {"assign", {{"duedate", text(now + day)}}},
                                           {"bigbluebuttonbn", {{"openingtime", "0"}, {"closingtime", "0"}}},
                                           {"chat", {{"chattime", text(now)}}}};
    if (const auto found = dated.find(module); found != dated.end()) {
      auto row = found->second;
      row["id"] = text(at.instance);
      add(module, row);
    }
  }

  std::int64_t cases_ = 0, ids_ = 0;
  std::string module_;
  std::map<std::int64_t, Row> last_entry_;
  std::vector<Expected> expected_;
};

}  // namespace

TEST_CASE("calendar: which entries count", "[calendar]") {
  Cases c;
  c.expect("due tomorrow", c.given("assign", "due"), true);

  auto at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now + 7 * day);
  c.expect("due at the very end", at, true);
  at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now + 7 * day + 1);
  c.expect("due a second after the end", at, false);
  at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now);
  c.expect("due at the very start", at, false, true);
  at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now - 1);
  c.expect("due a second before the start", at, false);

  at = c.given("choice", "open");
  c.last("event")["type"] = "0";
  c.expect("not an action", at, false);
  at = c.given("assign", "due");
  c.last("event")["visible"] = "0";
  c.expect("hidden in the calendar", at, false);
  at = c.given("assign", "due");
  c.last("event")["modulename"] = "";
  c.expect("of no activity", at, false);
  at = c.given("assign", "due");
  c.last("course_modules")["deletioninprogress"] = "1";
  c.expect("being deleted", at, false);
  c.expect("of a module that offers nothing", c.given("h5pactivity", "expectcompletionon"), false);
  c.check();
}

TEST_CASE("calendar: a module that is switched off", "[calendar]") {
  Cases c;
  const auto at = c.given("survey", "expectcompletionon");
  c.last("modules")["visible"] = "0";  // survey is the last
  c.expect("a survey", at, false);
  c.check();
}

TEST_CASE("calendar: whose enrolment counts", "[calendar]") {
  Cases c;
  const auto enrolled = [&](const char* what, Row changes, bool due, bool due_in_moodle) {
    const auto at = c.given("assign", "due");
    for (const auto& [column, value] : changes) c.last("user_enrolments")[column] = value;
    c.expect(what, at, due, due_in_moodle);
  };
  enrolled("begun and not over", {{"timestart", text(now - day)}, {"timeend", text(now + day)}}, true, true);
  enrolled("not begun", {{"timestart", text(now + 100)}}, false, false);
  enrolled("over", {{"timeend", text(now - 100)}}, false, false);
  enrolled("over this very second", {{"timeend", text(now)}}, false, true);
  enrolled("begun after Moodle's rounded now", {{"timestart", text(now - 10)}}, true, false);
  enrolled("suspended", {{"status", "1"}, {"timemodified", text(now - day)}}, false, false);
  enrolled("suspended later", {{"status", "1"}, {"timemodified", text(now + day)}}, true, true);
  enrolled("ended later by a change", {{"timeend", text(now - 100)}, {"timemodified", text(now + day)}}, true, true);
  enrolled("enrolled later", {{"timecreated", text(now + 1)}, {"timemodified", text(now + 1)}}, false, false);

  auto at = c.given("assign", "due");
  c.last("enrol")["status"] = "1";
  c.expect("by a method that is switched off", at, false);
  at = c.given("assign", "due");
  c.last("user_enrolments")["timeend"] = text(now - day);
  c.enrol(at, at.user, student);
  c.expect("a second enrolment still runs", at, true);

  at = c.given("assign", "due");
  c.last("user_enrolments")["userid"] = "2";
  c.expect("a student's role without an enrolment", at, false);
  c.check();
}

TEST_CASE("calendar: what is hidden, and who sees it all the same", "[calendar]") {
  Cases c;
  const auto hide = [&](const char* table, role held, bool due) {
    const auto at = c.given("page", "expectcompletionon", held);
    c.last(table)["visible"] = "0";
    c.expect(table, at, due);
  };
  for (const auto* table : {"course", "course_modules", "course_sections"}) {
    hide(table, student, false);
    hide(table, teacher, true);
    hide(table, editing_teacher, true);
  }
  c.check();

  // Administrators may do everything, whatever their roles; the guest does nothing.
  Cases special;
  auto at = special.given("page", "expectcompletionon");
  special.last("course")["visible"] = "0";
  at.user = 2;
  special.enrol(at, at.user, student);
  special.expect("a hidden course, for an administrator", at, true);
  at = special.given("page", "expectcompletionon");
  at.user = 1;
  special.enrol(at, at.user, student);
  special.expect("the guest, enrolled", at, false);
  special.check();
}

TEST_CASE("calendar: who may do what in an activity", "[calendar]") {
  const auto may = [](Cases& c, const char* module, role held, bool due) {
    c.expect(module, c.given(module, std::string(module) == "assign" ? "due" : "close", held), due);
  };
  const auto add_cases = [&](Cases& c) {
    may(c, "assign", student, true);
    may(c, "assign", teacher, false);
    may(c, "quiz", student, true);
    may(c, "quiz", teacher, false);
    may(c, "lesson", student, true);
    may(c, "lesson", teacher, true);
    may(c, "feedback", student, true);
    may(c, "feedback", editing_teacher, false);
    may(c, "choice", teacher, true);
    may(c, "scorm", student, true);
    may(c, "scorm", teacher, false);
    may(c, "forum", student, true);
    may(c, "forum", guest, false);
    may(c, "survey", student, true);
    may(c, "survey", guest, false);
    may(c, "book", teacher, true);
    may(c, "book", guest, false);
    may(c, "page", guest, true);
  };
  SECTION("by the defaults of the archetypes") {
    Cases c;
    add_cases(c);
    c.check();
  }
  SECTION("by the table of capabilities") {
    Cases c;
    c.allow("mod/assign:submit", {student});
    c.allow("mod/quiz:attempt", {student});
    c.allow("mod/lesson:view", {everyone});
    c.allow("mod/feedback:complete", {student, on_home_page});
    c.allow("mod/scorm:viewreport", {teacher, editing_teacher, manager});
    c.allow("mod/forum:viewdiscussion", {student, teacher, editing_teacher});
    c.allow("mod/survey:participate", {student, teacher, editing_teacher});
    c.allow("mod/book:read", {student, teacher, editing_teacher});
    add_cases(c);

    auto at = c.given("assign", "due");
    c.allow("mod/assign:submit", {student}, at.course_context, "-1");
    c.expect("prevented in the course", at, false);
    at = c.given("assign", "due");
    c.allow("mod/assign:submit", {student}, at.course_context, "-1");
    c.allow("mod/assign:submit", {student}, at.activity_context);
    c.expect("prevented in the course, allowed in the activity", at, true);
    at = c.given("assign", "due");
    c.allow("mod/assign:submit", {student}, at.course_context, "-1000");
    c.allow("mod/assign:submit", {student}, at.activity_context);
    c.expect("prohibited in the course", at, false);
    at = c.given("assign", "due");
    c.assign(at.course_context, at.user, teacher);
    c.allow("mod/assign:submit", {teacher}, at.course_context, "-1");
    c.expect("prevented for one role, allowed for another", at, true);
    at = c.given("assign", "due");
    c.assign(at.course_context, at.user, teacher);
    c.allow("mod/assign:submit", {teacher}, at.course_context, "-1000");
    c.expect("prohibited for one of two roles", at, false);
    at = c.given("assign", "due", teacher);
    c.assign(at.activity_context, at.user, student);
    c.expect("a student in this activity only", at, true);
    at = c.given("assign", "due", teacher);
    c.assign(system_context, at.user, student);
    c.expect("a student on the whole site", at, true);
    c.allow("moodle/course:viewhiddencourses", {teacher});
    at = c.given("page", "expectcompletionon", teacher);
    c.last("course")["visible"] = "0";
    c.allow("moodle/course:viewhiddencourses", {teacher}, at.activity_context, "-1000");
    c.expect("what an activity says of its course's visibility counts for nothing", at, true);
    at = c.given("lesson", "close");
    c.allow("mod/lesson:view", {everyone}, at.activity_context, "-1000");
    c.expect("may not see the activity", at, false);
    c.check();
  }
}

TEST_CASE("calendar: what is done", "[calendar]") {
  Cases c;
  const auto submit = [&](const Place& at, const char* status, std::int64_t when, const char* attempt = "0") {
    c.add("assign_submission", {{"assignment", text(at.instance)}, {"userid", at.user_id()}, {"status", status},
                                {"timemodified", text(when)}, {"attemptnumber", attempt}});
  };
  auto at = c.given("assign", "due");
  submit(at, "submitted", now - 5);
  c.expect("assignment submitted", at, false);
  at = c.given("assign", "due");
  submit(at, "draft", now - 5);
  c.expect("assignment kept as a draft", at, true);
  at = c.given("assign", "due");
  submit(at, "submitted", now + 1);
  c.expect("assignment submitted after the moment asked about", at, true);
  at = c.given("assign", "due");
  submit(at, "submitted", now - 50);
  submit(at, "reopened", now - 5, "1");
  c.expect("assignment reopened", at, true);

  const auto attempt = [&](const Place& of, const char* state, const char* preview) {
    c.add("quiz_attempts", {{"quiz", text(of.instance)}, {"userid", of.user_id()}, {"state", state}, {"preview", preview},
                            {"timefinish", std::string(state) == "finished" ? text(now - 5) : "0"}, {"timemodified", text(now - 5)}});
  };
  at = c.given("quiz", "close");
  attempt(at, "finished", "0");
  c.expect("quiz attempted", at, false);
  at = c.given("quiz", "close");
  attempt(at, "abandoned", "0");
  c.expect("quiz abandoned", at, false);
  at = c.given("quiz", "close");
  attempt(at, "inprogress", "0");
  c.expect("quiz begun", at, true);
  at = c.given("quiz", "close");
  attempt(at, "finished", "1");
  c.expect("quiz previewed", at, true);

  at = c.given("lesson", "close");
  c.add("lesson_grades", {{"lessonid", text(at.instance)}, {"userid", at.user_id()}, {"completed", text(now - 5)}});
  c.expect("lesson graded", at, false);

  const auto answer = [&](const Place& of) {
    c.add("choice_answers", {{"choiceid", text(of.instance)}, {"userid", of.user_id()}, {"timemodified", text(now - 5)}});
  };
  at = c.given("choice", "close");
  answer(at);
  c.expect("choice answered", at, false);
  at = c.given("choice", "close");
  c.last("choice")["timeopen"] = text(now + 100);
  c.expect("choice not open yet", at, true);
  at = c.given("choice", "close");
  c.last("choice")["timeopen"] = text(now + 100);
  answer(at);
  c.expect("choice answered, then opened later", at, false, true);

  const auto complete = [&](const Place& of) {
    c.add("feedback_completed", {{"feedback", text(of.instance)}, {"userid", of.user_id()}, {"timemodified", text(now - 5)}});
  };
  at = c.given("feedback", "close");
  complete(at);
  c.expect("feedback given", at, false);
  at = c.given("feedback", "close");
  c.last("feedback")["timeopen"] = text(now + 100);
  complete(at);
  c.expect("feedback given, then opened later", at, false, true);

  at = c.given("page", "expectcompletionon");
  c.completes(at, at.user, now);
  c.expect("page completed", at, false);
  at = c.given("page", "expectcompletionon");
  c.completes(at, at.user, now - 5, "3");
  c.expect("page completed with a fail", at, false);
  at = c.given("page", "expectcompletionon");
  c.completes(at, at.user, now + 1);
  c.expect("page completed after the moment asked about", at, true);
  at = c.given("page", "expectcompletionon");
  c.completes(at, 1, now - 5);
  c.expect("page completed by somebody else", at, true);
  at = c.given("data", "close");
  c.completes(at, at.user, now - 5);
  c.expect("database completed", at, false, true);
  at = c.given("page", "expectcompletionon");
  c.completes(at, 2, now - 5);
  c.expect("page completed by the administrator", at, true, false);
  at = c.given("page", "expectcompletionon");
  c.completes(at, 2, now - 5, "2");
  c.expect("page completed by the administrator, with a pass", at, true);
  at = c.given("assign", "due");
  c.completes(at, 2, now - 5);
  c.expect("assignment completed by the administrator", at, true);
  c.check();
}

TEST_CASE("calendar: completion that is expected", "[calendar]") {
  Cases c;
  auto at = c.given("page", "expectcompletionon");
  c.last("course_modules")["completion"] = "0";
  c.expect("not tracked in the activity", at, false);
  at = c.given("page", "expectcompletionon");
  c.last("course")["enablecompletion"] = "0";
  c.expect("not tracked in the course", at, false);
  at = c.given("assign", "due");
  c.last("course")["enablecompletion"] = "0";
  c.expect("a due date does not need it", at, true);
  c.check();

  Cases off;
  off.add("config", {{"name", "enablecompletion"}, {"value", "0"}});
  off.expect("not tracked on the site", off.given("page", "expectcompletionon"), false);
  off.check();
}

TEST_CASE("calendar: what is closed", "[calendar]") {
  Cases c;
  const auto closing = [&](const char* module, const char* column, std::int64_t when, bool due) {
    const auto at = c.given(module, "expectcompletionon");
    c.last(module)[column] = text(when);
    c.expect(module, at, due);
  };
  for (const auto& [module, column] : {std::pair{"choice", "timeclose"}, std::pair{"feedback", "timeclose"},
                                       std::pair{"scorm", "timeclose"}, std::pair{"data", "timeavailableto"}}) {
    closing(module, column, now - 1, false);
    closing(module, column, now, true);
  }
  closing("quiz", "timeclose", now, false);
  closing("quiz", "timeclose", now + 1, true);

  auto at = c.given("quiz", "expectcompletionon");
  c.last("quiz")["timeclose"] = text(now - day);
  c.add("quiz_overrides", {{"id", "1"}, {"quiz", text(at.instance)}, {"userid", at.user_id()}, {"timeclose", text(now + day)}});
  c.expect("a quiz open longer for this user", at, true);
  at = c.given("quiz", "expectcompletionon");
  c.add("quiz_overrides", {{"id", "2"}, {"quiz", text(at.instance)}, {"groupid", "77"}, {"timeclose", text(now - day)}});
  c.add("groups_members", {{"groupid", "77"}, {"userid", at.user_id()}, {"timeadded", text(long_ago)}});
  c.expect("a quiz closed earlier for the group", at, false);

  // Madrid is an hour ahead of UTC: it is 23:14 there, and the day began 23:14 ago.
  const auto midnight = now - 23 * 3600 - 14 * 60;
  closing("chat", "chattime", midnight, true);
  closing("chat", "chattime", midnight - 1, false);
  at = c.given("chat", "expectcompletionon");
  c.last("user")["timezone"] = "Asia/Tokyo";  // tomorrow, 07:14
  c.last("chat")["chattime"] = text(now - 8 * 3600);
  c.expect("yesterday for a user in Tokyo", at, false);
  at = c.given("chat", "expectcompletionon");
  c.last("user")["timezone"] = "Nowhere/Land";
  c.last("chat")["chattime"] = text(now - 8 * 3600);
  c.expect("today for a user in an unknown place: the site's day", at, true);
  c.check();
}

TEST_CASE("calendar: restricted access", "[calendar]") {
  Cases c;
  const auto restricted = [&](const char* what, const std::string& json, bool due, role held = student) {
    for (const auto* table : {"course_modules", "course_sections"}) {
      const auto at = c.given("page", "expectcompletionon", held);
      c.last(table)["availability"] = json;
      c.expect(what, at, due);
    }
  };
  restricted("open from now on", all_of(date(">=", now)), true);
  restricted("open in a second", all_of(date(">=", now + 1)), false);
  restricted("open until a second from now", all_of(date("<", now + 1)), true);
  restricted("open until now", all_of(date("<", now)), false);
  restricted("open later, for a teacher", all_of(date(">=", now + 1)), true, teacher);
  restricted("both needed", all_of(date(">=", now - 1) + "," + date("<", now)), false);
  restricted("one of two is enough", R"({"op":"|","c":[)" + date(">=", now - 1) + "," + date("<", now) + R"(],"show":true})", true);
  restricted("must not hold", R"({"op":"!&","c":[)" + date(">=", now - 1) + R"(],"show":true})", false);
  restricted("a field of the profile, which nobody can tell", all_of(R"({"type":"profile","sf":"city","op":"isequalto","v":"X"})"),
             true);
  restricted("of a group, and in none", all_of(R"({"type":"group","id":5})"), false);
  restricted("an activity to complete first, and it is not", all_of(R"({"type":"completion","cm":3999,"e":1})"), false);
  restricted("an activity not to complete, and it is not", all_of(R"({"type":"completion","cm":3999,"e":0})"), true);

  const auto unlocked = [&](const char* what, const std::string& json, bool due, auto&& then) {
    const auto at = c.given("page", "expectcompletionon");
    c.last("course_modules")["availability"] = json;
    then(at);
    c.expect(what, at, due);
  };
  const auto done = [&](const char* cm, const char* state, std::int64_t when) {
    return [&c, cm, state, when](const Place& at) {
      c.add("course_modules_completion",
            {{"coursemoduleid", cm}, {"userid", at.user_id()}, {"completionstate", state}, {"timemodified", text(when)}});
    };
  };
  unlocked("completed first", all_of(R"({"type":"completion","cm":9001,"e":1})"), true, done("9001", "2", now - 5));
  unlocked("completed later", all_of(R"({"type":"completion","cm":9002,"e":1})"), false, done("9002", "1", now + 5));
  unlocked("completed, not passed", all_of(R"({"type":"completion","cm":9003,"e":2})"), false, done("9003", "1", now - 5));
  unlocked("completed what must not be", all_of(R"({"type":"completion","cm":9004,"e":0})"), false, done("9004", "1", now - 5));
  unlocked("the second of two conditions is met", all_of(date("<", now + 9) + R"(,{"type":"completion","cm":9005,"e":1})"), true,
           done("9005", "1", now - 5));
  const auto joins = [&](const char* group) {
    return [&c, group](const Place& at) {
      c.add("groups", {{"id", group}, {"courseid", text(at.course)}});
      c.add("groups_members", {{"groupid", group}, {"userid", at.user_id()}, {"timeadded", text(now - 5)}});
    };
  };
  unlocked("member of the group", all_of(R"({"type":"group","id":11})"), true, joins("11"));
  unlocked("member of another group", all_of(R"({"type":"group","id":99})"), false, joins("12"));
  unlocked("member of any group", all_of(R"({"type":"group"})"), true, joins("13"));
  c.add("groupings_groups", {{"groupingid", "21"}, {"groupid", "14"}});
  unlocked("member of a group of the grouping", all_of(R"({"type":"grouping","id":21})"), true, joins("14"));
  const auto graded = [&](const char* item, const char* grade, std::int64_t when) {
    return [&c, item, grade, when](const Place& at) {
      c.add("grade_items", {{"id", item}, {"courseid", text(at.course)}, {"itemtype", "manual"}, {"itemmodule", ""},
                            {"iteminstance", "0"}, {"grademax", "50"}, {"gradepass", "0"}});
      c.add("grade_grades", {{"id", item}, {"itemid", item}, {"userid", at.user_id()}, {"finalgrade", grade},
                             {"timecreated", text(when)}, {"timemodified", text(when)}});
    };
  };
  unlocked("80 % and 80 % needed", all_of(R"({"type":"grade","id":31,"min":80})"), true, graded("31", "40", now - 5));
  unlocked("78 % and 80 % needed", all_of(R"({"type":"grade","id":32,"min":80})"), false, graded("32", "39", now - 5));
  unlocked("graded later", all_of(R"({"type":"grade","id":33,"min":80})"), false, graded("33", "40", now + 5));
  unlocked("80 % and less needed", all_of(R"({"type":"grade","id":34,"max":80})"), false, graded("34", "40", now - 5));
  c.check();

  Cases off;
  off.add("config", {{"name", "enableavailability"}, {"value", "0"}});
  const auto at = off.given("page", "expectcompletionon");
  off.last("course_modules")["availability"] = all_of(date(">=", now + 1));
  off.expect("restrictions are switched off", at, true);
  off.check();
}

TEST_CASE("calendar: dates of one user, of a group, of the home page", "[calendar]") {
  Cases c;
  auto at = c.given("assign", "due");
  c.entry(at, {{"courseid", "0"}, {"userid", at.user_id()}, {"priority", "0"}, {"timesort", text(now + 30 * day)}});
  c.expect("the user has longer", at, false);
  at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now - day);
  c.entry(at, {{"courseid", "0"}, {"userid", at.user_id()}, {"priority", "0"}, {"timesort", text(now + day)}});
  c.expect("it is over for the others only", at, true);
  at = c.given("assign", "due");
  c.entry(at, {{"courseid", "0"}, {"userid", "2"}, {"priority", "0"}, {"timesort", text(now + 30 * day)}});
  c.expect("somebody else has longer", at, true);
  at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now - day);
  c.last("user_enrolments")["timeend"] = text(now - day);
  c.entry(at, {{"courseid", "0"}, {"userid", at.user_id()}, {"priority", "0"}, {"timesort", text(now + day)}});
  c.expect("an own date outlives the enrolment", at, true);
  const auto outsider = [&](const char* what, std::int64_t context, role held, bool due) {
    auto of = c.given("page", "expectcompletionon");
    of.user += 500;
    c.person(of.user);
    c.entry(of, {{"courseid", "0"}, {"userid", of.user_id()}, {"priority", "0"}});
    if (context != 0) c.assign(context, of.user, held);
    c.expect(what, of, due);
  };
  outsider("an own date of somebody who is not enrolled", 0, student, false);
  outsider("an own date of a manager, who may see all courses", system_context, manager, true);
  at = c.given("assign", "due");
  c.entry(at, {{"courseid", "0"}, {"userid", at.user_id()}, {"priority", "0"}, {"visible", "0"}});
  c.expect("an own date that is hidden takes the place of all the same", at, false);

  const auto group = [&](const Place& of, const char* id, const char* priority, std::int64_t due) {
    c.entry(of, {{"courseid", text(of.course)}, {"userid", "0"}, {"groupid", id}, {"priority", priority}, {"timesort", text(due)}});
    c.add("groups", {{"id", id}, {"courseid", text(of.course)}});
  };
  const auto join = [&](const Place& of, const char* id, std::int64_t when = long_ago) {
    c.add("groups_members", {{"groupid", id}, {"userid", of.user_id()}, {"timeadded", text(when)}});
  };
  at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now + 30 * day);
  group(at, "51", "1", now + day);
  join(at, "51");
  c.expect("the group's date is sooner", at, true);
  at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now + 30 * day);
  group(at, "52", "1", now + day);
  c.expect("another group's date is sooner", at, false);
  at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now + 30 * day);
  group(at, "53", "2", now + day);
  group(at, "54", "1", now + 30 * day);
  join(at, "53");
  join(at, "54");
  c.expect("of two groups the lower priority number counts", at, false);
  at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now + 30 * day);
  group(at, "55", "1", now + day);
  join(at, "55");
  c.entry(at, {{"courseid", "0"}, {"groupid", "0"}, {"userid", at.user_id()}, {"priority", "0"}, {"timesort", text(now + 30 * day)}});
  c.expect("the user's date goes before the group's", at, false);
  at = c.given("assign", "due");
  c.last("event")["timesort"] = text(now + 30 * day);
  group(at, "56", "1", now + day);
  join(at, "56", now + 5);
  c.expect("joins the group later", at, false);
  c.check();
}

TEST_CASE("calendar: the home page", "[calendar]") {
  Cases c;
  const auto at = c.on_home("feedback", "close");
  c.person(at.user);
  c.expect("feedback of the site", at, true);
  c.check();

  Cases students_only;
  const auto submission = students_only.on_home("assign", "due");
  students_only.person(submission.user);
  students_only.expect("an assignment, which only students may submit", submission, false);
  students_only.check();
}

TEST_CASE("calendar: an entry of a BigBlueButton room", "[calendar]") {
  Cases c;
  const auto room_before = [&](const char* what, Row settings, bool due, bool due_in_moodle, bool alone = false) {
    const auto at = c.given("bigbluebuttonbn", "expectcompletionon");
    for (const auto& [column, value] : settings) c.last("bigbluebuttonbn")[column] = value;
    if (!alone) {
      auto next = at;
      next.activity += 500;
      next.activity_context += 500;
      next.instance += 500;
      c.add("course_modules", {{"id", text(next.activity)}, {"course", text(at.course)}, {"module", "11"},
                               {"instance", text(next.instance)}, {"section", text(at.activity)}, {"visible", "1"},
                               {"completion", "1"}});
      c.entry(at, {{"modulename", "page"}, {"instance", text(next.instance)}, {"timesort", text(now + 2 * day)}});
    }
    c.expect(what, at, due, due_in_moodle);
  };
  room_before("first, it decides alone", {}, true, false);
  room_before("alone", {}, true, false, true);
  room_before("not open yet", {{"openingtime", text(now + 5)}}, true, true);
  room_before("closed", {{"closingtime", text(now - 5)}}, true, true);
  room_before("closed and alone", {{"closingtime", text(now - 5)}}, false, false, true);
  c.check();
}

TEST_CASE("calendar: submissions that wait to be graded", "[calendar]") {
  Cases c;
  const auto grading = [&](const char* what, role held, std::vector<std::pair<std::int64_t, std::int64_t>> waited, bool due) {
    const auto at = c.given("assign", "gradingdue", held);
    auto author = at.user;
    for (const auto& [submitted, graded] : waited) {
      const auto user = text(author++);
      c.add("assign_submission", {{"assignment", text(at.instance)}, {"userid", user}, {"status", "submitted"},
                                  {"timemodified", text(submitted)}, {"attemptnumber", "0"}});
      if (graded == 0) continue;
      c.add("assign_grades", {{"assignment", text(at.instance)}, {"userid", user}, {"grade", "7"}, {"timemodified", text(graded)},
                              {"attemptnumber", "0"}});
    }
    c.expect(what, at, due);
  };
  grading("none submitted", teacher, {}, false);
  grading("one waits", teacher, {{now - 50, 0}}, true);
  grading("one waits, but the user may not grade", student, {{now - 50, 0}}, false);
  grading("graded", teacher, {{now - 50, now - 40}}, false);
  grading("graded later", teacher, {{now - 50, now + 40}}, true);
  grading("submitted again after it was graded", teacher, {{now - 50, now - 60}}, true);
  grading("submitted later", teacher, {{now + 50, 0}}, false);
  grading("one of three waits", teacher, {{now - 90, now - 80}, {now - 50, 0}, {now - 40, now - 30}}, true);
  grading("all graded, one more comes later", teacher, {{now - 90, now - 80}, {now - 85, now - 70}, {now + 50, 0}}, false);
  c.check();
}
