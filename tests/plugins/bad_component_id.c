#define COMPONENT_ID "acme/Half Value"
#include "part.h"
