#include "runtime/models.hpp"

#include <fmt/format.h>

namespace auspex::runtime {

std::string purpose_name(analysis::Purpose purpose) {
  return purpose == analysis::Purpose::training ? "training" : "prediction";
}

const spec::Component& backend_of(const spec::Model& model) {
  if (!model.backend) {
    throw Error(Fault::configuration, fmt::format("the model {} has no backend", model.id), "add a [backend] section with an id");
  }
  return *model.backend;
}

std::unique_ptr<learning::Learner> learner_for(const plugin::Registry& registry, const spec::Model& model) {
  const auto& backend = backend_of(model);
  return learning::learner_of(registry.backend(backend.id, backend.parameters, model.compatibility));
}

void Account::add(const analysis::UnitResult& unit, const analysis::PurposeResult& result) {
  if (result.left_out) {
    auto entry = to_json(result.left_out);
    entry["analysable"] = unit.analysable.id;
    left_out.push_back(std::move(entry));
  } else {
    ++used;
  }
  for (const auto& out : result.left_out_samples) {
    samples.push_back({{"analysable", unit.analysable.id}, {"sample", unit.samples[out.sample].id}, {"reason", out.reason}});
  }
}

}  // namespace auspex::runtime
