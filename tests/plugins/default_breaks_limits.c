#include <auspex/abi.h>
static const auspex_parameter parameters[] = {{sizeof(auspex_parameter), AUSPEX_TYPE_INT, 0, 0, {"days", 4}, {NULL, 0},
                                               {"400", 3}, 1, 365, NULL, 0}};
#define PARAMETERS parameters
#define PARAMETER_COUNT 1
#include "part.h"
