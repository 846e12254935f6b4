#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "plugins/core/accesses.hpp"
#include "plugins/core/attribute.hpp"
#include "unit/support/moodle_cases.hpp"

namespace testing = auspex::testing;

namespace {

using namespace auspex::core;

testing::situation range_of(std::int64_t start, std::int64_t end) {
  return {.range_start = start, .range_end = end, .samples = {{1, 1, 11}, {2, 1, 12}}};
}

testing::row view_of_course(std::int64_t user, std::int64_t time) {
  return {{"user_id", user}, {"course_id", 1}, {"time", time}, {"context_level", "course"}, {"crud", "r"}, {"anonymous", false}};
}

testing::row changed(testing::row row, const std::string& column, testing::value value) {
  row[column] = std::move(value);
  return row;
}

testing::campus course_with_dates(testing::value start, testing::value end) {
  testing::campus campus;
  campus.add("courses", {{"course_id", 1}, {"start", start}, {"end", end}});
  return campus;
}

testing::row last_access(std::int64_t user, std::int64_t time) {
  return {{"user_id", user}, {"course_id", 1}, {"accessed_at", time}, {"known_at", time}};
}

const testing::value missing;

}  // namespace

TEST_CASE("read_actions gives Moodle's values") {
  int compared = 0;
  testing::component<read_actions> indicator;
  for (const auto& one : moodle_cases("indicator")) {
    const auto& in = one.at("inputs");
    if (in.value("indicator", "") != "read_actions") continue;
    INFO(one.at("name"));
    const bool timeless = in.at("starttime").is_boolean();
    const std::int64_t start = timeless ? AUSPEX_NO_TIME : in.at("starttime").get<std::int64_t>();
    const std::int64_t end = timeless ? AUSPEX_NO_TIME : in.at("endtime").get<std::int64_t>();
    testing::campus campus;
    for (int i = 0; i < in.value("n_read_logs", 0); ++i) campus.add("events", view_of_course(1, end));
    campus.add("events", changed(view_of_course(1, end), "context_level", "module"));
    campus.add("events", changed(view_of_course(1, end), "crud", "c"));
    campus.add("events", view_of_course(1, start == AUSPEX_NO_TIME ? 0 : start));
    campus.add("events", view_of_course(1, end + 1));
    auto situation = range_of(start, end);
    if (timeless) situation.as_of = 100;
    const auto value = indicator.calculate(campus, situation).at(0);
    if (one.at("expected").is_null()) {
      CHECK(std::isnan(value));
    } else {
      CHECK(value == one.at("expected").get<double>());
    }
    ++compared;
  }
  CHECK(compared == 56);
}

TEST_CASE("read_actions counts how often and gives none for a range without length") {
  testing::component<read_actions> indicator;
  testing::campus campus;
  campus.add("events", changed(view_of_course(1, 1500), "count", 4)).add("events", view_of_course(2, 1500));
  const auto values = indicator.calculate(campus, range_of(1000, 1000 + auspex::week));
  CHECK(values[0] == 0.33);   // 4 in a week
  CHECK(values[1] == -0.33);  // no count: once
  CHECK(std::isnan(indicator.calculate(campus, range_of(1000, 1000))[0]));
}

TEST_CASE("accesses before the start and after the end, and writing: Moodle's cases") {
  int compared = 0;
  for (const auto& one : moodle_cases("indicator")) {
    const auto& in = one.at("inputs");
    const std::string name = in.value("indicator", "");
    if (name.rfind("any_access_", 0) != 0 && name.rfind("any_write_action", 0) != 0) continue;
    INFO(one.at("name"));
    const std::int64_t from = in.at("range")[0], to = in.at("range")[1];
    const std::int64_t course_start = in.at("course_start"), course_end = in.at("course_end");
    auto campus = course_with_dates(course_start, course_end);
    const int n = in.at("n_logs_matching");
    double value = 0;
    if (name == "any_access_before_start") {
      for (int i = 0; i < n; ++i) campus.add("events", view_of_course(1, course_start - 1));
      campus.add("events", view_of_course(1, course_start));
      value = testing::component<any_access_before_start>({}, "4.4").calculate(campus, range_of(from, to))[0];
    } else if (name == "any_access_after_end") {
      for (int i = 0; i < n; ++i) campus.add("events", view_of_course(1, course_end + 1));
      campus.add("events", view_of_course(1, course_end));
      value = testing::component<any_access_after_end>({}, "4.4").calculate(campus, range_of(from, to))[0];
    } else {
      const auto write = changed(view_of_course(1, to), "crud", "u");
      for (int i = 0; i < n; ++i) campus.add("events", write);
      campus.add("events", changed(write, "time", from)).add("events", changed(write, "time", to + 1));
      campus.add("events", changed(write, "crud", "d")).add("events", changed(write, "user_id", 2));
      if (name == "any_write_action") {
        campus.add("events", changed(write, "context_level", "module"));
        value = testing::component<any_write_action>().calculate(campus, range_of(from, to))[0];
      } else {
        campus.add("events", changed(write, "anonymous", true));
        value = testing::component<any_write_action_in_course>().calculate(campus, range_of(from, to))[0];
      }
    }
    CHECK(value == one.at("expected").at("value").get<double>());
    ++compared;
  }
  CHECK(compared == 8);
}

