/* One component of each kind that loads well and then does wrong what its parameter `fault` names; "" does nothing wrong.
 * `course`: the dense key of the only analysable with which it does what ends or blocks a process; -1 = with all. */
#define WITHOUT_ENTRY
#include "part.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct faulty {
  char fault[32];
  int64_t course;
} faulty;

static int is(const void *self, const char *fault) { return strcmp(((const faulty *)self)->fault, fault) == 0; }

static int deeper(volatile char *above) {
  volatile char here[4096];
  if (above[0] == 77) return 0;
  here[0] = above[0];
  return deeper(here) + here[1];
}

/* What ends or blocks a process, or makes a second one. */
static void misbehave(const void *self, int64_t key) {
  const faulty *one = self;
  volatile char top = 0;
  if (one->course >= 0 && one->course != key) return;
  if (is(one, "crash")) *(volatile int *)16 = 1;
  if (is(one, "abort")) abort();
  if (is(one, "exit")) exit(7);
  if (is(one, "quit")) _exit(7);
  if (is(one, "kill")) raise(SIGKILL);
  if (is(one, "overflow")) top = (char)deeper(&top);
  if (is(one, "fork")) (void)fork();
  if (is(one, "hang")) {
    for (;;) pause();
  }
  if (is(one, "allocate")) {
    for (;;) {
      void *more = malloc(1 << 20);
      if (more) memset(more, 1, 1 << 20);
    }
  }
  if (is(one, "flood")) {
    for (int i = 0; i < 100000; ++i) puts("nobody asked for this");
  }
}

static auspex_status create(const auspex_argument *arguments, size_t count, auspex_str compatibility, void **self,
                            auspex_error *error) {
  faulty *one = calloc(1, sizeof *one);
  (void)compatibility;
  one->course = -1;
  for (size_t i = 0; i < count; ++i) {
    if (arguments[i].type == AUSPEX_TYPE_TEXT) memcpy(one->fault, arguments[i].texts[0].data, arguments[i].texts[0].size);
    else one->course = arguments[i].integers[0];
  }
  if (is(one, "create_crashes")) *(volatile int *)16 = 1;
  if (is(one, "create_fails")) {
    free(one);
    return fail_with(error, AUSPEX_FAILED, "no licence", "buy one");
  }
  *self = one;
  return AUSPEX_OK;
}

static auspex_status declare_indicator(void *self, const auspex_read_sink *sink, auspex_error *error) {
  static const auspex_str columns[] = {TEXT("time")};
  auspex_read read = {sizeof read,    AUSPEX_STAGE_CALCULATE, AUSPEX_SCOPE_SAMPLE, AUSPEX_WINDOW_RANGE,
                      TEXT("events"), columns,                1,                   NULL, 0};
  if (is(self, "declare_fails")) return fail_with(error, AUSPEX_FAILED, "nothing to declare", "");
  if (is(self, "no_table")) read.table.size = 0;
  if (is(self, "no_columns")) read.column_count = 0;
  if (is(self, "wrong_stage")) read.stage = AUSPEX_STAGE_LABEL;
  if (is(self, "wrong_scope")) read.scope = 9;
  if (is(self, "wrong_window")) read.window = 0;
  if (is(self, "history")) read.window = AUSPEX_WINDOW_HISTORY;
  if (is(self, "null_columns")) read.columns = NULL;
  sink->add(sink->context, &read);
  return AUSPEX_OK;
}

/* ---- indicator ---- */

static auspex_status describe_indicator(void *self, auspex_indicator_info *info, auspex_error *error) {
  static const double classes[] = {-1, 0, 1};
  if (is(self, "describe_fails")) return fail_with(error, AUSPEX_FAILED, "indescribable", "");
  info->type = is(self, "unknown_type") ? 8 : is(self, "off_class") ? AUSPEX_INDICATOR_DISCRETE : AUSPEX_INDICATOR_BINARY;
  info->required_entities = is(self, "unknown_entity") ? 1u << 20 : 0;
  info->classes = classes;
  info->class_count = 3;
  return AUSPEX_OK;
}

