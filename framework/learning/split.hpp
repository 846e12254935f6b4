// Which rows a model learns from and which it is judged on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "learning/matrix.hpp"

namespace auspex::learning {

struct Fold {
  Rows train_rows;  ///< labelled rows of every population
  Rows test_rows;
};

/// An analysable on neither side. reason: "overlaps_test" (ends after the test begins), "no_end", "no_start".
struct LeftOut {
  std::string analysable;
  std::string reason;
};

struct Split {
  std::string kind;                 ///< "out_of_time", "grouped_folds" or, of an anonymous dataset, "random_rows"
  std::string note;                 ///< why it is not by time; empty where it is
  std::vector<Fold> folds;          ///< one for a split by time; no row is tested twice
  std::vector<std::string> train;   ///< ids of analysables, in order of their start
  std::vector<std::string> test;
  std::vector<LeftOut> left_out;
};

struct SplitOptions {
  double test_share = 0.2;          ///< least share of the labelled rows in the test, in (0, 1)
  std::size_t folds = 5;            ///< at least 2
  std::uint64_t seed = 1;
  spec::Population population = spec::Population::all;  ///< that the model is trained on
};

/// Test: the analysables that start last, start by start, until they hold `test_share` of the labelled rows. Train: those
/// that ended by the first start of the test. None where a side would lack rows, or rows of two classes.
[[nodiscard]] std::optional<Split> out_of_time_split(const analysis::Dataset& dataset, const SplitOptions& options);

/// Folds of the given rows such that no person is on both sides; persons with a rare class are spread evenly. With fewer
/// persons than folds, one fold a person. Throws Error(found) for fewer than two persons. For choosing parameters inside the
/// training side, give that side's rows.
[[nodiscard]] std::vector<Fold> grouped_folds(const analysis::Dataset& dataset, const Rows& rows, std::size_t folds,
                                              std::uint64_t seed);

/// By time where that is possible, else folds, which Split::note explains. Throws Error(found) where nothing is
/// labelled.
[[nodiscard]] Split evaluation_split(const analysis::Dataset& dataset, const SplitOptions& options);

}  // namespace auspex::learning
