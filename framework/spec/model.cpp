#include "spec/model.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/names.hpp"
#include "spec/settings_reader.hpp"
#include "spec/toml_reader.hpp"

namespace auspex::spec {
namespace {

constexpr const char* component_pattern = "[a-z0-9_]+/[a-z0-9_]+";

Field component_table(std::vector<Field> keys = {}) {
  keys.insert(keys.begin(),
              {.name = "id", .required = true, .description = "The component's id, as in \"core/read_actions\"."});
  return {.form = Form::table, .description = "A component with its parameters, as the component declares them.",
          .open = true, .keys = std::move(keys)};
}

Field component(std::string name, std::string description) {
  return {.name = std::move(name), .form = Form::either, .description = std::move(description),
          .of = {{.description = "The component's id."}, component_table()}};
}

Field indicator_list(std::string name, std::string description) {
  return {.name = std::move(name), .form = Form::list, .description = std::move(description), .least = 1,
          .of = {{.form = Form::either,
                  .of = {{.description = "The indicator's id; '*' stands for any characters but '/'."},
                         component_table({{.name = "as", .description = "The name of its column; default: the id.",
                                           .pattern = "[A-Za-z0-9_./-]+",
                                           .pattern_says = "a column's name of letters, digits and any of _ . / -"}})}}}};
}

const Field& model_form() {
  static const Field form = [] {
    Field target = component("target", "What is predicted: the id of a target, or a table of its id and parameters.");
    target.required_unless = "extends";
    Field indicators = indicator_list("indicators", "What it is predicted from, in the order of the columns.");
    indicators.required_unless = "extends";
    Field backend = component_table();
    backend.name = "backend";
    backend.description = "What trains and predicts: the id of an ML backend and its parameters.";
    Field model{
        .name = "Auspex model", .form = Form::table,
        .description = "What to predict, from which indicators, in which ranges of time, with which backend.",
        .keys = {{.name = "id", .required = true, .description = "The model's own id, as in \"core/students_at_risk\".",
                  .pattern = component_pattern,
                  .pattern_says = "of the form component/name, of lower-case letters, digits and underscores"},
                 {.name = "name", .description = "Its name for people."},
                 {.name = "description", .description = "What it is for and whom it tells."},
                 {.name = "imported_from", .description = "The name of the export that the model was imported from."},
                 {.name = "extends", .description = "The id of the model whose keys hold where this file has none."},
                 std::move(target),
                 component("time_splitting", "Which ranges of time are looked at, and when each is predicted."),
                 std::move(indicators),
                 indicator_list("add_indicators", "With extends: indicators after those of the other model."),
                 {.name = "remove_indicators", .form = Form::list,
                  .description = "With extends: ids or columns of the other model's indicators to leave out; '*' as in "
                                 "indicators.",
                  .least = 1, .unique = true, .of = {{.form = Form::text}}},
                 std::move(backend),
                 {.name = "training", .form = Form::table, .description = "How the model learns.",
                  .keys = {{.name = "population",
                            .description = "Whose samples it learns from and is judged on: all, or those enrolled at the "
                                           "range's end. Default: all.",
                            .choices = {"all", "enrolled"}},
                           {.name = "per_range", .form = Form::boolean,
                            .description = "Whether every range has a backend model of its own. Default: false."},
                           {.name = "seed", .form = Form::integer, .description = "Where chance begins. Default: 1.",
                            .minimum = 0}}},
                 {.name = "compatibility", .form = Form::table,
                  .description = "Another system's defects to reproduce where they change a value.",
                  .keys = {{.name = "moodle", .description = "The version of Moodle.", .choices = {"4.4"}}}}}};
    auto settings = settings_fields();
    model.keys.insert(model.keys.end() - 1, std::make_move_iterator(settings.begin()), std::make_move_iterator(settings.end()));
    return model;
  }();
  return form;
}

std::string spoken(Kind kind) {
  switch (kind) {
    case Kind::analyser: return "analyser";
    case Kind::time_splitter: return "time splitter";
    case Kind::target: return "target";
    case Kind::indicator: return "indicator";
    case Kind::ml_backend: return "backend";
    case Kind::clusterer: return "clusterer";
    case Kind::outlier_detector: return "outlier detector";
  }
  return "component";
}

std::string with_article(Kind kind) {
  const auto name = spoken(kind);
  return (name.front() == 'a' || name.front() == 'i' ? "an " : "a ") + name;
}

using Examine = std::function<void(Component&)>;

// Reads components of one file against those that are installed.
class ComponentReader {
 public:
  ComponentReader(const std::vector<ComponentSchema>& installed, const Examine& examine, Problems& problems)
      : installed_(installed), examine_(examine), problems_(problems) {}

