#include "campus/schema.hpp"

#include <algorithm>

namespace auspex::campus {
namespace {

Column id(std::string name, std::string dictionary, bool required = false) {
  return {.name = std::move(name), .type = Type::id, .dictionary = std::move(dictionary), .required = required};
}
Column user(bool required = true) { return id("user_id", "user", required); }
Column course(bool required = true) { return id("course_id", "course", required); }
Column activity(bool required = false) { return id("activity_id", "activity", required); }
Column plain(std::string name, Type type, bool required = false) {
  return {.name = std::move(name), .type = type, .required = required};
}
Column word(const std::string& table, std::string name, bool required = false) {
  return {.name = name, .type = Type::word, .dictionary = table + "." + name, .required = required};
}

std::vector<Table> make_tables() {
  std::vector<Table> tables;

  tables.push_back({.name = "users",
                    .columns = {user(), word("users", "external_id"), plain("created_at", Type::time),
                                plain("suspended", Type::boolean), plain("deleted", Type::boolean),
                                plain("confirmed", Type::boolean), plain("guest", Type::boolean),
                                plain("administrator", Type::boolean), plain("awaits_action", Type::boolean),
                                plain("has_description", Type::boolean), plain("has_picture", Type::boolean),
                                plain("profile_fields", Type::integer), plain("tracks_forums", Type::boolean),
                                plain("first_access", Type::time), plain("last_access", Type::time)},
                    .order = {"user_id"},
                    .key = {"user_id"},
                    .description = "people; external_id is the key of the student information system, guest the account that "
                                   "stands for nobody, awaits_action that the system asks for something before letting them "
                                   "in, profile_fields how many of institution, department, address, city and country are "
                                   "filled in"});

  tables.push_back({.name = "courses",
                    .columns = {course(), word("courses", "shortname"), word("courses", "category"), plain("start", Type::time),
                                plain("end", Type::time), plain("visible", Type::boolean), word("courses", "format"),
                                plain("uses_sections", Type::boolean), plain("section_count", Type::integer),
                                plain("completion_enabled", Type::boolean), plain("completion_criteria", Type::integer),
                                plain("competencies", Type::integer), plain("pass_mark", Type::real),
                                plain("sort_order", Type::integer), word("courses", "timezone")},
                    .order = {"course_id"},
                    .key = {"course_id"},
                    .description = "courses; category is a path, section_count leaves out section 0, completion_criteria and "
                                   "competencies count them, pass_mark is that of the course total, sort_order the place "
                                   "among all courses"});

  tables.push_back({.name = "enrolments",
                    .columns = {id("enrolment_id", "enrolment", true), course(), user(), word("enrolments", "role"),
                                plain("start", Type::time), plain("end", Type::time), plain("created_at", Type::time),
                                word("enrolments", "status")},
                    .order = {"course_id", "enrolment_id"},
                    .key = {"enrolment_id"},
                    .description = "enrolments of users in courses; role: student, teacher, ...; status: active, suspended"});

  tables.push_back({.name = "roles",
                    .columns = {course(), user(), word("roles", "archetype", true), plain("direct", Type::boolean)},
                    .order = {"course_id", "user_id", "archetype"},
                    .key = {"course_id", "user_id", "archetype"},
                    .description = "who holds which role archetype in a course, from the course itself (direct) or from above it"});

  tables.push_back({.name = "activities",
                    .columns = {activity(true), course(), word("activities", "module"), plain("section", Type::integer),
                                plain("visible", Type::boolean), plain("open", Type::time), plain("close", Type::time),
                                word("activities", "availability"), plain("completion", Type::integer),
                                plain("section_visible", Type::boolean), word("activities", "section_availability"),
                                plain("grade_items", Type::integer), word("activities", "results_shown")},
                    .order = {"course_id", "activity_id"},
                    .key = {"activity_id"},
                    .description = "activities of courses; close is the deadline, availability Moodle's JSON, grade_items how "
                                   "many grades a student can have in it, results_shown never, after_answer, after_close or "
                                   "always"});

  tables.push_back({.name = "events",
                    .columns = {plain("event_id", Type::integer), plain("time", Type::time, true), user(false), course(false),
                                word("events", "context_level"), activity(), word("events", "component"),
                                word("events", "name"), word("events", "crud"), plain("level", Type::integer),
                                plain("anonymous", Type::boolean), plain("count", Type::integer),
                                id("related_user_id", "user"), word("events", "module")},
                    .time = "time",
                    .order = {"course_id", "user_id", "time", "event_id"},
                    .description = "what people did; name is the event's own (assessable_submitted), crud c, r, u or d, "
                                   "context_level course, module, user, system, ..., count how often (default 1), module that "
                                   "of the activity"});

  tables.push_back({.name = "grades",
                    .columns = {course(), user(), activity(), word("grades", "item", true), word("grades", "kind"),
                                plain("grade", Type::real), plain("maximum", Type::real), plain("pass_mark", Type::real),
                                plain("graded_at", Type::time, true), plain("overridden_at", Type::time),
                                plain("has_feedback", Type::boolean)},
                    .time = "graded_at",
                    .order = {"course_id", "user_id", "graded_at", "item"},
                    .description = "grades as they became known, one row a grading; item identifies the grade item, kind is course, "
                                   "category, activity, manual or outcome"});

  tables.push_back({.name = "completions",
                    .columns = {course(), user(), activity(), plain("state", Type::integer), plain("completed_at", Type::time)},
                    .time = "completed_at",
                    .order = {"course_id", "user_id", "completed_at", "activity_id"},
                    .description = "completion of a course (no activity) or an activity"});

  tables.push_back({.name = "competencies",
                    .columns = {course(), user(), word("competencies", "competency", true),
                                plain("proficient", Type::boolean), plain("rated_at", Type::time, true)},
                    .time = "rated_at",
                    .order = {"course_id", "user_id", "rated_at", "competency"},
                    .description = "ratings of users in the competencies of courses; the last of a competency counts"});

  tables.push_back({.name = "calendar",
                    .columns = {user(), plain("due", Type::time, true), plain("entry", Type::integer), course(false), activity(),
                                word("calendar", "module"), word("calendar", "kind"), plain("active_from", Type::time),
                                plain("active_until", Type::time), plain("opens", Type::time), plain("closes", Type::time),
                                word("calendar", "availability"), word("calendar", "section_availability"),
                                plain("completed_at", Type::time), plain("done_at", Type::time),
                                plain("administrator_completed_at", Type::time)},
                    .time = "due",
                    .order = {"user_id", "due", "entry"},
                    .description = "what a user has to do in an activity, and when it is due: one row for each enrolment "
                                   "(active_from to active_until) and entry of the source's calendar that the user may see; "
                                   "closes is the last second it can be done in, done_at when the user handed it in, a missing "
                                   "course the site's home page"});

  tables.push_back({.name = "restrictions",
                    .columns = {user(), activity(true), plain("of_section", Type::boolean), plain("condition", Type::integer),
                                plain("met_at", Type::time)},
                    .order = {"user_id", "activity_id", "of_section", "condition"},
                    .description = "conditions other than dates that users have met, of the availability of the activities in the "
                                   "calendar or of their section; condition is its number in that text, from 0"});

  tables.push_back({.name = "last_access",
                    .columns = {course(), user(), plain("accessed_at", Type::time)},
                    .order = {"course_id", "user_id"},
                    .key = {"course_id", "user_id"},
                    .description = "when a user last opened a course, as the source remembers it"});

  tables.push_back({.name = "outcomes",
                    .columns = {course(), user(), id("enrolment_id", "enrolment"), word("outcomes", "result", true)},
                    .order = {"course_id", "user_id", "enrolment_id"},
                    .description = "how it ended; for targets only"});
  return tables;
}

}  // namespace

const Column* Table::find(std::string_view column) const {
  const auto at = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == column; });
  return at == columns.end() ? nullptr : &*at;
}

const std::vector<Table>& canonical_tables() {
  static const std::vector<Table> tables = make_tables();
  return tables;
}

}  // namespace auspex::campus
