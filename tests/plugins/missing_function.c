#define CALCULATE NULL
#include "part.h"
