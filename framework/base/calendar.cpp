#include "base/calendar.hpp"

#include <charconv>
#include <sstream>
#include <vector>

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include "base/error.hpp"
#include "base/names.hpp"

namespace auspex {
namespace {

using Seconds = std::chrono::seconds;
using SysTime = date::sys_time<Seconds>;
using LocalTime = date::local_time<Seconds>;

const date::time_zone& zone_of(const void* zone) { return *static_cast<const date::time_zone*>(zone); }

// A wall clock inside a gap moves forward by the gap; of a doubled one, `standard` prefers the second.
Time to_epoch(const date::time_zone& zone, LocalTime local, bool standard) {
  const auto info = zone.get_info(local);
  const bool second = info.result == date::local_info::ambiguous && (info.second.save.count() == 0) == standard;
  return (local.time_since_epoch() - (second ? info.second : info.first).offset).count();
}

}  // namespace

TimeZone TimeZone::named(std::string_view name) {
  TimeZone result;
  result.name_ = name;
  try {
    result.zone_ = date::locate_zone(std::string(name));
  } catch (const std::runtime_error&) {
    std::vector<std::string> names;
    for (const auto& zone : date::get_tzdb().zones) names.push_back(zone.name());
    throw Error(Fault::configuration, fmt::format("unknown time zone '{}'", name),
                did_you_mean(name, names, "use a name of the IANA database, such as Europe/London"));
  }
  return result;
}

TimeZone TimeZone::utc() { return named("UTC"); }

Time TimeZone::add(Time time, int months, int days) const {
  const auto& zone = zone_of(zone_);
  const auto info = zone.get_info(SysTime{Seconds{time}});
  const LocalTime local{Seconds{time} + info.offset};
  const auto day = date::floor<date::days>(local);
  const date::year_month_day ymd{day};
  const auto month = date::year_month{ymd.year(), ymd.month()} + date::months{months};
  // Day 1 plus the rest, so that 31 February becomes 3 March.
  const auto target = date::local_days{month / 1} + date::days{int(unsigned(ymd.day())) - 1 + days};
  return to_epoch(zone, LocalTime{target} + (local - day), info.save.count() == 0);
}

Time TimeZone::wall_clock(Time time) const {
  return zone_of(zone_).to_local(SysTime{Seconds{time}}).time_since_epoch().count();
}

Time TimeZone::day_start(Time time) const {
  const auto& zone = zone_of(zone_);
  return to_epoch(zone, LocalTime{date::floor<date::days>(zone.to_local(SysTime{Seconds{time}}))}, false);
}

Time parse_time(std::string_view text) {
  Time seconds = 0;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
      error == std::errc{} && end == text.data() + text.size() && !text.empty()) {
    return seconds;
  }
  for (const char* format : {"%FT%TZ", "%FT%T%Ez", "%FT%RZ", "%FT%R%Ez", "%F"}) {
    std::istringstream in{std::string(text)};
    SysTime time;
    in >> date::parse(format, time);
    if (!in.fail() && in.peek() == std::istringstream::traits_type::eof()) return time.time_since_epoch().count();
  }
  throw Error(Fault::usage, fmt::format("'{}' is not a time", text),
              "give epoch seconds, or ISO 8601 with an offset such as 2026-11-22T01:30:00Z");
}

std::string time_text(Time time) {
  if (time == no_time) return "none";
  return date::format("%FT%TZ", SysTime{Seconds{time}});
}

}  // namespace auspex
