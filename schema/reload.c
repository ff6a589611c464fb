/* reload: the holder with its lock, and a small machine: WAITING for its timer, or LOADING, or idle.
 * SPDX-License-Identifier: ISC */
#include "schema/reload.h"

#include "util/check.h"
#include "util/mem.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#define RELOAD_MAGIC 0x72656c64u

/* The lock is held for a few instructions; requests take it only after a load. */
struct catalog_holder {
    uv_mutex_t lock;
    atomic_uint_least64_t version; /* how many snapshots were set; changed with the lock held */
    struct catalog *cat;
    struct reload_stats stats;
};

struct reload {
    unsigned magic;
    struct catalog_holder *holder;
    struct db *db;
    uv_timer_t timer;
    struct catalog_load *load; /* NULL: none runs */
    bool again;                /* asked for while one ran */
    bool stale;                /* configured while one ran: its result is of no use */
    unsigned failures;         /* in a row */
    uint64_t started;          /* nanoseconds */
    uint64_t failed_ms;        /* when the last load failed, on the loop's clock */
    struct arena arena;        /* of options */
    struct catalog_load_options options;
    reload_cb *on_load;
    void *arg;
};

struct catalog_holder *catalog_holder_create(void)
{
    struct catalog_holder *h = MEM_NEW(struct catalog_holder);
    CHECK(uv_mutex_init(&h->lock) == 0);
    return h;
}

void catalog_holder_free(struct catalog_holder **hp)
{
    struct catalog_holder *h = *hp;
    *hp = NULL;
    if (!h)
        return;
    catalog_unref(&h->cat);
    uv_mutex_destroy(&h->lock);
    mem_free(h);
}

struct catalog *catalog_holder_get(struct catalog_holder *h)
{
    uv_mutex_lock(&h->lock);
    struct catalog *cat = h->cat ? catalog_ref(h->cat) : NULL;
    uv_mutex_unlock(&h->lock);
    return cat;
}

struct catalog *catalog_view_get(struct catalog_view *v, struct catalog_holder *h)
{
    uint64_t version = atomic_load_explicit(&h->version, memory_order_acquire);
    if (UNLIKELY(version != v->version)) {
        catalog_unref(&v->cat);
        v->cat = catalog_holder_get(h); /* or a newer one, which is taken once more */
        v->version = version;
    }
    return v->cat;
}

void catalog_view_release(struct catalog_view *v)
{
    catalog_unref(&v->cat);
    v->version = 0;
}

void catalog_holder_set(struct catalog_holder *h, struct catalog *cat)
{
    uv_mutex_lock(&h->lock);
    struct catalog *old = h->cat;
    h->cat = cat;
    atomic_fetch_add_explicit(&h->version, 1, memory_order_release);
    uv_mutex_unlock(&h->lock);
    catalog_unref(&old); /* freeing a large one takes a while */
}

void catalog_holder_stats(struct catalog_holder *h, struct reload_stats *out)
{
    uv_mutex_lock(&h->lock);
    *out = h->stats;
    uv_mutex_unlock(&h->lock);
}

static void note_good(struct catalog_holder *h, uint64_t ms)
{
    uv_mutex_lock(&h->lock);
    h->stats.loads_ok++;
    h->stats.last_load_ms = ms;
    h->stats.loaded_at = (int64_t)time(NULL);
    h->stats.loading = h->stats.behind = false;
    h->stats.last_error[0] = '\0';
    uv_mutex_unlock(&h->lock);
}

static void note_failed(struct catalog_holder *h, const char *error)
{
    uv_mutex_lock(&h->lock);
    h->stats.loads_failed++;
    h->stats.loading = false;
    h->stats.behind = true;
    snprintf(h->stats.last_error, sizeof h->stats.last_error, "%s", error);
    uv_mutex_unlock(&h->lock);
}

static void note_wish(struct catalog_holder *h, bool loading)
{
    uv_mutex_lock(&h->lock);
    h->stats.behind = true;
    h->stats.loading = h->stats.loading || loading;
    uv_mutex_unlock(&h->lock);
}

/* The machine. */

static void on_timer(uv_timer_t *timer);

static void wait_for(struct reload *r, uint64_t ms)
{
    CHECK(!r->load);
    CHECK(uv_timer_start(&r->timer, on_timer, ms, 0) == 0);
}

static uint64_t retry_pause_ms(const struct reload *r)
{
    uint64_t pause = RELOAD_RETRY_FIRST_MS;
    unsigned noise = 0;
    for (unsigned i = 1; i < r->failures && pause < RELOAD_RETRY_MAX_MS; i++)
        pause *= 2;
    if (getrandom(&noise, sizeof noise, GRND_NONBLOCK) < 0)
        noise = 0;
    return pause - noise % (pause / 4);
}

