// Whether two columns together, or all of them, tell the label better than features could.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "learning/leak_tests.hpp"

namespace auspex::learning {

struct PairFit {
  std::size_t first = 0, second = 0;  ///< indices of columns
  std::string rule;                   ///< "tree of depth 2", "sum with weights", "nearest neighbours"
  Fit fit;
};

/// Every pair of columns that together reaches `least`, and each of them alone (`alone`, one balanced accuracy a column) at
/// most `least` - 0.05. Three rules: a tree of depth 2 (which sees products and exclusive or), a weighted sum (Fisher's
/// discriminant), and, for any other shape, the nearest neighbours in both. Pairs are tried on columns cut into eight classes;
/// those that come near are tried again on their values. The chance of a tree counts all its possible thresholds.
[[nodiscard]] std::vector<PairFit> telling_pairs(const std::vector<Column>& columns, const TwoClasses& labels,
                                                 const std::vector<double>& alone, double least);

/// The smallest sum of columns, found by adding what explains most (orthogonal matching pursuit), that explains the label like
/// all columns do; empty where all together do not. `r_squared` is adjusted for the number of columns (Ezekiel 1930).
struct Combination {
  std::vector<std::size_t> columns;
  double r_squared = 0;
  Fit fit;   ///< of the sum's best threshold; its chance is that of the F test of the whole regression
};
[[nodiscard]] Combination telling_sum(const std::vector<Column>& columns, const TwoClasses& labels);

}  // namespace auspex::learning
