#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <thread>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "explore/labels.hpp"
#include "learning/backend.hpp"
#include "learning/metrics.hpp"

namespace auspex::explore {
namespace {

using Parameters = nlohmann::json;
using Rows = std::vector<std::size_t>;

constexpr std::int64_t most_learned = 20'000;
constexpr std::size_t most_columns_of_text = 20;
constexpr std::size_t contribution_rows = 500;

// Columns as a backend takes them: a text column becomes one column of 0 and 1 for each of its most frequent categories.
class Features {
 public:
  Features(const Label& label, const Data& data) {
    for (const auto& name : label.features) {
      if (const auto* number = data.number(name)) {
        add(name, name, [number](std::size_t row) { return float(number->sample[row]); });
        continue;
      }
      const auto* text = data.text(name);
      const auto shown = std::min(most_columns_of_text, text->top.size());
      for (std::size_t k = 0; k < shown; ++k) {
        add(name, fmt::format("{}={}", name, text->top[k].value),
            [text, k](std::size_t row) { return text->sample[row] == std::int32_t(k) ? 1.f : 0.f; });
      }
    }
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] const std::string& source(std::size_t column) const { return sources_[column]; }

  [[nodiscard]] learning::Matrix matrix(const Label& label, const Rows& rows, std::uint64_t seed, bool with_labels) const {
    learning::Matrix matrix;
    matrix.rows = rows.size();
    matrix.columns = names_;
    for (const auto row : rows) {
      for (const auto& value : values_) matrix.values.push_back(value(row));
      if (with_labels) matrix.labels.push_back(double(label.sample[row]));
      matrix.groups.push_back(std::int64_t(row));
    }
    matrix.class_count = label.classes.size();
    matrix.seed = seed;
    return matrix;
  }

 private:
  void add(const std::string& source, std::string name, std::function<float(std::size_t)> value) {
    sources_.push_back(source);
    names_.push_back(std::move(name));
    values_.push_back(std::move(value));
  }

  std::vector<std::string> sources_, names_;
  std::vector<std::function<float(std::size_t)>> values_;
};

// The labelled rows by class, each class in an order of chance.
std::vector<Rows> shuffled_classes(const Label& label, const Rows& rows, std::uint64_t seed) {
  std::vector<Rows> classes(label.classes.size());
  for (const auto row : rows) classes[std::size_t(label.sample[row])].push_back(row);
  Random random(seed);
  for (auto& list : classes) {
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[random.below(i)]);
  }
  return classes;
}

// Of every class the same share, rounded; of a class of at least two rows at least one.
std::pair<Rows, Rows> stratified_split(const Label& label, const Rows& rows, double share, std::uint64_t seed) {
  Rows train, test;
  for (const auto& list : shuffled_classes(label, rows, seed)) {
    auto out = std::size_t(std::llround(share * double(list.size())));
    if (list.size() >= 2)
      out = std::clamp<std::size_t>(out, 1, list.size() - 1);
    else
      out = 0;
    test.insert(test.end(), list.begin(), list.begin() + std::ptrdiff_t(out));
    train.insert(train.end(), list.begin() + std::ptrdiff_t(out), list.end());
  }
  std::sort(train.begin(), train.end());
  std::sort(test.begin(), test.end());
  return {train, test};
}

// The rows of each fold; classes go round the folds one after another.
std::vector<Rows> stratified_folds(const Label& label, const Rows& rows, std::size_t count, std::uint64_t seed) {
  std::vector<Rows> folds(count);
  std::size_t next = 0;
  for (const auto& list : shuffled_classes(label, rows, seed)) {
    for (const auto row : list) folds[next++ % count].push_back(row);
  }
  for (auto& fold : folds) std::sort(fold.begin(), fold.end());
  return folds;
}

std::vector<std::int32_t> predicted_classes(learning::Learner& learner, const std::string& model,
                                            const learning::Matrix& matrix) {
  const auto probabilities = learner.predict(model, matrix);
  std::vector<std::int32_t> classes;
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    const auto begin = probabilities.begin() + std::ptrdiff_t(r * matrix.class_count);
    classes.push_back(std::int32_t(std::max_element(begin, begin + std::ptrdiff_t(matrix.class_count)) - begin));
  }
  return classes;
}

