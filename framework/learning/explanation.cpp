#include "learning/explanation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "base/random.hpp"
#include "learning/metrics.hpp"

namespace auspex::learning {
namespace {

using Json = nlohmann::ordered_json;
constexpr double no_share = std::numeric_limits<double>::quiet_NaN();

/// Whether contributions add up to the margin that the backend tells.
bool adds_up(double sum, double margin) {
  constexpr double tolerance = 1e-4;
  return std::abs(sum - margin) <= tolerance * std::max(1.0, std::abs(margin));
}

/// Rows of the dataset with the persons drawn, as weights.
class Judge {
 public:
  Judge(const analysis::Dataset& dataset, const HeldOut& held, Rows rows) : rows_(std::move(rows)), width_(held.width) {
    for (const auto row : rows_) {
      labels_.push_back(label_of(dataset, row));
      const auto group = dataset.rows[row].group;
      const auto [at, added] = persons_.emplace(group >= 0 ? group : -1 - std::int64_t(row), persons_.size());
      person_.push_back(at->second);
      (void)added;
    }
  }

  [[nodiscard]] std::vector<double> draw(Random& random) const {
    std::vector<double> times(persons_.size(), 0), weights;
    for (std::size_t i = 0; i < times.size(); ++i) times[random.below(times.size())] += 1;
    for (const auto person : person_) weights.push_back(times[person]);
    return weights;
  }

  [[nodiscard]] static const char* metric(std::size_t width) { return width == 1 ? "rmse" : width == 2 ? "roc_auc" : "log_loss"; }

  /// Higher is better. `values`: rows x width.
  [[nodiscard]] double worth(const std::vector<double>& values, const std::vector<double>& weights) const {
    if (width_ == 2) {
      std::vector<double> last;
      for (std::size_t i = 0; i < rows_.size(); ++i) last.push_back(values[i * 2 + 1]);
      Scores scores(labels_, last);
      scores.weigh(weights);
      return roc_auc(scores);
    }
    double sum = 0, total = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const double loss = width_ == 1 ? std::pow(values[i] - labels_[i], 2)
                                      : -std::log(std::max(1e-15, values[i * width_ + std::size_t(labels_[i])]));
      sum += weights[i] * loss;
      total += weights[i];
    }
    if (total == 0) return no_share;
    return width_ == 1 ? -std::sqrt(sum / total) : -sum / total;
  }

 private:
  Rows rows_;
  std::size_t width_;
  std::vector<double> labels_;
  std::map<std::int64_t, std::size_t> persons_;
  std::vector<std::size_t> person_;
};

/// Held-out rows that were predicted, or as many as are enough.
Rows judged_rows(const analysis::Dataset& dataset, const HeldOut& held, const ImportanceOptions& options) {
  Rows rows;
  for (const auto row : of_population(dataset, held.rows, options.population)) {
    if (held.is_predicted(row)) rows.push_back(row);
  }
  if (rows.size() > options.most_rows) {
    Random random(options.seed);
    for (std::size_t i = 0; i < options.most_rows; ++i) std::swap(rows[i], rows[i + random.below(rows.size() - i)]);
    rows.resize(options.most_rows);
    std::sort(rows.begin(), rows.end());
  }
  return rows;
}

/// A dataset of copies of some rows: what a learner is asked about.
analysis::Dataset copies(const analysis::Dataset& dataset, const Rows& rows, std::size_t times) {
  analysis::Dataset copy;
  copy.columns = dataset.columns;
  copy.range_names = dataset.range_names;
  copy.classes = dataset.classes;
  copy.class_names = dataset.class_names;
  copy.anonymous = dataset.anonymous;
  const auto width = dataset.columns.size();
  for (std::size_t t = 0; t < times; ++t) {
    for (const auto row : rows) {
      copy.rows.push_back(dataset.rows[row]);
      const auto begin = dataset.values.begin() + std::ptrdiff_t(row * width);
      copy.values.insert(copy.values.end(), begin, begin + std::ptrdiff_t(width));
    }
  }
  return copy;
}

}  // namespace

std::vector<IndicatorColumns> columns_by_indicator(const std::vector<std::string>& columns, const std::vector<std::string>& names) {
  std::vector<IndicatorColumns> result;
  const auto owner = [&](const std::string& column) {
    if (std::find(names.begin(), names.end(), column) != names.end()) return column;
    if (column.starts_with("range/")) return std::string("range");
    const auto parent = column.substr(0, column.rfind('/'));
    return std::find(names.begin(), names.end(), parent) != names.end() ? parent : column;
  };
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto name = owner(columns[c]);
    auto at = std::find_if(result.begin(), result.end(), [&](const auto& each) { return each.name == name; });
    if (at == result.end()) at = result.insert(at, {name, {}});
    at->columns.push_back(c);
  }
  return result;
}

