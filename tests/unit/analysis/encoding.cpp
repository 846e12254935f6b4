#include <limits>

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "given.hpp"
#include "unit/support/moodle_cases.hpp"

using namespace auspex;
using given::none;

namespace {

const std::vector<plugin::Range> whole{{0, 1000, 1000, true, "0"}};

std::string indicator_for(const nlohmann::json& inputs) {
  const auto type = inputs.at("type").get<std::string>();
  if (type == "linear") return inputs.at("include_averages").get<bool>() ? "given/linear" : "given/linear_alone";
  if (type == "binary") return "given/binary";
  return inputs.at("classes").size() == 3 ? "given/discrete_signed" : "given/discrete";
}

// NaN as none, so that rows can be compared.
std::vector<float> row(const analysis::Dataset& dataset, std::size_t i) {
  const auto width = dataset.columns.size();
  std::vector<float> values(dataset.values.begin() + std::ptrdiff_t(i * width),
                            dataset.values.begin() + std::ptrdiff_t((i + 1) * width));
  for (auto& value : values) {
    if (std::isnan(value)) value = float(none);
  }
  return values;
}

std::vector<std::string> samples_of(const analysis::Dataset& dataset) {
  std::vector<std::string> ids;
  for (const auto& each : dataset.rows) ids.push_back(each.sample);
  return ids;
}

}  // namespace

TEST_CASE("features are those of Moodle under compatibility", "[analysis]") {
  const auto cases = moodle_cases("feature_encoding");
  REQUIRE(cases.size() == 27);
  for (const auto& one : cases) {
    INFO(one.dump());
    const auto& inputs = one.at("inputs");
    std::vector<std::string> samples;
    std::vector<double> values;
    for (const auto& [sample, value] : inputs.at("values_by_sample").items()) {
      samples.push_back(sample);
      values.push_back(value.is_null() ? none : value.get<double>());
    }
    const auto id = indicator_for(inputs);
    if (one.at("expected").contains("exception")) {
      CHECK_THROWS_AS(given::Unit(samples).indicator(id, id, values), Error);
      continue;
    }
    // Alone, the indicator decides which rows there are; beside another, all rows show its features.
    const auto alone = given::Unit(samples).indicator(id, id, values).ranges(whole).dataset(true);
    std::vector<std::string> kept;
    for (const auto& sample : one.at("expected").at("notnull")) kept.push_back(sample.dump());
    CHECK(samples_of(alone) == kept);
    const auto both = given::Unit(samples)
                          .indicator(id, id, values)
                          .indicator("given/binary", "other", std::vector<double>(samples.size(), 1))
                          .ranges(whole)
                          .dataset(true);
    REQUIRE(samples_of(both) == samples);
    if (inputs.contains("headers")) {
      const auto headers = inputs.at("headers").get<std::vector<std::string>>();
      const auto name = headers.front().substr(0, headers.front().find('/'));
      CHECK(analysis::feature_columns(given::registry().indicator(id, {{"values", values}}).info(), name, true) == headers);
    }
    for (std::size_t i = 0; i < samples.size(); ++i) {
      std::vector<float> expected;
      for (const auto& feature : one.at("expected").at("features").at(samples[i])) {
        expected.push_back(feature.is_null() ? float(none) : feature.get<float>());
      }
      expected.push_back(1);
      CHECK(row(both, i) == expected);
    }
  }
}

TEST_CASE("without compatibility values stay as they are and none is missing", "[analysis]") {
  const auto dataset = given::Unit({"a", "b"})
                           .indicator("given/linear", "l", {0.333333, none}, "")
                           .indicator("given/discrete", "d", {none, 2}, "")
                           .indicator("given/binary", "b", {-1, 1}, "")
                           .ranges(whole)
                           .dataset(false);
  CHECK(dataset.columns == std::vector<std::string>{"l", "d/0", "d/1", "d/2", "d/3", "d/4", "b"});
  const auto n = float(none);
  CHECK(row(dataset, 0) == std::vector<float>{0.333333f, n, n, n, n, n, -1});
  CHECK(row(dataset, 1) == std::vector<float>{n, 0, 0, 1, 0, 0, 1});
}

TEST_CASE("without compatibility a discrete value is one of the classes", "[analysis]") {
  CHECK_THROWS_AS(given::Unit({"a"}).indicator("given/discrete", "d", {-0.5}, ""), Error);
  CHECK_THROWS_AS(given::Unit({"a"}).indicator("given/binary", "b", {1.9}, ""), Error);
  CHECK_NOTHROW(given::Unit({"a"}).indicator("given/binary", "b", {1.9}, "4.4"));
}

TEST_CASE("the mean is over the rows of the run: for training over those with a label", "[analysis]") {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  const auto dataset = given::Unit({"a", "b", "c"})
                           .indicator("given/linear", "l", {1, none, -1})
                           .indicator("given/binary", "b", {1, 1, 1})
                           .ranges(whole, {1, 0, nan})
                           .dataset(true);
  // Of c nothing is known: (1 + 0) / 2.
  CHECK(samples_of(dataset) == std::vector<std::string>{"a", "b"});
  CHECK(row(dataset, 0) == std::vector<float>{1, 0.5f, 1});
  CHECK(row(dataset, 1) == std::vector<float>{float(none), 0.5f, 1});
}

TEST_CASE("rounding is PHP's: to 15 significant digits, then half away from zero", "[analysis]") {
  // (0.3 + 0.07 + 0.005) / 3 is 0.125 to 15 digits, and less in binary; 0.285 is 0.28499... in binary.
  const auto dataset = given::Unit({"a", "b", "c"}).indicator("given/linear", "l", {0.3, 0.07, 0.005}).ranges(whole).dataset(true);
  CHECK(dataset.values[1] == 0.13f);
  const auto other = given::Unit({"a", "b"}).indicator("given/linear", "l", {0.285, -0.285}).ranges(whole).dataset(true);
  CHECK(other.values[0] == 0.29f);
  CHECK(other.values[2] == -0.29f);
  const auto zero = given::Unit({"a", "b"}).indicator("given/linear", "l", {-0.004, 0}).ranges(whole).dataset(true);
  CHECK(std::signbit(zero.values[0]));
  CHECK(zero.values[0] == 0);
}
