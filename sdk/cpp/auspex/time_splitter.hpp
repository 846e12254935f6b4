// Time splitting methods: cut an analysable's life into ranges and say when each may be predicted.
#pragma once

#include <cmath>
#include <variant>

#include <auspex/component.hpp>
#include <auspex/period.hpp>

namespace auspex {

struct range {
  time start = 0;
  time end = 0;         ///< start < t <= end
  time predict_at = 0;  ///< ready to predict once as-of has reached it
  bool for_training = true;
  std::string name = {};  ///< empty: its index
};

/// An analysable's life, as a time splitter sees it.
struct life {
  std::optional<time> start = {};
  std::optional<time> end = {};
  time as_of = 0;
  std::optional<time> first_analysis = {};
};

/// Base of time splitting methods. A derived class has
///   static constexpr std::string_view id, name, description;
///   std::variant<std::vector<range>, reason> ranges(const life&)
class time_splitter : public component {
 public:
  static constexpr std::string_view interface_id = AUSPEX_TIME_SPLITTER;
  static constexpr std::int32_t direction = AUSPEX_SPLITS_BEFORE_NOW;
  static constexpr bool range_columns = true;
  static constexpr bool cacheable = true;
  static constexpr bool valid_for_evaluation = true;

  using split = std::variant<std::vector<range>, reason>;
};

/// The end of what goes on without end (Moodle's MAX_TIME).
inline constexpr time max_time = 9999999999;

/// Why a life has no length: it lacks a start or an end, or ends no later than it starts.
inline std::optional<reason> unbounded(const life& of) {
  if (!of.start) return reason{"no_start_time", {}};
  if (!of.end) return reason{"no_end_time", {}};
  if (*of.end <= *of.start) {
    return reason{"end_not_after_start", {{"start", std::to_string(*of.start)}, {"end", std::to_string(*of.end)}}};
  }
  return std::nullopt;
}

// ---- layers: a method of one's own is a class derived from one of these, with id, name, description and a constructor ----

/// n equal parts between start and end, to the second, each predicted at its end (Moodle's equal_parts):
///   end_i = start + trunc(i (end - start) / n); start_i is the second after end_{i-1}, or end_{i-1} where a part is shorter
///   than n seconds; `accumulate`: all parts begin at the start.
/// A life without start or end is refused; under compatibility what is missing is time 0, as in Moodle.
class equal_parts : public time_splitter {
 public:
  equal_parts(const arguments& a, std::int64_t parts, bool accumulate = false)
      : parts_(parts), accumulate_(accumulate), moodle_(a.moodle()) {}

  [[nodiscard]] split ranges(const life& of) const {
    if (const auto why = unbounded(of); why && !moodle_) return *why;
    const time start = of.start.value_or(0), end = of.end.value_or(0);
    const double length = double(end - start) / double(parts_);
    const auto border = [&](std::int64_t i) { return start + time(std::trunc(length * double(i))); };
    std::vector<range> result;
    for (std::int64_t i = 0; i < parts_; ++i) {
      const time from = accumulate_ ? start : border(i), to = i + 1 == parts_ ? end : border(i + 1);
      const bool shared = !accumulate_ && i > 0 && from == result.back().end && length >= double(parts_);
      result.push_back({.start = shared ? from + 1 : from, .end = to, .predict_at = to});
    }
    return result;
  }

 private:
  std::int64_t parts_;
  bool accumulate_;
  bool moodle_;
};

/// The same, each part from the start (Moodle's accumulative_parts).
class accumulative_parts : public equal_parts {
 public:
  accumulative_parts(const arguments& a, std::int64_t parts) : equal_parts(a, parts, true) {}
};

/// Base of past_periodic and upcoming_periodic: one window at t = first, first + length, ... for every t that as-of has
/// reached, up to the analysable's end; the first window in any case. Needs a start.
class periodic : public time_splitter {
 public:
  static constexpr bool range_columns = false;
  static constexpr std::size_t most_ranges = 100'000;

 protected:
  explicit periodic(period length) : length_(std::move(length)) {}

  template <class Window>
  [[nodiscard]] split windows(const life& of, time first, const Window& window) const {
    std::vector<range> result;
    for (time t = first; t <= of.as_of && (result.empty() || !is_over(of, t)); t = t + length_) {
      if (result.size() == most_ranges) {
        return reason{"too_many_ranges", {{"period", length_.text()}, {"most", std::to_string(most_ranges)}}};
      }
      result.push_back(window(t));
    }
    return result;
  }

