#include "learning/leaks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "learning/metrics.hpp"

namespace auspex::learning {

std::vector<Leak> leaking_columns(const analysis::Dataset& dataset, const Rows& rows, double limit) {
  constexpr std::size_t fewest_rows = 20;
  if (rows.size() < fewest_rows || dataset.classes.size() != 2) return {};
  std::vector<double> labels;
  for (const auto row : rows) labels.push_back(label_of(dataset, row));
  std::vector<Leak> leaks;
  for (std::size_t column = 0; column < dataset.columns.size(); ++column) {
    double strongest = 0.5;
    for (const double missing : {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()}) {
      std::vector<double> values;
      for (const auto row : rows) {
        const double value = dataset.values[row * dataset.columns.size() + column];
        values.push_back(std::isnan(value) ? missing : value);
      }
      const double auc = roc_auc(Scores(labels, values));
      if (std::isfinite(auc)) strongest = std::max({strongest, auc, 1 - auc});
    }
    if (strongest >= limit) leaks.push_back({dataset.columns[column], strongest});
  }
  return leaks;
}

}  // namespace auspex::learning
