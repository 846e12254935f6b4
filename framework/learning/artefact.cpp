#include "learning/artefact.hpp"

#include <fmt/format.h>

#include "base/files.hpp"
#include "base/hash.hpp"
#include "learning/card.hpp"

namespace auspex::learning {
namespace fs = std::filesystem;
namespace {

// 2: with calibration or thresholds, which a reader of 1 would ignore.
constexpr int plain_format = 1, refined_format = 2;
constexpr const char* digest_file = "artefact.sha256";

/// As `sha256sum -c` reads it.
std::string digest_line(const std::string& id) { return fmt::format("{}  {}\n", id, artefact_description); }

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw Error(Fault::data, fmt::format("'{}' {}", file.string(), why),
              "the artefact is damaged: restore it, or train the model again");
}

std::string key_text(std::int32_t key) { return key == all_ranges ? "all" : std::to_string(key); }

nlohmann::ordered_json models_json(const Fitted& fitted) {
  auto models = nlohmann::ordered_json::array();
  for (const auto& [key, bytes] : fitted.models) {
    models.push_back({{"range", key},
                      {"file", model_file_name(key)},
                      {"rows", fitted.rows.at(key)},
                      {"size", bytes.size()},
                      {"sha256", sha256_of(bytes)}});
  }
  return models;
}

std::string read_part(const fs::path& file) {
  std::error_code unreadable;
  if (!fs::is_regular_file(file, unreadable)) refuse(file, "is missing");
  return read_file(file);
}

/// The bytes of a file that the description lists, if they are those that it was written with.
std::string read_listed(const fs::path& file, const nlohmann::ordered_json& entry) {
  auto bytes = read_part(file);
  const auto size = entry.at("size").get<std::size_t>();
  if (bytes.size() != size) refuse(file, fmt::format("has {} bytes instead of {}", bytes.size(), size));
  if (sha256_of(bytes) != entry.at("sha256").get<std::string>()) refuse(file, "was changed: its SHA-256 differs");
  return bytes;
}

Artefact parse(const fs::path& folder, const std::string& text) {
  const auto json = nlohmann::ordered_json::parse(text);
  if (const auto format = json.at("format").get<int>(); format != plain_format && format != refined_format) {
    throw Error(Fault::data,
                fmt::format("'{}' has the format {}; this program reads {} and {}", (folder / artefact_description).string(),
                            format, plain_format, refined_format),
                "train the model again, or use the version of Auspex that wrote it");
  }
  Artefact artefact;
  artefact.provenance = {json.at("spec"), json.at("plugins"), json.at("data_fingerprint"), json.at("metrics"),
                         json.value("search", nlohmann::ordered_json()), json.value("auspex", "")};
  json.at("backend").at("id").get_to(artefact.backend);
  json.at("backend").at("version").get_to(artefact.backend_version);
  json.at("seed").get_to(artefact.seed);
  artefact.population = json.at("population") == "all" ? spec::Population::all : spec::Population::enrolled;
  json.at("columns").get_to(artefact.columns);
  json.at("ranges").get_to(artefact.range_names);
  json.at("classes").get_to(artefact.classes);
  json.at("class_names").get_to(artefact.class_names);
  json.at("per_range").get_to(artefact.fitted.per_range);
  for (const auto& entry : json.at("models")) {
    const auto key = entry.at("range").get<std::int32_t>();
    entry.at("rows").get_to(artefact.fitted.rows[key]);
    artefact.fitted.models[key] = read_listed(folder / model_file_name(key), entry);
  }
  artefact.training = json.value("training", nlohmann::ordered_json());
  artefact.baseline = json.value("baseline", nlohmann::ordered_json());
  for (const auto& entry : json.value("cards", nlohmann::ordered_json::array())) {
    const auto name = entry.at("file").get<std::string>();
    if (name != card_json_file && name != card_text_file) refuse(folder / artefact_description, "lists a card that is none");
    (void)read_listed(folder / name, entry);
  }
  for (const auto& entry : json.at("without_model")) {
    entry.at("reason").get_to(artefact.fitted.without[entry.at("range").get<std::int32_t>()]);
  }
  for (const auto& entry : json.value("calibration", nlohmann::ordered_json::array())) {
    auto& calibration = artefact.fitted.calibrations[entry.at("range").get<std::int32_t>()];
    calibration = Calibration::from(entry.at("curves"));
  }
  for (const auto& entry : json.value("thresholds", nlohmann::ordered_json::array())) {
    entry.at("threshold").get_to(artefact.fitted.thresholds[entry.at("range").get<std::int32_t>()]);
  }
  return artefact;
}

}  // namespace

