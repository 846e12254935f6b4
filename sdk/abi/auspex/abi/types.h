/* The plain-C types that cross the boundary between the host and a plugin.
 *
 * Rules that hold for every struct of this folder:
 *  - its first field is `struct_size`, the size its author compiled; fields are only ever appended
 *  - a reader looks at a field only where AUSPEX_HAS says the author's struct reaches that far
 *  - structs that a plugin indexes in arrays (auspex_str, auspex_column, auspex_rows, auspex_argument) never grow within a
 *    major version; arrays that the host reads are stepped through by the author's struct_size
 *  - pointers are borrowed: valid during the call they are passed to, unless the field says otherwise
 *  - enumerations are int32_t; 0 never means anything; unknown values must be tolerated
 */
#ifndef AUSPEX_ABI_TYPES_H
#define AUSPEX_ABI_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AUSPEX_ABI_MAJOR 1
#define AUSPEX_ABI_MINOR 0

/* True where the struct behind `pointer` (of type `type`) is large enough to hold `field`. */
#define AUSPEX_HAS(type, pointer, field) \
  ((pointer)->struct_size >= offsetof(type, field) + sizeof(((const type *)0)->field))

/* UTF-8 text, not terminated. {NULL, 0} is the empty text. */
typedef struct auspex_str {
  const char *data;
  size_t size;
} auspex_str;

/* What a call returns; anything but AUSPEX_OK comes with a filled auspex_error. */
typedef int32_t auspex_status;
enum {
  AUSPEX_OK = 0,
  AUSPEX_FAILED = 1,      /* the work could not be done; the message says why */
  AUSPEX_INVALID = 2,     /* the caller's input breaks the contract or a parameter's rules */
  AUSPEX_CANCELLED = 3    /* auspex.progress/1 asked to stop */
};

/* Owned by the caller, filled by the callee; both texts are zero-terminated and cut to fit. */
typedef struct auspex_error {
  uint32_t struct_size;
  int32_t code;
  char message[512];
  char hint[256];
} auspex_error;

/* Why an analysable, range or sample is left out. An empty id means that nothing is wrong. Owned by the caller. */
enum { AUSPEX_REASON_ARGUMENTS = 4 };
typedef struct auspex_reason {
  uint32_t struct_size;
  uint32_t argument_count;
  char id[64]; /* lower case and underscores, e.g. "course_not_yet_started" */
  struct {
    char name[32];
    char value[96];
  } arguments[AUSPEX_REASON_ARGUMENTS];
} auspex_reason;

/* Times are seconds since 1970-01-01 00:00 UTC. AUSPEX_NO_TIME stands for "none". */
#define AUSPEX_NO_TIME INT64_MIN

enum {
  AUSPEX_TYPE_REAL = 1, /* double */
  AUSPEX_TYPE_INT = 2,  /* int64_t */
  AUSPEX_TYPE_BOOL = 3, /* uint8_t, 0 or 1 */
  AUSPEX_TYPE_TIME = 4, /* int64_t, epoch seconds */
  AUSPEX_TYPE_ID = 5,   /* int64_t, dense identifier of an entity, stable within a run */
  AUSPEX_TYPE_WORD = 6, /* int32_t, an index into the column's dictionary */
  AUSPEX_TYPE_TEXT = 7  /* parameters only: auspex_str */
};

/* One column in Arrow's layout: values, a validity bitmap (least significant bit first; NULL = all valid), a length.
 * A value whose validity bit is 0 is unspecified. */
typedef struct auspex_column {
  uint32_t struct_size;
  int32_t type;
  auspex_str name;
  int64_t length;
  const void *values;
  const uint8_t *validity;
  const auspex_str *dictionary; /* AUSPEX_TYPE_WORD only */
  int64_t dictionary_size;
} auspex_column;

/* The things a sample can be about. A sample names those it has as columns of ids. */
enum {
  AUSPEX_ENTITY_USER = 1,
  AUSPEX_ENTITY_COURSE = 2,
  AUSPEX_ENTITY_ENROLMENT = 3,
  AUSPEX_ENTITY_ACTIVITY = 4
};
#define AUSPEX_ENTITY_BIT(entity) (1u << (entity))

/* The unit of work that an analysable is read as. */
enum { AUSPEX_UNIT_COURSE = 1, AUSPEX_UNIT_USER = 2, AUSPEX_UNIT_SITE = 3 };

/* What the analysis is for. */
enum { AUSPEX_FOR_TRAINING = 1, AUSPEX_FOR_PREDICTION = 2 };

/* One thing that is analysed as a piece. */
typedef struct auspex_analysable {
  uint32_t struct_size;
  int32_t unit;
  int64_t key;      /* dense id of the course or user; 0 for the site */
  int64_t start;    /* AUSPEX_NO_TIME where it has none */
  int64_t end;      /* AUSPEX_NO_TIME where it has none */
  int64_t order;    /* the source's own order (Moodle's sortorder), ties by key; 0 where it has none */
} auspex_analysable;

