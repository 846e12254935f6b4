// The program that probes plugins and starts their workers in tests: auspex-probe --probe-plugin FILE, or --plugin-workers.
#include <string_view>

#include "plugin/probe.hpp"
#include "plugin/worker.hpp"

int main(int count, char** arguments) {
  if (count == 2 && std::string_view(arguments[1]) == "--plugin-workers") return auspex::plugin::workers_main();
  if (count != 3 || std::string_view(arguments[1]) != "--probe-plugin") return 2;
  return auspex::plugin::probe_main(arguments[2]);
}
