// The feature matrix that a backend trains on or predicts from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/dataset.hpp"
#include "spec/model.hpp"

namespace auspex::learning {

using Rows = std::vector<std::size_t>;  ///< indices into Dataset::rows, ascending

/// Owns its values; row-major, NaN = missing.
struct Matrix {
  std::size_t rows = 0;
  std::vector<std::string> columns;
  std::vector<float> values;          ///< rows x columns.size()
  std::vector<double> labels;         ///< index of the class, or the value of a linear target; empty for prediction
  std::vector<double> weights;        ///< empty = all 1
  std::vector<std::int64_t> groups;   ///< rows of one group belong to one person
  std::size_t class_count = 0;        ///< 0 for linear targets
  std::uint64_t seed = 1;
  int threads = 1;
};

[[nodiscard]] bool has_label(const analysis::Row& row);

/// Whether the row belongs to the population.
[[nodiscard]] bool belongs(const analysis::Row& row, spec::Population population);

/// "all" or "enrolled".
[[nodiscard]] std::string population_name(spec::Population population);

/// The index of the row's label among the dataset's classes; the label itself for linear targets. Throws Error(plugin) where
/// it is none of the classes.
[[nodiscard]] double label_of(const analysis::Dataset& dataset, std::size_t row);

/// Features, labels and groups of labelled rows. `weights`: one a row of the dataset, or empty.
[[nodiscard]] Matrix training_matrix(const analysis::Dataset& dataset, std::span<const std::size_t> rows,
                                     std::span<const double> weights = {});

/// Features and groups only.
[[nodiscard]] Matrix prediction_matrix(const analysis::Dataset& dataset, std::span<const std::size_t> rows);

}  // namespace auspex::learning
