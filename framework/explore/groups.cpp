#include "explore/groups.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/error.hpp"

namespace auspex::explore {
namespace {

constexpr std::size_t silhouette_rows = 2'000, elbow_rows = 20'000, elbow_clusters = 8;

// `count` of the rows of a rows x columns matrix.
std::vector<double> rows_of(std::span<const double> values, std::size_t columns, const std::vector<std::size_t>& rows) {
  std::vector<double> result;
  for (const auto row : rows) {
    const auto begin = values.begin() + std::ptrdiff_t(row * columns);
    result.insert(result.end(), begin, begin + std::ptrdiff_t(columns));
  }
  return result;
}

// Why a component cannot be had; "" where it can. One that a file names must be there.
std::string why_missing(const plugin::Registry& registry, const spec::Exploration::Part& part, Kind kind) {
  auto problem = registry.why_not(part.id, kind);
  if (problem.message.empty()) return {};
  if (part.where.line > 0) {
    problem.where = part.where;
    throw Error(Fault::configuration, {problem});
  }
  return problem.message;
}

// Creating a component with what a file says: its mistakes are of that place.
template <class Create>
auto created(const spec::Exploration::Part& part, const Create& create) {
  try {
    return create();
  } catch (const Error& error) {
    if (error.fault() != Fault::configuration) throw;
    auto problems = error.problems();
    for (auto& problem : problems) {
      if (problem.where.line == 0) problem.where = part.where;
    }
    throw Error(Fault::configuration, std::move(problems));
  }
}

void find_clusters(Groups& groups, const spec::Exploration& settings, const plugin::Registry& registry,
                   const plugin::Points& points, std::uint64_t seed) {
  groups.clusterer = settings.clusterer.id;
  groups.clusterer_why_not = why_missing(registry, settings.clusterer, Kind::clusterer);
  if (!groups.clusterer_why_not.empty()) return;
  const auto with = [&](nlohmann::json parameters) {
    return created(settings.clusterer, [&] { return registry.clusterer(settings.clusterer.id, parameters); });
  };
  groups.clusters = with(settings.clusterer.parameters).cluster(points, settings.clusters);
  groups.sizes.assign(groups.clusters.centroids.size(), 0);
  for (const auto k : groups.clusters.assignments) {
    if (k >= 0) ++groups.sizes[std::size_t(k)];
  }

  const auto width = groups.columns.size();
  const auto distances = groups.clusters.standardised ? standardised(groups.values, width) : groups.values;
  std::vector<std::size_t> grouped;
  for (std::size_t r = 0; r < points.rows; ++r) {
    if (groups.clusters.assignments[r] >= 0) grouped.push_back(r);
  }
  std::vector<std::size_t> some;
  for (const auto i : sample_of(grouped.size(), silhouette_rows, seed)) some.push_back(grouped[i]);
  std::vector<std::int32_t> own;
  for (const auto r : some) own.push_back(groups.clusters.assignments[r]);
  groups.silhouette_rows = some.size();
  groups.silhouette = silhouette(rows_of(distances, width, some), width, own);

  // The elbow shows a shape: fewer rows and starts do.
  const auto chosen = sample_of(points.rows, elbow_rows, seed);
  const auto values = rows_of(groups.values, width, chosen);
  auto fewer = points;
  fewer.rows = chosen.size();
  fewer.values = values;
  groups.elbow_rows = chosen.size();
  auto parameters = settings.clusterer.parameters;
  const auto* schema = registry.find(settings.clusterer.id);
  const bool has_restarts =
      std::any_of(schema->parameters.begin(), schema->parameters.end(), [](const auto& p) { return p.name == "restarts"; });
  if (has_restarts && !parameters.contains("restarts")) parameters["restarts"] = 5;
  auto clusterer = with(parameters);
  for (std::size_t k = 1; k <= std::min(elbow_clusters, fewer.rows); ++k) {
    const auto found = clusterer.cluster(fewer, k);
    groups.elbow.emplace_back(k, found.inertia);
    if (found.centroids.size() < k) break;  // there are no more different rows
  }
}

}  // namespace

Groups find_groups(const Data& data, const spec::Exploration& settings, const std::vector<std::string>& labels,
                   const plugin::Registry& registry, std::uint64_t seed, int threads) {
  Groups groups;
  groups.silhouette = std::numeric_limits<double>::quiet_NaN();
  for (const auto& feature : settings.features) groups.columns.push_back(feature.name);
  if (settings.features.empty()) {
    for (const auto& column : data.numbers) {
      const bool label = std::find(labels.begin(), labels.end(), column.name) != labels.end();
      // What nearly no row has would leave nearly no row.
      if (column.name != data.id && !label && 2 * column.summary.present > data.rows) groups.columns.push_back(column.name);
    }
  }
  if (groups.columns.empty()) {
    groups.why_not = "there is no column of numbers but the id and the labels";
    return groups;
  }
  std::vector<const NumberColumn*> columns;
  for (const auto& name : groups.columns) columns.push_back(data.number(name));
  for (std::size_t i = 0; i < data.sample.size(); ++i) {
    if (std::any_of(columns.begin(), columns.end(), [&](const auto* c) { return std::isnan(c->sample[i]); })) continue;
    groups.rows.push_back(i);
    for (const auto* column : columns) groups.values.push_back(column->sample[i]);
  }
  if (groups.rows.size() < 2) {
    groups.why_not =
        fmt::format("{} of the rows has a value in every one of these columns", groups.rows.empty() ? "none" : "only one");
    return groups;
  }
  const plugin::Points points{groups.rows.size(), groups.columns, groups.values, seed, threads};
  find_clusters(groups, settings, registry, points, seed);
  groups.detector = settings.detector.id;
  groups.detector_why_not = why_missing(registry, settings.detector, Kind::outlier_detector);
  if (groups.detector_why_not.empty()) {
    groups.anomalies = created(settings.detector, [&] {
                         return registry.outlier_detector(settings.detector.id, settings.detector.parameters);
                       }).detect(points);
    groups.anomaly_count = std::count(groups.anomalies.flags.begin(), groups.anomalies.flags.end(), 1);
  }
  groups.components = principal_components(groups.values, groups.columns.size(), 2);
  return groups;
}

}  // namespace auspex::explore
