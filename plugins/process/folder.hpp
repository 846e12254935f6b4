// A folder of files as bytes, and bytes as a folder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <auspex/model_bytes.hpp>

namespace auspex_process {

namespace fs = std::filesystem;

/// An empty folder that nobody else may look into; gone with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_((fs::temp_directory_path() / "auspex-process-XXXXXX").string()) {
    if (mkdtemp(path_.data()) != nullptr) return;
    throw std::runtime_error("no folder can be made in " + fs::temp_directory_path().string());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] fs::path path() const { return path_; }

 private:
  std::string path_;
};

/// Its regular files by name, "/" between folders. Throws where there is anything but files and folders, or more than 2 GiB.
inline std::map<std::string, std::string> files_of(const fs::path& folder) {
  constexpr std::uintmax_t most = std::uintmax_t{2} << 30;
  std::uintmax_t size = 0;
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_directory() && !entry.is_symlink()) continue;
    const auto name = fs::relative(entry.path(), folder).generic_string();
    if (!entry.is_regular_file() || entry.is_symlink()) {
      throw std::runtime_error("the command left '" + name + "' in its folder, which is no regular file");
    }
    size += entry.file_size();
    if (size > most) throw std::runtime_error("the command left more than 2 GiB in its folder");
    std::ostringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[name] = text.str();
  }
  return files;
}

/// Throws std::invalid_argument for names that lead out of the folder.
inline void write_files(const std::map<std::string, std::string>& files, const fs::path& folder) {
  for (const auto& [name, text] : files) {
    const fs::path relative(name);
    const bool leads_out = relative.is_absolute() || std::find(relative.begin(), relative.end(), "..") != relative.end();
    if (name.empty() || leads_out) throw std::invalid_argument("the model holds a file named '" + name + "'");
    fs::create_directories((folder / relative).parent_path());
    std::ofstream out(folder / relative, std::ios::binary);
    out << text;
    if (!out.flush()) throw std::runtime_error("cannot write " + (folder / relative).string());
  }
}

inline void write(auspex::byte_writer& out, const std::map<std::string, std::string>& files) {
  out.integer(files.size());
  for (const auto& [name, text] : files) {
    out.text(name);
    out.text(text);
  }
}

inline std::map<std::string, std::string> read(auspex::byte_reader& in) {
  std::map<std::string, std::string> files;
  for (auto left = in.integer(); left > 0; --left) {
    const auto name = in.text();
    files.emplace(name, in.text());
  }
  return files;
}

}  // namespace auspex_process
