#include "learning/fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

namespace auspex::learning {
namespace {

/// Row numbers by the key of their model; every range of the dataset has an entry.
std::map<std::int32_t, Rows> rows_by_model(const analysis::Dataset& dataset, const Rows& rows, bool per_range) {
  std::map<std::int32_t, Rows> result;
  if (!per_range) result[all_ranges];
  for (std::size_t range = 0; per_range && range < dataset.range_names.size(); ++range) result[std::int32_t(range)];
  for (const auto row : rows) result[per_range ? dataset.rows[row].range : all_ranges].push_back(row);
  return result;
}

}  // namespace

Fitted fit(const analysis::Dataset& dataset, const Rows& rows, Learner& learner, const FitOptions& options) {
  Rows used;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(used), [&](auto row) {
    return has_label(dataset.rows[row]) && belongs(dataset.rows[row], options.population);
  });
  Fitted fitted;
  fitted.per_range = options.per_range;
  for (const auto& [key, own] : rows_by_model(dataset, used, options.per_range)) {
    auto matrix = training_matrix(dataset, own, options.weights);
    const std::set<double> labels(matrix.labels.begin(), matrix.labels.end());
    if (own.empty()) {
      fitted.without[key] = "no_rows";
    } else if (!dataset.classes.empty() && labels.size() < 2) {
      fitted.without[key] = "one_class";
    } else {
      matrix.seed = options.seed;
      matrix.threads = options.threads;
      fitted.rows[key] = own.size();
      fitted.models[key] = learner.train(matrix);
    }
  }
  return fitted;
}

std::vector<double> predict(const Fitted& fitted, const analysis::Dataset& dataset, const Rows& rows, Learner& learner,
                            int threads) {
  const auto width = std::max<std::size_t>(1, dataset.classes.size());
  std::vector<double> result(rows.size() * width, std::numeric_limits<double>::quiet_NaN());
  std::map<std::int32_t, std::vector<std::size_t>> places;  // in `rows`
  for (std::size_t i = 0; i < rows.size(); ++i) places[fitted.key(dataset.rows[rows[i]].range)].push_back(i);
  for (const auto& [key, own] : places) {
    const auto model = fitted.models.find(key);
    if (model == fitted.models.end()) continue;
    Rows chosen;
    for (const auto place : own) chosen.push_back(rows[place]);
    auto matrix = prediction_matrix(dataset, chosen);
    matrix.threads = threads;
    const auto values = learner.predict(model->second, matrix);
    const bool are_numbers = std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    if (values.size() != own.size() * width || !are_numbers) {
      throw Error(Fault::plugin,
                  fmt::format("the backend '{}' gave back predictions that are no numbers, or not one a row and class",
                              learner.id()));
    }
    for (std::size_t i = 0; i < own.size(); ++i) {
      std::copy_n(values.begin() + std::ptrdiff_t(i * width), width, result.begin() + std::ptrdiff_t(own[i] * width));
    }
  }
  return result;
}

}  // namespace auspex::learning
