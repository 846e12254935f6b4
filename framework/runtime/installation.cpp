#include "runtime/installation.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/names.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

Installation Installation::around(const fs::path& program) {
  const auto root = fs::weakly_canonical(program).parent_path().parent_path();
  const auto plugins = root / "lib" / "auspex" / "plugins";
  return {program, fs::is_directory(plugins) ? plugins : root / AUSPEX_LIBDIR / "auspex" / "plugins",
          root / "share" / "auspex" / "configs", root / "share" / "auspex" / "report"};
}

fs::path verdict_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != 0) {
    return fs::path(cache) / "auspex" / "verdicts";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != 0) {
    return fs::path(home) / ".cache" / "auspex" / "verdicts";
  }
  return {};
}

std::vector<plugin::SearchPlace> search_places(const std::vector<fs::path>& plugin_dirs,
                                               const std::vector<fs::path>& workspace_dirs, const fs::path& workspace,
                                               const Installation& installation) {
  std::vector<plugin::SearchPlace> places;
  for (const auto& folder : plugin_dirs) places.push_back({fs::absolute(folder), "--plugin-dir"});
  if (const char* path = std::getenv("AUSPEX_PLUGIN_PATH")) {
    std::string rest = path;
    while (!rest.empty()) {
      const auto colon = std::min(rest.find(':'), rest.size());
      if (colon > 0) places.push_back({fs::absolute(rest.substr(0, colon)), "AUSPEX_PLUGIN_PATH"});
      rest.erase(0, colon + 1);
    }
  }
  for (const auto& folder : workspace_dirs) places.push_back({folder, "workspace"});
  if (!workspace.empty()) places.push_back({workspace / "plugins", "workspace"});
  places.push_back({installation.plugins, plugin::installation_origin});
  return places;
}

std::map<std::string, std::vector<fs::path>> files_by_id(const std::vector<fs::path>& folders,
                                                         const std::function<std::string(const fs::path&)>& id_of) {
  std::map<std::string, std::vector<fs::path>> found;
  for (const auto& folder : folders) {
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".toml") found[id_of(entry.path())].push_back(entry.path());
    }
  }
  found.erase("");
  return found;
}

fs::path find_file(const std::string& what, const std::string& name, const std::vector<fs::path>& folders,
                   const std::function<std::string(const fs::path&)>& id_of) {
  if (name.ends_with(".toml")) {
    if (fs::is_regular_file(name)) return name;
    throw Error(Fault::configuration, fmt::format("there is no {} file '{}'", what, name));
  }
  const auto found = files_by_id(folders, id_of);
  const auto at = found.find(name);
  if (at == found.end()) {
    std::vector<std::string> ids;
    std::string places;
    for (const auto& [id, files] : found) ids.push_back(id);
    for (const auto& folder : folders) places += (places.empty() ? "" : ", ") + folder.string();
    throw Error(Fault::configuration, fmt::format("there is no {} '{}'", what, name),
                did_you_mean(name, ids, fmt::format("looked in {}; a file is given by its path ending in .toml", places)));
  }
  if (at->second.size() > 1) {
    auto files = at->second;
    std::sort(files.begin(), files.end());
    throw Error(Fault::configuration,
                fmt::format("two files have the id '{}': {} and {}", name, files[0].string(), files[1].string()),
                "give one of them another id, or name the file by its path");
  }
  return at->second.front();
}

}  // namespace auspex::runtime
