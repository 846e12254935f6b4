#include "learning/proposer.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/random.hpp"

namespace auspex::learning {
namespace {

class Uniform final : public Proposer {
 public:
  Uniform(std::size_t dimensions, std::uint64_t seed) : dimensions_(dimensions), random_(seed) {}

  std::optional<std::vector<double>> next() override {
    std::vector<double> point;
    for (std::size_t d = 0; d < dimensions_; ++d) point.push_back(random_.real());
    return point;
  }
  void tell(double) override {}

 private:
  std::size_t dimensions_;
  Random random_;
};

/// Steps of each dimension: all its values, or as many of a range as keep the product within `trials`.
std::vector<std::size_t> steps_of(const std::vector<Dimension>& space, std::size_t trials) {
  std::vector<std::size_t> steps;
  double fixed = 1;
  std::size_t ranges = 0;
  for (const auto& dimension : space) {
    fixed *= double(std::max<std::size_t>(1, dimension.values.size()));
    if (dimension.values.empty()) ++ranges;
  }
  std::size_t even = 1;
  while (ranges > 0 && fixed * std::pow(double(even + 1), double(ranges)) <= double(trials)) ++even;
  for (const auto& dimension : space) steps.push_back(dimension.values.empty() ? even : dimension.values.size());
  return steps;
}

class Grid final : public Proposer {
 public:
  Grid(const std::vector<Dimension>& space, std::size_t trials, std::uint64_t seed) : steps_(steps_of(space, trials)) {
    constexpr std::size_t largest = 1'000'000;
    std::size_t size = 1;
    for (const auto steps : steps_) {
      size *= steps;
      if (size <= largest) continue;
      throw Error(Fault::configuration, "the grid of [search] has more than a million points", "give fewer values");
    }
    for (std::size_t i = 0; i < size; ++i) order_.push_back(i);
    Random random(seed);
    for (std::size_t i = size; i > 1; --i) std::swap(order_[i - 1], order_[random.below(i)]);
  }

  std::optional<std::vector<double>> next() override {
    if (at_ == order_.size()) return std::nullopt;
    auto rest = order_[at_++];
    std::vector<double> point;
    for (const auto steps : steps_) {
      // Lists have one value a step; of a range the ends are tried too, or its middle alone.
      point.push_back(steps == 1 ? 0.5 : double(rest % steps) / double(steps - 1));
      rest /= steps;
    }
    return point;
  }
  void tell(double) override {}

 private:
  std::vector<std::size_t> steps_;
  std::vector<std::size_t> order_;
  std::size_t at_ = 0;
};

}  // namespace

nlohmann::json Dimension::at(double share) const {
  if (!values.empty()) {
    return values[std::min(values.size() - 1, std::size_t(share * double(values.size())))];
  }
  const double value = is_log ? low * std::pow(high / low, share) : low + share * (high - low);
  if (is_integer) return std::int64_t(std::llround(std::clamp(value, low, high)));
  return std::clamp(value, low, high);
}

std::vector<Dimension> search_space(const ComponentSchema& backend, const spec::Search& search) {
  std::vector<Dimension> space;
  const auto wish = [&](const std::string& name) {
    return std::find_if(search.ranges.begin(), search.ranges.end(), [&](const auto& range) { return range.name == name; });
  };
  for (const auto& parameter : backend.parameters) {
    Dimension dimension;
    dimension.name = parameter.name;
    dimension.is_integer = parameter.type == ParameterType::integer;
    if (!search.ranges.empty()) {
      const auto own = wish(parameter.name);
      if (own == search.ranges.end()) continue;
      dimension.values.assign(own->values.begin(), own->values.end());
      dimension.low = own->from;
      dimension.high = own->to;
      dimension.is_log = own->is_log;
    } else if (!parameter.search) {
      continue;
    } else if (parameter.type == ParameterType::boolean) {
      dimension.values = {false, true};
    } else if (parameter.type == ParameterType::text) {
      dimension.values.assign(parameter.choices.begin(), parameter.choices.end());
    } else {
      dimension.low = parameter.search->low;
      dimension.high = parameter.search->high;
      dimension.is_log = parameter.search->is_log;
    }
    space.push_back(std::move(dimension));
  }
  if (space.empty()) {
    throw Error(Fault::configuration, fmt::format("the backend {} declares no parameter to search", backend.id),
                "name the parameters and where to look in [search.ranges]");
  }
  return space;
}

std::unique_ptr<Proposer> proposer(spec::Search::Method method, const std::vector<Dimension>& space, std::size_t trials,
                                   std::uint64_t seed) {
  switch (method) {
    case spec::Search::Method::grid: return std::make_unique<Grid>(space, trials, seed);
    case spec::Search::Method::optimiser: return global_optimiser(space.size(), seed);
    case spec::Search::Method::random:
    case spec::Search::Method::none: break;
  }
  return std::make_unique<Uniform>(space.size(), seed);
}

}  // namespace auspex::learning
