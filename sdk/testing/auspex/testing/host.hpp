// The services of the fake host: a log that is kept, progress, a calendar in UTC.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <auspex/frame.hpp>

namespace auspex::testing {

/// What plugins said to the fake host, and what it tells them. One for the whole process, as plugins know one host only.
class host {
 public:
  static host& get() {
    static host the_host;
    return the_host;
  }

  /// What init() of a plugin is given.
  [[nodiscard]] const auspex_host* services() const { return other_ != nullptr ? other_ : &services_; }

  /// From now on components get another host's services, such as a calendar with a time zone; nullptr: these again.
  void serve(const auspex_host* other) { other_ = other; }

  /// Level (AUSPEX_LOG_*) and text, in order.
  [[nodiscard]] std::vector<std::pair<std::int32_t, std::string>> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  /// The last progress that was reported, 0 to 1.
  [[nodiscard]] double progress() const {
    const std::lock_guard lock(mutex_);
    return progress_;
  }
  /// From now on long calls are asked to stop.
  void cancel(bool cancelled = true) {
    const std::lock_guard lock(mutex_);
    cancelled_ = cancelled;
  }
  /// Forgets the log and the progress; nothing is cancelled.
  void reset() {
    const std::lock_guard lock(mutex_);
    log_.clear();
    progress_ = 0;
    cancelled_ = false;
  }

 private:
  host() = default;

  static void write(std::int32_t level, auspex_str text) {
    const std::lock_guard lock(get().mutex_);
    get().log_.emplace_back(level, view(text));
  }
  static void report(double done) {
    const std::lock_guard lock(get().mutex_);
    get().progress_ = done;
  }
  static std::int32_t cancelled() {
    const std::lock_guard lock(get().mutex_);
    return get().cancelled_ ? 1 : 0;
  }

  static std::int64_t add(std::int64_t t, std::int32_t months, std::int32_t days) {
    using namespace std::chrono;
    if (t == no_time) return t;
    const sys_seconds at{seconds{t}};
    const auto date = floor<std::chrono::days>(at);
    const year_month_day ymd{date};
    const auto month = ymd.year() / ymd.month() + std::chrono::months{months};
    // A day past the month's end rolls over, as in the host.
    const auto moved = sys_days{month / 1} + (ymd.day() - std::chrono::day{1}) + std::chrono::days{days};
    return (sys_seconds{moved} + (at - date)).time_since_epoch().count();
  }
  static std::int64_t day_start(std::int64_t t) {
    using namespace std::chrono;
    if (t == no_time) return t;
    return sys_seconds{floor<days>(sys_seconds{seconds{t}})}.time_since_epoch().count();
  }

  static const void* find(const auspex_host*, const char* id) {
    static constexpr auspex_log log{sizeof(auspex_log), &write};
    static constexpr auspex_progress progress{sizeof(auspex_progress), &report, &cancelled};
    static constexpr auspex_calendar calendar{sizeof(auspex_calendar), &add, &day_start};
    const std::string_view asked = id == nullptr ? "" : id;
    if (asked == AUSPEX_LOG) return &log;
    if (asked == AUSPEX_PROGRESS) return &progress;
    if (asked == AUSPEX_CALENDAR) return &calendar;
    return nullptr;
  }

  auspex_host services_{sizeof(auspex_host), &find};
  const auspex_host* other_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<std::pair<std::int32_t, std::string>> log_;
  double progress_ = 0;
  bool cancelled_ = false;
};

}  // namespace auspex::testing
