#include "learning/evaluation_page.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "learning/metrics.hpp"
#include "report/figures.hpp"

namespace auspex::learning {
namespace {

using Json = nlohmann::ordered_json;
using report::Axis;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

double number_of(const Json& json) { return json.is_number() ? json.get<double>() : none; }

/// The metric that a target is judged by first, and its name for people.
std::pair<std::string, std::string> headline(std::size_t width, std::size_t classes) {
  if (classes == 0) return {"rmse", "root mean squared error"};
  return width == 2 ? std::pair{"roc_auc", "ROC-AUC"} : std::pair{"roc_auc", "ROC-AUC, one against the rest"};
}

/// Rows of one range that were predicted, with what happened and the positive class's probability.
struct Judged {
  std::string range;
  std::vector<double> labels, probabilities;
};

class PageMaker {
 public:
  PageMaker(const analysis::Dataset& dataset, const HeldOut& held, const Json& report, spec::Population population)
      : dataset_(dataset), held_(held), split_(report["splits"][0]), population_(population_name(population)) {
    const auto rows = of_population(dataset, held.rows, population);
    for (std::size_t r = 0; r < dataset.range_names.size(); ++r) {
      Judged judged;
      judged.range = dataset.range_names[r].empty() ? fmt::format("{}", r) : dataset.range_names[r];
      for (const auto row : of_range(dataset, rows, std::int32_t(r))) {
        if (!held.is_predicted(row)) continue;
        judged.labels.push_back(label_of(dataset, row));
        judged.probabilities.push_back(held.last(row));
      }
      if (!judged.labels.empty()) judged_.push_back(std::move(judged));
    }
  }

  std::vector<report::Section> sections() {
    std::vector<report::Section> all;
    all.push_back(by_range());
    if (held_.width == 2 && dataset_.classes.size() == 2) {
      all.push_back({"How well it ranks", {roc(), precision_recall(), lift()}});
      all.push_back({"How far its probabilities can be believed", {reliability(), scores()}});
    } else if (dataset_.classes.empty()) {
      all.push_back({"Predicted and true values", {against_truth()}});
    } else {
      all.push_back({"What is taken for what", {confusion()}});
    }
    add(all, importance());
    add(all, fairness());
    add(all, leaks());
    return all;
  }

 private:
  static void add(std::vector<report::Section>& all, report::Section section) {
    if (!section.blocks.empty()) all.push_back(std::move(section));
  }

  report::Section by_range() const {
    const auto [metric, name] = headline(held_.width, dataset_.classes.size());
    std::vector<std::string> ranges;
    std::vector<report::Estimates> series;
    report::Table table;
    for (const auto& result : split_["results"]) {
      const auto range = result["range"].get<std::string>();
      if (std::find(ranges.begin(), ranges.end(), range) == ranges.end()) ranges.push_back(range);
    }
    const auto estimates_of = [&](const std::string& series_name) -> report::Estimates& {
      for (auto& each : series) {
        if (each.name == series_name) return each;
      }
      series.push_back({series_name, std::vector<report::Estimate>(ranges.size(), {none, none, none})});
      return series.back();
    };
    for (const auto& result : split_["results"]) {
      const auto place =
          std::size_t(std::find(ranges.begin(), ranges.end(), result["range"].get<std::string>()) - ranges.begin());
      auto& estimate = estimates_of(result["population"].get<std::string>()).values[place];
      estimate.value = number_of(result["metrics"].value(metric, Json()));
      const auto limits = result["intervals"].value(metric, Json());
      if (limits.is_array()) estimate = {estimate.value, number_of(limits[0]), number_of(limits[1])};
      if (table.headers.empty()) {
        table.headers = {"Range", "Population", "Rows"};
        for (const auto& each : result["metrics"].items()) table.headers.push_back(each.key());
      }
      std::vector<report::Cell> row{result["range"].get<std::string>(), result["population"].get<std::string>(),
                                    result["n"].get<std::int64_t>()};
      for (const auto& each : result["metrics"].items()) row.emplace_back(number_of(each.value()));
      if (row.size() == table.headers.size()) table.rows.push_back(std::move(row));
    }
    report::Section section{"By range", {}};
    section.blocks.emplace_back(report::Paragraph{
        fmt::format("Split: {}. Trained on {}; tested on {}. Figures below are of the population '{}'.",
                    split_["kind"].get<std::string>(), names(split_["train"]), names(split_["test"]), population_)});
    for (const auto& note : split_["notes"])
      section.blocks.emplace_back(report::Notice{report::Notice::Kind::note, note.get<std::string>()});
    section.blocks.emplace_back(report::estimates({name + " by range", "With 95 % intervals from resampling persons."},
                                                  "range", ranges, {name}, series));
    section.blocks.emplace_back(std::move(table));
    return section;
  }

