#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <string_view>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "runtime/session.hpp"

namespace {

// Everything that changes a workspace happens whole or not at all, so ending at once is safe.
extern "C" void interrupted(int) {
  static const char text[] = "\ninterrupted; the workspace is as it was\n";
  const auto ignored = ::write(STDERR_FILENO, text, sizeof text - 1);
  (void)ignored;
  auspex::remove_unfinished_files();
  ::_exit(130);
}

}  // namespace

int main(int argc, char** argv) {
  // Before anything else: this process exists to find out whether a library can be loaded.
  if (argc == 3 && std::string_view(argv[1]) == "--probe-plugin") return auspex::runtime::probe_plugin(argv[2]);
  if (argc == 2 && std::string_view(argv[1]) == "--plugin-workers") return auspex::runtime::start_plugin_workers();

  // Libraries of backends that wait in loops for their threads take the processor from one another; they read this when loaded.
  ::setenv("OMP_WAIT_POLICY", "passive", 0);

  spdlog::set_default_logger(spdlog::stderr_color_mt("auspex"));
  spdlog::set_pattern("%^%l%$: %v");
  std::signal(SIGINT, interrupted);
  std::signal(SIGTERM, interrupted);
  auspex::runtime::guard_plugins();
  try {
    auto arguments = auspex::cli::parse(argc, argv);
    arguments.session.program = std::filesystem::read_symlink("/proc/self/exe");
    return auspex::cli::run(std::move(arguments));
  } catch (const auspex::Error& error) {
    auspex::cli::clear_progress();
    fmt::print(stderr, "{}\n", error.what());
    return int(error.fault());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "error: out of memory\n  help: give a smaller --memory, or fewer --threads\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
  }
  return int(auspex::Fault::found);
}
