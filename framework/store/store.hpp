// What a workspace remembers between runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/calendar.hpp"

namespace auspex::store {

/// A prediction as it is kept.
struct Prediction {
  std::string analysable;
  std::string sample;
  std::string range;              ///< name
  std::int32_t range_index = 0;
  Time start = no_time;           ///< of the range
  Time end = no_time;
  double prediction = 0;          ///< the class, or the value of a linear target
  double score = 0;               ///< probability of that class; 1 for linear and for static targets
  double probability = 0;         ///< probability of the target's last class; the value of a linear target
  Time predicted_at = no_time;    ///< the as-of it was made at
  std::string artefact;           ///< that made it; static models have none: the version
  std::string reasons;            ///< JSON text of what it consists of; "" where that is not known
};

/// A sample that was looked at for a range and got no prediction.
struct Unpredicted {
  std::string analysable;
  std::string sample;
  std::string range;              ///< name
  std::int32_t range_index = 0;
  std::string reason;
  Time seen_at = no_time;         ///< as-of
};

/// The training that a model's predictions are made with.
struct Training {
  std::string artefact;           ///< id
  Time as_of = no_time;
  std::string version;            ///< of the model's definition; another one begins anew
  std::string time_splitting;     ///< component id; "" where it was not recorded
  std::string dataset;            ///< SHA-256 of what was trained on; "" where it was not recorded
  std::string values_file;          ///< name of the file of values that need not be calculated again; "" = none
};

/// What one run analysed, and when.
struct Analysed {
  std::string purpose;            ///< "training", "prediction"
  Time as_of = no_time;
  std::set<std::string> analysables;
};

struct Evaluation {
  Time as_of = no_time;
  std::string fingerprint;        ///< of the data
  std::string version;            ///< of the model's definition; "" where it was not recorded
  std::string time_splitting;     ///< likewise
  std::string result;             ///< JSON text
};

/// A file that goes with a deleted model.
struct Removal {
  std::filesystem::path file;     ///< relative to the workspace
  std::string sha256;             ///< of its content when the model was deleted
};

/// How much of a model is remembered.
struct Amounts {
  std::int64_t trainings = 0;
  std::int64_t trained_samples = 0;
  std::int64_t predictions = 0;   ///< of all versions
  std::int64_t evaluations = 0;
};

/// The state database of one workspace. Every function that writes is one transaction: it happens whole or not at all,
/// whatever ends the process. Throws Error(data) where the database cannot be opened, read or written.
///
/// Predictions belong to a model's version: each sample is predicted once a range until the model's definition changes. What
/// is asked for with an `as_of` knows nothing that was recorded for later.
class Store {
 public:
  /// Opens or creates the database; one of an older Auspex is brought to the present form.
  explicit Store(const std::filesystem::path& file);
  ~Store();
  Store(Store&&) noexcept;

  /// None where nobody switched it on or off.
  [[nodiscard]] std::optional<bool> enabled(const std::string& model) const;
  void record_enabled(const std::string& model, bool enabled);

  [[nodiscard]] std::optional<Training> training(const std::string& model) const;

  /// Makes `training` the model's current one. `samples`: what it was trained on, each with its analysable; those of the
  /// version before keep the time since when they are.
  void record_training(const std::string& model, const Training& training, const std::map<std::string, std::string>& samples,
                       const Analysed& analysed);

  /// What was trained turned out to be known at this earlier time already.
  void record_training_time(const std::string& model, Time as_of);

  /// The model's training has its values in this file now.
  void record_values_file(const std::string& model, const std::string& name);

  void record_analysed(const std::string& model, const Analysed& analysed);

  /// By sample id: since when the model's current version is trained on it.
  [[nodiscard]] std::map<std::string, Time> trained_samples(const std::string& model) const;

  /// Artefacts and files of values that a model's training points to.
  [[nodiscard]] std::set<std::string> artefacts() const;
  [[nodiscard]] std::set<std::string> values_files() const;

  /// By analysable, range index and sample, each in byte order.
  [[nodiscard]] std::vector<Prediction> predictions(const std::string& model, const std::string& version, Time as_of) const;
  [[nodiscard]] std::vector<Unpredicted> unpredicted(const std::string& model, const std::string& artefact,
                                                     Time as_of) const;

  /// How far what was predicted last differed from what was trained on, as JSON text; "" where that was never looked at.
  [[nodiscard]] std::string drift(const std::string& model, const std::string& artefact, Time as_of) const;
  void record_drift(const std::string& model, const std::string& artefact, Time as_of, const std::string& result);

  /// Adds predictions; those of the same sample and range by the same version are replaced. `unpredicted`: by the same
  /// artefact; what other artefacts of the model left unpredicted is forgotten.
  void record_predictions(const std::string& model, const std::string& version, const std::string& artefact,
                          const std::vector<Prediction>& predictions, const std::vector<Unpredicted>& unpredicted,
                          const Analysed& analysed);

  /// By analysable: when it was first analysed for a model, whatever for.
  [[nodiscard]] std::map<std::string, Time> first_analyses(const std::string& model, Time as_of) const;
  /// By analysable: when it was last analysed for a purpose.
  [[nodiscard]] std::map<std::string, Time> last_analyses(const std::string& model, const std::string& purpose,
                                                          Time as_of) const;

  /// The evaluation log, in the order it was written.
  void record_evaluation(const std::string& model, const Evaluation& evaluation);
  [[nodiscard]] std::vector<Evaluation> evaluations(const std::string& model) const;

  /// Ids of models of which anything is remembered.
  [[nodiscard]] std::set<std::string> models() const;
  [[nodiscard]] Amounts amounts(const std::string& model) const;

  /// Forgets trainings, predictions and analyses; keeps the switch and the evaluation log.
  void clear(const std::string& model);

  /// Forgets everything of the model. `removal`: its file, which is still to be removed by whoever comes next.
  void remove(const std::string& model, const std::optional<Removal>& removal);
  [[nodiscard]] std::vector<Removal> removals() const;
  void record_removed(const Removal& removal);

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

}  // namespace auspex::store
