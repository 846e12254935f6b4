#include "insight/triggers.hpp"

#include <algorithm>

namespace auspex::insight {

bool triggers(const plugin::TargetInfo& target, double prediction, double score) {
  if (score < target.score_limit) return false;
  const auto& ignored = target.ignored_classes;
  if (std::find(ignored.begin(), ignored.end(), prediction) != ignored.end()) return false;
  return !target.boundary || prediction >= *target.boundary;
}

}  // namespace auspex::insight
