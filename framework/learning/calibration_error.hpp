// How far probabilities are from what happens, and how far they would seem to be by chance alone.
#pragma once

#include <cstdint>
#include <vector>

#include "learning/metrics.hpp"

namespace auspex::learning {

/// Neighbours by probability; equal probabilities share a bin.
struct CalibrationBin {
  double rows = 0;          ///< sum of the weights
  double positives = 0;
  double probability = 0;   ///< their mean
};

/// Ten bins of equal mass by rank, from the highest probability; bins without rows are left out.
[[nodiscard]] std::vector<CalibrationBin> calibration_bins(const Scores& scores);

/// Expected calibration error: the mean over the bins of |share of positives - mean probability|, weighted by rows (Naeini,
/// Cooper, Hauskrecht 2015). NaN without rows.
[[nodiscard]] double expected_calibration_error(const Scores& scores);

/// The same less what chance alone adds to it: twice the error minus its mean under shares of positives drawn anew from a
/// normal distribution (Kumar, Liang, Ma 2019, "Verified uncertainty calibration", and their package; here the mean of the
/// folded normal in closed form). Near 0, and then also below it, where the probabilities are right.
[[nodiscard]] double debiased_calibration_error(const Scores& scores);

/// What both would be if the probabilities were exactly right: labels drawn from the probabilities themselves, `draws` times
/// (Broecker and Smith 2007; Roelofs, Cain, Shlens, Mozer 2022 on the bias). 95 %: the quantile. NaN without rows.
struct IfCalibrated {
  double error, error_95;         ///< of expected_calibration_error
  double debiased, debiased_95;   ///< of debiased_calibration_error
};
[[nodiscard]] IfCalibrated if_calibrated(const Scores& scores, std::uint64_t seed, std::size_t draws = 500);

}  // namespace auspex::learning
