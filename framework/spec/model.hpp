// A model file: what to predict, from which indicators, in which ranges of time, with which backend.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/schema.hpp"
#include "spec/model_settings.hpp"

namespace auspex::spec {

/// A component as a model file names it: an id, or a table of an id and its parameters.
struct Component {
  std::string id;
  std::string column;                ///< indicators: the name of its column ("as"; default: the id)
  nlohmann::json parameters = nlohmann::json::object();  ///< as written, checked against the component's schema
  std::map<std::string, Position> positions;             ///< of each parameter
  Position where;
  std::string wildcard;              ///< the pattern this id came from, or ""
};

struct Model {
  std::string id;
  std::string name;
  std::string description;
  std::string imported_from;                ///< the name of the export that it came in; not frozen
  Component target;
  std::optional<Component> time_splitting;  ///< may also be given on the command line
  std::vector<Component> indicators;        ///< in the file's order; wildcards are expanded in byte order
  std::optional<Component> backend;
  Training training;
  Evaluation evaluation;
  Decision decision;
  Search search;
  std::string compatibility;                ///< "", or Moodle's version
  std::vector<std::filesystem::path> files; ///< the file, then those it extends
  std::vector<Problem> warnings;
};

/// Reads and checks a model file. All faults of the file are reported together, as Error(configuration).
/// `installed`: the components that may be named. `find`: the file of a model id (for `extends`).
/// A file that extends another overrides its keys, those of tables other than components one by one; `indicators` replaces the
/// list, `add_indicators` and `remove_indicators` change it. Faults of an extended file are reported at its own positions.
class ModelReader {
 public:
  virtual ~ModelReader() = default;
  ModelReader(std::vector<ComponentSchema> installed) : installed_(std::move(installed)) {}

  [[nodiscard]] Model read(const std::filesystem::path& file) const;

 protected:
  /// The file of a model's id. Throws Error where no or more than one file has it.
  [[nodiscard]] virtual std::filesystem::path find(const std::string& id) const = 0;

  /// Looks closer at an indicator whose parameters its schema accepts, and may complete them. Throws Error(configuration)
  /// with what else is wrong, which is told at the indicator's place where it has none of its own.
  virtual void examine(Component& indicator) const { (void)indicator; }

  std::vector<ComponentSchema> installed_;
};

/// The id that a model file gives itself, without checking the rest; "" where it has none or is not TOML.
[[nodiscard]] std::string model_id(const std::filesystem::path& file);

/// The id of the model that a model file extends, likewise.
[[nodiscard]] std::string model_extends(const std::filesystem::path& file);

/// A model file of its own that says all of this model: nothing is extended, no wildcard is left.
[[nodiscard]] std::string model_toml(const Model& model);

/// The frozen form of a model: what training stores and prediction uses. Keys in a fixed order.
[[nodiscard]] nlohmann::ordered_json to_json(const Model& model);
[[nodiscard]] Model from_json(const nlohmann::ordered_json& json);

/// JSON Schema (draft 2020-12) for editors, from the declaration that the reader checks with.
[[nodiscard]] nlohmann::ordered_json model_json_schema();

}  // namespace auspex::spec
