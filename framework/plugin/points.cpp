// Clusterers and outlier detectors.
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <fmt/format.h>

#include "plugin/calls.hpp"
#include "plugin/component.hpp"

namespace auspex::plugin {
namespace {

// Points in the contract's form; lives as long as the points do.
class RawPoints {
 public:
  explicit RawPoints(const Points& points) {
    if (points.rows == 0 || points.columns.empty() || points.values.size() != points.rows * points.columns.size()) {
      throw std::logic_error("points without rows or columns, or of another size");
    }
    for (const auto& name : points.columns) names_.push_back({name.data(), name.size()});
    raw_ = {sizeof raw_,
            std::max(1, points.threads),
            std::int64_t(points.rows),
            std::int64_t(points.columns.size()),
            points.values.data(),
            names_.data(),
            points.seed};
  }
  RawPoints(const RawPoints&) = delete;
  RawPoints& operator=(const RawPoints&) = delete;

  [[nodiscard]] const auspex_points* get() const { return &raw_; }

 private:
  std::vector<auspex_str> names_;
  auspex_points raw_{};
};

}  // namespace

Clusterer::Clusterer(std::shared_ptr<const Component> component, const nlohmann::json& parameters)
    : Instance(std::move(component), parameters, {}) {}

Clustering Clusterer::cluster(const Points& points, std::size_t clusters) {
  const RawPoints raw(points);
  const auto width = points.columns.size();
  Clustering found;
  found.assignments.assign(points.rows, -1);
  std::vector<double> centroids(clusters * width, std::numeric_limits<double>::quiet_NaN());
  auspex_clustering out{};
  out.struct_size = sizeof out;
  out.assignments = found.assignments.data();
  out.centroids = centroids.data();
  auto error = empty_error();
  require(guarded(error,
                  [&] {
                    return functions<auspex_clusterer>().cluster(self(), raw.get(), std::int64_t(clusters), &out, &error);
                  }),
          error, "cluster");
  if (out.cluster_count < 1 || out.cluster_count > std::int64_t(clusters)) {
    broken(fmt::format("breaks the contract: cluster: it found {} clusters where {} were asked for", out.cluster_count,
                       clusters));
  }
  for (std::size_t row = 0; row < points.rows; ++row) {
    if (found.assignments[row] < -1 || found.assignments[row] >= out.cluster_count) {
      broken(fmt::format("breaks the contract: cluster: row {} is in cluster {} of {}", row, found.assignments[row],
                         out.cluster_count));
    }
  }
  for (std::int64_t k = 0; k < out.cluster_count; ++k) {
    const auto begin = centroids.begin() + std::ptrdiff_t(std::size_t(k) * width);
    found.centroids.emplace_back(begin, begin + std::ptrdiff_t(width));
    for (const double value : found.centroids.back()) {
      if (!std::isfinite(value)) broken(fmt::format("breaks the contract: cluster: centroid {} has a {}", k, value));
    }
  }
  if (!std::isfinite(out.inertia) || out.inertia < 0) {
    broken(fmt::format("breaks the contract: cluster: the inertia is {}", out.inertia));
  }
  found.inertia = out.inertia;
  found.standardised = out.standardised != 0;
  return found;
}

OutlierDetector::OutlierDetector(std::shared_ptr<const Component> component, const nlohmann::json& parameters)
    : Instance(std::move(component), parameters, {}) {}

Outliers OutlierDetector::detect(const Points& points) {
  const RawPoints raw(points);
  Outliers found;
  found.scores.assign(points.rows, std::numeric_limits<double>::quiet_NaN());
  std::vector<std::int32_t> flags(points.rows, -1);
  auspex_outliers out{};
  out.struct_size = sizeof out;
  out.scores = found.scores.data();
  out.flags = flags.data();
  out.threshold = std::numeric_limits<double>::quiet_NaN();
  auto error = empty_error();
  require(guarded(error, [&] { return functions<auspex_outlier_detector>().detect(self(), raw.get(), &out, &error); }),
          error, "detect");
  for (std::size_t row = 0; row < points.rows; ++row) {
    if (!std::isfinite(found.scores[row]) || (flags[row] != 0 && flags[row] != 1)) {
      broken(fmt::format("breaks the contract: detect: row {} has the score {} and the flag {}", row, found.scores[row],
                         flags[row]));
    }
  }
  found.flags.assign(flags.begin(), flags.end());
  found.threshold = out.threshold;
  found.standardised = out.standardised != 0;
  return found;
}

}  // namespace auspex::plugin
