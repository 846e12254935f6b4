#include "part.h"
#include <stdlib.h>

__attribute__((constructor)) static void leave(void) { exit(0); }
