/* The function tables of the kinds of components. Interface ids carry the revision: "auspex.indicator/1".
 *
 * Threads: the host never calls one instance concurrently; different instances run in parallel, so a plugin keeps no
 * mutable globals. Every call may fail with a status and a filled error; no exception may cross.
 */
#ifndef AUSPEX_ABI_KINDS_H
#define AUSPEX_ABI_KINDS_H

#include <auspex/abi/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AUSPEX_ANALYSER "auspex.analyser/1"
#define AUSPEX_TIME_SPLITTER "auspex.time_splitter/1"
#define AUSPEX_TARGET "auspex.target/1"
#define AUSPEX_INDICATOR "auspex.indicator/1"
#define AUSPEX_ML_BACKEND "auspex.ml_backend/1"
#define AUSPEX_CLUSTERER "auspex.clusterer/1"
#define AUSPEX_OUTLIER_DETECTOR "auspex.outlier_detector/1"

/* ---- analyser -------------------------------------------------------------------------------------------------- */

typedef struct auspex_analyser_info {
  uint32_t struct_size;
  int32_t unit;            /* of its analysables */
  int32_t sample_entity;   /* whose id is the sample's id */
  uint32_t entities;       /* AUSPEX_ENTITY_BITs of the keys its samples have */
  int32_t one_sample_per_analysable;
  uint32_t identity;       /* AUSPEX_ENTITY_BITs whose ids together name a sample, joined by '/'; 0 = sample_entity alone */
} auspex_analyser_info;

/* Given by the host. Calls are valid only during the call they were passed to. */
typedef struct auspex_analysable_sink {
  uint32_t struct_size;
  void *context;
  void (*add)(void *context, const auspex_analysable *analysable);
} auspex_analysable_sink;

typedef struct auspex_sample_sink {
  uint32_t struct_size;
  void *context;
  /* keys: one id per entity of auspex_analyser_info.entities, in ascending order of the entity; -1 = none. */
  void (*add)(void *context, const int64_t *keys, size_t key_count);
} auspex_sample_sink;

typedef struct auspex_analyser {
  uint32_t struct_size;
  auspex_status (*describe)(void *self, auspex_analyser_info *info, auspex_error *error);
  /* Called with consecutive batches of the LIST reads' rows, in key order: one frame without samples a batch. The site may be
   * added by every batch: its life then spans all that they say. */
  auspex_status (*analysables)(void *self, const auspex_frame *frame, const auspex_analysable_sink *sink, auspex_error *error);
  /* The samples of frame->analysable, from its SAMPLES reads (scope analysable, window history). */
  auspex_status (*samples)(void *self, const auspex_frame *frame, const auspex_sample_sink *sink, auspex_error *error);
} auspex_analyser;

/* ---- time splitter --------------------------------------------------------------------------------------------- */

/* Whether its ranges lie before the moment of prediction, after it, or neither. Targets accept some of these (bits). */
enum { AUSPEX_SPLITS_BEFORE_NOW = 1, AUSPEX_SPLITS_AFTER_NOW = 2, AUSPEX_SPLITS_NEITHER = 4, AUSPEX_SPLITS_ANY = 7 };

typedef struct auspex_time_splitter_info {
  uint32_t struct_size;
  int32_t direction;
  int32_t range_columns;        /* 1: the dataset gets one column a range where there is more than one */
  int32_t cacheable;            /* 1: values of a range stay true and may be kept */
  int32_t valid_for_evaluation;
} auspex_time_splitter_info;

typedef struct auspex_life {
  uint32_t struct_size;
  int64_t start, end;       /* the analysable's; AUSPEX_NO_TIME where none */
  int64_t as_of;
  int64_t first_analysis;   /* AUSPEX_NO_TIME where it was never analysed */
} auspex_life;

typedef struct auspex_range {
  uint32_t struct_size;
  int32_t for_training;     /* 1: training uses it */
  int64_t start, end;       /* start < t <= end */
  int64_t predict_at;       /* ready to predict once as-of has reached it */
  auspex_str name;          /* empty: its index */
} auspex_range;

typedef struct auspex_range_sink {
  uint32_t struct_size;
  void *context;
  void (*add)(void *context, const auspex_range *range);
} auspex_range_sink;

