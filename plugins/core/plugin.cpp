#include "accesses.hpp"
#include "after_start.hpp"
#include "attribute.hpp"
#include "courses.hpp"
#include "final_grade.hpp"
#include "outcome.hpp"
#include "periods.hpp"
#include "result.hpp"
#include "rule.hpp"
#include "student_enrolments.hpp"
#include "time_splitters.hpp"
#include "users.hpp"

namespace core = auspex::core;

AUSPEX_PLUGIN_BY("core", "1.0.0", "Core", "Auspex", "Apache-2.0", "", core::student_enrolments, core::courses,
                 core::site_courses, core::users, core::no_splitting, core::single_range, core::quarters,
                 core::quarters_accum, core::deciles, core::deciles_accum, core::any_equal_parts, core::growing_parts,
                 core::checkpoints, core::past_3_days, core::past_week, core::past_month, core::past_period,
                 core::upcoming_3_days, core::upcoming_week, core::upcoming_fortnight, core::upcoming_period,
                 core::one_week_after_start, core::one_month_after_start, core::ten_percent_after_start,
                 core::offsets_after_start, core::outcome, core::result, core::final_grade, core::rule, core::any_access_before_start,
                 core::any_access_after_end, core::any_course_access, core::any_write_action,
                 core::any_write_action_in_course, core::read_actions, core::attribute)
