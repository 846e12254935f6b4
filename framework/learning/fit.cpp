#include "learning/fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "learning/split.hpp"
#include "learning/threshold.hpp"

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

/// The backend's models alone. All rows are labelled and of the population.
Fitted fit_models(const analysis::Dataset& dataset, const Rows& used, Learner& learner, const FitOptions& options) {
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

bool is_refined(const spec::Decision& decision) {
  return decision.calibration != spec::Decision::Calibration::none || decision.threshold != spec::Decision::Threshold::half;
}

void require_classes(const analysis::Dataset& dataset, const spec::Decision& decision) {
  const auto refuse = [](const char* what, const char* needs) {
    throw Error(Fault::configuration, fmt::format("{} is asked for, and the target has no {}", what, needs),
                "remove it from [decision]");
  };
  if (decision.calibration != spec::Decision::Calibration::none && dataset.classes.empty()) refuse("calibration", "classes");
  if (decision.threshold != spec::Decision::Threshold::half && dataset.classes.size() != 2) {
    refuse("a threshold", "two classes");
  }
}

/// Rows that were held out, and what was said of them.
struct Said {
  Rows rows;
  std::vector<double> probabilities;  // rows x classes
};

Said cross_fitted(const analysis::Dataset& dataset, const Rows& used, Learner& learner, const FitOptions& options) {
  constexpr std::size_t inner_folds = 5;
  Said said;
  const auto width = dataset.classes.size();
  for (const auto& fold : grouped_folds(dataset, used, inner_folds, options.seed)) {
    const auto inner = fit_models(dataset, fold.train_rows, learner, options);
    const auto values = predict(inner, dataset, fold.test_rows, learner, options.threads);
    for (std::size_t i = 0; i < fold.test_rows.size(); ++i) {
      const auto own = std::span(values).subspan(i * width, width);
      if (std::isnan(own.front())) continue;
      said.rows.push_back(fold.test_rows[i]);
      said.probabilities.insert(said.probabilities.end(), own.begin(), own.end());
    }
  }
  return said;
}

/// Learns calibration and thresholds.
void refine(Fitted& fitted, const analysis::Dataset& dataset, const Rows& used, Learner& learner,
            const FitOptions& options) {
  if (fitted.models.empty()) return;
  auto said = cross_fitted(dataset, used, learner, options);
  const auto width = dataset.classes.size();
  std::map<std::int32_t, std::vector<std::size_t>> by_key, by_range;  // places in `said`
  for (std::size_t i = 0; i < said.rows.size(); ++i) {
    const auto range = dataset.rows[said.rows[i]].range;
    by_key[fitted.key(range)].push_back(i);
    by_range[range].push_back(i);
    by_range[all_ranges].push_back(i);
  }
  if (options.decision.calibration != spec::Decision::Calibration::none) {
    for (const auto& [key, places] : by_key) {
      std::vector<double> labels, probabilities;
      for (const auto i : places) {
        labels.push_back(label_of(dataset, said.rows[i]));
        const auto own = std::span(said.probabilities).subspan(i * width, width);
        probabilities.insert(probabilities.end(), own.begin(), own.end());
      }
      const auto& calibration = fitted.calibrations[key] =
          fit_calibration(options.decision.calibration, labels, probabilities, width);
      for (const auto i : places) calibration.apply(std::span(said.probabilities).subspan(i * width, width));
    }
  }
  if (options.decision.threshold == spec::Decision::Threshold::half) return;
  for (const auto& [range, places] : by_range) {
    std::vector<double> labels, probabilities;
    for (const auto i : places) {
      labels.push_back(label_of(dataset, said.rows[i]));
      probabilities.push_back(said.probabilities[i * width + 1]);
    }
    fitted.thresholds[range] = choose_threshold(Scores(labels, probabilities), options.decision);
  }
}

}  // namespace

double Fitted::threshold(std::int32_t range) const {
  if (const auto own = thresholds.find(range); own != thresholds.end()) return own->second;
  const auto common = thresholds.find(all_ranges);
  return common == thresholds.end() ? 0.5 : common->second;
}

std::size_t Fitted::decide(std::int32_t range, std::span<const double> probabilities) const {
  if (probabilities.size() == 2) return probabilities[1] > threshold(range) ? 1 : 0;
  return std::size_t(std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin());
}

Fitted fit(const analysis::Dataset& dataset, const Rows& rows, Learner& learner, const FitOptions& options) {
  require_classes(dataset, options.decision);
  Rows used;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(used), [&](auto row) {
    return has_label(dataset.rows[row]) && belongs(dataset.rows[row], options.population);
  });
  auto fitted = fit_models(dataset, used, learner, options);
  if (is_refined(options.decision)) refine(fitted, dataset, used, learner, options);
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
    const auto calibration = fitted.calibrations.find(key);
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
      if (calibration == fitted.calibrations.end()) continue;
      calibration->second.apply(std::span(result).subspan(own[i] * width, width));
    }
  }
  return result;
}

}  // namespace auspex::learning
