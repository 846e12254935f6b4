// Where things lie: the installation around the program, the workspace, the user's cache.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "plugin/registry.hpp"

namespace auspex::runtime {

/// Relative to the program, wherever the prefix is.
struct Installation {
  std::filesystem::path program;
  std::filesystem::path plugins;
  std::filesystem::path configs;
  std::filesystem::path report;   ///< style, script and ECharts of pages

  static Installation around(const std::filesystem::path& program);
};

/// Where probe verdicts are kept between runs; empty where the user has no cache folder.
[[nodiscard]] std::filesystem::path verdict_folder();

/// The fixed search order; `workspace` may be empty.
[[nodiscard]] std::vector<plugin::SearchPlace> search_places(const std::vector<std::filesystem::path>& plugin_dirs,
                                                             const std::vector<std::filesystem::path>& workspace_dirs,
                                                             const std::filesystem::path& workspace,
                                                             const Installation& installation);

/// The TOML files of the folders by the id that `id_of` finds in each; files without one are left out.
[[nodiscard]] std::map<std::string, std::vector<std::filesystem::path>> files_by_id(
    const std::vector<std::filesystem::path>& folders, const std::function<std::string(const std::filesystem::path&)>& id_of);

/// The TOML file that `name` stands for: a path ending in .toml, or an id that `id_of` finds in one of the folders.
/// Throws Error(configuration) where no file or more than one has the id. `what`: "model", "source".
[[nodiscard]] std::filesystem::path find_file(const std::string& what, const std::string& name,
                                              const std::vector<std::filesystem::path>& folders,
                                              const std::function<std::string(const std::filesystem::path&)>& id_of);

}  // namespace auspex::runtime
