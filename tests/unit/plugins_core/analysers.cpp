#include <catch2/catch.hpp>

#include "plugins/core/courses.hpp"
#include "plugins/core/users.hpp"
#include "unit/support/fake_campus.hpp"

namespace {

using namespace auspex::core;

using Samples = std::vector<std::vector<std::int64_t>>;

template <class C>
std::vector<std::int64_t> keys(fake::Component<C>& analyser, const fake::Campus& campus) {
  std::vector<std::int64_t> result;
  for (const auto& one : analyser.analysables(campus)) result.push_back(one.key);
  return result;
}

fake::Row account(std::int64_t id, const char* flag = "deleted", fake::Value value = false) {
  return {{"user_id", id}, {"created_at", 100 + id}, {flag, std::move(value)}};
}

}  // namespace

TEST_CASE("core/users leaves out who cannot log in, administrators and guests", "[core]") {
  fake::Campus campus;
  campus.add("users", account(1))
      .add("users", account(2, "deleted", true))
      .add("users", account(3, "suspended", true))
      .add("users", account(4, "confirmed", false))
      .add("users", account(5, "confirmed", true))
      .add("users", account(6, "administrator", true))
      .add("users", account(7, "guest", true));
  fake::Component<users> analyser, moodle(nlohmann::json::object(), "moodle 4.4");
  CHECK(keys(analyser, campus) == std::vector<std::int64_t>{1, 5});
  CHECK(analyser.analysables(campus)[0].start == 101);
  CHECK(analyser.analysables(campus)[0].end == AUSPEX_NO_TIME);
  CHECK(moodle.analysables(campus)[0].end == 9999999999);
  CHECK(analyser.samples(campus, {.course = 5}) == Samples{{5}});  // the key of the analysable
}

TEST_CASE("core/users: an account of unknown age has no start", "[core]") {
  fake::Campus campus;
  campus.add("users", {{"user_id", 1}, {"created_at", {}}}).add("users", account(2));
  fake::Component<users> analyser;
  CHECK(analyser.analysables(campus)[0].start == AUSPEX_NO_TIME);
}

TEST_CASE("core/courses: each course is its own one sample, in the source's order", "[core]") {
  fake::Campus campus;
  campus.add("courses", {{"course_id", 3}, {"start", 10}, {"end", 20}, {"sort_order", 7}})
      .add("courses", {{"course_id", 4}, {"start", 30}});
  fake::Component<courses> analyser;
  const auto all = analyser.analysables(campus);
  REQUIRE(all.size() == 2);
  CHECK((all[0].key == 3 && all[0].start == 10 && all[0].end == 20 && all[0].order == 7));
  CHECK((all[1].key == 4 && all[1].start == 30 && all[1].end == AUSPEX_NO_TIME && all[1].order == 0));
  CHECK(analyser.samples(campus, {.course = 4}) == Samples{{4}});
}

TEST_CASE("core/site_courses: when the site begins", "[core]") {
  const auto start = [](const fake::Campus& of, const char* compatibility) {
    fake::Component<site_courses> analyser(nlohmann::json::object(), compatibility);
    return analyser.analysables(of).at(0).start;
  };
  fake::Campus campus;
  campus.add("users", {{"administrator", false}, {"first_access", 35}, {"created_at", 40}})
      .add("users", {{"administrator", true}, {"first_access", 90}, {"created_at", 50}})
      .add("users", {{"administrator", true}, {"first_access", 80}, {"created_at", 60}});
  CHECK(start(campus, "") == 35);
  CHECK(start(campus, "moodle 4.4") == 80);
  // Moodle takes an administrator's unknown first access for 1970.
  campus.add("users", {{"administrator", true}, {"created_at", 30}});
  CHECK(start(campus, "") == 30);
  CHECK(start(campus, "moodle 4.4") == 0);
  fake::Campus nobody;
  nobody.add("users", {{"administrator", false}});
  CHECK(start(nobody, "") == AUSPEX_NO_TIME);
  CHECK(start(nobody, "moodle 4.4") == 9999999999);
}

TEST_CASE("core/site_courses: the samples are all courses in the source's order", "[core]") {
  fake::Campus campus;
  campus.add("courses", {{"course_id", 1}, {"sort_order", 30}})
      .add("courses", {{"course_id", 2}, {"sort_order", 10}})
      .add("courses", {{"course_id", 3}, {"sort_order", 10}});
  fake::Component<site_courses> analyser;
  CHECK(analyser.samples(campus, {.course = 0}) == Samples{{2}, {3}, {1}});
}
