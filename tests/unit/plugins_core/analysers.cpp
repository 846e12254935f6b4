#include <auspex/testing.hpp>
#include <catch2/catch.hpp>

#include "plugins/core/courses.hpp"
#include "plugins/core/users.hpp"

namespace testing = auspex::testing;

namespace {

using namespace auspex::core;

using Samples = std::vector<std::vector<std::int64_t>>;

template <class C>
std::vector<std::int64_t> keys(testing::component<C>& analyser, const testing::campus& campus) {
  std::vector<std::int64_t> result;
  for (const auto& one : analyser.analysables(campus)) result.push_back(one.key);
  return result;
}

testing::row account(std::int64_t id, const char* flag = "deleted", testing::value value = false) {
  return {{"user_id", id}, {"created_at", 100 + id}, {flag, std::move(value)}};
}

}  // namespace

TEST_CASE("core/users leaves out who cannot log in, administrators and guests", "[core]") {
  testing::campus campus;
  campus.add("users", account(1))
      .add("users", account(2, "deleted", true))
      .add("users", account(3, "suspended", true))
      .add("users", account(4, "confirmed", false))
      .add("users", account(5, "confirmed", true))
      .add("users", account(6, "administrator", true))
      .add("users", account(7, "guest", true));
  testing::component<users> analyser, moodle({}, "moodle 4.4");
  CHECK(keys(analyser, campus) == std::vector<std::int64_t>{1, 5});
  CHECK(analyser.analysables(campus)[0].start == 101);
  CHECK(analyser.analysables(campus)[0].end == AUSPEX_NO_TIME);
  CHECK(moodle.analysables(campus)[0].end == 9999999999);
  CHECK(analyser.samples(campus, {.key = 5}) == Samples{{5}});  // the key of the analysable
}

TEST_CASE("core/users: an account of unknown age has no start", "[core]") {
  testing::campus campus;
  campus.add("users", {{"user_id", 1}, {"created_at", {}}}).add("users", account(2));
  testing::component<users> analyser;
  CHECK(analyser.analysables(campus)[0].start == AUSPEX_NO_TIME);
}

TEST_CASE("core/courses: each course is its own one sample, in the source's order", "[core]") {
  testing::campus campus;
  campus.add("courses", {{"course_id", 3}, {"start", 10}, {"end", 20}, {"sort_order", 7}})
      .add("courses", {{"course_id", 4}, {"start", 30}});
  testing::component<courses> analyser;
  const auto all = analyser.analysables(campus);
  REQUIRE(all.size() == 2);
  CHECK((all[0].key == 3 && all[0].start == 10 && all[0].end == 20 && all[0].order == 7));
  CHECK((all[1].key == 4 && all[1].start == 30 && all[1].end == AUSPEX_NO_TIME && all[1].order == 0));
  CHECK(analyser.samples(campus, {.key = 4}) == Samples{{4}});
}

TEST_CASE("core/site_courses: when the site begins", "[core]") {
  const auto start = [](const testing::campus& of, const char* compatibility) {
    testing::component<site_courses> analyser({}, compatibility);
    return analyser.analysables(of).at(0).start;
  };
  testing::campus campus;
  campus.add("users", {{"administrator", false}, {"first_access", 35}, {"created_at", 40}})
      .add("users", {{"administrator", true}, {"first_access", 90}, {"created_at", 50}})
      .add("users", {{"administrator", true}, {"first_access", 80}, {"created_at", 60}});
  CHECK(start(campus, "") == 35);
  CHECK(start(campus, "moodle 4.4") == 80);
  // Moodle takes an administrator's unknown first access for 1970.
  campus.add("users", {{"administrator", true}, {"created_at", 30}});
  CHECK(start(campus, "") == 30);
  CHECK(start(campus, "moodle 4.4") == 0);
  testing::campus nobody;
  nobody.add("users", {{"administrator", false}});
  CHECK(start(nobody, "") == AUSPEX_NO_TIME);
  CHECK(start(nobody, "moodle 4.4") == 9999999999);
}

TEST_CASE("core/site_courses: the samples are all courses in the source's order", "[core]") {
  testing::campus campus;
  campus.add("courses", {{"course_id", 1}, {"sort_order", 30}})
      .add("courses", {{"course_id", 2}, {"sort_order", 10}})
      .add("courses", {{"course_id", 3}, {"sort_order", 10}});
  testing::component<site_courses> analyser;
  CHECK(analyser.samples(campus, {.key = 0}) == Samples{{2}, {3}, {1}});
}
