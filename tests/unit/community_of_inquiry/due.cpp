// When activities are due: by default, and with Moodle's defects under compatibility.
#include <catch2/catch.hpp>

#include "framework/plugin/host.hpp"
#include "unit/community_of_inquiry/modules.hpp"

namespace {

using namespace coi;

/// Whether the one activity is due in start < t <= end.
bool due(Course course, std::int64_t start, std::int64_t end, const std::string& compatibility = {}) {
  course.situation.range_start = start;
  course.situation.range_end = end;
  course.student(1);
  return !std::isnan(course.value("page/cognitive_depth", compatibility));
}

Course page(const testing::row& more) {
  Course course;
  course.activity(1, "page", more);
  return course;
}

std::string date(const std::string& direction, int at) {
  return R"({"type":"date","d":")" + direction + R"(","t":)" + std::to_string(at) + "}";
}
std::string tree(const std::string& op, const std::string& children) { return R"({"op":")" + op + R"(","c":[)" + children + "]}"; }
Course restricted(const std::string& json) { return page({{"availability", json.c_str()}}); }

}  // namespace

TEST_CASE("a close date decides alone", "[coi]") {
  const auto restrictions = tree("&", date("<", 10));
  const auto course = page({{"close", 50}, {"availability", restrictions.c_str()}});
  for (const auto* compatibility : {"", "4.4"}) {
    CHECK(due(course, 49, 50, compatibility));
    CHECK_FALSE(due(course, 50, 60, compatibility));
    CHECK_FALSE(due(course, 40, 49, compatibility));
    CHECK_FALSE(due(course, 0, 20, compatibility));
  }
}

TEST_CASE("one date condition means the same by default and in Moodle, but in the second of the border", "[coi]") {
  const auto from = restricted(tree("&", date(">=", 60)));
  const auto until = restricted(tree("&", date("<", 60)));
  for (const auto* compatibility : {"", "4.4"}) {
    CHECK_FALSE(due(from, 1, 59, compatibility));
    CHECK(due(from, 1, 100, compatibility));  // begun, and then the section decides: its end is at 100
    CHECK_FALSE(due(from, 1, 90, compatibility));
    CHECK(due(until, 1, 61, compatibility));
    CHECK_FALSE(due(until, 1, 59, compatibility));
    CHECK_FALSE(due(until, 61, 100, compatibility));
  }
  CHECK(due(until, 1, 60));
  CHECK_FALSE(due(until, 1, 60, moodle));  // undecided, and the section's end is later
  CHECK_FALSE(due(until, 60, 100));
  CHECK(due(until, 60, 100, moodle));      // undecided, and the section's end is then
}

TEST_CASE("operators and nesting of date conditions count, Moodle takes the first that decides", "[coi]") {
  const auto either = restricted(tree("|", date("<", 30) + "," + date("<", 60)));
  CHECK(due(either, 50, 70));
  CHECK_FALSE(due(either, 20, 40));
  CHECK(due(either, 20, 40, moodle));
  CHECK_FALSE(due(either, 50, 70, moodle));

  const auto negated = restricted(tree("!&", tree("&", date(">=", 60))));
  CHECK(due(negated, 50, 70));
  CHECK_FALSE(due(negated, 70, 100));
  CHECK_FALSE(due(negated, 50, 70, moodle));  // begun within the range, and the section decides
  CHECK(due(negated, 70, 100, moodle));

  const auto never = restricted(tree("&", date(">=", 60) + "," + date("<", 30)));
  CHECK_FALSE(due(never, 1, 100));
  CHECK(due(never, 20, 70, moodle));
}

TEST_CASE("the restrictions of the section hold as well, Moodle looks at them where those of the activity do not decide", "[coi]") {
  const auto inner = tree("&", date("<", 60)), outer = tree("&", date("<", 30)), begun = tree("&", date(">=", 10));
  const auto both = page({{"availability", inner.c_str()}, {"section_availability", outer.c_str()}});
  CHECK(due(both, 20, 40));
  CHECK_FALSE(due(both, 50, 70));
  CHECK_FALSE(due(both, 20, 40, moodle));
  CHECK(due(both, 50, 70, moodle));
  const auto of_section = page({{"availability", begun.c_str()}, {"section_availability", outer.c_str()}});
  for (const auto* compatibility : {"", "4.4"}) {
    CHECK(due(of_section, 20, 40, compatibility));
    CHECK_FALSE(due(of_section, 40, 100, compatibility));
  }
}

TEST_CASE("a restriction that is no JSON is an error", "[coi]") {
  CHECK_THROWS_WITH(due(restricted("soon"), 1, 100), Catch::Contains("'soon' is not Moodle's availability JSON"));
}

TEST_CASE("hidden activities are not due, in Moodle they are", "[coi]") {
  for (const auto* column : {"visible", "section_visible"}) {
    const auto course = page({{column, false}});
    CHECK_FALSE(due(course, 1, 100));
    CHECK(due(course, 1, 100, moodle));
  }
}

TEST_CASE("weekly format: by the section's week in the time zone, Moodle's ends two hours early and has section 0 in it", "[coi]") {
  testing::host::get().serve(auspex::plugin::host_services());
  auspex::plugin::set_timezone("Europe/London");
  // 2026-10-22T23:00Z is midnight there; the clocks go back on 25 October, so that the first week has an hour more.
  const std::int64_t start = 1792710000, first_week = start + 7 * 86400 + 3600;
  const auto weekly = [&](std::int64_t section) {
    auto course = page({{"section", section}});
    course.set("format", "weeks").set("start", start).set("end", missing);
    return course;
  };
  CHECK(due(weekly(1), start, first_week));
  CHECK_FALSE(due(weekly(1), start, first_week - 1));
  CHECK(due(weekly(1), start, first_week - 7200, moodle));
  CHECK_FALSE(due(weekly(1), start, first_week - 7201, moodle));
  CHECK(due(weekly(2), first_week, first_week + 7 * 86400));
  CHECK_FALSE(due(weekly(0), start, start + 100 * 86400));
  CHECK(due(weekly(0), start, first_week, moodle));
  auspex::plugin::set_timezone("UTC");
  testing::host::get().serve(nullptr);
  CHECK_FALSE(due(weekly(1), start, first_week - 3601));
  CHECK(due(weekly(1), start, first_week - 3600));
}

TEST_CASE("other formats: by the section's share of the course", "[coi]") {
  // 10 seconds in 4 sections: 2.5 is rounded to 3, so that they end at 3, 6, 9 and 12.
  Course course = page({{"section", 2}});
  course.set("start", 100).set("end", 110).set("section_count", 4);
  for (const auto* compatibility : {"", "4.4"}) {
    CHECK(due(course, 105, 106, compatibility));
    CHECK_FALSE(due(course, 100, 105, compatibility));
    CHECK_FALSE(due(course, 106, 110, compatibility));
  }
}

TEST_CASE("what has no date of its own: section 0 never, no course end never, no sections always", "[coi]") {
  Course general = page({{"section", 0}}), endless = page({}), plain = page({});
  endless.set("end", missing);
  plain.set("format", "singleactivity").set("uses_sections", false);
  Course social = page({{"section", 0}});
  social.set("format", "social").set("uses_sections", false);
  for (const auto* compatibility : {"", "4.4"}) {
    CHECK_FALSE(due(general, 0, 1000, compatibility));
    CHECK_FALSE(due(endless, 0, 1000, compatibility));
    CHECK(due(plain, 500, 501, compatibility));
    CHECK_FALSE(due(social, 0, 1000, compatibility));
  }
}