  // None where the node has no usable id; a component whose id is refused is reported and still returned, by its name.
  std::optional<Component> read(const Node& node, Kind kind) {
    const Node* id = node.is(Form::table) ? node.find("id") : &node;
    if (id == nullptr || id->text() == nullptr) return std::nullopt;
    Component component;
    component.id = *id->text();
    component.where = id->where;
    if (kind == Kind::indicator) component.column = node.text_of("as").value_or(component.id);
    for (const auto& entry : node.entries()) {
      if (entry.key == "id" || (entry.key == "as" && kind == Kind::indicator)) continue;
      const Node* other = nullptr;
      component.parameters[entry.key] = entry.value.json(&other);
      component.positions[entry.key] = entry.value.where;
      if (other == nullptr) continue;
      problems_.error(other->where, fmt::format("the parameter '{}' cannot hold {}", entry.key, other->what()),
                      "write it as text, in quotes");
      return component;
    }
    if (const auto* schema = find(component, kind)) accept(component, *schema, node);
    return component;
  }

  // An element of a list of indicators: one component, or those that a wildcard stands for.
  std::vector<Component> read_indicators(const Node& node) {
    if (node.text() == nullptr || node.text()->find('*') == std::string::npos) {
      auto component = read(node, Kind::indicator);
      if (!component) return {};
      return {std::move(*component)};
    }
    const auto& pattern = *node.text();
    std::vector<const ComponentSchema*> matches;
    for (const auto& schema : installed_) {
      if (schema.kind == Kind::indicator && matches_wildcard(pattern, schema.id)) matches.push_back(&schema);
    }
    if (matches.empty()) {
      problems_.error(node.where, fmt::format("no installed indicator matches '{}'", pattern),
                      "see `auspex plugin list`; '*' stands for any characters but '/'");
      return {};
    }
    std::sort(matches.begin(), matches.end(), [](const auto* a, const auto* b) { return a->id < b->id; });
    problems_.warning(node.where,
                      fmt::format("'{}' stands for {} installed indicator{}; training freezes the list", pattern,
                                  matches.size(), matches.size() == 1 ? "" : "s"));
    std::vector<Component> components;
    for (const auto* schema : matches) {
      Component component;
      component.id = component.column = schema->id;
      component.where = node.where;
      component.wildcard = pattern;
      accept(component, *schema, node);
      components.push_back(std::move(component));
    }
    return components;
  }

 private:
  const ComponentSchema* find(const Component& component, Kind kind) {
    const ComponentSchema* other = nullptr;
    std::vector<std::string> ids;
    for (const auto& schema : installed_) {
      if (schema.kind == kind) ids.push_back(schema.id);
      if (schema.id != component.id) continue;
      if (schema.kind == kind) return &schema;
      other = &schema;
    }
    if (component.id.find('*') != std::string::npos) {
      problems_.error(component.where,
                      fmt::format("'{}': a wildcard can only stand alone, as an element of a list of indicators",
                                  component.id));
    } else if (other != nullptr) {
      problems_.error(component.where,
                      fmt::format("'{}' is {}, not {}", component.id, with_article(other->kind), with_article(kind)),
                      did_you_mean(component.id, ids));
    } else {
      const char* otherwise = is_component_id(component.id)
                                  ? "see `auspex plugin list` for what is installed, and what was refused"
                                  : "an id has the form component/name";
      std::sort(ids.begin(), ids.end());
      problems_.error(component.where, fmt::format("unknown {} '{}'", spoken(kind), component.id),
                      did_you_mean(component.id, ids, otherwise));
    }
    return nullptr;
  }

  void accept(Component& component, const ComponentSchema& schema, const Node& node) {
    if (!check_parameters(component, schema, node) || schema.kind != Kind::indicator) return;
    problems_.keep(component.where, [&] { examine_(component); });
  }

