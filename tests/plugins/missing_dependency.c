#include "part.h"

extern int gone_answer(void);

__attribute__((visibility("default"))) int uses(void) { return gone_answer(); }
