// From a dataset to an artefact, and from an artefact to predictions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "learning/artefact.hpp"
#include "learning/backend.hpp"
#include "learning/fit.hpp"

namespace auspex::learning {

/// SHA-256 of all that training sees of a dataset: two with the same teach the same.
[[nodiscard]] std::string digest_of(const analysis::Dataset& dataset);

/// Learns from every labelled row of the population. Artefact::training becomes {"rows", "samples", "persons", "analysables",
/// "first_start", "last_end", "labels": {CLASS: rows} or {"mean", "least", "greatest"}, "outcome_known_before": rows}, numbers all. Throws Error(found) where there is none, or one class only; the message
/// says which. With one model a range, a range that cannot be learned is in Artefact::fitted.without.
[[nodiscard]] Artefact train(const analysis::Dataset& dataset, Learner& learner, const FitOptions& options,
                             Provenance provenance);

/// How the given columns differ from the wanted ones: "; missing: 'a'; surplus: 'b'", or their order; "" where they do not.
[[nodiscard]] std::string column_difference(const std::vector<std::string>& wanted, const std::vector<std::string>& given);

/// What an artefact says of a dataset's rows.
struct Predictions {
  std::size_t width = 1;               ///< classes; 1 for linear targets
  std::vector<double> values;          ///< rows x width: class probabilities, or values; NaN for rows without a model
  /// Why, by range of such rows: "no_rows", "one_class", "range_unknown".
  std::map<std::int32_t, std::string> without_model;
};

/// Throws Error(configuration) where the dataset's columns, classes or ranges are not those it was trained on (the message
/// names what is missing, surplus or in another order), or the learner is another backend.
[[nodiscard]] Predictions predict(const Artefact& artefact, Learner& learner, const analysis::Dataset& dataset,
                                  int threads = 1);

}  // namespace auspex::learning
