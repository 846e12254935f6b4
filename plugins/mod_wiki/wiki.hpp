// Wikis: pages are written and read.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_wiki {

inline constexpr activity_module wiki{
    .component = "mod_wiki", .module = "wiki", .name = "Wiki", .potential = levels_of("wiki")};

}  // namespace auspex::mod_wiki
