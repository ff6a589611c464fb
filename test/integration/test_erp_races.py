"""Two people do at the same moment what either may do, but not both.

SPDX-License-Identifier: ISC
"""

import threading

import psycopg
from utils import wait_until


def blocked(pg, database):
    return pg.value("select count(*) from pg_stat_activity where datname = %s and wait_event_type = 'Lock'", [database], database=database)


def test_administrators_who_deactivate_each_other(pg):
    pg.copy_of_erp("races")
    pg.sql("update erp.users set role = 'erp_admin' where id = 2", database="races")
    change = "update erp.users set is_active = false where id = %s"
    first, second = [pg.connect("races", "erp_authenticator", autocommit=False) for _ in range(2)]
    with first, second:
        for admin, hands in ((1, first), (2, second)):
            hands.execute("set local role erp_admin")
            hands.execute("select set_config('request.jwt.claims', %s, true)", [f'{{"user_id": {admin}}}'])
        first.execute(change, [2])
        failed = []

        def other():
            try:
                second.execute(change, [1])
            except psycopg.Error as error:
                failed.append((error.sqlstate, error.diag.constraint_name))

        thread = threading.Thread(target=other)
        thread.start()
        wait_until(lambda: blocked(pg, "races") or failed or not thread.is_alive(), what="the second one to wait for the first one")
        first.commit()
        thread.join(20)
        assert not thread.is_alive(), "the second one is stuck"
        second.rollback() if failed else second.commit()
        assert failed == [("23514", "users_last_admin")]
    assert pg.value("select array_agg(id) from erp.users where role = 'erp_admin' and is_active", database="races") == [1]
