// A learner whose predictions can be worked out by hand, and small datasets for it.
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "learning/backend.hpp"

namespace toy {

using namespace auspex;
using namespace auspex::learning;

inline constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// Predicts column 0 as the probability of class 1. Its model says how many rows it saw and the sum of their labels.
class Echo : public Learner {
 public:
  std::string train(const Matrix& matrix) override {
    seen.push_back(matrix);
    double sum = 0;
    for (const double label : matrix.labels) sum += label;
    return "echo " + std::to_string(matrix.rows) + " " + std::to_string(int(sum));
  }
  std::vector<double> predict(std::string_view model, const Matrix& matrix) override {
    if (!model.starts_with("echo ")) throw Error(Fault::plugin, "not an echo");
    std::vector<double> out;
    for (std::size_t r = 0; r < matrix.rows; ++r) {
      const double p = matrix.values[r * matrix.columns.size()];
      out.insert(out.end(), {1 - p, p});
    }
    return out;
  }
  std::string id() const override { return "toy/echo"; }
  std::string version() const override { return "1.0.0"; }

  std::vector<Matrix> seen;
};

struct Entry {
  std::uint32_t analysable;
  std::int32_t range;
  std::int64_t person;
  double label;
  float probability;
  bool enrolled = true;
};

inline analysis::Dataset dataset(std::vector<analysis::AnalysableInfo> analysables, const std::vector<Entry>& entries) {
  analysis::Dataset data;
  data.columns = {"p", "constant"};
  data.classes = {0, 1};
  data.class_names = {"no", "yes"};
  data.analysables = std::move(analysables);
  for (const auto& entry : entries) {
    while (std::int32_t(data.range_names.size()) <= entry.range) {
      data.range_names.push_back("r" + std::to_string(data.range_names.size()));
    }
    analysis::Row row;
    row.analysable = entry.analysable;
    row.range = entry.range;
    row.sample = "s" + std::to_string(data.rows.size());
    row.group = entry.person;
    row.label = entry.label;
    row.enrolled = entry.enrolled;
    data.rows.push_back(row);
    data.values.insert(data.values.end(), {entry.probability, 1.0f});
  }
  return data;
}

}  // namespace toy
