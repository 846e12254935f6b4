#include "learning/leak_slices.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/random.hpp"

namespace auspex::learning {
namespace {

constexpr std::size_t fewest_rows = 20, fewest_of_an_analysable = 40, fewest_of_a_class = 5;
constexpr std::size_t most_rows = 4000, most_analysables = 30;

void thin(Rows& rows, std::uint64_t seed) {
  if (rows.size() <= most_rows) return;
  Random random(seed);
  for (std::size_t i = 0; i < most_rows; ++i) std::swap(rows[i], rows[i + random.below(rows.size() - i)]);
  rows.resize(most_rows);
  std::sort(rows.begin(), rows.end());
}

}  // namespace

std::vector<Slice> slices_of(const analysis::Dataset& dataset, const Rows& rows, std::uint64_t seed) {
  std::map<std::int32_t, Rows> by_range;
  std::map<std::pair<std::int32_t, std::uint32_t>, Rows> by_analysable;
  for (const auto row : rows) {
    by_range[dataset.rows[row].range].push_back(row);
    by_analysable[{dataset.rows[row].range, dataset.rows[row].analysable}].push_back(row);
  }
  std::vector<Slice> slices, of_analysables;
  const auto range_name = [&](std::int32_t range) { return "range " + dataset.range_names[std::size_t(range)]; };
  for (auto& [range, own] : by_range) {
    if (own.size() < fewest_rows) continue;
    thin(own, seed + std::uint64_t(range));
    slices.push_back({range_name(range), true, std::move(own)});
  }
  for (auto& [key, own] : by_analysable) {
    const auto found = by_range.find(key.first);
    if (own.size() < fewest_of_an_analysable || dataset.analysables.size() < 2 || found == by_range.end()) continue;
    thin(own, seed + std::uint64_t(key.first));
    of_analysables.push_back({fmt::format("{}, {}", dataset.analysables[key.second].id, range_name(key.first)), false, std::move(own)});
  }
  std::stable_sort(of_analysables.begin(), of_analysables.end(), [](const auto& a, const auto& b) { return a.rows.size() > b.rows.size(); });
  if (of_analysables.size() > most_analysables) of_analysables.resize(most_analysables);
  std::move(of_analysables.begin(), of_analysables.end(), std::back_inserter(slices));
  return slices;
}

std::vector<Question> questions_of(const analysis::Dataset& dataset, const Rows& rows) {
  std::vector<Question> questions;
  const auto ask = [&](std::string name, const auto& is_one) {
    Question question{std::move(name), {}};
    for (const auto row : rows) {
      question.labels.of.push_back(is_one(label_of(dataset, row)) ? 1 : 0);
      question.labels.ones += question.labels.of.back();
    }
    if (std::min(question.labels.ones, question.labels.zeros()) >= fewest_of_a_class) questions.push_back(std::move(question));
  };
  if (rows.empty()) return questions;
  if (dataset.classes.empty()) {
    std::vector<double> sorted;
    for (const auto row : rows) sorted.push_back(label_of(dataset, row));
    std::sort(sorted.begin(), sorted.end());
    const double median = sorted[sorted.size() / 2];
    ask(fmt::format("a label of {:.6g} or more", median), [&](double label) { return label >= median; });
  } else if (dataset.classes.size() == 2) {
    ask("", [](double label) { return label == 1; });
  } else {
    for (std::size_t c = 0; c < dataset.classes.size(); ++c) {
      ask(fmt::format("the class {}", dataset.class_names[c]), [&](double label) { return label == double(c); });
    }
  }
  return questions;
}

Column column_of(const analysis::Dataset& dataset, const Rows& rows, std::size_t column) {
  Column values;
  values.reserve(rows.size());
  for (const auto row : rows) values.push_back(dataset.values[row * dataset.columns.size() + column]);
  return values;
}

bool is_constant(const Column& column) {
  return std::all_of(column.begin(), column.end(), [&](float value) {
    return value == column.front() || (std::isnan(value) && std::isnan(column.front()));
  });
}

}  // namespace auspex::learning