static auspex_status calculate(void *self, const auspex_frame *frame, double *values, auspex_error *error) {
  for (int64_t i = 0; i < frame->sample_count; ++i) values[i] = i == 0 ? NAN : 1;
  misbehave(self, frame->analysable->key);
  if (is(self, "seven")) values[1] = 7;
  if (is(self, "infinite")) values[1] = -INFINITY;
  if (is(self, "off_class")) values[1] = 0.25;
  if (is(self, "silent")) return 42;
  if (is(self, "fails")) return fail_with(error, AUSPEX_FAILED, "the row is \x1b[31mreserved \xff", "use another");
  if (is(self, "long_message")) {
    memset(error->message, 'x', sizeof error->message);
    return AUSPEX_FAILED;
  }
  return AUSPEX_OK;
}

static const auspex_indicator indicator = {sizeof indicator, describe_indicator, calculate, NULL};

/* ---- analyser ---- */

static auspex_status describe_analyser(void *self, auspex_analyser_info *info, auspex_error *error) {
  (void)error;
  info->unit = AUSPEX_UNIT_COURSE;
  info->sample_entity = AUSPEX_ENTITY_ENROLMENT;
  info->entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER) | AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE);
  if (!is(self, "own_entity_missing")) info->entities |= AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ENROLMENT);
  return AUSPEX_OK;
}

static auspex_status list_analysables(void *self, const auspex_frame *frame, const auspex_analysable_sink *sink,
                                      auspex_error *error) {
  auspex_analysable one = {sizeof one, AUSPEX_UNIT_COURSE, 5, 100, AUSPEX_NO_TIME};
  (void)frame, (void)error;
  if (is(self, "wrong_unit")) one.unit = AUSPEX_UNIT_SITE;
  sink->add(sink->context, &one);
  one.key = 6;
  sink->add(sink->context, &one);
  return AUSPEX_OK;
}

static auspex_status list_samples(void *self, const auspex_frame *frame, const auspex_sample_sink *sink,
                                  auspex_error *error) {
  int64_t keys[] = {7, frame->analysable->key, 9};
  (void)error;
  misbehave(self, frame->analysable->key);
  if (is(self, "no_own_id")) keys[2] = -1;
  sink->add(sink->context, keys, is(self, "few_keys") ? 2 : 3);
  return AUSPEX_OK;
}

static const auspex_analyser analyser = {sizeof analyser, describe_analyser, list_analysables, list_samples};

/* ---- time splitter ---- */

static auspex_status describe_splitter(void *self, auspex_time_splitter_info *info, auspex_error *error) {
  (void)error;
  info->direction = is(self, "no_direction") ? 0 : AUSPEX_SPLITS_BEFORE_NOW;
  info->range_columns = info->cacheable = info->valid_for_evaluation = 1;
  return AUSPEX_OK;
}

static auspex_status split(void *self, const auspex_life *life, const auspex_range_sink *sink, auspex_reason *reason,
                           auspex_error *error) {
  const int64_t middle = life->start + (life->end - life->start) / 2;
  auspex_range first = {sizeof first, 1, life->start, middle, middle, NO_TEXT};
  auspex_range second = {sizeof second, 0, middle, life->end, life->end, TEXT("late")};
  (void)error;
  misbehave(self, -1);
  if (is(self, "nothing")) return AUSPEX_OK;
  if (is(self, "reason") || is(self, "ranges_and_reason")) {
    strcpy(reason->id, "too_short");
    strcpy(reason->arguments[0].name, "seconds");
    strcpy(reason->arguments[0].value, "12");
    reason->argument_count = 1;
    if (is(self, "reason")) return AUSPEX_OK;
  }
  if (is(self, "backwards")) first.end = first.start - 1;
  if (is(self, "no_time")) first.predict_at = AUSPEX_NO_TIME;
  if (is(self, "same_name")) first.name = second.name;
  if (is(self, "descending")) {
    sink->add(sink->context, &second);
    sink->add(sink->context, &first);
    return AUSPEX_OK;
  }
  sink->add(sink->context, &first);
  sink->add(sink->context, &second);
  return AUSPEX_OK;
}

static const auspex_time_splitter splitter = {sizeof splitter, describe_splitter, split};