  [[nodiscard]] static bool is_over(const life& of, time t) { return of.end && t > *of.end; }

  period length_;
};

/// Windows that lie one after the other from the start, each predicted at its end (Moodle's past_periodic). While the
/// analysable goes on, the last one is moved forward so that it ends now.
class past_periodic : public periodic {
 public:
  explicit past_periodic(period length) : periodic(std::move(length)) {}

  [[nodiscard]] split ranges(const life& of) const {
    if (!of.start) return reason{"no_start_time", {}};
    time first = *of.start + length_;
    // P1M10D after 28 February is 7 April, P1M10D before that 25 February: the first window is the first within the life.
    while (first - length_ < *of.start) first = first + length_;
    auto result = windows(of, first, [&](time t) { return range{.start = t - length_, .end = t, .predict_at = t}; });
    auto* all = std::get_if<std::vector<range>>(&result);
    if (all == nullptr || all->empty()) return result;
    auto& last = all->back();
    if (is_over(of, last.end + length_)) return result;
    const time shift = of.as_of - last.end;
    last = {.start = last.start + shift, .end = of.as_of, .predict_at = of.as_of};
    return result;
  }
};

/// Windows that lie one after the other from the first analysis (never analysed: from now), each predicted at its start and
/// for training once it is over (Moodle's upcoming_periodic).
class upcoming_periodic : public periodic {
 public:
  static constexpr std::int32_t direction = AUSPEX_SPLITS_AFTER_NOW;
  static constexpr bool cacheable = false;
  static constexpr bool valid_for_evaluation = false;

  explicit upcoming_periodic(period length) : periodic(std::move(length)) {}

  [[nodiscard]] split ranges(const life& of) const {
    if (!of.start) return reason{"no_start_time", {}};
    return windows(of, std::min(of.first_analysis.value_or(of.as_of), of.as_of), [&](time t) {
      const time end = t + length_;
      return range{.start = t, .end = end, .predict_at = t, .for_training = end <= of.as_of};
    });
  }
};

/// One range from the start to now, also of what is over, for an analysable that started no later than `latest`.
inline time_splitter::split since_start(const life& of, time latest) {
  if (*of.start > latest) {
    return reason{"too_soon_after_start", {{"start", std::to_string(*of.start)}, {"latest_start", std::to_string(latest)}}};
  }
  return std::vector<range>{{.start = *of.start, .end = of.as_of, .predict_at = of.as_of}};
}

/// From the start to now, once `wait` has passed since the start (Moodle's after_start). Its one range keeps the index 0: a
/// sample is predicted once.
class after_start : public time_splitter {
 public:
  static constexpr bool cacheable = false;

  explicit after_start(period wait) : wait_(std::move(wait)) {}

  [[nodiscard]] split ranges(const life& of) const {
    if (!of.start) return reason{"no_start_time", {}};
    return since_start(of, of.as_of - wait_);
  }

 private:
  period wait_;
};

namespace detail {

template <class C>
struct functions_of_time_splitter {
  static auspex_status describe(void*, auspex_time_splitter_info* info, auspex_error*) noexcept {
    info->direction = C::direction;
    info->range_columns = C::range_columns ? 1 : 0;
    info->cacheable = C::cacheable ? 1 : 0;
    info->valid_for_evaluation = C::valid_for_evaluation ? 1 : 0;
    return AUSPEX_OK;
  }
  static auspex_status ranges(void* self, const auspex_life* raw, const auspex_range_sink* sink, auspex_reason* out,
                              auspex_error* error) noexcept {
    return guarded(error, [&] {
      out->id[0] = 0;
      out->argument_count = 0;
      const auto known = [](time t) { return t == no_time ? std::nullopt : std::optional(t); };
      const auto split =
          static_cast<C*>(self)->ranges(life{known(raw->start), known(raw->end), raw->as_of, known(raw->first_analysis)});
      if (const auto* why = std::get_if<reason>(&split)) return fill(out, *why);
      for (const auto& r : std::get<std::vector<range>>(split)) {
        const auspex_range one{sizeof(auspex_range), r.for_training ? 1 : 0, r.start, r.end, r.predict_at, str(r.name)};
        sink->add(sink->context, &one);
      }
    });
  }
  static constexpr auspex_time_splitter table{sizeof(auspex_time_splitter), &describe, &ranges};
};

}  // namespace detail
}  // namespace auspex
