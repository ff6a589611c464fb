/* log: the text of a line. The last bytes of its memory are kept back, so that a line that is cut still
 * closes its quotes and braces. SPDX-License-Identifier: ISC */
#include "util/log.h"

#include "util/buf.h"
#include "util/check.h"
#include "util/clock.h"
#include "util/log_sink.h"
#include "util/utf8.h"

#define DEFAULT_CAPACITY ((size_t)1 << 20)
#define ENDING 48   /* for what closes a line: "...", a quote, the mark that it was cut, a brace, a newline */
#define KEY_ROOM 80 /* for a key with its punctuation; keys are literals of ours, and shorter */

static const struct {
    enum log_level level;
    const char *id, *logger, *message;
} events[] = {
#define LOG_EVENT(id, level, logger, message) {LOG_LEVEL_##level, #id, #logger, message},
#include "util/log_events.def"
#undef LOG_EVENT
};

static const char *const level_names[] = {"crit", "error", "warn", "info", "debug"};

_Atomic int log_level_now = LOG_LEVEL_ERROR;
static _Atomic int format_now = LOG_TEXT;

struct line {
    char *p, *end; /* `end` leaves ENDING bytes */
    bool json, cut;
    char text[LOG_LINE_MAX];
};

static void put(struct line *l, const char *s, size_t n)
{
    if (l->p > l->end || (size_t)(l->end - l->p) < n) {
        l->cut = true;
        return;
    }
    memcpy(l->p, s, n);
    l->p += n;
}

static void put_cstr(struct line *l, const char *s)
{
    put(l, s, strlen(s));
}

/* Identifiers of the table in lower case: an event's name in JSON. */
static void put_lower(struct line *l, const char *s)
{
    for (; *s; s++) {
        char c = *s >= 'A' && *s <= 'Z' ? (char)(*s | 0x20) : *s;
        put(l, &c, 1);
    }
}

static void put_u64(struct line *l, uint64_t v)
{
    char digits[20];
    put(l, digits, (size_t)(u64_write(digits, v) - digits));
}

static void write_escape(char *p, unsigned c)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[6] = {'\\', 'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15], hex[c & 15]};
    memcpy(p, escape, sizeof escape);
}

/* As JSON writes it; what is beyond 16 bits as a pair (RFC 8259 section 7). */
static void put_unicode(struct line *l, unsigned c)
{
    char escapes[12];
    if (c < 0x10000) {
        write_escape(escapes, c);
        put(l, escapes, 6);
        return;
    }
    write_escape(escapes, 0xd800 + ((c - 0x10000) >> 10));
    write_escape(escapes + 6, 0xdc00 + ((c - 0x10000) & 0x3ff));
    put(l, escapes, 12);
}

/* Control characters of the second set, line separators, what changes the direction of text, and what is not
 * seen: a log is read in terminals. */
static bool disturbing(unsigned c)
{
    static const struct {
        unsigned first, last;
    } ranges[] = {{0x80, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c}, {0x180e, 0x180e}, {0x200b, 0x200f},
        {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    }
    return false;
}

/* Writes the character at s (well-formed, not ASCII); returns its length. */
static size_t put_wide(struct line *l, const char *s)
{
    const unsigned char *b = (const unsigned char *)s;
    size_t n = b[0] < 0xe0 ? 2 : b[0] < 0xf0 ? 3 : 4;
    unsigned c = n == 2 ? (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu)
                 : n == 3
                     ? (b[0] & 0x0fu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu)
                     : (b[0] & 0x07u) << 18 | (b[1] & 0x3fu) << 12 | (b[2] & 0x3fu) << 6 | (b[3] & 0x3fu);
    if (disturbing(c))
        put_unicode(l, c);
    else
        put(l, s, n);
    return n;
}

static void put_ascii(struct line *l, char c)
{
    if (c == '"' || c == '\\')
        put(l, (char[]){'\\', c}, 2);
    else if ((unsigned char)c < 0x20 || c == 0x7f)
        put_unicode(l, (unsigned char)c);
    else
        put(l, &c, 1);
}

/* Text with its quotes. Bytes that are no UTF-8 become U+FFFD. */
static void put_quoted(struct line *l, struct str s)
{
    struct str shown = str_sub(s, 0, LOG_VALUE_MAX);
    size_t good = utf8_valid_prefix(shown);
    put(l, "\"", 1);
    for (size_t i = 0; i < shown.n && !l->cut;) {
        if ((unsigned char)s.p[i] < 0x80) {
            put_ascii(l, s.p[i++]);
        } else if (i < good) {
            i += put_wide(l, s.p + i);
        } else if (shown.n < s.n && shown.n - i < 4) {
            break; /* a character that the cut went through */
        } else {
            put(l, "\xef\xbf\xbd", 3);
            i++;
            good = i + utf8_valid_prefix(str_sub(shown, i, shown.n));
        }
    }
    if (l->cut || shown.n < s.n) {
        memcpy(l->p, "...", 3);
        l->p += 3;
    }
    *l->p++ = '"';
}

/* Text that needs no quotes in the text format. */
static bool bare(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=')
            return false;
    }
    return s.n > 0 && s.n <= LOG_VALUE_MAX;
}

static void put_ms(struct line *l, uint64_t us)
{
    char decimals[4] = {'.', (char)('0' + us / 100 % 10), (char)('0' + us / 10 % 10), (char)('0' + us % 10)};
    put_u64(l, us / 1000);
    put(l, decimals, sizeof(decimals));
}

