// What a workspace remembers between runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
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
  double score = 0;               ///< probability of that class; 1 for linear targets
  double probability = 0;         ///< probability of the target's last class; the value of a linear target
  Time predicted_at = no_time;    ///< the as-of it was made at
};

/// The training that a model's predictions are made with.
struct Training {
  std::string artefact;           ///< id
  Time as_of = no_time;
};

/// The state database of one workspace. Every function that writes is one transaction: it happens whole or not at all,
/// whatever ends the process. Throws Error(data) where the database cannot be opened, read or written.
class Store {
 public:
  /// Opens or creates the database.
  explicit Store(const std::filesystem::path& file);
  ~Store();
  Store(Store&&) noexcept;

  [[nodiscard]] std::optional<Training> training(const std::string& model) const;

  /// The ids of the samples that the model's current artefact was trained on.
  [[nodiscard]] std::set<std::string> trained_samples(const std::string& model) const;

  /// Makes `training` the model's current one.
  void record_training(const std::string& model, const Training& training, const std::set<std::string>& samples);

  /// Artefacts that a model's training points to.
  [[nodiscard]] std::set<std::string> artefacts() const;

  /// Made by this artefact at or before `as_of`; by analysable, range index and sample, each in byte order.
  [[nodiscard]] std::vector<Prediction> predictions(const std::string& model, const std::string& artefact, Time as_of) const;

  /// Adds predictions; those of the same sample and range by the same artefact are replaced.
  void record_predictions(const std::string& model, const std::string& artefact, const std::vector<Prediction>& predictions,
                          const std::map<std::string, Time>& first_analyses);

  /// When each analysable was first analysed for a model.
  [[nodiscard]] std::map<std::string, Time> first_analyses(const std::string& model) const;

  /// Appends to the evaluation log. `result`: JSON text.
  void record_evaluation(const std::string& model, Time as_of, const std::string& fingerprint, const std::string& result);

 private:
  struct Database;
  std::unique_ptr<Database> database_;
};

}  // namespace auspex::store
