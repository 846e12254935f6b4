// Choosing a backend's parameters by what models of folds say of their held-out rows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "learning/fit.hpp"
#include "learning/proposer.hpp"

namespace auspex::learning {

/// The model's backend with these parameters over its own.
using MakeLearner = std::function<std::unique_ptr<Learner>(const nlohmann::json& parameters)>;

struct Trial {
  nlohmann::json parameters;     ///< over the model's own; the first trial has none
  std::optional<double> score;   ///< the metric; none: not defined
};

/// What was tried before, and where trials are written down as soon as they are done.
class TrialLog {
 public:
  virtual ~TrialLog() = default;
  [[nodiscard]] virtual std::optional<Trial> find(const nlohmann::json& parameters) const = 0;
  virtual void add(const Trial& trial) = 0;
};

struct Chosen {
  nlohmann::json parameters = nlohmann::json::object();
  std::string metric;
  std::vector<Trial> trials;     ///< in order
  bool ran_out_of_time = false;

  /// {"parameters", "metric", "score", "trials": [{"parameters", "score"}], "ran_out_of_time"}
  [[nodiscard]] nlohmann::ordered_json json() const;
};

/// Tries the model's own parameters, then proposals; of equally good ones the first is chosen. A trial's score is the mean over
/// the ranges of the metric of all rows of the population, each predicted by the model of the fold of `rows` that does not know
/// the person. What the log knows is not tried again, so that a search that was broken off goes on where it was.
/// Throws Error(configuration) where the metric is not one of the kind of target.
[[nodiscard]] Chosen choose_parameters(const analysis::Dataset& dataset, const Rows& rows, const MakeLearner& make,
                                       const std::vector<Dimension>& space, const FitOptions& options,
                                       const spec::Search& search, TrialLog& log);

}  // namespace auspex::learning
