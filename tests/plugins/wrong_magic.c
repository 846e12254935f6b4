#define MAGIC 0x12345678u
#include "part.h"