  // Whether the schema accepts them.
  bool check_parameters(const Component& component, const ComponentSchema& schema, const Node& node) {
    bool accepted = true;
    std::vector<std::string> names;
    for (const auto& parameter : schema.parameters) names.push_back(parameter.name);
    for (const auto& entry : node.entries()) {
      if (!component.parameters.contains(entry.key)) continue;
      const auto parameter = std::find_if(schema.parameters.begin(), schema.parameters.end(),
                                          [&](const Parameter& p) { return p.name == entry.key; });
      if (parameter == schema.parameters.end()) {
        const auto otherwise = names.empty() ? std::string("it takes no parameters")
                                             : fmt::format("its parameters are {}", fmt::join(names, ", "));
        problems_.error(entry.where, fmt::format("unknown parameter '{}' of {}", entry.key, schema.id),
                        did_you_mean(entry.key, names, otherwise));
        accepted = false;
      } else if (const auto why = parameter->refuse(component.parameters[entry.key]); !why.empty()) {
        const auto suggestion = entry.value.text() != nullptr ? did_you_mean(*entry.value.text(), parameter->choices) : "";
        problems_.error(entry.value.where, fmt::format("parameter '{}' of {}: {}", entry.key, schema.id, why), suggestion);
        accepted = false;
      }
    }
    for (const auto& parameter : schema.parameters) {
      if (!parameter.required || component.parameters.contains(parameter.name)) continue;
      problems_.error(component.where, fmt::format("{} needs the parameter '{}'", schema.id, parameter.name),
                      parameter.description.empty() ? "" : fmt::format("'{}': {}", parameter.name, parameter.description));
      accepted = false;
    }
    return accepted;
  }

  const std::vector<ComponentSchema>& installed_;
  const Examine& examine_;
  Problems& problems_;
};

// One file of a chain of `extends`.
struct Layer {
  std::filesystem::path file;
  std::string id;
  Node root;
  Problems problems;
};

std::filesystem::path same_file(const std::filesystem::path& file) {
  std::error_code ignored;
  auto path = std::filesystem::weakly_canonical(file, ignored);
  return path.empty() ? file : path;
}

void check_extends(const Node& root, Problems& problems) {
  const bool extends = root.find("extends") != nullptr;
  for (const auto& entry : root.entries()) {
    if (entry.key != "add_indicators" && entry.key != "remove_indicators") continue;
    if (!extends) {
      problems.error(entry.where, fmt::format("'{}' needs 'extends'", entry.key),
                     "name the model that this one extends, or list all 'indicators'");
    } else if (root.find("indicators") != nullptr) {
      problems.error(entry.where, fmt::format("'indicators' and '{}' exclude each other", entry.key),
                     "'indicators' replaces the list of the model that is extended");
    }
  }
}

// What the files say together, from the one that extends nothing to the one that was asked for.
class Merger {
 public:
  // `complete`: whether the first file stands on its own, so that what it lists is all there is.
  Merger(const std::vector<ComponentSchema>& installed, Examine examine, Model& model, bool complete)
      : installed_(installed), examine_(std::move(examine)), model_(model), complete_(complete) {}

  void add(Layer& layer) {
    const auto& root = layer.root;
    auto& problems = layer.problems;
    ComponentReader reader(installed_, examine_, problems);
    model_.id = root.text_of("id").value_or("");
    if (const auto text = root.text_of("name")) model_.name = *text;
    if (const auto text = root.text_of("description")) model_.description = *text;
    model_.imported_from = root.text_of("imported_from").value_or("");
    if (const auto* node = root.find("target")) model_.target = reader.read(*node, Kind::target).value_or(Component{});
    if (const auto* node = root.find("time_splitting")) model_.time_splitting = reader.read(*node, Kind::time_splitter);
    if (const auto* node = root.find("backend")) model_.backend = reader.read(*node, Kind::ml_backend);
    read_training(root);
    read_evaluation(root, model_.evaluation);
    read_decision(root, model_.decision);
    read_search(root, model_.search, problems);
    if (const auto* node = root.find("indicators")) {
      model_.indicators.clear();
      append(*node, reader, problems);
    }
    if (const auto* node = root.find("remove_indicators")) remove(*node, problems);
    if (const auto* node = root.find("add_indicators")) append(*node, reader, problems);
    if (const auto* node = root.find("remove_indicators"); node != nullptr && complete_ && model_.indicators.empty()) {
      problems.error(node->where, "no indicator is left", "a model needs at least one");
    }
  }

