#include "learning/drift.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace auspex::learning {
namespace {

using Json = nlohmann::ordered_json;
constexpr double some_drift = 0.1, much_drift = 0.25;

/// One column of the rows of one range.
struct Values {
  std::vector<float> present;  // ascending
  std::size_t missing = 0;

  [[nodiscard]] std::size_t rows() const { return present.size() + missing; }
  [[nodiscard]] bool is_constant() const {
    return present.empty() || (missing == 0 && present.front() == present.back());
  }
};

Values values_of(const analysis::Dataset& dataset, const Rows& rows, std::size_t column) {
  Values values;
  for (const auto row : rows) {
    const float value = dataset.values[row * dataset.columns.size() + column];
    if (std::isnan(value)) ++values.missing;
    else values.present.push_back(value);
  }
  std::sort(values.present.begin(), values.present.end());
  return values;
}

std::map<std::int32_t, Rows> rows_of_ranges(const analysis::Dataset& dataset, const Rows& rows) {
  std::map<std::int32_t, Rows> result;
  for (const auto row : rows) result[dataset.rows[row].range].push_back(row);
  return result;
}

std::vector<std::size_t> counted(const Values& values, const std::vector<float>& cuts) {
  std::vector<std::size_t> counts;
  auto from = values.present.begin();
  for (const float cut : cuts) {
    const auto to = std::upper_bound(from, values.present.end(), cut);
    counts.push_back(std::size_t(to - from));
    from = to;
  }
  counts.push_back(std::size_t(values.present.end() - from));
  return counts;
}

/// Wilson and Hilferty (1931).
double chi_squared_quantile_95(double freedom) {
  constexpr double z = 1.6448536269514722;
  const double part = 2 / (9 * freedom);
  return freedom * std::pow(1 - part + z * std::sqrt(part), 3);
}

}  // namespace

nlohmann::ordered_json drift_baseline(const analysis::Dataset& dataset, const Rows& rows) {
  auto json = Json::array();
  for (const auto& [range, own] : rows_of_ranges(dataset, rows)) {
    Json columns = Json::array();
    for (std::size_t c = 0; c < dataset.columns.size(); ++c) {
      const auto values = values_of(dataset, own, c);
      std::vector<float> cuts;
      for (std::size_t decile = 1; decile < 10 && !values.present.empty(); ++decile) {
        const float cut = values.present[std::min(values.present.size() - 1, decile * values.present.size() / 10)];
        if (cut < values.present.back() && (cuts.empty() || cut > cuts.back())) cuts.push_back(cut);
      }
      const bool has_value = values.is_constant() && !values.present.empty();
      columns.push_back({{"column", dataset.columns[c]},
                         {"cuts", cuts},
                         {"counts", counted(values, cuts)},
                         {"missing", values.missing},
                         {"constant", has_value ? Json(values.present.front()) : Json(nullptr)}});
    }
    json.push_back({{"range", range}, {"rows", own.size()}, {"columns", std::move(columns)}});
  }
  return json;
}

nlohmann::ordered_json drift(const nlohmann::ordered_json& baseline, const analysis::Dataset& dataset, const Rows& rows) {
  auto json = Json::array();
  const auto now = rows_of_ranges(dataset, rows);
  for (const auto& before : baseline) {
    const auto range = before.at("range").get<std::int32_t>();
    const auto found = now.find(range);
    if (found == now.end()) continue;
    for (const auto& trained : before.at("columns")) {
      const auto name = trained.at("column").get<std::string>();
      const auto at = std::find(dataset.columns.begin(), dataset.columns.end(), name);
      if (at == dataset.columns.end() || name.starts_with("range/")) continue;
      const auto values = values_of(dataset, found->second, std::size_t(at - dataset.columns.begin()));
      auto then = trained.at("counts").get<std::vector<std::size_t>>();
      auto here = counted(values, trained.at("cuts").get<std::vector<float>>());
      const auto missing = trained.at("missing").get<std::size_t>();
      const auto n = before.at("rows").get<double>(), m = double(values.rows());
      const bool was_constant = !trained.at("constant").is_null() || missing == std::size_t(n);
      // One value throughout has one bin: what differs from it needs another.
      if (then.size() == 1 && was_constant && !trained.at("constant").is_null()) {
        const float value = trained.at("constant").get<float>();
        const auto same = std::size_t(std::count(values.present.begin(), values.present.end(), value));
        here = {same, values.present.size() - same};
        then.push_back(0);
      }
      then.push_back(missing);
      here.push_back(values.missing);
      double psi = 0, bins = 0;
      for (std::size_t i = 0; i < then.size(); ++i) {
        if (then[i] + here[i] > 0) ++bins;
      }
      for (std::size_t i = 0; i < then.size(); ++i) {
        if (then[i] + here[i] == 0) continue;
        const double p = (double(here[i]) + 0.5) / (m + bins / 2), q = (double(then[i]) + 0.5) / (n + bins / 2);
        psi += (p - q) * std::log(p / q);
      }
      const double chance = bins > 1 && n > 0 && m > 0 ? (1 / n + 1 / m) * chi_squared_quantile_95(bins - 1) : 0;
      const char* level = psi <= chance || psi < some_drift ? "none" : psi < much_drift ? "some" : "much";
      json.push_back({{"column", name},
                      {"range", range < std::int32_t(dataset.range_names.size()) ? dataset.range_names[std::size_t(range)] : ""},
                      {"rows_training", before.at("rows")},
                      {"rows", values.rows()},
                      {"psi", psi},
                      {"chance", chance},
                      {"level", level},
                      {"missing_training", n > 0 ? double(missing) / n : 0},
                      {"missing", m > 0 ? double(values.missing) / m : 0},
                      {"constant_training", was_constant},
                      {"constant", values.is_constant()}});
    }
  }
  return json;
}

}  // namespace auspex::learning