std::vector<Parameters> grid_points(const spec::Exploration::Part& backend) {
  std::vector<Parameters> points{Parameters::object()};
  for (const auto& [name, values] : backend.grid) {
    std::vector<Parameters> next;
    for (const auto& point : points) {
      for (const auto& value : values) {
        next.push_back(point);
        next.back()[name] = value;
      }
    }
    points = std::move(next);
  }
  return points;
}

// Runs work(0) to work(count - 1) on several threads; what one throws is thrown here, the first of them.
void in_parallel(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  std::vector<std::exception_ptr> thrown(count);
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (auto i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        thrown[i] = std::current_exception();
      }
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads && std::size_t(i) < count; ++i) others.emplace_back(run);
  run();
  for (auto& each : others) each.join();
  for (const auto& each : thrown) {
    if (each) std::rethrow_exception(each);
  }
}

void judge(Classification& result, const Label& label, const Rows& test, const std::vector<std::int32_t>& predicted) {
  const auto classes = label.classes.size();
  result.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
  std::int64_t right = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    const auto truth = label.sample[test[i]];
    ++result.confusion[std::size_t(truth)][std::size_t(predicted[i])];
    right += truth == predicted[i] ? 1 : 0;
  }
  result.accuracy = double(right) / double(test.size());
  double sum = 0;
  std::size_t judged = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    std::int64_t row = 0, column = 0;
    for (std::size_t o = 0; o < classes; ++o) {
      row += result.confusion[k][o];
      column += result.confusion[o][k];
    }
    const auto hits = double(result.confusion[k][k]);
    const double precision = column > 0 ? hits / double(column) : 0, recall = row > 0 ? hits / double(row) : 0;
    const double f1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
    result.classes.push_back({precision, recall, f1, row});
    // As scikit-learn: classes that neither occur nor are predicted do not count.
    if (row + column == 0) continue;
    sum += f1;
    ++judged;
  }
  result.macro_f1 = judged > 0 ? sum / double(judged) : 0;
}

