// An exception across the boundary, which the contract forbids and the host survives.
#include <auspex/abi.h>
#include <stdexcept>

static auspex_status throw_it(void*, const auspex_frame*, double*, auspex_error*) { throw std::runtime_error("across"); }
#define PLUGIN_ID "throwing"
#define COMPONENT_ID "throwing/half"
#define CALCULATE throw_it
#include "part.h"
