#include "learning/leak_pairs.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace auspex::learning {
namespace {

constexpr std::size_t classes = 9;        // of a cut column: missing, then eight of equal mass
constexpr std::size_t most_retried = 60;  // pairs

using Cut = std::vector<std::uint8_t>;
using Table = std::array<std::array<std::array<double, 2>, classes>, classes>;

/// A column of few values has a class a value; others are cut at their quantiles, never inside a value.
Cut cut(const Column& column, const std::vector<std::uint32_t>& order) {
  std::size_t missing = 0, distinct = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (std::isnan(column[order[i]])) ++missing;
    else if (i == missing || column[order[i]] != column[order[i - 1]]) ++distinct;
  }
  Cut result(column.size(), 0);
  const std::size_t present = order.size() - missing;
  std::size_t value = 0;
  std::uint8_t of_run = 0;
  for (std::size_t i = missing; i < order.size(); ++i) {
    if (i == missing || column[order[i]] != column[order[i - 1]]) {
      of_run = std::uint8_t(1 + (distinct < classes ? value : (i - missing) * (classes - 1) / present));
      ++value;
    }
    result[order[i]] = of_run;
  }
  return result;
}

Table count(const Cut& a, const Cut& b, const TwoClasses& labels) {
  Table table{};
  for (std::size_t i = 0; i < a.size(); ++i) table[a[i]][b[i]][labels.of[i]] += 1;
  return table;
}

/// The gain (Youden's J) of the best depth-2 tree on a table whose root cuts the first or the second column.
double tree_gain(const Table& table, const TwoClasses& labels, bool root_is_first) {
  const double ones = double(labels.ones), zeros = double(labels.zeros());
  std::array<std::array<double, classes>, classes> gain{};  // [class of the root's column][class of the other]
  for (std::size_t i = 0; i < classes; ++i) {
    for (std::size_t j = 0; j < classes; ++j) {
      const auto& cell = root_is_first ? table[i][j] : table[j][i];
      gain[i][j] = cell[1] / ones - cell[0] / zeros;
    }
  }
  const auto best_side = [&](std::size_t begin, std::size_t end) {
    double below = 0, total = 0, best = 0;
    for (std::size_t i = begin; i < end; ++i) total = std::accumulate(gain[i].begin(), gain[i].end(), total);
    for (std::size_t j = 0; j < classes; ++j) {
      for (std::size_t i = begin; i < end; ++i) below += gain[i][j];
      best = std::max({best, below, total - below});
    }
    return best;
  };
  double best = 0;
  for (std::size_t root = 1; root < classes; ++root) best = std::max(best, best_side(0, root) + best_side(root, classes));
  return best;
}

/// Each row told by the others of its cell.
double cell_gain(const Table& table, const TwoClasses& labels) {
  const double ones = double(labels.ones), zeros = double(labels.zeros()), total = ones + zeros;
  double hits = 0, false_alarms = 0;
  for (const auto& line : table) {
    for (const auto& [of_zero, of_one] : line) {
      const double rows = of_zero + of_one;
      if (of_one > 0 && of_one - 1 > (rows - 1) * (ones - 1) / (total - 1)) hits += of_one;
      if (of_zero > 0 && of_one > (rows - 1) * ones / (total - 1)) false_alarms += of_zero;
    }
  }
  return hits / ones - false_alarms / zeros;
}

/// How many depth-2 trees exact_tree() chooses from.
double log_trees(std::size_t rows) { return std::log(64.0) + 2 * std::log(double(rows)); }

/// The best depth-2 tree with its root at one of 63 quantiles of `root`, and any threshold of `other` on each side.
Fit exact_tree(const Column& root, const std::vector<std::uint32_t>& by_root, const std::vector<std::uint32_t>& by_other,
               const Column& other, const TwoClasses& labels) {
  constexpr std::size_t tried = 64;
  const std::size_t n = root.size();
  const double ones = double(labels.ones), zeros = double(labels.zeros());
  const auto differ = [](const Column& column, std::uint32_t a, std::uint32_t b) {
    return column[a] != column[b] && !(std::isnan(column[a]) && std::isnan(column[b]));
  };
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < n; ++i) {
    if (differ(root, by_root[i - 1], by_root[i])) cuts.push_back(i);
  }
  std::vector<std::uint8_t> right(n, 1);
  std::size_t at = 0;
  Fit best;
  for (std::size_t k = 0; k < std::min(tried, cuts.size()); ++k) {
    const auto end = cuts.size() <= tried ? cuts[k] : cuts[k * cuts.size() / tried];
    for (; at < end; ++at) right[by_root[at]] = 0;
    std::array<double, 2> sum{}, highest{}, lowest{};
    double hits_gain = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = by_other[i];
      const auto side = right[row];
      sum[side] += labels.of[row] == 1 ? 1 / ones : -1 / zeros;
      if (i + 1 < n && !differ(other, row, by_other[i + 1])) continue;
      for (const std::size_t s : {0U, 1U}) {
        highest[s] = std::max(highest[s], sum[s]);
        lowest[s] = std::min(lowest[s], sum[s]);
      }
    }
    for (const std::size_t s : {0U, 1U}) hits_gain += std::max(highest[s], sum[s] - lowest[s]);
    if ((1 + hits_gain) / 2 > best.balanced_accuracy) {
      best = fit_of_rule(ones * (1 + hits_gain) / 2, zeros * (1 - hits_gain) / 2, ones, zeros);
    }
  }
  best.log_chance = std::min(0.0, best.log_chance + log_trees(n));
  return best;
}

