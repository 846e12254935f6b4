/* A correct plugin with one indicator. A source that includes it defines, before, the one thing that it does wrong. */
#ifndef AUSPEX_TESTS_PART_H
#define AUSPEX_TESTS_PART_H

#include <auspex/abi.h>
#include <string.h>

#define TEXT(literal) {literal, sizeof(literal) - 1}
#define NO_TEXT {NULL, 0}

#ifndef MAGIC
#define MAGIC AUSPEX_MAGIC
#endif
#ifndef ABI_MAJOR
#define ABI_MAJOR AUSPEX_ABI_MAJOR
#endif
#ifndef ABI_MINOR
#define ABI_MINOR AUSPEX_ABI_MINOR
#endif
#ifndef ENTRY_SIZE
#define ENTRY_SIZE sizeof(auspex_plugin_entry)
#endif
#ifndef PLUGIN_ID
#define PLUGIN_ID "acme"
#endif
#ifndef PLUGIN_VERSION
#define PLUGIN_VERSION "1.2.0"
#endif
#ifndef COMPONENT_ID
#define COMPONENT_ID "acme/half"
#endif
#ifndef INTERFACE_ID
#define INTERFACE_ID AUSPEX_INDICATOR
#endif
#ifndef CALCULATE
#define CALCULATE calculate_half
#endif
#ifndef FUNCTIONS
#define FUNCTIONS &part_indicator
#endif
#ifndef PARAMETERS
#define PARAMETERS NULL
#define PARAMETER_COUNT 0
#endif
#ifndef REQUIRES
#define REQUIRES NULL
#define REQUIRES_COUNT 0
#endif
#ifndef INIT
#define INIT NULL
#endif
#ifndef COMPONENTS
#define COMPONENTS part_components
#endif
#ifndef COMPONENT_COUNT
#define COMPONENT_COUNT 1
#endif

#ifdef __cplusplus
#define ENTRY_LINKAGE extern "C" AUSPEX_EXPORT
#else
#define ENTRY_LINKAGE AUSPEX_EXPORT extern
#endif

static inline auspex_status fail_with(auspex_error *error, auspex_status status, const char *message, const char *hint) {
  error->code = status;
  strncpy(error->message, message, sizeof error->message - 1);
  strncpy(error->hint, hint, sizeof error->hint - 1);
  return status;
}

static inline auspex_status create_nothing(const auspex_argument *arguments, size_t count, auspex_str compatibility,
                                           void **self, auspex_error *error) {
  (void)arguments, (void)count, (void)compatibility, (void)error;
  *self = NULL;
  return AUSPEX_OK;
}

static inline void destroy_nothing(void *self) { (void)self; }

static inline auspex_status describe_linear(void *self, auspex_indicator_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->type = AUSPEX_INDICATOR_LINEAR;
  info->required_entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE);
  return AUSPEX_OK;
}

static inline auspex_status calculate_half(void *self, const auspex_frame *frame, double *values, auspex_error *error) {
  (void)self, (void)error;
  for (int64_t i = 0; i < frame->sample_count; ++i) values[i] = 0.5;
  return AUSPEX_OK;
}

#ifndef WITHOUT_ENTRY
static const auspex_indicator part_indicator = {sizeof(auspex_indicator), describe_linear, CALCULATE, NULL};

static const auspex_component part_component = {
    sizeof(auspex_component), TEXT(COMPONENT_ID), TEXT(INTERFACE_ID), FUNCTIONS, TEXT("Half"), TEXT("Always one half."),
    NO_TEXT, PARAMETERS, PARAMETER_COUNT, create_nothing, destroy_nothing, NULL};

static const auspex_component *const part_components[] = {&part_component, &part_component};

#define PART_ENTRY                                                                                              \
  {MAGIC,               ABI_MAJOR,       ABI_MINOR,           ENTRY_SIZE,     TEXT(PLUGIN_ID), TEXT(PLUGIN_VERSION), \
   TEXT("0.1.0"),       TEXT("Test"),    TEXT("Auspex"),      TEXT("Apache-2.0"), NO_TEXT,     REQUIRES,             \
   REQUIRES_COUNT,      INIT,            NULL,                COMPONENTS,     COMPONENT_COUNT}

#ifndef OWN_ENTRY
ENTRY_LINKAGE const auspex_plugin_entry auspex_plugin;
const auspex_plugin_entry auspex_plugin = PART_ENTRY;

/* Keeps what a fault leaves unused from warning. */
static inline const void *part_uses(int i) {
  return i == 0 ? (const void *)part_components : (const void *)&part_indicator;
}
#endif
#endif
#endif
