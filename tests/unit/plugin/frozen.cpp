// A plugin that was built for ABI 1.0 and is never built again: it loads, and gives the values that it always gave.
#include <catch2/catch.hpp>

#include <cmath>
#include <filesystem>

#include "base/files.hpp"
#include "plugin/registry.hpp"

using namespace auspex;
using namespace auspex::plugin;

namespace {

constexpr Time morning = 1'710'052'200;   // 2024-03-10 06:30 UTC
constexpr Time midnight = 1'710'115'200;  // of the day after

Registry frozen() {
  Options options;
  options.places = {{std::filesystem::path(AUSPEX_SOURCE_DIR) / "tests/abi/frozen", "--plugin-dir"}};
  options.probe_program = AUSPEX_PROBE;
  options.timezone = "UTC";
  return Registry::load(options);
}

}  // namespace

TEST_CASE("a binary of ABI 1.0 loads and gives its values", "[plugin][frozen]") {
  if (std::string_view(AUSPEX_MACHINE) != "x86_64") {
    WARN("skipped: the frozen binary is for x86-64, this machine is " AUSPEX_MACHINE);
    return;
  }
  const auto registry = frozen();
  REQUIRE(registry.refused().empty());
  REQUIRE(registry.plugins().size() == 1);
  CHECK(registry.plugins()[0].abi_major == 1);
  CHECK(registry.plugins()[0].abi_minor == 0);
  CHECK(std::filesystem::file_size(registry.plugins()[0].file) < 20'000);

  const auspex_analysable course{sizeof course, AUSPEX_UNIT_COURSE, 3, morning, AUSPEX_NO_TIME, 0};
  const std::int64_t begin[] = {0, 0, 2}, end[] = {0, 2, 22}, users[] = {4, 5, 0}, listed[] = {0}, listed_end[] = {3},
                     ids[] = {7, 8, 9};
  const auspex_column user{sizeof user, AUSPEX_TYPE_ID, {"user_id", 7}, 3, users, nullptr, nullptr, 0};
  const auspex_column columns[] = {user, {sizeof user, AUSPEX_TYPE_ID, {"enrolment_id", 12}, 3, ids, nullptr, nullptr, 0}};
  auspex_rows rows{sizeof rows, AUSPEX_SCOPE_SAMPLE, 1, columns, begin, end};
  auspex_frame frame{};
  frame.struct_size = sizeof frame;
  frame.analysable = &course;
  frame.start = morning;
  frame.end = midnight;
  frame.sample_count = 3;
  frame.entities = &user;
  frame.entity_count = 1;
  frame.reads = &rows;
  frame.read_count = 1;

  // -1 + 0.25 for each of 0, 2 and 20 rows, at most 1; none without rows.
  auto indicator = registry.indicator("frozen/events");
  std::vector<double> values(3);
  indicator.calculate(frame, values);
  CHECK(std::isnan(values[0]));
  CHECK(values[1] == -0.5);
  CHECK(values[2] == 1);
  CHECK(indicator.reads().at(0).conditions.at(0).values == std::vector<std::string>{"r"});

  auto target = registry.target("frozen/even");
  std::vector<std::int32_t> codes(3);
  target.check_samples(frame, codes);
  CHECK(codes == std::vector<std::int32_t>{0, 0, 1});
  target.label(frame, values);
  CHECK(values == std::vector<double>{1, 0, 1});
  CHECK(target.info().score_limit == 0.7);

  const auto split = registry.time_splitter("frozen/first_day").ranges(morning, midnight + 100, midnight);
  REQUIRE(split.ranges.size() == 2);
  CHECK(split.ranges[0].end == midnight);
  CHECK(split.ranges[1].name == "rest");
  CHECK(registry.time_splitter("frozen/first_day").ranges(morning, no_time, midnight).reason.id == "no_calendar_day");

  rows = {sizeof rows, AUSPEX_SCOPE_ANALYSABLE, 2, columns, listed, listed_end};
  auto analyser = registry.analyser("frozen/courses");
  std::vector<std::int64_t> keys;
  analyser.analysables(frame, [&](const auspex_analysable& one) { keys.push_back(one.key); });
  CHECK(keys == std::vector<std::int64_t>{4, 5, 0});
  keys.clear();
  analyser.samples(frame,
                   [&](std::span<const std::int64_t> sample) { keys.insert(keys.end(), sample.begin(), sample.end()); });
  CHECK(keys == std::vector<std::int64_t>{4, 7, 5, 8, 0, 9});

  auto backend = registry.backend("frozen/share");
  const float features[] = {1, 2, 3, 4};
  const double labels[] = {1, 0, 1, 1};
  const auspex_str name{"x", 1};
  const auspex_matrix matrix{sizeof matrix, 1, 4, 1, features, &name, labels, nullptr, nullptr, 2, 1};
  std::vector<double> out(8);
  backend.predict(backend.train(matrix), matrix, out);
  CHECK(out[6] == 0.25);
  CHECK(out[7] == 0.75);
}
