#include "report/figures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace auspex::report {
namespace {

constexpr std::size_t points_in_table = 100;

// Okabe and Ito's palette without its yellow, which is too faint on white.
const Json palette = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"};
constexpr std::array symbols = {"circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect", "emptyTriangle"};
constexpr std::array lines = {"solid", "dashed", "dotted"};

std::string symbol(std::size_t series) { return symbols[series % symbols.size()]; }

Json axis_option(const Axis& axis, int gap) {
  Json option = {{"type", axis.log ? "log" : "value"}, {"name", axis.name},
                 {"nameLocation", "middle"},           {"nameGap", gap},
                 {"scale", !axis.low.has_value()},     {"axisLabel", {{"hideOverlap", true}}}};
  if (axis.low) option["min"] = *axis.low;
  if (axis.high) option["max"] = *axis.high;
  return option;
}

Json category_option(const std::string& name, const std::vector<std::string>& categories, int gap) {
  return {{"type", "category"}, {"name", name}, {"nameLocation", "middle"}, {"nameGap", gap}, {"data", categories}};
}

constexpr int below = 30;
constexpr int beside = 55;

// What all figures share; the legend is shown where there is more than one series to tell apart.
Json base_option(std::size_t series) {
  Json option = {{"animation", false},
                 {"color", palette},
                 {"textStyle", {{"fontFamily", "system-ui, sans-serif"}}},
                 {"tooltip", {{"trigger", "item"}, {"confine", true}}},
                 {"grid", {{"left", 75}, {"right", 25}, {"top", series > 1 ? 45 : 20}, {"bottom", 55}}}};
  if (series > 1) option["legend"] = {{"type", "scroll"}, {"top", 0}};
  // Patterns over the colours of areas; lines and points have their own marks.
  option["aria"] = {{"enabled", true}, {"label", {{"enabled", false}}}, {"decal", {{"show", series > 1}}}};
  option["series"] = Json::array();
  return option;
}

Figure figure_of(const Caption& caption, Json option) {
  Figure figure;
  figure.title = caption.title;
  figure.text = caption.text;
  figure.option = std::move(option);
  return figure;
}

std::vector<std::string> with_names(std::string first, const auto& series) {
  std::vector<std::string> headers = {std::move(first)};
  for (const auto& each : series) headers.push_back(each.name);
  return headers;
}

std::string cut_note(std::size_t shown_rows, std::size_t all) {
  return shown_rows < all ? fmt::format("The first {} of {} points.", shown_rows, all) : "";
}

}  // namespace

Figure curves(const Caption& caption, const Axis& x, const Axis& y, const std::vector<Curve>& curves) {
  auto option = base_option(curves.size());
  option["xAxis"] = axis_option(x, below);
  option["yAxis"] = axis_option(y, beside);
  auto figure = figure_of(caption, nullptr);
  figure.table.headers = {"Curve", x.name, y.name};
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto& curve = curves[i];
    Json data = Json::array();
    for (const auto& [at, value] : curve.points) {
      data.push_back({at, value});
      if (!curve.reference) figure.table.rows.push_back({curve.name, at, value});
    }
    Json series = {{"type", "line"}, {"name", curve.name}, {"data", std::move(data)}};
    if (curve.reference) {
      series["symbol"] = "none";
      series["lineStyle"] = {{"width", 1}, {"type", "dashed"}, {"color", "#777777"}};
      series["itemStyle"] = {{"color", "#777777"}};
    } else {
      series["symbol"] = symbol(i);
      series["showSymbol"] = curve.points.size() <= 40;
      series["lineStyle"] = {{"width", 2}, {"type", lines[i % lines.size()]}};
    }
    option["series"].push_back(std::move(series));
  }
  figure.option = std::move(option);
  return figure;
}

