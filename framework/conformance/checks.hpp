// How checks are written: what they are given, how they end.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "conformance/conformance.hpp"
#include "conformance/scene.hpp"

namespace auspex::conformance {

/// A rule is broken; what() says how.
struct Failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// It cannot be told; what() says why.
struct Skipped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// No rule is broken, but its author should know.
struct Warned : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct PluginCheck {
  CheckInfo info;
  void (*run)(const Options& options);
};

struct ComponentCheck {
  CheckInfo info;
  void (*run)(const Subject& subject);
};

[[nodiscard]] std::span<const PluginCheck> plugin_checks();

/// Of all kinds together. Where "creates" or "answers" does not pass, those after it have no meaning. "same-elsewhere" is
/// run last of all.
[[nodiscard]] std::vector<ComponentCheck> component_checks();

[[nodiscard]] std::span<const ComponentCheck> contract_checks();
[[nodiscard]] std::span<const ComponentCheck> behaviour_checks();
[[nodiscard]] std::span<const ComponentCheck> kind_checks();
[[nodiscard]] std::span<const ComponentCheck> backend_checks();
[[nodiscard]] std::span<const ComponentCheck> robustness_checks();
[[nodiscard]] std::span<const ComponentCheck> stress_checks();

/// What the component answers in the ordinary scene, a line an answer.
[[nodiscard]] std::string answers_text(const Subject& subject);

/// Throws Failed where two runs that must agree do not; `what` says what differs, as in "a second run".
void require_same(const Answers& first, const Answers& second, const std::string& what);

}  // namespace auspex::conformance
