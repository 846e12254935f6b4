// Checks of a plugin as a whole: its file, its entry, how it is loaded and unloaded.
#include <algorithm>
#include <chrono>
#include <filesystem>

#include <dlfcn.h>
#include <sys/wait.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "conformance/checks.hpp"
#include "plugin/calls.hpp"
#include "plugin/host.hpp"
#include "plugin/loading.hpp"

namespace auspex::conformance {
namespace {

void exports(const Options& options) {
  auto names = plugin::exported_symbols(read_file(options.file));
  std::erase(names, AUSPEX_PLUGIN_SYMBOL);
  if (names.empty()) return;
  const auto count = names.size();
  names.resize(std::min<std::size_t>(count, 3));
  throw Warned(fmt::format("it exports {} other symbol{} beside '" AUSPEX_PLUGIN_SYMBOL
                           "' ({}{}); auspex_add_plugin() hides them",
                           count, count == 1 ? "" : "s", fmt::join(names, ", "), count > names.size() ? ", .." : ""));
}

void load_time(const Options& options) {
  const auto begun = std::chrono::steady_clock::now();
  (void)plugin::load_library(options.file);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  constexpr double most = 0.1;
  if (seconds > most) throw Warned(fmt::format("loading takes {:.1f} seconds", seconds));
}

void starts_nothing(const Options& options) {
  (void)plugin::load_library(options.file);
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  const auto threads = std::distance(begin(tasks), end(tasks)) - 1;
  if (threads > 0) throw Failed(fmt::format("loading it starts {} thread{}", threads, threads == 1 ? "" : "s"));
  if (::waitpid(-1, nullptr, WNOHANG) >= 0) throw Failed("loading it starts a process");
}

void licence(const Options& options) {
  const auto text = plugin::load_library(options.file).licence;
  if (text.empty()) throw Warned("it names no licence; an SPDX id such as Apache-2.0 tells users what they may do");
  const auto odd = std::find_if(text.begin(), text.end(), [](char c) {
    return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view("-.+() ").find(c) != std::string_view::npos);
  });
  if (odd != text.end()) throw Warned(fmt::format("its licence '{}' is no SPDX expression", text));
}

void described(const Options& options) {
  std::vector<std::string> poor;
  for (const auto& component : plugin::load_library(options.file).components) {
    const auto& schema = component->schema;
    if (schema.name.empty() || schema.description.empty()) poor.push_back(schema.id);
    for (const auto& parameter : schema.parameters) {
      if (parameter.description.empty()) poor.push_back(fmt::format("parameter {} of {}", parameter.name, schema.id));
    }
  }
  if (!poor.empty()) throw Warned(fmt::format("without a name or a description: {}", fmt::join(poor, ", ")));
}

void unknown_kinds(const Options& options) {
  std::vector<std::string> unknown;
  for (const auto& component : plugin::load_library(options.file).components) {
    if (!component->known) unknown.push_back(fmt::format("{} ({})", component->schema.id, component->interface_id));
  }
  if (!unknown.empty())
    throw Warned(fmt::format("of a kind that this version does not know, and not tested: {}", fmt::join(unknown, ", ")));
}

// ---- a host that has nothing to offer ----------------------------------------------------------------------------------

void call_all(const plugin::Descriptor& descriptor, const Options& options) {
  for (const auto& component : descriptor.components) {
    if (!component->known) continue;
    try {
      Made made(subject_of(component, options));
      (void)made.answers({.seed = options.seed, .samples = 4});
    } catch (const Error&) {  // a status is an answer
    } catch (const Failed&) {
    } catch (const Cancelled&) {
    }
  }
}

void without_services(const Options& options) {
  static const auspex_host bare{sizeof(auspex_host), [](const auspex_host*, const char*) -> const void* { return nullptr; }};
  const auto library = plugin::open_library(options.file);
  const auto descriptor = plugin::read_descriptor(*library.entry);
  if (library.entry->init != nullptr) {
    auto error = plugin::empty_error();
    if (plugin::guarded(error, [&] { return library.entry->init(&bare, &error); }) != AUSPEX_OK) return;
  }
  call_all(descriptor, options);
}

// ---- unloading ---------------------------------------------------------------------------------------------------------

// The only place where a plugin is unloaded: an embedding program may do so, and test runners do.
void unload_and_reload(const Options& options) {
  bool stays = false;
  for (int round = 0; round < 2; ++round) {
    void* handle = ::dlopen(options.file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) throw Failed(fmt::format("it cannot be loaded again: {}", ::dlerror()));
    const auto& entry = *static_cast<const auspex_plugin_entry*>(::dlsym(handle, AUSPEX_PLUGIN_SYMBOL));
    {
      const auto descriptor = plugin::read_descriptor(entry);
      auto error = plugin::empty_error();
      if (entry.init != nullptr &&
          plugin::guarded(error, [&] { return entry.init(plugin::host_services(), &error); }) != AUSPEX_OK) {
        throw Failed(fmt::format("its init fails {}: {}", round == 0 ? "" : "after it was unloaded",
                                 plugin::copy_buffer(error.message, sizeof error.message)));
      }
      call_all(descriptor, options);
    }
    if (entry.deinit != nullptr) entry.deinit();
    ::dlclose(handle);
    if (void* left = ::dlopen(options.file.c_str(), RTLD_NOW | RTLD_NOLOAD); left != nullptr) {
      ::dlclose(left);
      stays = true;
    }
  }
  if (stays)
    throw Warned(
        "it stays in memory when it is unloaded (unique symbols, thread-local destructors?); -fno-gnu-unique helps");
}

}  // namespace

std::span<const PluginCheck> plugin_checks() {
  static const std::vector<PluginCheck> all{
      {{"scan-exports", 1, "one-symbol", {}, "it exports its entry and nothing else"}, exports},
      {{"scan-time", 1, "quick-load", {}, "it loads at once"}, load_time},
      {{"scan-starts-nothing", 1, "threads", {}, "loading starts no thread and no process"}, starts_nothing},
      {{"scan-licence", 1, "descriptor", {}, "its licence is an SPDX expression"}, licence},
      {{"scan-described", 1, "descriptor", {}, "components and parameters are described"}, described},
      {{"scan-kinds", 1, "versions", {}, "its components are of known kinds"}, unknown_kinds},
      {{"host-without-services", 2, "services", {}, "a host without services is no crash"}, without_services},
      {{"unload-reload", 4, "unload", {}, "it can be unloaded and loaded again"}, unload_and_reload},
  };
  return all;
}

std::vector<ComponentCheck> component_checks() {
  std::vector<ComponentCheck> all;
  for (const auto& part :
       {contract_checks(), behaviour_checks(), kind_checks(), backend_checks(), robustness_checks(), stress_checks()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace auspex::conformance