Figure bars(const Caption& caption, const std::string& category_name, const std::vector<std::string>& categories,
            const Axis& axis, const std::vector<Bars>& bars, bool across) {
  auto option = base_option(bars.size());
  auto values = axis_option(axis, across ? below : beside);
  if (!axis.log) values["scale"] = false;
  option[across ? "yAxis" : "xAxis"] = category_option(category_name, categories, across ? 0 : below);
  option[across ? "xAxis" : "yAxis"] = std::move(values);
  if (across) {
    option["yAxis"]["inverse"] = true;  // the first category on top, as in the table
    option["yAxis"]["name"] = "";
    option["grid"]["containLabel"] = true;
    option["grid"]["left"] = 10;
  }
  for (const auto& each : bars) option["series"].push_back({{"type", "bar"}, {"name", each.name}, {"data", each.values}});
  auto figure = figure_of(caption, std::move(option));
  if (across)
    figure.height = std::max(220, static_cast<int>(90 + 26 * categories.size() * std::max<std::size_t>(1, bars.size())));
  figure.table.headers = with_names(category_name, bars);
  for (std::size_t i = 0; i < categories.size(); ++i) {
    std::vector<Cell> row = {categories[i]};
    for (const auto& each : bars) row.emplace_back(each.values[i]);
    figure.table.rows.push_back(std::move(row));
  }
  return figure;
}

Figure histogram(const Caption& caption, const Axis& values, const std::vector<double>& edges, const Axis& counts,
                 const std::vector<Bars>& groups) {
  std::vector<std::string> bins;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) bins.push_back(shown(edges[i]) + " to " + shown(edges[i + 1]));
  auto figure = bars(caption, values.name, bins, counts, groups);
  for (auto& series : figure.option["series"]) {
    series["barCategoryGap"] = "2%";
    if (groups.size() > 1) series["stack"] = "rows";
  }
  if (counts.log) {
    // A stack has no meaning on a log axis, and 0 no place on it.
    for (auto& series : figure.option["series"]) {
      series.erase("stack");
      for (auto& value : series["data"]) value = value == 0.0 ? Json(nullptr) : value;
    }
    figure.option["yAxis"]["min"] = 0.5;
    figure.option["yAxis"]["startValue"] = 0.5;  // a bar of one row is seen
  }
  return figure;
}

Figure estimates(const Caption& caption, const std::string& category_name, const std::vector<std::string>& categories,
                 const Axis& axis, const std::vector<Estimates>& series) {
  auto option = base_option(series.size());
  option["xAxis"] = category_option(category_name, categories, below);
  option["yAxis"] = axis_option(axis, beside);
  auto figure = figure_of(caption, nullptr);
  figure.table.headers = {category_name, "Of", axis.name, "From", "To"};
  const auto count = static_cast<double>(series.size());
  for (std::size_t s = 0; s < series.size(); ++s) {
    // Series stand side by side within their category.
    const double shift = (static_cast<double>(s) - (count - 1) / 2) * 0.6 / count;
    Json data = Json::array();
    for (std::size_t i = 0; i < series[s].values.size(); ++i) {
      const auto& [value, low, high] = series[s].values[i];
      data.push_back({static_cast<double>(i), value, low, high, shift, static_cast<double>(s)});
      figure.table.rows.push_back({categories[i], series[s].name, value, low, high});
    }
    option["series"].push_back({{"type", "custom"},
                                {"name", series[s].name},
                                {"renderItem", "$estimate"},
                                {"data", std::move(data)},
                                {"encode", {{"x", 0}, {"y", {1, 2, 3}}}}});
    if (series.size() > 1) option["legend"]["data"].push_back({{"name", series[s].name}, {"icon", symbol(s)}});
  }
  figure.option = std::move(option);
  return figure;
}

Figure scatter(const Caption& caption, const Axis& x, const Axis& y, const std::vector<Points>& groups) {
  auto option = base_option(groups.size());
  option["xAxis"] = axis_option(x, below);
  option["yAxis"] = axis_option(y, beside);
  auto figure = figure_of(caption, nullptr);
  figure.table.headers = {"Group", x.name, y.name};
  std::size_t all = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    option["series"].push_back({{"type", "scatter"},
                                {"name", groups[i].name},
                                {"data", groups[i].at},
                                {"symbol", symbol(i)},
                                {"symbolSize", 6},
                                {"itemStyle", {{"opacity", 0.65}}}});
    all += groups[i].at.size();
    for (const auto& at : groups[i].at) {
      if (figure.table.rows.size() < points_in_table) figure.table.rows.push_back({groups[i].name, at[0], at[1]});
    }
  }
  figure.table.note = cut_note(figure.table.rows.size(), all);
  figure.option = std::move(option);
  figure.height = 420;
  return figure;
}

