/* A plugin of ABI 1.0 with a component of each kind, in plain C. Its binary, frozen-1.0-x86_64.so, is never built again:
 * every later version of Auspex must load it and get these values. build.sh is how it was made. */
#include <auspex/abi.h>

#define TEXT(literal) \
  { literal, sizeof(literal) - 1 }
#define NO_TEXT \
  { (const char *)0, 0 }

static const auspex_calendar *calendar;

static auspex_status init(const auspex_host *host, auspex_error *error) {
  (void)error;
  calendar = (const auspex_calendar *)host->get_interface(host, AUSPEX_CALENDAR);
  return AUSPEX_OK;
}

static double weight; /* one instance a component, made by the last create: enough here, no allocator needed */

static auspex_status create(const auspex_argument *arguments, size_t count, auspex_str compatibility, void **self,
                            auspex_error *error) {
  (void)compatibility, (void)error;
  weight = count == 1 ? arguments[0].reals[0] : 1;
  *self = &weight;
  return AUSPEX_OK;
}

static void destroy(void *self) { (void)self; }

/* Indicator: -1 + weight for each event, at most 1; none without any. */
static auspex_status declare_indicator(void *self, const auspex_read_sink *sink, auspex_error *error) {
  static const auspex_str columns[] = {TEXT("time")}, reads[] = {TEXT("r")};
  static const auspex_condition where = {sizeof where, TEXT("crud"), reads, 1};
  static const auspex_read read = {
      sizeof read, AUSPEX_STAGE_CALCULATE, AUSPEX_SCOPE_SAMPLE, AUSPEX_WINDOW_RANGE, TEXT("events"), columns, 1, &where, 1};
  (void)self, (void)error;
  sink->add(sink->context, &read);
  return AUSPEX_OK;
}

static auspex_status describe_indicator(void *self, auspex_indicator_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->type = AUSPEX_INDICATOR_LINEAR;
  info->required_entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER) | AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_COURSE);
  return AUSPEX_OK;
}

static auspex_status calculate(void *self, const auspex_frame *frame, double *values, auspex_error *error) {
  const auspex_rows *rows = &frame->reads[0];
  (void)error;
  for (int64_t i = 0; i < frame->sample_count; ++i) {
    const double value = -1 + *(double *)self * (double)(rows->end[i] - rows->begin[i]);
    if (rows->end[i] > rows->begin[i]) values[i] = value > 1 ? 1 : value;
  }
  return AUSPEX_OK;
}

/* Time splitter: the calendar day of the start, and the rest. */
static auspex_status describe_splitter(void *self, auspex_time_splitter_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->direction = AUSPEX_SPLITS_BEFORE_NOW;
  info->range_columns = info->cacheable = info->valid_for_evaluation = 1;
  return AUSPEX_OK;
}

static auspex_status split(void *self, const auspex_life *life, const auspex_range_sink *sink, auspex_reason *reason,
                           auspex_error *error) {
  static const char why[] = "no_calendar_day";
  (void)self, (void)error;
  const int64_t middle =
      life->start == AUSPEX_NO_TIME || !calendar ? life->end : calendar->add(calendar->day_start(life->start), 0, 1);
  if (life->end == AUSPEX_NO_TIME || middle >= life->end) {
    for (size_t i = 0; i < sizeof why; ++i) reason->id[i] = why[i];
    return AUSPEX_OK;
  }
  const auspex_range first = {sizeof first, 1, life->start, middle, middle, TEXT("day")};
  const auspex_range second = {sizeof second, 1, middle, life->end, life->end, TEXT("rest")};
  sink->add(sink->context, &first);
  sink->add(sink->context, &second);
  return AUSPEX_OK;
}

