#include "base/moodle_names.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/names.hpp"

namespace auspex {
namespace {

// What stands between the component and the name.
std::string_view middle_of(Kind kind) {
  switch (kind) {
    case Kind::analyser: return "\\analytics\\analyser\\";
    case Kind::time_splitter: return "\\analytics\\time_splitting\\";
    case Kind::target: return "\\analytics\\target\\";
    case Kind::indicator: return "\\analytics\\indicator\\";
    case Kind::ml_backend:
    case Kind::clusterer:
    case Kind::outlier_detector: return "\\";
  }
  return "\\";
}

}  // namespace

std::string moodle_class(Kind kind, std::string_view id) {
  const auto slash = id.find('/');
  return fmt::format("\\{}{}{}", id.substr(0, slash), middle_of(kind), id.substr(slash + 1));
}

std::string component_id(Kind kind, std::string_view moodle_class) {
  const auto middle = middle_of(kind);
  if (moodle_class.starts_with('\\')) {
    const auto qualified = moodle_class.substr(1);
    if (const auto at = qualified.find(middle); at != std::string_view::npos) {
      auto id = fmt::format("{}/{}", qualified.substr(0, at), qualified.substr(at + middle.size()));
      if (is_component_id(id)) return id;
    }
  }
  throw Error(Fault::data, fmt::format("'{}' is no Moodle class of the kind {}", moodle_class, kind_name(kind)),
              fmt::format("such a class is written \\COMPONENT{}NAME, of lower-case letters, digits and underscores", middle));
}

std::string moodle_component(std::string_view moodle_class) {
  if (moodle_class.starts_with('\\')) moodle_class.remove_prefix(1);
  const auto end = moodle_class.find('\\');
  if (end == std::string_view::npos) return "core";
  const auto component = moodle_class.substr(0, end);
  return component.starts_with("core_") ? "core" : std::string(component);
}

}  // namespace auspex
