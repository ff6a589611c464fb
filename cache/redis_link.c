/* redis_link: the adapter. hiredis says what it wants through addRead, addWrite, ...; it frees its context
 * whenever it sees an error, and says so through `cleanup`, possibly twice. From then on l->ac is NULL.
 * SPDX-License-Identifier: ISC */
#include "cache/redis_link.h"

#include "util/check.h"
#include "util/mem.h"

#include <fcntl.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdio.h>

#define LINK_MAGIC 0x72656c6bu

struct redis_link {
    unsigned magic;
    uv_poll_t poll;
    redisAsyncContext *ac; /* NULL: gone */
    int polled;            /* UV_READABLE | UV_WRITABLE as given to libuv */
    bool connected;        /* before that, writing would take "in progress" for success */
    bool dirty;            /* output is waiting for a flush */
    bool writing;          /* inside redisAsyncHandleWrite() */
    struct redis_link_events events;
    void *arg;
};

/* ---- what libuv says ---- */

static void write_out(struct redis_link *l)
{
    l->writing = true;
    redisAsyncHandleWrite(l->ac);
    l->writing = false;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct redis_link *l;
    CAST_OBJ(l, poll->data, LINK_MAGIC);
    if (l->ac && (status < 0 || events & UV_READABLE))
        redisAsyncHandleRead(l->ac);
    if (l->ac && events & UV_WRITABLE)
        write_out(l);
    if (l->ac && status < 0) /* libuv has stopped watching */
        redisAsyncFree(l->ac);
}

static void on_closed(uv_handle_t *poll)
{
    struct redis_link *l;
    CAST_OBJ(l, poll->data, LINK_MAGIC);
    l->events.on_freed(l->arg);
    l->magic = 0;
    mem_free(l);
}

/* One epoll_ctl at most, and none when nothing changes. */
static void poll_for(struct redis_link *l, int events)
{
    if (!l->ac || events == l->polled)
        return;
    CHECK(uv_poll_start(&l->poll, events, on_poll) == 0);
    l->polled = events;
}

/* ---- what hiredis says ---- */

static void add_read(void *arg)
{
    struct redis_link *l;
    CAST_OBJ(l, arg, LINK_MAGIC);
    poll_for(l, l->polled | UV_READABLE);
}

static void del_read(void *arg)
{
    struct redis_link *l;
    CAST_OBJ(l, arg, LINK_MAGIC);
}

static void add_write(void *arg)
{
    struct redis_link *l;
    CAST_OBJ(l, arg, LINK_MAGIC);
    l->dirty = true;
    if (l->writing)
        poll_for(l, l->polled | UV_WRITABLE);
}

static void del_write(void *arg)
{
    struct redis_link *l;
    CAST_OBJ(l, arg, LINK_MAGIC);
    l->dirty = false;
    poll_for(l, l->polled & ~UV_WRITABLE);
}

static void clean_up(void *arg)
{
    struct redis_link *l;
    CAST_OBJ(l, arg, LINK_MAGIC);
    if (!l->ac)
        return;
    char reason[128];
    snprintf(reason, sizeof reason, "%s", l->ac->c.errstr[0] ? l->ac->c.errstr : "connection closed");
    l->ac = NULL;
    uv_close((uv_handle_t *)&l->poll, on_closed);
    l->events.on_down(l->arg, reason);
}

static void on_connect(const redisAsyncContext *ac, int status)
{
    struct redis_link *l;
    CAST_OBJ(l, ac->data, LINK_MAGIC);
    l->connected = status == REDIS_OK;
}

static struct redis_reply view(const redisReply *r)
{
    struct redis_reply v = {.raw = r};
    switch (r->type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        v.kind = REDIS_KIND_TEXT;
        v.text = str_make(r->str, (size_t)r->len);
        break;
    case REDIS_REPLY_ERROR:
        v.kind = REDIS_KIND_ERROR;
        v.text = str_make(r->str, (size_t)r->len);
        break;
    case REDIS_REPLY_INTEGER:
        v.kind = REDIS_KIND_INTEGER;
        v.integer = r->integer;
        break;
    case REDIS_REPLY_ARRAY:
        v.kind = REDIS_KIND_ARRAY;
        v.n = r->elements;
        break;
    default: v.kind = REDIS_KIND_NIL;
    }
    return v;
}

