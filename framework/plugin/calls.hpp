// Calling into plugins: nothing they throw, claim or leave out gets past here.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/error.hpp"
#include "plugin/calling.hpp"
#include "plugin/component.hpp"
#include "plugin/loading.hpp"
#include "plugin/text.hpp"

namespace auspex::plugin {

inline constexpr std::uint32_t all_entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER) | AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE) |
                                              AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ENROLMENT) |
                                              AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ACTIVITY);
inline constexpr std::size_t most_listed = 10'000;

inline auspex_error empty_error() {
  auspex_error error{};
  error.struct_size = sizeof error;
  return error;
}

// What a callback given to a plugin works on. Exceptions wait here until the plugin has returned.
template <class Function>
class Sink {
 public:
  explicit Sink(Function function) : function_(std::move(function)) {}

  template <class... Arguments>
  void operator()(Arguments&&... arguments) noexcept {
    if (thrown_) return;
    try {
      function_(std::forward<Arguments>(arguments)...);
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }

  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  Function function_;
  std::exception_ptr thrown_;
};

// What a call of a worker process throws where that process ended: "crashed (SIGSEGV: Segmentation fault)".
struct Ended {
  std::string what;
};

// Calls into the plugin; an exception that crosses in spite of the contract becomes an error like any other.
template <class Function>
auspex_status guarded(auspex_error& error, Function&& function) {
  try {
    return function();
  } catch (const Ended&) {
    throw;
  } catch (const Error&) {
    throw;  // the host's own
  } catch (...) {
    error = empty_error();
    fmt::format_to_n(error.message, sizeof error.message - 1, "it let an exception out, which breaks the contract");
    return AUSPEX_FAILED;
  }
}

// Texts and numbers of a struct that a plugin filled; `what` names the struct's call in complaints.
class Listed {
 public:
  explicit Listed(const char* what) : what_(what) {}

  [[nodiscard]] std::string text(const auspex_str& from, const std::string& field) const {
    if (const auto why = refuse_text(from); !why.empty()) fail(fmt::format("{} {}", field, why));
    return copy_text(from);
  }

  [[nodiscard]] std::vector<std::string> texts(const auspex_str* from, std::size_t count, const std::string& field) const {
    check(from, count, field);
    std::vector<std::string> list;
    for (std::size_t i = 0; i < count; ++i) list.push_back(text(from[i], fmt::format("{}[{}]", field, i)));
    return list;
  }

  [[nodiscard]] std::vector<double> finite(const double* from, std::size_t count, const std::string& field) const {
    check(from, count, field);
    std::vector<double> list(from, from + count);
    for (const auto value : list) {
      if (!std::isfinite(value)) fail(fmt::format("{} has the element {}", field, value));
    }
    if (std::set<double>(list.begin(), list.end()).size() != list.size()) fail(field + " has an element twice");
    return list;
  }

  void known(int value, int least, int most, const std::string& field) const {
    if (value < least || value > most) fail(fmt::format("{} is {}, which has no meaning", field, value));
  }

  void entities(std::uint32_t bits, const std::string& field) const {
    if ((bits & ~all_entities) != 0) fail(fmt::format("{} has unknown bits ({:#x})", field, bits));
  }

  [[noreturn]] void fail(const std::string& why) const { throw std::invalid_argument(fmt::format("{}: {}", what_, why)); }

 private:
  void check(const void* from, std::size_t count, const std::string& field) const {
    if (count > most_listed) fail(fmt::format("{} claims {} elements", field, count));
    if (count > 0 && from == nullptr) fail(fmt::format("{} has {} elements at a null pointer", field, count));
  }

  const char* what_;
};

// An empty id = no reason.
inline Reason read_reason(const auspex_reason& from) {
  Reason reason;
  reason.id = copy_buffer(from.id, sizeof from.id);
  const auto count = std::min<std::uint32_t>(from.argument_count, AUSPEX_REASON_ARGUMENTS);
  for (std::uint32_t i = 0; i < count && reason; ++i) {
    const auto& argument = from.arguments[i];
    reason.arguments.emplace_back(copy_buffer(argument.name, sizeof argument.name),
                                  copy_buffer(argument.value, sizeof argument.value));
  }
  return reason;
}

template <class Table>
const Table& Instance::functions() const {
  return *static_cast<const Table*>(component_->functions);
}

template <class Table, class Function>
auspex_status Instance::enter(const char* call, const std::string& on, auspex_error& error, Function&& function) const {
  const auto where = on.empty() ? std::string(call) : fmt::format("{} ({})", call, on);
  try {
    const Calling calling(who(), where, component_->limits);
    return guarded(error, [&] { return function(static_cast<const Table*>(component_->functions), &error); });
  } catch (const Ended& ended) {
    throw ProcessEnded(Fault::plugin, fmt::format("{} {} in {}", who(), ended.what, where));
  }
}

template <class Table, class Function>
void Instance::require_call(const char* call, const std::string& on, Function&& function) const {
  auto error = empty_error();
  require(enter<Table>(call, on, error, std::forward<Function>(function)), error, call);
}

}  // namespace auspex::plugin
