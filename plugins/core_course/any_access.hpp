// Whether a course has contents, and whether those who should be in it were.
#pragma once

#include <algorithm>

#include <auspex/sdk.hpp>

namespace auspex::core_course {

struct any_activity : binary_indicator {
  static constexpr std::string_view id = "core_course/any_activity";
  static constexpr std::string_view name = "Has activities";
  static constexpr std::string_view description = "1 where the course has an activity that is not hidden, else -1.";
  static constexpr entities needs = course;

  const read_handle activities =
      reads(table("activities").columns({"activity_id"}).where("visible", {"true"}).of_sample().until_end());

  [[nodiscard]] bool calculate(const sample& s) const { return !s.rows(activities).empty(); }
};

/// 1 where anybody with one of the roles did anything in the course or its activities within the range, else -1.
struct any_access : binary_indicator {
  static constexpr std::string_view id = "core_course/any_access";
  static constexpr std::string_view name = "Any access";
  static constexpr std::string_view description =
      "1 where somebody with one of the given roles did anything in the course in the range, else -1.";
  static constexpr entities needs = course;
  static constexpr std::array parameters{
      list_of(text_parameter("roles", "archetypes of roles: student, teacher, editingteacher", "[\"student\"]"))};

  explicit any_access(const arguments& a)
      : holders_(reads(table("roles").columns({"user_id"}).where("archetype", a.texts("roles")).of_sample().until_end())) {}

  [[nodiscard]] bool calculate(const sample& s) const {
    const auto people = s.rows(holders_).integers(0);  // ascending, as roles are
    const auto r = s.rows(events_);
    const auto users = r.integers(0);
    for (std::size_t i = 0; i < r.size(); ++i) {
      if (!r.missing(0, i) && std::ranges::binary_search(people, users[i])) return true;
    }
    return false;
  }

 private:
  read_handle holders_;
  const read_handle events_ = reads(table("events").columns({"user_id"}).of_sample().in_range());
};

}  // namespace auspex::core_course
