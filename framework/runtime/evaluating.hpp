// Judging a model on labelled data.
#pragma once

#include "learning/evaluation.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {

[[nodiscard]] learning::EvaluationOptions evaluation_options(Session::Parts& parts, const spec::Model& model);

struct Evaluated {
  learning::HeldOut held;
  /// Of learning::report(), with what it says of groups of people ("fairness": see learning/fairness.hpp) and of indicators
  /// ("importance": see learning/explanation.hpp) in the split.
  Json report;   ///< with a search each split has "search": what it came to, one a fold
};

/// Beside a linear model where one is installed that can learn the target, and the model is none itself.
[[nodiscard]] Evaluated evaluate(Session::Parts& parts, const spec::Model& model, const analysis::Dataset& dataset);

/// evaluation.html and evaluation.json in `folder`, which is made where it is missing; nothing where it is empty. Leaves out
/// of the numbers what differs from run to run.
void write_page(Session::Parts& parts, const spec::Model& model, const analysis::Dataset& dataset, const Evaluated& evaluated,
                const std::filesystem::path& folder);

/// How another model fares on the split of the first: {"model", ..} of learning::compare().
[[nodiscard]] Json compare(Session::Parts& parts, const spec::Model& first, const analysis::Dataset& first_dataset,
                           const learning::HeldOut& first_held, const spec::Model& second,
                           const analysis::Dataset& second_dataset);

}  // namespace auspex::runtime
