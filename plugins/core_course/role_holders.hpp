// Whether a course has teachers and students. Moodle's names say the opposite of what the values mean.
#pragma once

#include <string>
#include <vector>

#include <auspex/sdk.hpp>

namespace auspex::core_course {

/// 1 where somebody holds a role of one of the archetypes in the course or above it. Moodle sees roles assigned in the
/// course itself only, although it means to count a category's teachers as teachers of its courses.
class role_holders : public binary_indicator {
 public:
  static constexpr entities needs = course;

  [[nodiscard]] bool calculate(const sample& s) const { return !s.rows(holders_).empty(); }

 protected:
  role_holders(const arguments& a, std::vector<std::string> archetypes)
      : holders_(reads(assigned(std::move(archetypes), a.moodle()))) {}

 private:
  static table assigned(std::vector<std::string> archetypes, bool in_course_itself) {
    auto read = table("roles").columns({"user_id"}).where("archetype", std::move(archetypes)).of_sample().until_end();
    return in_course_itself ? std::move(read).where("direct", {"true"}) : std::move(read);
  }

  read_handle holders_;
};

struct no_teacher : role_holders {
  static constexpr std::string_view id = "core_course/no_teacher";
  static constexpr std::string_view name = "Has teachers";
  static constexpr std::string_view description =
      "-1 where nobody is a teacher of the course, else 1; one of its category counts. Under compatibility only who is a "
      "teacher in the course itself counts.";
  explicit no_teacher(const arguments& a) : role_holders(a, {"editingteacher", "teacher"}) {}
};

struct no_student : role_holders {
  static constexpr std::string_view id = "core_course/no_student";
  static constexpr std::string_view name = "Has students";
  static constexpr std::string_view description =
      "-1 where nobody is a student of the course, else 1; one of its category counts. Under compatibility only who is a "
      "student in the course itself counts.";
  explicit no_student(const arguments& a) : role_holders(a, {"student"}) {}
};

}  // namespace auspex::core_course