 private:
  void read_training(const Node& root) {
    if (const auto* training = root.find("training")) {
      if (const auto population = training->text_of("population")) {
        model_.training.population = *population == "enrolled" ? Population::enrolled : Population::all;
      }
      if (const auto per_range = training->boolean_of("per_range")) model_.training.per_range = *per_range;
      if (const auto seed = training->integer_of("seed")) model_.training.seed = std::uint64_t(*seed);
    }
    if (const auto* moodle = root.find({"compatibility", "moodle"}); moodle != nullptr && moodle->text() != nullptr) {
      model_.compatibility = *moodle->text();
    }
  }

  void append(const Node& list, ComponentReader& reader, Problems& problems) {
    for (const auto& element : list.elements()) {
      for (auto& component : reader.read_indicators(element)) {
        const auto first = std::find_if(model_.indicators.begin(), model_.indicators.end(),
                                        [&](const Component& c) { return c.column == component.column; });
        if (first == model_.indicators.end()) {
          model_.indicators.push_back(std::move(component));
          continue;
        }
        const auto given = [](const Component& c) {
          return c.wildcard.empty() ? std::string() : fmt::format(" (by '{}')", c.wildcard);
        };
        problems.error(component.where, fmt::format("the column '{}' is there twice{}", component.column, given(component)),
                       fmt::format("it is also given at {}{}; give one of them another name with 'as', or leave one out",
                                   first->where.text(), given(*first)));
      }
    }
  }

  void remove(const Node& list, Problems& problems) {
    for (const auto& element : list.elements()) {
      if (element.text() == nullptr) continue;
      const auto& name = *element.text();
      const auto with_column = [&](const Component& c) { return matches_wildcard(name, c.column); };
      if (std::erase_if(model_.indicators, with_column) > 0) continue;
      const auto with_id = [&](const Component& c) { return matches_wildcard(name, c.id); };
      std::vector<std::string> columns;
      for (const auto& component : model_.indicators) {
        if (with_id(component)) columns.push_back(component.column);
      }
      if (columns.size() > 1 && name.find('*') == std::string::npos) {
        problems.error(element.where, fmt::format("{} indicators have the id '{}'", columns.size(), name),
                       fmt::format("name them by their columns: {}", fmt::join(columns, ", ")));
      } else if (!columns.empty()) {
        std::erase_if(model_.indicators, with_id);
      } else if (complete_) {
        for (const auto& component : model_.indicators) columns.push_back(component.column);
        problems.error(element.where, fmt::format("'{}' is no indicator of the model that is extended", name),
                       did_you_mean(name, columns, fmt::format("it has {}", fmt::join(columns, ", "))));
      }
    }
  }

