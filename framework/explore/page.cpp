// The page of an exploration.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "explore/findings.hpp"
#include "report/figures.hpp"

namespace auspex::explore {
namespace {

using report::Axis;
using report::Cell;
using report::Section;
using report::Table;

constexpr std::size_t most_points = 2'000;
constexpr std::size_t most_outliers = 200;
constexpr std::size_t most_columns = 30;  // that are drawn one by one
constexpr std::size_t most_pairs = 6;
constexpr std::size_t most_bars = 20;
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

std::string points_note(std::size_t shown, std::size_t all) {
  return shown < all ? fmt::format(" {} of the {} rows are drawn, by chance.", shown, all) : std::string();
}

// Writes the sections one after another.
class Writer {
 public:
  explicit Writer(const Findings& findings) : f_(findings), data_(findings.data) {
    page_.title = f_.title;
    page_.subtitle = f_.subtitle;
    for (const auto& column : data_.numbers) {
      if (column.name != data_.id && column.summary.present > 0 && numbers_.size() < most_columns)
        numbers_.push_back(&column);
    }
    for (const auto& column : data_.texts) {
      if (column.name != data_.id && column.present > 0 && texts_.size() < most_columns) texts_.push_back(&column);
    }
    if (!f_.labels.empty() && f_.labels.front().labelled() > 0) label_ = &f_.labels.front();
    drawn_ = sample_of(data_.sample.size(), most_points, 1);
  }

  report::Page page() {
    first();
    overview();
    missingness();
    distributions();
    categories();
    relations();
    outliers();
    rules();
    groups();
    anomalies();
    classifications();
    return std::move(page_);
  }

 private:
  Section& section(const std::string& title) {
    page_.sections.push_back({title, {}});
    return page_.sections.back();
  }

  void first() {
    auto& s = section("What to know first");
    if (f_.warnings.empty())
      s.blocks.push_back(report::Paragraph{"Nothing was found that would make this table less than it seems."});
    for (const auto& warning : f_.warnings) s.blocks.push_back(report::Notice{report::Notice::Kind::warning, warning.text});
    for (const auto& note : f_.notes) s.blocks.push_back(report::Notice{report::Notice::Kind::note, note});
    if (!f_.table.bad_rows().empty()) {
      Table table{{"Row", "Line", "Column", "Reason"}, {}, {}};
      for (const auto& row : f_.table.bad_rows()) {
        if (table.rows.size() == 50) break;
        table.rows.push_back({row.row, row.line > 0 ? Cell(row.line) : Cell(no_number), row.column, row.reason});
      }
      table.note = fmt::format("The rows that were set aside: {} of {}.", table.rows.size(), f_.table.bad_count());
      s.blocks.push_back(std::move(table));
    }
  }

  void overview() {
    auto& s = section("Columns");
    Table numbers{{"Column", "Values", "Missing", "Treatment", "Distinct", "Mean", "Deviation", "Minimum", "First quartile",
                   "Median", "Third quartile", "Maximum", "Skew"},
                  {},
                  "Quartiles by linear interpolation; deviation divided by n - 1; adjusted skew."};
    Table texts{{"Column", "Values", "Missing", "Treatment", "Distinct", "Most frequent", "Its rows"}, {}, {}};
    for (const auto& column : f_.table.columns()) {
      const char* treatment = column.treatment == campus::Missing::keep   ? "keep"
                              : column.treatment == campus::Missing::drop ? "drop rows"
                              : column.treatment == campus::Missing::zero ? "zero"
                                                                          : "median";
      if (const auto* number = data_.number(column.name)) {
        const auto& n = number->summary;
        numbers.rows.push_back({column.name, n.present, column.missing, treatment, n.distinct, n.mean, n.deviation,
                                n.minimum, n.first_quartile, n.median, n.third_quartile, n.maximum, n.skew});
      } else {
        const auto& text = *data_.text(column.name);
        texts.rows.push_back({column.name, text.present, column.missing, treatment, text.distinct,
                              text.top.empty() ? Cell(no_number) : Cell(text.top[0].value),
                              text.top.empty() ? Cell(no_number) : Cell(text.top[0].rows)});
      }
    }
    if (!numbers.rows.empty()) s.blocks.push_back(std::move(numbers));
    if (!texts.rows.empty()) s.blocks.push_back(std::move(texts));
  }

