#include "learning/baselines.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "learning/logistic_line.hpp"

namespace auspex::learning {
namespace {

double rate(const std::vector<double>& labels, double otherwise) {
  if (labels.empty()) return otherwise;
  double sum = 0;
  for (const double label : labels) sum += label;
  return sum / double(labels.size());
}

struct Curve {
  std::optional<LogisticLine> line;
  double rate = 0;          // of rows with a value, where there is no line
  double rate_missing = 0;  // of rows without
};

}  // namespace

std::vector<double> prior_baseline(const analysis::Dataset& dataset, const Rows& train, const Rows& test) {
  std::vector<double> labels;
  std::map<std::int32_t, std::vector<double>> by_range;
  for (const auto row : train) {
    labels.push_back(label_of(dataset, row));
    by_range[dataset.rows[row].range].push_back(labels.back());
  }
  const double overall = rate(labels, 0);
  std::vector<double> result;
  for (const auto row : test) result.push_back(rate(by_range[dataset.rows[row].range], overall));
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
  const auto value = [&](std::size_t row) { return double(values[row]); };

  struct Range {
    std::vector<double> x, labels, labels_missing;
  };
  std::map<std::int32_t, Range> ranges;
  for (const auto row : train) {
    auto& range = ranges[dataset.rows[row].range];
    if (std::isnan(value(row))) {
      range.labels_missing.push_back(label_of(dataset, row));
    } else {
      range.x.push_back(value(row));
      range.labels.push_back(label_of(dataset, row));
    }
  }
  const auto priors = prior_baseline(dataset, train, test);
  std::map<std::int32_t, Curve> curves;
  std::vector<double> result;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const auto key = dataset.rows[test[i]].range;
    if (!curves.contains(key)) {
      const auto& range = ranges[key];
      curves[key] = {fit_logistic_line(range.x, range.labels), rate(range.labels, priors[i]),
                     rate(range.labels_missing, priors[i])};
    }
    const auto& curve = curves[key];
    const double x = value(test[i]);
    if (std::isnan(x)) result.push_back(curve.rate_missing);
    else result.push_back(curve.line ? sigmoid(curve.line->intercept + curve.line->slope * x) : curve.rate);
  }
  return result;
}

}  // namespace auspex::learning
