// Files: there to be opened.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_resource {

inline constexpr activity_module resource{
    .component = "mod_resource", .module = "resource", .name = "File", .potential = levels_of("resource")};

}  // namespace auspex::mod_resource