  void missingness() {
    auto& s = section("Missing values");
    std::vector<std::string> names;
    report::Bars bars{"missing", {}};
    for (const auto& column : f_.table.columns()) {
      names.push_back(column.name);
      bars.values.push_back(100 * double(column.missing) / double(data_.rows + f_.table.dropped()));
    }
    s.blocks.push_back(
        report::bars({"Missing values by column", "Share of the rows that were read in which the column has no value."},
                     "Column", names, {"Rows without a value (%)", 0, 100}, {bars}, names.size() > 6));
  }

  static std::string class_name(const Label& label, std::size_t k) {
    return !label.is_rule ? label.classes[k] : k == 1 ? label.name : "not " + label.name;
  }

  // Positions in the sample of a label's classes that have rows.
  [[nodiscard]] std::vector<std::pair<std::string, std::vector<std::size_t>>> classes_of(const Label& label) const {
    std::vector<std::pair<std::string, std::vector<std::size_t>>> groups;
    for (std::size_t k = label.classes.size(); k-- > 0;) {
      if (label.counts[k] == 0) continue;
      groups.emplace_back(class_name(label, k), std::vector<std::size_t>{});
      for (std::size_t i = 0; i < label.sample.size(); ++i) {
        if (label.sample[i] == std::int32_t(k)) groups.back().second.push_back(i);
      }
      if (groups.size() == 8) break;
    }
    return groups;
  }

  static std::vector<double> values_at(const NumberColumn& column, const std::vector<std::size_t>& rows) {
    std::vector<double> values;
    for (const auto row : rows) values.push_back(column.sample[row]);
    return values;
  }

  // `log`: on a logarithmic axis, which has no place for a fence that is not above 0.
  static report::Box box_of(const std::string& name, const Summary& s, const std::vector<double>& values, bool log) {
    report::Box box{name,
                    s.low_whisker,
                    s.first_quartile,
                    s.median,
                    s.third_quartile,
                    s.high_whisker,
                    log && s.low_fence <= 0 ? no_number : s.low_fence,
                    s.high_fence,
                    {},
                    s.outliers()};
    for (const double x : values) {
      if (s.outside(x) && box.outliers.size() < most_outliers) box.outliers.push_back(x);
    }
    return box;
  }

  // On a logarithmic axis the shape is that of the logarithms.
  static report::Violin violin_of(const std::string& name, std::vector<double> values, bool log) {
    if (log) std::transform(values.begin(), values.end(), values.begin(), [](double x) { return std::log(x); });
    auto shape = density(values);
    if (log) std::for_each(shape.begin(), shape.end(), [](auto& point) { point.first = std::exp(point.first); });
    return {name, std::move(shape)};
  }

  void distributions() {
    if (numbers_.empty()) return;
    auto& s = section("Distributions");
    for (const auto* column : numbers_) {
      const Axis axis{column->name, {}, {}, column->log};
      if (!column->edges.empty()) {
        report::Bars all{"rows", {}};
        for (const auto n : column->counts) all.values.push_back(double(n));
        std::string text = fmt::format("How many rows have which {}.", column->name);
        const auto in_bins = std::accumulate(column->counts.begin(), column->counts.end(), std::int64_t{0});
        if (in_bins < column->summary.present) {
          text += fmt::format(" {} rows with a value that is not above 0 have no place on a logarithmic axis.",
                              column->summary.present - in_bins);
        }
        s.blocks.push_back(
            report::histogram({fmt::format("Histogram of {}", column->name), text}, axis, column->edges, {"Rows"}, {all}));
      }
      const bool log = column->log && column->summary.minimum > 0;
      std::vector<report::Box> boxes{box_of("all rows", column->summary, column->sample, log)};
      std::vector<report::Violin> violins{violin_of("all rows", column->sample, log)};
      for (const auto& label : f_.labels) {
        for (const auto& [name, rows] : classes_of(label)) {
          const auto values = values_at(*column, rows);
          const auto own = summary(values);
          if (own.present == 0) continue;
          boxes.push_back(box_of(name, own, values, log));
          if (own.distinct > 1) violins.push_back(violin_of(name, values, log));
        }
      }
      s.blocks.push_back(report::boxes({fmt::format("Box of {}", column->name),
                                        "The box is the middle half of the rows, the line in it the median. The fences lie "
                                        "1.5 box lengths beyond its ends; rows "
                                        "outside them are outliers, drawn one by one."},
                                       "Rows", {column->name, {}, {}, log}, boxes));
      if (column->summary.distinct > 1) {
        s.blocks.push_back(report::violins(
            {fmt::format("Density of {}", column->name), "The wider the shape, the more rows have such a value."}, "Rows",
            {column->name, {}, {}, log}, violins));
      }
    }
  }

