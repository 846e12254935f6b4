// A campus in memory: rows of tables, and shorthands for students and what they do.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <auspex/frame.hpp>

namespace auspex::testing {

/// A value of a row; {} is missing.
class value {
 public:
  value() = default;
  template <std::integral T>
  value(T v) : held_(std::int64_t(v)) {}
  value(bool v) : held_(v) {}
  template <std::floating_point T>
  value(T v) : held_(double(v)) {}
  value(const char* v) : held_(std::string(v)) {}
  value(std::string v) : held_(std::move(v)) {}

  [[nodiscard]] bool missing() const { return held_.index() == 0; }
  /// Throws std::bad_variant_access where it is something else.
  [[nodiscard]] std::int64_t integer() const { return std::get<std::int64_t>(held_); }

  template <class T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&held_);
  }

  /// When it became known; nothing: with its row.
  std::optional<time> known_at = {};

 private:
  std::variant<std::monostate, std::int64_t, double, bool, std::string> held_;
};

/// A value that was written later than its row, such as the end of an enrolment: missing before.
inline value late(value v, time known_at) {
  v.known_at = known_at;
  return v;
}

/// A row by column. The column known_at says when the row became known; without it that is the time of the tables that have
/// one (not of the calendar: what is due is known before), and rows of the others are always known. A value that a row lacks
/// is missing, and a row without the id of a course or a user belongs to none.
using row = std::map<std::string, value>;

/// What a sample is about, as dense ids. A frame has a column for each entity that one of its samples has.
struct sample {
  std::optional<std::int64_t> user = {}, course = {}, enrolment = {}, activity = {};
};

struct campus;

/// A student of a course: adds rows about them.
class student {
 public:
  student(campus& of, std::int64_t user, std::int64_t course) : campus_(&of), user_(user), course_(course) {}

  /// An event with this name; `more` replaces or adds columns: {{"activity_id", 7}, {"crud", "c"}}.
  student& did(const std::string& name, time at, const row& more = {});
  /// A mark in an activity, out of a maximum.
  student& got(double grade, double maximum, std::int64_t activity, time at, const row& more = {});
  /// A row of any table with this user and course.
  student& has(const std::string& table, const row& more);

 private:
  campus* campus_;
  std::int64_t user_, course_;
};

struct campus {
  std::map<std::string, std::vector<row>> tables = {};
  std::map<std::string, std::string> times = {};  ///< of tables that are a source's own: the column that windows apply to
  std::vector<sample> students = {};              ///< those of student(), in order

  campus& add(const std::string& table, row r) {
    tables[table].push_back(std::move(r));
    return *this;
  }

  /// The course `id` with a life; `more` adds columns.
  campus& course(std::optional<time> start, std::optional<time> end, const row& more = {}, std::int64_t id = 1) {
    row r{{"course_id", id}, {"start", start ? value(*start) : value()}, {"end", end ? value(*end) : value()}};
    for (const auto& [column, v] : more) r[column] = v;
    return add("courses", std::move(r));
  }

  /// The user as a student of the course: enrolled (the first time this is asked) with the user's own number as enrolment id
  /// in course 1, 1000 * course + user in others.
  testing::student student(std::int64_t user, std::int64_t course = 1) {
    for (const auto& s : students) {
      if (s.user == user && s.course == course) return {*this, user, course};
    }
    const auto enrolment = course == 1 ? user : 1000 * course + user;
    students.push_back({user, course, enrolment, {}});
    add("enrolments",
        {{"enrolment_id", enrolment}, {"user_id", user}, {"course_id", course}, {"role", "student"}, {"status", "active"}});
    add("roles", {{"user_id", user}, {"course_id", course}, {"archetype", "student"}, {"direct", true}});
    return {*this, user, course};
  }

  /// An activity of a course, due at `close`.
  campus& activity(std::int64_t id, const std::string& module, std::optional<time> close = {}, const row& more = {},
                   std::int64_t course = 1) {
    row r{{"activity_id", id}, {"course_id", course}, {"module", module}, {"close", close ? value(*close) : value()}};
    for (const auto& [column, v] : more) r[column] = v;
    return add("activities", std::move(r));
  }
};

inline student& student::has(const std::string& table, const row& more) {
  row r{{"user_id", user_}, {"course_id", course_}};
  for (const auto& [column, v] : more) r[column] = v;
  campus_->add(table, std::move(r));
  return *this;
}

inline student& student::did(const std::string& name, time at, const row& more) {
  row r{{"name", name}, {"time", at}};
  for (const auto& [column, v] : more) r[column] = v;
  return has("events", r);
}

inline student& student::got(double grade, double maximum, std::int64_t activity, time at, const row& more) {
  row r{{"grade", grade},     {"maximum", maximum}, {"activity_id", activity}, {"item", std::to_string(activity)},
        {"kind", "activity"}, {"graded_at", at}};
  for (const auto& [column, v] : more) r[column] = v;
  return has("grades", r);
}

/// What one call is about.
struct situation {
  std::int32_t unit = AUSPEX_UNIT_COURSE;           ///< of the analysable; the site has all rows
  std::int64_t key = 1;                             ///< of the analysable: the course or user
  time start = no_time, end = no_time;              ///< of the analysable
  time range_start = no_time, range_end = no_time;  ///< no end: no range, everything up to as_of
  std::int64_t range_index = 0;
  time as_of = std::numeric_limits<time>::max();
  std::int32_t purpose = 0;  ///< AUSPEX_FOR_TRAINING or AUSPEX_FOR_PREDICTION: targets
  std::vector<sample> samples = {};
  std::map<std::string, std::vector<double>> indicators = {};  ///< static targets: by column, one value a sample
};

}  // namespace auspex::testing
