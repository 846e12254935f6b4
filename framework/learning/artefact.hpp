// A trained model as a folder: what is needed to predict with it, to repeat it, and to know that nobody changed it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "learning/fit.hpp"

namespace auspex::learning {

/// The file of an artefact's folder that describes the others.
inline constexpr const char* artefact_description = "artefact.json";

/// What training knows and learning does not: handed in by the caller, kept word for word.
struct Provenance {
  nlohmann::ordered_json spec;              ///< the frozen model file
  nlohmann::ordered_json plugins;           ///< ids and versions of the plugins it uses
  std::string data_fingerprint;             ///< of the data it was trained on
  nlohmann::ordered_json metrics;           ///< the report of its last evaluation; null = none
  nlohmann::ordered_json search;            ///< Chosen::json() of its parameters; null = none: they are those of the spec
  std::string program;                      ///< the version of Auspex
};

/// Two artefacts of the same content are the same bytes: no times, no paths.
struct Artefact {
  Provenance provenance;
  std::string backend;                      ///< component id
  std::string backend_version;
  std::uint64_t seed = 1;
  spec::Population population = spec::Population::all;
  std::vector<std::string> columns;
  std::vector<std::string> range_names;     ///< "" = not known, but how many they are
  std::vector<double> classes;
  std::vector<std::string> class_names;
  Fitted fitted;
  nlohmann::ordered_json training;          ///< what it learned from: see train(); null in artefacts of before it was kept
  nlohmann::ordered_json baseline;          ///< drift_baseline() of that; likewise

  /// artefact.json: everything but the models and the cards, of which it holds names, sizes and SHA-256.
  [[nodiscard]] std::string text() const;

  /// SHA-256 of text().
  [[nodiscard]] std::string id() const;

  /// Writes artefact.json, artefact.sha256, card.json, card.md and one model-RANGE.bin a model. The folder appears whole or not at all; it must
  /// not exist, its parent must.
  void save(const std::filesystem::path& folder) const;

  /// Throws Error(data), naming the file, where one is missing, cut short or changed. `id`: what it must be; "" = any.
  [[nodiscard]] static Artefact load(const std::filesystem::path& folder, const std::string& id = {});
};

/// "model-all.bin", "model-0.bin".
[[nodiscard]] std::string model_file_name(std::int32_t key);

}  // namespace auspex::learning
