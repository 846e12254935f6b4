#define ABI_MAJOR 7
#define ABI_MINOR 3
#include "part.h"
