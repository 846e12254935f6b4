// The one facade over all rooms: what the command line and an embedding program call.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/calendar.hpp"
#include "base/error.hpp"

namespace auspex::runtime {

/// Version of Auspex.
[[nodiscard]] std::string version();

/// Bytes of a size such as "2GiB". Throws Error(usage).
[[nodiscard]] std::int64_t memory_size(const std::string& text);

/// What `auspex --probe-plugin FILE` does: tries a plugin in a process of its own and prints the verdict. Returns the exit code.
int probe_plugin(const std::filesystem::path& file);

/// What `auspex --plugin-workers` does: starts the processes of isolated plugins for a session. Returns the exit code.
int start_plugin_workers();

/// For a program that runs sessions, once and before any thread: a plugin that crashes this process, ends it or goes beyond
/// its limits ends it with exit code 4 and a message that says which and on what.
void guard_plugins();

struct Options {
  std::filesystem::path program;                        ///< the running executable; the installation is found from it
  std::optional<std::filesystem::path> workspace;       ///< default: nearest parent of the current folder with auspex.toml
  std::optional<Time> as_of;                            ///< default: the clock
  std::optional<std::string> timezone;                  ///< default: the workspace's, else the source's, else UTC
  std::optional<int> threads;                           ///< default: the workspace's, else one a core
  std::optional<std::int64_t> memory;                   ///< bytes; default: the workspace's, else 2 GiB
  std::vector<std::filesystem::path> plugin_dirs;
  std::optional<bool> isolate;                          ///< all plugins in processes of their own, or none; default: the
                                                        ///< workspace's, else those that are not shipped with Auspex
  std::optional<double> plugin_seconds;                 ///< of one call of a plugin; default: the workspace's, else 60
  std::optional<std::int64_t> plugin_memory;            ///< bytes; default: the workspace's, else 2 GiB
  bool allow_insecure = false;                          ///< load also plugins that others may write
  bool strict = false;                                  ///< warnings are errors
  double wait = 10;                                     ///< seconds, for another process that works on the same
  std::string command;                                  ///< what this one does, told to others that wait: "model train"
  std::function<void(const std::string& step, double done)> progress;  ///< may be empty
};

/// What the command line may override of a model file.
struct ModelOptions {
  std::string model;                          ///< an id, or a path ending in .toml
  std::optional<std::string> time_splitting;  ///< component id
  std::optional<std::string> compatibility;   ///< Moodle's version
};

struct ImportOptions {
  std::string source;                         ///< an id, or a path ending in .toml
  std::filesystem::path from;
  std::vector<std::string> parameters;        ///< NAME=VALUE
  std::filesystem::path key_file;             ///< empty: ids of persons stay as they are
  bool alone = false;                         ///< drops what other sources joined to the campus
};

/// A life to be split, and by which method.
struct SplitOptions {
  std::string method;                         ///< component id
  std::string parameters;                     ///< JSON text of an object, or empty
  std::optional<Time> start, end;             ///< of the analysable
  std::optional<Time> first_analysis;         ///< absent: it was never analysed
  std::optional<std::string> compatibility;   ///< Moodle's version
};

/// A plugin's library to be checked, and how.
struct CheckOptions {
  std::filesystem::path file;
  int level = 3;                              ///< 1 to 5
  std::uint64_t seed = 1;
  double seconds = 10;                        ///< of a check
  std::vector<std::string> only;              ///< ids of checks; empty = all
  std::vector<std::string> skip;              ///< ID=REASON
  std::string parameters;                     ///< JSON text of an object by component id, or FILE.json; or empty
  std::vector<std::filesystem::path> sources; ///< source files whose tables the plugin reads
  std::optional<std::filesystem::path> junit; ///< where to write JUnit's XML
};

/// A table to be explored, of learners or of anything else.
struct ExploreOptions {
  std::string table;                          ///< a .csv (also .csv.gz) or .parquet file; "-": CSV from standard input
  std::optional<std::string> config;          ///< an id, or a path ending in .toml
  std::filesystem::path report;               ///< folder to be written; empty: none
  std::uint64_t seed = 1;
};

enum class AnalyseFor { training, prediction, all };

/// Indicator values (analysable, sample, range, start, end, indicator, value) or the dataset that a backend gets, as Parquet (one
/// row a sample and range, after its features' names) or as Moodle's data set file.
enum class AnalyseFormat { values_csv, values_parquet, dataset_parquet, moodle_csv };

enum class MetricsOf { user, enrolment };

struct MetricsOptions {
  MetricsOf per = MetricsOf::user;            ///< what a row is
  std::optional<Time> from, to;               ///< the period, from < t <= to; default: all until as-of
  std::vector<std::string> parameters;        ///< NAME=NUMBER
  std::filesystem::path out;                  ///< .parquet: Parquet; else CSV
};

using Json = nlohmann::ordered_json;

/// Every function throws Error; Error::fault() is the exit code. Results are plain JSON in a fixed order of keys. Where an
/// isolated plugin's process ended on some of the analysables, plan, analyse and predict do all others, and the result also
/// has "failed": [{"analysable", "error"}]; train and evaluate throw Error(plugin) with all of them, and store nothing.
class Session {
 public:
  explicit Session(Options options);
  ~Session();

