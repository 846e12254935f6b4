// What gives the label away, and would not be there when the model is used.
//
// Each test has a limit that honest features do not reach and a chance of being reached where features and label have nothing to
// do with each other; a leak is what passes both. Within one kind of test the chances of all columns, ranges and groups that were
// tried add up to at most 0.001 (Bonferroni). Tests look at each range by itself, where a sample has one row, and at the larger
// analysables by themselves; targets of several classes are looked at class by class, linear ones as above or below their median.
//
// | test           | limit                                                   | finds                                                |
// |----------------|---------------------------------------------------------|------------------------------------------------------|
// | threshold      | balanced accuracy .90                                   | copies, negations, monotone transforms, missingness  |
// | neighbours     | balanced accuracy .90, cross-validated                  | codes, bands, blocks of numbers                      |
// | pure           | one label only in 15 rows and a tenth of its class, nothing told elsewhere | what is right whenever it is set |
// | group_shares   | closer to the groups' shares of labels than chance      | means that were calculated from labels               |
// | hidden         | balanced accuracy .85, and .10 better than the value    | parity, digits, decimals                             |
// | pair           | balanced accuracy .93, and .05 better than either       | exclusive or, products, sums of two                  |
// | missing        | balanced accuracy .90                                   | the number of values that a row lacks                |
// | sum            | adjusted R2 .90, or balanced accuracy .96               | sums of several, means with their parts, codes       |
// | subgroup       | balanced accuracy .93 within a class of another column  | leaks of a part of the samples                       |
// | next_range     | rank correlation .98 with another column one range on, or nearer to the next range's values of nine tenths of its relatives (partial correlation .65) | columns that run ahead |
// | row_order, sample_id | balanced accuracy .85                             | sorted exports, ids that encode the outcome          |
// | after_outcome  | any                                                     | ranges that end after the outcome was known          |
// | both_sides     | any                                                     | a sample on both sides of the split                  |
// | copied_rows    | 3 rows and 0.5 % of the test                            | a sample that is another one's copy, on the other side |
// | prediction_differs | distance .5 (Kolmogorov and Smirnov), or constant   | columns that know more in training than in prediction |
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "learning/matrix.hpp"
#include "learning/split.hpp"

namespace auspex::learning {

struct Leak {
  std::string test;                  ///< an id of the table above
  std::vector<std::string> columns;  ///< of the dataset; empty for row order, sample ids, ranges and rows
  std::string where;                 ///< "" = in every range; else which ranges, analysables or groups
  std::string statistic;             ///< the name of `value`
  double value = 0;
  double chance = 0;                 ///< of such a result without a leak, all that was tried counted; 0 where it is certain
  std::size_t rows = 0;              ///< that were looked at, or that are concerned
  std::string evidence;              ///< a sentence with the numbers
  std::string advice;
};

/// Among labelled rows that a model would learn from. Nothing for ranges of fewer than 20 rows or 5 of a class, where all this
/// may be chance. `seed`: of the rows that stand for all in ranges of more than 4,000.
[[nodiscard]] std::vector<Leak> leaks_of_columns(const analysis::Dataset& dataset, const Rows& rows, std::uint64_t seed = 1);

/// Columns that run ahead: at the end of one range they are what another (or they themselves, on other evidence) is at the end of
/// the next.
[[nodiscard]] std::vector<Leak> leaks_ahead(const analysis::Dataset& dataset, const Rows& rows);

/// Rows whose range ends after their outcome was known (Row::outcome_known).
[[nodiscard]] std::vector<Leak> leaks_of_ranges(const analysis::Dataset& dataset, const Rows& rows);

/// Between the sides of a split.
[[nodiscard]] std::vector<Leak> leaks_of_split(const analysis::Dataset& dataset, const std::vector<Fold>& folds);

/// Between what is trained on and what is predicted, in the ranges that both have.
[[nodiscard]] std::vector<Leak> leaks_of_prediction(const analysis::Dataset& training, const Rows& rows,
                                                    const analysis::Dataset& prediction);

struct LeakOptions {
  std::uint64_t seed = 1;
  const std::vector<Fold>* folds = nullptr;           ///< null: nothing is split
  const analysis::Dataset* prediction = nullptr;      ///< null: nothing is to be predicted
};

/// All of the above.
[[nodiscard]] std::vector<Leak> find_leaks(const analysis::Dataset& dataset, const Rows& rows, const LeakOptions& options = {});

/// [{"test", "columns", "where", "statistic", "value", "chance", "rows", "evidence", "advice"}]
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<Leak>& leaks);

}  // namespace auspex::learning
