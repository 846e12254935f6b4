#include "part.h"

extern int nobody_defines_this(void);

__attribute__((visibility("default"))) int uses(void) { return nobody_defines_this(); }
