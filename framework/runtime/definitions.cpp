#include "runtime/definitions.hpp"

#include <algorithm>

namespace auspex::runtime {
namespace fs = std::filesystem;

namespace {

plugin::Refusal refusal_of(const fs::path& file, const std::string& origin, const Error& error,
                           std::vector<std::string> ids) {
  std::string message;
  for (const auto& problem : error.problems()) {
    const auto place = problem.where.file.empty() ? "" : problem.where.text() + ": ";
    message += (message.empty() ? "" : "; ") + place + problem.message;
  }
  return {file, origin, "invalid_definition", message, error.problems().front().hint, std::move(ids)};
}

}  // namespace

Definitions::Definitions(const std::vector<plugin::SearchPlace>& places, std::int64_t memory, plugin::Registry& registry)
    : memory_(memory) {
  registry.define({spec::sql_schema(), "", {}, "built in"});
  for (const auto& [folder, origin] : places) {
    std::error_code ignored;
    std::vector<fs::path> files;
    for (fs::directory_iterator at(folder, ignored); at != fs::directory_iterator(); at.increment(ignored)) {
      if (at->path().extension() == ".toml") files.push_back(at->path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      try {
        auto indicator = spec::read_indicator(file);
        registry.define({indicator.schema(), indicator.unit, file, origin});
        files_.insert_or_assign(indicator.id, std::move(indicator));
      } catch (const Error& error) {
        const auto id = spec::model_id(file);
        registry.refuse(refusal_of(file, origin, error, id.empty() ? std::vector<std::string>() : std::vector{id}));
      }
    }
  }
}

std::shared_ptr<campus::SqlEngine> Definitions::engine() const {
  if (!engine_) engine_ = std::make_shared<campus::SqlEngine>(memory_);
  return engine_;
}

void Definitions::check(const spec::Component& component) const { engine()->check(spec::sql_indicator(component)); }

void Definitions::examine(spec::Component& component) const {
  if (const auto file = files_.find(component.id); file != files_.end()) {
    file->second.complete(component);
  } else if (component.id != spec::sql_component) {
    return;
  }
  check(component);
}

void Definitions::check_all(plugin::Registry& registry) const {
  const auto definitions = registry.definitions();
  for (const auto& definition : definitions) {
    if (definition.file.empty()) continue;
    spec::Component component;
    component.id = definition.schema.id;
    files_.at(component.id).complete(component);
    try {
      check(component);
    } catch (const Error& error) {
      registry.refuse(refusal_of(definition.file, definition.origin, error, {component.id}));
    }
  }
}

}  // namespace auspex::runtime
