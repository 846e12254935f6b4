#include "learning/matrix.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace auspex::learning {

bool has_label(const analysis::Row& row) { return !std::isnan(row.label); }

bool belongs(const analysis::Row& row, spec::Population population) {
  return population == spec::Population::all || row.enrolled;
}

std::string population_name(spec::Population population) {
  return population == spec::Population::all ? "all" : "enrolled";
}

double label_of(const analysis::Dataset& dataset, std::size_t row) {
  const double label = dataset.rows[row].label;
  if (dataset.classes.empty()) return label;
  const auto found = std::find(dataset.classes.begin(), dataset.classes.end(), label);
  if (found == dataset.classes.end()) {
    throw Error(Fault::plugin, fmt::format("the label {} of sample '{}' is none of the target's classes", label,
                                           dataset.rows[row].sample));
  }
  return double(found - dataset.classes.begin());
}

Matrix prediction_matrix(const analysis::Dataset& dataset, std::span<const std::size_t> rows) {
  const auto width = dataset.columns.size();
  Matrix matrix;
  matrix.rows = rows.size();
  matrix.columns = dataset.columns;
  matrix.class_count = dataset.classes.size();
  matrix.values.reserve(rows.size() * width);
  matrix.groups.reserve(rows.size());
  for (const auto row : rows) {
    const auto begin = dataset.values.begin() + std::ptrdiff_t(row * width);
    matrix.values.insert(matrix.values.end(), begin, begin + std::ptrdiff_t(width));
    matrix.groups.push_back(dataset.rows[row].group);
  }
  return matrix;
}

Matrix training_matrix(const analysis::Dataset& dataset, std::span<const std::size_t> rows,
                       std::span<const double> weights) {
  auto matrix = prediction_matrix(dataset, rows);
  for (const auto row : rows) {
    matrix.labels.push_back(label_of(dataset, row));
    if (!weights.empty()) matrix.weights.push_back(weights[row]);
  }
  return matrix;
}

}  // namespace auspex::learning
