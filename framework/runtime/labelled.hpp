// Labelled data of a model: its indicator values are calculated, or remembered from an earlier training.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "analysis/remembered.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {

/// All that indicator values depend on beside the analysable, its ranges and samples.
[[nodiscard]] Json values_key(Session::Parts& parts, const spec::Model& model, const analysis::Shape& shape);

/// What of an earlier training need not be calculated again.
struct Remembered {
  std::optional<analysis::RememberedValues> values;
  std::string why_not;  ///< empty: nothing was remembered before
};

/// `name`: the file that the training left, or "". Values that belong to another key are none.
[[nodiscard]] Remembered remembered_values(Session::Parts& parts, const std::string& name, const Json& key,
                                           const analysis::Shape& shape);

struct Labelled {
  analysis::Dataset dataset;
  analysis::Statistics statistics;
  Account account;
  std::set<std::string> analysables;  ///< all that were looked at
  std::int64_t dropped_rows = 0;
  std::int64_t remembered = 0;        ///< analysables whose values were
};

struct LabelledOptions {
  bool audit = false;                                      ///< with the samples' values of columns for audits
  std::size_t aside = 0;                                   ///< so many of the model's last indicators are no features
  const analysis::History* history = nullptr;
  const analysis::RememberedValues* remembered = nullptr;  ///< where given, only what it lacks is calculated
  analysis::ValuesWriter* writer = nullptr;                ///< gets all values; may be null
};

/// The same dataset whether values are remembered or calculated. Throws Error(plugin) with all analysables on which a
/// component's process ended.
[[nodiscard]] Labelled labelled_dataset(Session::Parts& parts, const spec::Model& model,
                                        const LabelledOptions& options = {});

}  // namespace auspex::runtime
