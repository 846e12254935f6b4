// What is known some time after the start.
#pragma once

#include <auspex/sdk.hpp>

namespace auspex::core {

struct one_week_after_start : after_start {
  static constexpr std::string_view id = "core/one_week_after_start";
  static constexpr std::string_view name = "One week after the start";
  static constexpr std::string_view description = "From the start to now, once a week has passed.";
  one_week_after_start() : after_start(period("P1W")) {}
};

struct one_month_after_start : after_start {
  static constexpr std::string_view id = "core/one_month_after_start";
  static constexpr std::string_view name = "One month after the start";
  static constexpr std::string_view description = "From the start to now, once a month has passed.";
  one_month_after_start() : after_start(period("P1M")) {}
};

struct ten_percent_after_start : time_splitter {
  static constexpr std::string_view id = "core/ten_percent_after_start";
  static constexpr std::string_view name = "10% after the start";
  static constexpr std::string_view description = "From the start to now, once a tenth of the time to the end has passed.";
  static constexpr bool cacheable = false;
  [[nodiscard]] split ranges(const life& of) const {
    if (const auto why = unbounded(of)) return *why;
    return since_start(of, of.as_of - (*of.end - *of.start) / 10);
  }
};

/// From the start to each of some moments after it, each predicted when it is reached. A moment after the analysable's end
/// gives no range.
struct offsets_after_start : time_splitter {
  static constexpr std::string_view id = "core/after_start";
  static constexpr std::string_view name = "After the start";
  static constexpr std::string_view description =
      "From the start to each of the given moments after it; predicts when they are reached.";
  static constexpr std::array parameters{
      list_of(period_parameter("offsets", "how long after the start, ascending, such as [\"PT4H\", \"P2D\"]"))};

  explicit offsets_after_start(const arguments& a) {
    for (const auto& text : a.texts("offsets")) {
      auto offset = period_of("offsets", text);
      if (!offsets_.empty() && !offsets_.back().shorter_than(offset)) {
        throw std::invalid_argument("offsets: " + text + " comes after " + offsets_.back().text() +
                                    " but is not always longer; they must ascend");
      }
      offsets_.push_back(std::move(offset));
    }
    if (offsets_.empty()) throw std::invalid_argument("offsets: at least one is needed");
  }

  [[nodiscard]] split ranges(const life& of) const {
    if (!of.start) return reason{"no_start_time", {}};
    std::vector<range> result;
    for (const auto& offset : offsets_) {
      const time reached = *of.start + offset;
      if (of.end && reached > *of.end) break;
      result.push_back({.start = *of.start, .end = reached, .predict_at = reached, .name = offset.text()});
    }
    if (result.empty()) {
      return reason{"ends_before_first_offset", {{"end", std::to_string(*of.end)}, {"offset", offsets_.front().text()}}};
    }
    return result;
  }

 private:
  std::vector<period> offsets_;
};

}  // namespace auspex::core
