#include <auspex/abi.h>
static const auspex_str required[] = {{AUSPEX_LOG, sizeof(AUSPEX_LOG) - 1}, {"auspex.telepathy/1", 18}};
#define ABI_MINOR 9
#define REQUIRES required
#define REQUIRES_COUNT 2
#include "part.h"
