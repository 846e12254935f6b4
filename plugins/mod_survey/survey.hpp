// Surveys: answered once.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_survey {

inline constexpr activity_module survey{
    .component = "mod_survey", .module = "survey", .name = "Survey", .potential = levels_of("survey")};

}  // namespace auspex::mod_survey
