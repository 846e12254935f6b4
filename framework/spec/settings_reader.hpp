// The tables of a model file that say how it decides, is judged and is searched for.
#pragma once

#include <vector>

#include "base/schema.hpp"
#include "spec/model_settings.hpp"
#include "spec/toml_reader.hpp"

namespace auspex::spec {

/// [evaluation], [decision], [search].
[[nodiscard]] std::vector<Field> settings_fields();

/// Each overrides the keys that are there; `search.ranges` parameter by parameter.
void read_evaluation(const Node& root, Evaluation& evaluation);
void read_decision(const Node& root, Decision& decision);
void read_search(const Node& root, Search& search, Problems& problems);

/// What the ranges ask of a backend that it does not have or does not accept.
void check_search(const Search& search, const ComponentSchema& backend, Problems& problems);

}  // namespace auspex::spec
