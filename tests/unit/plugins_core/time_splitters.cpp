#include "plugins/core/time_splitters.hpp"

#include <catch2/catch.hpp>

#include "unit/support/fake_campus.hpp"
#include "unit/support/moodle_cases.hpp"

namespace {

using Split = std::variant<std::vector<auspex::range>, fake::Reason>;

Split split_by(const std::string& method, std::int64_t start, std::int64_t end) {
  using namespace auspex::core;
  if (method == "single_range") return fake::Component<single_range>().ranges(start, end);
  if (method == "quarters") return fake::Component<quarters>().ranges(start, end);
  if (method == "quarters_accum") return fake::Component<quarters_accum>().ranges(start, end);
  if (method == "deciles") return fake::Component<deciles>().ranges(start, end);
  if (method == "deciles_accum") return fake::Component<deciles_accum>().ranges(start, end);
  throw std::invalid_argument(method);
}

std::vector<auspex::range> ranges_of(const Split& split) { return std::get<std::vector<auspex::range>>(split); }
fake::Reason reason_of(const Split& split) { return std::get<fake::Reason>(split); }

}  // namespace

TEST_CASE("the splitters of equal parts give Moodle's ranges") {
  int compared = 0;
  for (const auto& one : moodle_cases("time_splitting")) {
    const std::string method = one.at("inputs").at("method");
    const std::int64_t start = one.at("inputs").at("start"), end = one.at("inputs").at("end");
    if (method != "single_range" && method.rfind("quarters", 0) != 0 && method.rfind("deciles", 0) != 0) continue;
    INFO(one.at("name"));
    if (method != "single_range" && end <= start) {
      CHECK(reason_of(split_by(method, start, end)).id == "end_not_after_start");  // Moodle: ranges that run backwards
      continue;
    }
    const auto ranges = ranges_of(split_by(method, start, end));
    const auto& expected = one.at("expected").at("ranges");
    REQUIRE(ranges.size() == expected.size());
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      CHECK(ranges[i].start == expected[i].at("start").get<std::int64_t>());
      CHECK(ranges[i].end == expected[i].at("end").get<std::int64_t>());
      CHECK(ranges[i].predict_at == expected[i].at("time").get<std::int64_t>());
      CHECK(ranges[i].for_training);
      CHECK(ranges[i].name.empty());
    }
    ++compared;
  }
  CHECK(compared >= 15);
}

TEST_CASE("parts as short as their number do not share their border, shorter ones do") {
  const auto borders = [](std::int64_t length) {
    std::vector<std::pair<std::int64_t, std::int64_t>> result;
    for (const auto& r : ranges_of(split_by("quarters", 0, length))) result.emplace_back(r.start, r.end);
    return result;
  };
  using B = std::vector<std::pair<std::int64_t, std::int64_t>>;
  CHECK(borders(10) == B{{0, 2}, {2, 5}, {5, 7}, {7, 10}});
  CHECK(borders(15) == B{{0, 3}, {3, 7}, {7, 11}, {11, 15}});
  CHECK(borders(16) == B{{0, 4}, {5, 8}, {9, 12}, {13, 16}});
}

TEST_CASE("a life without start or end is not split") {
  for (const auto* method : {"single_range", "quarters", "quarters_accum", "deciles", "deciles_accum"}) {
    INFO(method);
    CHECK(reason_of(split_by(method, AUSPEX_NO_TIME, 100)).id == "no_start_time");
    CHECK(reason_of(split_by(method, 100, AUSPEX_NO_TIME)).id == "no_end_time");
  }
  const auto reason = reason_of(split_by("deciles", 100, 100));
  CHECK(reason.id == "end_not_after_start");
  CHECK(reason.arguments == std::map<std::string, std::string>{{"start", "100"}, {"end", "100"}});
}

TEST_CASE("under compatibility a single range takes times of 0 as they come") {
  const auto ranges = ranges_of(fake::Component<auspex::core::single_range>({}, "4.4").ranges(1568203200, AUSPEX_NO_TIME));
  REQUIRE(ranges.size() == 1);
  CHECK(ranges[0].start == 1568203200);
  CHECK(ranges[0].end == 0);
}

TEST_CASE("checkpoints are cumulative and named by their fraction") {
  fake::Component<auspex::core::checkpoints> checkpoints(nlohmann::json{{"fractions", {0.1, 0.25, 0.333, 1}}});
  const auto ranges = ranges_of(checkpoints.ranges(1000, 2003));  // 1003 s: 100.3, 250.75, 333.999, 1003
  REQUIRE(ranges.size() == 4);
  const std::vector<std::int64_t> ends{1100, 1250, 1333, 2003};
  const std::vector<std::string> names{"0.1", "0.25", "0.333", "1"};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(ranges[i].start == 1000);
    CHECK(ranges[i].end == ends[i]);
    CHECK(ranges[i].predict_at == ends[i]);
    CHECK(ranges[i].name == names[i]);
  }
  CHECK(reason_of(checkpoints.ranges(AUSPEX_NO_TIME, 1)).id == "no_start_time");
  CHECK(reason_of(checkpoints.ranges(1, AUSPEX_NO_TIME)).id == "no_end_time");
  CHECK(reason_of(checkpoints.ranges(2, 1)).id == "end_not_after_start");
}

TEST_CASE("checkpoints refuse fractions that do not ascend within (0, 1]") {
  const auto checkpoints_at = [](const std::vector<double>& fractions) {
    fake::Component<auspex::core::checkpoints> refused(nlohmann::json{{"fractions", fractions}});
  };
  CHECK_THROWS_WITH(checkpoints_at({0.4, 0.2}), "fractions: 0.2 comes after 0.4; they must ascend");
  CHECK_THROWS_WITH(checkpoints_at({0.4, 0.4}), "fractions: 0.4 comes after 0.4; they must ascend");
  CHECK_THROWS_WITH(checkpoints_at({0.0}), "fractions: 0 is not above 0 and at most 1");
  CHECK_THROWS_WITH(checkpoints_at({0.5, 1.5}), "fractions: 1.5 is not above 0 and at most 1");
  CHECK_THROWS_WITH(checkpoints_at({}), "fractions: at least one is needed");
}
