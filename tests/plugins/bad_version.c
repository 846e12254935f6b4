#define PLUGIN_VERSION "new"
#include "part.h"
