// An evaluation as a page: what the report says, drawn, with the curves that only the held-out predictions give.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "learning/held_out.hpp"
#include "report/page.hpp"

namespace auspex::learning {

/// `report`: what `model evaluate` prints as JSON. Figures are of the model's own population, a series a range: of two
/// classes ROC, precision and recall, reliability, lift, score distribution and the metric by range; of more, the confusion;
/// of values, predictions against what happened. Then importance, fairness and leaks, for any target.
[[nodiscard]] report::Page evaluation_page(const analysis::Dataset& dataset, const HeldOut& held,
                                           const nlohmann::ordered_json& report, spec::Population population,
                                           const std::string& subtitle);

}  // namespace auspex::learning
