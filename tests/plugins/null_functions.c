#define FUNCTIONS NULL
#include "part.h"
