// Lengths of time as people say them: a month, two weeks, four hours.
#pragma once

#include <charconv>
#include <cmath>

#include <auspex/frame.hpp>
#include <auspex/services.hpp>

namespace auspex {

/// A length of time in ISO 8601's words: PnYnMnWnDTnHnMnS with whole numbers, such as P2W, P1M, PT4H or P1DT12H. What a day
/// or a month is depends on when it is: t + p and t - p move the wall clock of the workspace's time zone by the months and
/// days (31 January + P1M = 3 March), then the time by the hours, minutes and seconds that elapse, as PHP's DateTime does.
class period {
 public:
  static constexpr int most_years = 1000;

  /// Throws std::invalid_argument where the text is no such period, or one without length or longer than 1000 years.
  explicit period(std::string_view text) : text_(text) {
    parse();
    if (nominal() == 0) refuse("it has no length");
    if (nominal() > double(most_years) * year) too_long();
  }

  [[nodiscard]] const std::string& text() const { return text_; }

  /// Whether it is shorter than the other one at any time, whatever the lengths of the months and the changes of the clock.
  [[nodiscard]] bool shorter_than(const period& other) const {
    const bool months = months_ != other.months_, days = days_ != other.days_;
    const double slack = (months ? 3.0 * day : 0.0) + (months || days ? 2.0 * 3600 : 0.0);
    return nominal() + slack < other.nominal();
  }

  friend time operator+(time t, const period& p) { return p.moved(t, 1); }
  friend time operator-(time t, const period& p) { return p.moved(t, -1); }

 private:
  static constexpr double year = 365.2425 * day;

  struct unit {
    char designator;
    bool of_clock;  // after the T
    std::int32_t months, days, seconds;
  };
  static constexpr std::array<unit, 7> units{{{'Y', false, 12, 0, 0},
                                              {'M', false, 1, 0, 0},
                                              {'W', false, 0, 7, 0},
                                              {'D', false, 0, 1, 0},
                                              {'H', true, 0, 0, 3600},
                                              {'M', true, 0, 0, 60},
                                              {'S', true, 0, 0, 1}}};

  [[noreturn]] void refuse(const std::string& why) const {
    throw std::invalid_argument("'" + text_ + "' is not a period such as P2W, P1M or PT4H: " + why);
  }
  [[noreturn]] void too_long() const { refuse("it is longer than " + std::to_string(most_years) + " years"); }

  void parse() {
    const std::string_view text = text_;
    if (!text.starts_with('P')) refuse("it begins with P");
    bool of_clock = false;
    auto next = units.begin();
    for (std::size_t at = 1; at < text.size();) {
      if (text[at] == 'T' && !of_clock && at + 1 < text.size()) {
        of_clock = true;
        ++at;
      }
      std::int64_t number = -1;
      const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
      if (error == std::errc::result_out_of_range) too_long();
      if (error != std::errc() || number < 0) refuse("a whole number belongs before '" + text_.substr(at) + "'");
      if (number > most_years * 366 * day) too_long();
      at = std::size_t(end - text.data());
      if (at == text.size()) refuse("a unit belongs after its last number");
      next = std::find_if(next, units.end(),
                          [&](const unit& u) { return u.designator == text[at] && u.of_clock == of_clock; });
      if (next == units.end()) {
        refuse("'" + text_.substr(at, 1) + "' does not belong there; the order is years Y, months M, weeks W, days D, "
               "then T, hours H, minutes M, seconds S");
      }
      months_ += number * next->months;
      days_ += number * next->days;
      seconds_ += number * next->seconds;
      ++next;
      ++at;
    }
  }

  // In seconds, of mean months.
  [[nodiscard]] double nominal() const { return double(months_) * year / 12 + double(days_) * day + double(seconds_); }

  [[nodiscard]] time moved(time t, int sign) const {
    time result = t;
    if (months_ != 0 || days_ != 0) result = calendar().add(t, std::int32_t(sign * months_), std::int32_t(sign * days_));
    if (result == no_time) throw std::runtime_error("the calendar ends before " + std::to_string(t) + " moved by " + text_);
    return result + sign * seconds_;
  }

  std::string text_;
  std::int64_t months_ = 0, days_ = 0, seconds_ = 0;
};

/// A parameter whose value is the text of a period.
constexpr auspex_parameter period_parameter(std::string_view name, std::string_view description,
                                            std::string_view default_json = {}) {
  return text_parameter(name, description, default_json);
}

/// The value of a period_parameter. Throws std::invalid_argument, naming the parameter.
inline period period_of(std::string_view parameter, std::string_view text) {
  try {
    return period(text);
  } catch (const std::invalid_argument& wrong) {
    throw std::invalid_argument(std::string(parameter) + ": " + wrong.what());
  }
}

}  // namespace auspex
