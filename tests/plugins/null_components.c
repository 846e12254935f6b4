#define COMPONENTS NULL
#define COMPONENT_COUNT 3
#include "part.h"
