#define INTERFACE_ID "auspex.oracle/1"
#include "part.h"
