/* One component of the kind KIND that keeps the contract but for what FAULT names; "" keeps it whole. */
#define WITHOUT_ENTRY
#include "part.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ANALYSER, SPLITTER, TARGET, INDICATOR, BACKEND };

static const auspex_progress *progress;
static double shared; /* what no plugin should have */
static int instances;

static int is(const char *fault) { return strcmp(FAULT, fault) == 0; }

typedef struct instance {
  double calls, before, sum;
} instance;

static auspex_status create(const auspex_argument *arguments, size_t count, auspex_str compatibility, void **self,
                            auspex_error *error) {
  (void)arguments, (void)count, (void)compatibility;
  if (is("create_fails")) return fail_with(error, AUSPEX_FAILED, "no licence", "buy one");
  if (is("create_crashes")) abort();
  ++instances;
  *self = calloc(1, sizeof(instance));
  return AUSPEX_OK;
}

static void destroy(void *self) {
  if (is("destroy_crashes")) abort();
  if (!is("leaks")) free(self);
}

static auspex_status read_events(const auspex_read_sink *sink, int32_t stage, int32_t scope) {
  static const auspex_str columns[] = {TEXT("time"), TEXT("count")}, fewer[] = {TEXT("time")};
  const auspex_read read = {sizeof read,
                            stage,
                            scope,
                            AUSPEX_WINDOW_RANGE,
                            TEXT("events"),
                            is("declares_otherwise") && instances % 2 ? fewer : columns,
                            is("declares_otherwise") && instances % 2 ? 1 : 2,
                            NULL,
                            0};
  sink->add(sink->context, &read);
  return AUSPEX_OK;
}

static auspex_status read_courses(const auspex_read_sink *sink, int32_t stage) {
  static const auspex_str columns[] = {TEXT("course_id"), TEXT("start"), TEXT("end")};
  static const auspex_str samples[] = {TEXT("enrolment_id")};
  auspex_read read = {sizeof read, stage, AUSPEX_SCOPE_ANALYSABLE, AUSPEX_WINDOW_HISTORY, TEXT("courses"), columns, 3,
                      NULL,        0};
  if (stage == AUSPEX_STAGE_SAMPLES) {
    read.table = (auspex_str)TEXT("enrolments");
    read.columns = samples;
    read.column_count = 1;
  }
  sink->add(sink->context, &read);
  return AUSPEX_OK;
}

static auspex_status declare(void *self, const auspex_read_sink *sink, auspex_error *error) {
  (void)self, (void)error;
  if (KIND == INDICATOR) return read_events(sink, AUSPEX_STAGE_CALCULATE, AUSPEX_SCOPE_SAMPLE);
  if (KIND == TARGET) return read_events(sink, AUSPEX_STAGE_LABEL, AUSPEX_SCOPE_SAMPLE);
  if (KIND == ANALYSER) return read_courses(sink, AUSPEX_STAGE_LIST), read_courses(sink, AUSPEX_STAGE_SAMPLES);
  return AUSPEX_OK;
}

/* ---- indicator: more rows, more value ---- */

static auspex_status describe_indicator(void *self, auspex_indicator_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->type = is("unknown_type") ? 8 : AUSPEX_INDICATOR_LINEAR;
  info->required_entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER) | AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE);
  return AUSPEX_OK;
}

static void *wait_for_ever(void *nothing) {
  for (;;) pause();
  return nothing;
}

