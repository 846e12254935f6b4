// What the host demands of a component's answers.
#pragma once

#include "conformance/scene.hpp"

namespace auspex::conformance {

/// Throws Error(plugin) where the host would refuse what the component answers in the scene. Backends have checks of their
/// own.
void check_legal(const Subject& subject, const Scene& scene);

}  // namespace auspex::conformance
