// Indicators: a value in [-1, 1], or none, for a sample in a range of time.
#pragma once

#include <auspex/component.hpp>

namespace auspex {

/// Base of indicators. A derived class has
///   static constexpr std::string_view id, name, description;
///   static constexpr entities needs;   what a sample must have
///   static constexpr entities uses;    optional: narrows reads of scope "sample" where samples have it
/// and one of
///   V calculate(const sample&)                              V: bool, double, or std::optional of them; none = nullopt, NaN
///   void calculate(const frame&, std::span<double> values)  one value a sample; where samples are compared with each other
/// and, if it likes, void prepare(const frame&): once per analysable, from reads_settings() only.
class indicator : public component {
 public:
  static constexpr std::string_view interface_id = AUSPEX_INDICATOR;
  static constexpr entities needs = no_entity;
  static constexpr entities uses = no_entity;
  static constexpr std::array<double, 0> classes{};
  static constexpr bool include_mean = false;

 protected:
  read_handle reads(table&& read) { return component::reads(AUSPEX_STAGE_CALCULATE, std::move(read)); }
  /// For prepare(): only tables without history, such as courses and activities.
  read_handle reads_settings(table&& read) { return component::reads(AUSPEX_STAGE_PREPARE, std::move(read)); }
};

/// -1 or 1 (false or true).
class binary_indicator : public indicator {
 public:
  static constexpr std::int32_t type = AUSPEX_INDICATOR_BINARY;
};

/// Any value in [-1, 1]. Under compatibility its column is followed by the mean over the analysable.
class linear_indicator : public indicator {
 public:
  static constexpr std::int32_t type = AUSPEX_INDICATOR_LINEAR;
  static constexpr bool include_mean = true;
};

/// One of `static constexpr std::array classes`, any numbers; one dataset column a class.
class discrete_indicator : public indicator {
 public:
  static constexpr std::int32_t type = AUSPEX_INDICATOR_DISCRETE;
};

namespace detail {

inline double indicator_value(bool v) { return v ? 1 : -1; }
inline double indicator_value(double v) { return v; }
template <class T>
double indicator_value(const std::optional<T>& v) {
  return v ? indicator_value(*v) : none;
}

template <class C>
struct functions_of_indicator {
  static auspex_status describe(void*, auspex_indicator_info* info, auspex_error*) noexcept {
    info->type = C::type;
    info->required_entities = C::needs;
    info->optional_entities = C::uses;
    info->classes = C::classes.data();
    info->class_count = C::classes.size();
    info->include_mean = C::include_mean ? 1 : 0;
    return AUSPEX_OK;
  }
  static auspex_status calculate(void* self, const auspex_frame* raw, double* values, auspex_error* error) noexcept {
    return guarded(error, [&] {
      auto& c = *static_cast<C*>(self);
      const frame f(*raw);
      if constexpr (requires { c.calculate(f, std::span<double>()); }) {
        c.calculate(f, std::span<double>(values, f.sample_count()));
      } else {
        for (std::size_t i = 0; i < f.sample_count(); ++i) values[i] = indicator_value(c.calculate(f[i]));
      }
    });
  }
  static auspex_status prepare(void* self, const auspex_frame* raw, auspex_error* error) noexcept {
    return guarded(error, [&] {
      if constexpr (requires(C& c, const frame& f) { c.prepare(f); }) static_cast<C*>(self)->prepare(frame(*raw));
    });
  }
  static constexpr bool prepares = requires(C& c, const frame& f) { c.prepare(f); };
  static constexpr auspex_indicator table{sizeof(auspex_indicator), &describe, &calculate, prepares ? &prepare : nullptr};
};

}  // namespace detail
}  // namespace auspex
