#include <map>
#include <mutex>
#include <optional>

#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>

#include "plugin/host.hpp"
#include "plugin/loading.hpp"
#include "plugin/text.hpp"

namespace auspex::plugin {
namespace {

struct Kept {
  boost::dll::shared_library library;
  bool initialised = false;
  std::optional<Refused> failure;
};

struct KeptLibraries {
  std::mutex mutex;
  std::map<void*, Kept> by_handle;
};

// Never destroyed: code and data of a plugin stay until the process is gone.
KeptLibraries& kept_libraries() {
  static auto& libraries = *new KeptLibraries;
  return libraries;
}

// The loader's own words out of Boost's "... (dlerror system message: WORDS): Bad file descriptor".
std::string loader_words(std::string_view what) {
  constexpr std::string_view opening = "dlerror system message: ";
  if (const auto at = what.find(opening); at != std::string_view::npos) {
    what.remove_prefix(at + opening.size());
    if (const auto end = what.rfind("): "); end != std::string_view::npos) what = what.substr(0, end);
  }
  return clean_text(what);
}

[[noreturn]] void refuse_load(const std::string& words, const std::filesystem::path& file) {
  constexpr std::string_view cannot_open = ": cannot open shared object file";
  constexpr std::string_view undefined = "undefined symbol: ";
  if (const auto at = words.find(cannot_open); at != std::string::npos && words.substr(0, at) != file.string()) {
    throw Refused{"missing_dependency", fmt::format("it needs the library '{}', which is not installed ({})",
                                                    words.substr(0, at), words),
                  "install that library, or a plugin that is linked to it statically", {}};
  }
  if (const auto at = words.find(undefined); at != std::string::npos) {
    auto symbol = words.substr(at + undefined.size());
    symbol = symbol.substr(0, symbol.find_first_of(" ,"));
    throw Refused{"missing_dependency", fmt::format("it needs the symbol '{}', which none of its libraries has ({})",
                                                    symbol, words),
                  "link every library it uses; auspex_add_plugin() makes the linker check this", {}};
  }
  if (words.find("version `") != std::string::npos) {
    throw Refused{"missing_dependency", fmt::format("it needs a newer library than is installed ({})", words),
                  "build the plugin on a system that is no newer than this one", {}};
  }
  throw Refused{"not_a_library", fmt::format("the system's loader refuses it: {}", words), {}, {}};
}

}  // namespace

OpenLibrary open_library(const std::filesystem::path& file) {
  using boost::dll::load_mode::rtld_local;
  using boost::dll::load_mode::rtld_now;
  boost::dll::shared_library library;
  try {
    // The throwing overload: the other one loses the loader's words.
    library.load(boost::dll::fs::path(file.string()), rtld_now | rtld_local);
  } catch (const boost::dll::fs::system_error& error) {
    refuse_load(loader_words(error.what()), file);
  } catch (const std::exception& error) {
    throw Refused{"crashed_while_loading",
                  fmt::format("a static initialiser ended in an exception: {}", clean_text(error.what())), {}, {}};
  }
  auto& kept = kept_libraries();
  const std::lock_guard lock(kept.mutex);
  const auto handle = reinterpret_cast<void*>(library.native());
  const auto& one = kept.by_handle.try_emplace(handle, Kept{std::move(library), false, {}}).first->second;
  if (!one.library.has(AUSPEX_PLUGIN_SYMBOL)) {
    throw Refused{"not_a_plugin", "the library does not export the symbol '" AUSPEX_PLUGIN_SYMBOL "'", {}, {}};
  }
  return {&one.library.get<const auspex_plugin_entry>(AUSPEX_PLUGIN_SYMBOL), handle};
}

void initialise(const OpenLibrary& library) {
  auto& kept = kept_libraries();
  const std::lock_guard lock(kept.mutex);
  auto& one = kept.by_handle.at(library.handle);
  if (!one.initialised) {
    one.initialised = true;
    if (library.entry->init != nullptr) {
      auspex_error error{};
      error.struct_size = sizeof error;
      auspex_status status = AUSPEX_FAILED;
      std::string said;
      try {
        status = library.entry->init(host_services(), &error);
        said = copy_buffer(error.message, sizeof error.message);
        if (said.empty()) said = fmt::format("init returned status {} without a message", status);
      } catch (...) {
        said = "init let an exception out, which breaks the contract";
      }
      if (status != AUSPEX_OK) {
        one.failure = Refused{"init_failed", fmt::format("its init failed: {}", said),
                              copy_buffer(error.hint, sizeof error.hint), {}};
      }
    }
  }
  if (one.failure) throw Refused(*one.failure);
}

std::vector<std::string> component_ids(const Descriptor& descriptor) {
  std::vector<std::string> ids;
  for (const auto& component : descriptor.components) ids.push_back(component->schema.id);
  return ids;
}

Descriptor load_library(const std::filesystem::path& file, const Limits& limits) {
  const auto library = open_library(file);
  auto descriptor = read_descriptor(*library.entry, limits);
  try {
    initialise(library);
  } catch (Refused& refused) {
    refused.ids = component_ids(descriptor);
    throw;
  }
  return descriptor;
}

}  // namespace auspex::plugin
