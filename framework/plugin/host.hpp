// What the host offers to plugins: log, progress and cancelling, calendar. One set a process.
#pragma once

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

}  // namespace auspex::plugin
