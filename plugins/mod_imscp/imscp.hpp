// IMS content packages: there to be read.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_imscp {

inline constexpr activity_module imscp{
    .component = "mod_imscp", .module = "imscp", .name = "IMS content package", .potential = levels_of("imscp")};

}  // namespace auspex::mod_imscp
