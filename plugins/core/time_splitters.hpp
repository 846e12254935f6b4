// Ranges that follow from an analysable's start and end alone.
#pragma once

#include <charconv>
#include <string>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::core {

/// The whole life as one range, ready to predict at once. Under compatibility a missing start or end is time 0, as in
/// Moodle.
struct single_range : time_splitter {
  static constexpr std::string_view id = "core/single_range";
  static constexpr std::string_view name = "Single range";
  static constexpr std::string_view description = "From the start to the end; predicts at any time.";
  explicit single_range(const arguments& a) : moodle_(a.moodle()) {}

  [[nodiscard]] split ranges(const life& of) const {
    if (!moodle_ && !of.start) return reason{"no_start_time", {}};
    if (!moodle_ && !of.end) return reason{"no_end_time", {}};
    return std::vector<range>{{.start = of.start.value_or(0), .end = of.end.value_or(0), .predict_at = 0}};
  }

 private:
  bool moodle_;
};

struct quarters : time_splitter {
  static constexpr std::string_view id = "core/quarters";
  static constexpr std::string_view name = "Quarters";
  static constexpr std::string_view description = "Four equal parts, one after the other.";
  [[nodiscard]] split ranges(const life& of) const { return equal_parts(of, 4, false); }
};

struct quarters_accum : time_splitter {
  static constexpr std::string_view id = "core/quarters_accum";
  static constexpr std::string_view name = "Quarters accumulative";
  static constexpr std::string_view description = "Four parts, each from the start to the end of a quarter.";
  [[nodiscard]] split ranges(const life& of) const { return equal_parts(of, 4, true); }
};

struct deciles : time_splitter {
  static constexpr std::string_view id = "core/deciles";
  static constexpr std::string_view name = "Tenths";
  static constexpr std::string_view description = "Ten equal parts, one after the other.";
  [[nodiscard]] split ranges(const life& of) const { return equal_parts(of, 10, false); }
};

struct deciles_accum : time_splitter {
  static constexpr std::string_view id = "core/deciles_accum";
  static constexpr std::string_view name = "Tenths accumulative";
  static constexpr std::string_view description = "Ten parts, each from the start to the end of a tenth.";
  [[nodiscard]] split ranges(const life& of) const { return equal_parts(of, 10, true); }
};

/// From the start to given fractions of the life: end_i = start + trunc((end - start) * fraction_i).
struct checkpoints : time_splitter {
  static constexpr std::string_view id = "core/checkpoints";
  static constexpr std::string_view name = "Checkpoints";
  static constexpr std::string_view description =
      "From the start to each of the given fractions of the time between start and end.";
  static constexpr std::array parameters{
      list_of(real_parameter("fractions", "fractions of the whole, above 0 and at most 1, ascending", {}, 0, 1))};

  explicit checkpoints(const arguments& a) {
    for (const double fraction : a.reals("fractions")) {
      if (!(fraction > 0 && fraction <= 1)) {
        throw std::invalid_argument("fractions: " + text(fraction) + " is not above 0 and at most 1");
      }
      if (!fractions_.empty() && fraction <= fractions_.back()) {
        throw std::invalid_argument("fractions: " + text(fraction) + " comes after " + text(fractions_.back()) +
                                    "; they must ascend");
      }
      fractions_.push_back(fraction);
    }
    if (fractions_.empty()) throw std::invalid_argument("fractions: at least one is needed");
  }

  [[nodiscard]] split ranges(const life& of) const {
    if (const auto why = unbounded(of)) return *why;
    std::vector<range> result;
    for (const double fraction : fractions_) {
      const time end = *of.start + time(std::trunc(double(*of.end - *of.start) * fraction));
      result.push_back({.start = *of.start, .end = end, .predict_at = end, .name = text(fraction)});
    }
    return result;
  }

 private:
  /// The shortest text that reads back as the same number.
  static std::string text(double x) {
    char buffer[32];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, x).ptr};
  }

  std::vector<double> fractions_;
};

}  // namespace auspex::core