static auspex_status calculate(void *self, const auspex_frame *frame, double *values, auspex_error *error) {
  instance *one = self;
  const auspex_rows *rows = &frame->reads[0];
  double total = 0;
  one->calls += 1;
  if (is("loops"))
    for (volatile int ever = 1; ever;)
      ;
  if (is("crashes")) *(volatile int *)NULL = 0;
  if (is("exits")) exit(3);
  if (is("crashes_on_nobody") && frame->sample_count == 0) abort();
  if (is("silent")) return 42;
  if (is("fails")) return fail_with(error, AUSPEX_FAILED, "not on Mondays", "try on Tuesday");
  if (is("prints")) fputs("hello\n", stderr);
  if (is("floods"))
    for (;;) puts("water water water water water water water water water water water water");
  if (is("hoards"))
    while (malloc(64u << 20) != NULL)
      ;
  if (is("hoards")) abort();
  if (is("forks") && fork() == 0) sleep(2), _exit(0);
  if (is("leaves_thread")) {
    pthread_t thread;
    pthread_create(&thread, NULL, wait_for_ever, NULL);
  }
  if (is("exact_size") && frame->struct_size != sizeof *frame) return fail_with(error, AUSPEX_FAILED, "another frame", "");
  if (is("writes_inputs") && rows->columns[0].length > 0) ((int64_t *)rows->columns[0].values)[0] += 1;
  for (int64_t i = 0; i < frame->sample_count; ++i) {
    const int64_t begin = rows->begin[i], end = rows->end[i];
    const int64_t *counts = rows->columns[1].values;
    double n = (double)(end - begin);
    for (int64_t row = begin; row < end; ++row) n += counts[row] > 3 ? 0.25 : 0;
    if (is("crashes_on_no_rows") && end == begin) abort();
    if (is("peeks")) n += (double)(((const int64_t *)rows->columns[0].values)[end] % 97);
    if (is("undeclared")) n += ((const double *)rows->columns[2].values)[begin];
    if (is("by_place")) n += (double)i;
    if (is("counts_calls")) n += one->calls;
    if (is("remembers_range")) n += one->before;
    if (is("random")) n += rand() % 50;
    if (is("clock")) n += (double)(time(NULL) % 1000);
    if (is("process")) n += (double)(getpid() % 1000);
    if (is("address")) n += (double)((uintptr_t)self / 16 % 1009);
    if (is("shares")) n += shared;
    if (is("deaf"))
      for (volatile int turn = 0; turn < 400000; ++turn)
        ;
    if (progress && progress->cancelled() && !is("deaf")) return AUSPEX_CANCELLED;
    total += n;
    values[i] = is("seven") ? 7 : is("infinite") ? -INFINITY : n == 0 ? NAN : 1 - 2 / (1 + n);
  }
  if (is("remembers_range")) one->before = total;
  if (is("shares")) shared = total;
  return AUSPEX_OK;
}

static const auspex_indicator indicator = {sizeof indicator, describe_indicator, calculate, NULL};

/* ---- analyser: courses and their enrolments ---- */

static auspex_status describe_analyser(void *self, auspex_analyser_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->unit = AUSPEX_UNIT_COURSE;
  info->sample_entity = AUSPEX_ENTITY_ENROLMENT;
  info->entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ENROLMENT);
  return AUSPEX_OK;
}

static auspex_status list_analysables(void *self, const auspex_frame *frame, const auspex_analysable_sink *sink,
                                      auspex_error *error) {
  const auspex_rows *rows = &frame->reads[0];
  (void)self, (void)error;
  for (int64_t i = rows->begin[0]; i < rows->end[0]; ++i) {
    auspex_analysable one = {sizeof one,     AUSPEX_UNIT_COURSE, ((const int64_t *)rows->columns[0].values)[i],
                             AUSPEX_NO_TIME, AUSPEX_NO_TIME,     0};
    if (is("wrong_unit")) one.unit = AUSPEX_UNIT_SITE;
    if (is("batch_end") && i + 1 == rows->end[0]) one.end = i;
    sink->add(sink->context, &one);
    if (is("analysable_twice")) sink->add(sink->context, &one);
  }
  return AUSPEX_OK;
}

static auspex_status list_samples(void *self, const auspex_frame *frame, const auspex_sample_sink *sink,
                                  auspex_error *error) {
  const auspex_rows *rows = &frame->reads[0];
  (void)self, (void)error;
  for (int64_t i = rows->begin[0]; i < rows->end[0]; ++i) {
    const int64_t id = is("no_own_id") ? -1 : ((const int64_t *)rows->columns[0].values)[i];
    sink->add(sink->context, &id, is("no_keys") ? 0 : 1);
    if (is("sample_twice")) sink->add(sink->context, &id, 1);
  }
  return AUSPEX_OK;
}

static const auspex_analyser analyser = {sizeof analyser, describe_analyser, list_analysables, list_samples};

/* ---- time splitter: two halves ---- */

static auspex_status describe_splitter(void *self, auspex_time_splitter_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->direction = AUSPEX_SPLITS_BEFORE_NOW;
  info->range_columns = info->cacheable = info->valid_for_evaluation = 1;
  return AUSPEX_OK;
}

