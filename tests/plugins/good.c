/* A plugin in plain C: one indicator with parameters, reads, a preparation and the host's services. */
#define WITHOUT_ENTRY
#include "part.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const auspex_log *host_log;
static const auspex_calendar *host_calendar;
static const auspex_progress *host_progress;
static int initialised;

static auspex_status init(const auspex_host *host, auspex_error *error) {
  host_log = (const auspex_log *)host->get_interface(host, AUSPEX_LOG);
  host_calendar = (const auspex_calendar *)host->get_interface(host, AUSPEX_CALENDAR);
  host_progress = (const auspex_progress *)host->get_interface(host, AUSPEX_PROGRESS);
  if (host->get_interface(host, "auspex.log/1 ")) return fail_with(error, AUSPEX_FAILED, "unknown ids are answered", "");
  if (++initialised != 1) return fail_with(error, AUSPEX_FAILED, "init was called twice", "");
  if (!host_log || !host_calendar || !host_progress) return fail_with(error, AUSPEX_FAILED, "a service is missing", "");
  return AUSPEX_OK;
}

/* Its value: +1 for a sample with at least `rows` rows, else -1; `shift` is added; none for samples without rows. */
typedef struct rows_at_least {
  int64_t rows;
  double shift;
  char word[64];
  size_t list_count;
} rows_at_least;

static auspex_status create(const auspex_argument *arguments, size_t count, auspex_str compatibility, void **self,
                            auspex_error *error) {
  rows_at_least *one = calloc(1, sizeof *one);
  (void)compatibility;
  if (!one) return fail_with(error, AUSPEX_FAILED, "no memory", "");
  for (size_t i = 0; i < count; ++i) {
    const auspex_argument *a = &arguments[i];
    if (a->name.size == 4 && !memcmp(a->name.data, "rows", 4)) one->rows = a->integers[0];
    if (a->name.size == 5 && !memcmp(a->name.data, "shift", 5)) one->shift = a->reals[0];
    if (a->name.size == 4 && !memcmp(a->name.data, "list", 4)) one->list_count = a->count;
    if (a->name.size == 4 && !memcmp(a->name.data, "word", 4)) {
      memcpy(one->word, a->texts[0].data, a->texts[0].size < 63 ? a->texts[0].size : 63);
    }
  }
  if (one->rows == 13) {
    free(one);
    return fail_with(error, AUSPEX_INVALID, "thirteen is unlucky", "take twelve");
  }
  *self = one;
  return AUSPEX_OK;
}

static auspex_status declare(void *self, const auspex_read_sink *sink, auspex_error *error) {
  static const auspex_str columns[] = {TEXT("time"), TEXT("name")};
  static const auspex_str names[] = {TEXT("submitted"), TEXT("uploaded")};
  const rows_at_least *one = self;
  const auspex_condition where = {sizeof where, TEXT("name"), names, 2};
  auspex_read read = {sizeof read,    AUSPEX_STAGE_CALCULATE, AUSPEX_SCOPE_SAMPLE, AUSPEX_WINDOW_RANGE,
                      TEXT("events"), columns,                2,                   &where, 1};
  (void)error;
  sink->add(sink->context, &read);
  if (one->list_count > 0) {
    read.stage = AUSPEX_STAGE_PREPARE;
    read.scope = AUSPEX_SCOPE_ANALYSABLE;
    read.window = AUSPEX_WINDOW_UNTIL_END;
    read.table = (auspex_str)TEXT("activities");
    read.column_count = 1;
    read.condition_count = 0;
    sink->add(sink->context, &read);
  }
  return AUSPEX_OK;
}

static auspex_status calculate(void *self, const auspex_frame *frame, double *values, auspex_error *error) {
  const rows_at_least *one = self;
  const auspex_rows *rows = &frame->reads[0];
  (void)error;
  for (int64_t i = 0; i < frame->sample_count; ++i) {
    const int64_t n = rows->end[i] - rows->begin[i];
    values[i] = n == 0 ? NAN : (n >= one->rows ? 1.0 : -1.0) + one->shift;
  }
  if (host_progress->cancelled()) return AUSPEX_CANCELLED;
  host_progress->report(2.5);
  return AUSPEX_OK;
}

/* Tells through its failure what the calendar answers: midnight before, and one month later. */
static auspex_status prepare(void *self, const auspex_frame *frame, auspex_error *error) {
  char text[128];
  (void)self;
  snprintf(text, sizeof text, "day %lld month %lld", (long long)host_calendar->day_start(frame->start),
           (long long)host_calendar->add(frame->start, 1, 0));
  return fail_with(error, AUSPEX_FAILED, text, "a hint");
}

static const auspex_indicator functions = {sizeof functions, describe_linear, calculate, prepare};

static const auspex_str words[] = {TEXT("few"), TEXT("many")};
static const auspex_parameter parameters[] = {
    {sizeof(auspex_parameter), AUSPEX_TYPE_INT, 0, 0, TEXT("rows"), TEXT("how many rows make +1"), TEXT("3"), 1, 1000, NULL,
     0},
    {sizeof(auspex_parameter), AUSPEX_TYPE_REAL, 0, 0, TEXT("shift"), TEXT("added to the value"), TEXT("0"), -HUGE_VAL,
     HUGE_VAL, NULL, 0},
    {sizeof(auspex_parameter), AUSPEX_TYPE_TEXT, 0, 0, TEXT("word"), NO_TEXT, NO_TEXT, -HUGE_VAL, HUGE_VAL, words, 2},
    {sizeof(auspex_parameter), AUSPEX_TYPE_REAL, 1, 0, TEXT("list"), NO_TEXT, NO_TEXT, 0, 1, NULL, 0}};

static const auspex_component component = {sizeof component, TEXT("good/rows_at_least"), TEXT(AUSPEX_INDICATOR), &functions,
                                           TEXT("Rows at least"), TEXT("+1 for at least `rows` rows, else -1."),
                                           TEXT("rows"), parameters, 4, create, free, declare};
static const auspex_component *const components[] = {&component};

AUSPEX_EXPORT extern const auspex_plugin_entry auspex_plugin;
const auspex_plugin_entry auspex_plugin = {
    AUSPEX_MAGIC, AUSPEX_ABI_MAJOR, AUSPEX_ABI_MINOR, sizeof auspex_plugin, TEXT("good"), TEXT("2.0.1"), TEXT("0.1.0"),
    TEXT("A good plugin"), TEXT("Auspex"), TEXT("Apache-2.0"), TEXT("https://example.org/good"), NULL, 0, init, NULL,
    components, 1};
