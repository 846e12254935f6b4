// Time splitting methods: cut an analysable's life into ranges and say when each may be predicted.
#pragma once

#include <cmath>
#include <variant>

#include <auspex/component.hpp>

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
  std::optional<time> start;
  std::optional<time> end;
  time as_of = 0;
  std::optional<time> first_analysis;
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

/// Why a life has no length: it lacks a start or an end, or ends no later than it starts.
inline std::optional<reason> unbounded(const life& of) {
  if (!of.start) return reason{"no_start_time", {}};
  if (!of.end) return reason{"no_end_time", {}};
  if (*of.end <= *of.start) {
    return reason{"end_not_after_start", {{"start", std::to_string(*of.start)}, {"end", std::to_string(*of.end)}}};
  }
  return std::nullopt;
}

/// n equal parts of an analysable that has a start and an end, to the second (Moodle's equal_parts). `accumulate`: all parts
/// begin at the start. Parts of at least n seconds do not share their border: start_i is the second after end_{i-1}.
inline time_splitter::split equal_parts(const life& of, int parts, bool accumulate) {
  if (const auto why = unbounded(of)) return *why;
  const double length = double(*of.end - *of.start) / parts;
  std::vector<range> result;
  for (int i = 0; i < parts; ++i) {
    range r;
    r.start = accumulate ? *of.start : *of.start + time(std::trunc(length * i));
    r.end = i + 1 == parts ? *of.end : *of.start + time(std::trunc(length * (i + 1)));
    if (!accumulate && length >= parts && !result.empty() && r.start == result.back().end) r.start += 1;
    r.predict_at = r.end;
    result.push_back(r);
  }
  return result;
}

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
