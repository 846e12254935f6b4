// k-means by Lloyd's iterations from k-means++ starts.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex_dlib {

/// Partitions rows so that the sum of squared distances to the centroid of the own cluster, the inertia, is small.
class KMeans {
 public:
  /// values: rows x columns, row-major.
  KMeans(std::vector<double> values, std::size_t columns, std::size_t clusters)
      : values_(std::move(values)), columns_(columns), rows_(values_.size() / columns), clusters_(clusters) {}

  /// The best of `restarts` starts. `clusters` is lowered to the number of distinct rows that the starts find.
  void run(std::size_t restarts, std::size_t max_iterations, std::uint64_t seed) {
    for (std::size_t start = 0; start < restarts; ++start) {
      state_ = seed * 0x9e3779b97f4a7c15ULL + start;
      auto centroids = seeded();
      std::vector<std::int32_t> assignments(rows_, -1);
      double sum = assign(centroids, assignments);
      for (std::size_t i = 0; i < max_iterations; ++i) {
        move(centroids, assignments);
        auto next = assignments;
        sum = assign(centroids, next);
        const bool stable = next == assignments;
        assignments = std::move(next);
        if (stable) break;
      }
      if (sum < inertia_) {
        inertia_ = sum;
        centroids_ = std::move(centroids);
        assignments_ = std::move(assignments);
      }
    }
    largest_first();
  }

  [[nodiscard]] double inertia() const { return inertia_; }
  [[nodiscard]] const std::vector<std::int32_t>& assignments() const { return assignments_; }
  [[nodiscard]] std::size_t clusters() const { return centroids_.size() / columns_; }
  [[nodiscard]] std::span<const double> centroid(std::size_t k) const {
    return {centroids_.data() + k * columns_, columns_};
  }

 private:
  [[nodiscard]] const double* row(std::size_t r) const { return values_.data() + r * columns_; }