  void categories() {
    if (texts_.empty()) return;
    auto& s = section("Categories");
    for (const auto* column : texts_) {
      std::vector<std::string> names;
      report::Bars all{"rows", {}};
      for (const auto& each : column->top) {
        if (names.size() == most_bars) break;
        names.push_back(each.value);
        all.values.push_back(double(each.rows));
      }
      s.blocks.push_back(
          report::bars({fmt::format("Rows by {}", column->name),
                        std::size_t(column->distinct) > names.size()
                            ? fmt::format("The {} most frequent of {} values.", names.size(), column->distinct)
                            : "How many rows have which value."},
                       column->name, names, {"Rows", 0}, {all}, names.size() > 6));
      if (label_ == nullptr || label_->name == column->name || column->top.empty()) continue;
      // Shares of the label's classes within each category.
      std::vector<report::Bars> shares;
      for (const auto& [name, rows] : classes_of(*label_)) {
        report::Bars bars{name, {}};
        for (std::size_t k = 0; k < names.size(); ++k) {
          std::size_t all_of = 0, own = 0;
          for (std::size_t i = 0; i < column->sample.size(); ++i)
            all_of += column->sample[i] == std::int32_t(k) && label_->sample[i] >= 0 ? 1 : 0;
          for (const auto i : rows) own += column->sample[i] == std::int32_t(k) ? 1 : 0;
          bars.values.push_back(all_of == 0 ? no_number : 100 * double(own) / double(all_of));
        }
        shares.push_back(std::move(bars));
      }
      s.blocks.push_back(report::bars(
          {fmt::format("{} by {}", label_->name, column->name), "Share of each class among the rows of a category."},
          column->name, names, {"Share (%)", 0, 100}, shares, names.size() > 6));
    }
  }

  void relations() {
    if (numbers_.size() < 2) return;
    auto& s = section("Relations");
    std::vector<std::string> names;
    std::vector<std::vector<double>> values;
    for (const auto* a : numbers_) {
      names.push_back(a->name);
      values.emplace_back();
      for (const auto* b : numbers_) values.back().push_back(correlation(a->sample, b->sample));
    }
    s.blocks.push_back(
        report::heatmap({"Correlation", "Pearson's correlation of each two columns, over the rows that have both."},
                        "Column", names, "Column", names, values, -1, 1));
    std::size_t pairs = 0;
    for (std::size_t a = 0; a < numbers_.size(); ++a) {
      for (std::size_t b = a + 1; b < numbers_.size() && pairs < most_pairs; ++b, ++pairs) {
        const auto* x = numbers_[a];
        const auto* y = numbers_[b];
        std::vector<report::Points> groups;
        const auto add = [&](const std::string& name, std::int32_t k) {
          report::Points points{name, {}};
          for (const auto i : drawn_) {
            const bool own = k < -1 || label_->sample[i] == k;
            const bool drawable = !std::isnan(x->sample[i]) && !std::isnan(y->sample[i]) && (!x->log || x->sample[i] > 0) &&
                                  (!y->log || y->sample[i] > 0);
            if (own && drawable) points.at.push_back({x->sample[i], y->sample[i]});
          }
          if (!points.at.empty()) groups.push_back(std::move(points));
        };
        if (label_ == nullptr) add("rows", -2);
        for (std::size_t k = label_ == nullptr ? 0 : label_->classes.size(); k-- > 0;)
          add(class_name(*label_, k), std::int32_t(k));
        if (groups.empty()) continue;
        s.blocks.push_back(
            report::scatter({fmt::format("{} and {}", x->name, y->name),
                             fmt::format("One point a row{}.{}", label_ == nullptr ? "" : ", by " + label_->name,
                                         points_note(drawn_.size(), std::size_t(data_.rows)))},
                            {x->name, {}, {}, x->log}, {y->name, {}, {}, y->log}, groups));
      }
    }
  }

