// Links: there to be followed.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_url {

inline constexpr activity_module url{
    .component = "mod_url", .module = "url", .name = "URL", .potential = levels_of("url")};

}  // namespace auspex::mod_url
