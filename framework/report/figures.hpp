// The kinds of figures that reports are made of, in one style: series differ in colour, symbol, line and pattern, so that
// they part without colour vision and in a black-and-white print. Each makes its own table of the numbers it draws.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/page.hpp"

namespace auspex::report {

struct Caption {
  std::string title;
  std::string text;  ///< Figure::text
};

struct Axis {
  std::string name;  ///< with its unit
  std::optional<double> low, high;
  bool log = false;  ///< values above 0 only
};

/// Joined in the order given. Reference lines (a perfect or a chance predictor) are thin, dashed and without symbols.
struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool reference = false;
};
[[nodiscard]] Figure curves(const Caption& caption, const Axis& x, const Axis& y, const std::vector<Curve>& curves);

/// values: one a category; NaN = none.
struct Bars {
  std::string name;
  std::vector<double> values;
};
/// Columns, or rows where `across` is set (long names). `axis`: of the values.
[[nodiscard]] Figure bars(const Caption& caption, const std::string& category_name,
                          const std::vector<std::string>& categories, const Axis& axis, const std::vector<Bars>& bars,
                          bool across = false);

/// counts[i].values[b]: rows of a group between edges[b] and edges[b + 1]; `axis`: of the counts.
[[nodiscard]] Figure histogram(const Caption& caption, const Axis& values, const std::vector<double>& edges,
                               const Axis& counts, const std::vector<Bars>& groups);

/// A value and how sure it is; NaN limits: no whiskers.
struct Estimate {
  double value, low, high;
};
struct Estimates {
  std::string name;
  std::vector<Estimate> values;  ///< one a category
};
[[nodiscard]] Figure estimates(const Caption& caption, const std::string& category_name,
                               const std::vector<std::string>& categories, const Axis& axis,
                               const std::vector<Estimates>& series);

struct Points {
  std::string name;
  std::vector<std::array<double, 2>> at;
};
/// The table holds the first 100 points and says how many there are.
[[nodiscard]] Figure scatter(const Caption& caption, const Axis& x, const Axis& y, const std::vector<Points>& groups);

struct SpatialPoints {
  std::string name;
  std::vector<std::array<double, 3>> at;
};
[[nodiscard]] Figure scatter_3d(const Caption& caption, const std::array<Axis, 3>& axes,
                                const std::vector<SpatialPoints>& groups);

/// Whiskers end at the outermost values within the fences; beyond the fences lie the outliers.
struct Box {
  std::string name;
  double low, first_quartile, median, third_quartile, high;
  double low_fence, high_fence;  ///< drawn as lines across; NaN: that one is not drawn
  std::vector<double> outliers;  ///< drawn one by one: some of them where there are many
  std::int64_t outlier_count = 0;
};
[[nodiscard]] Figure boxes(const Caption& caption, const std::string& category_name, const Axis& axis,
                           const std::vector<Box>& boxes);

/// density: (value, density) in order of the values; any unit of density.
struct Violin {
  std::string name;
  std::vector<std::pair<double, double>> density;
};
[[nodiscard]] Figure violins(const Caption& caption, const std::string& category_name, const Axis& axis,
                             const std::vector<Violin>& violins);

/// values[row][column]; each cell shows its number. Colours run from `low` to `high`, through white at 0 where low < 0.
[[nodiscard]] Figure heatmap(const Caption& caption, const std::string& column_name, const std::vector<std::string>& columns,
                             const std::string& row_name, const std::vector<std::string>& rows,
                             const std::vector<std::vector<double>>& values, double low, double high);

}  // namespace auspex::report
