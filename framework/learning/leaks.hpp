// Features that give the label away.
#pragma once

#include <string>
#include <vector>

#include "learning/matrix.hpp"

namespace auspex::learning {

struct Leak {
  std::string column;
  double roc_auc;   ///< of the column alone, at least 0.5 (a column may be reversed)
};

/// Columns that, alone, part the classes of the rows almost perfectly; missing values rank below or above all others. Empty
/// for fewer than 20 rows, where that can be chance, and for other than two classes.
[[nodiscard]] std::vector<Leak> leaking_columns(const analysis::Dataset& dataset, const Rows& rows, double limit = 0.999);

}  // namespace auspex::learning