/// Ranks from 0 to 1; missing is -1, far from all.
std::vector<double> ranks(const Column& column, const std::vector<std::uint32_t>& order) {
  std::vector<double> result(column.size(), -1);
  double of_run = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (std::isnan(column[order[i]])) continue;
    if (i == 0 || column[order[i]] != column[order[i - 1]]) of_run = double(i) / double(order.size());
    result[order[i]] = of_run;
  }
  return result;
}

Fit neighbours_in_both(const std::vector<double>& a, const std::vector<double>& b, const TwoClasses& labels) {
  constexpr std::size_t nearest = 5;
  const std::size_t n = a.size();
  double hits = 0, false_alarms = 0;
  std::array<std::pair<double, std::size_t>, nearest> best;
  for (std::size_t i = 0; i < n; ++i) {
    best.fill({HUGE_VAL, 0});
    for (std::size_t j = 0; j < n; ++j) {
      const double distance = (a[i] - a[j]) * (a[i] - a[j]) + (b[i] - b[j]) * (b[i] - b[j]);
      if (i == j || distance >= best.back().first) continue;
      auto place = nearest - 1;
      for (; place > 0 && best[place - 1].first > distance; --place) best[place] = best[place - 1];
      best[place] = {distance, j};
    }
    std::size_t of_ones = 0;
    for (const auto& [distance, j] : best) of_ones += labels.of[j];
    const double base = double(labels.ones - labels.of[i]) / double(n - 1);
    if (double(of_ones) > base * nearest) (labels.of[i] == 1 ? hits : false_alarms) += 1;
  }
  return fit_of_rule(hits, false_alarms, double(labels.ones), double(labels.zeros()), 3);
}

/// Columns with mean 0 and length 1, missing at the mean; constant ones are all 0.
struct Standard {
  std::vector<std::vector<double>> columns;
  std::vector<double> label;
};

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

std::vector<double> standard(std::vector<double> values) {
  double sum = 0, count = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++count;
  }
  for (auto& value : values) value = std::isnan(value) ? 0 : value - sum / count;
  const double length = std::sqrt(dot(values, values));
  for (auto& value : values) value = length > 1e-9 * std::abs(sum / std::max(1.0, count)) && length > 0 ? value / length : 0;
  return values;
}

Standard standardised(const std::vector<Column>& columns, const TwoClasses& labels) {
  Standard result;
  for (const auto& column : columns) result.columns.push_back(standard({column.begin(), column.end()}));
  result.label = standard({labels.of.begin(), labels.of.end()});
  return result;
}

Fit threshold_of(const std::vector<double>& score, const TwoClasses& labels) {
  const Column values(score.begin(), score.end());
  return best_threshold(values, labels, ascending(values));
}

}  // namespace