TEST_CASE("any_course_access gives Moodle's values") {
  int compared = 0;
  for (const auto& one : moodle_cases("indicator")) {
    const auto& in = one.at("inputs");
    if (in.value("indicator", "") != "any_course_access") continue;
    INFO(one.at("name"));
    // Moodle has no times where its test says false.
    const auto time = [&](const char* name) { return in.at(name).is_boolean() ? 0 : in.at(name).get<std::int64_t>(); };
    testing::campus campus;
    if (!in.at("lastaccess").is_null()) campus.add("last_access", last_access(1, in.at("lastaccess")));
    for (int i = 0; i < in.at("n_logs_matching").get<int>(); ++i) campus.add("events", view_of_course(1, time("endtime")));
    campus.add("events", view_of_course(1, time("starttime")));  // before every range
    campus.add("events", view_of_course(2, time("endtime")));
    testing::component<any_course_access> indicator({}, "4.4");
    const auto values = indicator.calculate(campus, range_of(time("starttime"), time("endtime")));
    CHECK(values[0] == one.at("expected").at("value").get<double>());
    ++compared;
  }
  CHECK(compared == 9);
}

TEST_CASE("any_course_access in Moodle's own tests") {
  // The present second is 1000 and the log is empty but for the last line.
  const auto value = [](testing::value last, std::int64_t start, std::int64_t end, bool logged = false) {
    testing::campus campus;
    if (!last.missing()) campus.add("last_access", last_access(1, last.integer()));
    if (logged) campus.add("events", view_of_course(1, 1000));
    return testing::component<any_course_access>({}, "4.4").calculate(campus, range_of(start, end))[0];
  };
  const std::int64_t now = 1000, none = 0;
  CHECK(value(missing, none, none) == -1);
  CHECK(value(missing, now - 10, now + 10) == -1);
  CHECK(value(now - 1, none, none) == 1);
  CHECK(value(now - 1, now, now + 10) == -1);
  CHECK(value(now - 1, now, none) == -1);
  CHECK(value(now - 1, now - 10, now) == 1);
  CHECK(value(now - 1, none, now) == 1);
  CHECK(value(now - 1, now - 10, none) == 1);
  CHECK(value(now - 1, none, now - 10) == -1);
  CHECK(value(now - 1, none, now + 10, true) == 1);
}

TEST_CASE("any_course_access never looks past the range's end but under compatibility") {
  testing::campus campus;
  campus.add("last_access", last_access(1, 250)).add("events", view_of_course(1, 150)).add("events", view_of_course(1, 250));
  campus.add("events", changed(view_of_course(2, 150), "context_level", "module"));  // nobody remembers a last access
  testing::component<any_course_access> indicator;
  testing::component<any_course_access> moodle({}, "4.4");
  CHECK(indicator.calculate(campus, range_of(100, 200)) == std::vector<double>{1, 1});
  CHECK(indicator.calculate(campus, range_of(150, 200)) == std::vector<double>{-1, -1});
  CHECK(indicator.calculate(campus, range_of(150, 250)) == std::vector<double>{1, -1});
  CHECK(moodle.calculate(campus, range_of(100, 200)) == std::vector<double>{1, -1});

  // Of two accesses the source remembers the second; without a log the first is lost.
  campus.tables["events"].clear();
  CHECK(indicator.calculate(campus, range_of(100, 200)) == std::vector<double>{-1, -1});
  CHECK(indicator.calculate(campus, range_of(200, 300)) == std::vector<double>{1, -1});
  CHECK(indicator.calculate(campus, range_of(250, 300)) == std::vector<double>{1, -1});
  CHECK(indicator.calculate(campus, range_of(251, 300)) == std::vector<double>{-1, -1});

  // An access in the range's last second: Moodle asks the log.
  CHECK(indicator.calculate(campus, range_of(100, 250))[0] == 1);
  CHECK(moodle.calculate(campus, range_of(100, 250))[0] == -1);
}

TEST_CASE("any_write_action sees the course itself, anonymous or not, and everybody's where samples have no user") {
  testing::campus campus;
  const auto write = changed(view_of_course(2, 150), "crud", "c");
  campus.add("events", changed(write, "context_level", "module"));
  testing::component<any_write_action> indicator;
  CHECK(indicator.calculate(campus, range_of(100, 200)) == std::vector<double>{-1, -1});
  campus.add("events", changed(write, "anonymous", true));
  CHECK(indicator.calculate(campus, range_of(100, 200)) == std::vector<double>{-1, 1});
  CHECK(any_write_action::needs == auspex::course);
  CHECK(any_write_action::uses == auspex::user);
}

