#define COMPONENT_ID "core/half"
#include "part.h"
