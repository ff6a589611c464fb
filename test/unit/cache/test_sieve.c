/* Unit tests of cache/sieve. The model is the algorithm of the paper written as plainly as possible: an array
 * in order of insertion, searched from end to end. SPDX-License-Identifier: ISC */
#include "cache/sieve.h"
#include "test/unit/test.h"

#include <stdio.h>

static unsigned destroyed;

static void count_destroy(void *value)
{
    destroyed++;
    free(value);
}

static int *number(int i)
{
    int *p = malloc(sizeof *p);
    *p = i;
    return p;
}

static struct sieve *make(size_t max_bytes, size_t max_entries, size_t max_entry_bytes)
{
    destroyed = 0;
    return sieve_create(&(struct sieve_options){max_bytes, max_entries, max_entry_bytes, count_destroy});
}

static void put(struct sieve *s, struct str key, int value, size_t weight)
{
    sieve_unref(sieve_put(s, key, number(value), weight));
}

/* The value under key, or -1. */
static int get(struct sieve *s, struct str key)
{
    struct sieve_entry *e = sieve_get(s, key);
    if (!e)
        return -1;
    int value = *(int *)sieve_value(e);
    sieve_unref(e);
    return value;
}

static void stores_and_counts(void **state)
{
    struct sieve *s = make(10000, 0, 0);
    assert_int_equal(get(s, STR("a")), -1);
    put(s, STR("a"), 1, 100);
    put(s, STR(""), 2, 0);
    put(s, str_make("a\0b", 3), 3, 0);
    assert_int_equal(get(s, STR("a")), 1);
    assert_int_equal(get(s, STR("")), 2);
    assert_int_equal(get(s, str_make("a\0b", 3)), 3);
    struct sieve_stats st = sieve_stats(s);
    assert_int_equal(st.hits, 3);
    assert_int_equal(st.misses, 1);
    assert_int_equal(st.inserts, 3);
    assert_int_equal(st.entries, 3);
    assert_int_equal(st.bytes, 3 * SIEVE_OVERHEAD + 4 + 100);
    assert_true(sieve_remove(s, STR("a")));
    assert_false(sieve_remove(s, STR("a")));
    assert_int_equal(destroyed, 1);
    assert_int_equal(get(s, STR("a")), -1);
    sieve_free(&s);
    assert_null(s);
    assert_int_equal(destroyed, 3);
}

static void replaces_under_the_same_key(void **state)
{
    struct sieve *s = make(10000, 0, 0);
    put(s, STR("k"), 1, 500);
    put(s, STR("k"), 2, 10);
    assert_int_equal(destroyed, 1);
    assert_int_equal(get(s, STR("k")), 2);
    assert_int_equal(sieve_stats(s).entries, 1);
    assert_int_equal(sieve_stats(s).bytes, SIEVE_OVERHEAD + 11);
    assert_int_equal(sieve_stats(s).evictions, 0);
    sieve_free(&s);
}

static void references_outlive_eviction_and_cache(void **state)
{
    struct sieve *s = make(10000, 1, 0);
    struct sieve_entry *a = sieve_put(s, STR("a"), number(1), 0);
    assert_true(sieve_is_cached(a));
    put(s, STR("b"), 2, 0);
    assert_false(sieve_is_cached(a));
    assert_int_equal(destroyed, 0);
    assert_int_equal(*(int *)sieve_value(a), 1);
    assert_str(sieve_key(a), "a");
    struct sieve_entry *b = sieve_get(s, STR("b"));
    sieve_clear(s);
    assert_int_equal(sieve_stats(s).entries, 0);
    assert_int_equal(get(s, STR("b")), -1);
    put(s, STR("c"), 3, 0);
    struct sieve_entry *c = sieve_get(s, STR("c"));
    sieve_free(&s);
    assert_int_equal(*(int *)sieve_value(b) + *(int *)sieve_value(c), 5);
    sieve_unref_hook(a);
    assert_int_equal(destroyed, 1);
    sieve_unref(sieve_ref(b));
    sieve_unref(b);
    sieve_unref(c);
    assert_int_equal(destroyed, 3);
}

