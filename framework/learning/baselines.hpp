// What a model must beat: simple predictions from the same training rows.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "learning/matrix.hpp"

namespace auspex::learning {

/// The share of positives among the training rows of the test row's range, for every test row; of all training rows where
/// that range has none. `train` must not be empty.
[[nodiscard]] std::vector<double> prior_baseline(const analysis::Dataset& dataset, const Rows& train, const Rows& test);

/// The values of a feature or of an indicator kept aside, one a row; empty where the dataset has no such column.
[[nodiscard]] std::vector<float> column_values(const analysis::Dataset& dataset, const std::string& column);

/// A logistic curve through one variable, fitted for each range on its training rows; rows without a value get the share of
/// positives among such training rows of their range. values: one a row of the dataset, NaN = none.
[[nodiscard]] std::vector<double> column_baseline(const analysis::Dataset& dataset, std::span<const float> values,
                                                  const Rows& train, const Rows& test);

}  // namespace auspex::learning