typedef struct auspex_time_splitter {
  uint32_t struct_size;
  auspex_status (*describe)(void *self, auspex_time_splitter_info *info, auspex_error *error);
  /* Adds the ranges in ascending order, or fills `reason` where this analysable cannot be split this way. */
  auspex_status (*ranges)(void *self, const auspex_life *life, const auspex_range_sink *sink, auspex_reason *reason,
                          auspex_error *error);
} auspex_time_splitter;

/* ---- target ---------------------------------------------------------------------------------------------------- */

enum { AUSPEX_TARGET_BINARY = 1, AUSPEX_TARGET_MULTICLASS = 2, AUSPEX_TARGET_LINEAR = 3 };

typedef struct auspex_target_info {
  uint32_t struct_size;
  int32_t type;
  int32_t is_static;               /* 1: decides from indicator values alone, needs no training */
  uint32_t required_entities;      /* AUSPEX_ENTITY_BITs that samples must have */
  auspex_str analyser;             /* component id */
  const double *classes;           /* binary and multiclass; labels are among them */
  const auspex_str *class_names;   /* one a class, for people */
  size_t class_count;
  const double *ignored_classes;   /* predictions that are no insight */
  size_t ignored_class_count;
  double minimum, maximum;         /* linear targets */
  double score_limit;              /* least score of an insight, 0 to 1 */
  int32_t accepts_direction;       /* of time splitters; AUSPEX_SPLITS_ANY = all */
  const auspex_str *accepts;       /* ids of time splitters; NULL = all of that direction */
  size_t accept_count;
  const auspex_str *sample_reasons; /* ids for the codes of check_samples: code 1 is the first */
  size_t sample_reason_count;
  double boundary;                 /* linear targets: least value of an insight; NaN, where the host begins, = any */
  const auspex_str *decides_from;  /* static targets: columns of the indicators that label needs */
  size_t decides_from_count;
} auspex_target_info;

typedef struct auspex_target {
  uint32_t struct_size;
  auspex_status (*describe)(void *self, auspex_target_info *info, auspex_error *error); /* texts valid until destroy */
  /* Fills `reason` where the analysable must be left out. frame: ANALYSABLE reads, scope analysable. */
  auspex_status (*check_analysable)(void *self, const auspex_frame *frame, auspex_reason *reason, auspex_error *error);
  /* codes[i]: 0 = valid, else 1 + the index in sample_reasons. frame: SAMPLES reads. */
  auspex_status (*check_samples)(void *self, const auspex_frame *frame, int32_t *codes, auspex_error *error);
  /* labels[i]: the class or value, NaN = none. frame: LABEL reads. For training called once, without a range (start is
   * AUSPEX_NO_TIME, end is as-of); static targets: once a range, with indicator values. */
  auspex_status (*label)(void *self, const auspex_frame *frame, double *labels, auspex_error *error);
} auspex_target;

/* ---- indicator ------------------------------------------------------------------------------------------------- */

enum { AUSPEX_INDICATOR_BINARY = 1, AUSPEX_INDICATOR_LINEAR = 2, AUSPEX_INDICATOR_DISCRETE = 3 };

typedef struct auspex_indicator_info {
  uint32_t struct_size;
  int32_t type;
  uint32_t required_entities;  /* AUSPEX_ENTITY_BITs: samples without them cannot be calculated */
  uint32_t optional_entities;  /* narrow reads of scope "sample" where the samples have them */
  const double *classes;       /* discrete only, finite and distinct: one dataset column each */
  size_t class_count;
  int32_t include_mean;        /* linear only: Moodle's second column, the mean over the analysable */
} auspex_indicator_info;

typedef struct auspex_indicator {
  uint32_t struct_size;
  auspex_status (*describe)(void *self, auspex_indicator_info *info, auspex_error *error);
  /* values[i], NaN = none: linear in [-1, 1], binary -1 or 1, discrete one of the classes; frame->sample_count of them (0 is
   * legal and must succeed). */
  auspex_status (*calculate)(void *self, const auspex_frame *frame, double *values, auspex_error *error);
  /* May be NULL. Once per analysable, before its ranges; frame: PREPARE reads, scope analysable. */
  auspex_status (*prepare)(void *self, const auspex_frame *frame, auspex_error *error);
} auspex_indicator;

/* ---- ML backend ------------------------------------------------------------------------------------------------ */

enum {
  AUSPEX_CAN_BINARY = 1,
  AUSPEX_CAN_MULTICLASS = 2,
  AUSPEX_CAN_REGRESSION = 4,
  AUSPEX_CAN_CONTRIBUTIONS = 8,
  AUSPEX_CAN_WARM_START = 16
};

