// Databases: entries are written and read.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_data {

inline constexpr activity_module data{
    .component = "mod_data", .module = "data", .name = "Database", .potential = levels_of("data")};

}  // namespace auspex::mod_data