Contributions contributions(const Fitted& fitted, const analysis::Dataset& dataset, Learner& learner,
                            int threads) {
  Contributions result;
  const auto classes = dataset.classes.size();
  result.width = dataset.columns.size() + 1;
  if (classes > 2) {
    result.why_not = "contributions are to the margin of one class, and the target has several";
    return result;
  }
  if (!learner.can_contribute()) {
    result.why_not = fmt::format("the backend {} cannot say what its predictions consist of", learner.id());
    return result;
  }
  result.able = true;
  result.values.assign(dataset.rows.size() * result.width, no_share);
  std::map<std::int32_t, Rows> by_model;
  for (std::size_t i = 0; i < dataset.rows.size(); ++i) by_model[fitted.key(dataset.rows[i].range)].push_back(i);
  for (const auto& [key, rows] : by_model) {
    const auto model = fitted.models.find(key);
    if (model == fitted.models.end()) continue;
    auto matrix = prediction_matrix(dataset, rows);
    matrix.threads = threads;
    const auto explained = learner.explain(model->second, matrix);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto* own = explained.contributions.data() + i * result.width;
      double sum = 0;
      for (std::size_t c = 0; c < result.width; ++c) sum += own[c];
      if (!adds_up(sum, explained.margins[i])) {
        ++result.exempt;
        continue;
      }
      std::copy_n(own, result.width, result.values.begin() + std::ptrdiff_t(rows[i] * result.width));
    }
  }
  return result;
}

nlohmann::ordered_json importance(const analysis::Dataset& dataset, const HeldOut& held, Learner& learner,
                                  const std::vector<IndicatorColumns>& indicators, const ImportanceOptions& options) {
  const auto rows = judged_rows(dataset, held, options);
  if (rows.empty() || options.repeats == 0) return nullptr;
  const Judge judge(dataset, held, rows);
  std::vector<double> plain;
  std::vector<std::size_t> fold_of(rows.size(), 0);
  for (const auto row : rows) plain.insert(plain.end(), held.values.begin() + std::ptrdiff_t(row * held.width), held.values.begin() + std::ptrdiff_t((row + 1) * held.width));
  for (std::size_t f = 0; f < held.split.folds.size(); ++f) {
    const auto& tested = held.split.folds[f].test_rows;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (std::binary_search(tested.begin(), tested.end(), rows[i])) fold_of[i] = f;
    }
  }
  // Values are exchanged among the rows of one range and fold.
  std::map<std::pair<std::size_t, std::int32_t>, std::vector<std::size_t>> strata;
  for (std::size_t i = 0; i < rows.size(); ++i) strata[{fold_of[i], dataset.rows[rows[i]].range}].push_back(i);

  struct Entry {
    std::string name;
    std::size_t columns;
    double mean, deviation;
  };
  std::vector<Entry> entries;
  const auto width = dataset.columns.size();
  for (std::size_t k = 0; k < indicators.size(); ++k) {
    if (indicators[k].name == "range") continue;  // among the rows of a range it does not vary
    auto asked = copies(dataset, rows, options.repeats);
    Random random(Random(options.seed + 7919 * (k + 1)).next());
    for (std::size_t r = 0; r < options.repeats; ++r) {
      for (const auto& [stratum, members] : strata) {
        auto from = members;
        for (std::size_t i = from.size(); i > 1; --i) std::swap(from[i - 1], from[random.below(i)]);
        for (std::size_t i = 0; i < members.size(); ++i) {
          for (const auto c : indicators[k].columns) {
            asked.values[(r * rows.size() + members[i]) * width + c] = dataset.values[rows[from[i]] * width + c];
          }
        }
      }
    }
    std::vector<double> answers(asked.rows.size() * held.width, no_share);
    for (std::size_t f = 0; f < held.fitted.size(); ++f) {
      Rows own;
      for (std::size_t i = 0; i < asked.rows.size(); ++i) {
        if (fold_of[i % rows.size()] == f) own.push_back(i);
      }
      if (own.empty()) continue;
      const auto values = predict(held.fitted[f], asked, own, learner, options.threads);
      for (std::size_t i = 0; i < own.size(); ++i) {
        std::copy_n(values.begin() + std::ptrdiff_t(i * held.width), held.width, answers.begin() + std::ptrdiff_t(own[i] * held.width));
      }
    }
    std::vector<double> losses;
    for (std::size_t r = 0; r < options.repeats; ++r) {
      const auto weights = judge.draw(random);
      const auto begin = answers.begin() + std::ptrdiff_t(r * rows.size() * held.width);
      const std::vector<double> permuted(begin, begin + std::ptrdiff_t(rows.size() * held.width));
      const double loss = judge.worth(plain, weights) - judge.worth(permuted, weights);
      if (std::isfinite(loss)) losses.push_back(loss);
    }
    double mean = 0;
    for (const double loss : losses) mean += loss / double(losses.size());
    entries.push_back({indicators[k].name, indicators[k].columns.size(), losses.empty() ? no_share : mean, sample_deviation(losses)});
  }
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { const auto known = [](double value) { return std::isfinite(value) ? value : -HUGE_VAL; };
    return known(a.mean) > known(b.mean);
  });
  Json list = Json::array();
  for (const auto& entry : entries) {
    const double reach = 1.96 * entry.deviation;
    const bool known = std::isfinite(reach);
    list.push_back({{"indicator", entry.name},
                    {"columns", entry.columns},
                    {"importance", number_or_null(entry.mean)},
                    {"interval", known ? Json::array({entry.mean - reach, entry.mean + reach}) : Json(nullptr)}});
  }
  return {{"metric", Judge::metric(held.width)}, {"rows", rows.size()}, {"repeats", options.repeats}, {"indicators", std::move(list)}};
}

}  // namespace auspex::learning
