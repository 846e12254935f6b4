#include <auspex/scale.hpp>

#include <catch2/catch.hpp>

#include "unit/support/moodle_cases.hpp"

TEST_CASE("classify gives Moodle's values") {
  const std::map<std::string, auspex::comparison> comparisons{
      {"eq", auspex::comparison::equal}, {"ne", auspex::comparison::not_equal}, {"lt", auspex::comparison::less},
      {"le", auspex::comparison::at_most}, {"gt", auspex::comparison::more}, {"ge", auspex::comparison::at_least}};
  int compared = 0;
  for (const auto& one : moodle_cases("classify_value")) {
    INFO(one.at("name"));
    ++compared;
    std::vector<auspex::rule> rules;
    for (const auto& r : one.at("inputs").at("ranges")) rules.push_back({comparisons.at(r[0]), r[1]});
    const double value = one.at("inputs").at("value");
    if (one.at("expected").is_object()) {
      CHECK_THROWS_AS(auspex::classify(value, rules), std::invalid_argument);
    } else {
      CHECK(auspex::classify(value, rules) == one.at("expected").get<double>());
    }
  }
  CHECK(compared == 9);
  CHECK_THROWS_WITH(auspex::classify(1, {{auspex::comparison::equal, 1}}), "classify: at least two rules are needed");
}

TEST_CASE("weeks are counted as Moodle does") {
  for (const auto& one : moodle_cases("weeks_number")) {
    INFO(one.at("name"));
    const std::int64_t start = one.at("inputs").at("start"), end = one.at("inputs").at("end");
    if (one.at("expected").is_object()) {
      CHECK_THROWS_AS(auspex::weeks_between(start, end), std::invalid_argument);
    } else {
      CHECK(auspex::weeks_between(start, end) == Approx(one.at("expected").get<double>()).epsilon(1e-12));
    }
  }
}

TEST_CASE("values are limited as Moodle does") {
  int compared = 0;
  for (const auto& one : moodle_cases("limit_value")) {
    INFO(one.at("name"));
    CHECK(auspex::into_unit(one.at("inputs").at("value")) == one.at("expected").get<double>());
    ++compared;
  }
  CHECK(compared == 2);
  CHECK(auspex::into_unit(1.5) == 1);
  CHECK(auspex::into_unit(-0.25) == -0.25);
}

TEST_CASE("maps into [-1, 1]") {
  CHECK(auspex::linear(30, 30, 360) == -1);
  CHECK(auspex::linear(195, 30, 360) == 0);
  CHECK(auspex::linear(1000, 30, 360) == 1);
  CHECK(auspex::linear(0, 30, 360) == -1);
  CHECK(auspex::saturating(0, 5) == -1);
  CHECK(auspex::saturating(5, 5) == 0);
  CHECK(auspex::saturating(15, 5) == 0.5);
  CHECK(auspex::logarithmic(0, 8) == -1);
  CHECK(auspex::logarithmic(2, 8) == Approx(0).margin(1e-15));  // ln 3 is half of ln 9
  CHECK(auspex::logarithmic(100, 8) == 1);
  CHECK(auspex::relative(0, 0) == 0);
  CHECK(auspex::relative(0, 3) == -1);
  CHECK(auspex::relative(3, 1) == 0.5);
}

TEST_CASE("median") {
  const auto median = [](std::vector<double> values) { return auspex::median(values); };
  CHECK(std::isnan(median({})));
  CHECK(median({5}) == 5);
  CHECK(median({3, 1}) == 2);
  CHECK(median({9, 1, 2}) == 2);
  CHECK(median({10, 1, 3, 2}) == 2.5);
}
