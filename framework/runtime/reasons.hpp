// What a prediction consists of: kept with it when it is made, told in words when it is shown.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "insight/reasons.hpp"
#include "learning/explanation.hpp"
#include "learning/training.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {

/// The typical value of each indicator, by analysable and range.
using Typical = std::map<std::pair<std::string, std::int32_t>, std::vector<double>>;
void add_typical(const analysis::UnitResult& unit, Typical& typical);

/// The parts of each row of a dataset that was predicted.
class Explainer {
 public:
  Explainer(const learning::Artefact& artefact, const analysis::Dataset& dataset, const analysis::Shape& shape, learning::Learner& learner,
            const Typical& typical, int threads);

  /// Of a row, as JSON text: {"margin", "constant", "range", "indicators": [[contribution, value, typical], ..] in the model's
  /// order}, or {"exempt": why}.
  [[nodiscard]] std::string kept(std::size_t row) const;

 private:
  [[nodiscard]] double value_of(std::size_t row, std::size_t indicator) const;

  const analysis::Dataset& dataset_;
  const analysis::Shape& shape_;
  const Typical& typical_;
  learning::Contributions contributions_;
  std::vector<std::vector<std::size_t>> columns_;  // of each indicator
  std::vector<std::size_t> range_columns_;
};

/// The words for what was kept.
class ReasonWords {
 public:
  ReasonWords(const plugin::Registry& registry, const spec::Model& model, const analysis::Shape& shape);

  /// {"margin", "constant", "range", "indicators": [{"indicator", "name", "contribution", "value", "display", "typical",
  /// "typical_display", "sentence"}]}, the greatest contribution first: margin = constant + range + all contributions, before any
  /// calibration; the margin is what the backend adds up (a logit, a share, the value itself). {"exempt": why} where the backend cannot
  /// say; null for predictions without a backend, and for those made before reasons were kept.
  [[nodiscard]] Json tell(const std::string& kept) const;

 private:
  std::vector<std::string> columns_, names_;
  std::vector<plugin::IndicatorInfo> indicators_;
  std::string outcome_;
};

}  // namespace auspex::runtime
