#include "explore/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.hpp"

namespace auspex::explore {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

std::vector<double> present_sorted(std::span<const double> values) {
  std::vector<double> sorted;
  sorted.reserve(values.size());
  std::copy_if(values.begin(), values.end(), std::back_inserter(sorted), [](double x) { return !std::isnan(x); });
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

}  // namespace

double quantile(std::span<const double> sorted, double share) {
  if (sorted.empty()) return none;
  const double at = double(sorted.size() - 1) * share;
  const auto below = std::size_t(at);
  const double a = sorted[below], b = sorted[std::min(below + 1, sorted.size() - 1)], part = at - double(below);
  return part >= 0.5 ? b - (b - a) * (1 - part) : a + (b - a) * part;
}

Summary summary(std::span<const double> values) {
  const auto sorted = present_sorted(values);
  Summary s{};
  s.present = std::int64_t(sorted.size());
  s.mean = s.deviation = s.minimum = s.maximum = s.skew = s.low_whisker = s.high_whisker = none;
  s.first_quartile = quantile(sorted, 0.25);
  s.median = quantile(sorted, 0.5);
  s.third_quartile = quantile(sorted, 0.75);
  s.p95 = quantile(sorted, 0.95);
  const double reach = 1.5 * (s.third_quartile - s.first_quartile);
  s.low_fence = s.first_quartile - reach;
  s.high_fence = s.third_quartile + reach;
  if (sorted.empty()) return s;

  const auto n = double(sorted.size());
  s.minimum = sorted.front();
  s.maximum = sorted.back();
  s.distinct = 1;
  s.whole = std::all_of(sorted.begin(), sorted.end(), [](double x) { return x == std::floor(x); });
  for (std::size_t i = 1; i < sorted.size(); ++i) s.distinct += sorted[i] != sorted[i - 1] ? 1 : 0;
  double sum = 0, squares = 0, cubes = 0;
  for (const double x : sorted) sum += x;
  s.mean = sum / n;
  for (const double x : sorted) {
    const double d = x - s.mean;
    squares += d * d;
    cubes += d * d * d;
  }
  if (n >= 2) s.deviation = std::sqrt(squares / (n - 1));
  // What is left of equal values is rounding.
  if (n >= 3)
    s.skew = squares < 1e-14 || s.distinct == 1 ? 0 : n * std::sqrt(n - 1) / (n - 2) * cubes / std::pow(squares, 1.5);

  const auto low = std::lower_bound(sorted.begin(), sorted.end(), s.low_fence);
  const auto high = std::upper_bound(sorted.begin(), sorted.end(), s.high_fence);
  s.below = low - sorted.begin();
  s.above = sorted.end() - high;
  s.low_whisker = *low;
  s.high_whisker = *(high - 1);
  s.above_p95 = sorted.end() - std::upper_bound(sorted.begin(), sorted.end(), s.p95);
  return s;
}

std::vector<double> histogram_edges(const Summary& of, std::span<const double> values, bool log) {
  double low = of.minimum, high = of.maximum;
  if (log) {
    low = std::numeric_limits<double>::infinity();
    for (const double x : values) {
      if (x > 0) low = std::min(low, x);
    }
  }
  if (of.present == 0 || !(low <= high)) return {};
  if (low == high) return {low - 0.5, high + 0.5};
  auto bins = std::clamp<std::size_t>(std::size_t(std::sqrt(double(of.present))), 8, 40);
  // Whole numbers of a short range have a bin each.
  if (!log && of.whole && high - low < 40) {
    bins = std::size_t(high - low) + 1;
    low -= 0.5;
    high += 0.5;
  }
  std::vector<double> edges;
  for (std::size_t i = 0; i <= bins; ++i) {
    const double part = double(i) / double(bins);
    edges.push_back(log ? low * std::pow(high / low, part) : low + (high - low) * part);
  }
  edges.front() = low;
  edges.back() = high;
  return edges;
}

std::vector<std::int64_t> histogram_counts(const std::vector<double>& edges, std::span<const double> values) {
  std::vector<std::int64_t> counts(edges.empty() ? 0 : edges.size() - 1, 0);
  if (counts.empty()) return counts;
  for (const double x : values) {
    if (!(x >= edges.front() && x <= edges.back())) continue;
    const auto bin = std::size_t(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin());
    ++counts[std::min(bin, counts.size()) - 1];
  }
  return counts;
}

double correlation(std::span<const double> x, std::span<const double> y) {
  double n = 0, sum_x = 0, sum_y = 0;
  const auto both = [&](std::size_t i) { return !std::isnan(x[i]) && !std::isnan(y[i]); };
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!both(i)) continue;
    ++n;
    sum_x += x[i];
    sum_y += y[i];
  }
  if (n < 2) return none;
  const double mean_x = sum_x / n, mean_y = sum_y / n;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!both(i)) continue;
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  if (xx <= 0 || yy <= 0) return none;
  return std::clamp(xy / std::sqrt(xx) / std::sqrt(yy), -1.0, 1.0);
}

