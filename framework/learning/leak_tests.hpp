// Tests whether one column tells the label better than a feature could: the statistics of the leak detector.
//
// A column is one value a row (NaN = missing), a label is 0 or 1. Chances are natural logarithms of the probability of such a
// result where column and label have nothing to do with each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace auspex::learning {

using Column = std::vector<float>;

/// Labels of some rows.
struct TwoClasses {
  std::vector<std::uint8_t> of;
  std::size_t ones = 0;

  [[nodiscard]] std::size_t zeros() const { return of.size() - ones; }
};

/// Rows in ascending order of a column, those without a value first; ties keep the order of rows.
[[nodiscard]] std::vector<std::uint32_t> ascending(std::span<const float> column);

struct Fit {
  double balanced_accuracy = 0.5;  ///< of the best rule
  double log_chance = 0;
  double hits = 0, false_alarms = 0;  ///< of the rule: ones and zeros that it takes for ones
  double ones = 0, zeros = 0;
};

/// Chance of such a fit where the column is a strong but honest feature: one whose best rule has Youden's J = 0.74, as that of two
/// normal distributions with a ROC-AUC of 0.945. `variance`: of the rule's answers, in that of independent ones. A column of two
/// values that never errs is no feature of that kind: for it, Fit::log_chance.
[[nodiscard]] double log_chance_if_honest(const Fit& fit, double variance = 1);

/// The best rule of the form "above some value". Its balanced accuracy is (1 + D) / 2 with D the statistic of Kolmogorov and
/// Smirnov; the chance is their asymptotic one with Stephens' correction (1970), conservative where values repeat. Missing
/// values are tried below and above all others. `rows`: as ascending() gives them, or some of them.
[[nodiscard]] Fit best_threshold(std::span<const float> column, const TwoClasses& labels, std::span<const std::uint32_t> rows);

/// Each row is told by the others of its value and, where these are few, by the nearest three on each side (cross-validated
/// nearest neighbours): finds bands, codes and blocks that no threshold parts. Chance: normal, with three times the variance of
/// independent answers, since neighbours answer for each other.
[[nodiscard]] Fit nearest_neighbours(std::span<const float> column, const TwoClasses& labels,
                                     std::span<const std::uint32_t> rows);

/// Values of a column behind which all rows have one label.
struct PureValues {
  std::string values;       ///< "= 1", ">= 0.5", "missing"
  bool one = false;         ///< their label
  std::size_t rows = 0;
  double share = 0;         ///< of all rows with that label
  double base = 0;          ///< share of that label among the other rows
  double log_chance = 0;    ///< hypergeometric
};

/// The most improbable pure end, value or missingness of a column that tells nothing otherwise: among the other rows no threshold
/// has a chance below 0.05, and the half that is nearer has a share of the label at most 0.1 above that of the farther half. A
/// measurement whose honest end is pure still tells something before it.
[[nodiscard]] std::optional<PureValues> pure_values(std::span<const float> column, const TwoClasses& labels,
                                                    std::span<const std::uint32_t> rows);

/// Whether equal values mark groups whose share of ones is a straight line of the value, more exactly than chance allows: the
/// value was calculated from the labels. Pearson's chi-squared of the groups against the line, lower tail.
struct GroupShares {
  std::size_t groups = 0;
  double chi_squared = 0;
  double log_chance = 0;
};
[[nodiscard]] GroupShares group_shares(std::span<const float> column, const TwoClasses& labels,
                                       std::span<const std::uint32_t> rows);

/// What a column's numbers hide in their writing: remainders on the grid that its values lie on, fractions of decimal places,
/// low bits, how many decimals there are. Each with its name ("remainder of division by 2").
[[nodiscard]] std::vector<std::pair<std::string, Column>> hidden_parts(std::span<const float> column);

/// log(1 - Phi(z)) for z >= 0.
[[nodiscard]] double log_normal_tail(double z);

/// A rule that says one for `hits` of the ones and for `false_alarms` of the zeros.
[[nodiscard]] Fit fit_of_rule(double hits, double false_alarms, double ones, double zeros, double variance = 1);

}  // namespace auspex::learning