typedef struct auspex_backend_info {
  uint32_t struct_size;
  uint32_t abilities;
} auspex_backend_info;

/* Row-major: value of row r, column c is values[r * columns + c]; NaN = missing. */
typedef struct auspex_matrix {
  uint32_t struct_size;
  int32_t threads;              /* how many the backend may use, at least 1 */
  int64_t rows, columns;
  const float *values;
  const auspex_str *names;      /* of the columns */
  const double *labels;         /* training only: index of the class, or the value */
  const double *weights;        /* NULL = all 1 */
  const int64_t *groups;        /* rows of one group belong to one person; NULL = none */
  int64_t class_count;          /* 0 for regression */
  uint64_t seed;
} auspex_matrix;

typedef struct auspex_byte_sink {
  uint32_t struct_size;
  void *context;
  void (*write)(void *context, const void *data, size_t size);
} auspex_byte_sink;

typedef struct auspex_ml_backend {
  uint32_t struct_size;
  auspex_status (*describe)(void *self, auspex_backend_info *info, auspex_error *error);
  /* Writes the trained model as bytes: the same input, seed and version give the same bytes on any number of threads. */
  auspex_status (*train)(void *self, const auspex_matrix *matrix, const auspex_byte_sink *model, auspex_error *error);
  /* out[r * class_count + k] = probability of class k; regression: out[r] = value. Refuses bytes it cannot read. */
  auspex_status (*predict)(void *self, const void *model, size_t model_size, const auspex_matrix *matrix, double *out,
                           auspex_error *error);
  /* May be NULL. out[r * (columns + 1) + c]: share of column c in the margin of class 1; the last is the constant. */
  auspex_status (*contributions)(void *self, const void *model, size_t model_size, const auspex_matrix *matrix,
                                 double *out, auspex_error *error);
  /* May be NULL; preferred to `contributions`. For every output k of n: the value itself (regression, n = 1), class 1 (two
   * classes, n = 1), or every class (n = class_count). margins[r * n + k]: what the backend adds up before it becomes a
   * probability, which grows with it. contributions[(r * n + k) * (columns + 1) + c]: share of column c, the last the
   * constant; they add up to the margin. */
  auspex_status (*explain)(void *self, const void *model, size_t model_size, const auspex_matrix *matrix, double *margins,
                           double *contributions, auspex_error *error);
} auspex_ml_backend;

/* ---- clusterer and outlier detector ---------------------------------------------------------------------------- */

/* Row-major: value of row r, column c is values[r * columns + c]; all finite. At least one row and one column. */
typedef struct auspex_points {
  uint32_t struct_size;
  int32_t threads;              /* how many the component may use, at least 1; the result is the same on any number */
  int64_t rows, columns;
  const double *values;
  const auspex_str *names;      /* of the columns */
  uint64_t seed;
} auspex_points;

/* Filled by the plugin. The buffers are the host's. */
typedef struct auspex_clustering {
  uint32_t struct_size;
  int32_t standardised;   /* 1: distances were measured with every column at mean 0 and deviation 1 (divided by rows) */
  int32_t *assignments;   /* rows of them: index of the row's cluster, -1 = none */
  double *centroids;      /* clusters x columns, row-major, in the units of the points */
  int64_t cluster_count;  /* found, at most the `clusters` that were asked for */
  double inertia;         /* sum of the squared distances of rows to the centroid of their cluster */
} auspex_clustering;

typedef struct auspex_clusterer {
  uint32_t struct_size;
  /* At most `clusters` of them (at least 1): the buffers have room for so many. */
  auspex_status (*cluster)(void *self, const auspex_points *points, int64_t clusters, auspex_clustering *out,
                           auspex_error *error);
} auspex_clusterer;

/* Filled by the plugin. The buffers are the host's. */
typedef struct auspex_outliers {
  uint32_t struct_size;
  int32_t standardised;   /* as in auspex_clustering */
  double *scores;         /* one a row, finite; higher = further out */
  int32_t *flags;         /* one a row: 1 = outlier, 0 = not */
  double threshold;       /* scores above it are flagged; NaN: there is no such score */
} auspex_outliers;

typedef struct auspex_outlier_detector {
  uint32_t struct_size;
  auspex_status (*detect)(void *self, const auspex_points *points, auspex_outliers *out, auspex_error *error);
} auspex_outlier_detector;

#ifdef __cplusplus
}
#endif
#endif
