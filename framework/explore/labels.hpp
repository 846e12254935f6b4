// Labels of a table: their classes and order, what determines them, and how well they can be told apart.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "explore/data.hpp"
#include "plugin/registry.hpp"

namespace auspex::explore {

struct Label {
  std::string name;
  bool is_rule = false;
  std::vector<std::string> classes;  ///< from the least to the most where `ordered`; else by text (rules: "false", "true")
  bool ordered = false;
  std::string driver;                 ///< column that should rise with the order; empty: the one that goes with it most
  std::vector<std::string> features;  ///< columns that it is classified by
  std::vector<std::int32_t> sample;   ///< index of the row's class, -1 = none
  std::vector<std::int64_t> counts;   ///< in the sample, by class
  std::int64_t other = 0;             ///< rows of the sample whose class is none of the `classes`, which are too many

  [[nodiscard]] std::int64_t labelled() const;
  [[nodiscard]] double majority() const;  ///< share of the largest class among the labelled rows
};

/// Those of the settings; else the columns of texts whose classes are ordered by their names ("top 5 %", "low").
[[nodiscard]] std::vector<Label> find_labels(const Data& data, const spec::Exploration& settings);

/// The classes from the least to the most by their names: by the percentages that begin them ("Top 1 %" before "Top 5 %" is
/// the most, names without a number the least), or as low, medium, high. Empty where the names have no order.
[[nodiscard]] std::vector<std::string> order_by_names(const std::vector<std::string>& classes);

/// Spearman's correlation of the class (its place in the order) and a column.
struct Direction {
  std::string column;
  double correlation;
};
/// Of the driver, or of the column of numbers that goes with the order most; an empty column: there is none.
[[nodiscard]] Direction direction_of(const Label& label, const Data& data);

/// How often the class of a row is that of the row nearest to it in the column alone (equal values: of most others).
[[nodiscard]] double told_by(const Label& label, const std::vector<double>& values);

/// Whether such an accuracy leaves at most a tenth of the error of always saying the largest class, and at most 5 %.
[[nodiscard]] bool determines(double accuracy, const Label& label);

struct ClassRates {
  double precision, recall, f1;
  std::int64_t support;
};

/// A label classified by one backend.
struct Classification {
  std::string label, backend;
  std::string why_not;                ///< it was not done: why; empty else
  std::vector<std::string> features;  ///< of the matrix: texts one a category
  std::size_t train_rows = 0, test_rows = 0;
  double accuracy, macro_f1;  ///< on the rows held out
  double majority;            ///< accuracy of always saying the largest class of the training, on the same rows
  std::vector<ClassRates> classes;
  std::vector<std::vector<std::int64_t>> confusion;  ///< [true class][predicted class]
  double validation_accuracy, validation_deviation;  ///< mean and deviation (n - 1) over the folds, of the best
  struct Tried {
    nlohmann::json parameters;
    double accuracy;
  };
  std::vector<Tried> tried;
  nlohmann::json best;  ///< of the grid's parameters
  std::vector<std::pair<std::string, double>>
      contributions;  ///< columns by their share in the margin, largest first; may be empty
};

/// A stratified split, a stratified cross-validation in the training part for every point of the grid, the best by mean
/// accuracy (ties: the first) trained on the whole training part and judged on the rest.
[[nodiscard]] std::vector<Classification> classify(const Label& label, const Data& data, const spec::Exploration& settings,
                                                   const plugin::Registry& registry, std::uint64_t seed, int threads);

}  // namespace auspex::explore
