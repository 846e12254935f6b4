#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>

#include "analysis/remembered.hpp"
#include "base/error.hpp"

using namespace auspex;
using namespace auspex::analysis;

namespace {

// A course of `samples` students, two ranges, two indicators: one of few values, none among them, and one of many.
UnitResult unit(const std::string& id, std::size_t samples) {
  UnitResult result;
  result.analysable = {id, id, 100, 900};
  auto& training = result.purposes.emplace_back();
  training.purpose = Purpose::training;
  for (std::int32_t r = 0; r < 2; ++r) {
    auto& range = training.ranges.emplace_back();
    range.index = r;
    range.range.start = 100;
    range.range.end = 500 + 100 * r;
    range.values.resize(2);
    for (std::size_t i = 0; i < samples; ++i) {
      if (r == 0) result.samples.push_back({id + "/" + std::to_string(i), std::int64_t(i)});
      range.samples.push_back(i);
      range.enrolled.push_back(1);
      range.values[0].push_back(i % 3 == 0 ? std::nan("") : i % 3 == 1 ? -0.0 : 1.0);
      range.values[1].push_back(double(i) / double(samples) - 0.5 + r * 1e-9);
    }
  }
  return result;
}

UnitResult without_values(UnitResult result) {
  for (auto& range : result.purposes[0].ranges) range.values.clear();
  return result;
}

void check_same(const UnitResult& a, const UnitResult& b) {
  for (std::size_t r = 0; r < a.purposes[0].ranges.size(); ++r) {
    const auto& one = a.purposes[0].ranges[r].values;
    const auto& two = b.purposes[0].ranges[r].values;
    REQUIRE(one.size() == two.size());
    for (std::size_t i = 0; i < one.size(); ++i) {
      REQUIRE(one[i].size() == two[i].size());
      CHECK(std::memcmp(one[i].data(), two[i].data(), one[i].size() * sizeof(double)) == 0);
    }
  }
}

}  // namespace

TEST_CASE("values come back bit by bit", "[remembered]") {
  const auto small = unit("small", 7), edge = unit("edge", 255), large = unit("large", 300), nobody = unit("nobody", 0);
  ValuesWriter writer("{\"key\": 1}", 1000);
  for (const auto* each : {&small, &edge, &large, &nobody}) writer.add(*each);
  const RememberedValues remembered(writer.bytes(), 2000);
  CHECK(remembered.key() == "{\"key\": 1}");
  for (const auto* each : {&small, &edge, &large, &nobody}) {
    auto bare = without_values(*each);
    REQUIRE(remembered.has(bare));
    remembered.fill(bare);
    check_same(bare, *each);
  }
  // The indicator of three values takes a byte a value.
  CHECK(writer.bytes().size() < 2 * (7 + 255 + 300) * (sizeof(double) + 1) + 4 * 300);
}

TEST_CASE("values are those of the same ranges and samples only", "[remembered]") {
  const auto course = unit("course", 5);
  ValuesWriter writer("", 1000);
  writer.add(course);
  const RememberedValues remembered(writer.bytes(), 2000);
  REQUIRE(remembered.has(without_values(course)));
  const auto lacks = [&](auto change) {
    auto other = without_values(course);
    change(other);
    return !remembered.has(other);
  };
  CHECK(lacks([](auto& u) { u.analysable.id = "other"; }));
  CHECK(lacks([](auto& u) { u.analysable.end = 901; }));
  CHECK(lacks([](auto& u) { u.samples[4].id = "late"; }));
  CHECK(lacks([](auto& u) { std::swap(u.samples[0], u.samples[1]); }));
  CHECK(lacks([](auto& u) { u.purposes[0].ranges[1].samples.pop_back(); }));
  CHECK(lacks([](auto& u) { u.purposes[0].ranges[1].range.end += 1; }));
  CHECK(lacks([](auto& u) { u.purposes[0].ranges[1].index = 2; }));
  CHECK(lacks([](auto& u) { u.purposes[0].ranges.pop_back(); }));
  CHECK(lacks([](auto& u) { u.purposes[0].ranges.clear(); }));
  // Labels may change in the course of time; the values stay.
  CHECK_FALSE(lacks([](auto& u) { u.purposes[0].labels = {1, 0, 1, 0, 1}; }));
}

// The unit's ranges end at 500 and 600.
TEST_CASE("what goes on beyond as-of is remembered for that as-of only", "[remembered]") {
  const auto course = unit("course", 5), bare = without_values(course);
  ValuesWriter writer("", 550);
  writer.add(course);
  CHECK(RememberedValues(writer.bytes(), 550).has(bare));
  CHECK_FALSE(RememberedValues(writer.bytes(), 551).has(bare));
  CHECK_FALSE(RememberedValues(writer.bytes(), 600).has(bare));
  ValuesWriter later("", 600);
  later.add(course);
  CHECK(RememberedValues(later.bytes(), 600).has(bare));
  CHECK(RememberedValues(later.bytes(), 700).has(bare));
  CHECK_FALSE(RememberedValues(later.bytes(), 550).has(bare));
}

TEST_CASE("bytes that are not a writer's are refused", "[remembered]") {
  ValuesWriter writer("key", 1000);
  writer.add(unit("course", 5));
  const auto& good = writer.bytes();
  for (const auto& bytes : {std::string(), std::string("auspex values 2\nkey\n"), good.substr(0, good.size() - 1),
                            good.substr(0, 18), good + "x"}) {
    CHECK_THROWS_AS(RememberedValues(bytes, 2000), Error);
  }
}