std::vector<double> ranks(std::span<const double> values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  std::vector<double> result(values.size(), none);
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (auto i = begin; i < end; ++i) result[order[i]] = double(begin + end + 1) / 2;
  }
  return result;
}

std::vector<std::pair<double, double>> density(std::span<const double> values, std::size_t points) {
  const auto sorted = present_sorted(values);
  if (sorted.empty()) return {};
  const auto s = summary(sorted);
  if (s.distinct == 1) return {{s.minimum, 1}};
  const double spread = std::min(
      s.deviation, s.third_quartile > s.first_quartile ? (s.third_quartile - s.first_quartile) / 1.34 : s.deviation);
  const double width = std::max(0.9 * spread * std::pow(double(sorted.size()), -0.2), (s.maximum - s.minimum) / 200);
  std::vector<std::pair<double, double>> result;
  for (std::size_t i = 0; i < points; ++i) {
    const double x = s.minimum + (s.maximum - s.minimum) * double(i) / double(points - 1);
    double sum = 0;
    const auto begin = std::lower_bound(sorted.begin(), sorted.end(), x - 5 * width);
    for (auto at = begin; at != sorted.end() && *at <= x + 5 * width; ++at)
      sum += std::exp(-0.5 * ((x - *at) / width) * ((x - *at) / width));
    result.emplace_back(x, sum / (double(sorted.size()) * width * std::sqrt(2 * M_PI)));
  }
  return result;
}

std::vector<double> standardised(std::span<const double> values, std::size_t columns) {
  std::vector<double> result(values.begin(), values.end());
  const auto rows = columns == 0 ? 0 : values.size() / columns;
  for (std::size_t c = 0; c < columns; ++c) {
    double sum = 0, squares = 0;
    for (std::size_t r = 0; r < rows; ++r) sum += values[r * columns + c];
    const double mean = sum / double(rows);
    for (std::size_t r = 0; r < rows; ++r) squares += (values[r * columns + c] - mean) * (values[r * columns + c] - mean);
    const double deviation = std::sqrt(squares / double(rows));
    for (std::size_t r = 0; r < rows; ++r) {
      result[r * columns + c] = deviation > 1e-13 * std::abs(mean) ? (values[r * columns + c] - mean) / deviation : 0;
    }
  }
  return result;
}

namespace {

// Eigenvectors of a symmetric matrix by Jacobi's rotations: `matrix` becomes diagonal, `vectors` holds one a column.
void diagonalise(std::vector<std::vector<double>>& matrix, std::vector<std::vector<double>>& vectors) {
  const auto n = matrix.size();
  vectors.assign(n, std::vector<double>(n, 0));
  for (std::size_t i = 0; i < n; ++i) vectors[i][i] = 1;
  for (int sweep = 0; sweep < 100; ++sweep) {
    double off = 0;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) off += matrix[p][q] * matrix[p][q];
    }
    if (off < 1e-22) return;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (matrix[p][q] == 0) continue;
        const double theta = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1), s = t * c;
        for (std::size_t k = 0; k < n; ++k) {
          const double kp = matrix[k][p], kq = matrix[k][q];
          matrix[k][p] = c * kp - s * kq;
          matrix[k][q] = s * kp + c * kq;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const double pk = matrix[p][k], qk = matrix[q][k];
          matrix[p][k] = c * pk - s * qk;
          matrix[q][k] = s * pk + c * qk;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const double kp = vectors[k][p], kq = vectors[k][q];
          vectors[k][p] = c * kp - s * kq;
          vectors[k][q] = s * kp + c * kq;
        }
      }
    }
  }
}

}  // namespace

