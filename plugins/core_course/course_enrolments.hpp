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
//   completion_not_enabled          completionnotenabledforcourse (course_completion only)
//   no_competencies_in_course       nocompetenciesincourse (course_competencies only)
//   grade_to_pass_not_set           gradetopassnotset (course_gradetopass only)
#pragma once

#include "enrolment_period.hpp"

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
    const auto start = f.analysable_start(), end = f.analysable_end();
    const auto course_row = f.all(course_);

    if (!start || *start > f.end()) return reason{"course_not_yet_started", {}};
    if (hidden(f)) return reason{"hidden_from_students", {}};
    if (f.all(students_).empty()) return reason{"no_course_students", {}};
    if (!course_row.empty() && !course_row.is(1, 0, true)) return reason{"no_course_sections", {}};
    if (!end) return reason{"no_course_end_time", {}};
    if (*end < *start) return reason{"end_before_start", {}};
    if (*end - *start > longest_course) return reason{"course_too_long", {}};
    if (finished(f)) return reason{"course_already_finished", {}};
    if (f.for_training() && f.end() < *end) return reason{"course_not_yet_finished", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<std::size_t> check(const sample& s) const {
    enum { ended_before_course, too_old, after_course_end, not_yet_started, ended };
    const auto enrolled = period_of(s, s.rows(enrolment_));
    if (!enrolled) return std::nullopt;
    const auto begins = enrolled->begins(), ends = enrolled->end;
    const auto course_start = s.analysable_start(), course_end = s.analysable_end();
    const time now = s.end();
    if (ends && course_start && *course_start > *ends) return ended_before_course;
    if (begins && course_start && *begins < *course_start - longest_course) return too_old;
    if (begins && course_end && *begins > *course_end) return after_course_end;
    if (enrolled->start && *enrolled->start > now) return not_yet_started;
    if (!s.for_training() && ends && *ends < now) return ended;
    return std::nullopt;
  }

 protected:
  /// user_id of those who hold a role of the archetype student, one row each.
  [[nodiscard]] rows students(const frame& f) const { return f.all(students_); }

  /// Nobody can be told about a course that its students do not see, or that is over: only for predictions.
  [[nodiscard]] bool hidden(const frame& f) const {
    const auto course_row = f.all(course_);
    return !f.for_training() && !course_row.empty() && !course_row.is(0, 0, true);
  }
  [[nodiscard]] static bool finished(const frame& f) {
    return !f.for_training() && f.analysable_end() && *f.analysable_end() <= f.end();
  }

  /// For label(): whether the enrolment covers enough of the range. Where there is no range, as in training, it does.
  [[nodiscard]] bool active(const sample& s) const {
    if (s.start() == no_time) return true;
    const auto enrolled = period_of(s, s.rows(labelled_enrolment_));
    return !enrolled || active_during(*enrolled, s.start(), s.end());
  }

 private:
  read_handle course_ = reads_analysable(
      table("courses").columns({"visible", "uses_sections"}).of_analysable().in_history());
  read_handle students_ = reads_analysable(
      table("roles").columns({"user_id"}).where("archetype", {"student"}).of_analysable().in_history());
  read_handle enrolment_ = reads_samples(table("enrolments").columns(enrolment_times()).of_sample().in_history());
  read_handle labelled_enrolment_ = reads_labels(table("enrolments").columns(enrolment_times()).of_sample().in_history());
};

}  // namespace auspex::core_course
