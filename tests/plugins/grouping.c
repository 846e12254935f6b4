/* A clusterer (all rows in group 0) and an outlier detector (nobody) that do wrong what their parameter `fault` names. */
#define WITHOUT_ENTRY
#include "part.h"

#include <math.h>
#include <stdlib.h>

typedef struct grouping {
  char fault[32];
} grouping;

static int is(const void* self, const char* fault) { return strcmp(((const grouping*)self)->fault, fault) == 0; }

static auspex_status create(const auspex_argument* arguments, size_t count, auspex_str compatibility, void** self,
                            auspex_error* error) {
  grouping* one = calloc(1, sizeof *one);
  (void)compatibility, (void)error;
  if (count == 1) memcpy(one->fault, arguments[0].texts[0].data, arguments[0].texts[0].size);
  *self = one;
  return AUSPEX_OK;
}

static auspex_status cluster(void* self, const auspex_points* points, int64_t clusters, auspex_clustering* out,
                             auspex_error* error) {
  if (is(self, "fails")) return fail_with(error, AUSPEX_FAILED, "too many rows", "use fewer");
  for (int64_t c = 0; c < points->columns; ++c) out->centroids[c] = 0;
  for (int64_t r = 0; r < points->rows; ++r) {
    out->assignments[r] = 0;
    for (int64_t c = 0; c < points->columns; ++c) {
      const double value = points->values[r * points->columns + c];
      out->centroids[c] += value / (double)points->rows;
      out->inertia += value * value;
    }
  }
  out->cluster_count = 1;
  if (is(self, "too_many")) out->cluster_count = clusters + 1;
  if (is(self, "none")) out->cluster_count = 0;
  if (is(self, "elsewhere")) out->assignments[1] = 1;
  if (is(self, "nan")) out->centroids[0] = NAN;
  if (is(self, "negative")) out->inertia = -1;
  return AUSPEX_OK;
}

static auspex_status detect(void* self, const auspex_points* points, auspex_outliers* out, auspex_error* error) {
  if (is(self, "fails")) return fail_with(error, AUSPEX_FAILED, "too few rows", "");
  for (int64_t r = 0; r < points->rows; ++r) {
    out->scores[r] = 1;
    out->flags[r] = 0;
  }
  if (is(self, "nan")) out->scores[1] = NAN;
  if (is(self, "flag")) out->flags[0] = 2;
  return AUSPEX_OK;
}

static const auspex_clusterer clusterer = {sizeof clusterer, cluster};
static const auspex_outlier_detector detector = {sizeof detector, detect};
static const auspex_parameter parameters[] = {{sizeof(auspex_parameter), AUSPEX_TYPE_TEXT, 0, 0, TEXT("fault"),
                                               TEXT("what to do wrong"), NO_TEXT, -HUGE_VAL, HUGE_VAL, NULL, 0}};
static const auspex_component the_clusterer = {sizeof(auspex_component),
                                               TEXT("grouping/one"),
                                               TEXT(AUSPEX_CLUSTERER),
                                               &clusterer,
                                               TEXT("One"),
                                               TEXT("All rows in one group."),
                                               NO_TEXT,
                                               parameters,
                                               1,
                                               create,
                                               free,
                                               NULL};
static const auspex_component the_detector = {sizeof(auspex_component),
                                              TEXT("grouping/nobody"),
                                              TEXT(AUSPEX_OUTLIER_DETECTOR),
                                              &detector,
                                              TEXT("Nobody"),
                                              TEXT("No row is an outlier."),
                                              NO_TEXT,
                                              parameters,
                                              1,
                                              create,
                                              free,
                                              NULL};
static const auspex_component* const components[] = {&the_clusterer, &the_detector};

AUSPEX_EXPORT extern const auspex_plugin_entry auspex_plugin;
const auspex_plugin_entry auspex_plugin = {AUSPEX_MAGIC,
                                           AUSPEX_ABI_MAJOR,
                                           AUSPEX_ABI_MINOR,
                                           sizeof auspex_plugin,
                                           TEXT("grouping"),
                                           TEXT("1.0.0"),
                                           TEXT("0.1.0"),
                                           TEXT("Groups"),
                                           TEXT("Auspex"),
                                           TEXT("Apache-2.0"),
                                           NO_TEXT,
                                           NULL,
                                           0,
                                           NULL,
                                           NULL,
                                           components,
                                           2};
