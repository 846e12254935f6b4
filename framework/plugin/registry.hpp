// Finds, probes, loads and lists plugins; creates their components.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/schema.hpp"
#include "plugin/calling.hpp"
#include "plugin/component.hpp"

namespace auspex::plugin {

/// Of a call of a plugin that is not shipped with Auspex.
inline constexpr Limits default_limits{60, std::int64_t{2} << 30};

struct SearchPlace {
  std::filesystem::path folder;  ///< need not exist
  std::string origin;            ///< "--plugin-dir", "AUSPEX_PLUGIN_PATH", "workspace", "installation"
};

/// The origin of what is shipped with Auspex.
inline constexpr const char* installation_origin = "installation";

/// Which plugins run in processes of their own.
enum class Isolation { not_shipped, all, none };

/// What a lock says of one plugin.
struct Locked {
  std::string version;
  std::string sha256;
  std::string file;  ///< its name, without a folder

  bool operator==(const Locked&) const = default;
};

struct LoadedPlugin {
  std::string id, version, sdk_version, name, author, licence, url;
  std::filesystem::path file;  ///< absolute, links resolved
  std::string origin;
  std::string sha256;
  int abi_major = 0;
  int abi_minor = 0;
  std::vector<std::string> components;  ///< ids, in the plugin's order
  bool isolated = false;       ///< it runs in processes of its own
};

struct Refusal {
  std::filesystem::path file;
  std::string origin;
  /// not_found, not_a_library, truncated, wrong_machine, missing_dependency, not_a_plugin, wrong_abi, missing_interface,
  /// invalid_descriptor, init_failed, crashed_while_loading, hung_while_loading, duplicate_id; insecure, changed, not_locked,
  /// other_version, other_hash; invalid_definition
  std::string code;
  std::string message;
  std::string hint;
  std::vector<std::string> ids;  ///< the components it would have given, as far as known
};

/// An indicator that the host itself calculates, by what a file says.
struct Definition {
  ComponentSchema schema;      ///< of no plugin
  std::string unit;
  std::filesystem::path file;  ///< empty: it is built in
  std::string origin;          ///< of the file: "workspace", "installation"; else "built in"
};

struct Options {
  std::vector<SearchPlace> places;      ///< searched in this order
  std::filesystem::path probe_program;  ///< run as `PROGRAM --probe-plugin FILE`; empty: a crash while loading is our own
  std::filesystem::path verdicts;       ///< folder of probe verdicts by SHA-256, made on need; empty: none are kept
  std::string timezone;                 ///< of auspex.calendar/1; empty: as it was (UTC at first)
  double probe_seconds = 10;            ///< a probe that takes longer is hung
  Isolation isolation = Isolation::not_shipped;  ///< by the probe program, too; where that is empty, none
  Limits limits = default_limits;       ///< of a call of an isolated plugin, and of one that is not shipped
  bool limit_shipped = false;           ///< the limits are for shipped plugins in this process too
  bool allow_insecure = false;          ///< load also what others may write
  std::optional<std::map<std::string, Locked>> lock;  ///< by plugin id: of those not shipped, load these only
};

/// What is loaded is never unloaded, nor is a plugin's deinit called: the end of a registry frees only its own records.
class Registry {
 public:
  /// Takes every *.so of the places, by file name inside a folder; one file reached in two ways counts once. Never throws
  /// for a bad plugin: it is refused with its reason. Two files with one plugin or component id are both refused.
  /// Throws Error(found) where the probe program cannot be run, Error(configuration) for an unknown time zone.
  static Registry load(const Options& options);

  /// Adds a definition, to be named in models like any component. One with an id that is there already is refused; so is
  /// the other where that is a definition too.
  void define(Definition definition);

  /// Adds what cannot be used; a definition of the same file is no more.
  void refuse(Refusal refusal);

  [[nodiscard]] const std::vector<Definition>& definitions() const { return definitions_; }
  [[nodiscard]] bool is_definition(const std::string& id) const;

  [[nodiscard]] const std::vector<LoadedPlugin>& plugins() const { return plugins_; }
  [[nodiscard]] const std::vector<Refusal>& refused() const { return refused_; }
  [[nodiscard]] const std::vector<SearchPlace>& places() const { return places_; }

  /// Of all components of known kinds, by id in byte order.
  [[nodiscard]] std::vector<ComponentSchema> schemas() const;

  /// Null where no loaded plugin has it, or its kind is not known.
  [[nodiscard]] const ComponentSchema* find(const std::string& id) const;

  /// The refused file that would have given `id`: as it said, or by its name where it could not say; null for none.
  [[nodiscard]] const Refusal* refusal_with(const std::string& id) const;

  /// What is wrong with asking for `id` as a `kind`: unknown, of another kind, or in a refused plugin. An empty message
  /// where nothing is.
  [[nodiscard]] Problem why_not(const std::string& id, Kind kind) const;

  /// Create a component of a plugin. Error(configuration) for an unknown id or wrong parameters, Error(plugin) for an id in
  /// a refused plugin or a plugin that fails. `parameters`: an object or null. `compatibility`: "" or a Moodle version such as "4.4".
  [[nodiscard]] Analyser analyser(const std::string& id, const nlohmann::json& parameters = nullptr,
                                  const std::string& compatibility = {}) const;
  [[nodiscard]] TimeSplitter time_splitter(const std::string& id, const nlohmann::json& parameters = nullptr,
                                           const std::string& compatibility = {}) const;
  [[nodiscard]] Target target(const std::string& id, const nlohmann::json& parameters = nullptr,
                              const std::string& compatibility = {}) const;
  [[nodiscard]] Indicator indicator(const std::string& id, const nlohmann::json& parameters = nullptr,
                                    const std::string& compatibility = {}) const;
  [[nodiscard]] Backend backend(const std::string& id, const nlohmann::json& parameters = nullptr,
                                const std::string& compatibility = {}) const;
  [[nodiscard]] Clusterer clusterer(const std::string& id, const nlohmann::json& parameters = nullptr) const;
  [[nodiscard]] OutlierDetector outlier_detector(const std::string& id, const nlohmann::json& parameters = nullptr) const;

  /// What the plugin exported, also of an unknown kind; null where there is none. For listings.
  [[nodiscard]] std::shared_ptr<const Component> component(const std::string& id) const;

 private:
  [[nodiscard]] std::shared_ptr<const Component> require(const std::string& id, Kind kind) const;

  std::vector<SearchPlace> places_;
  std::vector<LoadedPlugin> plugins_;
  std::vector<Refusal> refused_;
  std::vector<Definition> definitions_;
  std::map<std::string, std::shared_ptr<const Component>> components_;
};

}  // namespace auspex::plugin
