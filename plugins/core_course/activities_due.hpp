// What the calendar tells a user to do.
#pragma once

#include <auspex/availability.hpp>
#include <auspex/sdk.hpp>

namespace auspex::core_course {

/// Whether the calendar lists something that the user has to do and that is due in the range, at the moment of the call: the
/// enrolment counts, the activity is neither closed nor restricted, the user has not done it. What is not open yet is listed.
///
/// Moodle's defects, under compatibility only:
///  - the moment at which an enrolment counts is rounded to 100 s
///  - what is due at the very start of the range counts too
///  - a completed database counts; an answer does not count as long as its choice or feedback is not open
///  - "should be completed" is dropped where the administrator who runs the analysis completed the activity
///  - the first entry decides alone, and says nothing is due where it is of a BigBlueButton room
struct activities_due : binary_indicator {
  static constexpr std::string_view id = "core_course/activities_due";
  static constexpr std::string_view name = "Activities due";
  static constexpr std::string_view description =
      "1 where the calendar lists an activity that the user has to do and that is due in the range, else -1.";
  static constexpr entities needs = user;

  explicit activities_due(const arguments& a)
      : moodle_(a.moodle()),
        entries_(reads(windowed(table("calendar")
                                    .columns({"due", "activity_id", "module", "kind", "active_from", "active_until", "opens",
                                              "closes", "availability", "section_availability", "completed_at", "done_at",
                                              "administrator_completed_at"})
                                    .of_sample(),
                                a.moodle()))),
        met_(reads(table("restrictions").columns({"activity_id", "of_section", "condition"}).of_sample().until_end())) {}

  [[nodiscard]] bool calculate(const sample& s) const {
    const auto r = s.rows(entries_);
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (moodle_ && r.times(due)[i] < s.start()) continue;
      if (!listed(r, i, s.rows(met_), s.known_by())) continue;
      return !moodle_ || r.text(module, i) != room;
    }
    return false;
  }

 private:
  enum column : std::size_t { due, activity, module, kind, active_from, active_until, opens, closes, restrictions, section_restrictions,
                              completed, done, administrator_completed };
  static constexpr std::string_view room = "bigbluebuttonbn";

  // A range leaves out its start, which Moodle's calendar does not.
  static table&& windowed(table&& read, bool with_start) {
    return with_start ? std::move(read).until_end() : std::move(read).in_range();
  }

  [[nodiscard]] bool listed(const rows& r, std::size_t i, const rows& met, time now) const {
    if (!active(r, i, now) || closed(r, i, now)) return false;
    const auto by_now = [&](column c) {
      const auto t = r.integer(c, i);
      return t && *t <= now;
    };
    const auto of = [&](std::string_view name) { return r.text(module, i) == name; };
    if (by_now(completed) && !(moodle_ && of("data"))) return false;
    const bool not_open = !r.missing(opens, i) && !by_now(opens);
    if (by_now(done) && !(moodle_ && not_open && (of("choice") || of("feedback")))) return false;
    if (moodle_ && by_now(administrator_completed) && r.text(kind, i) == "expectcompletionon") return false;
    if (moodle_ && of(room) && r.integer(opens, i) >= now) return false;
    const auto id = r.integers(activity)[i];
    return lets_in(r.text(restrictions, i), id, false, met, now) && lets_in(r.text(section_restrictions, i), id, true, met, now);
  }

  [[nodiscard]] bool active(const rows& r, std::size_t i, time now) const {
    const auto from = r.integer(active_from, i), until = r.integer(active_until, i);
    if (!moodle_) return (!from || *from <= now) && (!until || *until > now);
    const time rounded = (now + 50) / 100 * 100;
    return (!from || *from < rounded) && (!until || *until > rounded);
  }

  [[nodiscard]] static bool closed(const rows& r, std::size_t i, time now) {
    const auto last = r.integer(closes, i);
    return last && *last < now;
  }

  // What no table tells (a field of the profile, "the activity before") keeps nobody out.
  [[nodiscard]] static bool lets_in(std::string_view json, std::int64_t activity, bool of_section, const rows& met, time now) {
    if (json.empty()) return true;
    const availability restrictions(json);
    return restrictions.lets_in([&](std::size_t number) -> std::optional<bool> {
      const auto& condition = restrictions.conditions[number];
      if (const auto& date = condition.date) return date->from ? now >= date->at : now < date->at;
      const bool completion = condition.type == "completion";
      const bool recorded = completion ? condition.activity.value_or(0) > 0
                                       : condition.type == "grade" || condition.type == "group" ||
                                             (condition.type == "grouping" && condition.id);
      if (!recorded) return std::nullopt;
      bool found = false;
      for (std::size_t i = 0; i < met.size() && !found; ++i) {
        found = met.integers(0)[i] == activity && met.is(1, i) == of_section && met.integers(2)[i] == std::int64_t(number);
      }
      return found != (completion && condition.state == 0);
    });
  }

  bool moodle_;
  read_handle entries_, met_;
};

}  // namespace auspex::core_course
