// One trained model for all ranges, or one a range.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "learning/backend.hpp"
#include "learning/calibration.hpp"
#include "learning/matrix.hpp"

namespace auspex::learning {

inline constexpr std::int32_t all_ranges = -1;

struct FitOptions {
  spec::Population population = spec::Population::all;  ///< whose rows are learned from
  bool per_range = false;
  std::uint64_t seed = 1;
  int threads = 1;
  std::vector<double> weights;   ///< one a row of the dataset; empty = all 1
  spec::Decision decision;       ///< calibration and threshold, learned from rows that are held out of the training rows
};

struct Fitted {
  bool per_range = false;
  std::map<std::int32_t, std::string> models;   ///< by range index, or all_ranges: the backend's bytes
  std::map<std::int32_t, std::string> without;  ///< why a range has no model: "no_rows", "one_class"
  std::map<std::int32_t, std::size_t> rows;     ///< learned from, by the same keys
  std::map<std::int32_t, Calibration> calibrations;  ///< by the same keys; none: as the backend says
  std::map<std::int32_t, double> thresholds;    ///< by range; all_ranges: of ranges without one; none: 0.5

  /// The key of the model for rows of a range.
  [[nodiscard]] std::int32_t key(std::int32_t range) const { return per_range ? range : all_ranges; }

  /// Above it a row of the range is predicted positive.
  [[nodiscard]] double threshold(std::int32_t range) const;

  /// The index of the class that is predicted of a row: of two, the positive one where it is above the threshold; of several,
  /// the most probable.
  [[nodiscard]] std::size_t decide(std::int32_t range, std::span<const double> probabilities) const;
};

/// Learns from the rows of the population among `rows` (all labelled). A model that would have no rows, or rows of one
/// class, is left out with its reason. Calibration and threshold are learned from what models of grouped folds of the same
/// rows say of their held-out rows, and applied to the model of all rows (as scikit-learn's CalibratedClassifierCV without
/// ensemble); thresholds are chosen range by range, on calibrated probabilities.
/// Throws Error(configuration) where the options ask for more than the kind of target has.
[[nodiscard]] Fitted fit(const analysis::Dataset& dataset, const Rows& rows, Learner& learner, const FitOptions& options);

/// rows.size() x max(1, classes), in the order of `rows`, calibrated; NaN for rows of ranges without a model.
[[nodiscard]] std::vector<double> predict(const Fitted& fitted, const analysis::Dataset& dataset, const Rows& rows,
                                          Learner& learner, int threads = 1);

}  // namespace auspex::learning
