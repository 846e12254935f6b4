// Students at risk of not passing a course.
#pragma once

#include "course_enrolments.hpp"

namespace auspex::core_course {

/// 1 (at risk): the student's course total is below the grade to pass, or there is none. Only courses with a grade to pass.
struct course_gradetopass : course_enrolments {
  static constexpr std::string_view id = "core_course/course_gradetopass";
  static constexpr std::string_view name = "Students at risk of not reaching the grade to pass";
  static constexpr std::string_view description = "Whether a student's course total stays below the course's grade to pass.";
  static constexpr std::array<std::string_view, 2> class_names{"passed", "not passed"};

  const read_handle checked_courses = reads_analysable(table("courses").columns({"pass_mark"}).of_analysable().in_history());
  const read_handle courses = reads_labels(table("courses").columns({"pass_mark"}).of_analysable().in_history());
  const read_handle totals = reads_labels(
      table("grades").columns({"grade"}).where("kind", {"course"}).of_sample().in_history());

  using course_enrolments::check;
  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    if (auto why = course_enrolments::check(f)) return why;
    if (!pass_mark(f.all(checked_courses))) return reason{"grade_to_pass_not_set", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    if (!active(s)) return std::nullopt;
    const auto required = pass_mark(s.rows(courses));
    if (!required) return std::nullopt;
    const auto r = s.rows(totals);
    const auto total = r.empty() ? std::nullopt : r.real(0, r.size() - 1);
    return total && *total >= *required ? 0 : 1;
  }

 private:
  [[nodiscard]] static std::optional<double> pass_mark(const rows& course) {
    return course.empty() ? std::nullopt : course.real(0, 0);
  }
};

}  // namespace auspex::core_course
