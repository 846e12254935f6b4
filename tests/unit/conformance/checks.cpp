#include <catch2/catch.hpp>

#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "conformance/conformance.hpp"

using namespace auspex;
using namespace auspex::conformance;
using Catch::Matchers::Contains;

namespace {

conformance::Options options_for(const std::string& name, int level = 3) {
  conformance::Options options;
  options.file = std::string(AUSPEX_BAD_PLUGINS) + "/" + name + "/" + name + ".so";
  options.program = AUSPEX_PROBE;
  options.level = level;
  return options;
}

const Result* find(const Report& report, const std::string& check) {
  for (const auto& result : report.results) {
    if (result.check == check) return &result;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("every check has an id of its own and a rule that is written down", "[conformance]") {
  const auto rules = "\n" + read_file(std::string(AUSPEX_SOURCE_DIR) + "/sdk/docs/rules.md");
  std::set<std::string> ids, used;
  for (const auto& check : all_checks()) {
    INFO(check.id);
    CHECK(ids.insert(check.id).second);
    used.insert(check.rule);
    CHECK(rules.find("\n## " + check.rule + "\n") != std::string::npos);
    CHECK(rules.find("`" + check.id + "`") != std::string::npos);
    CHECK_FALSE(check.summary.empty());
  }
  CHECK(ids.size() > 50);
  // No rule without a check.
  for (std::size_t at = 0; (at = rules.find("\n## ", at)) != std::string::npos;) {
    at += 4;
    const auto rule = rules.substr(at, rules.find('\n', at) - at);
    INFO(rule);
    CHECK(used.count(rule) == 1);
  }
}

TEST_CASE("a plugin that keeps the contract passes, one that does not is told by the rule", "[conformance]") {
  const auto good = check_plugin(options_for("well_behaved_indicator"));
  CHECK(good.good());
  CHECK(good.id == "bad");
  CHECK(good.components.size() == 1);
  CHECK(good.count(Outcome::failed) == 0);
  const auto bad = check_plugin(options_for("seven"));
  CHECK_FALSE(bad.good());
  const auto* found = find(bad, "indicator-range");
  REQUIRE(found != nullptr);
  CHECK(found->outcome == Outcome::failed);
  CHECK(found->rule == "values");
  CHECK_THAT(found->message, Contains("gave the value 7 to sample 0"));
  // Level 2 does not look at values.
  CHECK(check_plugin(options_for("seven", 2)).good());
}

TEST_CASE("checks can be chosen, and left out for a reason", "[conformance]") {
  auto options = options_for("seven");
  options.skip = {{"indicator-range", "we like sevens"}};
  const auto skipped = check_plugin(options);
  REQUIRE(find(skipped, "indicator-range") != nullptr);
  CHECK(find(skipped, "indicator-range")->outcome == Outcome::skipped);
  CHECK(find(skipped, "indicator-range")->message == "we like sevens");
  CHECK(skipped.good());
  options.skip.clear();
  options.only = {"empty-batch"};
  const auto only = check_plugin(options);
  REQUIRE(only.results.size() == 1);
  CHECK(only.results[0].check == "empty-batch");
  options.only = {"empty-bach"};
  CHECK_THROWS_WITH(check_plugin(options), Contains("did you mean 'empty-batch'?"));
  options = options_for("seven");
  options.skip = {{"quiet", ""}};
  CHECK_THROWS_WITH(check_plugin(options), Contains("no reason is given to skip 'quiet'"));
}

TEST_CASE("a plugin of which nothing can be tested does not pass", "[conformance]") {
  const auto report = check_plugin(options_for("unknown_kind"));
  CHECK(report.refused.empty());
  CHECK(report.count(Outcome::failed) == 0);
  CHECK_FALSE(report.good());
}

TEST_CASE("reports are JUnit's XML and JSON", "[conformance]") {
  auto options = options_for("sentence");
  options.only = {"target-reasons", "quiet"};
  const auto report = check_plugin(options);
  const auto xml = junit_text(report);
  CHECK_THAT(xml, Contains("<testsuite name=\"bad\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">"));
  CHECK_THAT(xml, Contains("<failure message=\"the reason 'The course is not over.'"));
  CHECK_THAT(xml, Contains("sdk/docs/rules.md#reasons"));
  const auto json = to_json(report);
  CHECK(json["counts"]["failed"] == 1);
  CHECK(json["good"] == false);
}
