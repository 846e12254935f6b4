#include <auspex/abi.h>
static const auspex_component *const holes[] = {NULL};
#define COMPONENTS holes
#include "part.h"