static void refuses_what_is_too_large(void **state)
{
    struct sieve *s = make(8000, 0, 0);
    put(s, STR("k"), 1, 10);
    struct sieve_entry *e = sieve_put(s, STR("big"), number(2), 1000);
    assert_false(sieve_is_cached(e));
    assert_int_equal(*(int *)sieve_value(e), 2);
    sieve_unref(e);
    assert_int_equal(destroyed, 1);
    /* Largest that fits in an eighth: 1000 bytes altogether. */
    put(s, STR("x"), 3, 1000 - SIEVE_OVERHEAD - 1);
    assert_int_equal(get(s, STR("x")), 3);
    put(s, STR("y"), 3, 1000 - SIEVE_OVERHEAD);
    assert_int_equal(get(s, STR("y")), -1);
    /* A refused value still replaces: the old one must not be served as if it were current. */
    put(s, STR("k"), 4, SIZE_MAX);
    assert_int_equal(get(s, STR("k")), -1);
    assert_int_equal(sieve_stats(s).refused, 3);
    assert_int_equal(sieve_stats(s).evictions, 0);
    sieve_free(&s);
}

static void drops_the_very_entry_only(void **state)
{
    struct sieve *s = make(8000, 0, 0);
    struct sieve_entry *old = sieve_put(s, STR("k"), number(1), 10);
    put(s, STR("k"), 2, 10);
    sieve_drop(s, old);
    assert_int_equal(get(s, STR("k")), 2);
    sieve_unref(old);
    struct sieve_entry *now = sieve_get(s, STR("k"));
    sieve_drop(s, now);
    assert_int_equal(get(s, STR("k")), -1);
    sieve_drop(s, now);
    sieve_unref(now);
    sieve_free(&s);
}

/* The example of the paper's section 3: used entries survive one pass of the hand, one-time keys do not. */
static void keeps_what_is_used(void **state)
{
    struct sieve *s = make(100000, 4, 0);
    put(s, STR("hot"), 1, 0);
    for (int i = 0; i < 100; i++) {
        char key[16];
        int n = snprintf(key, sizeof key, "once-%d", i);
        put(s, str_make(key, (size_t)n), i, 0);
        assert_int_equal(get(s, STR("hot")), 1);
    }
    assert_int_equal(sieve_stats(s).entries, 4);
    assert_int_equal(sieve_stats(s).evictions, 97);
    sieve_free(&s);
}

/* ---- the model ---- */

enum { MODEL_KEYS = 200, MODEL_MAX = 4096 };

struct model_entry {
    int key, value;
    size_t cost;
    bool visited;
};

struct model {
    struct model_entry e[MODEL_MAX]; /* oldest first */
    int n, hand;                     /* hand: an index, n means "start at the oldest" */
    size_t bytes, max_bytes, max_entry, max_entries;
};

static int model_find(const struct model *m, int key)
{
    for (int i = 0; i < m->n; i++) {
        if (m->e[i].key == key)
            return i;
    }
    return -1;
}

static void model_remove(struct model *m, int at)
{
    bool at_start = m->hand >= m->n;
    m->bytes -= m->e[at].cost;
    memmove(&m->e[at], &m->e[at + 1], (size_t)(m->n - at - 1) * sizeof m->e[0]);
    m->n--;
    if (at_start)
        m->hand = m->n;
    else if (at < m->hand)
        m->hand--;
}

static void model_evict(struct model *m)
{
    if (m->hand >= m->n)
        m->hand = 0;
    while (m->e[m->hand].visited) {
        m->e[m->hand].visited = false;
        m->hand = (m->hand + 1) % m->n;
    }
    model_remove(m, m->hand);
}

