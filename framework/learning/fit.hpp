// One trained model for all ranges, or one a range.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "learning/backend.hpp"
#include "learning/matrix.hpp"

namespace auspex::learning {

inline constexpr std::int32_t all_ranges = -1;

struct FitOptions {
  spec::Population population = spec::Population::all;  ///< whose rows are learned from
  bool per_range = false;
  std::uint64_t seed = 1;
  int threads = 1;
  std::vector<double> weights;   ///< one a row of the dataset; empty = all 1
};

struct Fitted {
  bool per_range = false;
  std::map<std::int32_t, std::string> models;   ///< by range index, or all_ranges: the backend's bytes
  std::map<std::int32_t, std::string> without;  ///< why a range has no model: "no_rows", "one_class"
  std::map<std::int32_t, std::size_t> rows;     ///< learned from, by the same keys

  /// The key of the model for rows of a range.
  [[nodiscard]] std::int32_t key(std::int32_t range) const { return per_range ? range : all_ranges; }
};

/// Learns from the rows of the population among `rows` (all labelled). A model that would have no rows, or rows of one
/// class, is left out with its reason.
[[nodiscard]] Fitted fit(const analysis::Dataset& dataset, const Rows& rows, Learner& learner, const FitOptions& options);

/// rows.size() x max(1, classes), in the order of `rows`; NaN for rows of ranges without a model.
[[nodiscard]] std::vector<double> predict(const Fitted& fitted, const analysis::Dataset& dataset, const Rows& rows,
                                          Learner& learner, int threads = 1);

}  // namespace auspex::learning
