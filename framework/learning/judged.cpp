#include "learning/judged.hpp"

#include <algorithm>
#include <cmath>
#include <memory>

#include "learning/class_metrics.hpp"

namespace auspex::learning {

Scores Judged::scores() const {
  std::vector<double> positive;
  for (std::size_t i = 0; i < labels.size(); ++i) positive.push_back(values[i * 2 + 1]);
  return Scores(labels, positive, decisions);
}

Judged judged(const analysis::Dataset& dataset, const Rows& rows, const std::vector<double>& values,
              const std::vector<double>& decisions) {
  Judged result;
  result.classes = dataset.classes.size();
  const auto width = std::max<std::size_t>(1, result.classes);
  for (const auto row : rows) {
    const auto own = std::span(values).subspan(row * width, width);
    if (std::isnan(own.front())) continue;
    result.labels.push_back(label_of(dataset, row));
    result.values.insert(result.values.end(), own.begin(), own.end());
    result.groups.push_back(dataset.rows[row].group);
    if (result.classes == 0) continue;
    result.decisions.push_back(decisions.empty() ? double(std::max_element(own.begin(), own.end()) - own.begin())
                                                 : decisions[row]);
  }
  return result;
}

Measure measure_of(const Judged& judged, const Capacity& capacity) {
  if (judged.classes == 0) {
    return [labels = judged.labels, values = judged.values](std::span<const double> weights) {
      return value_metrics(labels, values, weights);
    };
  }
  if (judged.classes == 2) {
    const auto scores = std::make_shared<Scores>(judged.scores());
    return [scores, capacity](std::span<const double> weights) {
      scores->weigh(weights);
      return all_metrics(*scores, capacity);
    };
  }
  const auto scores = std::make_shared<ClassScores>(judged.labels, judged.values, judged.decisions, judged.classes);
  return [scores](std::span<const double> weights) {
    scores->weigh(weights);
    return class_metrics(*scores);
  };
}

Metrics metrics_of(const Judged& judged, const Capacity& capacity) {
  return measure_of(judged, capacity)(std::vector<double>(judged.labels.size(), 1.0));
}

MeanOver mean_over(const std::vector<Judged>& sets, const Capacity& capacity) {
  MeanOver mean;
  std::vector<std::size_t> sizes;
  for (const auto& set : sets) {
    mean.groups.insert(mean.groups.end(), set.groups.begin(), set.groups.end());
    sizes.push_back(set.labels.size());
  }
  mean.measure = [&sets, capacity, sizes]() -> Measure {
    std::vector<Measure> measures;
    for (const auto& set : sets) measures.push_back(measure_of(set, capacity));
    return [measures, sizes](std::span<const double> weights) {
      Metrics sums;
      std::vector<std::size_t> counts;
      for (std::size_t k = 0, first = 0; k < sizes.size(); first += sizes[k++]) {
        const auto metrics = measures[k](weights.subspan(first, sizes[k]));
        for (std::size_t m = 0; m < metrics.size(); ++m) {
          if (k == 0) {
            sums.emplace_back(metrics[m].first, 0);
            counts.push_back(0);
          }
          if (!std::isfinite(metrics[m].second)) continue;
          sums[m].second += metrics[m].second;
          ++counts[m];
        }
      }
      for (std::size_t m = 0; m < sums.size(); ++m) sums[m].second /= double(counts[m]);  // NaN where none is defined
      return sums;
    };
  };
  return mean;
}

Measure difference(Measure first, Measure second) {
  return [first = std::move(first), second = std::move(second)](std::span<const double> weights) {
    auto result = first(weights);
    const auto other = second(weights);
    for (std::size_t m = 0; m < result.size(); ++m) result[m].second -= other[m].second;
    return result;
  };
}

}  // namespace auspex::learning