  /// Makes `folder` a workspace. Refuses one that is already, and a file.
  static Json init(const std::filesystem::path& folder);

  /// {"source", "raw": [..], "tables": [..], "rejects": [..], "matches": [..], "unmatched": [..], "always_known": [..],
  /// "timezone", "fingerprint", "seconds"}. matches, unmatched: of the source where it joins a campus, else of all that do.
  Json import(const ImportOptions& options);

  Json plugin_list();
  Json plugin_info(const std::string& id);

  /// Makes ./NAME of the templates: a repository of its own with a component of this kind that builds, tests and can be used.
  /// `id`: "acme/NAME"; `licence`: an SPDX id. {"id", "kind", "folder", "licence", "files"}
  Json plugin_new(const std::string& kind, const std::string& id, const std::string& licence);
  /// Whether a plugin's library keeps the contract: conformance::to_json() of the report. Loads nothing into this process,
  /// which must have no other thread at work.
  Json plugin_check(const CheckOptions& options);
  /// Writes the workspace's plugins.lock: what is loaded now and not shipped with Auspex, and nothing else is loaded from then
  /// on. Refuses where one of the files found was refused. {"file", "plugins": [{"id", "version", "sha256", "file"}]}
  Json plugin_lock();

  /// What a time splitting method makes of a life at as-of: {"valid", "ranges": [{"start", "end", "time"}],
  /// "training_range_indexes": what it offers for training, "distinct_ranges": the range columns of the dataset,
  /// "prediction_range_index": the most recent that is ready, or null, "cache_indicator_calculations",
  /// "valid_for_evaluation", "include_range_info", "reason"?, "arguments"?}. Valid without ranges: none has begun yet.
  Json time_splitting_ranges(const SplitOptions& options);

  /// Statistics, outliers, rules, groups, anomalies, classifications and warnings of a table; needs no workspace. As
  /// explore::explore() says.
  Json explore(const ExploreOptions& options);

  /// {"model", "files", "indicators", "warnings"}
  Json model_check(const ModelOptions& model);

  /// What training and prediction would use and leave out, and why; what of it gives the label away ("leaks": see
  /// learning/leaks.hpp) and how far what is to be predicted differs from what is to be trained on ("drift": see
  /// learning/drift.hpp). `quick`: calculates no indicators, so says nothing of the last two. Nothing is kept.
  Json model_plan(const ModelOptions& model, bool quick = false);

  /// Writes to `out` and returns what was analysed and how long it took. A dataset is for training or for prediction, not both.
  Json model_analyse(const ModelOptions& model, AnalyseFor purpose, AnalyseFormat format, const std::filesystem::path& out);

  /// The report, which is also appended to the model's evaluation log. `against`: another model, an id or a path, that is tested
  /// on the same split and compared ("against"). `page`: a folder for evaluation.html and evaluation.json; empty = none.
  Json model_evaluate(const ModelOptions& model, const std::optional<std::string>& against = std::nullopt,
                      const std::filesystem::path& page = {});

