// What the host offers to a plugin while it works: calendar, log, cancelling.
#pragma once

#include <auspex/component.hpp>

namespace auspex {
namespace detail {

inline const auspex_host* host = nullptr;

template <class T>
const T* service(const char* id) {
  return host == nullptr ? nullptr : static_cast<const T*>(host->get_interface(host, id));
}

}  // namespace detail

/// Wall-clock arithmetic in the workspace's time zone. Throws where the host offers none.
inline const auspex_calendar& calendar() {
  if (const auto* found = detail::service<auspex_calendar>(AUSPEX_CALENDAR)) return *found;
  throw std::runtime_error("the host offers no " AUSPEX_CALENDAR);
}

/// To the host's log; lost where the host keeps none.
inline void log(std::int32_t level, std::string_view text) {
  if (const auto* found = detail::service<auspex_log>(AUSPEX_LOG)) found->write(level, str(text));
}

/// How much of a long call is done, from 0 to 1.
inline void report_progress(double done) {
  if (const auto* found = detail::service<auspex_progress>(AUSPEX_PROGRESS)) found->report(done);
}

/// Ends a long call that the host asked to stop, by an exception that the SDK turns into AUSPEX_CANCELLED.
inline void check_cancelled() {
  const auto* found = detail::service<auspex_progress>(AUSPEX_PROGRESS);
  if (found != nullptr && found->cancelled() != 0) throw cancelled();
}

}  // namespace auspex