/* Analyser: courses and their enrolments. */
static auspex_status declare_analyser(void *self, const auspex_read_sink *sink, auspex_error *error) {
  static const auspex_str courses[] = {TEXT("course_id")}, enrolments[] = {TEXT("user_id"), TEXT("enrolment_id")};
  const auspex_read list = {
      sizeof list, AUSPEX_STAGE_LIST, AUSPEX_SCOPE_ANALYSABLE, AUSPEX_WINDOW_HISTORY, TEXT("courses"), courses, 1, 0, 0};
  const auspex_read samples = {sizeof samples,
                               AUSPEX_STAGE_SAMPLES,
                               AUSPEX_SCOPE_ANALYSABLE,
                               AUSPEX_WINDOW_HISTORY,
                               TEXT("enrolments"),
                               enrolments,
                               2,
                               0,
                               0};
  (void)self, (void)error;
  sink->add(sink->context, &list);
  sink->add(sink->context, &samples);
  return AUSPEX_OK;
}

static auspex_status describe_analyser(void *self, auspex_analyser_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->unit = AUSPEX_UNIT_COURSE;
  info->sample_entity = AUSPEX_ENTITY_ENROLMENT;
  info->entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER) | AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_ENROLMENT);
  return AUSPEX_OK;
}

static auspex_status list_analysables(void *self, const auspex_frame *frame, const auspex_analysable_sink *sink,
                                      auspex_error *error) {
  const auspex_rows *rows = &frame->reads[0];
  (void)self, (void)error;
  for (int64_t i = rows->begin[0]; i < rows->end[0]; ++i) {
    const auspex_analysable one = {sizeof one,     AUSPEX_UNIT_COURSE, ((const int64_t *)rows->columns[0].values)[i],
                                   AUSPEX_NO_TIME, AUSPEX_NO_TIME,     0};
    sink->add(sink->context, &one);
  }
  return AUSPEX_OK;
}

static auspex_status list_samples(void *self, const auspex_frame *frame, const auspex_sample_sink *sink,
                                  auspex_error *error) {
  const auspex_rows *rows = &frame->reads[0];
  (void)self, (void)error;
  for (int64_t i = rows->begin[0]; i < rows->end[0]; ++i) {
    const int64_t keys[] = {((const int64_t *)rows->columns[0].values)[i], ((const int64_t *)rows->columns[1].values)[i]};
    sink->add(sink->context, keys, 2);
  }
  return AUSPEX_OK;
}

/* Target: 1 for samples with an even user, 0 for others. */
static auspex_status describe_target(void *self, auspex_target_info *info, auspex_error *error) {
  static const double classes[] = {0, 1};
  static const auspex_str names[] = {TEXT("odd"), TEXT("even")}, reasons[] = {TEXT("user_zero")};
  (void)self, (void)error;
  info->type = AUSPEX_TARGET_BINARY;
  info->required_entities = AUSPEX_ENTITY_BIT(AUSPEX_ENTITY_USER);
  info->analyser = (auspex_str)TEXT("frozen/courses");
  info->classes = classes;
  info->class_names = names;
  info->class_count = 2;
  info->ignored_classes = classes;
  info->ignored_class_count = 1;
  info->score_limit = 0.7;
  info->accepts_direction = AUSPEX_SPLITS_ANY;
  info->sample_reasons = reasons;
  info->sample_reason_count = 1;
  return AUSPEX_OK;
}

static auspex_status check_analysable(void *self, const auspex_frame *frame, auspex_reason *reason, auspex_error *error) {
  (void)self, (void)frame, (void)reason, (void)error;
  return AUSPEX_OK;
}

static const int64_t *users_of(const auspex_frame *frame) {
  for (size_t i = 0; i < frame->entity_count; ++i) {
    if (frame->entities[i].name.size == 7 && frame->entities[i].name.data[0] == 'u')
      return (const int64_t *)frame->entities[i].values;
  }
  return 0;
}

static auspex_status check_samples(void *self, const auspex_frame *frame, int32_t *codes, auspex_error *error) {
  (void)self, (void)error;
  for (int64_t i = 0; i < frame->sample_count; ++i) codes[i] = users_of(frame)[i] == 0 ? 1 : 0;
  return AUSPEX_OK;
}