static auspex_status split(void *self, const auspex_life *life, const auspex_range_sink *sink, auspex_reason *reason,
                           auspex_error *error) {
  (void)self, (void)error;
  if (life->start == AUSPEX_NO_TIME || life->end == AUSPEX_NO_TIME || life->end - life->start < 2) {
    strcpy(reason->id, "too_short");
    return AUSPEX_OK;
  }
  const int64_t middle = life->start + (life->end - life->start) / 2;
  auspex_range first = {sizeof first, 1, life->start, middle, middle, NO_TEXT};
  auspex_range second = {sizeof second, 1, middle, life->end, life->end, NO_TEXT};
  if (is("midst")) first.predict_at = life->start + 1, second.predict_at = middle + 1;
  if (is("backwards")) first.end = first.start - 1;
  if (is("same_name")) first.name = second.name = (auspex_str)TEXT("half");
  if (is("endless_ranges"))
    for (;;) sink->add(sink->context, &first);
  sink->add(sink->context, is("unsorted") ? &second : &first);
  sink->add(sink->context, is("unsorted") ? &first : &second);
  return AUSPEX_OK;
}

static const auspex_time_splitter splitter = {sizeof splitter, describe_splitter, split};

/* ---- target: whether there are rows ---- */

static auspex_status describe_target(void *self, auspex_target_info *info, auspex_error *error) {
  static const double classes[] = {0, 1};
  static const auspex_str names[] = {TEXT("away"), TEXT("there")}, reasons[] = {TEXT("not_yet")};
  (void)self, (void)error;
  info->type = AUSPEX_TARGET_BINARY;
  info->required_entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER) | AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE);
  info->analyser = (auspex_str)TEXT("core/student_enrolments");
  info->classes = classes;
  info->class_names = names;
  info->class_count = 2;
  info->accepts_direction = AUSPEX_SPLITS_ANY;
  info->sample_reasons = reasons;
  info->sample_reason_count = 1;
  return AUSPEX_OK;
}

static auspex_status check_analysable(void *self, const auspex_frame *frame, auspex_reason *reason, auspex_error *error) {
  (void)self, (void)frame, (void)error;
  if (is("sentence")) strcpy(reason->id, "The course is not over.");
  return AUSPEX_OK;
}

static auspex_status check_samples(void *self, const auspex_frame *frame, int32_t *codes, auspex_error *error) {
  (void)self, (void)error;
  for (int64_t i = 0; i < frame->sample_count; ++i) codes[i] = is("unknown_code") ? 9 : 0;
  return AUSPEX_OK;
}

static auspex_status label(void *self, const auspex_frame *frame, double *labels, auspex_error *error) {
  const auspex_rows *rows = &frame->reads[0];
  (void)self, (void)error;
  for (int64_t i = 0; i < frame->sample_count; ++i)
    labels[i] = is("unknown_label") ? 2 : rows->end[i] > rows->begin[i] ? 1 : 0;
  return AUSPEX_OK;
}

static const auspex_target target = {sizeof target, describe_target, check_analysable, check_samples, label};

/* ---- ML backend: the frequency of each class where the first column is positive, and where it is not ---- */

#define MARK 0x5a17u
typedef struct shares {
  uint32_t mark, columns;
  double positive[2][2];
  uint64_t sum; /* of the bytes before */
} shares;

static uint64_t sum_of(const shares *model) {
  uint64_t sum = 1469598103934665603u;
  const unsigned char *bytes = (const unsigned char *)model;
  for (size_t i = 0; i < offsetof(shares, sum); ++i) sum = (sum ^ bytes[i]) * 1099511628211u;
  return sum;
}

static auspex_status describe_backend(void *self, auspex_backend_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->abilities = AUSPEX_CAN_BINARY;
  return AUSPEX_OK;
}

