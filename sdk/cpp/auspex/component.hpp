// What every kind of component shares: parameters, reads, and the wall that no exception crosses.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <auspex/abi.h>
#include <auspex/frame.hpp>

namespace auspex {

inline constexpr std::string_view sdk_version = "1.0.0";

// ---- parameters -----------------------------------------------------------------------------------------------------

namespace detail {
constexpr auspex_parameter make_parameter(std::int32_t type, bool is_list, std::string_view name, std::string_view description,
                                          std::string_view default_json, double minimum, double maximum,
                                          std::span<const auspex_str> choices = {}) {
  return {sizeof(auspex_parameter), type,    is_list ? 1 : 0, default_json.empty() ? 1 : 0,
          str(name),                str(description), str(default_json == "null" ? "" : default_json), minimum,
          maximum,                  choices.data(),   choices.size(), 0, 0, 0};
}
inline constexpr double open_end = std::numeric_limits<double>::infinity();
}  // namespace detail

/// Declarations for `static constexpr std::array parameters`. `default_json` is the default as JSON text; empty = required.
/// A default of "null" means: optional, not passed where absent.
constexpr auspex_parameter real_parameter(std::string_view name, std::string_view description, std::string_view default_json = {},
                                          double minimum = -detail::open_end, double maximum = detail::open_end) {
  return detail::make_parameter(AUSPEX_TYPE_REAL, false, name, description, default_json, minimum, maximum);
}
constexpr auspex_parameter integer_parameter(std::string_view name, std::string_view description,
                                             std::string_view default_json = {}, double minimum = -detail::open_end,
                                             double maximum = detail::open_end) {
  return detail::make_parameter(AUSPEX_TYPE_INT, false, name, description, default_json, minimum, maximum);
}
constexpr auspex_parameter boolean_parameter(std::string_view name, std::string_view description,
                                             std::string_view default_json = {}) {
  return detail::make_parameter(AUSPEX_TYPE_BOOL, false, name, description, default_json, -detail::open_end, detail::open_end);
}
constexpr auspex_parameter text_parameter(std::string_view name, std::string_view description, std::string_view default_json = {},
                                          std::span<const auspex_str> choices = {}) {
  return detail::make_parameter(AUSPEX_TYPE_TEXT, false, name, description, default_json, -detail::open_end, detail::open_end,
                                choices);
}
/// The same parameter, taking a list of such values.
constexpr auspex_parameter list_of(auspex_parameter parameter) {
  parameter.is_list = 1;
  return parameter;
}

/// The same parameter, worth searching from `low` to `high`, both inclusive; `scale`: AUSPEX_SEARCH_*.
constexpr auspex_parameter searched(auspex_parameter parameter, double low, double high,
                                    std::int32_t scale = AUSPEX_SEARCH_LINEAR) {
  parameter.search = scale;
  parameter.search_low = low;
  parameter.search_high = high;
  return parameter;
}
/// The same parameter, all of whose choices are worth trying.
constexpr auspex_parameter searched(auspex_parameter parameter) { return searched(parameter, 0, 0); }

/// The checked values that a component is created with.
class arguments {
 public:
  arguments(const auspex_argument* values, std::size_t count, auspex_str compatibility)
      : values_(values, count), compatibility_(view(compatibility)) {}

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] double real(std::string_view name) const { return at(name).reals[0]; }
  [[nodiscard]] std::int64_t integer(std::string_view name) const { return at(name).integers[0]; }
  [[nodiscard]] bool boolean(std::string_view name) const { return at(name).integers[0] != 0; }
  [[nodiscard]] std::string text(std::string_view name) const { return std::string(view(at(name).texts[0])); }
  [[nodiscard]] std::span<const double> reals(std::string_view name) const { return {at(name).reals, at(name).count}; }
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const {
    const auto& argument = at(name);
    std::vector<std::string> result;
    for (std::size_t i = 0; i < argument.count; ++i) result.emplace_back(view(argument.texts[i]));
    return result;
  }

  /// Whether Moodle's defects are to be reproduced.
  [[nodiscard]] bool moodle() const { return !compatibility_.empty(); }

 private:
  [[nodiscard]] const auspex_argument* find(std::string_view name) const {
    const auto it = std::find_if(values_.begin(), values_.end(), [&](const auto& v) { return view(v.name) == name; });
    return it == values_.end() ? nullptr : &*it;
  }
  [[nodiscard]] const auspex_argument& at(std::string_view name) const {
    if (const auto* argument = find(name)) return *argument;
    throw std::invalid_argument("no value for the parameter '" + std::string(name) + "'");
  }

  std::span<const auspex_argument> values_;
  std::string_view compatibility_;
};

// ---- reads ----------------------------------------------------------------------------------------------------------

/// What to read of a table: table("events").columns({"time"}).where("crud", {"r"}).of_sample().in_range()
class table {
 public:
  explicit table(std::string name) : name_(std::move(name)) {}

  table&& columns(std::vector<std::string> names) && {
    columns_ = std::move(names);
    return std::move(*this);
  }
  /// Rows whose column equals one of the values; several conditions must all hold. Booleans: "true", "false".
  table&& where(std::string column, std::vector<std::string> values) && {
    conditions_.push_back({std::move(column), std::move(values)});
    return std::move(*this);
  }
  table&& of_sample() && { return scoped(AUSPEX_SCOPE_SAMPLE); }
  table&& of_analysable() && { return scoped(AUSPEX_SCOPE_ANALYSABLE); }
  /// start < time <= end.
  table&& in_range() && { return windowed(AUSPEX_WINDOW_RANGE); }
  /// time <= end; tables without a time: known at the end.
  table&& until_end() && { return windowed(AUSPEX_WINDOW_UNTIL_END); }
  /// All that is known at as-of: for targets and analysers; for indicators under compatibility only.
  table&& in_history() && { return windowed(AUSPEX_WINDOW_HISTORY); }