  /// {"model", "artefact", "new": bool, "rows", "samples", "new_samples", "remembered", "calculated_again", ..}. Indicator
  /// values of earlier trainings are used again where nothing that they depend on has changed; the model learns from all
  /// rows, and the artefact is the same as if all had been calculated. Other data in the campus, another time zone, other
  /// plugins: all is calculated again, and `calculated_again` says why. Where there is nothing new, nothing changes (`new`:
  /// false), unless `again`.
  Json model_train(const ModelOptions& model, bool again = false);

  /// The same on a labelled data set file of Moodle's instead of the campus; it must be of the model's target, time splitting
  /// method and columns.
  Json model_evaluate_file(const ModelOptions& model, const std::filesystem::path& dataset,
                           const std::filesystem::path& page = {});
  Json model_train_file(const ModelOptions& model, const std::filesystem::path& dataset);

  /// {"model", "artefact", "predictions": [..], "left_out": [..], "warnings": [..], "explanation", "drift", ..}: all that the
  /// workspace holds at as-of. Each prediction's "reasons" are as runtime/reasons.hpp says; "drift" is that of the last run that
  /// predicted something (see learning/drift.hpp). `again`: predict also what was predicted before.
  Json model_predict(const ModelOptions& model, bool again);

  /// Takes a model into use or out of it. A disabled one refuses to train and to predict; one that was never switched does
  /// both when it is asked. Enabling checks its file and needs a time splitting method.
  /// {"model", "enabled": bool, "before": bool or null}
  Json model_enable(const ModelOptions& model);
  Json model_disable(const ModelOptions& model);

  /// Forgets what the model was trained on and predicted, and removes artefacts that no other model uses; keeps the
  /// evaluation log and the switch. {"model", "removed": {"trainings", "trained_samples", "predictions"}}
  Json model_clear(const ModelOptions& model);

  /// Clears, forgets the log and the switch, and removes the workspace's own file of the model; refuses where another model
  /// extends it. {"model", "removed": {.., "evaluations"}, "file": removed or null, "kept_file": another place's or null}
  Json model_delete(const ModelOptions& model);

  /// {"model", "evaluations": [{"as_of", "time_splitting", "score", "deviation", "roc_auc", "fingerprint", "version",
  /// "report"}]}, oldest first.
  Json model_log(const ModelOptions& model);

  /// {"models": [{"id", "name", "from": "workspace" | "installation", "imported_from", "file", "target", "time_splitting",
  /// "indicators", "enabled": true | false | null (never switched), "state": "trained" | "not_trained" | "static",
  /// "trained_as_of"}], "faults": [..]}. What cannot be read is a fault, not the end.
  Json model_list();

  /// {"model": the frozen form, "files", "toml": the same as a model file of its own, "trained": null or {"artefact", "as_of",
  /// "card": see learning/card.hpp, "card_text": the same as Markdown}}
  Json model_show(const ModelOptions& model);

  /// Writes a zip file of Moodle's form: the model's configuration and, where it is trained and `weights` is set, what was
  /// trained. {"model", "file", "processor", "trained", "files", "warnings"}
  Json model_export(const ModelOptions& model, const std::filesystem::path& out, bool weights);

  /// Makes a file in the workspace's models/ of an export, Moodle's or ours, and takes over what was trained where we can use it.
  /// `id`: instead of its own. Throws Error(plugin) with all that is missing here: plugins, versions (unless they are ignored),
  /// components. {"model", "file", "from", "target", "time_splitting", "indicators", "backend", "trained", "warnings"}
  Json model_import(const std::filesystem::path& file, const std::optional<std::string>& id, bool ignore_versions);

  /// Writes one row a learner, one column a metric of the workspace's and the installation's metrics/. {"out", "per", "as_of",
  /// "from", "to", "learners", "deleted_users_left_out", "metrics": [{"id", "name", "unit", "file", "missing": learners without a value, "recorded":
  /// false where the source does not record what is measured}]}
  Json metrics(const MetricsOptions& options);

  struct Parts;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace auspex::runtime
