/* Unit tests of db/queue. SPDX-License-Identifier: ISC */
#include "db/queue.h"

#include "test/unit/test.h"

static struct queue q;
static struct queue_item items[100];

static int setup(void **state)
{
    queue_init(&q);
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        queue_item_init(&items[i]);
    return 0;
}

static int teardown(void **state)
{
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        queue_remove(&q, &items[i]);
    assert_int_equal(q.nwaiting, 0);
    assert_int_equal(q.running[0] + q.running[1] + q.running[2], 0);
    queue_deinit(&q);
    return 0;
}

static void assert_taken(size_t n)
{
    struct queue_item *item = queue_take(&q, QUEUE_ALL, NULL);
    assert_non_null(item);
    assert_int_equal(item - items, n);
}

static void one_source_is_served_in_order(void **state)
{
    for (int i = 0; i < 5; i++)
        queue_put(&q, &items[i], 7, (unsigned)i % QUEUE_LEVELS);
    for (size_t i = 0; i < 5; i++)
        assert_taken(i);
    assert_null(queue_take(&q, QUEUE_ALL, NULL));
}

/* A source that put in ninety jobs first does not keep another one waiting for ninety turns. */
static void who_has_fewest_running_is_next(void **state)
{
    for (int i = 0; i < 90; i++)
        queue_put(&q, &items[i], 1, 0);
    assert_taken(0);
    assert_taken(1);
    queue_put(&q, &items[90], 2, 0);
    queue_put(&q, &items[91], 2, 0);
    assert_taken(90);
    assert_taken(91);
    queue_remove(&q, &items[90]);
    queue_remove(&q, &items[91]); /* has ended */
    queue_put(&q, &items[92], 2, 0);
    assert_taken(92);
}

static void equals_take_turns(void **state)
{
    for (int i = 0; i < 3; i++) {
        queue_put(&q, &items[i], 1, 0);
        queue_put(&q, &items[10 + i], 2, 0);
    }
    assert_taken(0);
    assert_taken(10);
    assert_taken(1);
    assert_taken(11);
}

static void closed_levels_wait(void **state)
{
    queue_put(&q, &items[0], 1, 2);
    queue_put(&q, &items[1], 1, 1);
    queue_put(&q, &items[2], 1, 0);
    assert_ptr_equal(queue_take(&q, 1, NULL), &items[2]);
    assert_null(queue_take(&q, 1, NULL));
    assert_ptr_equal(queue_take(&q, 3, NULL), &items[1]);
    assert_taken(0);
}

static void no_source_has_more_than_its_share_of_a_level(void **state)
{
    const unsigned most[QUEUE_LEVELS] = {0, 0, 2};
    for (int i = 0; i < 4; i++)
        queue_put(&q, &items[i], 1, 2);
    queue_put(&q, &items[4], 1, 0);
    assert_ptr_equal(queue_take(&q, QUEUE_ALL, most), &items[0]);
    assert_ptr_equal(queue_take(&q, QUEUE_ALL, most), &items[1]);
    assert_ptr_equal(queue_take(&q, QUEUE_ALL, most), &items[4]);
    assert_null(queue_take(&q, QUEUE_ALL, most));
    queue_put(&q, &items[5], 2, 2);
    assert_ptr_equal(queue_take(&q, QUEUE_ALL, most), &items[5]);
    queue_remove(&q, &items[0]);
    assert_ptr_equal(queue_take(&q, QUEUE_ALL, most), &items[2]);
}

static void the_largest_source_is_the_victim(void **state)
{
    queue_put(&q, &items[0], 1, 0);
    for (int i = 1; i < 5; i++)
        queue_put(&q, &items[i], 2, (unsigned)i % QUEUE_LEVELS);
    queue_put(&q, &items[5], 3, 0);
    assert_ptr_equal(queue_victim(&q), &items[4]);
    queue_remove(&q, &items[4]);
    assert_ptr_equal(queue_victim(&q), &items[3]);
}

static void an_item_that_had_its_turn_is_in_front_again(void **state)
{
    for (int i = 0; i < 3; i++)
        queue_put(&q, &items[i], 1, 0);
    assert_taken(0);
    assert_taken(1);
    queue_remove(&q, &items[1]);
    queue_put_back(&q, &items[1], 1, 0);
    assert_taken(1);
    assert_taken(2);
}

static void a_level_can_change(void **state)
{
    queue_put(&q, &items[0], 1, 0);
    queue_put(&q, &items[1], 1, 0);
    assert_taken(0);
    queue_relevel(&q, &items[0], 2);
    assert_int_equal(q.running[0], 0);
    assert_int_equal(q.running[2], 1);
    queue_relevel(&q, &items[1], 1);
    assert_null(queue_take(&q, 1, NULL));
    assert_taken(1);
}

/* What does not run for long is taken in turns of QUEUE_QUANTUM. */
static void next_goes_round(void **state)
{
    for (int i = 0; i < 40; i++)
        queue_put(&q, &items[i], 1, 0);
    for (int i = 40; i < 43; i++)
        queue_put(&q, &items[i], 2, 0);
    for (size_t i = 0; i < QUEUE_QUANTUM; i++)
        assert_ptr_equal(queue_next(&q), &items[i]);
    for (size_t i = 40; i < 43; i++)
        assert_ptr_equal(queue_next(&q), &items[i]);
    for (size_t i = QUEUE_QUANTUM; i < 40; i++)
        assert_ptr_equal(queue_next(&q), &items[i]);
    assert_null(queue_next(&q));
    assert_null(queue_first(&q));
    assert_null(queue_victim(&q));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(one_source_is_served_in_order),
        TEST(who_has_fewest_running_is_next),
        TEST(equals_take_turns),
        TEST(closed_levels_wait),
        TEST(no_source_has_more_than_its_share_of_a_level),
        TEST(the_largest_source_is_the_victim),
        TEST(an_item_that_had_its_turn_is_in_front_again),
        TEST(a_level_can_change),
        TEST(next_goes_round),
    };
    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
