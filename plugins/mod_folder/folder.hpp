// Folders: there to be opened.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_folder {

inline constexpr activity_module folder{
    .component = "mod_folder", .module = "folder", .name = "Folder", .potential = levels_of("folder")};

}  // namespace auspex::mod_folder
