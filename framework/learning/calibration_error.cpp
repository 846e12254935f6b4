#include "learning/calibration_error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/random.hpp"
#include "learning/quantile.hpp"

namespace auspex::learning {
namespace {

constexpr double no_error = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t bin_count = 10;

/// Mean of |x| for x normal.
double folded_mean(double mean, double deviation) {
  if (!(deviation > 0)) return std::abs(mean);
  const double z = mean / deviation;
  return deviation * std::sqrt(2 / std::numbers::pi) * std::exp(-z * z / 2) + mean * std::erf(z / std::numbers::sqrt2);
}

double total_of(const std::vector<CalibrationBin>& bins) {
  double total = 0;
  for (const auto& bin : bins) total += bin.rows;
  return total;
}

double error_of(const std::vector<CalibrationBin>& bins) {
  double error = 0;
  for (const auto& bin : bins) error += std::abs(bin.positives - bin.rows * bin.probability);
  return bins.empty() ? no_error : error / total_of(bins);
}

double debiased_of(const std::vector<CalibrationBin>& bins) {
  if (bins.empty()) return no_error;
  double drawn = 0;
  for (const auto& bin : bins) {
    const double share = bin.positives / bin.rows;
    drawn += bin.rows * folded_mean(share - bin.probability, std::sqrt(share * (1 - share) / bin.rows));
  }
  return 2 * error_of(bins) - drawn / total_of(bins);
}

/// Calls use(bin, probability, positives, negatives) for each run of equal probabilities.
template <class Use>
void for_each_binned_tie(const Scores& scores, Use&& use) {
  double before = 0;
  scores.for_each_tie([&](double probability, double positives, double negatives) {
    const double mass = positives + negatives;
    const auto bin = std::size_t(double(bin_count) * (before + mass / 2) / scores.total());
    use(std::min(bin_count - 1, bin), probability, positives, negatives);
    before += mass;
  });
}

}  // namespace

std::vector<CalibrationBin> calibration_bins(const Scores& scores) {
  std::vector<CalibrationBin> bins(bin_count);
  for_each_binned_tie(scores, [&](std::size_t bin, double probability, double positives, double negatives) {
    const double mass = positives + negatives;
    bins[bin].rows += mass;
    bins[bin].positives += positives;
    bins[bin].probability += mass * probability;
  });
  std::erase_if(bins, [](const auto& bin) { return !(bin.rows > 0); });
  for (auto& bin : bins) bin.probability /= bin.rows;
  return bins;
}

double expected_calibration_error(const Scores& scores) { return error_of(calibration_bins(scores)); }

double debiased_calibration_error(const Scores& scores) { return debiased_of(calibration_bins(scores)); }

IfCalibrated if_calibrated(const Scores& scores, std::uint64_t seed, std::size_t draws) {
  auto bins = calibration_bins(scores);
  if (bins.empty() || draws == 0) return {no_error, no_error, no_error, no_error};
  struct Tie {
    std::size_t bin;
    double probability;
    std::size_t rows;
  };
  std::vector<Tie> ties;
  std::vector<std::size_t> place(bin_count, bins.size());  // of a bin among those with rows
  std::size_t known = 0;
  for_each_binned_tie(scores, [&](std::size_t bin, double probability, double positives, double negatives) {
    if (place[bin] == bins.size()) place[bin] = known++;
    ties.push_back({place[bin], probability, std::size_t(std::llround(positives + negatives))});
  });
  Random random(seed);
  std::vector<double> errors, debiased;
  for (std::size_t d = 0; d < draws; ++d) {
    for (auto& bin : bins) bin.positives = 0;
    for (const auto& tie : ties) {
      for (std::size_t i = 0; i < tie.rows; ++i) bins[tie.bin].positives += double(random.real() < tie.probability);
    }
    errors.push_back(error_of(bins));
    debiased.push_back(debiased_of(bins));
  }
  const auto mean = [](const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / double(values.size());
  };
  std::sort(errors.begin(), errors.end());
  std::sort(debiased.begin(), debiased.end());
  return {mean(errors), quantile(errors, 0.95), mean(debiased), quantile(debiased, 0.95)};
}

}  // namespace auspex::learning
