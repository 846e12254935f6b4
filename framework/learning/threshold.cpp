#include "learning/threshold.hpp"

#include <limits>
#include <vector>

namespace auspex::learning {
namespace {

struct Candidate {
  double threshold;
  double hits = 0, false_alarms = 0;
};

/// From the highest: nobody, then one run of equal probabilities after the other.
std::vector<Candidate> candidates_of(const Scores& scores) {
  std::vector<Candidate> candidates{{1.0}};
  double hits = 0, false_alarms = 0;
  std::vector<double> probabilities;
  scores.for_each_tie([&](double probability, double positives, double negatives) {
    hits += positives;
    false_alarms += negatives;
    probabilities.push_back(probability);
    candidates.push_back({0, hits, false_alarms});
  });
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    // Below the lowest: so that a probability of 0 is taken too, where all are.
    const bool is_last = i + 1 == probabilities.size();
    candidates[i + 1].threshold = is_last ? probabilities[i] / 2 - double(probabilities[i] == 0)
                                          : (probabilities[i] + probabilities[i + 1]) / 2;
  }
  return candidates;
}

/// How good a candidate is; higher is better.
double worth(const Candidate& candidate, const Scores& scores, const spec::Decision& decision) {
  const double misses = scores.positives() - candidate.hits;
  switch (decision.threshold) {
    case spec::Decision::Threshold::f1: {
      const double errors = misses + candidate.false_alarms;
      return candidate.hits > 0 ? 2 * candidate.hits / (2 * candidate.hits + errors) : 0;
    }
    case spec::Decision::Threshold::cost:
      return -(decision.cost_of_miss * misses + decision.cost_of_false_alarm * candidate.false_alarms);
    case spec::Decision::Threshold::capacity: {
      const double taken = candidate.hits + candidate.false_alarms;
      return taken <= capacity_of(decision).of(scores.total()) ? taken : -1;
    }
    case spec::Decision::Threshold::half: break;
  }
  return 0;
}

}  // namespace

Capacity capacity_of(const spec::Decision& decision) {
  Capacity capacity;
  if (decision.capacity < 1) capacity.share = decision.capacity;
  else capacity.students = std::size_t(decision.capacity);
  return capacity;
}

double choose_threshold(const Scores& scores, const spec::Decision& decision) {
  if (decision.threshold == spec::Decision::Threshold::half || !(scores.total() > 0)) return 0.5;
  double best = -std::numeric_limits<double>::infinity(), threshold = 1;
  for (const auto& candidate : candidates_of(scores)) {
    const double value = worth(candidate, scores, decision);
    if (value <= best) continue;
    best = value;
    threshold = candidate.threshold;
  }
  return threshold;
}

}  // namespace auspex::learning
