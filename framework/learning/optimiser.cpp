// dlib's global optimiser. Its search is in dlib's compiled library, with whose build the headers must agree: nothing of them
// is configured here.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <dlib/global_optimization/global_function_search.h>

#include "learning/proposer.hpp"

namespace auspex::learning {
namespace {

class GlobalOptimiser final : public Proposer {
 public:
  GlobalOptimiser(std::size_t dimensions, std::uint64_t seed)
      : search_(dlib::function_spec(bound(dimensions, 0), bound(dimensions, 1))) {
    search_.set_seed(time_t(seed));
  }

  std::optional<std::vector<double>> next() override {
    request_.emplace(search_.get_next_x());
    const auto& x = request_->x();
    std::vector<double> point;
    for (long d = 0; d < x.size(); ++d) point.push_back(std::clamp(x(d), 0.0, 1.0));
    return point;
  }

  void tell(double score) override {
    // What could not be judged counts as the worst seen: the model of the function must stay finite.
    if (std::isfinite(score)) worst_ = std::min(worst_, score);
    const double fallback = std::isfinite(worst_) ? worst_ : 0;
    request_->set(std::isfinite(score) ? score : fallback);
    request_.reset();
  }

 private:
  static dlib::matrix<double, 0, 1> bound(std::size_t dimensions, double value) {
    dlib::matrix<double, 0, 1> result(static_cast<long>(dimensions));
    result = value;
    return result;
  }

  dlib::global_function_search search_;
  std::optional<dlib::function_evaluation_request> request_;
  double worst_ = std::numeric_limits<double>::infinity();
};

}  // namespace

std::unique_ptr<Proposer> global_optimiser(std::size_t dimensions, std::uint64_t seed) {
  return std::make_unique<GlobalOptimiser>(dimensions, seed);
}

}  // namespace auspex::learning
