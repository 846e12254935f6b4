// The components and models that the tests of model files take as installed.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/names.hpp"
#include "spec/model.hpp"

namespace test_spec {

inline auspex::ComponentSchema component(auspex::Kind kind, std::string id, std::vector<auspex::Parameter> parameters = {}) {
  auspex::ComponentSchema schema;
  schema.kind = kind;
  schema.id = std::move(id);
  schema.parameters = std::move(parameters);
  return schema;
}

inline auspex::Parameter parameter(std::string name, auspex::ParameterType type, bool required = false,
                                   std::string description = {}) {
  auspex::Parameter result;
  result.name = std::move(name);
  result.type = type;
  result.required = required;
  result.description = std::move(description);
  return result;
}

inline std::vector<auspex::ComponentSchema> components() {
  using auspex::Kind;
  using auspex::ParameterType;
  auto positive = parameter("positive", ParameterType::text, true, "The results that count as positive.");
  positive.is_list = true;
  auto at = parameter("at", ParameterType::real);
  at.is_list = true;
  at.minimum = 0;
  at.maximum = 1;
  auto l2 = parameter("l2", ParameterType::real);
  l2.minimum = 0;
  auto weights = parameter("weights", ParameterType::text);
  weights.choices = {"none", "balanced"};
  // Not in byte order: the reader has to bring a wildcard's into it.
  return {component(Kind::target, "core_course/course_dropout"),
          component(Kind::target, "core/outcome", {positive}),
          component(Kind::time_splitter, "core/quarters"),
          component(Kind::time_splitter, "core/quarters_accum"),
          component(Kind::time_splitter, "core/checkpoints", {at}),
          component(Kind::indicator, "mod_forum/social_breadth"),
          component(Kind::indicator, "mod_forum/cognitive_depth"),
          component(Kind::indicator, "mod_assign/cognitive_depth"),
          component(Kind::indicator, "core/any_access_after_end"),
          component(Kind::indicator, "core/any_access_before_start"),
          component(Kind::indicator, "core/any_write_action_in_course"),
          component(Kind::indicator, "core/read_actions"),
          component(Kind::indicator, "core_course/completion_enabled"),
          component(Kind::indicator, "core/attribute",
                    {parameter("column", ParameterType::text, true, "The attribute's name.")}),
          component(Kind::ml_backend, "dlib/logistic_regression",
                    {l2, parameter("iterations", ParameterType::integer), weights})};
}

/// Finds models in tests/data/spec/installed.
class Reader : public auspex::spec::ModelReader {
 public:
  Reader() : ModelReader(components()) {}

 protected:
  std::filesystem::path find(const std::string& id) const override {
    std::vector<std::string> ids;
    const auto folder = std::filesystem::path(AUSPEX_TEST_DATA) / "spec/installed";
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      ids.push_back(auspex::spec::model_id(entry.path()));
      // A file that is not TOML has no id to be found by, so it goes by its name.
      if (ids.back() == id || (ids.back().empty() && "test/" + entry.path().stem().string() == id)) return entry.path();
    }
    throw auspex::Error(auspex::Fault::configuration, "no model has the id '" + id + "'", auspex::did_you_mean(id, ids));
  }
};

}  // namespace test_spec
