#define PLUGIN_ID "twin"
#define COMPONENT_ID "twin/half"
#include "part.h"
