"""No acknowledged write is lost, none is done twice, whatever breaks meanwhile (reliability: the retry matrix).
SPDX-License-Identifier: ISC"""

import threading
from concurrent.futures import ThreadPoolExecutor

import checker
import pytest
import utils

SCHEMA = """
create schema api;
create table api.items (id int primary key, n int not null default 0);
insert into api.items select generate_series(1, 20);
create function api.swap(a int, b int) returns void language plpgsql volatile as $$ begin
    update api.items set n = n + 1 where id = a; perform pg_sleep(0.2);
    update api.items set n = n + 1 where id = b; end $$;
create table api.tries (n int);
create sequence api.attempts;
create function api.clash(until int) returns int language plpgsql volatile as $$ begin
    if nextval('api.attempts') < until then raise exception 'clash' using errcode = '40001'; end if;
    insert into api.tries values (1); return 1; end $$;
do $$ begin create role writer nologin; exception when duplicate_object then null; end $$;
grant writer to erp_authenticator;
grant usage on schema api to writer;
grant all on all tables in schema api to writer;
grant all on all sequences in schema api to writer;
"""


@pytest.fixture
def own_pg():
    scratch = utils.Scratch()
    pg = utils.Postgres(scratch.path)
    pg.initdb()
    pg.start()
    pg.prepare_roles()
    yield pg
    pg.stop("immediate")
    scratch.remove()


def test_nothing_lost_nothing_twice(own_pg, make_bobbin):
    """The short run; checker.py has the long one."""
    outcomes, wrong, figures = checker.check(own_pg, make_bobbin, 3000, "short", rate=0.03,
                                             kinds={"terminate": 4, "backend": 1, "server": 1})
    assert not wrong, (wrong[:5], outcomes, figures)
    assert outcomes["acknowledged"] > 2600 and figures["before"] + figures["after"] + figures["done"] > 50, (outcomes, figures)


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("certain", sql=SCHEMA + "alter database certain set deadlock_timeout = '100ms'")
    utils.run_bobbin("migrate", "up", "--own", "--grant", "erp_authenticator", "--db", bare_pg.uri("certain", "bobbin_owner"))
    server = utils.Bobbin(scratch, bare_pg, database="certain", db_schemas="api", db_anon_role="writer", server_threads=1)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "swap-{}"}])
def test_a_deadlock_is_tried_again(server, bare_pg, headers):
    bare_pg.sql("update api.items set n = 0; truncate bobbin.idempotency", database="certain")
    answers = []

    def swap(a, b):
        keyed = {name: value.format(a) for name, value in headers.items()}
        answers.append(server.post("/rpc/swap", json={"a": a, "b": b}, headers=keyed))
    threads = [threading.Thread(target=swap, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [204, 204], [answer.text for answer in answers]
    assert bare_pg.sql("select n from api.items where id <= 2", database="certain") == [(2,), (2,)]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "clash"}])
def test_a_serialization_failure_is_tried_twice_again(server, bare_pg, headers):
    bare_pg.sql("alter sequence api.attempts restart; truncate api.tries", database="certain")
    answer = server.post("/rpc/clash", json={"until": 3}, headers=headers)
    assert (answer.status_code, answer.json()) == (200, 1)
    assert bare_pg.value("select count(*) from api.tries", database="certain") == 1
    bare_pg.sql("alter sequence api.attempts restart; truncate bobbin.idempotency", database="certain")
    answer = server.post("/rpc/clash", json={"until": 9}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (500, "40001")
    assert bare_pg.value("select last_value from api.attempts", database="certain") == 3
    assert bare_pg.value("select count(*) from api.tries", database="certain") == 1


def test_conflicts_without_end_are_not_fed(server, bare_pg):
    """Repeats have a budget: a burst of a hundred, then one for ten requests. Everybody gets the conflict itself to see."""
    bare_pg.sql("alter sequence api.attempts restart", database="certain")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: server.post("/rpc/clash", json={"until": 10 ** 6}), range(300)))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(500, "40001")}
    attempts = bare_pg.value("select last_value from api.attempts", database="certain")
    assert 300 + 20 <= attempts <= 300 + 100 + 32


def test_a_write_to_what_became_read_only_is_tried_on_a_new_connection(make_bobbin, bare_pg):
    """As after a failover: connections that were made before are of no use for writes any more."""
    bare_pg.new_database("moved", sql=SCHEMA + "alter database moved set default_transaction_read_only = on;")
    server = make_bobbin(database="moved", db_schemas="api", db_anon_role="writer", server_threads=1)
    answer = server.patch("/items?id=eq.1", json={"n": 5})
    assert (answer.status_code, answer.json()["code"]) == (405, "25006")
    utils.time.sleep(1.1)  # connections are given up at most once a second
    bare_pg.sql("alter database moved reset default_transaction_read_only", database="postgres")
    assert server.patch("/items?id=eq.1", json={"n": 5}).status_code == 204


def test_an_unknown_commit_is_said_to_be_unknown(make_bobbin, bare_pg):
    """Without a key nobody may repeat it blindly: no Retry-After, a code of its own."""
    counts = checker.multiprocessing.Array("q", 3)
    bare_pg.new_database("unknown", sql=SCHEMA)
    proxy = checker.Cutter(bare_pg.socket_path, 0, "x", counts)
    try:
        server = make_bobbin(database="unknown", proxy=proxy, db_schemas="api", db_anon_role="writer", server_threads=1)
        assert server.post("/items", json={"id": 100}).status_code == 201
        proxy.fault_rate, proxy.random.choice = 1, lambda faults: "done"
        answer = server.post("/items", json={"id": 101})
        proxy.fault_rate = 0
        assert (answer.status_code, answer.json()["code"]) == (503, "BOBBIN003")
        assert "Retry-After" not in answer.headers
        assert bare_pg.value("select count(*) from api.items where id = 101", database="unknown") == 1
    finally:
        proxy.close()
