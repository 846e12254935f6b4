// SPDX-License-Identifier: @LICENCE@
#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include <auspex/sdk.hpp>

namespace @PLUGIN@ {

/// Every student of a course once, by the lowest of their enrolments that are not suspended.
struct @CLASS@ : auspex::analyser {
  static constexpr std::string_view id = "@ID@";
  static constexpr std::string_view name = "@TITLE@";
  static constexpr std::string_view description =
      "Analyses courses; a sample is the enrolment of a student that is not suspended.";
  static constexpr std::int32_t analysable_unit = AUSPEX_UNIT_COURSE, sample_entity = AUSPEX_ENTITY_ENROLMENT;
  static constexpr auspex::entities provides = auspex::user | auspex::course | auspex::enrolment;

  const auspex::read_handle courses = reads_listing(
      auspex::table("courses").columns({"course_id", "start", "end", "sort_order"}).of_analysable().in_history());
  const auspex::read_handle enrolments = reads_samples(auspex::table("enrolments")
                                                           .columns({"user_id", "enrolment_id", "status"})
                                                           .where("role", {"student"})
                                                           .of_analysable()
                                                           .in_history());

  /// Called with batches of the listing's rows.
  void analysables(const auspex::frame& f, auto add) const {
    const auto r = f.all(courses);
    for (std::size_t i = 0; i < r.size(); ++i) {
      add(auspex::analysable{r.integers(0)[i], r.integer(1, i), r.integer(2, i), r.integer(3, i).value_or(0)});
    }
  }

  /// Of one course: the ids of each sample, in the order user, course, enrolment.
  void samples(const auspex::frame& f, auto add) const {
    struct taking_part {
      std::int64_t user, enrolment;
    };
    const auto r = f.all(enrolments);
    std::vector<taking_part> students;
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (r.text(2, i) != "suspended") students.push_back({r.integers(0)[i], r.integers(1)[i]});
    }
    std::ranges::sort(students, {}, [](const taking_part& s) { return std::tie(s.user, s.enrolment); });
    const auto same_user = [](const taking_part& a, const taking_part& b) { return a.user == b.user; };
    students.erase(std::unique(students.begin(), students.end(), same_user), students.end());
    std::ranges::sort(students, {}, &taking_part::enrolment);
    for (const auto& s : students) add({s.user, f.analysable_key(), s.enrolment});
  }
};

}  // namespace @PLUGIN@