TEST_CASE("without compatibility nothing after the range's end exists") {
  auto campus = course_with_dates(100, 200);
  campus.add("events", view_of_course(1, 201)).add("events", view_of_course(2, 199));
  testing::component<any_access_after_end> indicator;
  CHECK(indicator.calculate(campus, range_of(100, 200)) == std::vector<double>{-1, -1});
  CHECK(indicator.calculate(campus, range_of(100, 201)) == std::vector<double>{1, -1});
  CHECK(testing::component<any_access_after_end>({}, "4.4").calculate(campus, range_of(100, 200)) == std::vector<double>{1, -1});

  campus.add("events", view_of_course(2, 99));
  testing::component<any_access_before_start> before;
  CHECK(before.calculate(campus, range_of(90, 98)) == std::vector<double>{-1, -1});
  CHECK(before.calculate(campus, range_of(90, 99)) == std::vector<double>{-1, 1});
}

TEST_CASE("only events of the course itself are accesses, a write may be in an activity") {
  auto campus = course_with_dates(100, 200);
  for (const std::int64_t time : {50, 150, 250}) {
    campus.add("events", changed(changed(view_of_course(1, time), "context_level", "module"), "crud", "c"));
  }
  CHECK(testing::component<any_access_before_start>().calculate(campus, range_of(100, 300))[0] == -1);
  CHECK(testing::component<any_access_after_end>().calculate(campus, range_of(100, 300))[0] == -1);
  CHECK(testing::component<any_write_action_in_course>().calculate(campus, range_of(100, 200))[0] == 1);
}

TEST_CASE("courses without dates") {
  auto campus = course_with_dates(missing, missing);
  campus.add("events", view_of_course(1, 50));
  CHECK(testing::component<any_access_before_start>().calculate(campus, range_of(0, 100)) == std::vector<double>{-1, -1});
  CHECK(testing::component<any_access_after_end>().calculate(campus, range_of(0, 100)) == std::vector<double>{-1, -1});
  CHECK(testing::component<any_access_after_end>({}, "4.4").calculate(campus, range_of(0, 100)) == std::vector<double>{1, -1});
}

TEST_CASE("attribute maps a column of users or enrolments") {
  testing::campus campus;
  campus.add("enrolments", {{"enrolment_id", 11}, {"user_id", 1}, {"course_id", 1}, {"credits", 195}});
  campus.add("enrolments", {{"enrolment_id", 12}, {"user_id", 2}, {"course_id", 1}, {"credits", missing}});
  campus.add("enrolments", {{"enrolment_id", 13}, {"user_id", 3}, {"course_id", 1}, {"credits", 600}});
  campus.add("users", {{"user_id", 1}, {"gpa", 3.0}}).add("users", {{"user_id", 2}, {"gpa", 0.0}});
  campus.add("users", {{"user_id", 3}, {"gpa", 1.0}});
  auto situation = range_of(0, 10);
  situation.samples.push_back({3, 1, 13});

  testing::component<attribute> credits({{"column", "credits"}, {"minimum", 30}, {"maximum", 360}});
  REQUIRE(credits.reads().size() == 1);
  CHECK(credits.reads()[0].table == "enrolments");
  CHECK(credits.reads()[0].columns == std::vector<std::string>{"credits"});
  const auto values = credits.calculate(campus, situation);
  CHECK(values[0] == 0);
  CHECK(std::isnan(values[1]));
  CHECK(values[2] == 1);

  testing::component<attribute> gpa({{"table", "users"}, {"column", "gpa"}, {"minimum", 0}, {"maximum", 3}, {"log", true}});
  CHECK(gpa.calculate(campus, situation) == std::vector<double>{1, -1, 0});  // ln 4, ln 1, ln 2
}

TEST_CASE("attribute refuses what it cannot scale") {
  using Attribute = testing::component<attribute>;
  CHECK_THROWS_WITH(Attribute({{"column", "x"}, {"minimum", 2}, {"maximum", 2}}), "minimum must be less than maximum");
  CHECK_THROWS_WITH(Attribute({{"column", "x"}, {"minimum", -1}, {"maximum", 2}, {"log", true}}),
                    "log needs a minimum above -1");
  testing::campus campus;
  campus.add("enrolments", {{"enrolment_id", 11}, {"user_id", 1}, {"course_id", 1}, {"status", "active"}});
  Attribute words({{"column", "status"}, {"minimum", 0}, {"maximum", 2}});
  CHECK_THROWS_WITH(words.calculate(campus, range_of(0, 10)), "the column 'status' holds no numbers");
}
