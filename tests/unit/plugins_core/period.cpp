#include <auspex/period.hpp>

#include <catch2/catch.hpp>

#include "plugin/host.hpp"

using auspex::period;

// Every expected time is what PHP 8.2 answers.
TEST_CASE("periods move the wall clock by their days, the time by their hours", "[period]") {
  auspex::detail::host = auspex::plugin::host_services();
  const struct {
    const char* zone;
    std::int64_t from;
    const char* text;
    std::int64_t after;   // 0: not asked
    std::int64_t before;
  } cases[] = {
      {"Europe/Madrid", 1572120000, "PT24H", 1572206400, 0},
      {"Europe/Madrid", 1572120000, "P1D", 1572210000, 0},
      {"Europe/Madrid", 1572120000, "P1DT4H", 1572224400, 0},
      {"Europe/Madrid", 1572224400, "P1DT4H", 0, 1572123600},
      {"Europe/Madrid", 1553985000, "PT3H30M", 1553997600, 0},
      {"UTC", 1548928800, "P1M", 1551607200, 0},
      {"UTC", 1554026400, "P1M", 0, 1551607200},
      {"UTC", 1548928800, "P1Y2M3W4DT5H6M7S", 1587827167, 0},
      {"UTC", 1554026400, "P1Y2M3W4DT5H6M7S", 0, 1515214433},
  };
  for (const auto& one : cases) {
    INFO(one.zone << " " << one.from << " " << one.text);
    auspex::plugin::set_timezone(one.zone);
    const period p(one.text);
    if (one.after != 0) CHECK(one.from + p == one.after);
    if (one.before != 0) CHECK(one.from - p == one.before);
  }
  auspex::plugin::set_timezone("UTC");
}

TEST_CASE("periods that are none are refused, with why", "[period]") {
  const std::string order =
      "does not belong there; the order is years Y, months M, weeks W, days D, then T, hours H, minutes M, seconds S";
  const std::pair<const char*, std::string> cases[] = {
      {"", "it begins with P"},
      {"2W", "it begins with P"},
      {"p2w", "it begins with P"},
      {"P", "it has no length"},
      {"P0D", "it has no length"},
      {"PT", "a whole number belongs before 'T'"},
      {"P1DT", "a whole number belongs before 'T'"},
      {"PW", "a whole number belongs before 'W'"},
      {"P-1D", "a whole number belongs before '-1D'"},
      {"P2", "a unit belongs after its last number"},
      {"P2w", "'w' " + order},
      {"P4H", "'H' " + order},
      {"P1.5D", "'.' " + order},
      {"P1D2W", "'W' " + order},
      {"P1D1D", "'D' " + order},
      {"PT4H2D", "'D' " + order},
      {"P1001Y", "it is longer than 1000 years"},
      {"P400000D", "it is longer than 1000 years"},
      {"P99999999999999999999D", "it is longer than 1000 years"},
  };
  for (const auto& [text, why] : cases) {
    CHECK_THROWS_WITH(period(text), "'" + std::string(text) + "' is not a period such as P2W, P1M or PT4H: " + why);
  }
  CHECK_THROWS_WITH(auspex::period_of("length", "week"),
                    "length: 'week' is not a period such as P2W, P1M or PT4H: it begins with P");
  for (const auto* text : {"P1Y", "P2M", "P3W", "P4D", "PT5H", "PT6M", "PT7S", "P1Y2M3W4DT5H6M7S", "P0M1D", "P1000Y",
                           "PT31536000S"}) {
    CHECK_NOTHROW(period(text));
  }
}

TEST_CASE("periods compare where no month and no clock can change it", "[period]") {
  const auto shorter = [](const char* a, const char* b) { return period(a).shorter_than(period(b)); };
  CHECK(shorter("PT4H", "P2D"));
  CHECK(shorter("P1D", "P2D"));
  CHECK(shorter("PT1S", "PT2S"));
  CHECK(shorter("P1D", "P1DT4H"));
  CHECK(shorter("P1MT1H", "P1MT2H"));
  CHECK(shorter("P1W", "P1M"));
  CHECK(shorter("P1M", "P2M"));
  CHECK(shorter("P11M", "P1Y"));
  CHECK_FALSE(shorter("P1D", "PT25H"));
  CHECK_FALSE(shorter("P30D", "P1M"));
  CHECK_FALSE(shorter("P1M", "P31D"));
  CHECK_FALSE(shorter("P1W", "P7D"));
  CHECK_FALSE(shorter("P2W", "P1W"));
}
