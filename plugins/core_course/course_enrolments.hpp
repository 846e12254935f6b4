// What Moodle's targets about the students of a course have in common: which courses and enrolments are valid.
//
// Reason here                     Moodle's string id
//   course_not_yet_started          coursenotyetstarted
//   hidden_from_students            hiddenfromstudents
//   no_course_students              nocoursestudents
//   no_course_sections              nocoursesections
//   no_course_end_time              nocourseendtime
//   end_before_start                errorendbeforestart
//   course_too_long                 coursetoolong
//   course_already_finished         coursealreadyfinished
//   course_not_yet_finished         coursenotyetfinished
//   no_course_activity              nocourseactivity (course_dropout only)
#pragma once

#include <auspex/sdk.hpp>

namespace auspex::core_course {

/// Base of targets on core/student_enrolments (Moodle's course_enrolments). Only time splitters before now.
class course_enrolments : public binary_target {
 public:
  static constexpr std::string_view analyser = "core/student_enrolments";
  static constexpr entities needs = user | course | enrolment;
  static constexpr std::int32_t accepts_direction = AUSPEX_SPLITS_BEFORE_NOW;
  static constexpr std::array<std::string_view, 5> sample_reasons{"enrolment_ended_before_course", "enrolment_too_old",
                                                                  "enrolment_after_course_end", "enrolment_not_yet_started",
                                                                  "enrolment_ended"};
  /// A year and four weeks: the longest course, and the longest time an enrolment may precede its course.
  static constexpr time longest_course = 365 * day + 4 * week;

  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    const time now = f.end();
    const auto start = f.analysable_start(), end = f.analysable_end();
    const bool predicting = !f.for_training();
    const auto course_row = f.all(course_);

    if (!start || *start > now) return reason{"course_not_yet_started", {}};
    if (predicting && !course_row.empty() && !course_row.is(0, 0, true)) return reason{"hidden_from_students", {}};
    if (f.all(students_).empty()) return reason{"no_course_students", {}};
    if (!course_row.empty() && !course_row.is(1, 0, true)) return reason{"no_course_sections", {}};
    if (!end) return reason{"no_course_end_time", {}};
    if (*end < *start) return reason{"end_before_start", {}};
    if (*end - *start > longest_course) return reason{"course_too_long", {}};
    const bool finished = now >= *end;
    if (predicting && finished) return reason{"course_already_finished", {}};
    if (!predicting && !finished) return reason{"course_not_yet_finished", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::size_t> check(const sample& s) const {
    enum { ended_before_course, too_old, after_course_end, not_yet_started, ended };
    const auto r = s.rows(enrolment_);
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (s.enrolment_id() && r.integer(0, i) != s.enrolment_id()) continue;
      const auto starts = r.integer(1, i), ends = r.integer(2, i);
      const auto begins = starts ? starts : r.integer(3, i);
      const auto course_start = s.analysable_start(), course_end = s.analysable_end();
      const time now = s.end();
      if (ends && course_start && *course_start > *ends) return ended_before_course;
      if (begins && course_start && *begins < *course_start - longest_course) return too_old;
      if (begins && course_end && *begins > *course_end) return after_course_end;
      if (starts && *starts > now) return not_yet_started;
      if (!s.for_training() && ends && *ends < now) return ended;
    }
    return std::nullopt;
  }

 protected:
  /// user_id of those who hold a role of the archetype student, one row each.
  [[nodiscard]] rows students(const frame& f) const { return f.all(students_); }

 private:
  read_handle course_ = reads_analysable(
      table("courses").columns({"visible", "uses_sections"}).of_analysable().in_history());
  read_handle students_ = reads_analysable(
      table("roles").columns({"user_id"}).where("archetype", {"student"}).of_analysable().in_history());
  read_handle enrolment_ = reads_samples(
      table("enrolments").columns({"enrolment_id", "start", "end", "created_at"}).of_sample().in_history());
};

}  // namespace auspex::core_course
