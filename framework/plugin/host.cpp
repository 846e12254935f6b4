#include "plugin/host.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <spdlog/spdlog.h>

#include "base/calendar.hpp"
#include "plugin/calling.hpp"
#include "plugin/text.hpp"

namespace auspex::plugin {
namespace {

struct HostState {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<TimeZone>> zones;  // those ever set: a plugin's thread may still read one
  std::atomic<const TimeZone*> zone = nullptr;
  std::string zone_name;
  std::optional<Relay> relay;  // set before any plugin is loaded, then only read
  std::atomic<double> last_report = -1;
  std::shared_ptr<const std::function<void(double)>> report;
};

// Never destroyed: plugins may call until the process is gone.
HostState& host_state() {
  static auto& state = *new HostState;
  return state;
}

std::atomic<bool> is_cancelled = false;

// ---- the services; an exception may not cross into the plugin, whatever happens ----------------------------------------

void take_log(int32_t level, auspex_str text) noexcept {
  try {
    if (!refuse_text(text).empty()) return;
    const auto& relay = host_state().relay;
    if (relay) relay->log(level, {text.data, text.size});
    else write_log(level, {text.data, text.size});
  } catch (...) {
  }
}

void take_progress(double done) noexcept {
  try {
    const auto& relay = host_state().relay;
    if (relay) relay->progress(done);
    else report_progress(done);
  } catch (...) {
  }
}

int32_t answer_cancelled() noexcept {
  const auto& relay = host_state().relay;
  return (relay ? relay->cancelled->load() != 0 : cancelled()) ? 1 : 0;
}

const TimeZone& zone_now() {
  if (const auto* zone = host_state().zone.load(std::memory_order_acquire)) return *zone;
  static const auto& utc = *new TimeZone(TimeZone::utc());
  return utc;
}

int64_t calendar_add(int64_t time, int32_t months, int32_t days) noexcept {
  try {
    return time == AUSPEX_NO_TIME ? time : zone_now().add(time, months, days);
  } catch (...) {
    return AUSPEX_NO_TIME;
  }
}

int64_t calendar_day_start(int64_t time) noexcept {
  try {
    return time == AUSPEX_NO_TIME ? time : zone_now().day_start(time);
  } catch (...) {
    return AUSPEX_NO_TIME;
  }
}

constexpr auspex_log log_service = {sizeof(auspex_log), take_log};
constexpr auspex_progress progress_service = {sizeof(auspex_progress), take_progress, answer_cancelled};
constexpr auspex_calendar calendar_service = {sizeof(auspex_calendar), calendar_add, calendar_day_start};

const void* find_service(std::string_view id) noexcept {
  if (id == AUSPEX_LOG) return &log_service;
  if (id == AUSPEX_PROGRESS) return &progress_service;
  if (id == AUSPEX_CALENDAR) return &calendar_service;
  return nullptr;
}

const void* get_interface(const auspex_host*, const char* id) noexcept {
  return id == nullptr ? nullptr : find_service(id);
}

constexpr auspex_host host_table = {sizeof(auspex_host), get_interface};

}  // namespace

const auspex_host* host_services() { return &host_table; }

bool host_offers(std::string_view interface_id) {
  constexpr std::string_view kinds[] = {AUSPEX_ANALYSER, AUSPEX_TIME_SPLITTER, AUSPEX_TARGET, AUSPEX_INDICATOR,
                                        AUSPEX_ML_BACKEND, AUSPEX_CLUSTERER, AUSPEX_OUTLIER_DETECTOR};
  return find_service(interface_id) != nullptr ||
         std::find(std::begin(kinds), std::end(kinds), interface_id) != std::end(kinds);
}

void set_timezone(const std::string& zone) {
  auto found = std::make_unique<TimeZone>(TimeZone::named(zone));
  auto& state = host_state();
  const std::lock_guard lock(state.mutex);
  const auto& kept = state.zones.try_emplace(zone, std::move(found)).first->second;
  state.zone.store(kept.get(), std::memory_order_release);
  state.zone_name = zone;
}

std::string timezone_name() {
  auto& state = host_state();
  const std::lock_guard lock(state.mutex);
  return state.zone_name;
}

void write_log(std::int32_t level, std::string_view text) {
  const auto severity = level == AUSPEX_LOG_DEBUG     ? spdlog::level::debug
                        : level == AUSPEX_LOG_WARNING ? spdlog::level::warn
                        : level == AUSPEX_LOG_ERROR   ? spdlog::level::err
                                                      : spdlog::level::info;
  spdlog::log(severity, "{}", clean_text(text));
}

void report_progress(double done) {
  if (std::isnan(done)) return;
  auto& state = host_state();
  if (state.last_report.exchange(done) != done) sign_of_life();
  std::unique_lock lock(state.mutex);
  const auto report = state.report;
  lock.unlock();
  if (report && *report) (*report)(std::clamp(done, 0.0, 1.0));
}

void relay_services(Relay relay) { host_state().relay = std::move(relay); }

void set_progress(std::function<void(double done)> report) {
  auto shared = std::make_shared<const std::function<void(double)>>(std::move(report));
  auto& state = host_state();
  const std::lock_guard lock(state.mutex);
  state.report = std::move(shared);
}

void set_cancelled(bool cancelled) noexcept { is_cancelled.store(cancelled, std::memory_order_relaxed); }

bool cancelled() noexcept { return is_cancelled.load(std::memory_order_relaxed); }

}  // namespace auspex::plugin