static auspex_status train(void *self, const auspex_matrix *matrix, const auspex_byte_sink *sink, auspex_error *error) {
  instance *one = self;
  shares model;
  double n[2] = {2, 2};
  memset(&model, 0, sizeof model);
  model.mark = MARK;
  model.columns = (uint32_t)matrix->columns;
  model.positive[0][1] = model.positive[1][1] = 1;
  if (matrix->columns == 0) return fail_with(error, AUSPEX_INVALID, "there are no columns", "");
  for (int64_t r = 0; r < matrix->rows; ++r) {
    const int side = matrix->values[r * matrix->columns] > 0;
    if (matrix->labels[r] != 0 && matrix->labels[r] != 1) return fail_with(error, AUSPEX_INVALID, "a label is no class", "");
    model.positive[side][1] += matrix->labels[r];
    n[side] += 1;
  }
  if (is("adds_up")) model.positive[0][1] += one->sum, one->sum += 1;
  if (is("by_threads")) model.positive[0][1] += matrix->threads;
  for (int side = 0; side < 2; ++side) {
    model.positive[side][1] /= n[side] + (is("adds_up") || is("by_threads") ? 100 : 0);
    model.positive[side][0] = 1 - model.positive[side][1];
  }
  model.sum = sum_of(&model);
  if (is("forgets")) one->sum = model.positive[1][1];
  sink->write(sink->context, &model, is("empty_model") ? 0 : sizeof model);
  return AUSPEX_OK;
}

static auspex_status predict(void *self, const void *bytes, size_t size, const auspex_matrix *matrix, double *out,
                             auspex_error *error) {
  const instance *one = self;
  shares model;
  if (is("crashes_on_bytes") && size != sizeof model) abort();
  if (is("any_bytes") && (size != sizeof model || ((const shares *)bytes)->mark != MARK)) {
    for (int64_t i = 0; i < 2 * matrix->rows; ++i) out[i] = 0.5;
    return AUSPEX_OK;
  }
  if (is("unreadable") || size != sizeof model)
    return fail_with(error, AUSPEX_INVALID, "these are not the bytes of a model", "");
  memcpy(&model, bytes, size);
  if (model.mark != MARK || model.sum != sum_of(&model))
    return fail_with(error, AUSPEX_INVALID, "the bytes are damaged", "");
  if (!is("any_columns") && matrix->columns != model.columns) return fail_with(error, AUSPEX_INVALID, "other columns", "");
  for (int64_t r = 0; r < matrix->rows; ++r) {
    const int side = matrix->values[r * matrix->columns] > 0;
    for (int k = 0; k < 2; ++k) out[2 * r + k] = model.positive[side][k];
    if (is("forgets")) out[2 * r] = 1 - one->sum, out[2 * r + 1] = one->sum;
    if (is("negative")) out[2 * r] = -0.25;
  }
  return AUSPEX_OK;
}

static const auspex_ml_backend backend = {sizeof backend, describe_backend, train, predict, NULL};

/* ---- the plugin ---- */

static auspex_status init(const auspex_host *host, auspex_error *error) {
  (void)error;
  progress = host->get_interface(host, AUSPEX_PROGRESS);
  if (is("needs_services") && progress->cancelled()) return AUSPEX_FAILED;
  if (is("init_prints")) puts("Thank you for choosing us!");
  if (is("init_forks") && fork() == 0) sleep(2), _exit(0);
  return AUSPEX_OK;
}

static const struct {
  auspex_str id;
  const void *functions;
} kinds[] = {{TEXT(AUSPEX_ANALYSER), &analyser},
             {TEXT(AUSPEX_TIME_SPLITTER), &splitter},
             {TEXT(AUSPEX_TARGET), &target},
             {TEXT(AUSPEX_INDICATOR), &indicator},
             {TEXT(AUSPEX_ML_BACKEND), &backend}};

static auspex_component component = {
    sizeof component, TEXT("bad/it"), NO_TEXT, NULL,   TEXT("It"), TEXT("It does one thing wrong."),
    NO_TEXT,          NULL,           0,       create, destroy,    declare};
static const auspex_component *const components[] = {&component};

__attribute__((constructor)) static void choose(void) {
  component.interface_id = kinds[KIND].id;
  component.functions = kinds[KIND].functions;
}

AUSPEX_EXPORT extern const auspex_plugin_entry auspex_plugin;
const auspex_plugin_entry auspex_plugin = {AUSPEX_MAGIC,
                                           AUSPEX_ABI_MAJOR,
                                           AUSPEX_ABI_MINOR,
                                           sizeof auspex_plugin,
                                           TEXT("bad"),
                                           TEXT("1.0.0"),
                                           TEXT("0.1.0"),
                                           TEXT("One fault"),
                                           TEXT("Auspex"),
                                           TEXT("Apache-2.0"),
                                           NO_TEXT,
                                           NULL,
                                           0,
                                           init,
                                           NULL,
                                           components,
                                           1};
