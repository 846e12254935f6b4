// Glossaries: entries are written and read.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_glossary {

inline constexpr activity_module glossary{
    .component = "mod_glossary", .module = "glossary", .name = "Glossary", .potential = levels_of("glossary")};

}  // namespace auspex::mod_glossary
