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

/// An analysable on neither side. reason: "overlaps_test" (ends after the test begins), "no_end", "no_start"; of a fold
/// "no_training_rows" (all were purged).
struct LeftOut {
  std::string analysable;
  std::string reason;
};

struct Split {
  std::string kind;                 ///< name of spec::Evaluation::Split, never "automatic"
  std::string note;                 ///< what to know of it; empty: nothing
  std::vector<Fold> folds;          ///< one for a split by time; no row is tested twice
  std::vector<std::string> train;   ///< ids of analysables, in order of their start
  std::vector<std::string> test;
  std::vector<LeftOut> left_out;
  spec::Evaluation::Purge purge = spec::Evaluation::Purge::none;  ///< never automatic
  std::size_t purged = 0;           ///< rows that left a training side, each fold counted
};

struct SplitOptions {
  double test_share = 0.2;          ///< least share of the labelled rows in the test, in (0, 1)
  std::size_t folds = 5;            ///< at least 2
  std::uint64_t seed = 1;
  spec::Population population = spec::Population::all;  ///< that the model is trained on
  spec::Evaluation::Split kind = spec::Evaluation::Split::automatic;
  spec::Evaluation::Group group = spec::Evaluation::Group::user;
  spec::Evaluation::Purge purge = spec::Evaluation::Purge::automatic;
};

/// Test: the analysables that start last, start by start, until they hold `test_share` of the labelled rows. Train: those
/// that ended by the first start of the test. None where a side would lack rows, or rows of two classes.
[[nodiscard]] std::optional<Split> out_of_time_split(const analysis::Dataset& dataset, const SplitOptions& options);

/// Folds of the given rows such that no person is on both sides; persons with a rare class are spread evenly. With fewer
/// persons than folds, one fold a person. Throws Error(found) for fewer than two persons. For choosing parameters inside the
/// training side, give that side's rows.
[[nodiscard]] std::vector<Fold> grouped_folds(const analysis::Dataset& dataset, const Rows& rows, std::size_t folds,
                                              std::uint64_t seed);

/// Takes from the training side the rows whose range, start < t <= end, overlaps the time in which the label of a test row
/// comes about: from the end of the test row's range to the end of its analysable (Lopez de Prado 2018, section 7.4).
/// all: of any test row; user: of a test row of the same person. Returns how many.
std::size_t purge(const analysis::Dataset& dataset, Fold& fold, spec::Evaluation::Purge rule);

/// As the options say. automatic: by time where that is possible, else folds of persons, which Split::note explains; purging
/// all where courses are kept apart, else of the same person, nothing with rows by chance.
/// Throws Error(found) where nothing is labelled, or where the split that was asked for leaves nothing to learn from or to
/// test; Error(configuration) where the dataset is anonymous and the split needs persons, courses or times.
[[nodiscard]] Split evaluation_split(const analysis::Dataset& dataset, const SplitOptions& options);

}  // namespace auspex::learning
