#define COMPONENT_COUNT 0
#include "part.h"
