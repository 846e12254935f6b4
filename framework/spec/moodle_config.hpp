// The model-config.json of Moodle's model exports.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "spec/model.hpp"

namespace auspex::spec {

/// In Moodle's class names.
struct MoodleConfig {
  std::string target;
  std::string time_splitting;
  std::vector<std::string> indicators;
  std::string processor;                            ///< what trains and predicts; "" = the site's default
  std::map<std::string, std::string> dependencies;  ///< versions of Moodle's components, as written
};

/// Throws Error(data) with every fault; `where` names the file in messages.
[[nodiscard]] MoodleConfig parse_moodle_config(std::string_view json, const std::string& where);

[[nodiscard]] std::string to_text(const MoodleConfig& config);

/// What Moodle would export of this model, which has a time splitting method. Parameters and names of columns have no place in
/// it. `version`: of Moodle's core.
[[nodiscard]] MoodleConfig moodle_config(const Model& model, const std::string& version);

/// The model that Moodle exported, under compatibility; without an id. Problems about what has no counterpart here are
/// warnings of the model. Throws Error(data) with every name that is no class.
[[nodiscard]] Model model_of(const MoodleConfig& config, const std::string& where);

}  // namespace auspex::spec
