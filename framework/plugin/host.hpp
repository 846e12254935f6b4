// What the host offers to plugins: log, progress and cancelling, calendar. One set a process.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <auspex/abi.h>

namespace auspex::plugin {

/// The table handed to a plugin's init; valid until the process ends.
[[nodiscard]] const auspex_host* host_services();

/// Whether auspex_host gives this interface; kinds of components ("auspex.indicator/1") count as given.
[[nodiscard]] bool host_offers(std::string_view interface_id);

/// The zone of auspex.calendar/1 from now on; UTC before the first call. Throws Error(configuration) for an unknown name.
void set_timezone(const std::string& zone);

/// Receives 0 to 1, from any thread; an empty function takes no reports. What it throws is lost.
void set_progress(std::function<void(double done)> report);

/// What auspex.progress/1 answers to "cancelled?". Safe in a signal handler.
void set_cancelled(bool cancelled) noexcept;
[[nodiscard]] bool cancelled() noexcept;

/// The zone that was set last; "" = none.
[[nodiscard]] std::string timezone_name();

/// What auspex.log/1 and auspex.progress/1 do with what a plugin says; for those who hear it from a worker process.
void write_log(std::int32_t level, std::string_view text);
void report_progress(double done);

/// What a worker process does instead of the host: both are called from any thread.
struct Relay {
  std::function<void(std::int32_t level, std::string_view text)> log;
  std::function<void(double done)> progress;
  const std::atomic<std::int32_t>* cancelled = nullptr;
};
void relay_services(Relay relay);

}  // namespace auspex::plugin
