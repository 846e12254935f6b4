#include "learning/held_out.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "learning/baselines.hpp"

namespace auspex::learning {
namespace {

/// Puts rows.size() x width values where they belong among those of all rows.
void place(std::vector<double>& into, const Rows& rows, const std::vector<double>& values, std::size_t width) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(values.begin() + std::ptrdiff_t(i * width), width, into.begin() + std::ptrdiff_t(rows[i] * width));
  }
}

}  // namespace

bool HeldOut::is_predicted(std::size_t row) const { return !std::isnan(values[row * width]); }

Rows of_population(const analysis::Dataset& dataset, const Rows& rows, spec::Population population) {
  Rows result;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(result),
               [&](auto row) { return belongs(dataset.rows[row], population); });
  return result;
}

Rows of_range(const analysis::Dataset& dataset, const Rows& rows, std::int32_t range) {
  Rows result;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(result),
               [&](auto row) { return dataset.rows[row].range == range; });
  return result;
}

HeldOut hold_out(const analysis::Dataset& dataset, Split split, const LearnerFor& learner, const FitOptions& options,
                 const Baselines& baselines) {
  const auto width = std::max<std::size_t>(1, dataset.classes.size());
  const std::vector<double> blank(dataset.rows.size() * width, std::numeric_limits<double>::quiet_NaN());
  HeldOut held{{}, width, {}, blank, {}, {{"prior", blank}}, {}, {}};
  if (!dataset.classes.empty()) held.decisions.assign(dataset.rows.size(), std::numeric_limits<double>::quiet_NaN());
  const auto recency = column_values(dataset, baselines.recency_column);
  if (!recency.empty()) held.baselines.push_back({"days_since_last_activity", blank});
  if (baselines.reference != nullptr) held.baselines.push_back({baselines.reference_name, blank});

  for (const auto& fold : split.folds) {
    const auto train = of_population(dataset, fold.train_rows, options.population);
    const auto judge = [&](Learner& by, std::vector<double>& into) {
      auto fitted = fit(dataset, train, by, options);
      place(into, fold.test_rows, predict(fitted, dataset, fold.test_rows, by, options.threads), width);
      return fitted;
    };
    if (train.empty()) {
      held.fitted.emplace_back();
      continue;
    }
    held.rows.insert(held.rows.end(), fold.test_rows.begin(), fold.test_rows.end());
    held.fitted.push_back(judge(learner(train), held.values));
    for (const auto row : fold.test_rows) {
      if (dataset.classes.empty() || !held.is_predicted(row)) continue;
      const auto own = std::span(held.values).subspan(row * width, width);
      held.decisions[row] = double(held.fitted.back().decide(dataset.rows[row].range, own));
    }
    for (const auto& [range, reason] : held.fitted.back().without) held.without_model.emplace(range, reason);
    for (auto& [name, into] : held.baselines) {
      if (name == "prior") place(into, fold.test_rows, prior_baseline(dataset, train, fold.test_rows), width);
      else if (name == baselines.reference_name) judge(*baselines.reference, into);
      else place(into, fold.test_rows, column_baseline(dataset, recency, train, fold.test_rows), width);
    }
  }
  std::sort(held.rows.begin(), held.rows.end());
  held.split = std::move(split);
  return held;
}

}  // namespace auspex::learning