void take_contributions(Classification& result, const Features& features, const Label& label, learning::Learner& learner,
                        const std::string& model, const Rows& train, std::uint64_t seed) {
  if (!learner.can_contribute()) return;
  Rows some;
  for (const auto i : sample_of(train.size(), contribution_rows, seed)) some.push_back(train[i]);
  const auto values = learner.explain(model, features.matrix(label, some, seed, false)).contributions;
  std::map<std::string, double> sums;
  double total = 0;
  const auto width = features.names().size() + 1;
  for (std::size_t line = 0; (line + 1) * width <= values.size(); ++line) {
    for (std::size_t c = 0; c + 1 < width; ++c) {
      const double share = std::abs(values[line * width + c]);
      sums[features.source(c)] += share;
      total += share;
    }
  }
  for (const auto& name : label.features) result.contributions.emplace_back(name, total > 0 ? sums[name] / total : 0);
  std::stable_sort(result.contributions.begin(), result.contributions.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
}

Classification classify_by(const spec::Exploration::Part& backend, const Label& label, const Features& features,
                           const Rows& train, const Rows& test, const spec::Exploration& settings,
                           const plugin::Registry& registry, std::uint64_t seed, int threads) {
  Classification result{label.name, backend.id};
  auto problem = registry.why_not(backend.id, Kind::ml_backend);
  if (!problem.message.empty()) {
    problem.where = backend.where;
    if (backend.where.line > 0) throw Error(Fault::configuration, {problem});
    result.why_not = problem.message;
    return result;
  }
  const auto make = [&](const Parameters& point) {
    auto parameters = backend.parameters;
    parameters.update(point);
    try {
      return learning::learner_of(registry.backend(backend.id, parameters));
    } catch (const Error& error) {
      if (error.fault() != Fault::configuration) throw;
      auto problems = error.problems();
      for (auto& each : problems) each.where = backend.where;
      throw Error(Fault::configuration, std::move(problems));
    }
  };
  result.features = features.names();
  result.train_rows = train.size();
  result.test_rows = test.size();

  const auto points = grid_points(backend);
  const auto folds = stratified_folds(label, train, settings.folds, seed + 1);
  std::vector<std::vector<double>> accuracies(points.size(),
                                              std::vector<double>(folds.size(), std::numeric_limits<double>::quiet_NaN()));
  std::vector<std::unique_ptr<learning::Learner>> learners;
  for (std::size_t i = 0; i < points.size() * folds.size(); ++i) learners.push_back(make(points[i / folds.size()]));
  in_parallel(learners.size(), threads, [&](std::size_t i) {
    const auto& held = folds[i % folds.size()];
    Rows rest;
    std::set_difference(train.begin(), train.end(), held.begin(), held.end(), std::back_inserter(rest));
    const auto first = rest.empty() ? -1 : label.sample[rest.front()];
    const bool one_class = std::all_of(rest.begin(), rest.end(), [&](auto row) { return label.sample[row] == first; });
    if (held.empty() || one_class) return;
    const auto model = learners[i]->train(features.matrix(label, rest, seed, true));
    const auto predicted = predicted_classes(*learners[i], model, features.matrix(label, held, seed, false));
    std::size_t right = 0;
    for (std::size_t r = 0; r < held.size(); ++r) right += label.sample[held[r]] == predicted[r] ? 1 : 0;
    accuracies[i / folds.size()][i % folds.size()] = double(right) / double(held.size());
  });
  std::size_t best = 0;
  for (std::size_t p = 0; p < points.size(); ++p) {
    std::vector<double> known;
    std::copy_if(accuracies[p].begin(), accuracies[p].end(), std::back_inserter(known),
                 [](double x) { return !std::isnan(x); });
    const double mean = known.empty() ? std::numeric_limits<double>::quiet_NaN()
                                      : std::accumulate(known.begin(), known.end(), 0.0) / double(known.size());
    result.tried.push_back({points[p], mean});
    if (p > 0 && !(mean > result.tried[best].accuracy)) continue;
    best = p;
    result.validation_accuracy = mean;
    result.validation_deviation = learning::sample_deviation(known);
  }
  result.best = points[best];

  const auto learner = make(points[best]);
  auto matrix = features.matrix(label, train, seed, true);
  matrix.threads = threads;
  const auto model = learner->train(matrix);
  judge(result, label, test, predicted_classes(*learner, model, features.matrix(label, test, seed, false)));
  std::vector<std::int64_t> in_train(label.classes.size(), 0);
  for (const auto row : train) ++in_train[std::size_t(label.sample[row])];
  const auto largest = std::max_element(in_train.begin(), in_train.end()) - in_train.begin();
  result.majority = double(std::count_if(test.begin(), test.end(), [&](auto row) { return label.sample[row] == largest; })) /
                    double(test.size());
  take_contributions(result, features, label, *learner, model, train, seed);
  return result;
}

}  // namespace

std::vector<Classification> classify(const Label& label, const Data& data, const spec::Exploration& settings,
                                     const plugin::Registry& registry, std::uint64_t seed, int threads) {
  std::string why_not;
  Rows rows;
  for (std::size_t i = 0; i < label.sample.size(); ++i) {
    if (label.sample[i] >= 0) rows.push_back(i);
  }
  if (rows.size() > std::size_t(most_learned)) {
    Rows some;
    for (const auto i : sample_of(rows.size(), most_learned, seed)) some.push_back(rows[i]);
    rows = std::move(some);
  }
  const auto present = std::count_if(label.counts.begin(), label.counts.end(), [](auto n) { return n > 0; });
  const Features features(label, data);
  if (present < 2)
    why_not = "the rows are of one class only";
  else if (features.names().empty())
    why_not = "there is no column to tell its classes by";
  const auto [train, test] = stratified_split(label, rows, settings.test_share, seed);
  if (why_not.empty() && (test.empty() || train.size() < settings.folds)) why_not = "there are too few rows";
  std::vector<Classification> results;
  for (const auto& backend : settings.backends) {
    if (why_not.empty()) {
      results.push_back(classify_by(backend, label, features, train, test, settings, registry, seed, threads));
    } else {
      results.push_back({label.name, backend.id, why_not});
    }
  }
  return results;
}

}  // namespace auspex::explore
