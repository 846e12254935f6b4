/* Built against a later minor: every struct that crosses is longer than this host knows. */
#define PLUGIN_ID "newer"
#define COMPONENT_ID "newer/half"
#define ABI_MINOR 9
#define ENTRY_SIZE sizeof(later_entry)
#define OWN_ENTRY
#define PARAMETERS (const auspex_parameter *)later_parameters
#define PARAMETER_COUNT 2
#include <auspex/abi.h>
#include <math.h>

typedef struct later_parameter {
  auspex_parameter known;
  auspex_str later;
} later_parameter;

typedef struct later_entry {
  auspex_plugin_entry known;
  const void *later[4];
} later_entry;

static const later_parameter later_parameters[2] = {
    {{sizeof(later_parameter), AUSPEX_TYPE_INT, 0, 0, {"days", 4}, {"how many", 8}, {"7", 1}, 1, 365, NULL, 0}, {"new", 3}},
    {{sizeof(later_parameter), AUSPEX_TYPE_REAL, 1, 0, {"shares", 6}, {NULL, 0}, {"[0.1, 0.2]", 10}, 0, HUGE_VAL, NULL, 0},
     {"new", 3}}};

#include "part.h"

AUSPEX_EXPORT extern const later_entry auspex_plugin;
const later_entry auspex_plugin = {PART_ENTRY, {auspex_plugin.later, NULL, NULL, NULL}};