  const std::vector<ComponentSchema>& installed_;
  Examine examine_;
  Model& model_;
  bool complete_;
};

nlohmann::ordered_json frozen(const Component& component) {
  nlohmann::ordered_json json;
  json["id"] = component.id;
  if (!component.column.empty()) json["column"] = component.column;
  if (!component.wildcard.empty()) json["wildcard"] = component.wildcard;
  json["parameters"] = component.parameters;
  return json;
}

Component thawed(const nlohmann::ordered_json& json) {
  Component component;
  component.id = json.at("id").get<std::string>();
  component.column = json.value("column", std::string());
  component.wildcard = json.value("wildcard", std::string());
  component.parameters = nlohmann::json(json.at("parameters"));
  return component;
}

// A text at the top of a model file, without checking the rest.
std::string text_at(const std::filesystem::path& file, const char* key) {
  try {
    return parse_toml(file, "model").text_of(key).value_or("");
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

Model ModelReader::read(const std::filesystem::path& file) const {
  std::vector<Layer> layers;  // the file, then those it extends
  bool complete = false;      // whether the last one stands on its own
  for (std::optional<std::filesystem::path> next = file; next;) {
    auto& layer = layers.emplace_back();
    layer.file = *std::exchange(next, std::nullopt);
    auto& problems = layer.problems;
    problems.keep({}, [&] { layer.root = parse_toml(layer.file, "model"); });
    if (problems.failed()) break;
    check(layer.root, model_form(), problems);
    check_extends(layer.root, problems);
    layer.id = layer.root.text_of("id").value_or("");

    const auto* extends = layer.root.find("extends");
    complete = extends == nullptr;
    if (complete || extends->text() == nullptr) break;
    const auto& parent = *extends->text();
    problems.keep(extends->where, [&] { next = find(parent); });
    if (!next) break;
    const auto known = std::find_if(layers.begin(), layers.end(),
                                    [&](const Layer& l) { return same_file(l.file) == same_file(*next); });
    if (known != layers.end()) {
      std::vector<std::string> chain;
      for (auto l = known; l != layers.end(); ++l) chain.push_back(l->id);
      chain.push_back(parent);
      problems.error(extends->where, fmt::format("the models extend each other: {}", fmt::join(chain, " -> ")),
                     "one of them has to stand on its own");
      break;
    }
    if (parent == layer.id) {
      problems.warning(extends->where, fmt::format("this model has the id of the model that it extends, '{}'", parent),
                       "give it an id of its own, so that their predictions stay apart");
    }
  }

  Model model;
  Merger merger(installed_, [this](Component& indicator) { examine(indicator); }, model, complete);
  std::for_each(layers.rbegin(), layers.rend(), [&](Layer& layer) { merger.add(layer); });
  const auto is_backend = [&](const auto& schema) { return model.backend && schema.id == model.backend->id; };
  const auto backend = std::find_if(installed_.begin(), installed_.end(), is_backend);
  if (backend != installed_.end()) check_search(model.search, *backend, layers.front().problems);

  bool failed = false;
  for (auto& layer : layers) {
    failed = failed || layer.problems.failed();
    for (auto& problem : layer.problems.sorted()) model.warnings.push_back(std::move(problem));
    model.files.push_back(layer.file);
  }
  if (failed) throw Error(Fault::configuration, std::move(model.warnings));
  return model;
}

std::string model_id(const std::filesystem::path& file) { return text_at(file, "id"); }

std::string model_extends(const std::filesystem::path& file) { return text_at(file, "extends"); }

nlohmann::ordered_json to_json(const Model& model) {
  nlohmann::ordered_json json;
  json["id"] = model.id;
  json["name"] = model.name;
  json["description"] = model.description;
  json["target"] = frozen(model.target);
  json["time_splitting"] = model.time_splitting ? frozen(*model.time_splitting) : nlohmann::ordered_json();
  json["indicators"] = nlohmann::ordered_json::array();
  for (const auto& indicator : model.indicators) json["indicators"].push_back(frozen(indicator));
  json["backend"] = model.backend ? frozen(*model.backend) : nlohmann::ordered_json();
  json["training"]["population"] = model.training.population == Population::enrolled ? "enrolled" : "all";
  json["training"]["per_range"] = model.training.per_range;
  json["training"]["seed"] = model.training.seed;
  if (auto part = to_json(model.evaluation); !part.is_null()) json["evaluation"] = std::move(part);
  if (auto part = to_json(model.decision); !part.is_null()) json["decision"] = std::move(part);
  if (auto part = to_json(model.search); !part.is_null()) json["search"] = std::move(part);
  json["compatibility"] = model.compatibility;
  return json;
}

Model from_json(const nlohmann::ordered_json& json) {
  try {
    Model model;
    model.id = json.at("id").get<std::string>();
    model.name = json.at("name").get<std::string>();
    model.description = json.at("description").get<std::string>();
    model.target = thawed(json.at("target"));
    if (const auto& part = json.at("time_splitting"); !part.is_null()) model.time_splitting = thawed(part);
    for (const auto& part : json.at("indicators")) model.indicators.push_back(thawed(part));
    if (const auto& part = json.at("backend"); !part.is_null()) model.backend = thawed(part);
    const auto& training = json.at("training");
    const auto population = training.at("population").get<std::string>();
    if (population != "all" && population != "enrolled") {
      throw Error(Fault::data, fmt::format("the frozen model has an unknown population, '{}'", population));
    }
    model.training.population = population == "enrolled" ? Population::enrolled : Population::all;
    model.training.per_range = training.at("per_range").get<bool>();
    model.training.seed = training.at("seed").get<std::uint64_t>();
    model.evaluation = evaluation_from(json.value("evaluation", nlohmann::ordered_json()));
    model.decision = decision_from(json.value("decision", nlohmann::ordered_json()));
    model.search = search_from(json.value("search", nlohmann::ordered_json()));
    model.compatibility = json.at("compatibility").get<std::string>();
    return model;
  } catch (const nlohmann::json::exception& error) {
    throw Error(Fault::data, fmt::format("the frozen model is not readable: {}", error.what()), "train the model again");
  }
}

nlohmann::ordered_json model_json_schema() { return json_schema(model_form()); }

}  // namespace auspex::spec
