#include "assign.hpp"
#include "submissions_waiting.hpp"

namespace mod_assign = auspex::mod_assign;

AUSPEX_PLUGIN_BY("mod_assign", "1.0.0", "Assignment", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_assign::assign>,
                 auspex::social_breadth<mod_assign::assign>, mod_assign::submissions_waiting)