std::string model_file_name(std::int32_t key) { return fmt::format("model-{}.bin", key_text(key)); }

std::string Artefact::text() const {
  auto without = nlohmann::ordered_json::array();
  for (const auto& [key, reason] : fitted.without) without.push_back({{"range", key}, {"reason", reason}});
  const bool is_refined = !fitted.calibrations.empty() || !fitted.thresholds.empty();
  auto cards = nlohmann::ordered_json::array();
  for (const auto& [name, bytes] : card_files(*this)) {
    cards.push_back({{"file", name}, {"size", bytes.size()}, {"sha256", sha256_of(bytes)}});
  }
  nlohmann::ordered_json json{{"format", is_refined ? refined_format : plain_format},
                              {"auspex", provenance.program},
                              {"spec", provenance.spec},
                              {"plugins", provenance.plugins},
                              {"data_fingerprint", provenance.data_fingerprint},
                              {"backend", {{"id", backend}, {"version", backend_version}}},
                              {"seed", seed},
                              {"population", population_name(population)},
                              {"columns", columns},
                              {"ranges", range_names},
                              {"classes", classes},
                              {"class_names", class_names},
                              {"per_range", fitted.per_range},
                              {"models", models_json(fitted)},
                              {"without_model", std::move(without)},
                              {"training", training},
                              {"baseline", baseline},
                              {"metrics", provenance.metrics},
                              {"cards", std::move(cards)}};
  if (!provenance.search.is_null()) json["search"] = provenance.search;
  if (!fitted.calibrations.empty()) {
    auto& calibration = json["calibration"] = nlohmann::ordered_json::array();
    for (const auto& [key, own] : fitted.calibrations) calibration.push_back({{"range", key}, {"curves", own.json()}});
  }
  if (!fitted.thresholds.empty()) {
    auto& thresholds = json["thresholds"] = nlohmann::ordered_json::array();
    for (const auto& [range, threshold] : fitted.thresholds) {
      thresholds.push_back({{"range", range}, {"threshold", threshold}});
    }
  }
  return json.dump(2) + "\n";
}

std::string Artefact::id() const { return sha256_of(text()); }

void Artefact::save(const fs::path& folder) const {
  TemporaryFolder temporary(folder.parent_path().empty() ? fs::path(".") : folder.parent_path());
  const auto description = text();
  write_file(temporary.path() / artefact_description, description);
  write_file(temporary.path() / digest_file, digest_line(sha256_of(description)));
  for (const auto& [name, bytes] : card_files(*this)) write_file(temporary.path() / name, bytes);
  for (const auto& [key, bytes] : fitted.models) write_file(temporary.path() / model_file_name(key), bytes);
  temporary.keep_as(folder);
}

Artefact Artefact::load(const fs::path& folder, const std::string& id) {
  if (!fs::is_directory(folder)) {
    throw Error(Fault::data, fmt::format("there is no artefact '{}'", folder.string()), "train the model first");
  }
  const auto file = folder / artefact_description;
  const auto description = read_part(file);
  const auto found = sha256_of(description);
  if (read_part(folder / digest_file) != digest_line(found)) {
    refuse(file, fmt::format("was changed: its SHA-256 is not the one in {}", digest_file));
  }
  if (!id.empty() && found != id) refuse(file, fmt::format("is another artefact ({}) than expected ({})", found, id));
  try {
    return parse(folder, description);
  } catch (const nlohmann::json::exception& e) {
    refuse(file, fmt::format("is not an artefact's description: {}", e.what()));
  }
}

}  // namespace auspex::learning
