#include "learning/baselines.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "learning/logistic_line.hpp"

namespace auspex::learning {
namespace {

std::size_t width_of(const analysis::Dataset& dataset) { return std::max<std::size_t>(1, dataset.classes.size()); }

/// What place `c` of a perfect prediction of the row would hold: 1 for its own class, or its value.
double outcome(const analysis::Dataset& dataset, std::size_t row, std::size_t c) {
  const double label = label_of(dataset, row);
  return dataset.classes.empty() ? label : double(label == double(c));
}

double mean(const std::vector<double>& values, double otherwise) {
  return values.empty() ? otherwise : std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

/// y = intercept + slope * x by least squares; none for a constant x.
std::optional<LogisticLine> least_squares_line(const std::vector<double>& x, const std::vector<double>& y) {
  const double mean_x = mean(x, 0), mean_y = mean(y, 0);
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (!(xx > 0)) return std::nullopt;
  return LogisticLine{mean_y - xy / xx * mean_x, xy / xx};
}

struct Curve {
  std::optional<LogisticLine> line;
  bool is_logistic = true;
  double level = 0;          // of rows with a value, where there is no line
  double level_missing = 0;  // of rows without

  [[nodiscard]] double at(double x) const {
    if (std::isnan(x)) return level_missing;
    if (!line) return level;
    const double z = line->intercept + line->slope * x;
    return is_logistic ? sigmoid(z) : z;
  }
};

/// Of one range; one a place of the prediction.
std::vector<Curve> curves_of(const analysis::Dataset& dataset, std::span<const float> values, const Rows& train,
                             std::span<const double> priors) {
  std::vector<Curve> curves;
  for (std::size_t c = 0; c < width_of(dataset); ++c) {
    std::vector<double> x, y, y_missing;
    for (const auto row : train) {
      const double value = values[row];
      (std::isnan(value) ? y_missing : y).push_back(outcome(dataset, row, c));
      if (!std::isnan(value)) x.push_back(value);
    }
    const bool is_logistic = !dataset.classes.empty();
    curves.push_back({is_logistic ? fit_logistic_line(x, y) : least_squares_line(x, y), is_logistic, mean(y, priors[c]),
                      mean(y_missing, priors[c])});
  }
  return curves;
}

}  // namespace

std::vector<double> prior_baseline(const analysis::Dataset& dataset, const Rows& train, const Rows& test) {
  const auto width = width_of(dataset);
  std::map<std::int32_t, Rows> by_range;
  for (const auto row : train) by_range[dataset.rows[row].range].push_back(row);
  const auto levels = [&](const Rows& rows) {
    std::vector<double> result(width, 0.0);
    for (std::size_t c = 0; c < width; ++c) {
      for (const auto row : rows) result[c] += outcome(dataset, row, c);
      result[c] /= double(rows.size());
    }
    return result;
  };
  const auto overall = levels(train);
  std::map<std::int32_t, std::vector<double>> of_range;
  for (const auto& [range, rows] : by_range) of_range[range] = levels(rows);
  std::vector<double> result;
  for (const auto row : test) {
    const auto found = of_range.find(dataset.rows[row].range);
    const auto& own = found == of_range.end() ? overall : found->second;
    result.insert(result.end(), own.begin(), own.end());
  }
  return result;
}

std::vector<float> column_values(const analysis::Dataset& dataset, const std::string& column) {
  const auto take = [&](const std::vector<std::string>& columns, const std::vector<float>& values) {
    std::vector<float> taken;
    const auto found = std::find(columns.begin(), columns.end(), column);
    if (found == columns.end()) return taken;
    const auto index = std::size_t(found - columns.begin());
    for (std::size_t row = 0; row < dataset.rows.size(); ++row) taken.push_back(values[row * columns.size() + index]);
    return taken;
  };
  auto feature = take(dataset.columns, dataset.values);
  return feature.empty() ? take(dataset.aside, dataset.aside_values) : feature;
}

std::vector<double> column_baseline(const analysis::Dataset& dataset, std::span<const float> values, const Rows& train,
                                    const Rows& test) {
  const auto width = width_of(dataset);
  std::map<std::int32_t, Rows> by_range;
  for (const auto row : train) by_range[dataset.rows[row].range].push_back(row);
  auto result = prior_baseline(dataset, train, test);
  std::map<std::int32_t, std::vector<Curve>> curves;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const auto own = std::span(result).subspan(i * width, width);
    const auto range = dataset.rows[test[i]].range;
    if (!curves.contains(range)) curves[range] = curves_of(dataset, values, by_range[range], own);
    const auto& of_range = curves[range];
    for (std::size_t c = 0; c < width; ++c) own[c] = of_range[c].at(values[test[i]]);
    if (width == 1) continue;
    if (width == 2) own[0] = 1 - own[1];
    const double sum = std::accumulate(own.begin(), own.end(), 0.0);
    for (auto& value : own) value = sum > 0 ? value / sum : 1 / double(width);
  }
  return result;
}

}  // namespace auspex::learning
