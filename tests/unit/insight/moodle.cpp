// What Moodle does with a prediction and how it shows numbers.
#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "insight/display.hpp"
#include "insight/triggers.hpp"
#include "unit/support/moodle_cases.hpp"

using namespace auspex::insight;
using auspex::plugin::IndicatorInfo;
using auspex::plugin::TargetInfo;

namespace {

TargetInfo binary() {
  TargetInfo target;
  target.type = AUSPEX_TARGET_BINARY;
  target.classes = {0, 1};
  target.class_names = {"stays", "leaves"};
  target.ignored_classes = {0};
  target.score_limit = 0.6;
  return target;
}

TargetInfo linear() {
  TargetInfo target;
  target.type = AUSPEX_TARGET_LINEAR;
  target.minimum = 0;
  target.maximum = 10;
  return target;
}

IndicatorInfo indicator(int type, std::vector<double> classes = {}) { return {type, 0, 0, std::move(classes), false}; }

}  // namespace

TEST_CASE("a prediction triggers an insight where Moodle's does", "[insight]") {
  int compared = 0;
  for (const auto& one : moodle_cases("triggers_callback")) {
    INFO(one.at("name"));
    const auto& in = one.at("inputs");
    auto target = binary();
    target.score_limit = in.at("min_score").is_null() ? 0 : in.at("min_score").get<double>();
    target.ignored_classes = in.at("ignored_classes").get<std::vector<double>>();
    CHECK(triggers(target, in.at("prediction"), in.at("score")) == one.at("expected").get<bool>());
    ++compared;
  }
  CHECK(compared == 9);
}

TEST_CASE("a linear target's boundary is the least value of an insight", "[insight]") {
  auto target = linear();
  CHECK(triggers(target, 0, 1));
  target.boundary = 4;
  CHECK(triggers(target, 4, 1));
  CHECK_FALSE(triggers(target, 3.9999, 1));
  target.score_limit = 0.6;
  CHECK_FALSE(triggers(target, 10, 0.5999));
  target.minimum = -1;
  target.boundary = 0;  // for Moodle the same as none
  CHECK_FALSE(triggers(target, -0.5, 1));
}

TEST_CASE("numbers are shown and judged as in Moodle", "[insight]") {
  int compared = 0;
  for (const auto& one : moodle_cases("display")) {
    INFO(one.at("name"));
    const double value = one.at("inputs").at("value");
    const auto& expected = one.at("expected");
    if (one.at("inputs").value("type", "") == "linear") {
      const auto shown = indicator(AUSPEX_INDICATOR_LINEAR);
      CHECK(display_value(shown, value) == expected.at("display").get<std::string>());
      CHECK(int(outcome(shown, value)) == expected.at("outcome").get<int>());
    } else {
      CHECK(int(outcome(binary(), value)) == expected.at("outcome").get<int>());
    }
    ++compared;
  }
  CHECK(compared == 6);
}

TEST_CASE("percentages are rounded as PHP does", "[insight]") {
  const auto linear = indicator(AUSPEX_INDICATOR_LINEAR);
  CHECK(display_value(linear, -0.33) == "34%");  // 33.5
  CHECK(display_value(linear, -0.67) == "17%");  // 16.5, in binary a little less
  CHECK(display_value(linear, 0.33) == "67%");   // 66.5
  CHECK(display_value(linear, -0.98) == "1%");
}

TEST_CASE("indicators of two and of several values", "[insight]") {
  const auto binary = indicator(AUSPEX_INDICATOR_BINARY);
  CHECK(display_value(binary, -1) == "no");
  CHECK(display_value(binary, 1) == "yes");
  CHECK(outcome(binary, -1) == Outcome::negative);
  CHECK(outcome(binary, 1) == Outcome::ok);
  CHECK_THROWS_WITH(display_value(binary, 0.5), "error: the value 0.5 is none that the indicator can have");
  const auto discrete = indicator(AUSPEX_INDICATOR_DISCRETE, {-1, 0.25, 1});
  CHECK(display_value(discrete, 0.25) == "0.25");
  CHECK(outcome(discrete, -1) == Outcome::neutral);
  CHECK_THROWS_AS(outcome(discrete, 0.5), auspex::Error);
}

TEST_CASE("predictions of classes and of numbers", "[insight]") {
  CHECK(display_value(binary(), 1) == "leaves");
  CHECK_THROWS_WITH(display_value(binary(), 2), "error: the prediction 2 is none of the target's classes");
  auto both = binary();
  both.ignored_classes = {1};
  CHECK(outcome(both, 1) == Outcome::very_positive);
  CHECK(outcome(both, 0) == Outcome::very_positive);
  auto three = binary();
  three.type = AUSPEX_TARGET_MULTICLASS;
  three.classes.push_back(2);
  three.class_names.emplace_back("returns");
  CHECK(display_value(three, 2) == "returns");
  CHECK(outcome(three, 2) == Outcome::ok);
  CHECK(display_value(linear(), 4.5) == "4.5");
  CHECK(outcome(linear(), 4.99) == Outcome::very_negative);
  CHECK(outcome(linear(), 5) == Outcome::very_positive);
}