Components principal_components(std::span<const double> values, std::size_t columns, std::size_t most) {
  Components result;
  const auto scaled = standardised(values, columns);
  const auto rows = columns == 0 ? 0 : values.size() / columns;
  if (rows < 2) return result;
  std::vector<std::vector<double>> covariance(columns, std::vector<double>(columns, 0)), vectors;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t a = 0; a < columns; ++a) {
      for (std::size_t b = a; b < columns; ++b) covariance[a][b] += scaled[r * columns + a] * scaled[r * columns + b];
    }
  }
  double total = 0;
  for (std::size_t a = 0; a < columns; ++a) {
    for (std::size_t b = a; b < columns; ++b) covariance[b][a] = covariance[a][b] /= double(rows);
    total += covariance[a][a];
  }
  diagonalise(covariance, vectors);
  std::vector<std::size_t> order(columns);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return covariance[a][a] > covariance[b][b]; });
  for (std::size_t i = 0; i < std::min(most, columns); ++i) {
    std::vector<double> loading;
    for (std::size_t c = 0; c < columns; ++c) loading.push_back(vectors[c][order[i]]);
    const auto largest =
        *std::max_element(loading.begin(), loading.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    if (largest < 0) std::transform(loading.begin(), loading.end(), loading.begin(), [](double x) { return -x; });
    std::vector<double> scores(rows, 0);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) scores[r] += scaled[r * columns + c] * loading[c];
    }
    result.loadings.push_back(std::move(loading));
    result.scores.push_back(std::move(scores));
    result.shares.push_back(total > 0 ? std::max(0.0, covariance[order[i]][order[i]]) / total : none);
  }
  return result;
}

double silhouette(std::span<const double> values, std::size_t columns, std::span<const std::int32_t> clusters) {
  const auto rows = clusters.size();
  std::vector<double> sizes;
  for (const auto k : clusters) {
    if (std::size_t(k) >= sizes.size()) sizes.resize(std::size_t(k) + 1, 0);
    ++sizes[std::size_t(k)];
  }
  if (std::count_if(sizes.begin(), sizes.end(), [](double n) { return n > 0; }) < 2) return none;
  double total = 0;
  std::vector<double> sums(sizes.size());
  for (std::size_t r = 0; r < rows; ++r) {
    const auto own = std::size_t(clusters[r]);
    if (sizes[own] == 1) continue;
    std::fill(sums.begin(), sums.end(), 0);
    for (std::size_t o = 0; o < rows; ++o) {
      double square = 0;
      for (std::size_t c = 0; c < columns; ++c) {
        const double d = values[r * columns + c] - values[o * columns + c];
        square += d * d;
      }
      sums[std::size_t(clusters[o])] += std::sqrt(square);
    }
    const double a = sums[own] / (sizes[own] - 1);
    double b = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < sizes.size(); ++k) {
      if (k != own && sizes[k] > 0) b = std::min(b, sums[k] / sizes[k]);
    }
    if (std::max(a, b) > 0) total += (b - a) / std::max(a, b);
  }
  return total / double(rows);
}

std::vector<std::size_t> sample_of(std::size_t from, std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> chosen;
  chosen.reserve(std::min(from, count));
  Random random(seed);
  // Selection sampling (Knuth, 3.4.2, algorithm S).
  for (std::size_t i = 0; i < from && chosen.size() < count; ++i) {
    if (count >= from || random.below(from - i) < count - chosen.size()) chosen.push_back(i);
  }
  return chosen;
}

}  // namespace auspex::explore
