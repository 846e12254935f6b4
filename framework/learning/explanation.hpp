// What moves a prediction, and what moves the model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "learning/artefact.hpp"
#include "learning/held_out.hpp"

namespace auspex::learning {

/// The columns of one indicator, told and permuted together.
struct IndicatorColumns {
  std::string name;
  std::vector<std::size_t> columns;
};

/// `names`: of the indicators; `columns`: of the dataset. "N", "N/CLASS" and "N/mean" are the indicator N's, all "range/I" are
/// one named "range". Columns of none stand by themselves.
[[nodiscard]] std::vector<IndicatorColumns> columns_by_indicator(const std::vector<std::string>& columns,
                                                                 const std::vector<std::string>& names);

/// Contributions of a backend to the margins of rows, which are before any calibration and grow with the probability of the last
/// class (of two), or are the value itself.
struct Contributions {
  bool able = false;             ///< else `why_not` says why there are none
  std::string why_not;
  std::size_t width = 0;         ///< columns + 1
  /// rows x width: one a column, then the constant; NaN for rows without a model, and where they do not add up to the margin
  /// within 1e-4 of it (at least 1e-4).
  std::vector<double> values;
  std::size_t exempt = 0;        ///< rows of the last kind
};

/// In the order of the dataset's rows.
[[nodiscard]] Contributions contributions(const Fitted& fitted, const analysis::Dataset& dataset, Learner& learner,
                                          int threads = 1);

struct ImportanceOptions {
  spec::Population population = spec::Population::all;
  std::size_t repeats = 20;      ///< each on another bootstrap sample of persons
  std::size_t most_rows = 4000;  ///< held out; of more, so many by chance
  std::uint64_t seed = 1;
  int threads = 1;
};

/// How much worse the model is on held-out rows when the values of an indicator are exchanged among the rows of a range
/// (permutation importance: Breiman 2001; Fisher, Rudin, Dominici 2019), most important first:
///   {"metric": "roc_auc" | "log_loss" | "rmse", "rows", "repeats",
///    "indicators": [{"indicator", "columns": n, "importance", "interval": [low, high]}]}
/// Importance: the mean over the repeats of what the metric loses; interval: 1.96 standard deviations of the repeats to each
/// side, which hold both the chance of the permutation and that of the persons. Indicators that go together share what they
/// know: each can be spared while the other is there. Null where nothing was predicted.
[[nodiscard]] nlohmann::ordered_json importance(const analysis::Dataset& dataset, const HeldOut& held, Learner& learner,
                                                const std::vector<IndicatorColumns>& indicators, const ImportanceOptions& options);

}  // namespace auspex::learning