static auspex_status label(void *self, const auspex_frame *frame, double *labels, auspex_error *error) {
  (void)self, (void)error;
  for (int64_t i = 0; i < frame->sample_count; ++i) labels[i] = users_of(frame)[i] % 2 == 0 ? 1 : 0;
  return AUSPEX_OK;
}

/* Backend: the share of class 1 among the rows that it was trained on, and how many columns they had. */
static auspex_status describe_backend(void *self, auspex_backend_info *info, auspex_error *error) {
  (void)self, (void)error;
  info->abilities = AUSPEX_CAN_BINARY;
  return AUSPEX_OK;
}

static auspex_status train(void *self, const auspex_matrix *matrix, const auspex_byte_sink *model, auspex_error *error) {
  double share[2] = {0, (double)matrix->columns};
  (void)self, (void)error;
  for (int64_t r = 0; r < matrix->rows; ++r) share[0] += matrix->labels[r] / (double)matrix->rows;
  model->write(model->context, share, sizeof share);
  return AUSPEX_OK;
}

static auspex_status predict(void *self, const void *model, size_t size, const auspex_matrix *matrix, double *out,
                             auspex_error *error) {
  static const char why[] = "these are not the bytes of a model";
  (void)self;
  const double *share = (const double *)model;
  if (size != 2 * sizeof(double) || share[1] != (double)matrix->columns) {
    for (size_t i = 0; i < sizeof why; ++i) error->message[i] = why[i];
    return AUSPEX_INVALID;
  }
  for (int64_t r = 0; r < matrix->rows; ++r) {
    out[2 * r + 1] = share[0];
    out[2 * r] = 1 - out[2 * r + 1];
  }
  return AUSPEX_OK;
}

static const auspex_indicator indicator = {sizeof indicator, describe_indicator, calculate, 0};
static const auspex_time_splitter splitter = {sizeof splitter, describe_splitter, split};
static const auspex_analyser analyser = {sizeof analyser, describe_analyser, list_analysables, list_samples};
static const auspex_target target = {sizeof target, describe_target, check_analysable, check_samples, label};
static const auspex_ml_backend backend = {sizeof backend, describe_backend, train, predict, 0};

static const auspex_parameter parameters[] = {
    {sizeof(auspex_parameter), AUSPEX_TYPE_REAL, 0, 0, TEXT("weight"), TEXT("of an event"), TEXT("0.25"), 0, 10, 0, 0}};
#define COMPONENT(name, id, interface, table, count, declares)                                                       \
  static const auspex_component name = {sizeof name, TEXT(id),   TEXT(interface), &table, TEXT(id), TEXT("Frozen."), \
                                        NO_TEXT,     parameters, count,           create, destroy,  declares}
COMPONENT(the_indicator, "frozen/events", AUSPEX_INDICATOR, indicator, 1, declare_indicator);
COMPONENT(the_splitter, "frozen/first_day", AUSPEX_TIME_SPLITTER, splitter, 0, 0);
COMPONENT(the_analyser, "frozen/courses", AUSPEX_ANALYSER, analyser, 0, declare_analyser);
COMPONENT(the_target, "frozen/even", AUSPEX_TARGET, target, 0, 0);
COMPONENT(the_backend, "frozen/share", AUSPEX_ML_BACKEND, backend, 0, 0);
static const auspex_component *const components[] = {&the_indicator, &the_splitter, &the_analyser, &the_target,
                                                     &the_backend};

AUSPEX_EXPORT extern const auspex_plugin_entry auspex_plugin;
const auspex_plugin_entry auspex_plugin = {AUSPEX_MAGIC,
                                           AUSPEX_ABI_MAJOR,
                                           AUSPEX_ABI_MINOR,
                                           sizeof auspex_plugin,
                                           TEXT("frozen"),
                                           TEXT("1.0.0"),
                                           TEXT("1.0.0"),
                                           TEXT("Frozen at ABI 1.0"),
                                           TEXT("Auspex"),
                                           TEXT("Apache-2.0"),
                                           NO_TEXT,
                                           0,
                                           0,
                                           init,
                                           0,
                                           components,
                                           5};
