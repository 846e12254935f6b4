// Whether what is predicted still looks like what was trained on.
#pragma once

#include <nlohmann/json.hpp>

#include "learning/matrix.hpp"

namespace auspex::learning {

/// What is kept of training data to hold other data against, for each of its ranges:
///   [{"range": index, "rows", "columns": [{"column", "cuts": [x], "counts": [n], "missing": n, "constant": x or null}]}]
/// A column's cuts are its deciles, without repetitions: counts[i] rows are above cuts[i - 1] and at most cuts[i].
[[nodiscard]] nlohmann::ordered_json drift_baseline(const analysis::Dataset& dataset, const Rows& rows);

/// By range and column, of the ranges that both have:
///   [{"column", "range", "rows_training", "rows", "psi", "chance", "level": "none" | "some" | "much", "missing_training",
///     "missing", "constant_training": bool, "constant": bool}]
/// "psi": the population stability index, the sum over bins of (p - q) ln(p / q), p and q being the shares of the rows now and in
/// training (Siddiqi 2006, Credit Risk Scorecards); the bins are the baseline's, and one for missing values. Half a row is added
/// to every bin, so that empty ones count but are not infinite. "chance": what the index stays below in 95 of 100 samples of this
/// size that do not differ, (1 / n + 1 / m) times the quantile of chi-squared with one degree of freedom less than bins (Yurdakul
/// 2018). "level": some from 0.1, much from 0.25 on, where it is above chance (Lewis 1994). "missing": shares. Throws
/// nlohmann::json::exception where the baseline is none.
[[nodiscard]] nlohmann::ordered_json drift(const nlohmann::ordered_json& baseline, const analysis::Dataset& dataset,
                                           const Rows& rows);

}  // namespace auspex::learning
