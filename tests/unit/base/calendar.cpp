#include "base/calendar.hpp"

#include <catch2/catch.hpp>

using auspex::Time;
using auspex::TimeZone;

// Every expected time is what PHP 8.2 answers (DateTimeImmutable::add and sub with P1W, P1M, ...).
TEST_CASE("calendar arithmetic keeps the wall clock", "[calendar]") {
  const struct {
    const char* zone;
    Time from;
    int months, days;
    Time to;
  } cases[] = {
      {"Europe/Madrid", 1571565600, 0, 7, 1572174000},          // a week with 169 hours
      {"Europe/Madrid", 1572174000, 0, -7, 1571565600},
      {"Europe/London", 1792891800, 0, 1, 1792978200},
      {"Europe/Madrid", 1553391000, 0, 7, 1553995800},          // 02:30 on 31 March 2019 does not exist: 03:30
      {"Europe/Madrid", 1554597000, 0, -7, 1553995800},
      {"America/New_York", 1772349300, 0, 7, 1772954100},
      {"Europe/Madrid", 1571531400, 0, 7, 1572136200},          // 02:30 on 27 October 2019 is twice: from summer the first
      {"Europe/Madrid", 1572744600, 0, -7, 1572139800},         // and from winter the second
      {"Australia/Lord_Howe", 1774709100, 0, 7, 1775313900},    // its summer time is half an hour
      {"Australia/Lord_Howe", 1775920500, 0, -7, 1775315700},
      {"UTC", 1548928800, 1, 0, 1551607200},                    // 31 January 2019 to 3 March
      {"UTC", 1554026400, -1, 0, 1551607200},                   // 31 March 2019 to 3 March
      {"UTC", 1585648800, -1, 0, 1583143200},                   // 31 March 2020 to 2 March
      {"UTC", 1577786400, 2, 0, 1583143200},                    // 31 December 2019 to 2 March
      {"UTC", 1582934400, 12, 0, 1614556800},                   // 29 February 2020 to 1 March
      {"Europe/London", 1769774400, 1, 0, 1772452800},          // 30 January 2026 to 2 March
  };
  for (const auto& one : cases) {
    INFO(one.zone << " " << one.from << " " << one.months << " months " << one.days << " days");
    CHECK(TimeZone::named(one.zone).add(one.from, one.months, one.days) == one.to);
  }
}

TEST_CASE("the day begins at its midnight", "[calendar]") {
  CHECK(TimeZone::utc().day_start(1571565600) == 1571529600);
  CHECK(TimeZone::named("Europe/Madrid").day_start(1572174000) == 1572127200);  // 27 October 2019, in summer time still
  CHECK(TimeZone::named("Europe/Madrid").day_start(1572127200) == 1572127200);
}
