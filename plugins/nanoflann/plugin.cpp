#include <array>

#include <auspex/sdk.hpp>

#include "neighbours.hpp"

namespace auspex_nanoflann {
namespace {

struct local_outlier_factor : auspex::outlier_detector {
  static constexpr std::string_view id = "nanoflann/local_outlier_factor";
  static constexpr std::string_view name = "Local outlier factor";
  static constexpr std::string_view description =
      "How much thinner a row's surroundings are than those of its nearest neighbours (Breunig, Kriegel, Ng, Sander 2000), "
      "as "
      "scikit-learn's LocalOutlierFactor: about 1 inside a group, above the threshold an outlier. Columns are brought to "
      "mean 0 "
      "and deviation 1 (divided by the number of rows) before distances are measured.";
  static constexpr std::array parameters{
      auspex::integer_parameter("neighbours", "how many are looked at; fewer where there are not so many other rows", "20",
                                1, 100000),
      auspex::real_parameter("threshold", "factors above it are outliers; scikit-learn's offset is its negative", "1.5", 0),
      auspex::boolean_parameter("standardise", "whether all columns weigh the same", "true")};

  explicit local_outlier_factor(const auspex::arguments& given)
      : neighbours(std::size_t(given.integer("neighbours"))),
        threshold(given.real("threshold")),
        standardise(given.boolean("standardise")) {}

  void detect(const auspex::points& points, auspex::outliers& out) const {
    const auto rows = points.rows();
    out.threshold = threshold;
    out.standardised = standardise;
    std::fill(out.scores.begin(), out.scores.end(), 1.0);
    std::fill(out.flags.begin(), out.flags.end(), 0);
    if (rows < 2) return;
    const auto count = std::min(neighbours, rows - 1);
    const auspex::standard_scale scale(points, standardise);
    const auto near = nearest_neighbours(scale.applied(points), points.columns(), count, points.threads());
    // Local reachability density: scikit-learn's, with its 1e-10 against divisions by 0 among duplicates.
    std::vector<double> density(rows);
    for (std::size_t r = 0; r < rows; ++r) {
      double sum = 0;
      for (std::size_t i = r * count; i < (r + 1) * count; ++i) {
        const double own = near.distances[near.indices[i] * count + count - 1];
        sum += std::max(near.distances[i], own);
      }
      density[r] = 1 / (sum / double(count) + 1e-10);
    }
    for (std::size_t r = 0; r < rows; ++r) {
      double sum = 0;
      for (std::size_t i = r * count; i < (r + 1) * count; ++i) sum += density[near.indices[i]] / density[r];
      out.scores[r] = sum / double(count);
      out.flags[r] = out.scores[r] > threshold ? 1 : 0;
    }
  }

  std::size_t neighbours;
  double threshold;
  bool standardise;
};

}  // namespace
}  // namespace auspex_nanoflann

AUSPEX_PLUGIN_BY("nanoflann", "1.0.0", "nanoflann", "Auspex", "Apache-2.0", "", auspex_nanoflann::local_outlier_factor)
