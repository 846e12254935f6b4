#include "activities_due.hpp"
#include "any_access.hpp"
#include "completion_enabled.hpp"
#include "course_competencies.hpp"
#include "course_completion.hpp"
#include "course_dropout.hpp"
#include "course_gradetopass.hpp"
#include "course_not_engaging.hpp"
#include "low_marks.hpp"
#include "no_recent_accesses.hpp"
#include "no_teaching.hpp"
#include "potential.hpp"
#include "role_holders.hpp"

namespace core_course = auspex::core_course;

AUSPEX_PLUGIN_BY("core_course", "1.0.0", "Courses", "Auspex", "Apache-2.0", "", core_course::course_dropout,
                 core_course::course_completion, core_course::course_competencies, core_course::course_gradetopass,
                 core_course::low_marks, core_course::course_not_engaging, core_course::any_activity, core_course::any_access,
                 core_course::no_recent_accesses, core_course::no_access_since_course_start, core_course::no_teaching,
                 core_course::activities_due, core_course::completion_enabled, core_course::no_teacher, core_course::no_student,
                 core_course::potential_cognitive_depth, core_course::potential_social_breadth)