  void outliers() {
    if (numbers_.empty()) return;
    auto& s = section("Outliers by column");
    Table table{{"Column", "Lower fence", "Upper fence", "Below", "Above", "Outside", "95th percentile", "Above it"},
                {},
                "The fences lie 1.5 times the distance of the quartiles below the first and above the third."};
    std::vector<std::string> names;
    report::Bars outside{"outside the fences", {}}, high{"above the 95th percentile", {}};
    for (const auto* column : numbers_) {
      const auto& n = column->summary;
      table.rows.push_back({column->name, n.low_fence, n.high_fence, n.below, n.above, n.outliers(), n.p95, n.above_p95});
      names.push_back(column->name);
      outside.values.push_back(double(n.outliers()));
      high.values.push_back(double(n.above_p95));
    }
    s.blocks.push_back(std::move(table));
    s.blocks.push_back(report::bars({"Outliers", "Rows outside the fences and above the 95th percentile of each column."},
                                    "Column", names, {"Rows", 0}, {outside, high}));
  }

  void rules() {
    if (data_.rules.empty()) return;
    auto& s = section("Rules");
    Table table{
        {"Rule", "Expression", "True", "False", "Open"}, {}, "Open: a missing value leaves it undecided; counted as false."};
    std::vector<std::string> names;
    report::Bars bars{"true", {}};
    for (const auto& rule : data_.rules) {
      table.rows.push_back({rule.name, rule.expression, rule.truths, data_.rows - rule.truths, rule.open});
      names.push_back(rule.name);
      bars.values.push_back(100 * double(rule.truths) / double(data_.rows));
    }
    s.blocks.push_back(std::move(table));
    s.blocks.push_back(
        report::bars({"Rows for which a rule holds", "Share of all rows."}, "Rule", names, {"Rows (%)", 0, 100}, {bars}));
  }

  // Positions in Groups::rows that are drawn.
  [[nodiscard]] std::vector<std::size_t> drawn_groups() const { return sample_of(f_.groups.rows.size(), most_points, 1); }

  [[nodiscard]] std::array<Axis, 2> component_axes() const {
    const auto& shares = f_.groups.components.shares;
    return {Axis{fmt::format("First component ({:.0f} % of the variance)", 100 * shares[0])},
            Axis{fmt::format("Second component ({:.0f} %)", 100 * shares[1])}};
  }

  // Points in the plane of the two components by a number of each row; rows of -1 are "in none".
  [[nodiscard]] std::vector<report::Points> in_components(const std::vector<std::string>& names,
                                                          const std::function<std::int32_t(std::size_t)>& group) const {
    const auto& scores = f_.groups.components.scores;
    std::vector<report::Points> groups;
    for (const auto& name : names) groups.push_back({name, {}});
    for (const auto i : drawn_groups()) {
      if (const auto k = group(i); k >= 0) groups[std::size_t(k)].at.push_back({scores[0][i], scores[1][i]});
    }
    groups.erase(std::remove_if(groups.begin(), groups.end(), [](const auto& each) { return each.at.empty(); }),
                 groups.end());
    return groups;
  }