static void on_loaded(void *arg, struct catalog *cat, const char *error)
{
    struct reload *r;
    CAST_OBJ(r, arg, RELOAD_MAGIC);
    bool again = r->again, stale = r->stale;
    r->load = NULL;
    r->again = r->stale = false;
    if (stale) { /* installed, it would lack what the configuration in use still serves */
        catalog_unref(&cat);
        reload_request(r);
        return;
    }
    if (cat) {
        r->failures = 0;
        note_good(r->holder, (uv_hrtime() - r->started) / 1000000);
        catalog_holder_set(r->holder, catalog_ref(cat));
        if (again)
            reload_request(r);
    } else {
        r->failures++;
        r->failed_ms = uv_now(r->timer.loop);
        note_failed(r->holder, error);
        wait_for(r, retry_pause_ms(r));
    }
    /* Last, since it may stop us. */
    if (r->on_load)
        r->on_load(r->arg, cat, error);
    catalog_unref(&cat);
}

static void on_timer(uv_timer_t *timer)
{
    struct reload *r;
    CAST_OBJ(r, timer->data, RELOAD_MAGIC);
    CHECK(!r->load);
    r->started = uv_hrtime();
    note_wish(r->holder, true);
    r->load = catalog_load_start(timer->loop, r->db, &r->options, on_loaded, r);
}

/* How long a wish waits from now: the first one for nobody, later ones for those that come with them. */
static uint64_t wish_pause_ms(const struct reload *r)
{
    uint64_t since = uv_now(r->timer.loop) - r->failed_ms;
    if (r->failures > 0 && since + RELOAD_DEBOUNCE_MS < RELOAD_RETRY_FIRST_MS)
        return RELOAD_RETRY_FIRST_MS - since;
    return r->started ? RELOAD_DEBOUNCE_MS : 0;
}

void reload_request(struct reload *r)
{
    CHECK_OBJ(r, RELOAD_MAGIC);
    note_wish(r->holder, false);
    if (r->load)
        r->again = true;
    else if (!uv_is_active((uv_handle_t *)&r->timer) || uv_timer_get_due_in(&r->timer) > wish_pause_ms(r))
        wait_for(r, wish_pause_ms(r));
}

static const struct str *copy_list(struct arena *a, const struct str *from, size_t n)
{
    struct str *to = ARENA_NEW_ARRAY(a, struct str, n);
    for (size_t i = 0; i < n; i++)
        to[i] = arena_str(a, from[i]);
    return to;
}

static void set_options(struct reload *r, const struct catalog_load_options *options)
{
    struct arena fresh;
    arena_init(&fresh, 0);
    struct catalog_load_options copy = *options;
    copy.schemas = copy_list(&fresh, options->schemas, options->nschemas);
    copy.extra = copy_list(&fresh, options->extra, options->nextra);
    arena_release(&r->arena);
    r->arena = fresh;
    r->options = copy;
}

struct reload *reload_start(uv_loop_t *loop, struct db *db, struct catalog_holder *h,
    const struct catalog_load_options *options, reload_cb *on_load, void *arg)
{
    struct reload *r = MEM_NEW(struct reload);
    r->magic = RELOAD_MAGIC;
    r->holder = h;
    r->db = db;
    r->on_load = on_load;
    r->arg = arg;
    arena_init(&r->arena, 0);
    set_options(r, options);
    CHECK(uv_timer_init(loop, &r->timer) == 0);
    r->timer.data = r;
    return r;
}

static void on_closed(uv_handle_t *handle)
{
    struct reload *r;
    CAST_OBJ(r, handle->data, RELOAD_MAGIC);
    r->magic = 0;
    arena_release(&r->arena);
    mem_free(r);
}

void reload_stop(struct reload **rp)
{
    struct reload *r = *rp;
    *rp = NULL;
    if (!r)
        return;
    CHECK_OBJ(r, RELOAD_MAGIC);
    r->on_load = NULL;
    catalog_load_cancel(&r->load);
    uv_close((uv_handle_t *)&r->timer, on_closed);
}

static bool same_list(const struct str *a, size_t na, const struct str *b, size_t nb)
{
    for (size_t i = 0; i < na && na == nb; i++) {
        if (!str_eq(a[i], b[i]))
            return false;
    }
    return na == nb;
}

bool reload_configure(struct reload *r, const struct catalog_load_options *options)
{
    CHECK_OBJ(r, RELOAD_MAGIC);
    if (same_list(r->options.schemas, r->options.nschemas, options->schemas, options->nschemas) &&
        same_list(r->options.extra, r->options.nextra, options->extra, options->nextra) &&
        r->options.timeout_ms == options->timeout_ms)
        return false;
    set_options(r, options);
    r->stale = r->load != NULL;
    reload_request(r);
    return true;
}

unsigned reload_wish(struct str payload)
{
    if (payload.n == 0)
        return RELOAD_SCHEMA | RELOAD_CONFIG;
    if (str_eq(payload, STR("reload schema")))
        return RELOAD_SCHEMA;
    return str_eq(payload, STR("reload config")) ? RELOAD_CONFIG : RELOAD_NOTHING;
}
