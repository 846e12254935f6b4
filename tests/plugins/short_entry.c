#include <stddef.h>
#define ENTRY_SIZE offsetof(auspex_plugin_entry, components)
#include "part.h"
