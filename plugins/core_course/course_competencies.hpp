// Students at risk of not reaching the competencies of a course.
#pragma once

#include <set>

#include "course_enrolments.hpp"

namespace auspex::core_course {

/// 1 (at risk): the student is not rated proficient in as many competencies as the course has. The last rating counts.
struct course_competencies : course_enrolments {
  static constexpr std::string_view id = "core_course/course_competencies";
  static constexpr std::string_view name = "Students at risk of not reaching the course's competencies";
  static constexpr std::string_view description = "Whether a student lacks proficiency in a competency of the course.";
  static constexpr std::array<std::string_view, 2> class_names{"all competencies reached", "not all competencies reached"};

  const read_handle checked_courses = reads_analysable(
      table("courses").columns({"competencies"}).of_analysable().in_history());
  const read_handle courses = reads_labels(table("courses").columns({"competencies"}).of_analysable().in_history());
  const read_handle ratings = reads_labels(
      table("competencies").columns({"competency", "proficient"}).of_sample().in_history());

  using course_enrolments::check;
  [[nodiscard]] std::optional<reason> check(const frame& f) const {
    if (auto why = course_enrolments::check(f)) return why;
    if (count(f.all(checked_courses)) == 0) return reason{"no_competencies_in_course", {}};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<double> label(const sample& s) const {
    if (!active(s)) return std::nullopt;
    const auto r = s.rows(ratings);
    const auto competencies = r.codes(0);
    std::set<std::int32_t> rated;
    std::int64_t proficient = 0;
    for (std::size_t i = r.size(); i-- > 0;) {
      if (rated.insert(competencies[i]).second && r.is(1, i)) ++proficient;
    }
    return proficient == count(s.rows(courses)) ? 0 : 1;
  }

 private:
  [[nodiscard]] static std::int64_t count(const rows& course) {
    return course.empty() ? 0 : course.integer(0, 0).value_or(0);
  }
};

}  // namespace auspex::core_course
