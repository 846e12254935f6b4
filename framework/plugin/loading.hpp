// The steps from a file to a checked plugin. Each step refuses with its own code.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <auspex/abi.h>

#include "base/schema.hpp"
#include "plugin/calling.hpp"

namespace auspex::plugin {

/// Thrown by the steps; what `Refusal` says beside the file.
struct Refused {
  std::string code;
  std::string message;
  std::string hint;
  std::vector<std::string> ids;
};

class IsolatedPlugin;  // workers.hpp

/// What a plugin exported for one component, checked and copied.
struct Component {
  const auspex_component* exported = nullptr;   ///< of an isolated one: what calls its worker processes
  const void* functions = nullptr;  ///< the table of its kind, required functions present; null for unknown kinds
  bool known = false;               ///< whether this host has its kind; else schema.kind means nothing
  std::string interface_id;
  std::string unit;
  ComponentSchema schema;
  std::size_t index = 0;                        ///< in the plugin's table
  Limits limits;                                ///< of its calls, in this process
  std::shared_ptr<IsolatedPlugin> isolated;     ///< where its plugin runs in processes of its own

  /// The exported `create`.
  auspex_status create(const auspex_argument* arguments, std::size_t count, const std::string& compatibility, void** self,
                       auspex_error* error) const;
};

struct Descriptor {
  std::string id, version, sdk_version, name, author, licence, url;
  int abi_major = 0;
  int abi_minor = 0;
  std::vector<std::shared_ptr<const Component>> components;
};

/// Step 1: a whole ELF library for this machine that exports the plugin symbol. Runs no code of it.
void check_elf(std::string_view bytes);

/// The dynamic symbols that a library defines for others; throws as check_elf() does.
[[nodiscard]] std::vector<std::string> exported_symbols(std::string_view bytes);

/// Step 2: what a child process found; returns where it loaded there without harm.
void probe_in_child(const std::filesystem::path& program, const std::filesystem::path& file, double seconds);

/// Step 3: the library in this process, never unloaded. `file` is absolute.
struct OpenLibrary {
  const auspex_plugin_entry* entry = nullptr;
  void* handle = nullptr;
};
[[nodiscard]] OpenLibrary open_library(const std::filesystem::path& file);

/// Step 4: magic, version, sizes, required pointers, texts, parameters. `limits`: of the components' calls.
[[nodiscard]] Descriptor read_descriptor(const auspex_plugin_entry& entry, const Limits& limits = {});

/// Step 5: init, once a library.
void initialise(const OpenLibrary& library);

/// Steps 3 to 5.
[[nodiscard]] Descriptor load_library(const std::filesystem::path& file, const Limits& limits = {});

/// The ids of a descriptor's components.
[[nodiscard]] std::vector<std::string> component_ids(const Descriptor& descriptor);

}  // namespace auspex::plugin
