#include "spec/moodle_config.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/moodle_names.hpp"

namespace auspex::spec {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* logistic_regression = "dlib/logistic_regression";
constexpr const char* neural_network = "dlib/neural_network";
constexpr const char* php_processor = "\\mlbackend_php\\processor";        // a logistic regression
constexpr const char* python_processor = "\\mlbackend_python\\processor";  // a neural network

// Gathers what is wrong with a file.
struct Faults {
  std::string where;
  std::vector<Problem> problems;

  void add(std::string message, std::string hint = {}) {
    problems.push_back({{where, 0, 0}, std::move(message), std::move(hint), false});
  }
  void throw_if_any() {
    if (!problems.empty()) throw Error(Fault::data, std::move(problems));
  }
};

std::string number_as_written(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

Component component_of(Kind kind, const std::string& moodle_class, Faults& faults) {
  Component component;
  try {
    component.id = component_id(kind, moodle_class);
  } catch (const Error& error) {
    for (const auto& problem : error.problems()) faults.add(problem.message, problem.hint);
  }
  if (kind == Kind::indicator) component.column = component.id;
  return component;
}

}  // namespace

MoodleConfig parse_moodle_config(std::string_view text, const std::string& where) {
  Faults faults{where, {}};
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    faults.add("it is no JSON object", "export the model again");
    faults.throw_if_any();
  }
  MoodleConfig config;
  const auto text_of = [&](const char* key, bool required) -> std::string {
    const auto found = json.find(key);
    if (found != json.end() && found->is_string() && !found->get<std::string>().empty()) return found->get<std::string>();
    const bool absent = found == json.end() || found->is_null() || (found->is_string() && found->get<std::string>().empty());
    if (required || !absent) faults.add(fmt::format("'{}' is {}", key, absent ? "missing" : "no text"));
    return {};
  };
  config.target = text_of("target", true);
  config.time_splitting = text_of("timesplitting", true);
  config.processor = text_of("processor", false);
  const auto indicators = json.value("indicators", Json());
  const auto is_text = [](const Json& one) { return one.is_string(); };
  if (!indicators.is_array() || indicators.empty() || !std::all_of(indicators.begin(), indicators.end(), is_text)) {
    faults.add("'indicators' is no list of texts, or an empty one");
  } else {
    indicators.get_to(config.indicators);
  }
  auto dependencies = json.value("dependencies", Json::object());
  if (dependencies == Json::array()) dependencies = Json::object();  // PHP's empty array
  if (!dependencies.is_object()) faults.add("'dependencies' is no object of versions");
  for (const auto& [component, version] : dependencies.items()) {
    if (!version.is_number() && !version.is_string()) faults.add(fmt::format("the version of '{}' is no number", component));
    else config.dependencies[component] = number_as_written(version);
  }
  faults.throw_if_any();
  return config;
}

std::string to_text(const MoodleConfig& config) {
  Json json{{"target", config.target},
            {"timesplitting", config.time_splitting},
            {"indicators", config.indicators},
            {"processor", config.processor},
            {"dependencies", Json::object()}};
  // Moodle compares versions as numbers.
  for (const auto& [component, version] : config.dependencies) json["dependencies"][component] = Json::parse(version);
  return json.dump() + "\n";
}

MoodleConfig moodle_config(const Model& model, const std::string& version) {
  MoodleConfig config;
  config.target = moodle_class(Kind::target, model.target.id);
  config.time_splitting = moodle_class(Kind::time_splitter, model.time_splitting->id);
  for (const auto& indicator : model.indicators) {
    auto name = moodle_class(Kind::indicator, indicator.id);
    if (std::find(config.indicators.begin(), config.indicators.end(), name) == config.indicators.end()) {
      config.indicators.push_back(std::move(name));
    }
  }
  config.processor = model.backend && model.backend->id != logistic_regression ? python_processor : php_processor;
  config.dependencies["core"] = version;
  return config;
}

Model model_of(const MoodleConfig& config, const std::string& where) {
  Faults faults{where, {}};
  Model model;
  model.target = component_of(Kind::target, config.target, faults);
  model.time_splitting = component_of(Kind::time_splitter, config.time_splitting, faults);
  for (const auto& indicator : config.indicators) model.indicators.push_back(component_of(Kind::indicator, indicator, faults));
  model.compatibility = "4.4";
  model.backend.emplace().id = config.processor == python_processor ? neural_network : logistic_regression;
  if (!config.processor.empty() && config.processor != python_processor && config.processor != php_processor) {
    faults.add(fmt::format("there is no counterpart of the processor '{}'", config.processor),
               fmt::format("known are {} and {}", php_processor, python_processor));
  }
  faults.throw_if_any();
  return model;
}

}  // namespace auspex::spec
