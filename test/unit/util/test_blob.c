/* Unit tests of util/blob. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/blob.h"

#include <pthread.h>

static struct blob *blob_with(const char *text)
{
    struct buf b;
    buf_init(&b, 0);
    buf_append(&b, str_cstr(text));
    struct blob *blob = blob_of(&b);
    assert_int_equal(buf_len(&b), 0);
    assert_null(b.data);
    return blob;
}

static void it_lives_as_long_as_a_reference(void **state)
{
    struct blob *first = blob_with("some bytes"), *second = blob_ref(first), *none = NULL;
    assert_ptr_equal(first, second);
    assert_true(blob_size(first) >= 10);
    blob_unref(&first);
    assert_null(first);
    assert_str(blob_str(second), "some bytes");
    blob_unref(&second);
    blob_unref(&none);
}

static void it_does_not_copy(void **state)
{
    struct buf b;
    buf_init(&b, 0);
    memset(buf_reserve(&b, 100000), 'x', 100000);
    buf_commit(&b, b.data + 100000);
    const char *data = b.data;
    struct blob *blob = blob_of(&b);
    assert_ptr_equal(blob_str(blob).p, data);
    assert_int_equal(blob_str(blob).n, 100000);
    blob_unref(&blob);
}

static void *hold_and_give(void *arg)
{
    for (int i = 0; i < 10000; i++) {
        struct blob *mine = blob_ref(arg);
        assert_int_equal(blob_str(mine).p[0], 's');
        blob_unref(&mine);
    }
    struct blob *last = arg;
    blob_unref(&last);
    return NULL;
}

/* Whoever is last frees it (valgrind and the sanitizers look at that). */
static void on_whatever_thread(void **state)
{
    struct blob *blob = blob_with("shared");
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hold_and_give, blob_ref(blob)), 0);
    blob_unref(&blob);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lives_as_long_as_a_reference),
        cmocka_unit_test(it_does_not_copy),
        cmocka_unit_test(on_whatever_thread),
    };
    return cmocka_run_group_tests_name("blob", tests, NULL, NULL);
}
