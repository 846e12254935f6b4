// The SQL indicators of a workspace and the installation: files of indicators/, and core/sql.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "campus/sql_indicator.hpp"
#include "plugin/registry.hpp"
#include "spec/indicator.hpp"

namespace auspex::runtime {

class Definitions {
 public:
  /// Reads every TOML file of the places, by name inside a folder, and tells the registry: of each a definition, or why not.
  Definitions(const std::vector<plugin::SearchPlace>& places, std::int64_t memory, plugin::Registry& registry);

  /// Completes a component of a model that is such an indicator, and checks its SQL. Throws Error(configuration).
  void examine(spec::Component& component) const;

  /// Checks the SQL of all files; the registry refuses those whose SQL cannot be used.
  void check_all(plugin::Registry& registry) const;

  /// What the SQL runs in; started when first needed.
  [[nodiscard]] std::shared_ptr<campus::SqlEngine> engine() const;

 private:
  void check(const spec::Component& component) const;

  std::map<std::string, spec::IndicatorFile> files_;  // by id
  std::int64_t memory_;
  mutable std::shared_ptr<campus::SqlEngine> engine_;
};

}  // namespace auspex::runtime
