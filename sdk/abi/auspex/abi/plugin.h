/* What a plugin library exports (one symbol, `auspex_plugin`) and what the host offers it. */
#ifndef AUSPEX_ABI_PLUGIN_H
#define AUSPEX_ABI_PLUGIN_H

#include <auspex/abi/kinds.h>
#include <auspex/abi/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AUSPEX_MAGIC 0x58505355u /* "USPX" */

/* ---- the host's services, asked for by id ------------------------------------------------------------------------ */

typedef struct auspex_host {
  uint32_t struct_size;
  /* NULL for an unknown id. The table is valid until the process ends. [any thread] */
  const void *(*get_interface)(const struct auspex_host *host, const char *id);
} auspex_host;

#define AUSPEX_LOG "auspex.log/1"
enum { AUSPEX_LOG_DEBUG = 1, AUSPEX_LOG_INFO = 2, AUSPEX_LOG_WARNING = 3, AUSPEX_LOG_ERROR = 4 };
typedef struct auspex_log {
  uint32_t struct_size;
  void (*write)(int32_t level, auspex_str text); /* [any thread] */
} auspex_log;

#define AUSPEX_PROGRESS "auspex.progress/1"
typedef struct auspex_progress {
  uint32_t struct_size;
  void (*report)(double done);    /* 0 to 1 [any thread] */
  int32_t (*cancelled)(void);     /* 1: return AUSPEX_CANCELLED soon [any thread] */
} auspex_progress;

/* Wall-clock arithmetic in the workspace's time zone. */
#define AUSPEX_CALENDAR "auspex.calendar/1"
typedef struct auspex_calendar {
  uint32_t struct_size;
  /* Adds calendar months, then days, keeping the wall clock; a day past the month's end rolls over (31 January + 1 month =
   * 3 March), a wall clock that does not exist moves forward. [any thread] */
  int64_t (*add)(int64_t time, int32_t months, int32_t days);
  int64_t (*day_start)(int64_t time); /* the midnight at or before `time` [any thread] */
} auspex_calendar;

/* ---- components -------------------------------------------------------------------------------------------------- */

typedef struct auspex_read_sink {
  uint32_t struct_size;
  void *context;
  void (*add)(void *context, const auspex_read *read);
} auspex_read_sink;

/* Static data, valid from load until the process ends. */
typedef struct auspex_component {
  uint32_t struct_size;
  auspex_str id;            /* "component/name", lower case, digits and underscores */
  auspex_str interface_id;  /* AUSPEX_INDICATOR, ... */
  const void *functions;    /* the table of that interface */
  auspex_str name;          /* for people, a few words */
  auspex_str description;   /* what it measures; an indicator's formula into [-1, 1] */
  auspex_str unit;          /* of the text shown to people, may be empty */
  const auspex_parameter *parameters;
  size_t parameter_count;
  /* compatibility: "" or a Moodle version such as "4.4". *self is handed to every call and to destroy, exactly once. */
  auspex_status (*create)(const auspex_argument *arguments, size_t argument_count, auspex_str compatibility, void **self,
                          auspex_error *error);
  void (*destroy)(void *self);
  /* The reads, which may depend on the parameters. Indices in frames count per stage. May be NULL: reads nothing. */
  auspex_status (*declare)(void *self, const auspex_read_sink *sink, auspex_error *error);
} auspex_component;

/* magic to struct_size never change place in any version. */
typedef struct auspex_plugin_entry {
  uint32_t magic;
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t struct_size;
  auspex_str id;           /* lower case, digits and underscores; component ids begin with "id/" */
  auspex_str version;      /* semantic version of the plugin */
  auspex_str sdk_version;  /* what it was built with */
  auspex_str name;
  auspex_str author;
  auspex_str licence;      /* SPDX */
  auspex_str url;
  const auspex_str *requires_interfaces; /* of the host; missing ones refuse the plugin */
  size_t requires_count;
  auspex_status (*init)(const auspex_host *host, auspex_error *error); /* may be NULL; quick */
  void (*deinit)(void);                                               /* may be NULL */
  const auspex_component *const *components;
  size_t component_count;
} auspex_plugin_entry;

#define AUSPEX_PLUGIN_SYMBOL "auspex_plugin"

#if defined(_WIN32)
#define AUSPEX_EXPORT __declspec(dllexport)
#else
#define AUSPEX_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
}
#endif
#endif
