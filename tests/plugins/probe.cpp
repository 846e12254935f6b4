// The program that probes plugins in tests: auspex-probe --probe-plugin FILE.
#include <string_view>

#include "plugin/probe.hpp"

int main(int count, char** arguments) {
  if (count != 3 || std::string_view(arguments[1]) != "--probe-plugin") return 2;
  return auspex::plugin::probe_main(arguments[2]);
}