Figure scatter_3d(const Caption& caption, const std::array<Axis, 3>& axes, const std::vector<SpatialPoints>& groups) {
  auto option = base_option(groups.size());
  option.erase("aria");
  option.erase("grid");
  option["grid3D"] = {{"boxHeight", 80}, {"viewControl", {{"autoRotate", false}, {"alpha", 20}, {"beta", 35}}}};
  option["xAxis3D"] = {{"type", "value"}, {"name", axes[0].name}, {"scale", true}};
  option["yAxis3D"] = {{"type", "value"}, {"name", axes[1].name}, {"scale", true}};
  option["zAxis3D"] = {{"type", "value"}, {"name", axes[2].name}, {"scale", true}};
  auto figure = figure_of(caption, nullptr);
  figure.table.headers = {"Group", axes[0].name, axes[1].name, axes[2].name};
  std::size_t all = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    option["series"].push_back({{"type", "scatter3D"},
                                {"name", groups[i].name},
                                {"data", groups[i].at},
                                {"symbol", symbol(i % 4)},
                                {"symbolSize", 6},
                                {"itemStyle", {{"opacity", 0.8}}}});
    all += groups[i].at.size();
    for (const auto& at : groups[i].at) {
      if (figure.table.rows.size() < points_in_table) figure.table.rows.push_back({groups[i].name, at[0], at[1], at[2]});
    }
  }
  figure.table.note = cut_note(figure.table.rows.size(), all);
  figure.option = std::move(option);
  figure.height = 520;
  figure.spatial = true;
  return figure;
}

Figure boxes(const Caption& caption, const std::string& category_name, const Axis& axis, const std::vector<Box>& boxes) {
  auto option = base_option(1);
  std::vector<std::string> names;
  Json summaries = Json::array();
  Json fences = Json::array();
  Json outliers = Json::array();
  auto figure = figure_of(caption, nullptr);
  figure.table.headers = {category_name,  "Low whisker", "First quartile", "Median",  "Third quartile",
                          "High whisker", "Low fence",   "High fence",     "Outliers"};
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const auto& box = boxes[i];
    names.push_back(box.name);
    summaries.push_back({box.low, box.first_quartile, box.median, box.third_quartile, box.high});
    if (!std::isnan(box.low_fence) || !std::isnan(box.high_fence)) fences.push_back({static_cast<double>(i), box.low_fence, box.high_fence});
    for (const double value : box.outliers) outliers.push_back({static_cast<double>(i), value});
    figure.table.rows.push_back({box.name, box.low, box.first_quartile, box.median, box.third_quartile, box.high,
                                 box.low_fence, box.high_fence, box.outlier_count});
  }
  option["xAxis"] = category_option(category_name, names, below);
  option["yAxis"] = axis_option(axis, beside);
  option["legend"] = {{"top", 0}};
  option["grid"]["top"] = 45;
  option["series"].push_back({{"type", "boxplot"},
                              {"name", "quartiles"},
                              {"data", std::move(summaries)},
                              {"itemStyle", {{"color", "#cfe3f3"}, {"borderColor", palette[0]}, {"borderWidth", 2}}}});
  option["series"].push_back({{"type", "custom"},
                              {"name", "fences"},
                              {"renderItem", "$fence"},
                              {"data", std::move(fences)},
                              {"encode", {{"x", 0}, {"y", {1, 2}}}},
                              {"itemStyle", {{"color", palette[1]}}}});
  option["series"].push_back({{"type", "scatter"},
                              {"name", "outliers"},
                              {"data", std::move(outliers)},
                              {"symbol", "diamond"},
                              {"symbolSize", 6},
                              {"itemStyle", {{"color", palette[1]}, {"opacity", 0.6}}}});
  figure.option = std::move(option);
  return figure;
}