  void groups() {
    const auto& g = f_.groups;
    if (!g.has_clusters()) return;
    auto& s = section("Groups");
    s.blocks.push_back(report::Paragraph{fmt::format(
        "{} in {} groups of {} rows by {}{}. Inertia {}, silhouette {}{}.", g.clusterer, g.clusters.centroids.size(),
        g.rows.size(), fmt::join(g.columns, ", "), g.clusters.standardised ? ", each at mean 0 and deviation 1" : "",
        report::shown(g.clusters.inertia), report::shown(g.silhouette),
        g.silhouette_rows < g.rows.size() ? fmt::format(" (of {} rows drawn by chance)", g.silhouette_rows) : "")});
    Table table{{"Group", "Rows"}, {}, "Centroids in the columns' own units."};
    table.headers.insert(table.headers.end(), g.columns.begin(), g.columns.end());
    std::vector<std::string> names;
    for (std::size_t k = 0; k < g.clusters.centroids.size(); ++k) {
      names.push_back(fmt::format("group {}", k));
      table.rows.push_back({names.back(), g.sizes[k]});
      for (const double x : g.clusters.centroids[k]) table.rows.back().emplace_back(x);
    }
    s.blocks.push_back(std::move(table));
    const auto assignment = [&](std::size_t i) { return g.clusters.assignments[i]; };
    const auto note = points_note(std::min(most_points, g.rows.size()), g.rows.size());
    if (g.columns.size() >= 3) {
      std::vector<report::SpatialPoints> points;
      for (const auto& name : names) points.push_back({name, {}});
      const auto width = g.columns.size();
      for (const auto i : drawn_groups()) {
        if (assignment(i) >= 0)
          points[std::size_t(assignment(i))].at.push_back(
              {g.values[i * width], g.values[i * width + 1], g.values[i * width + 2]});
      }
      points.erase(std::remove_if(points.begin(), points.end(), [](const auto& each) { return each.at.empty(); }),
                   points.end());
      s.blocks.push_back(
          report::scatter_3d({"Groups in three columns", fmt::format("One point a row, by its group.{}", note)},
                             {Axis{g.columns[0]}, Axis{g.columns[1]}, Axis{g.columns[2]}}, points));
    }
    if (g.components.scores.size() == 2) {
      const auto axes = component_axes();
      s.blocks.push_back(report::scatter(
          {"Groups in two principal components",
           fmt::format("The plane in which the rows, every column at mean 0 and deviation 1, differ most.{}", note)},
          axes[0], axes[1], in_components(names, assignment)));
      Table loadings{{"Column", "First component", "Second component"}, {}, "How much of a column is in a component."};
      for (std::size_t c = 0; c < g.columns.size(); ++c)
        loadings.rows.push_back({g.columns[c], g.components.loadings[0][c], g.components.loadings[1][c]});
      s.blocks.push_back(std::move(loadings));
    }
    if (g.elbow.size() > 1) {
      report::Curve curve{"inertia", {}};
      for (const auto& [k, inertia] : g.elbow) curve.points.emplace_back(double(k), inertia);
      s.blocks.push_back(report::curves(
          {"How many groups",
           fmt::format("Inertia by the number of groups{}: where the line bends, more groups explain little more.",
                       g.elbow_rows < g.rows.size() ? fmt::format(", of {} rows drawn by chance", g.elbow_rows) : "")},
          {"Groups"}, {"Inertia", 0}, {curve}));
    }
  }

  void anomalies() {
    const auto& g = f_.groups;
    if (!g.has_anomalies()) return;
    auto& s = section("Rows unlike the others");
    s.blocks.push_back(report::Paragraph{fmt::format("{} of {} rows are unlike those around them by {} ({}{}).",
                                                     g.anomaly_count, g.rows.size(), g.detector, fmt::join(g.columns, ", "),
                                                     g.anomalies.standardised ? ", each at mean 0 and deviation 1" : "")});
    const auto of_scores = summary(g.anomalies.scores);
    const auto edges = histogram_edges(of_scores, g.anomalies.scores, of_scores.minimum > 0);
    report::Bars bars{"rows", {}};
    for (const auto n : histogram_counts(edges, g.anomalies.scores)) bars.values.push_back(double(n));
    s.blocks.push_back(report::histogram({"Scores", fmt::format("The higher, the further out; above {} a row is flagged.",
                                                                report::shown(g.anomalies.threshold))},
                                         {"Score", {}, {}, of_scores.minimum > 0}, edges, {"Rows"}, {bars}));
    if (g.components.scores.size() == 2) {
      const auto axes = component_axes();
      s.blocks.push_back(
          report::scatter({"Flagged rows in two principal components",
                           "One point a row." + points_note(std::min(most_points, g.rows.size()), g.rows.size())},
                          axes[0], axes[1], in_components({"like the others", "unlike the others"}, [&](std::size_t i) {
                            return std::int32_t(g.anomalies.flags[i]);
                          })));
    }
    // The furthest out, by their ids.
    std::vector<std::size_t> order(g.rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return g.anomalies.scores[a] > g.anomalies.scores[b]; });
    const auto numbers = f_.table.row_numbers();
    Table table{{"Row", "Score"}, {}, "The rows furthest out."};
    table.headers.insert(table.headers.end(), g.columns.begin(), g.columns.end());
    for (std::size_t i = 0; i < std::min<std::size_t>(10, order.size()); ++i) {
      table.rows.push_back({numbers[data_.sample[g.rows[order[i]]]], g.anomalies.scores[order[i]]});
      for (std::size_t c = 0; c < g.columns.size(); ++c)
        table.rows.back().emplace_back(g.values[order[i] * g.columns.size() + c]);
    }
    s.blocks.push_back(std::move(table));
  }

