// SPDX-License-Identifier: @LICENCE@
#include "@NAME@.hpp"

#include <auspex/testing.hpp>

namespace {

using namespace auspex::testing;
using analyser = component<@PLUGIN@::@CLASS@>;
using keys = std::vector<std::vector<std::int64_t>>;

row enrolment(std::int64_t id, std::int64_t user, std::int64_t course, const row& more = {}) {
  row r{{"enrolment_id", id}, {"user_id", user}, {"course_id", course}, {"role", "student"}, {"status", "active"}};
  for (const auto& [column, v] : more) r[column] = v;
  return r;
}

}  // namespace

int main() {
  return run({
      {"every course, with the life it has",
       [] {
         campus c;
         c.course(100, 800, {{"sort_order", 7}}).course(300, {}, {}, 2);
         const auto all = analyser().analysables(c);
         expect(all.size() == 2);
         expect(all[0].key == 1 && all[0].start == 100 && all[0].end == 800 && all[0].order == 7);
         expect(all[1].key == 2 && all[1].start == 300 && all[1].end == auspex::no_time);
       }},
      {"each student once, suspended enrolments do not count",
       [] {
         campus c;
         c.add("enrolments", enrolment(21, 5, 1, {{"status", "suspended"}})).add("enrolments", enrolment(22, 5, 1));
         c.add("enrolments", enrolment(23, 5, 1)).add("enrolments", enrolment(24, 4, 1));
         c.add("enrolments", enrolment(25, 6, 1, {{"status", "suspended"}})).add("enrolments", enrolment(26, 7, 2));
         c.add("enrolments", enrolment(27, 8, 1, {{"role", "teacher"}}));
         expect(analyser().samples(c, {.key = 1}) == keys{{5, 1, 22}, {4, 1, 24}});
         expect(analyser().samples(c, {.key = 2}) == keys{{7, 2, 26}});
         expect(analyser().samples(c, {.key = 3}).empty());
       }},
      {"a suspension counts from when it is known",
       [] {
         campus c;
         c.add("enrolments", enrolment(21, 5, 1, {{"status", late("suspended", 500)}}));
         expect(analyser().samples(c, {.key = 1, .as_of = 499}) == keys{{5, 1, 21}});
         expect(analyser().samples(c, {.key = 1, .as_of = 500}).empty());
       }},
  });
}
