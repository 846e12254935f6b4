// The activities of one kind in a course, and in which ranges of time they are due.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include <auspex/availability.hpp>
#include <auspex/sdk.hpp>

namespace auspex {

/// When an activity is due (Moodle's activity_completed_by), decided by the first of these that says something. A moment is in a range where start < moment <= end.
///   1. its close date: due at it
///   2. the date conditions of its availability and of its section's: due when the last time to be let in ends; not due while
///      it has not begun
///   3. weekly format: due at the end of the section's week, 7 calendar days each
///   4. section 0: never; a course without start or end: never; a format without sections: always
///   5. else due at the end of its section's share of the course: start + round((end - start) / sections) * section
/// Moodle looks at date conditions one by one, whatever their operator, the activity's before the section's, and the first
/// that decides wins; counts section 0 as week 1; and has weeks end two hours early. Under compatibility that is reproduced.
class due_moment {
 public:
  /// What decides in a course, from courses: start, end, format, uses_sections, section_count.
  struct course {
    std::optional<time> start, end;
    bool weekly = false, has_sections = true;
    std::int64_t sections = 0;
  };
  /// ... and of an activity, from activities: close, section, availability, section_availability.
  struct settings {
    std::optional<time> close;
    std::int64_t section = 0;
    std::string_view availability, section_availability;
  };

  due_moment(const settings& of, const course& in, bool moodle) {
    if (of.close) {
      at(*of.close);
      return;
    }
    by_section(of.section, in, moodle);
    for (const auto text : {of.availability, of.section_availability}) {
      if (!text.empty()) by_availability(availability(text), moodle);
    }
    if (!open_) return;
    if (open_->empty()) when_ = never;
    else if (open_->back().until < ever) at(open_->back().until);
    else opens_ = open_->front().from;
  }

  [[nodiscard]] bool in(time start, time end) const {
    for (const auto& date : dates_) {
      if (date.from ? date.at > end : date.at < start || date.at > end) return false;
      if (!date.from && start < date.at && date.at < end) return true;
    }
    if (opens_ > end) return false;
    return when_ == always || (when_ == once && start < moment_ && moment_ <= end);
  }

 private:
  void at(time moment) {
    when_ = once;
    moment_ = moment;
  }

  void by_availability(availability&& said, bool moodle) {
    if (moodle) dates_.insert(dates_.end(), said.dates.begin(), said.dates.end());
    else if (said.open) open_ = open_ ? intersection(*open_, *said.open) : std::move(*said.open);
  }

  void by_section(std::int64_t section, const course& in, bool moodle) {
    if (in.weekly && in.start && (section > 0 || moodle)) {
      const auto days = std::int32_t(7 * std::clamp<std::int64_t>(section, 1, 10'000));
      return at(calendar().add(*in.start, 0, days) - (moodle ? 7200 : 0));
    }
    if (in.weekly || section == 0 || !in.start || !in.end) return;
    if (!in.has_sections) {
      when_ = always;
    } else if (in.sections > 0) {
      at(*in.start + time(std::round(double(*in.end - *in.start) / double(in.sections))) * section);
    }
  }

  enum { never, always, once } when_ = never;
  time moment_ = no_time;
  time opens_ = no_time;
  std::vector<date_condition> dates_;  // Moodle's way
  std::optional<intervals> open_;
};

/// Who may see the results of a choice or feedback.
enum class results { none, after_answer, after_close, always };

struct activity_settings {
  std::int64_t id = 0;
  std::optional<time> close;
  std::int64_t grade_items = 0;  ///< how many grades a student can have in it
  results shown = results::none;
  due_moment due;
};

/// The activities of one module in a course, by ascending id, without those that students cannot see. (Moodle means to
/// leave them out, and does not: under compatibility they count.)
class due_activities {
 public:
  /// The reads that it is made from, to be declared by the component.
  static table course_read() {
    return table("courses").columns({"start", "end", "format", "uses_sections", "section_count"}).of_analysable().until_end();
  }
  static table activities_read(std::string_view module) {
    return table("activities")
        .columns({"activity_id", "close", "section", "visible", "section_visible", "availability", "section_availability",
                  "grade_items", "results_shown"})
        .where("module", {std::string(module)})
        .of_analysable()
        .until_end();
  }

  due_activities() = default;
  due_activities(const rows& course, const rows& activities, bool moodle) {
    enum { activity_id, close, section, visible, section_visible, availability, section_availability, grade_items, shown };
    const auto in = settings_of(course);
    for (std::size_t i = 0; i < activities.size(); ++i) {
      const bool hidden = !activities.is(visible, i, true) || !activities.is(section_visible, i, true);
      if (hidden && !moodle) continue;
      const due_moment::settings of{activities.integer(close, i), activities.integer(section, i).value_or(0),
                                    activities.text(availability, i), activities.text(section_availability, i)};
      all_.push_back({activities.integers(activity_id)[i], of.close, activities.integer(grade_items, i).value_or(0),
                      results_of(activities.text(shown, i)), due_moment(of, in, moodle)});
    }
    std::ranges::sort(all_, {}, &activity_settings::id);
  }

  /// Those due in start < moment <= end.
  [[nodiscard]] std::vector<const activity_settings*> in(time start, time end) const {
    std::vector<const activity_settings*> result;
    for (const auto& one : all_) {
      if (one.due.in(start, end)) result.push_back(&one);
    }
    return result;
  }

 private:
  static due_moment::course settings_of(const rows& r) {
    if (r.empty()) return {};
    return {r.integer(0, 0), r.integer(1, 0), r.text(2, 0) == "weeks", r.is(3, 0, true), r.integer(4, 0).value_or(0)};
  }

  static results results_of(std::string_view text) {
    if (text == "after_answer") return results::after_answer;
    if (text == "after_close") return results::after_close;
    return text == "always" ? results::always : results::none;
  }

  std::vector<activity_settings> all_;
};

}  // namespace auspex
