/* log: structured events, one line each, that never hold a loop up. An event is a row of util/log_events.def;
 * a line is built on the caller's stack, without allocation, and handed to a buffer that a thread of its own
 * writes out. When that is full because nobody reads, lines are dropped and counted, and a line says so
 * later.
 *
 *     LOG(DB_LOST, log_str("host", host), log_u64("jobs", n));
 *
 * Values are data from anywhere: control characters, malformed UTF-8 and what turns a terminal's text around
 * are escaped, long values and lines are cut. Nothing here knows what a secret is: do not pass one.
 * SPDX-License-Identifier: ISC */
#ifndef UTIL_LOG_H
#define UTIL_LOG_H

#include "util/str.h"

#include <stdatomic.h>

#define LOG_LINE_MAX ((size_t)4096)  /* bytes of a line, its newline included */
#define LOG_VALUE_MAX ((size_t)1024) /* bytes of one text value, before escaping */

enum log_level { LOG_LEVEL_CRIT, LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

enum log_event {
#define LOG_EVENT(id, level, logger, message) LOG_##id,
#include "util/log_events.def"
#undef LOG_EVENT
    LOG_NEVENTS
};

enum log_kind { LOG_END, LOG_STR, LOG_U64, LOG_I64, LOG_BOOL, LOG_MS, LOG_GROUP };

/* One key=value. Keys are literals; slices live until the call returns. */
struct log_field {
    enum log_kind kind;
    const char *key;
    union {
        struct str str;
        uint64_t u64;
        int64_t i64;
        bool boolean;
        const struct log_field *group; /* ends with LOG_END */
    } u;
};

struct log_options {
    enum log_level level;
    enum log_format format;
    int fd;          /* where lines go; stays the caller's */
    size_t capacity; /* bytes that may wait for the writer; 0: 1 MiB */
};

/* Before it, lines of level error and above go to stderr as text, at once: what commands need. */
void log_start(const struct log_options *options);
/* Writes out what waits, at most for `timeout_ms`; afterwards as before log_start(). */
void log_stop(unsigned timeout_ms);
/* Waits until all lines of before are written; false when that takes longer. */
bool log_flush(unsigned timeout_ms);
/* Any time, any thread. */
void log_set_level(enum log_level level);
void log_set_format(enum log_format format);
NODISCARD bool log_level_by_name(struct str name, enum log_level *level);
/* Lines lost since the process began: too many at once, or the file could not be written. */
uint64_t log_dropped(void);

extern _Atomic int log_level_now; /* for log_enabled() only */

static inline bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&log_level_now, memory_order_relaxed);
}

enum log_level log_level_of(enum log_event event);
/* fields[0] is not looked at; the others are n - 1 fields. Use the macros. */
void log_emit(enum log_event event, enum log_level level, const struct log_field *fields, size_t n);

/* LOG(EVENT, fields...) at the level of the table; fields are not evaluated when it is off. */
#define LOG(id, ...) LOG_AT(log_level_of(LOG_##id), id, ##__VA_ARGS__)
#define LOG_AT(level_, id, ...)                                                                              \
    do {                                                                                                     \
        enum log_level log_at_ = (level_);                                                                   \
        if (log_enabled(log_at_)) {                                                                          \
            const struct log_field log_fields_[] = {{LOG_END, NULL, {{NULL, 0}}}, ##__VA_ARGS__};            \
            log_emit(LOG_##id, log_at_, log_fields_, ARRAY_LEN(log_fields_));                                \
        }                                                                                                    \
    } while (0)

static inline struct log_field log_str(const char *key, struct str value)
{
    return (struct log_field){.kind = LOG_STR, .key = key, .u.str = value};
}

static inline struct log_field log_cstr(const char *key, const char *value)
{
    return log_str(key, str_cstr(value ? value : ""));
}

static inline struct log_field log_u64(const char *key, uint64_t value)
{
    return (struct log_field){.kind = LOG_U64, .key = key, .u.u64 = value};
}

static inline struct log_field log_i64(const char *key, int64_t value)
{
    return (struct log_field){.kind = LOG_I64, .key = key, .u.i64 = value};
}

static inline struct log_field log_bool(const char *key, bool value)
{
    return (struct log_field){.kind = LOG_BOOL, .key = key, .u.boolean = value};
}

/* Microseconds, written as milliseconds with three decimals. */
static inline struct log_field log_ms(const char *key, uint64_t us)
{
    return (struct log_field){.kind = LOG_MS, .key = key, .u.u64 = us};
}

/* Fields that go together, e.g. who a request is; ends with LOG_END. */
static inline struct log_field log_group(const struct log_field *fields)
{
    return (struct log_field){.kind = LOG_GROUP, .u.group = fields};
}

#endif
