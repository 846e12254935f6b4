#include <auspex/abi.h>
#include <math.h>
static const auspex_parameter parameters[] = {{sizeof(auspex_parameter), AUSPEX_TYPE_INT, 0, 0, {"days", 4}, {NULL, 0},
                                               {"7 days", 6}, -HUGE_VAL, HUGE_VAL, NULL, 0}};
#define PARAMETERS parameters
#define PARAMETER_COUNT 1
#include "part.h"
