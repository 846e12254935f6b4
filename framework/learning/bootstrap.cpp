#include "learning/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <thread>

#include "base/random.hpp"
#include "learning/quantile.hpp"

namespace auspex::learning {
namespace {

/// Dense indices of groups in order of their first row.
std::vector<std::size_t> dense_groups(std::span<const std::int64_t> groups, std::size_t& count) {
  std::map<std::int64_t, std::size_t> seen;
  std::vector<std::size_t> dense;
  count = 0;
  for (const auto group : groups) {
    if (group < 0) {
      dense.push_back(count++);
      continue;
    }
    const auto [found, is_new] = seen.emplace(group, count);
    if (is_new) ++count;
    dense.push_back(found->second);
  }
  return dense;
}

Spread spread_of(const std::string& metric, std::vector<double> values, std::size_t resamples, double level) {
  constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.size() * 2 <= resamples || values.size() < 2) return {metric, undefined, undefined, undefined};
  std::sort(values.begin(), values.end());
  double mean = 0, squares = 0;
  for (const double value : values) mean += value / double(values.size());
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {metric, quantile(values, (1 - level) / 2), quantile(values, (1 + level) / 2),
          std::sqrt(squares / double(values.size() - 1))};
}

}  // namespace

std::vector<Spread> bootstrap(const std::function<Measure()>& measure, std::span<const std::int64_t> groups,
                              const BootstrapOptions& options) {
  if (options.resamples == 0 || groups.empty()) return {};
  std::size_t group_count = 0;
  const auto dense = dense_groups(groups, group_count);

  std::vector<Metrics> drawn(options.resamples);
  const auto threads = std::clamp<std::size_t>(std::size_t(std::max(1, options.threads)), 1, options.resamples);
  const auto work = [&](std::size_t first) {
    const auto own = measure();
    std::vector<double> times(group_count), weights(dense.size());
    for (std::size_t r = first; r < options.resamples; r += threads) {
      Random random(Random(options.seed + r).next());
      std::fill(times.begin(), times.end(), 0.0);
      for (std::size_t i = 0; i < group_count; ++i) ++times[random.below(group_count)];
      for (std::size_t i = 0; i < dense.size(); ++i) weights[i] = times[dense[i]];
      drawn[r] = own(weights);
    }
  };
  {
    std::vector<std::jthread> workers;
    for (std::size_t t = 1; t < threads; ++t) workers.emplace_back(work, t);
    work(0);
  }

  std::vector<Spread> result;
  for (std::size_t m = 0; m < drawn.front().size(); ++m) {
    std::vector<double> values;
    for (const auto& metrics : drawn) values.push_back(metrics[m].second);
    result.push_back(spread_of(drawn.front()[m].first, std::move(values), options.resamples, options.level));
  }
  return result;
}

std::vector<Spread> bootstrap(const Scores& scores, std::span<const std::int64_t> groups, const BootstrapOptions& options) {
  const auto measure = [&]() -> Measure {
    return [own = scores](std::span<const double> weights) mutable {
      own.weigh(weights);
      return all_metrics(own);
    };
  };
  return bootstrap(measure, groups, options);
}

}  // namespace auspex::learning
