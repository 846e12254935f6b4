/* A whole plugin in plain C: how much of what a student does in a course happens in the evening.
 *
 * C11 or C++17, the headers of auspex/abi and nothing else. Everything that the host needs is static data: one entry, one
 * component, one table of functions. */
#include <auspex/abi.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifndef EVENING_PLUGIN
#define EVENING_PLUGIN "evening" /* the tests build it under several ids */
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define TEXT(literal) {literal, sizeof(literal) - 1}
#define NO_TEXT {NULL, 0}

/* ---- the host's services, asked for once ---- */

static const auspex_calendar *calendar;
static const auspex_progress *progress;

static auspex_status init(const auspex_host *host, auspex_error *error) {
  (void)error;
  calendar = (const auspex_calendar *)host->get_interface(host, AUSPEX_CALENDAR);
  progress = (const auspex_progress *)host->get_interface(host, AUSPEX_PROGRESS);
  return AUSPEX_OK;
}

static auspex_status fail(auspex_error *error, auspex_status status, const char *message) {
  error->code = status;
  strncpy(error->message, message, sizeof error->message - 1);
  return status;
}

/* ---- one instance: its parameters ---- */

typedef struct evening {
  int64_t from; /* seconds after midnight */
} evening;

static auspex_status create(const auspex_argument *arguments, size_t count, auspex_str compatibility, void **self,
                            auspex_error *error) {
  evening *one = (evening *)calloc(1, sizeof *one);
  (void)compatibility;
  if (one == NULL) return fail(error, AUSPEX_FAILED, "out of memory");
  for (size_t i = 0; i < count; ++i) {
    const auspex_str name = arguments[i].name;
    if (name.size == 4 && memcmp(name.data, "hour", 4) == 0) one->from = arguments[i].integers[0] * 3600;
  }
  *self = one;
  return AUSPEX_OK;
}

static void destroy(void *self) { free(self); }

/* The times of the sample's own events in the range. */
static auspex_status declare(void *self, const auspex_read_sink *sink, auspex_error *error) {
  static const auspex_str columns[] = {TEXT("time")};
  auspex_read read;
  (void)self, (void)error;
  memset(&read, 0, sizeof read);
  read.struct_size = sizeof read;
  read.stage = AUSPEX_STAGE_CALCULATE;
  read.scope = AUSPEX_SCOPE_SAMPLE;
  read.window = AUSPEX_WINDOW_RANGE;
  read.table.data = "events";
  read.table.size = 6;
  read.columns = columns;
  read.column_count = 1;
  sink->add(sink->context, &read);
  return AUSPEX_OK;
}

/* ---- the functions of an indicator ---- */

static auspex_status describe(void *self, auspex_indicator_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->type = AUSPEX_INDICATOR_LINEAR;
  info->required_entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER) | AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE);
  return AUSPEX_OK;
}

/* Rows begin[i] to end[i] are sample i's; a value is none (NaN) where there are none. */
static auspex_status calculate(void *self, const auspex_frame *frame, double *values, auspex_error *error) {
  const evening *one = (const evening *)self;
  const auspex_rows *rows = &frame->reads[0];
  const int64_t *times = (const int64_t *)rows->columns[0].values;
  if (calendar == NULL) return fail(error, AUSPEX_FAILED, "the host offers no " AUSPEX_CALENDAR);
  for (int64_t i = 0; i < frame->sample_count; ++i) {
    int64_t late = 0;
    const int64_t all = rows->end[i] - rows->begin[i];
    if (progress != NULL && progress->cancelled()) return fail(error, AUSPEX_CANCELLED, "cancelled");
    for (int64_t row = rows->begin[i]; row < rows->end[i]; ++row) {
      if (times[row] - calendar->day_start(times[row]) >= one->from) ++late;
    }
    values[i] = all == 0 ? NAN : 2 * (double)late / (double)all - 1;
  }
  return AUSPEX_OK;
}

static const auspex_indicator functions = {sizeof functions, describe, calculate, NULL};

/* ---- what the plugin exports ---- */

static const auspex_parameter parameters[] = {{sizeof(auspex_parameter), AUSPEX_TYPE_INT, 0, 0, TEXT("hour"),
                                               TEXT("when the evening begins"), TEXT("18"), 0, 23, NULL, 0,
                                               0, 0, 0}};

static const auspex_component component = {sizeof component,
                                           TEXT(EVENING_PLUGIN "/share"),
                                           TEXT(AUSPEX_INDICATOR),
                                           &functions,
                                           TEXT("Evening share"),
                                           TEXT("2e / n - 1, n = all that the student does in the range, e = after the hour; none where n = 0."),
                                           NO_TEXT,
                                           parameters,
                                           1,
                                           create,
                                           destroy,
                                           declare};

static const auspex_component *const components[] = {&component};

extern AUSPEX_EXPORT const auspex_plugin_entry auspex_plugin;
const auspex_plugin_entry auspex_plugin = {AUSPEX_MAGIC,
                                           AUSPEX_ABI_MAJOR,
                                           AUSPEX_ABI_MINOR,
                                           sizeof auspex_plugin,
                                           TEXT(EVENING_PLUGIN),
                                           TEXT("1.0.0"),
                                           TEXT("1.0.0"),
                                           TEXT("Evenings"),
                                           TEXT("Auspex"),
                                           TEXT("Apache-2.0"),
                                           NO_TEXT,
                                           NULL,
                                           0,
                                           init,
                                           NULL,
                                           components,
                                           1};

#ifdef __cplusplus
}
#endif
