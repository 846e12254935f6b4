// Targets: which analysables and samples are valid, and the label of a sample.
#pragma once

#include <auspex/component.hpp>

namespace auspex {

/// Base of targets; derive from binary_target, multiclass_target or linear_target. A derived class has
///   static constexpr std::string_view id, name, description, analyser (component id);
///   static constexpr std::array sample_reasons, of std::string_view   optional
/// and
///   std::optional<reason> check(const frame&)      optional: why the analysable is left out, or nothing
///   std::optional<std::size_t> check(const sample&) optional: index in sample_reasons, or nothing
///   std::optional<double> label(const sample&)     a class or value; nothing = no label
/// A target whose analyser or columns depend on its parameters has, instead of the constants,
///   std::string_view analyser_id() const;  std::span<const auspex_str> columns() const;   both valid as long as the target
/// A static target (is_static = true) is not learnt: label() is called once a range, with its start and end, and decides
/// from sample.indicator(COLUMN) for the columns in `decides_from`.
class target : public component {
 public:
  static constexpr std::string_view interface_id = AUSPEX_TARGET;
  static constexpr bool is_static = false;
  static constexpr entities needs = no_entity;
  static constexpr std::array<std::string_view, 0> sample_reasons{};
  static constexpr std::array<std::string_view, 0> decides_from{};  ///< columns of indicators, by default their ids
  static constexpr std::array<std::string_view, 0> accepts{};       ///< ids of time splitters; none = all of the direction
  static constexpr std::int32_t accepts_direction = AUSPEX_SPLITS_ANY;
  static constexpr double score_limit = 0.6;  ///< least score of an insight, 0 to 1; 0 = any
  static constexpr std::array<double, 0> classes{};
  static constexpr std::array<std::string_view, 0> class_names{};
  static constexpr std::array<double, 0> ignored_classes{};
  static constexpr double minimum = 0;
  static constexpr double maximum = 1;
  static constexpr double boundary = none;

 protected:
  /// For check(const frame&): scope analysable.
  read_handle reads_analysable(table&& read) { return component::reads(AUSPEX_STAGE_ANALYSABLE, std::move(read)); }
  /// For check(const sample&).
  read_handle reads_samples(table&& read) { return component::reads(AUSPEX_STAGE_SAMPLES, std::move(read)); }
  /// For label(): sees the whole history up to as-of.
  read_handle reads_labels(table&& read) { return component::reads(AUSPEX_STAGE_LABEL, std::move(read)); }
};

/// Classes 0 and 1; 1 is what the insight is about. A derived class has
///   static constexpr std::array<std::string_view, 2> class_names;   of 0 and of 1, for people
class binary_target : public target {
 public:
  static constexpr std::int32_t type = AUSPEX_TARGET_BINARY;
  static constexpr std::array<double, 2> classes{0, 1};
  static constexpr std::array<double, 1> ignored_classes{0};
};

/// Two or more classes, all equal in rank. A target whose classes depend on its parameters has, instead of the constants,
///   std::span<const double> class_values() const;  std::span<const auspex_str> names_of_classes() const;
///   std::span<const double> ignored_values() const   all valid as long as the target
/// Any other derived class has
///   static constexpr std::array classes, of double, distinct;
///   static constexpr std::array class_names, of std::string_view, one a class, for people;
///   static constexpr std::array ignored_classes, of double   optional: predictions of these are no insight
class multiclass_target : public target {
 public:
  static constexpr std::int32_t type = AUSPEX_TARGET_MULTICLASS;
};

/// A number in [minimum, maximum], such as a final grade. A derived class has
///   static constexpr double minimum, maximum;   minimum < maximum
///   static constexpr double boundary            optional: a predicted value below it is no insight
/// It is neither a class nor a probability: its predictions have the score 1.
class linear_target : public target {
 public:
  static constexpr std::int32_t type = AUSPEX_TARGET_LINEAR;
};

namespace detail {

template <std::size_t N>
constexpr std::array<auspex_str, N> strs(const std::array<std::string_view, N>& texts) {
  std::array<auspex_str, N> result{};
  for (std::size_t i = 0; i < N; ++i) result[i] = str(texts[i]);
  return result;
}

template <class C>
struct functions_of_target {
  static constexpr auto class_names = strs(C::class_names);
  static constexpr auto sample_reasons = strs(C::sample_reasons);
  static constexpr auto accepts = strs(C::accepts);
  static constexpr auto decides_from = strs(C::decides_from);
  static_assert(C::is_static || C::decides_from.empty(), "only a static target decides from indicators");