  void classifications() {
    for (const auto& label : f_.labels) {
      auto& s = section(fmt::format("Classification of {}", label.name));
      for (const auto& warning : f_.warnings) {
        const bool about = warning.id == "determined_label" || warning.id == "small_class" || warning.id == "inverted_label";
        if (warning.column == label.name && about)
          s.blocks.push_back(report::Notice{report::Notice::Kind::warning, warning.text});
      }
      Table table{{"Backend", "Accuracy", "Macro F1", "Largest class alone", "Cross-validation", "Deviation", "Best"},
                  {},
                  "On rows held out, a share of every class; the best parameters by a cross-validation among the others."};
      for (const auto& each : f_.classifications) {
        if (each.label != label.name) continue;
        if (!each.why_not.empty()) {
          s.blocks.push_back(report::Notice{report::Notice::Kind::note, fmt::format("{}: {}.", each.backend, each.why_not)});
          continue;
        }
        table.rows.push_back({each.backend, each.accuracy, each.macro_f1, each.majority, each.validation_accuracy,
                              each.validation_deviation, each.best.dump()});
      }
      if (!table.rows.empty()) s.blocks.push_back(std::move(table));
      for (const auto& each : f_.classifications) {
        if (each.label != label.name || !each.why_not.empty()) continue;
        std::vector<std::vector<double>> counts;
        double most = 0;
        Table rates{{"Class", "Precision", "Recall", "F1", "Rows held out"}, {}, each.backend};
        for (std::size_t k = 0; k < label.classes.size(); ++k) {
          counts.emplace_back(each.confusion[k].begin(), each.confusion[k].end());
          most = std::max(most, *std::max_element(counts.back().begin(), counts.back().end()));
          rates.rows.push_back({label.classes[k], each.classes[k].precision, each.classes[k].recall, each.classes[k].f1,
                                each.classes[k].support});
        }
        s.blocks.push_back(report::heatmap({fmt::format("Confusion of {} by {}", label.name, each.backend),
                                            "Rows held out, by their class and the class said."},
                                           "Class said", label.classes, "Class", label.classes, counts, 0,
                                           std::max(1.0, most)));
        s.blocks.push_back(std::move(rates));
        if (each.contributions.empty()) continue;
        std::vector<std::string> names;
        report::Bars bars{"share", {}};
        for (const auto& [name, share] : each.contributions) {
          if (names.size() == most_bars) break;
          names.push_back(name);
          bars.values.push_back(100 * share);
        }
        s.blocks.push_back(report::bars({fmt::format("What {} looks at for {}", each.backend, label.name),
                                         "Mean size of a column's part in what is said, as a share of all."},
                                        "Column", names, {"Share (%)", 0, 100}, {bars}, true));
      }
    }
  }

  const Findings& f_;
  const Data& data_;
  report::Page page_;
  std::vector<const NumberColumn*> numbers_;
  std::vector<const TextColumn*> texts_;
  const Label* label_ = nullptr;
  std::vector<std::size_t> drawn_;
};

}  // namespace

report::Page page_of(const Findings& findings) { return Writer(findings).page(); }

}  // namespace auspex::explore
