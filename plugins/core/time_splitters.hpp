// Ranges that follow from an analysable's start and end alone.
#pragma once

#include <charconv>
#include <string>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::core {

/// All of time as one range, ready to predict at once. It lies neither before nor after the moment of prediction.
struct no_splitting : time_splitter {
  static constexpr std::string_view id = "core/no_splitting";
  static constexpr std::string_view name = "No splitting";
  static constexpr std::string_view description = "All of time, whatever the start and the end; predicts at any time.";
  static constexpr std::int32_t direction = AUSPEX_SPLITS_NEITHER;
  [[nodiscard]] split ranges(const life&) const {
    return std::vector<range>{{.start = 0, .end = max_time, .predict_at = 0}};
  }
};

/// The whole life as one range, ready to predict at once. What has no start reaches back, and what has no end goes on,
/// without limit; under compatibility a missing end is time 0, as in Moodle, so that nothing lies within.
struct single_range : time_splitter {
  static constexpr std::string_view id = "core/single_range";
  static constexpr std::string_view name = "Single range";
  static constexpr std::string_view description = "From the start to the end; predicts at any time.";
  explicit single_range(const arguments& a) : moodle_(a.moodle()) {}

  [[nodiscard]] split ranges(const life& of) const {
    const range whole{.start = of.start.value_or(0), .end = of.end.value_or(moodle_ ? 0 : max_time), .predict_at = 0};
    if (!moodle_ && whole.end < whole.start) return *unbounded(of);
    return std::vector{whole};
  }

 private:
  bool moodle_;
};

struct quarters : equal_parts {
  static constexpr std::string_view id = "core/quarters";
  static constexpr std::string_view name = "Quarters";
  static constexpr std::string_view description = "Four equal parts, one after the other.";
  explicit quarters(const arguments& a) : equal_parts(a, 4) {}
};

struct quarters_accum : accumulative_parts {
  static constexpr std::string_view id = "core/quarters_accum";
  static constexpr std::string_view name = "Quarters accumulative";
  static constexpr std::string_view description = "Four parts, each from the start to the end of a quarter.";
  explicit quarters_accum(const arguments& a) : accumulative_parts(a, 4) {}
};

struct deciles : equal_parts {
  static constexpr std::string_view id = "core/deciles";
  static constexpr std::string_view name = "Tenths";
  static constexpr std::string_view description = "Ten equal parts, one after the other.";
  explicit deciles(const arguments& a) : equal_parts(a, 10) {}
};

struct deciles_accum : accumulative_parts {
  static constexpr std::string_view id = "core/deciles_accum";
  static constexpr std::string_view name = "Tenths accumulative";
  static constexpr std::string_view description = "Ten parts, each from the start to the end of a tenth.";
  explicit deciles_accum(const arguments& a) : accumulative_parts(a, 10) {}
};

/// As many equal parts as one likes.
struct any_equal_parts : equal_parts {
  static constexpr std::string_view id = "core/equal_parts";
  static constexpr std::string_view name = "Equal parts";
  static constexpr std::string_view description =
      "Equal parts between start and end, one after the other or each from the start.";
  static constexpr std::array parameters{
      integer_parameter("parts", "how many", {}, 1, 1000),
      boolean_parameter("accumulate", "whether each part reaches from the start to its end", "false")};
  explicit any_equal_parts(const arguments& a) : equal_parts(a, a.integer("parts"), a.boolean("accumulate")) {}
};

/// Parts that grow: each is `factor` times as long as the one before, to the second. end_i = start + trunc((end - start)
/// (1 + f + ... + f^(i-1)) / (1 + f + ... + f^(n-1))). Neighbours share their border, so that start < t <= end holds in one.
struct growing_parts : time_splitter {
  static constexpr std::string_view id = "core/growing_parts";
  static constexpr std::string_view name = "Growing parts";
  static constexpr std::string_view description =
      "Parts between start and end, each longer than the one before by a factor.";
  static constexpr std::array parameters{
      integer_parameter("parts", "how many", {}, 1, 100),
      real_parameter("factor", "how many times as long as the one before each part is", "2", 1, 100),
      boolean_parameter("accumulate", "whether each part reaches from the start to its end", "false")};

  explicit growing_parts(const arguments& a) : accumulate_(a.boolean("accumulate")) {
    double part = 1, sum = 0;
    for (std::int64_t i = 0; i < a.integer("parts"); ++i, part *= a.real("factor")) sums_.push_back(sum += part);
  }

  [[nodiscard]] split ranges(const life& of) const {
    if (const auto why = unbounded(of)) return *why;
    std::vector<range> result;
    time begin = *of.start;
    for (const double sum : sums_) {
      const time end = *of.start + time(std::trunc(double(*of.end - *of.start) * sum / sums_.back()));
      if (end <= begin) {
        return reason{"too_short_for_parts",
                      {{"seconds", std::to_string(*of.end - *of.start)}, {"parts", std::to_string(sums_.size())}}};
      }
      result.push_back({.start = accumulate_ ? *of.start : begin, .end = end, .predict_at = end});
      begin = end;
    }
    return result;
  }

 private:
  std::vector<double> sums_;  // of the parts so far, in lengths of the first
  bool accumulate_;
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
