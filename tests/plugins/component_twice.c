#define COMPONENT_COUNT 2
#include "part.h"
