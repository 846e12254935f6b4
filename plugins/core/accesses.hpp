// What a student did in a course: Moodle's indicators of the component core.
#pragma once

#include <auspex/sdk.hpp>

namespace auspex::core {

/// Events of the course itself (not of its activities) before or after its dates. Moodle looks at the whole log, whatever
/// the range; only under compatibility is that reproduced.
class course_access : public binary_indicator {
 public:
  static constexpr entities needs = user | course;

 protected:
  course_access(const arguments& a, const char* date)
      : moodle_(a.moodle()),
        events_(reads(
            windowed(table("events").columns({"time"}).where("context_level", {"course"}).of_sample(), a.moodle()))),
        courses_(reads(table("courses").columns({date}).of_sample().until_end())) {}

  [[nodiscard]] std::span<const time> times(const sample& s) const { return s.rows(events_).times(0); }
  [[nodiscard]] std::optional<time> date(const sample& s) const {
    const auto r = s.rows(courses_);
    return r.empty() ? std::nullopt : r.integer(0, 0);
  }
  [[nodiscard]] bool moodle() const { return moodle_; }

 private:
  static table&& windowed(table&& read, bool whole_log) {
    return whole_log ? std::move(read).in_history() : std::move(read).until_end();
  }

  bool moodle_;
  read_handle events_, courses_;
};

struct any_access_before_start : course_access {
  static constexpr std::string_view id = "core/any_access_before_start";
  static constexpr std::string_view name = "Any access before the course starts";
  static constexpr std::string_view description =
      "1 where the student opened the course before its start, else -1; -1 where the course has no start.";
  explicit any_access_before_start(const arguments& a) : course_access(a, "start") {}

  [[nodiscard]] bool calculate(const sample& s) const {
    const auto t = times(s);
    const auto start = date(s);
    return start && !t.empty() && t.front() < *start;
  }
};

struct any_access_after_end : course_access {
  static constexpr std::string_view id = "core/any_access_after_end";
  static constexpr std::string_view name = "Any access after the course ends";
  static constexpr std::string_view description =
      "1 where the student opened the course after its end (and by the end of the range), else -1. A course "
      "without an end: -1; under compatibility any access counts.";
  explicit any_access_after_end(const arguments& a) : course_access(a, "end") {}

  [[nodiscard]] bool calculate(const sample& s) const {
    const auto t = times(s);
    const auto end = date(s);
    if (!end) return moodle() && !t.empty();
    return !t.empty() && t.back() > *end;
  }
};

/// Moodle's times of 0 stand for none.
constexpr std::optional<time> given(time t) { return t == no_time || t == 0 ? std::nullopt : std::optional(t); }

/// From when the source says the student was last in the course, and from the log where that says nothing about the range: a
/// last access after the range's end hides the earlier ones. It is not known by then, so by default the log decides wherever
/// there is no last access; Moodle takes its present value and one that is missing for "never".
struct any_course_access : binary_indicator {
  static constexpr std::string_view id = "core/any_course_access";
  static constexpr std::string_view name = "Any access to the course";
  static constexpr std::string_view description =
      "1 where the student was in the course or its activities in the range, else -1.";
  static constexpr entities needs = user | course;

  explicit any_course_access(const arguments& a) : moodle_(a.moodle()), last_(reads(last_access(a.moodle()))) {}

  [[nodiscard]] bool calculate(const sample& s) const {
    const auto start = given(s.start()), end = given(s.end());
    const auto r = s.rows(last_);
    const auto last = r.empty() ? std::nullopt : r.integer(0, 0);
    const bool logged = !s.rows(events_).empty();
    if (!last) return !moodle_ && logged;
    if (start && *last < *start) return false;
    if (!end || *last < *end) return true;
    return logged || (!moodle_ && *last == *end);
  }

 private:
  static table last_access(bool whole_history) {
    auto read = table("last_access").columns({"accessed_at"}).of_sample();
    return whole_history ? std::move(read).in_history() : std::move(read).until_end();
  }

  bool moodle_;
  read_handle last_;
  const read_handle events_ = reads(table("events").columns({"time"}).of_sample().in_range());
};

struct any_write_action : binary_indicator {
  static constexpr std::string_view id = "core/any_write_action";
  static constexpr std::string_view name = "Any write action";
  static constexpr std::string_view description =
      "1 where something was created or updated in the course itself (not in its activities) in the range, by the student "
      "where samples have one, else -1.";
  static constexpr entities needs = course, uses = user;

  const read_handle writes = reads(table("events")
                                       .columns({"time"})
                                       .where("context_level", {"course"})
                                       .where("crud", {"c", "u"})
                                       .of_sample()
                                       .in_range());

  [[nodiscard]] bool calculate(const sample& s) const { return !s.rows(writes).empty(); }
};

struct any_write_action_in_course : binary_indicator {
  static constexpr std::string_view id = "core/any_write_action_in_course";
  static constexpr std::string_view name = "Any write action in the course";
  static constexpr std::string_view description =
      "1 where something was created or updated in the course or its activities in the range, by the student where "
      "samples have one, else -1. Anonymous actions do not count.";
  static constexpr entities needs = course, uses = user;

  const read_handle writes = reads(table("events")
                                       .columns({"time"})
                                       .where("anonymous", {"false"})
                                       .where("crud", {"c", "u"})
                                       .of_sample()
                                       .in_range());

  [[nodiscard]] bool calculate(const sample& s) const { return !s.rows(writes).empty(); }
};

/// With n actions in w weeks: n = 0, n <= 3w, n <= 30w, n > 30w -> -1, -0.33, 0.33, 1.
struct read_actions : linear_indicator {
  static constexpr std::string_view id = "core/read_actions";
  static constexpr std::string_view name = "Read actions";
  static constexpr std::string_view description =
      "How often the course itself (not its activities) was read in the range: never -1, up to 3 times a week "
      "-0.33, up to 30 times 0.33, more 1; none where the range has no start, no end or no length.";
  static constexpr entities needs = course, uses = user;

  const read_handle views = reads(table("events")
                                      .columns({"count"})
                                      .where("context_level", {"course"})
                                      .where("crud", {"r"})
                                      .of_sample()
                                      .in_range());

  [[nodiscard]] std::optional<double> calculate(const sample& s) const {
    if (!given(s.start()) || !given(s.end()) || s.end() <= s.start()) return std::nullopt;
    const auto r = s.rows(views);
    double n = 0;
    for (std::size_t i = 0; i < r.size(); ++i) n += double(r.integer(0, i).value_or(1));
    const double weeks = weeks_between(s.start(), s.end());
    return classify(n, {{comparison::equal, 0},
                        {comparison::at_most, 3 * weeks},
                        {comparison::at_most, 30 * weeks},
                        {comparison::more, 30 * weeks}});
  }
};

}  // namespace auspex::core