/* ---- target ---- */

static auspex_status describe_target(void *self, auspex_target_info *info, auspex_error *error) {
  static const double classes[] = {0, 1};
  static const auspex_str names[] = {TEXT("stays"), TEXT("leaves")};
  static const auspex_str reasons[] = {TEXT("not_enrolled"), TEXT("too_late")};
  static const auspex_str columns[] = {TEXT("faulty/indicator")};
  (void)error;
  info->type = AUSPEX_TARGET_BINARY;
  info->required_entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER);
  info->analyser = (auspex_str)TEXT("faulty/analyser");
  if (is(self, "no_analyser")) info->analyser.size = 0;
  info->classes = classes;
  info->class_names = names;
  info->class_count = is(self, "one_class") ? 1 : 2;
  info->ignored_classes = classes;
  info->ignored_class_count = 1;
  info->score_limit = is(self, "score_limit") ? 1.5 : 0.7;
  info->accepts_direction = AUSPEX_SPLITS_BEFORE_NOW;
  info->sample_reasons = reasons;
  info->sample_reason_count = 2;
  if (is(self, "linear") || is(self, "boundary")) {
    info->type = AUSPEX_TARGET_LINEAR;
    info->maximum = 10;
    info->boundary = is(self, "boundary") ? 11 : 4;
    info->decides_from = columns;
    info->decides_from_count = 1;
  }
  return AUSPEX_OK;
}

static auspex_status check_analysable(void *self, const auspex_frame *frame, auspex_reason *reason, auspex_error *error) {
  (void)frame, (void)error;
  if (is(self, "leaves_out")) {
    memset(reason->id, 'x', sizeof reason->id);
    reason->argument_count = 1000;
  }
  return AUSPEX_OK;
}

static auspex_status check_samples(void *self, const auspex_frame *frame, int32_t *codes, auspex_error *error) {
  (void)error;
  for (int64_t i = 0; i < frame->sample_count; ++i) codes[i] = i == 0 ? 2 : 0;
  if (is(self, "unknown_code")) codes[1] = 3;
  return AUSPEX_OK;
}

static auspex_status label(void *self, const auspex_frame *frame, double *labels, auspex_error *error) {
  (void)error;
  misbehave(self, frame->analysable->key);
  for (int64_t i = 0; i < frame->sample_count; ++i) labels[i] = i == 0 ? NAN : 1;
  if (is(self, "unknown_label")) labels[1] = 2;
  return AUSPEX_OK;
}

static const auspex_target target = {sizeof target, describe_target, check_analysable, check_samples, label};

/* ---- ML backend: the share of class 1, whatever the row ---- */

static auspex_status describe_backend(void *self, auspex_backend_info *info, auspex_error *error) {
  (void)error;
  info->abilities = is(self, "no_abilities") ? 0 : AUSPEX_CAN_BINARY;
  if (is(self, "no_contributions")) info->abilities |= AUSPEX_CAN_CONTRIBUTIONS;
  return AUSPEX_OK;
}

static auspex_status train(void *self, const auspex_matrix *matrix, const auspex_byte_sink *model, auspex_error *error) {
  double share = 0;
  (void)error;
  misbehave(self, -1);
  if (is(self, "empty_model")) return AUSPEX_OK;
  for (int64_t r = 0; r < matrix->rows; ++r) share += matrix->labels[r] / (double)matrix->rows;
  model->write(model->context, &share, 3);
  model->write(model->context, (const char *)&share + 3, sizeof share - 3);
  return AUSPEX_OK;
}

static auspex_status predict(void *self, const void *model, size_t size, const auspex_matrix *matrix, double *out,
                             auspex_error *error) {
  double share;
  if (size != sizeof share) return fail_with(error, AUSPEX_INVALID, "these are not the bytes of a model", "train again");
  memcpy(&share, model, size);
  for (int64_t r = 0; r < matrix->rows; ++r) {
    out[2 * r] = 1 - share;
    out[2 * r + 1] = share;
  }
  if (is(self, "nan")) out[3] = NAN;
  if (is(self, "negative")) out[2] = -0.25;
  if (is(self, "sum")) out[2] = out[3] = 0.75;
  return AUSPEX_OK;
}

