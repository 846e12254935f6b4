#include "learning/leak_tests.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>

#include <fmt/format.h>

namespace auspex::learning {
namespace {

/// A run of rows with one value, as [begin, end) in their order.
struct Ties {
  std::size_t begin = 0, end = 0;
  std::size_t ones = 0;
  bool missing = false;

  [[nodiscard]] std::size_t size() const { return end - begin; }
};

std::vector<Ties> ties_of(std::span<const float> column, const TwoClasses& labels, std::span<const std::uint32_t> rows) {
  std::vector<Ties> ties;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float value = column[rows[i]];
    const bool missing = std::isnan(value);
    const bool same = i > 0 && (missing || value == column[rows[i - 1]]);
    if (!same) ties.push_back({i, i, 0, missing});
    ++ties.back().end;
    ties.back().ones += labels.of[rows[i]];
  }
  return ties;
}

std::size_t ones_among(const TwoClasses& labels, std::span<const std::uint32_t> rows) {
  std::size_t ones = 0;
  for (const auto row : rows) ones += labels.of[row];
  return ones;
}

double log_binomial(double n, double k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

/// log P(X <= x) of chi-squared with so many degrees of freedom, by the series of the incomplete gamma function.
double log_chi_squared_lower(double x, double freedom) {
  const double a = freedom / 2, half = x / 2;
  if (half > a) return 0;  // no small chance: what it is does not matter
  double term = 1 / a, sum = term;
  for (int k = 1; k < 500 && term > sum * 1e-12; ++k) sum += term *= half / (a + k);
  return half > 0 ? a * std::log(half) - half - std::lgamma(a) + std::log(sum) : -HUGE_VAL;
}

/// The distance of which all values are multiples apart, or 0. Single precision is what the values have.
double grid_of(const std::vector<double>& distinct) {
  const double noise = std::max(std::abs(distinct.front()), std::abs(distinct.back())) * 1.2e-7;
  std::vector<double> distances;
  for (std::size_t i = 1; i < distinct.size(); ++i) distances.push_back(distinct[i] - distinct[i - 1]);
  std::sort(distances.begin(), distances.end());
  double step = distances.front();
  for (int round = 0; round < 30; ++round) {
    if (!(step > noise)) return 0;
    double finer = 0, length = 0, steps = 0;
    for (const double distance : distances) {
      const double here = steps > 0 ? length / steps : step;  // the more steps, the better known
      const double whole = std::round(distance / here), rest = std::abs(distance - whole * here);
      if (rest > std::max(noise, 0.05 * here)) {
        finer = rest;
        break;
      }
      length += distance;
      steps += whole;
    }
    if (finer == 0) return length / steps;
    step = finer;
  }
  return 0;
}

}  // namespace

std::vector<std::uint32_t> ascending(std::span<const float> column) {
  std::vector<std::uint32_t> rows(column.size());
  std::iota(rows.begin(), rows.end(), 0U);
  std::stable_sort(rows.begin(), rows.end(), [&](auto a, auto b) {
    if (std::isnan(column[a]) || std::isnan(column[b])) return std::isnan(column[a]) && !std::isnan(column[b]);
    return column[a] < column[b];
  });
  return rows;
}

double log_normal_tail(double z) {
  if (z < 5) return std::log(std::erfc(z / std::numbers::sqrt2) / 2);
  return -z * z / 2 - std::log(z * std::sqrt(2 * std::numbers::pi));  // Mills' bound
}

double log_chance_if_honest(const Fit& fit, double variance) {
  constexpr double honest = 0.74;
  const auto share = [](double part, double whole) { return (part + 0.5) / (whole + 1); };  // an estimate that is never certain
  const double hits = share(fit.hits, fit.ones), alarms = share(fit.false_alarms, fit.zeros);
  const double deviation = std::sqrt(variance * (hits * (1 - hits) / fit.ones + alarms * (1 - alarms) / fit.zeros));
  const double gain = hits - alarms - honest;
  return gain > 0 ? log_normal_tail(gain / deviation) : 0;
}

Fit fit_of_rule(double hits, double false_alarms, double ones, double zeros, double variance) {
  if (ones == 0 || zeros == 0) return {};
  const double gain = hits / ones - false_alarms / zeros;
  const double said = std::clamp((hits + false_alarms) / (ones + zeros), 1 / (ones + zeros), 1 - 1 / (ones + zeros));
  const double deviation = std::sqrt(variance * said * (1 - said) * (1 / ones + 1 / zeros));
  return {(1 + std::abs(gain)) / 2, gain > 0 ? log_normal_tail(gain / deviation) : 0, hits, false_alarms, ones, zeros};
}

Fit best_threshold(std::span<const float> column, const TwoClasses& labels, std::span<const std::uint32_t> rows) {
  const double ones = double(ones_among(labels, rows)), zeros = double(rows.size()) - ones;
  if (ones == 0 || zeros == 0) return {};
  Fit best{0.5, 0, 0, 0, ones, zeros};
  double distance = 0, hits = 0, alarms = 0, missing_hits = 0, missing_alarms = 0;
  const auto consider = [&](double in, double out) {
    const double gain = in / ones - out / zeros;
    if (std::abs(gain) <= distance) return;
    distance = std::abs(gain);
    best.hits = gain > 0 ? in : ones - in;
    best.false_alarms = gain > 0 ? out : zeros - out;
  };
  for (const auto& run : ties_of(column, labels, rows)) {
    hits += double(run.ones);
    alarms += double(run.size() - run.ones);
    if (run.missing) {
      missing_hits = hits;
      missing_alarms = alarms;
    }
    consider(hits, alarms);
    consider(hits - missing_hits, alarms - missing_alarms);
  }
  const double root = std::sqrt(ones * zeros / (ones + zeros));
  const double lambda = (root + 0.12 + 0.11 / root) * distance;
  best.balanced_accuracy = (1 + distance) / 2;
  best.log_chance = std::min(0.0, std::log(2.0) - 2 * lambda * lambda);
  return best;
}

Fit nearest_neighbours(std::span<const float> column, const TwoClasses& labels, std::span<const std::uint32_t> rows) {
  constexpr std::size_t reach = 3;
  const auto total = rows.size(), ones = ones_among(labels, rows);
  if (ones < 2 || total - ones < 2) return {};
  double hits = 0, false_alarms = 0;
  const auto ties = ties_of(column, labels, rows);
  for (const auto& run : ties) {
    double beside = 0, beside_ones = 0;
    if (!run.missing && run.size() <= reach) {
      const std::size_t first = ties.front().missing ? ties.front().end : 0;
      for (auto i = std::max(first + reach, run.begin) - reach; i < run.begin; ++i, ++beside) beside_ones += labels.of[rows[i]];
      for (auto i = run.end; i < std::min(total, run.end + reach); ++i, ++beside) beside_ones += labels.of[rows[i]];
    }
    for (const double own : {0.0, 1.0}) {
      const double count = own == 1 ? double(run.ones) : double(run.size() - run.ones);
      const double others = double(run.size()) - 1 + beside, others_ones = double(run.ones) - own + beside_ones;
      const double base = (double(ones) - own) / (double(total) - 1);
      if (count == 0 || !(others_ones > base * others + 1e-9)) continue;
      (own == 1 ? hits : false_alarms) += count;
    }
  }
  return fit_of_rule(hits, false_alarms, double(ones), double(total - ones), 3);
}

std::optional<PureValues> pure_values(std::span<const float> column, const TwoClasses& labels,
                                      std::span<const std::uint32_t> rows) {
  constexpr std::size_t fewest = 15;
  const double total = double(rows.size()), ones = double(ones_among(labels, rows));
  const auto ties = ties_of(column, labels, rows);
  std::optional<PureValues> best;
  // Runs [first, last) are pure.
  const auto consider = [&](std::size_t first, std::size_t last, bool one, const char* sign) {
    const auto begin = ties[first].begin, end = ties[last - 1].end;
    const double same = one ? ones : total - ones, pure = double(end - begin);
    if (pure < double(fewest) || pure < same / 10 || total - pure < double(fewest)) return;
    const double chance = log_binomial(same, pure) - log_binomial(total, pure);
    if (best && best->log_chance <= chance) return;
    std::vector<std::uint32_t> rest(rows.begin(), rows.begin() + std::ptrdiff_t(begin));
    rest.insert(rest.end(), rows.begin() + std::ptrdiff_t(end), rows.end());
    const auto beyond = best_threshold(column, labels, rest);
    if (beyond.log_chance < std::log(0.05)) return;
    // The half of the other rows that lies nearer to the pure ones, and the half that lies farther away.
    const auto half = std::ptrdiff_t(rest.size() / 2);
    double low = 0, high = 0;
    for (auto i = rest.begin(); i != rest.end(); ++i) (i < rest.begin() + half ? low : high) += (labels.of[*i] == 1) == one ? 1 : 0;
    low /= std::max(1.0, double(half));
    high /= double(rest.size()) - double(half);
    const bool two_values = ties.size() == 2;
    constexpr double enough_rows = 60, enough_same = 15;  // to see whether the column tells anything there
    if (!two_values && (total - pure < enough_rows || same - pure < enough_same)) return;
    if (!two_values && !ties[first].missing && (begin > 0 ? high - low : low - high) > 0.1) return;
    const bool from_above = *sign == '>';
    const auto text = fmt::format("{} {:.6g}", sign, double(column[rows[ties[from_above ? first : last - 1].begin]]));
    best = {ties[first].missing ? "missing" : text, one, std::size_t(pure), pure / same, (same - pure) / (total - pure), chance};
  };
  const auto is_pure = [&](const Ties& run, bool one) { return (one ? run.ones : run.size() - run.ones) == run.size(); };
  const std::size_t values = !ties.empty() && ties.front().missing ? 1 : 0;
  for (const bool one : {false, true}) {
    for (std::size_t i = 0; i < ties.size(); ++i) {
      if (is_pure(ties[i], one)) consider(i, i + 1, one, "=");
    }
    auto last = values;
    while (last < ties.size() && is_pure(ties[last], one)) ++last;
    if (last > values + 1) consider(values, last, one, "<=");
    auto first = ties.size();
    while (first > values && is_pure(ties[first - 1], one)) --first;
    if (first + 1 < ties.size()) consider(first, ties.size(), one, ">=");
  }
  return best;
}

GroupShares group_shares(std::span<const float> column, const TwoClasses& labels, std::span<const std::uint32_t> rows) {
  constexpr std::size_t fewest_groups = 6;
  double weight = 0, x = 0, y = 0, xx = 0, xy = 0;
  std::vector<std::pair<double, Ties>> groups;
  for (const auto& run : ties_of(column, labels, rows)) {
    if (run.missing || run.size() < 2) continue;
    const double value = column[rows[run.begin]], n = double(run.size()), share = double(run.ones) / n;
    groups.push_back({value, run});
    weight += n;
    x += n * value;
    y += n * share;
    xx += n * value * value;
    xy += n * value * share;
  }
  if (groups.size() < fewest_groups || weight < double(rows.size()) / 2) return {};
  const double spread = xx / weight - (x / weight) * (x / weight);
  if (!(spread > 0)) return {};
  const double slope = (xy / weight - x / weight * y / weight) / spread, intercept = (y - slope * x) / weight;
  double chi_squared = 0;
  std::size_t free = 0;
  for (const auto& [value, run] : groups) {
    const double n = double(run.size()), share = double(run.ones) / n, expected = intercept + slope * value;
    const double p = std::clamp(expected, 0.5 / weight, 1 - 0.5 / weight);
    if (p * n < 0.2 || (1 - p) * n < 0.2) continue;  // such a group is pure whatever the column is
    ++free;
    chi_squared += n * (share - expected) * (share - expected) / (p * (1 - p));
  }
  if (free < fewest_groups || slope == 0) return {};
  return {free, chi_squared, log_chi_squared_lower(chi_squared, double(free) - 2)};
}

std::vector<std::pair<std::string, Column>> hidden_parts(std::span<const float> column) {
  std::vector<std::pair<std::string, Column>> parts;
  std::vector<double> distinct;
  for (const float value : column) {
    if (!std::isnan(value)) distinct.push_back(value);
  }
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  constexpr std::size_t fewest_values = 8;
  if (distinct.size() < fewest_values || !std::isfinite(distinct.front()) || !std::isfinite(distinct.back())) return parts;
  const auto add = [&](std::string name, const auto& part) {
    Column values(column.begin(), column.end());
    for (auto& value : values) {
      if (!std::isnan(value)) value = part(value);
    }
    const auto known = std::find_if(values.begin(), values.end(), [](float value) { return !std::isnan(value); });
    const bool varies = std::any_of(known, values.end(), [&](float value) { return !std::isnan(value) && value != *known; });
    if (varies) parts.emplace_back(std::move(name), std::move(values));
  };

  const double step = grid_of(distinct);
  const double cells = step > 0 ? (distinct.back() - distinct.front()) / step : 0;
  for (const double divisor : {2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 16.0, 24.0, 60.0, 100.0, 1000.0, 3600.0, 86400.0}) {
    if (cells < 2 * divisor) break;
    add(fmt::format("remainder of division by {}", divisor), [&](float value) {
      return float(std::fmod(std::round((double(value) - distinct.front()) / step), divisor));
    });
  }
  for (int places = 0; places <= 6; ++places) {
    const double power = std::pow(10.0, places);
    if (step * power > 0.5 && std::abs(std::round(step * power) - step * power) < 1e-6) break;  // nothing is left behind the place
    add(fmt::format("digits after decimal place {}", places), [&](float value) {
      const double scaled = double(value) * power;
      return float(scaled - std::round(scaled));
    });
  }
  add("number of decimals", [](float value) {
    const auto text = fmt::format("{}", value);
    const auto point = text.find('.');
    return point == std::string::npos ? 0.0f : float(text.size() - point - 1);
  });
  for (unsigned bit = 0; bit < 3; ++bit) {
    add(fmt::format("bit {}", bit), [&](float value) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, &value, sizeof bits);
      return float(bits >> bit & 1U);
    });
  }
  return parts;
}

}  // namespace auspex::learning