  [[nodiscard]] double distance(const double* a, const double* b) const {
    double sum = 0;
    for (std::size_t c = 0; c < columns_; ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
  }

  /// SplitMix64, as a number in [0, 1).
  double random() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return double((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
  }

  /// Greedy k-means++ (Arthur and Vassilvitskii 2007): of 2 + ln k candidates, each drawn in proportion to its squared
  /// distance from the centroids so far, the one that lowers the inertia most.
  std::vector<double> seeded() {
    const auto candidates = 2 + std::size_t(std::log(double(clusters_)));
    const auto first = std::min(rows_ - 1, std::size_t(random() * double(rows_)));
    std::vector<double> centroids(row(first), row(first) + columns_), nearest(rows_);
    for (std::size_t r = 0; r < rows_; ++r) nearest[r] = distance(row(r), row(first));
    std::vector<double> lowered(rows_), best(rows_);
    while (centroids.size() < clusters_ * columns_) {
      const double total = std::accumulate(nearest.begin(), nearest.end(), 0.0);
      if (!(total > 0)) break;  // every row is a centroid already
      double least = std::numeric_limits<double>::infinity();
      std::size_t chosen = 0;
      for (std::size_t i = 0; i < candidates; ++i) {
        double target = random() * total;
        std::size_t candidate = 0;
        for (; candidate + 1 < rows_ && target >= nearest[candidate]; ++candidate) target -= nearest[candidate];
        double sum = 0;
        for (std::size_t r = 0; r < rows_; ++r) sum += lowered[r] = std::min(nearest[r], distance(row(r), row(candidate)));
        if (sum < least) {
          least = sum;
          chosen = candidate;
          best.swap(lowered);
        }
      }
      centroids.insert(centroids.end(), row(chosen), row(chosen) + columns_);
      nearest.swap(best);
    }
    return centroids;
  }

  /// Puts every row to its nearest centroid; ties go to the first. Returns the inertia.
  double assign(const std::vector<double>& centroids, std::vector<std::int32_t>& assignments) const {
    double sum = 0;
    for (std::size_t r = 0; r < rows_; ++r) {
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t k = 0; k * columns_ < centroids.size(); ++k) {
        if (const double d = distance(row(r), centroids.data() + k * columns_); d < least) {
          least = d;
          assignments[r] = std::int32_t(k);
        }
      }
      sum += least;
    }
    return sum;
  }

  /// Puts every centroid into the middle of its rows; one without rows goes to the row that is farthest from its own.
  void move(std::vector<double>& centroids, const std::vector<std::int32_t>& assignments) const {
    const auto count = centroids.size() / columns_;
    std::vector<double> sums(centroids.size(), 0.0);
    std::vector<std::size_t> sizes(count, 0);
    for (std::size_t r = 0; r < rows_; ++r) {
      const auto k = std::size_t(assignments[r]);
      ++sizes[k];
      for (std::size_t c = 0; c < columns_; ++c) sums[k * columns_ + c] += row(r)[c];
    }
    for (std::size_t k = 0; k < count; ++k) {
      if (sizes[k] == 0) continue;
      for (std::size_t c = 0; c < columns_; ++c) centroids[k * columns_ + c] = sums[k * columns_ + c] / double(sizes[k]);
    }
    for (std::size_t k = 0; k < count; ++k) {
      if (sizes[k] != 0) continue;
      std::size_t farthest = 0;
      double most = -1;
      for (std::size_t r = 0; r < rows_; ++r) {
        const auto own = std::size_t(assignments[r]);
        if (const double d = distance(row(r), centroids.data() + own * columns_); d > most) {
          most = d;
          farthest = r;
        }
      }
      std::copy_n(row(farthest), columns_, centroids.begin() + std::ptrdiff_t(k * columns_));
    }
  }

  /// Cluster 0 is the largest, so that the numbers of clusters do not depend on the draw.
  void largest_first() {
    const auto count = clusters();
    std::vector<std::size_t> sizes(count, 0), order(count);
    for (const auto k : assignments_) ++sizes[std::size_t(k)];
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
      if (sizes[a] != sizes[b]) return sizes[a] > sizes[b];
      return std::lexicographical_compare(centroid(a).begin(), centroid(a).end(), centroid(b).begin(), centroid(b).end());
    });
    std::vector<double> sorted;
    std::vector<std::int32_t> rank(count);
    for (std::size_t i = 0; i < count; ++i) {
      sorted.insert(sorted.end(), centroid(order[i]).begin(), centroid(order[i]).end());
      rank[order[i]] = std::int32_t(i);
    }
    centroids_ = std::move(sorted);
    for (auto& k : assignments_) k = rank[std::size_t(k)];
  }

  std::vector<double> values_;
  std::size_t columns_, rows_, clusters_;
  std::uint64_t state_ = 0;
  double inertia_ = std::numeric_limits<double>::infinity();
  std::vector<double> centroids_;
  std::vector<std::int32_t> assignments_;
};

struct kmeans : auspex::clusterer {
  static constexpr std::string_view id = "dlib/kmeans";
  static constexpr std::string_view name = "k-means";
  static constexpr std::string_view description =
      "Lloyd's iterations from greedy k-means++ starts; the start with the least sum of squared distances is kept. Columns "
      "are "
      "brought to mean 0 and deviation 1 (divided by the number of rows) before distances are measured.";
  static constexpr std::array parameters{
      auspex::integer_parameter("restarts", "how many starts; the best is kept", "20", 1, 10000),
      auspex::integer_parameter("max_iterations", "at most so many steps from one start", "300", 1, 100000),
      auspex::boolean_parameter("standardise", "whether all columns weigh the same", "true")};

  explicit kmeans(const auspex::arguments& given)
      : restarts(std::size_t(given.integer("restarts"))),
        max_iterations(std::size_t(given.integer("max_iterations"))),
        standardise(given.boolean("standardise")) {}

  void cluster(const auspex::points& points, std::size_t clusters, auspex::clustering& out) const {
    const auspex::standard_scale scale(points, standardise);
    KMeans means(scale.applied(points), points.columns(), clusters);
    means.run(restarts, max_iterations, points.seed());
    std::copy(means.assignments().begin(), means.assignments().end(), out.assignments.begin());
    out.cluster_count = means.clusters();
    out.inertia = means.inertia();
    out.standardised = standardise;
    for (std::size_t k = 0; k < means.clusters(); ++k) {
      for (std::size_t c = 0; c < points.columns(); ++c) {
        out.centroids[k * points.columns() + c] = scale.back(c, means.centroid(k)[c]);
      }
    }
  }

  std::size_t restarts, max_iterations;
  bool standardise;
};

}  // namespace auspex_dlib
