// What several commands on models share.
#pragma once

#include <memory>
#include <string>

#include "analysis/moodle_dataset.hpp"
#include "learning/backend.hpp"
#include "learning/fit.hpp"
#include "runtime/parts.hpp"

namespace auspex::runtime {

/// "training" or "prediction".
[[nodiscard]] std::string purpose_name(analysis::Purpose purpose);

/// Throws Error(configuration) where the model has none.
[[nodiscard]] const spec::Component& backend_of(const spec::Model& model);

/// `chosen`: parameters over the model's own.
[[nodiscard]] std::unique_ptr<learning::Learner> learner_for(const plugin::Registry& registry, const spec::Model& model,
                                                             const nlohmann::json& chosen = nlohmann::json::object());

[[nodiscard]] learning::FitOptions fit_options(const spec::Model& model, int threads);

/// Throws Error(configuration) where the target is static: there is nothing to `what`.
void refuse_static(const analysis::Shape& shape, const spec::Model& model, const char* what);

/// The same for evaluating, and where the time splitting method is not made for it.
void refuse_evaluation(const analysis::Shape& shape, const spec::Model& model);

/// Versions of the plugins that the model's components come from, by id.
[[nodiscard]] Json plugins_of(const plugin::Registry& registry, const spec::Model& model, const std::string& analyser);

/// Under --strict: throws Error(found) with every leak of the list (see learning/leaks.hpp), where there is one.
void refuse_leaks(const Session::Parts& parts, const Json& leaks);

/// How Moodle's data set files name what the model is about. `version`: of the Moodle that the data comes from; "" = unknown, the
/// one that compatibility reproduces.
[[nodiscard]] analysis::MoodleHead moodle_head(const spec::Model& model, const std::string& version);

/// Adds {"analysable", "error"} where a component's process ended on it.
void add_failure(Json& failed, const analysis::UnitResult& unit);

/// The same on a result that is whole but for these; nothing where there are none.
void put_failures(Json& result, Json failed);

/// What analysis says of analysables, for one purpose.
struct Account {
  Json left_out = Json::array();  ///< analysables, each with its reason
  Json samples = Json::array();   ///< left out, each with its reason, and the range where it is one only
  std::int64_t used = 0;
  bool of_ranges = true;          ///< false: samples that are left out of one range are not told

  void add(const analysis::UnitResult& unit, const analysis::PurposeResult& result);
  void add_samples(const analysis::UnitResult& unit, const analysis::PurposeResult& result);
};

}  // namespace auspex::runtime
