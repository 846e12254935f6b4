// SPDX-License-Identifier: @LICENCE@
#include "@NAME@.hpp"

#include <auspex/testing.hpp>

namespace {

using namespace auspex::testing;
using auspex::day;
using target = component<@PLUGIN@::@CLASS@>;

constexpr auto training = AUSPEX_FOR_TRAINING, prediction = AUSPEX_FOR_PREDICTION;

/// A course of 100 days and its students, asked at as_of.
situation asked(const campus& c, auspex::time as_of, std::int32_t purpose) {
  return {.start = 0, .end = 100 * day, .as_of = as_of, .purpose = purpose, .samples = c.students};
}

}  // namespace

int main() {
  return run({
      {"who is silent for the last two weeks",
       [] {
         campus c;
         c.student(1).did("course_viewed", 10 * day).did("course_viewed", 86 * day);  // in the second in which they begin
         c.student(2).did("course_viewed", 86 * day + 1);
         c.student(3).did("course_viewed", 50 * day).did("course_viewed", 101 * day);  // after the end
         c.student(4);
         const auto when = asked(c, 200 * day, training);
         expect_equal(target().label(c, when), {1, 0, 1, auspex::none});
         expect_equal(target({{"weeks", 3}}).label(c, when), {0, 0, 1, auspex::none});
       }},
      {"finished courses teach, running ones are predicted",
       [] {
         const auto reason = [](auspex::time as_of, std::int32_t purpose) {
           return target().check_analysable({}, asked({}, as_of, purpose));
         };
         expect_equal(reason(100 * day, training), "");
         expect_equal(reason(100 * day - 1, training), "course_not_yet_finished");
         expect_equal(reason(100 * day - 1, prediction), "");
         expect_equal(reason(100 * day, prediction), "course_already_finished");
         expect_equal(reason(-1, prediction), "course_not_yet_started");
         expect_equal(target({{"weeks", 20}}).check_analysable({}, asked({}, day, prediction)), "course_too_short");
         expect_equal(target().check_analysable({}, {.end = 100, .as_of = 50, .purpose = prediction}), "no_start_time");
       }},
      {"nothing is predicted for who is suspended",
       [] {
         campus c;
         c.student(1);
         c.student(2);
         c.tables["enrolments"][1]["status"] = "suspended";
         expect_equal(target().check_samples(c, asked(c, 50 * day, prediction)), {"", "enrolment_suspended"});
         expect_equal(target().check_samples(c, asked(c, 200 * day, training)), {"", ""});
       }},
  });
}
