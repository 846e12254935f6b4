// Text and media areas on the course page, which leave no trace in the log when they are read.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_label {

inline constexpr activity_module label{
    .component = "mod_label", .module = "label", .name = "Text and media area", .potential = levels_of("label")};

}  // namespace auspex::mod_label