  static std::string names(const Json& list) {
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(list.size(), 5); ++i)
      text += (i == 0 ? "" : ", ") + list[i].get<std::string>();
    return list.size() > 5 ? fmt::format("{} and {} more", text, list.size() - 5) : text;
  }

  /// A curve a range over the rows from the highest probability on; `point` is asked after each distinct probability.
  template <typename Point>
  std::vector<report::Curve> ranked(Point point) const {
    std::vector<report::Curve> curves;
    for (const auto& judged : judged_) {
      const Scores scores(judged.labels, judged.probabilities);
      if (!scores.has_both_classes()) continue;
      report::Curve curve{judged.range, {}, false};
      double positives = 0;
      for (std::size_t i = 0; i < scores.size(); ++i) {
        positives += scores.labels()[i];
        const bool last_of_tie = i + 1 == scores.size() || scores.probabilities()[i + 1] != scores.probabilities()[i];
        if (last_of_tie) curve.points.push_back(point(double(i + 1), positives, scores));
      }
      curves.push_back(std::move(curve));
    }
    return curves;
  }

  report::Figure roc() const {
    auto curves = ranked([](double taken, double found, const Scores& scores) {
      return std::pair{(taken - found) / (scores.total() - scores.positives()), found / scores.positives()};
    });
    for (auto& curve : curves) curve.points.insert(curve.points.begin(), {0, 0});
    curves.push_back({"chance", {{0, 0}, {1, 1}}, true});
    return report::curves(
        {"ROC", "How many of the positives are found at which share of false alarms; the diagonal is chance."},
        {"false positive rate", 0, 1}, {"true positive rate (recall)", 0, 1}, curves);
  }

  report::Figure precision_recall() const {
    const auto curves = ranked([](double taken, double found, const Scores& scores) {
      return std::pair{found / scores.positives(), found / taken};
    });
    return report::curves(
        {"Precision and recall", "What part of those flagged is positive, at which share of the positives found."},
        {"recall", 0, 1}, {"precision", 0, 1}, curves);
  }

  report::Figure lift() const {
    const auto curves = ranked([](double taken, double found, const Scores& scores) {
      return std::pair{taken / scores.total(), found / scores.positives() / (taken / scores.total())};
    });
    return report::curves(
        {"Lift", "How many times more positives there are among those with the highest probabilities than among all."},
        {"share of students, highest probability first", 0, 1}, {"lift", 0}, curves);
  }

  report::Figure reliability() const {
    std::vector<report::Curve> curves;
    for (const auto& result : split_["results"]) {
      if (result["population"] != population_ || !result.contains("calibration")) continue;
      report::Curve curve{result["range"].get<std::string>(), {}, false};
      for (const auto& bin : result["calibration"]["bins"]) {
        curve.points.emplace_back(number_of(bin["probability"]), number_of(bin["share"]));
      }
      curves.push_back(std::move(curve));
    }
    curves.push_back({"perfect", {{0, 0}, {1, 1}}, true});
    return report::curves({"Reliability",
                           "Over bins of equal size: what was predicted, and the share that it happened to. On the "
                           "diagonal probabilities mean what they say."},
                          {"mean predicted probability", 0, 1}, {"share of positives", 0, 1}, curves);
  }

  report::Figure scores() const {
    constexpr std::size_t bins = 20;
    std::vector<double> edges;
    for (std::size_t i = 0; i <= bins; ++i) edges.push_back(double(i) / bins);
    std::vector<report::Bars> groups;
    for (const auto& name : dataset_.class_names) groups.push_back({name, std::vector<double>(bins, 0)});
    for (const auto& judged : judged_) {
      for (std::size_t i = 0; i < judged.labels.size(); ++i) {
        const auto bin = std::min(bins - 1, std::size_t(judged.probabilities[i] * bins));
        groups[std::size_t(judged.labels[i])].values[bin] += 1;
      }
    }
    return report::histogram({"Predicted probabilities", "Of all ranges together, by what happened."}, {"probability"},
                             edges, {"rows"}, groups);
  }