static void put_value(struct line *l, const struct log_field *f)
{
    switch (f->kind) {
    case LOG_STR:
        if (!l->json && bare(f->u.str))
            put(l, f->u.str.p, f->u.str.n);
        else
            put_quoted(l, f->u.str);
        return;
    case LOG_U64: put_u64(l, f->u.u64); return;
    case LOG_I64:
        if (f->u.i64 < 0)
            put(l, "-", 1);
        put_u64(l, f->u.i64 < 0 ? 0 - (uint64_t)f->u.i64 : (uint64_t)f->u.i64);
        return;
    case LOG_BOOL: put_cstr(l, f->u.boolean ? "true" : "false"); return;
    case LOG_MS: put_ms(l, f->u.u64); return;
    case LOG_END:
    case LOG_GROUP: break;
    }
    UNREACHABLE();
}

static void put_key(struct line *l, const char *key)
{
    put_cstr(l, l->json ? ",\"" : " ");
    put_cstr(l, key);
    put_cstr(l, l->json ? "\":" : "=");
}

/* A field is there as a whole or not at all, except for a text that is marked as cut. */
static void put_field(struct line *l, const struct log_field *f)
{
    if (l->cut || l->end - l->p < KEY_ROOM) {
        l->cut = true;
        return;
    }
    char *before = l->p;
    put_key(l, f->key);
    put_value(l, f);
    if (l->cut && (f->kind != LOG_STR || l->p[-1] != '"'))
        l->p = before;
}

static void put_fields(struct line *l, const struct log_field *f, size_t n)
{
    for (size_t i = 0; i < n && f[i].kind != LOG_END; i++) {
        if (f[i].kind == LOG_GROUP)
            put_fields(l, f[i].u.group, SIZE_MAX);
        else
            put_field(l, &f[i]);
    }
}

static void put_head(struct line *l, enum log_event event, enum log_level level)
{
    if (l->json)
        put_cstr(l, "{\"timestamp\":\"");
    l->p = clock_rfc3339_write(l->p, clock_wall_us());
    put_cstr(l, l->json ? "\",\"level\":\"" : " ");
    put_cstr(l, level_names[level]);
    put_cstr(l, l->json ? "\",\"logger\":\"" : " ");
    put_cstr(l, events[event].logger);
    if (l->json) {
        put_cstr(l, "\",\"event\":\"");
        put_lower(l, events[event].id);
    }
    put_cstr(l, l->json ? "\",\"message\":\"" : ": ");
    put_cstr(l, events[event].message);
    if (l->json)
        put_cstr(l, "\"");
}

static void put_end(struct line *l)
{
    l->end += ENDING;
    if (l->cut)
        put_cstr(l, l->json ? ",\"truncated\":true" : " truncated=true");
    put_cstr(l, l->json ? "}\n" : "\n");
}

/* False when it was dropped. */
static bool emit(enum log_event event, enum log_level level, const struct log_field *fields, size_t n)
{
    struct line l;
    l.json = atomic_load_explicit(&format_now, memory_order_relaxed) == LOG_JSON;
    l.cut = false;
    l.p = l.text;
    l.end = l.text + sizeof(l.text) - ENDING;
    put_head(&l, event, level);
    put_fields(&l, fields, n);
    put_end(&l);
    return log_sink_put(str_make(l.text, (size_t)(l.p - l.text)), level <= LOG_LEVEL_ERROR);
}

/* After a line that went through, so that a full buffer is not tried twice for each line. */
static void report_lost(void)
{
    uint64_t lost = log_sink_take_unreported();
    struct log_field lines = log_u64("lines", lost);
    if (UNLIKELY(lost > 0) && !emit(LOG_LINES_DROPPED, LOG_LEVEL_WARN, &lines, 1))
        log_sink_add_unreported(lost);
}

void log_emit(enum log_event event, enum log_level level, const struct log_field *fields, size_t n)
{
    CHECK(event < LOG_NEVENTS && level <= LOG_LEVEL_DEBUG && n > 0);
    if (emit(event, level, fields + 1, n - 1))
        report_lost();
    if (level == LOG_LEVEL_CRIT)
        log_flush(1000);
}

enum log_level log_level_of(enum log_event event)
{
    return events[event].level;
}

void log_start(const struct log_options *options)
{
    log_set_level(options->level);
    log_set_format(options->format);
    log_sink_start(options->fd, options->capacity ? options->capacity : DEFAULT_CAPACITY);
}

void log_stop(unsigned timeout_ms)
{
    report_lost();
    (void)log_sink_stop(timeout_ms);
    log_set_level(LOG_LEVEL_ERROR);
    log_set_format(LOG_TEXT);
}

bool log_flush(unsigned timeout_ms)
{
    return log_sink_flush(timeout_ms);
}

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_level_now, (int)level, memory_order_relaxed);
}

void log_set_format(enum log_format format)
{
    atomic_store_explicit(&format_now, (int)format, memory_order_relaxed);
}

bool log_level_by_name(struct str name, enum log_level *level)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
        if (str_eq_cstr(name, level_names[i])) {
            *level = (enum log_level)i;
            return true;
        }
    }
    return false;
}

uint64_t log_dropped(void)
{
    return log_sink_dropped();
}
