#include <auspex/abi.h>
#include <stdexcept>

static auspex_status init(const auspex_host*, auspex_error*) { throw std::runtime_error("across the border"); }
#define INIT init
#include "part.h"