/* A typed, checked value of a parameter. Integers are also given as `real`. */
typedef struct auspex_argument {
  uint32_t struct_size;
  int32_t type;  /* REAL, INT, BOOL or TEXT; of the elements where is_list is 1 */
  int32_t is_list;
  auspex_str name;
  size_t count; /* 1, or the number of elements of a list */
  const double *reals;
  const int64_t *integers;   /* INT and BOOL */
  const auspex_str *texts;
} auspex_argument;

/* How a search for good values steps: evenly, or evenly in the logarithm (search_low is then above 0). */
enum { AUSPEX_SEARCH_LINEAR = 1, AUSPEX_SEARCH_LOG = 2 };

/* A parameter that a component accepts. The host checks values against it before `create`. */
typedef struct auspex_parameter {
  uint32_t struct_size;
  int32_t type; /* REAL, INT, BOOL or TEXT */
  int32_t is_list;
  int32_t required;
  auspex_str name; /* lower case, digits and underscores */
  auspex_str description;
  auspex_str default_json; /* empty = none: an absent parameter is then not passed */
  double minimum, maximum; /* inclusive, numbers only; -HUGE_VAL and HUGE_VAL = open */
  const auspex_str *choices; /* texts only; NULL = any */
  size_t choice_count;
  int32_t search; /* AUSPEX_SEARCH_*: worth searching; 0 = not. Booleans and texts: all of their values */
  double search_low, search_high; /* numbers only: inclusive, within minimum and maximum */
} auspex_parameter;

/* ---- reads and frames ------------------------------------------------------------------------------------------ */

enum {
  AUSPEX_SCOPE_SAMPLE = 1,     /* rows whose keys equal the sample's, for the entities that the component declares */
  AUSPEX_SCOPE_ANALYSABLE = 2  /* all rows of the analysable */
};
enum {
  AUSPEX_WINDOW_RANGE = 1,     /* start < time <= end, known at the end */
  AUSPEX_WINDOW_UNTIL_END = 2, /* time <= end, known at the end; tables without a time: known at the end */
  AUSPEX_WINDOW_HISTORY = 3    /* everything known at as-of: targets; indicators only under compatibility */
};
/* Which call of the component a read is for. */
enum {
  AUSPEX_STAGE_LIST = 1,       /* analyser.analysables */
  AUSPEX_STAGE_SAMPLES = 2,    /* analyser.samples; target.check_samples */
  AUSPEX_STAGE_ANALYSABLE = 3, /* target.check_analysable */
  AUSPEX_STAGE_LABEL = 4,      /* target.label */
  AUSPEX_STAGE_PREPARE = 5,    /* indicator.prepare: only tables that are always known */
  AUSPEX_STAGE_CALCULATE = 6   /* indicator.calculate */
};

/* Keep rows whose column equals one of the values. Word columns compare text; bool columns "true" or "false". */
typedef struct auspex_condition {
  uint32_t struct_size;
  auspex_str column;
  const auspex_str *values;
  size_t value_count;
} auspex_condition;

typedef struct auspex_read {
  uint32_t struct_size;
  int32_t stage;
  int32_t scope;
  int32_t window;
  auspex_str table;
  const auspex_str *columns;
  size_t column_count;
  const auspex_condition *conditions;
  size_t condition_count;
} auspex_read;

/* The rows of one read, in the order (time, then the table's own total order). Rows begin[i] to end[i] (exclusive) belong to
 * sample i; with scope "analysable" there is one such pair. Rows outside these bounds must not be looked at. */
typedef struct auspex_rows {
  uint32_t struct_size;
  int32_t scope;                /* of the read */
  size_t column_count;
  const auspex_column *columns; /* in the order of the read */
  const int64_t *begin;
  const int64_t *end;
} auspex_rows;

/* What one call of a component sees: an analysable, a range of time, samples, and the rows it declared. */
typedef struct auspex_frame {
  uint32_t struct_size;
  int32_t purpose;     /* AUSPEX_FOR_TRAINING or AUSPEX_FOR_PREDICTION; indicators: always 0 */
  const auspex_analysable *analysable;
  int64_t start;       /* of the range; AUSPEX_NO_TIME where there is none */
  int64_t end;         /* of the range, the analyser's and target's: as-of where there is none */
  int64_t range_index; /* from 0; -1 where there is none */
  int64_t sample_count;
  const auspex_column *entities; /* the sample's keys, AUSPEX_TYPE_ID; named "user_id", "course_id", ... */
  size_t entity_count;
  const auspex_rows *reads;      /* in the order declared for this stage */
  size_t read_count;
  const auspex_column *indicators; /* static targets only: one REAL column per indicator, named by its column name */
  size_t indicator_count;
  int64_t known_by;    /* the moment of the call: what became known later is not there; the end, or as-of if that is earlier */
} auspex_frame;

#ifdef __cplusplus
}
#endif
#endif
