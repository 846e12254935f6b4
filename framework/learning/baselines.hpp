// What a model must beat: simple predictions from the same training rows.
//
// Predictions are as a backend's: test.size() x width, class probabilities, or one value a row of a linear target.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "learning/matrix.hpp"

namespace auspex::learning {

/// The shares of the classes (or the mean) among the training rows of the test row's range, for every test row; of all
/// training rows where that range has none. `train` must not be empty.
[[nodiscard]] std::vector<double> prior_baseline(const analysis::Dataset& dataset, const Rows& train, const Rows& test);

/// The values of a feature or of an indicator kept aside, one a row; empty where the dataset has no such column.
[[nodiscard]] std::vector<float> column_values(const analysis::Dataset& dataset, const std::string& column);

/// A curve through one variable, fitted for each range on its training rows: logistic, of several classes one against the
/// rest and normalised; a least-squares line for linear targets. Rows without a value get the shares (or the mean) of such
/// training rows of their range. values: one a row of the dataset, NaN = none.
[[nodiscard]] std::vector<double> column_baseline(const analysis::Dataset& dataset, std::span<const float> values,
                                                  const Rows& train, const Rows& test);

}  // namespace auspex::learning