static void model_put(struct model *m, int key, int value, size_t cost)
{
    int at = model_find(m, key);
    if (at >= 0)
        model_remove(m, at);
    if (cost > m->max_entry)
        return;
    while (m->bytes + cost > m->max_bytes || (m->max_entries && (size_t)m->n >= m->max_entries))
        model_evict(m);
    bool at_start = m->hand >= m->n;
    m->e[m->n++] = (struct model_entry){key, value, cost, false};
    if (at_start)
        m->hand = m->n;
    m->bytes += cost;
}

static int model_get(struct model *m, int key)
{
    int at = model_find(m, key);
    if (at < 0)
        return -1;
    m->e[at].visited = true;
    return m->e[at].value;
}

static uint32_t next_random(uint32_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 17;
    *x ^= *x << 5;
    return *x;
}

static void same_contents(struct sieve *s, const struct model *m)
{
    struct sieve_stats st = sieve_stats(s);
    assert_int_equal(st.entries, m->n);
    assert_int_equal(st.bytes, m->bytes);
    assert_true(st.bytes <= m->max_bytes);
}

static void run_model(uint32_t seed, size_t max_entries)
{
    struct model *m = calloc(1, sizeof *m);
    m->max_bytes = 20000;
    m->max_entry = 2500;
    m->max_entries = max_entries;
    struct sieve *s = make(m->max_bytes, max_entries, 0);
    for (int i = 0; i < 20000; i++) {
        char text[16];
        /* The product of two draws: few keys are hot, many are cold. */
        int key = (int)(next_random(&seed) % MODEL_KEYS * (next_random(&seed) % MODEL_KEYS) / MODEL_KEYS);
        struct str k = str_make(text, (size_t)snprintf(text, sizeof text, "%d", key));
        uint32_t action = next_random(&seed) % 100;
        if (action < 60) {
            assert_int_equal(get(s, k), model_get(m, key));
        } else if (action < 95) {
            size_t weight = next_random(&seed) % 50 == 0 ? 3000 : next_random(&seed) % 1000;
            put(s, k, i, weight);
            model_put(m, key, i, weight + k.n + SIEVE_OVERHEAD);
        } else if (action < 99) {
            int at = model_find(m, key);
            assert_int_equal(sieve_remove(s, k), at >= 0);
            if (at >= 0)
                model_remove(m, at);
        } else if (next_random(&seed) % 20 == 0) {
            sieve_clear(s);
            m->n = m->hand = 0;
            m->bytes = 0;
        }
        same_contents(s, m);
    }
    sieve_free(&s);
    free(m);
}

static void agrees_with_the_model(void **state)
{
    for (uint32_t seed = 1; seed <= 10; seed++)
        run_model(seed * 2654435761u, 0);
}

static void agrees_with_the_model_by_entries(void **state)
{
    for (uint32_t seed = 1; seed <= 5; seed++)
        run_model(seed * 40503u, 7);
}

static void many_entries(void **state)
{
    struct sieve *s = make((size_t)1 << 30, 0, 0);
    for (int i = 0; i < 50000; i++)
        put(s, str_make((const char *)&i, sizeof i), i, 8);
    for (int i = 0; i < 50000; i++)
        assert_int_equal(get(s, str_make((const char *)&i, sizeof i)), i);
    assert_int_equal(sieve_stats(s).entries, 50000);
    sieve_free(&s);
    assert_int_equal(destroyed, 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stores_and_counts),
        cmocka_unit_test(replaces_under_the_same_key),
        cmocka_unit_test(references_outlive_eviction_and_cache),
        cmocka_unit_test(refuses_what_is_too_large),
        cmocka_unit_test(drops_the_very_entry_only),
        cmocka_unit_test(keeps_what_is_used),
        cmocka_unit_test(agrees_with_the_model),
        cmocka_unit_test(agrees_with_the_model_by_entries),
        cmocka_unit_test(many_entries),
    };
    return cmocka_run_group_tests_name("sieve", tests, NULL, NULL);
}
