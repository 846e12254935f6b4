// Moodle's class names and our component ids: the same words, written differently.
#pragma once

#include <string>
#include <string_view>

#include "base/schema.hpp"

namespace auspex {

/// "\mod_assign\analytics\indicator\cognitive_depth" for the indicator mod_assign/cognitive_depth, and so for analysers, targets
/// and time splitting methods; "\mlbackend_php\processor" for the backend mlbackend_php/processor. `id`: component/name.
[[nodiscard]] std::string moodle_class(Kind kind, std::string_view id);

/// The way back. Throws Error(data) that says what is wrong where the text is no class of that kind.
[[nodiscard]] std::string component_id(Kind kind, std::string_view moodle_class);

/// The Moodle component that a class comes with: the first part of its namespace; "core" without one and for "core_*".
[[nodiscard]] std::string moodle_component(std::string_view moodle_class);

/// The version (Moodle's config.version) of the Moodle 4.4 that compatibility reproduces.
inline constexpr const char* reproduced_moodle_version = "2023112400";

}  // namespace auspex