  report::Figure confusion() const {
    const auto n = dataset_.classes.size();
    std::vector<std::vector<double>> counts(n, std::vector<double>(n, 0));
    double most = 1;
    for (const auto row : held_.rows) {
      if (!held_.is_predicted(row) || held_.decisions.empty() || std::isnan(held_.decisions[row])) continue;
      auto& cell = counts[std::size_t(label_of(dataset_, row))][std::size_t(held_.decisions[row])];
      most = std::max(most, cell += 1);
    }
    return report::heatmap({"Confusion", "Rows of all ranges: what happened, and what was predicted."}, "predicted",
                           dataset_.class_names, "happened", dataset_.class_names, counts, 0, most);
  }

  report::Figure against_truth() const {
    constexpr std::size_t most_points = 2000;
    std::vector<report::Points> groups;
    for (const auto& judged : judged_) {
      report::Points points{judged.range, {}};
      const auto step = std::max<std::size_t>(1, judged.labels.size() / most_points);
      for (std::size_t i = 0; i < judged.labels.size(); i += step)
        points.at.push_back({judged.labels[i], judged.probabilities[i]});
      groups.push_back(std::move(points));
    }
    return report::scatter({"Predicted and true values", "A point a row; of many rows, evenly chosen ones."}, {"true value"},
                           {"predicted value"}, groups);
  }

  report::Section importance() const {
    report::Section section{"What it relies on", {}};
    const auto& importance = split_["importance"];
    if (!importance.is_object()) return section;
    std::vector<std::string> indicators;
    report::Bars bars{"importance", {}};
    report::Table table{{"Indicator", "Importance", "From", "To"}, {}, ""};
    for (const auto& each : importance["indicators"]) {
      indicators.push_back(each["indicator"].get<std::string>());
      bars.values.push_back(number_of(each["importance"]));
      table.rows.push_back(
          {indicators.back(), bars.values.back(), number_of(each["interval"][0]), number_of(each["interval"][1])});
    }
    const auto metric = importance["metric"].get<std::string>();
    auto figure = report::bars(
        {"Importance", fmt::format("What {} loses on held-out rows when an indicator's values are exchanged.", metric)}, "indicator",
        indicators, {"loss of " + metric}, {bars}, true);
    figure.table = std::move(table);  // with intervals, which the bars do not show
    section.blocks.emplace_back(std::move(figure));
    return section;
  }

  report::Section fairness() const {
    report::Section section{"For whom it works", {}};
    for (const auto& column : split_["fairness"]) {
      if (column["groups"].empty()) continue;
      std::vector<std::string> groups;
      for (const auto& group : column["groups"]) groups.push_back(group["value"].get<std::string>());
      std::vector<report::Estimates> series;
      for (const auto& metric : column["groups"][0]["metrics"].items()) {
        report::Estimates estimates{metric.key(), {}};
        for (const auto& group : column["groups"]) {
          const auto& limits = group["intervals"][metric.key()];
          estimates.values.push_back({number_of(group["metrics"][metric.key()]),
                                      limits.is_array() ? number_of(limits[0]) : none,
                                      limits.is_array() ? number_of(limits[1]) : none});
        }
        if (metric.key() != "flagged" && metric.key() != "observed" && metric.key() != "predicted")
          series.push_back(std::move(estimates));
      }
      section.blocks.emplace_back(report::estimates(
          {column["column"].get<std::string>(), "By group, with 95 % intervals; small groups stand together as others."},
          "group", groups, {"rate"}, series));
    }
    return section;
  }

  report::Section leaks() const {
    report::Section section{"Leaks", {}};
    for (const auto& leak : split_["leaks"])
      section.blocks.emplace_back(report::Notice{report::Notice::Kind::warning, leak["evidence"].get<std::string>()});
    return section;
  }

  const analysis::Dataset& dataset_;
  const HeldOut& held_;
  const Json& split_;
  std::string population_;
  std::vector<Judged> judged_;
};

}  // namespace

report::Page evaluation_page(const analysis::Dataset& dataset, const HeldOut& held, const Json& report,
                             spec::Population population, const std::string& subtitle) {
  return {"Evaluation of " + report["model"].get<std::string>(), subtitle,
          PageMaker(dataset, held, report, population).sections()};
}

}  // namespace auspex::learning
