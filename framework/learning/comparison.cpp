#include "learning/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

#include "learning/judged.hpp"
#include "learning/threshold.hpp"

namespace auspex::learning {
namespace {

/// Where the rows of one dataset are in another.
class Counterparts {
 public:
  Counterparts(const analysis::Dataset& from, const analysis::Dataset& to) {
    std::map<Name, std::size_t> places;
    for (std::size_t row = 0; row < to.rows.size(); ++row) places.emplace(name_of(to, row), row);
    bool any = false;
    for (std::size_t row = 0; row < from.rows.size(); ++row) {
      const auto found = places.find(name_of(from, row));
      of_.push_back(found == places.end() ? std::nullopt : std::optional(found->second));
      if (!of_.back()) continue;
      any = true;
      require_same_label(from.rows[row], to.rows[*of_.back()]);
    }
    if (!any) {
      throw Error(Fault::configuration, "the two models have no row in common: they look at other samples, or in other ranges",
                  "compare models of one target and one time splitting method");
    }
  }

  [[nodiscard]] std::optional<std::size_t> of(std::size_t row) const { return of_[row]; }

 private:
  using Name = std::tuple<std::string_view, std::string_view, std::string_view>;

  static Name name_of(const analysis::Dataset& dataset, std::size_t row) {
    const auto& own = dataset.rows[row];
    return {dataset.analysables[own.analysable].id, own.sample, dataset.range_names[std::size_t(own.range)]};
  }

  static void require_same_label(const analysis::Row& first, const analysis::Row& second) {
    if (first.label == second.label || (std::isnan(first.label) && std::isnan(second.label))) return;
    throw Error(Fault::configuration, fmt::format("the two models label the sample '{}' differently", first.sample),
                "compare models of one target");
  }

  std::vector<std::optional<std::size_t>> of_;
};

/// Rows that both predict, in the same order.
struct Pairs {
  Rows first, second;
};

Pairs pairs_of_range(const analysis::Dataset& dataset, const Pairs& pairs, std::int32_t range) {
  Pairs result;
  for (std::size_t i = 0; i < pairs.first.size(); ++i) {
    if (dataset.rows[pairs.first[i]].range != range) continue;
    result.first.push_back(pairs.first[i]);
    result.second.push_back(pairs.second[i]);
  }
  return result;
}

}  // namespace

Split translated(const Split& split, const analysis::Dataset& from, const analysis::Dataset& to) {
  const Counterparts counterparts(from, to);
  auto result = split;
  for (auto& fold : result.folds) {
    for (auto* side : {&fold.train_rows, &fold.test_rows}) {
      Rows rows;
      for (const auto row : *side) {
        if (const auto other = counterparts.of(row)) rows.push_back(*other);
      }
      std::sort(rows.begin(), rows.end());
      *side = std::move(rows);
    }
  }
  return result;
}

nlohmann::ordered_json compare(const analysis::Dataset& first, const HeldOut& first_held, const analysis::Dataset& second,
                               const HeldOut& second_held, const EvaluationOptions& options) {
  using Json = nlohmann::ordered_json;
  const Counterparts counterparts(first, second);
  const auto capacity = capacity_of(options.fit.decision);
  Json results = Json::array(), summary = Json::array();
  std::size_t in_common = 0;
  for (const auto population : populations_of(first)) {
    Pairs pairs;
    for (const auto row : of_population(first, first_held.rows, population)) {
      const auto other = counterparts.of(row);
      if (!other || !first_held.is_predicted(row) || !second_held.is_predicted(*other)) continue;
      pairs.first.push_back(row);
      pairs.second.push_back(*other);
    }
    in_common = pairs.first.size();  // all comes last
    std::vector<Judged> of_first, of_second;
    const auto is_all = std::uint64_t(population == spec::Population::all ? 1 : 0);
    for (std::int32_t range = 0; range < std::int32_t(first.range_names.size()); ++range) {
      const auto own = pairs_of_range(first, pairs, range);
      const auto& a = of_first.emplace_back(judged(first, own.first, first_held.values, first_held.decisions));
      const auto& b = of_second.emplace_back(judged(second, own.second, second_held.values, second_held.decisions));
      const auto measure = [&] { return difference(measure_of(a, capacity), measure_of(b, capacity)); };
      const std::vector<double> once(a.groups.size(), 1.0);
      const auto stream = stream_of(options, 0x10000 + std::uint64_t(range) * 2 + is_all);
      results.push_back({{"range", first.range_names[std::size_t(range)]},
                         {"population", population_name(population)},
                         {"n", a.groups.size()},
                         {"metrics", to_json(metrics_of(b, capacity))},
                         {"difference", to_json(measure()(once))},
                         {"intervals", intervals_json(bootstrap(measure, a.groups, stream))}});
    }
    const auto mean_first = mean_over(of_first, capacity), mean_second = mean_over(of_second, capacity);
    const auto measure = [&] { return difference(mean_first.measure(), mean_second.measure()); };
    const std::vector<double> once(mean_first.groups.size(), 1.0);
    const auto stream = stream_of(options, 0x7fff0000 + is_all);
    summary.push_back({{"population", population_name(population)},
                       {"n", once.size()},
                       {"mean_difference", to_json(measure()(once))},
                       {"mean_intervals", intervals_json(bootstrap(measure, mean_first.groups, stream))}});
  }
  return {{"rows", in_common}, {"results", std::move(results)}, {"summary", std::move(summary)}};
}

}  // namespace auspex::learning