std::vector<PairFit> telling_pairs(const std::vector<Column>& columns, const TwoClasses& labels, const std::vector<double>& alone,
                                   double least) {
  std::vector<PairFit> found;
  const std::size_t rows = labels.of.size();
  if (labels.ones < 5 || labels.zeros() < 5) return found;
  std::vector<std::vector<std::uint32_t>> orders;
  std::vector<Cut> cuts;
  for (const auto& column : columns) cuts.push_back(cut(column, orders.emplace_back(ascending(column))));
  const auto standards = standardised(columns, labels);
  const double enough_r_squared = 0.5, near = least - 0.15;

  std::vector<std::pair<double, std::pair<std::size_t, std::size_t>>> retried;
  for (std::size_t a = 0; a < columns.size(); ++a) {
    const double with_a = dot(standards.columns[a], standards.label);
    for (std::size_t b = a + 1; b < columns.size(); ++b) {
      if (std::max(alone[a], alone[b]) > least - 0.05) continue;
      const auto table = count(cuts[a], cuts[b], labels);
      const double gain = std::max({tree_gain(table, labels, true), tree_gain(table, labels, false), cell_gain(table, labels)});
      const double with_b = dot(standards.columns[b], standards.label), both = dot(standards.columns[a], standards.columns[b]);
      const double rest = std::max(1 - both * both, 1e-12);
      const double r_squared = (with_a * with_a + with_b * with_b - 2 * with_a * with_b * both) / rest;
      const double worth = std::max((1 + gain) / 2, r_squared >= enough_r_squared && r_squared <= 1.01 ? 0.5 + r_squared / 2 : 0);
      if (worth >= near) retried.push_back({-worth, {a, b}});
    }
  }
  std::sort(retried.begin(), retried.end());
  retried.resize(std::min(retried.size(), most_retried));
  for (const auto& [worth, pair] : retried) {
    const auto [a, b] = pair;
    PairFit best{a, b, "tree of depth 2", exact_tree(columns[a], orders[a], orders[b], columns[b], labels)};
    const auto better = [&](const char* rule, const Fit& fit) {
      if (fit.balanced_accuracy > best.fit.balanced_accuracy + 0.01) best = {a, b, rule, fit};
    };
    better("tree of depth 2", exact_tree(columns[b], orders[b], orders[a], columns[a], labels));
    const double with_a = dot(standards.columns[a], standards.label), with_b = dot(standards.columns[b], standards.label);
    const double both = dot(standards.columns[a], standards.columns[b]);
    std::vector<double> score(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      score[i] = (with_a - both * with_b) * standards.columns[a][i] + (with_b - both * with_a) * standards.columns[b][i];
    }
    better("weighted sum", threshold_of(score, labels));
    if (best.fit.balanced_accuracy < least + 0.03) {
      better("nearest neighbours", neighbours_in_both(ranks(columns[a], orders[a]), ranks(columns[b], orders[b]), labels));
    }
    // Where one of them is a strong feature, the other may add to it honestly.
    constexpr double strong = 0.65;
    if (std::max(alone[a], alone[b]) > strong) {
      best.fit.log_chance = std::max(best.fit.log_chance, std::min(0.0, log_chance_if_honest(best.fit) + log_trees(rows)));
    }
    if (best.fit.balanced_accuracy >= least) found.push_back(best);
  }
  return found;
}

Combination telling_sum(const std::vector<Column>& columns, const TwoClasses& labels) {
  constexpr double enough_r_squared = 0.9, enough_accuracy = 0.96;
  constexpr std::size_t most_named = 12;
  Combination result;
  const double rows = double(labels.of.size());
  const auto standards = standardised(columns, labels);
  // Gram and Schmidt, always with the column that explains most of what is left.
  auto rest = standards.columns;
  auto label = standards.label;
  std::vector<double> score(labels.of.size(), 0.0);
  double explained = 0, used = 0;
  const auto adjusted = [&] { return 1 - (1 - explained) * (rows - 1) / std::max(1.0, rows - used - 1); };
  while (used < double(columns.size()) && rows > 5 * (used + 1) + 10) {
    std::size_t best = 0;
    double strongest = 0, most = 0;
    for (std::size_t c = 0; c < rest.size(); ++c) {
      const double length = dot(rest[c], rest[c]);
      if (length < 1e-8) continue;
      const double with = dot(rest[c], label), gain = with * with / length;
      if (gain > most) {
        best = c;
        most = gain;
        strongest = with / length;
      }
    }
    if (most < 1e-4) break;
    const auto direction = rest[best];
    const double length = dot(direction, direction);
    for (std::size_t i = 0; i < label.size(); ++i) {
      score[i] += strongest * direction[i];
      label[i] -= strongest * direction[i];
    }
    for (auto& column : rest) {
      const double share = dot(column, direction) / length;
      if (share == 0) continue;
      for (std::size_t i = 0; i < column.size(); ++i) column[i] -= share * direction[i];
    }
    explained = std::min(1.0, explained + most);
    ++used;
    result.columns.push_back(best);
    result.r_squared = adjusted();
    if (result.r_squared >= 0.995 || result.columns.size() >= 40) break;
  }
  result.fit = threshold_of(score, labels);
  result.fit.log_chance = std::min(0.0, (rows - used - 1) / 2 * std::log(std::max(1 - explained, 1e-12)) + used * std::log(rows));
  const bool few_enough = rows >= 10 * used + 20;
  const bool tells = result.r_squared >= enough_r_squared || (few_enough && result.fit.balanced_accuracy >= enough_accuracy);
  if (!tells || result.columns.size() < 2) return {};
  result.columns.resize(std::min(result.columns.size(), most_named));
  return result;
}

}  // namespace auspex::learning
