/* Unit tests of util/list. SPDX-License-Identifier: ISC */
#include "test/unit/test.h"
#include "util/list.h"

struct item {
    int v;
    struct list link;
};

static void order_and_removal(void **state)
{
    struct list head;
    struct item a = {1}, b = {2}, c = {3};
    list_init(&head);
    list_append(&head, &b.link);
    list_append(&head, &c.link);
    list_prepend(&head, &a.link);
    int want = 1;
    LIST_FOREACH(it, &head)
    {
        assert_int_equal(LIST_ENTRY(it, struct item, link)->v, want++);
        list_remove(it);
        list_remove(it);
    }
    assert_int_equal(want, 4);
    assert_true(list_empty(&head));
    assert_null(list_take_first(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(order_and_removal)};
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
