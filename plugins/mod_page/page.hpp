// Pages: there to be read.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_page {

inline constexpr activity_module page{
    .component = "mod_page", .module = "page", .name = "Page", .potential = levels_of("page")};

}  // namespace auspex::mod_page
