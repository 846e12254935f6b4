#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/error.hpp"
#include "installed.hpp"
#include "spec/model.hpp"

namespace fs = std::filesystem;
using namespace auspex;

namespace {

const fs::path models = fs::path(AUSPEX_TEST_DATA) / "spec";

std::vector<std::string> columns(const spec::Model& model) {
  std::vector<std::string> names;
  for (const auto& indicator : model.indicators) names.push_back(indicator.column);
  return names;
}

}  // namespace

TEST_CASE("a chain of extends gives one model", "[spec]") {
  const auto model = test_spec::Reader().read(models / "valid/top.toml");
  CHECK(model.id == "uni/top");
  CHECK(model.name == "Base");
  CHECK(model.description == "In the middle");
  CHECK(model.target.id == "core/outcome");
  CHECK(model.target.parameters == nlohmann::json{{"positive", {"Fail", "Withdrawn"}}});
  CHECK(model.target.where.text() == (models / "valid/top.toml:3:17").string());
  CHECK(model.target.positions.at("positive").text() == (models / "valid/top.toml:3:44").string());
  REQUIRE(model.time_splitting);
  CHECK(model.time_splitting->id == "core/quarters");
  CHECK(model.time_splitting->where.file == (models / "installed/base.toml").string());
  // Base's but the one that the middle removes, the wildcard's in byte order but mod_forum's, the middle's, the top's.
  CHECK(columns(model) == std::vector<std::string>{"core/read_actions", "mod_assign/cognitive_depth", "credits",
                                                   "core/any_access_after_end"});
  CHECK(model.indicators[1].wildcard == "mod_*/*");
  CHECK(model.indicators[2].id == "core/attribute");
  CHECK(model.indicators[2].parameters == nlohmann::json{{"column", "credits"}});
  REQUIRE(model.backend);
  CHECK(model.backend->parameters == nlohmann::json{{"l2", 2}, {"weights", "balanced"}});
  CHECK(model.training.population == spec::Population::enrolled);
  CHECK(model.training.per_range);
  CHECK(model.training.seed == 8);
  CHECK(model.compatibility == "4.4");
  CHECK(model.files ==
        std::vector<fs::path>{models / "valid/top.toml", models / "installed/middle.toml", models / "installed/base.toml"});
  REQUIRE(model.warnings.size() == 1);
  CHECK(model.warnings[0].warning);
  CHECK(model.warnings[0].text() == (models / "installed/middle.toml").string() +
                                        ":4:19: warning: 'mod_*/*' stands for 3 installed indicators; "
                                        "training freezes the list");
}

TEST_CASE("a list of indicators replaces the one of the extended model", "[spec]") {
  const auto model = test_spec::Reader().read(models / "valid/replace.toml");
  CHECK(columns(model) == std::vector<std::string>{"core_course/completion_enabled"});
  CHECK(model.target.id == "core_course/course_dropout");
  CHECK_FALSE(model.backend);
}

TEST_CASE("a model that takes over the id of the one it extends is warned about", "[spec]") {
  const auto model = test_spec::Reader().read(models / "valid/same_id.toml");
  REQUIRE(model.warnings.size() == 1);
  CHECK(model.warnings[0].text() ==
        (models / "valid/same_id.toml").string() +
            ":2:11: warning: this model has the id of the model that it extends, 'test/base'\n"
            "  help: give it an id of its own, so that their predictions stay apart");
}

TEST_CASE("training defaults to everyone, one model and seed 1", "[spec]") {
  const auto model = test_spec::Reader().read(models / "installed/twice.toml");
  CHECK(model.training.population == spec::Population::all);
  CHECK_FALSE(model.training.per_range);
  CHECK(model.training.seed == 1);
  CHECK(model.compatibility.empty());
  CHECK_FALSE(model.time_splitting);
  CHECK(model.warnings.empty());
  CHECK(columns(model) == std::vector<std::string>{"credits", "attempts"});
}

TEST_CASE("the frozen form has neither paths nor positions and comes back the same", "[spec]") {
  const auto json = spec::to_json(test_spec::Reader().read(models / "valid/top.toml"));
  const std::string frozen =
      R"({"id":"uni/top","name":"Base","description":"In the middle",)"
      R"("target":{"id":"core/outcome","parameters":{"positive":["Fail","Withdrawn"]}},)"
      R"("time_splitting":{"id":"core/quarters","parameters":{}},)"
      R"("indicators":[{"id":"core/read_actions","column":"core/read_actions","parameters":{}},)"
      R"({"id":"mod_assign/cognitive_depth","column":"mod_assign/cognitive_depth","wildcard":"mod_*/*","parameters":{}},)"
      R"({"id":"core/attribute","column":"credits","parameters":{"column":"credits"}},)"
      R"({"id":"core/any_access_after_end","column":"core/any_access_after_end","parameters":{}}],)"
      R"("backend":{"id":"dlib/logistic_regression","parameters":{"l2":2,"weights":"balanced"}},)"
      R"("training":{"population":"enrolled","per_range":true,"seed":8},"compatibility":"4.4"})";
  CHECK(json.dump() == frozen);
  CHECK(spec::to_json(spec::from_json(nlohmann::ordered_json::parse(frozen))).dump() == frozen);

  const auto plain = spec::to_json(test_spec::Reader().read(models / "installed/twice.toml"));
  CHECK(plain["time_splitting"].is_null());
  CHECK(plain["backend"].is_null());
  CHECK(spec::to_json(spec::from_json(plain)).dump() == plain.dump());
}

TEST_CASE("a frozen form that lacks a part is refused", "[spec]") {
  const auto whole = spec::to_json(test_spec::Reader().read(models / "valid/top.toml"));
  for (const auto& part : whole.items()) {
    auto json = whole;
    json.erase(part.key());
    INFO(part.key());
    CHECK_THROWS_AS((void)spec::from_json(json), Error);
  }
  auto json = whole;
  json["training"]["population"] = "some";
  CHECK_THROWS_WITH((void)spec::from_json(json), "error: the frozen model has an unknown population, 'some'");
}

TEST_CASE("a model's id is read without checking the rest", "[spec]") {
  CHECK(spec::model_id(models / "installed/faulty.toml") == "test/faulty");
  CHECK(spec::model_id(models / "installed/gone.toml").empty());
  CHECK(spec::model_id(models / "model/missing_id.toml").empty());
}
