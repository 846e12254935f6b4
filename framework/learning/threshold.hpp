// From which probability on a row is taken for a positive one.
#pragma once

#include "learning/metrics.hpp"
#include "spec/model_settings.hpp"

namespace auspex::learning {

/// Of a model's capacity: below 1 a share of the rows, else rows.
[[nodiscard]] Capacity capacity_of(const spec::Decision& decision);

/// A row is positive where its probability is above the threshold. The best one for the rule lies halfway between two
/// neighbouring probabilities; of equally good ones, the highest, which takes the fewest. half: 0.5. f1: of the positive
/// class. cost: least sum of the costs. capacity: the lowest one that takes no more rows than that. 0.5 where there are no
/// rows; 1, and nobody is taken, where even the highest probability is shared by too many.
[[nodiscard]] double choose_threshold(const Scores& scores, const spec::Decision& decision);

}  // namespace auspex::learning