Figure violins(const Caption& caption, const std::string& category_name, const Axis& axis,
               const std::vector<Violin>& violins) {
  auto option = base_option(1);
  std::vector<std::string> names;
  Json shapes = Json::array();
  std::size_t longest = 0;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  auto figure = figure_of(caption, nullptr);
  figure.table.headers = {category_name, axis.name, "Density"};
  for (std::size_t i = 0; i < violins.size(); ++i) {
    const auto& violin = violins[i];
    names.push_back(violin.name);
    double most = 0;
    for (const auto& [value, density] : violin.density) {
      most = std::max(most, density);
      low = std::min(low, value);
      high = std::max(high, value);
      figure.table.rows.push_back({violin.name, value, density});
    }
    auto shape = Json::array({static_cast<double>(i)});
    for (const auto& [value, density] : violin.density) {
      shape.push_back(value);
      shape.push_back(most > 0 ? density / most : 0.0);
    }
    longest = std::max(longest, violin.density.size());
    shapes.push_back(std::move(shape));
  }
  option["xAxis"] = category_option(category_name, names, below);
  option["yAxis"] = axis_option(axis, beside);
  if (low < high && !axis.low) {
    option["yAxis"]["min"] = low;
    option["yAxis"]["max"] = high;
  }
  Json dimensions = {"category"};
  for (std::size_t i = 0; i < 2 * longest; ++i) dimensions.push_back(fmt::format("{}", i));
  option["series"].push_back({{"type", "custom"},
                              {"renderItem", "$violin"},
                              {"data", std::move(shapes)},
                              {"dimensions", std::move(dimensions)},
                              {"encode", {{"x", 0}, {"y", 1}}},
                              {"clip", true}});
  figure.option = std::move(option);
  return figure;
}

Figure heatmap(const Caption& caption, const std::string& column_name, const std::vector<std::string>& columns,
               const std::string& row_name, const std::vector<std::string>& rows,
               const std::vector<std::vector<double>>& values, double low, double high) {
  auto option = base_option(1);
  auto figure = figure_of(caption, nullptr);
  figure.table.headers = {row_name + " \\ " + column_name};
  for (const auto& column : columns) figure.table.headers.push_back(column);
  Json data = Json::array();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::vector<Cell> cells = {rows[r]};
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const double value = values[r][c];
      cells.emplace_back(value);
      if (std::isnan(value)) continue;
      // The label is the cell's own text: numbers in JavaScript would show all their digits.
      data.push_back(
          Json{{"value", {c, r, value}}, {"label", {{"show", true}, {"formatter", shown(std::round(value * 100) / 100)}}}});
    }
    figure.table.rows.push_back(std::move(cells));
  }
  option["xAxis"] = category_option(column_name, columns, 45);
  option["yAxis"] = category_option(row_name, rows, beside);
  option["xAxis"]["axisLabel"] = {{"interval", 0}, {"rotate", columns.size() > 6 ? 40 : 0}};
  option["yAxis"]["inverse"] = true;
  option["yAxis"]["name"] = "";
  option["grid"] = {{"left", 10}, {"right", 25}, {"top", 10}, {"bottom", 70}, {"containLabel", true}};
  option["visualMap"] = {
      {"min", low},
      {"max", high},
      {"calculable", false},
      {"orient", "horizontal"},
      {"left", "center"},
      {"bottom", 0},
      {"itemHeight", 120},
      {"inRange", {{"color", low < 0 ? Json{"#d55e00", "#ffffff", "#56b4e9"} : Json{"#ffffff", "#56b4e9"}}}}};
  option["series"].push_back(
      {{"type", "heatmap"}, {"data", std::move(data)}, {"label", {{"show", true}, {"color", "#000000"}}}});
  figure.option = std::move(option);
  figure.height = std::max(260, static_cast<int>(150 + 34 * rows.size()));
  return figure;
}

}  // namespace auspex::report
