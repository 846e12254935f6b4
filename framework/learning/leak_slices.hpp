// The parts of a dataset that the leak detector looks at by themselves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "learning/leak_tests.hpp"
#include "learning/matrix.hpp"

namespace auspex::learning {

/// Rows of one range, or of one analysable in it.
struct Slice {
  std::string name;
  bool whole_range = true;
  Rows rows;
};

/// Ranges with 20 rows at least (of more than 4,000, so many by chance), then the 30 largest analysables of 40 rows in a range.
[[nodiscard]] std::vector<Slice> slices_of(const analysis::Dataset& dataset, const Rows& rows, std::uint64_t seed);

/// A question of two answers about the rows: "" where the target has two classes, else of which class, or above the median.
struct Question {
  std::string name;
  TwoClasses labels;
};

/// Those with five rows at least of each answer.
[[nodiscard]] std::vector<Question> questions_of(const analysis::Dataset& dataset, const Rows& rows);

[[nodiscard]] Column column_of(const analysis::Dataset& dataset, const Rows& rows, std::size_t column);

/// Whether all values are the same, or missing.
[[nodiscard]] bool is_constant(const Column& column);

}  // namespace auspex::learning