 private:
  friend class component;
  struct condition {
    std::string column;
    std::vector<std::string> values;
  };

  table&& scoped(std::int32_t scope) {
    scope_ = scope;
    return std::move(*this);
  }
  table&& windowed(std::int32_t window) {
    window_ = window;
    return std::move(*this);
  }

  std::string name_;
  std::vector<std::string> columns_;
  std::vector<condition> conditions_;
  std::int32_t scope_ = AUSPEX_SCOPE_SAMPLE;
  std::int32_t window_ = AUSPEX_WINDOW_UNTIL_END;
};

/// Base of all components. A component declares its reads as members:
///   const read_handle events = reads(table("events").columns({"time"}).of_sample().in_range());
class component {
 public:
  static constexpr std::array<auspex_parameter, 0> parameters{};
  static constexpr std::string_view unit = "";

  component(const component&) = delete;
  component& operator=(const component&) = delete;

  /// Hands the declared reads to the host.
  void declare(const auspex_read_sink& sink) const {
    for (const auto& [stage, read] : reads_) {
      std::vector<auspex_str> columns;
      for (const auto& column : read.columns_) columns.push_back(str(column));
      std::vector<std::vector<auspex_str>> values;
      std::vector<auspex_condition> conditions;
      for (const auto& condition : read.conditions_) {
        auto& texts = values.emplace_back();
        for (const auto& value : condition.values) texts.push_back(str(value));
      }
      for (std::size_t i = 0; i < values.size(); ++i) {
        conditions.push_back({sizeof(auspex_condition), str(read.conditions_[i].column), values[i].data(), values[i].size()});
      }
      const auspex_read raw{sizeof(auspex_read), stage,          read.scope_,       read.window_,      str(read.name_),
                            columns.data(),      columns.size(), conditions.data(), conditions.size()};
      sink.add(sink.context, &raw);
    }
  }

 protected:
  component() = default;
  ~component() = default;

  read_handle reads(std::int32_t stage, table&& read) {
    const auto index = std::count_if(reads_.begin(), reads_.end(), [&](const auto& r) { return r.first == stage; });
    reads_.emplace_back(stage, std::move(read));
    return {stage, std::size_t(index)};
  }

 private:
  std::vector<std::pair<std::int32_t, table>> reads_;
};

/// Why an analysable is left out: an id of lower-case words and underscores, and arguments for the sentence.
struct reason {
  std::string id;
  std::vector<std::pair<std::string, std::string>> arguments;
};

/// Thrown by a long call that the host asked to stop.
struct cancelled : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "cancelled"; }
};

// ---- the wall -------------------------------------------------------------------------------------------------------

namespace detail {

inline void copy_text(char* to, std::size_t capacity, std::string_view text) {
  const auto size = std::min(text.size(), capacity - 1);
  std::memcpy(to, text.data(), size);
  to[size] = 0;
}

inline void fill(auspex_error* error, std::int32_t code, std::string_view message) noexcept {
  if (error == nullptr) return;
  error->code = code;
  copy_text(error->message, sizeof error->message, message);
  error->hint[0] = 0;
}

/// Runs `work`; what it throws becomes a status and a message.
template <class Work>
auspex_status guarded(auspex_error* error, Work&& work) noexcept {
  try {
    work();
    return AUSPEX_OK;
  } catch (const cancelled&) {
    fill(error, AUSPEX_CANCELLED, "cancelled");
    return AUSPEX_CANCELLED;
  } catch (const std::invalid_argument& e) {
    fill(error, AUSPEX_INVALID, e.what());
    return AUSPEX_INVALID;
  } catch (const std::bad_alloc&) {
    fill(error, AUSPEX_FAILED, "out of memory");
  } catch (const std::exception& e) {
    fill(error, AUSPEX_FAILED, e.what());
  } catch (...) {
    fill(error, AUSPEX_FAILED, "an exception that is not a std::exception");
  }
  return AUSPEX_FAILED;
}

inline void fill(auspex_reason* to, const reason& from) {
  copy_text(to->id, sizeof to->id, from.id);
  to->argument_count = std::uint32_t(std::min<std::size_t>(from.arguments.size(), AUSPEX_REASON_ARGUMENTS));
  for (std::uint32_t i = 0; i < to->argument_count; ++i) {
    copy_text(to->arguments[i].name, sizeof to->arguments[i].name, from.arguments[i].first);
    copy_text(to->arguments[i].value, sizeof to->arguments[i].value, from.arguments[i].second);
  }
}

template <class C>
auspex_status create(const auspex_argument* values, std::size_t count, auspex_str compatibility, void** self,
                     auspex_error* error) noexcept {
  return guarded(error, [&] {
    if constexpr (std::is_constructible_v<C, const arguments&>) {
      *self = new C(arguments(values, count, compatibility));
    } else {
      *self = new C();
    }
  });
}

template <class C>
void destroy(void* self) noexcept {
  delete static_cast<C*>(self);
}

template <class C>
auspex_status declare(void* self, const auspex_read_sink* sink, auspex_error* error) noexcept {
  return guarded(error, [&] { static_cast<C*>(self)->declare(*sink); });
}

}  // namespace detail
}  // namespace auspex
