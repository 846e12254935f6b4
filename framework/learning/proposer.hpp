// Where a search looks next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/schema.hpp"
#include "spec/model_settings.hpp"

namespace auspex::learning {

/// One parameter to be chosen: of some values, or between two numbers.
struct Dimension {
  std::string name;
  std::vector<nlohmann::json> values;   ///< empty: a range
  bool is_integer = false;
  double low = 0;
  double high = 0;
  bool is_log = false;

  /// The value at `share` in [0, 1] of the way.
  [[nodiscard]] nlohmann::json at(double share) const;
};

/// What the model's ranges say, else every parameter that the backend declares a range of, in its order. Throws
/// Error(configuration) where there is none.
[[nodiscard]] std::vector<Dimension> search_space(const ComponentSchema& backend, const spec::Search& search);

/// Proposes points of the unit cube. The same seed and scores give the same points.
class Proposer {
 public:
  virtual ~Proposer() = default;
  /// None where there is nothing left to try.
  [[nodiscard]] virtual std::optional<std::vector<double>> next() = 0;
  /// How good the last proposal was; higher is better; -infinity: it could not be judged.
  virtual void tell(double score) = 0;
};

/// grid: as many even steps a range as make at most `trials` points (at least one), in a shuffled order. random: uniform.
/// optimiser: each proposal learns from those before (King 2009; Malherbe and Vayatis 2017: dlib's global_function_search).
[[nodiscard]] std::unique_ptr<Proposer> proposer(spec::Search::Method method, const std::vector<Dimension>& space,
                                                 std::size_t trials, std::uint64_t seed);

/// In optimiser.cpp, the one source of this room that includes dlib.
[[nodiscard]] std::unique_ptr<Proposer> global_optimiser(std::size_t dimensions, std::uint64_t seed);

}  // namespace auspex::learning
