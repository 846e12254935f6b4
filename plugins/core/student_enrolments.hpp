// Courses, and in each the enrolments of its students.
#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::core {

/// Every student once, by the lowest enrolment id, whatever its dates and status.
struct student_enrolments : analyser {
  static constexpr std::string_view id = "core/student_enrolments";
  static constexpr std::string_view name = "Students of courses";
  static constexpr std::string_view description =
      "Analyses courses; a sample is the enrolment of a student, each student once (the lowest enrolment id), "
      "suspended ones too.";
  static constexpr std::int32_t analysable_unit = AUSPEX_UNIT_COURSE, sample_entity = AUSPEX_ENTITY_ENROLMENT;
  static constexpr entities provides = user | course | enrolment;

  const read_handle courses = reads_listing(
      table("courses").columns({"course_id", "start", "end", "sort_order"}).of_analysable().in_history());
  const read_handle enrolments = reads_samples(table("enrolments")
                                                   .columns({"enrolment_id", "user_id", "course_id"})
                                                   .where("role", {"student"})
                                                   .of_analysable()
                                                   .in_history());

  void analysables(const frame& f, auto add) const {
    const auto r = f.all(courses);
    for (std::size_t i = 0; i < r.size(); ++i) {
      add(analysable{r.integers(0)[i], r.integer(1, i), r.integer(2, i), r.integer(3, i).value_or(0)});
    }
  }

  void samples(const frame& f, auto add) {
    struct student {
      std::int64_t user, enrolment, course;
    };
    const auto r = f.all(enrolments);
    std::vector<student> students;
    students.reserve(r.size());
    for (std::size_t i = 0; i < r.size(); ++i) students.push_back({r.integers(1)[i], r.integers(0)[i], r.integers(2)[i]});

    const auto by_user = [](const student& s) { return std::tie(s.user, s.enrolment); };
    std::ranges::sort(students, {}, by_user);
    const auto rest = std::ranges::unique(students, {}, &student::user);
    students.erase(rest.begin(), rest.end());
    std::ranges::sort(students, {}, &student::enrolment);
    for (const auto& s : students) add({s.user, s.course, s.enrolment});
  }
};

}  // namespace auspex::core
