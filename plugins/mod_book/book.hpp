// Books: there to be read.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_book {

inline constexpr activity_module book{
    .component = "mod_book", .module = "book", .name = "Book", .potential = levels_of("book")};

}  // namespace auspex::mod_book
