// SPDX-License-Identifier: @LICENCE@
#include "@NAME@.hpp"

#include <auspex/testing.hpp>

namespace {

using @PLUGIN@::@CLASS@;
using namespace auspex::testing;
using auspex::day;

/// Three activities, due after 10, 20 and 30 days; one without a deadline.
campus course() {
  campus c;
  c.course(0, 100 * day);
  c.activity(1, "assign", 10 * day).activity(2, "quiz", 20 * day).activity(3, "assign", 30 * day).activity(4, "forum");
  return c;
}

/// The student hands in to an activity.
void submit(campus& c, std::int64_t user, std::int64_t activity, auspex::time at) {
  c.student(user).did("assessable_submitted", at, {{"activity_id", activity}});
}

}  // namespace

int main() {
  return run({
      {"one of three is late",
       [] {
         auto c = course();
         submit(c, 1, 1, 9 * day);
         submit(c, 1, 2, 20 * day);
         submit(c, 1, 3, 30 * day + 1);
         expect_equal(value_of<@CLASS@>(c, {0, 40 * day}), 1.0 / 3);
         expect_equal(value_of<@CLASS@>(c, {0, 40 * day}, {{"grace_hours", 1}}), 1);
       }},
      {"the range's end hides what comes later",
       [] {
         auto c = course();
         submit(c, 1, 1, 9 * day);
         submit(c, 1, 2, 25 * day);
         expect_equal(value_of<@CLASS@>(c, {0, 20 * day}), 1);
         expect_equal(value_of<@CLASS@>(c, {0, 25 * day}), 0);
         expect_equal(value_of<@CLASS@>(c, {9 * day, 25 * day}), -1);  // start < t
       }},
      {"the first submission counts",
       [] {
         auto c = course();
         submit(c, 1, 1, 9 * day);
         submit(c, 1, 1, 11 * day);
         expect_equal(value_of<@CLASS@>(c, {0, 40 * day}), 1);
       }},
      {"none where nothing has a deadline, each student alone",
       [] {
         auto c = course();
         submit(c, 1, 1, 11 * day);
         submit(c, 2, 4, 11 * day);
         c.student(3).did("course_viewed", 5 * day);
         expect_equal(values<@CLASS@>(c, {0, 40 * day}), {-1, auspex::none, auspex::none});
       }},
      {"names must not be empty",
       [] {
         expect_refusal([] { component<@CLASS@>({{"names", list()}}); }, "names: at least one is needed");
       }},
  });
}
