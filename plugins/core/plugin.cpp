#include "accesses.hpp"
#include "attribute.hpp"
#include "outcome.hpp"
#include "student_enrolments.hpp"
#include "time_splitters.hpp"

namespace core = auspex::core;

AUSPEX_PLUGIN_BY("core", "1.0.0", "Core", "Auspex", "Apache-2.0", "", core::student_enrolments, core::single_range,
                 core::quarters, core::quarters_accum, core::deciles, core::deciles_accum, core::checkpoints, core::outcome,
                 core::any_access_before_start, core::any_access_after_end, core::any_write_action_in_course,
                 core::read_actions, core::attribute)
