// Clusterers: put rows that are alike into groups.
#pragma once

#include <auspex/points.hpp>

namespace auspex {

/// Where a clusterer puts what it found; the spans are the host's.
struct clustering {
  std::span<std::int32_t> assignments;  ///< one a row: index of its cluster, -1 = none
  std::span<double> centroids;          ///< clusters x columns, in the units of the points
  std::size_t cluster_count = 0;        ///< found, at most as many as were asked for
  double inertia = 0;                   ///< sum of the squared distances of rows to their centroid
  bool standardised = false;            ///< distances were measured with every column at mean 0 and deviation 1
};

/// Base of clusterers. A derived class has
///   static constexpr std::string_view id, name, description;
///   void cluster(const points&, std::size_t clusters, clustering& out)     at most `clusters` of them, at least 1
class clusterer : public component {
 public:
  static constexpr std::string_view interface_id = AUSPEX_CLUSTERER;
};

namespace detail {

template <class C>
struct functions_of_clusterer {
  static auspex_status cluster(void* self, const auspex_points* raw, std::int64_t clusters, auspex_clustering* out,
                               auspex_error* error) noexcept {
    return guarded(error, [&] {
      const points rows(*raw);
      clustering found{{out->assignments, rows.rows()}, {out->centroids, std::size_t(clusters) * rows.columns()}};
      static_cast<C*>(self)->cluster(rows, std::size_t(clusters), found);
      out->cluster_count = std::int64_t(found.cluster_count);
      out->inertia = found.inertia;
      out->standardised = found.standardised ? 1 : 0;
    });
  }
  static constexpr auspex_clusterer table{sizeof(auspex_clusterer), &cluster};
};

}  // namespace detail
}  // namespace auspex