static const auspex_ml_backend backend = {sizeof backend, describe_backend, train, predict, NULL, NULL};

/* One that explains: a quarter by the column, the rest by the constant. */
static auspex_status describe_explainer(void *self, auspex_backend_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->abilities = AUSPEX_CAN_BINARY | AUSPEX_CAN_MULTICLASS | AUSPEX_CAN_CONTRIBUTIONS;
  return AUSPEX_OK;
}

static auspex_status contributions(void *self, const void *model, size_t size, const auspex_matrix *matrix, double *out,
                                   auspex_error *error) {
  (void)self, (void)model, (void)size, (void)error;
  for (int64_t r = 0; r < matrix->rows; ++r) {
    out[2 * r] = 0.25;
    out[2 * r + 1] = 0.75;
  }
  return AUSPEX_OK;
}

static auspex_status explain(void *self, const void *model, size_t size, const auspex_matrix *matrix, double *margins,
                             double *out, auspex_error *error) {
  for (int64_t r = 0; r < matrix->rows; ++r) margins[r] = 1;
  contributions(self, model, size, matrix, out, error);
  if (is(self, "sum")) out[2] = 0.26;
  if (is(self, "nan")) out[3] = NAN;
  if (is(self, "margin")) margins[1] = NAN;
  return AUSPEX_OK;
}

static const auspex_ml_backend explainer = {sizeof explainer, describe_explainer, train, predict, contributions, explain};
/* As a plugin built before `explain` was in the contract. */
static const auspex_ml_backend older_explainer = {offsetof(auspex_ml_backend, explain), describe_explainer, train, predict,
                                                  contributions, NULL};

/* ---- the plugin ---- */

static const auspex_parameter parameters[] = {{sizeof(auspex_parameter), AUSPEX_TYPE_TEXT, 0, 0, TEXT("fault"),
                                               TEXT("what to do wrong"), NO_TEXT, -HUGE_VAL, HUGE_VAL, NULL, 0},
                                              {sizeof(auspex_parameter), AUSPEX_TYPE_INT, 0, 0, TEXT("course"),
                                               TEXT("with which analysable alone"), NO_TEXT, -1, HUGE_VAL, NULL, 0}};
#define COMPONENT(identifier, interface, table, declares) \
  {sizeof(auspex_component), TEXT(identifier), TEXT(interface), &table, TEXT(identifier), NO_TEXT, NO_TEXT, \
   parameters, 2, create, free, declares}
static const auspex_component the_indicator = COMPONENT("faulty/indicator", AUSPEX_INDICATOR, indicator, declare_indicator);
static const auspex_component the_analyser = COMPONENT("faulty/analyser", AUSPEX_ANALYSER, analyser, NULL);
static const auspex_component the_splitter = COMPONENT("faulty/splitter", AUSPEX_TIME_SPLITTER, splitter, NULL);
static const auspex_component the_target = COMPONENT("faulty/target", AUSPEX_TARGET, target, NULL);
static const auspex_component the_backend = COMPONENT("faulty/backend", AUSPEX_ML_BACKEND, backend, NULL);
static const auspex_component the_explainer = COMPONENT("faulty/explainer", AUSPEX_ML_BACKEND, explainer, NULL);
static const auspex_component the_older_explainer = COMPONENT("faulty/older_explainer", AUSPEX_ML_BACKEND, older_explainer, NULL);
static const auspex_component *const components[] = {&the_indicator, &the_analyser, &the_splitter, &the_target,
                                                     &the_backend, &the_explainer, &the_older_explainer};

AUSPEX_EXPORT extern const auspex_plugin_entry auspex_plugin;
const auspex_plugin_entry auspex_plugin = {
    AUSPEX_MAGIC, AUSPEX_ABI_MAJOR, AUSPEX_ABI_MINOR, sizeof auspex_plugin, TEXT("faulty"), TEXT("1.0.0"), TEXT("0.1.0"),
    TEXT("Faults at run time"), TEXT("Auspex"), TEXT("Apache-2.0"), NO_TEXT, NULL, 0, NULL, NULL, components, 7};