struct redis_reply redis_element(const struct redis_reply *reply, size_t i)
{
    CHECK(reply->kind == REDIS_KIND_ARRAY && i < reply->n);
    return view(((const redisReply *)reply->raw)->element[i]);
}

static void on_reply(redisAsyncContext *ac, void *raw, void *command)
{
    struct redis_link *l;
    CAST_OBJ(l, ac->data, LINK_MAGIC);
    struct redis_reply reply;
    if (raw)
        reply = view(raw);
    l->events.on_reply(l->arg, command, raw ? &reply : NULL);
}

/* ---- verbs ---- */

static redisAsyncContext *connect_to(const char *host, int port, const char *path, char *error, size_t size)
{
    redisAsyncContext *ac = host ? redisAsyncConnect(host, port) : redisAsyncConnectUnix(path);
    if (ac && !ac->err)
        return ac;
    snprintf(error, size, "%s", ac && ac->errstr && ac->errstr[0] ? ac->errstr : "cannot connect");
    if (ac)
        redisAsyncFree(ac);
    return NULL;
}

struct redis_link *redis_link_open(uv_loop_t *loop, const char *host, int port, const char *path,
    const struct redis_link_events *events, void *arg, char *error, size_t size)
{
    redisAsyncContext *ac = connect_to(host, port, path, error, size);
    if (!ac)
        return NULL;
    struct redis_link *l = MEM_NEW(struct redis_link);
    *l = (struct redis_link){.magic = LINK_MAGIC, .events = *events, .arg = arg};
    if (uv_poll_init(loop, &l->poll, ac->c.fd) != 0) {
        snprintf(error, size, "cannot watch the socket");
        redisAsyncFree(ac);
        mem_free(l);
        return NULL;
    }
    (void)fcntl(ac->c.fd, F_SETFD, FD_CLOEXEC);
    l->poll.data = l;
    l->ac = ac;
    ac->data = ac->ev.data = l;
    ac->ev.addRead = add_read;
    ac->ev.delRead = del_read;
    ac->ev.addWrite = add_write;
    ac->ev.delWrite = del_write;
    ac->ev.cleanup = clean_up;
    redisAsyncSetConnectCallback(ac, on_connect);
    poll_for(l, UV_WRITABLE);
    return l;
}

void redis_link_drop(struct redis_link *l)
{
    CHECK_OBJ(l, LINK_MAGIC);
    if (l->ac)
        redisAsyncFree(l->ac);
}

bool redis_link_send(struct redis_link *l, const struct str *argv, size_t n, void *command)
{
    const char *texts[REDIS_MAX_ARGS];
    size_t lengths[REDIS_MAX_ARGS];
    CHECK_OBJ(l, LINK_MAGIC);
    CHECK(n > 0 && n <= REDIS_MAX_ARGS);
    if (!l->ac)
        return false;
    for (size_t i = 0; i < n; i++) {
        texts[i] = argv[i].n > 0 ? argv[i].p : "";
        lengths[i] = argv[i].n;
    }
    return redisAsyncCommandArgv(l->ac, on_reply, command, (int)n, texts, lengths) == REDIS_OK;
}

void redis_link_flush(struct redis_link *l)
{
    CHECK_OBJ(l, LINK_MAGIC);
    if (!l->ac || !l->connected || !l->dirty || l->polled & UV_WRITABLE)
        return;
    /* hiredis 1.2 asserts that nobody writes from inside one of its callbacks: the next turn does it. */
    if (l->ac->c.flags & REDIS_IN_CALLBACK)
        poll_for(l, l->polled | UV_WRITABLE);
    else
        write_out(l);
}

void redis_link_poke(struct redis_link *l)
{
    CHECK_OBJ(l, LINK_MAGIC);
    if (l->ac && l->polled & UV_READABLE)
        redisAsyncHandleRead(l->ac);
}