  static auspex_status describe(void* self, auspex_target_info* info, auspex_error*) noexcept {
    [[maybe_unused]] const auto& c = *static_cast<const C*>(self);
    info->type = C::type;
    info->is_static = C::is_static ? 1 : 0;
    info->required_entities = C::needs;
    if constexpr (requires { c.analyser_id(); }) info->analyser = str(c.analyser_id());
    else info->analyser = str(C::analyser);
    if constexpr (requires { c.class_values(); }) {
      info->classes = c.class_values().data();
      info->class_names = c.names_of_classes().data();
      info->class_count = c.class_values().size();
      info->ignored_classes = c.ignored_values().data();
      info->ignored_class_count = c.ignored_values().size();
    } else {
      info->classes = C::classes.data();
      info->class_names = class_names.data();
      info->class_count = C::classes.size();
      info->ignored_classes = C::ignored_classes.data();
      info->ignored_class_count = C::ignored_classes.size();
    }
    info->minimum = C::minimum;
    info->maximum = C::maximum;
    info->score_limit = C::score_limit;
    info->accepts_direction = C::accepts_direction;
    info->accepts = accepts.empty() ? nullptr : accepts.data();
    info->accept_count = accepts.size();
    info->sample_reasons = sample_reasons.data();
    info->sample_reason_count = sample_reasons.size();
    if (AUSPEX_HAS(auspex_target_info, info, decides_from_count)) {
      info->boundary = C::boundary;
      if constexpr (requires { c.columns(); }) {
        info->decides_from = c.columns().data();
        info->decides_from_count = c.columns().size();
      } else {
        info->decides_from = decides_from.data();
        info->decides_from_count = decides_from.size();
      }
    }
    return AUSPEX_OK;
  }
  static auspex_status check_analysable(void* self, const auspex_frame* raw, auspex_reason* out, auspex_error* error) noexcept {
    return guarded(error, [&] {
      out->id[0] = 0;
      out->argument_count = 0;
      if constexpr (requires(C& c, const frame& f) { c.check(f); }) {
        if (const auto why = static_cast<C*>(self)->check(frame(*raw))) fill(out, *why);
      }
    });
  }
  static auspex_status check_samples(void* self, const auspex_frame* raw, std::int32_t* codes, auspex_error* error) noexcept {
    return guarded(error, [&] {
      const frame f(*raw);
      for (std::size_t i = 0; i < f.sample_count(); ++i) {
        codes[i] = 0;
        if constexpr (requires(C& c, const sample& s) { c.check(s); }) {
          if (const auto why = static_cast<C*>(self)->check(f[i])) codes[i] = std::int32_t(*why) + 1;
        }
      }
    });
  }
  static auspex_status label(void* self, const auspex_frame* raw, double* labels, auspex_error* error) noexcept {
    return guarded(error, [&] {
      const frame f(*raw);
      for (std::size_t i = 0; i < f.sample_count(); ++i) {
        const std::optional<double> value = static_cast<C*>(self)->label(f[i]);
        labels[i] = value ? *value : none;
      }
    });
  }
  static constexpr auspex_target table{sizeof(auspex_target), &describe, &check_analysable, &check_samples, &label};
};

}  // namespace detail
}  // namespace auspex
