// What several commands on models share.
#pragma once

#include <memory>
#include <string>

#include "learning/backend.hpp"
#include "runtime/parts.hpp"

namespace auspex::runtime {

/// "training" or "prediction".
[[nodiscard]] std::string purpose_name(analysis::Purpose purpose);

/// Throws Error(configuration) where the model has none.
[[nodiscard]] const spec::Component& backend_of(const spec::Model& model);

[[nodiscard]] std::unique_ptr<learning::Learner> learner_for(const plugin::Registry& registry, const spec::Model& model);

/// What analysis says of analysables, for one purpose.
struct Account {
  Json left_out = Json::array();  ///< analysables, each with its reason
  Json samples = Json::array();   ///< left out, each with its reason
  std::int64_t used = 0;

  void add(const analysis::UnitResult& unit, const analysis::PurposeResult& result);
};

}  // namespace auspex::runtime
