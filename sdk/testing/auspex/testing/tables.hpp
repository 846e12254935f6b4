// The canonical tables of a campus: what every source gives, whatever it is made from.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <auspex/abi.h>

namespace auspex::testing {

struct canonical_table {
  std::string_view name;
  std::string_view time;     ///< the column that windows apply to, or ""
  std::string_view grouped;  ///< by whom its rows are kept: those of one course, or of one user, are read together
  std::string_view columns;  ///< "name:type name:type ..."
};

inline constexpr canonical_table canonical_tables[] = {
    {"users", "", "user_id",
     "user_id:id external_id:word created_at:time suspended:boolean deleted:boolean confirmed:boolean guest:boolean "
     "administrator:boolean awaits_action:boolean has_description:boolean has_picture:boolean profile_fields:integer "
     "tracks_forums:boolean first_access:time last_access:time"},
    {"courses", "", "course_id",
     "course_id:id shortname:word category:word start:time end:time visible:boolean format:word uses_sections:boolean "
     "section_count:integer completion_enabled:boolean completion_criteria:integer competencies:integer pass_mark:real "
     "sort_order:integer timezone:word"},
    {"enrolments", "", "course_id",
     "enrolment_id:id course_id:id user_id:id role:word start:time end:time created_at:time status:word"},
    {"roles", "", "course_id", "course_id:id user_id:id archetype:word direct:boolean"},
    {"activities", "", "course_id",
     "activity_id:id course_id:id module:word section:integer visible:boolean open:time close:time availability:word "
     "completion:integer section_visible:boolean section_availability:word grade_items:integer results_shown:word"},
    {"events", "time", "course_id",
     "event_id:integer time:time user_id:id course_id:id context_level:word activity_id:id component:word name:word "
     "crud:word "
     "level:integer anonymous:boolean count:integer related_user_id:id module:word"},
    {"grades", "graded_at", "course_id",
     "course_id:id user_id:id activity_id:id item:word kind:word grade:real maximum:real pass_mark:real graded_at:time "
     "overridden_at:time has_feedback:boolean"},
    {"completions", "completed_at", "course_id", "course_id:id user_id:id activity_id:id state:integer completed_at:time"},
    {"competencies", "rated_at", "course_id", "course_id:id user_id:id competency:word proficient:boolean rated_at:time"},
    {"calendar", "due", "user_id",
     "user_id:id due:time entry:integer course_id:id activity_id:id module:word kind:word active_from:time "
     "active_until:time "
     "opens:time closes:time availability:word section_availability:word completed_at:time done_at:time "
     "administrator_completed_at:time"},
    {"restrictions", "", "user_id", "user_id:id activity_id:id of_section:boolean condition:integer met_at:time"},
    {"last_access", "", "course_id", "course_id:id user_id:id accessed_at:time"},
    {"outcomes", "", "course_id", "course_id:id user_id:id enrolment_id:id result:word"}};

inline const canonical_table* find_table(std::string_view name) {
  for (const auto& table : canonical_tables) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

/// AUSPEX_TYPE_* of "id", "word", ...; 0 for another text.
constexpr std::int32_t type_named(std::string_view name) {
  if (name == "id") return AUSPEX_TYPE_ID;
  if (name == "word") return AUSPEX_TYPE_WORD;
  if (name == "time") return AUSPEX_TYPE_TIME;
  if (name == "integer") return AUSPEX_TYPE_INT;
  if (name == "boolean") return AUSPEX_TYPE_BOOL;
  return name == "real" ? AUSPEX_TYPE_REAL : 0;
}

/// Calls `found(name, AUSPEX_TYPE_*)` for each column, in order.
template <class Found>
constexpr void each_column(const canonical_table& table, Found&& found) {
  for (auto rest = table.columns; !rest.empty();) {
    const auto end = rest.find(' ') == std::string_view::npos ? rest.size() : rest.find(' ');
    const auto column = rest.substr(0, end);
    const auto colon = column.find(':');
    found(column.substr(0, colon), type_named(column.substr(colon + 1)));
    rest.remove_prefix(end == rest.size() ? end : end + 1);
  }
}

/// The type of a column, or nothing where the table has no such column.
inline std::optional<std::int32_t> column_type(const canonical_table& table, std::string_view column) {
  std::optional<std::int32_t> result;
  each_column(table, [&](std::string_view name, std::int32_t type) {
    if (name == column) result = type;
  });
  return result;
}

}  // namespace auspex::testing
