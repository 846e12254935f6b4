// Rows that are alike, rows that are unlike all others, and where they lie.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "explore/data.hpp"
#include "plugin/registry.hpp"

namespace auspex::explore {

/// Of the sample's rows without a missing value among `columns`.
struct Groups {
  std::vector<std::string> columns;
  std::vector<std::size_t> rows;  ///< positions in Data::sample
  std::string why_not;            ///< nothing below was found: why; empty else
  std::vector<double> values;     ///< rows x columns

  std::string clusterer, clusterer_why_not;  ///< component id; why there are no clusters
  plugin::Clustering clusters;
  std::vector<std::int64_t> sizes;
  double silhouette = 0;                              ///< NaN: not defined
  std::size_t silhouette_rows = 0;                    ///< that it was calculated on
  std::vector<std::pair<std::size_t, double>> elbow;  ///< clusters asked for, inertia
  std::size_t elbow_rows = 0;

  std::string detector, detector_why_not;
  plugin::Outliers anomalies;
  std::int64_t anomaly_count = 0;

  Components components;  ///< two

  [[nodiscard]] bool has_clusters() const { return !clusters.centroids.empty(); }
  [[nodiscard]] bool has_anomalies() const { return !anomalies.scores.empty(); }
};

/// `labels`: columns that are no features. Throws Error(configuration) for components that cannot be had; where the settings
/// name none, a default that is not installed is only left out, with its reason.
[[nodiscard]] Groups find_groups(const Data& data, const spec::Exploration& settings, const std::vector<std::string>& labels,
                                 const plugin::Registry& registry, std::uint64_t seed, int threads);

}  // namespace auspex::explore
