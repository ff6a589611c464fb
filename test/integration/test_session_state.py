"""What the SQL of one request leaves behind in its session is gone for the next. SPDX-License-Identifier: ISC"""

import pytest
from utils import wait_until

SCHEMA = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'lodger') then
    create role lodger nologin; grant lodger to erp_authenticator;
  end if;
end $$;
create schema api; create schema hidden; grant usage on schema api, hidden to lodger;
create table hidden.who(name text); insert into hidden.who values ('hidden'); grant select on hidden.who to lodger;
create table api.who(name text); insert into api.who values ('api'); grant select on api.who to lodger;
create table api.plain(id int primary key, n int); insert into api.plain values (1, 0);
create table api.watched(id int primary key, n int); insert into api.watched values (1, 0);
create table api.child(id int primary key references api.watched on delete cascade);
grant select, insert, update, delete on all tables in schema api to lodger;
create view api.locked as select id, pg_try_advisory_lock(77) as got from api.plain;
grant select on api.locked to lodger;

create function api.hide() returns void language plpgsql as $$ begin set search_path to hidden; end $$;
create function api.hide_dynamically() returns void language plpgsql as
  $$ begin execute 'set search' || '_path to hidden'; end $$;
create function api.hide_by_call() returns void language sql as $$ select set_config('search_path', 'hidden', false) $$;
create function api.hide_through() returns void language plpgsql as $$ begin perform api.hide(); end $$;
create function api.hurry() returns void language plpgsql as $$ begin set statement_timeout = '5ms'; end $$;
create function api.lock() returns void language sql as $$ select pg_advisory_lock(5) $$;
create function api.lock_and_nap() returns void language plpgsql as
  $$ begin perform pg_advisory_lock(7); perform pg_sleep(60); end $$;
create function api.lock_and_fail() returns void language plpgsql as
  $$ begin perform pg_advisory_lock(6); perform 1 / 0; end $$;
create function api.keep() returns void language plpgsql as $$ begin create temp table kept as select 1; end $$;
create function api.become() returns void language plpgsql as $$ begin set role lodger; end $$;
create function api.forget() returns void language plpgsql as $$ begin deallocate all; end $$;
create function api.tame(a int) returns int language plpgsql as
  $$ begin perform set_config('app.a', a::text, true); set local work_mem = '1MB'; update api.plain set n = a; return a; end $$;
create function api.look() returns jsonb language plpgsql as $$ begin return jsonb_build_object(
  'who', (select name from who), 'timeout', current_setting('statement_timeout'),
  'locks', (select count(*) from pg_locks where locktype = 'advisory'), 'kept', to_regclass('pg_temp.kept') is not null,
  'role', current_setting('role')); end $$;
create function api.stain() returns trigger language plpgsql as $$ begin set search_path to hidden; return new; end $$;
create trigger stain after insert or update or delete on api.watched for each row execute function api.stain();
grant execute on all functions in schema api to lodger;
grant temporary on database session_state to public
"""


@pytest.fixture
def server(pg, make_bobbin):
    pg.new_database("session_state")
    pg.sql(SCHEMA, database="session_state")
    return make_bobbin(database="session_state", db_schemas="api", db_anon_role="lodger", server_threads=1,
                       db_exclusive_connections=1)


def look(server):
    answer = server.post("/rpc/look")
    assert answer.status_code == 200, answer.text
    return answer.json()


def cleanings(server):
    return server.metrics().value("db_client_cleanings_total")


@pytest.mark.parametrize("name", ["hide", "hide_dynamically", "hide_by_call", "hide_through", "hurry", "lock",
                                  "lock_and_fail", "keep", "become", "forget"])
def test_functions(server, name):
    clean = look(server)
    assert clean["who"] == "api" and clean["locks"] == 0 and not clean["kept"]
    for _ in range(3):
        answer = server.post(f"/rpc/{name}")
        assert answer.status_code == (400 if name == "lock_and_fail" else 204), answer.text
        assert look(server) == clean


def test_locks_do_not_wait_for_the_next_request(pg, server):
    assert server.post("/rpc/lock").status_code == 204
    wait_until(lambda: pg.value("select pg_try_advisory_lock(5)", database="session_state"), what="the lock")


def test_locks_of_what_was_cancelled_do_not_wait_either(pg, server):
    server.set(db_request_timeout="1s")
    server.stop()
    server.start()
    assert server.post("/rpc/lock_and_nap").status_code == 503
    wait_until(lambda: pg.value("select pg_try_advisory_lock(7)", database="session_state"), what="the lock")


def test_triggers(server):
    clean = look(server)
    assert server.patch("/watched?id=eq.1", json={"n": 1}).status_code == 204
    assert look(server) == clean
    assert server.post("/watched", json={"id": 2, "n": 1}).status_code == 201
    assert look(server) == clean


def test_views(server):
    clean = look(server)
    for _ in range(3):
        assert server.get("/locked").json() == [{"id": 1, "got": True}]
        assert look(server) == clean


def test_what_is_seen_through_costs_nothing(server):
    for i in range(5):
        assert server.patch("/plain?id=eq.1", json={"n": i}).status_code == 204
        assert server.get("/plain?id=eq.1").json() == [{"id": 1, "n": i}]
        assert server.post("/rpc/tame", json={"a": i}).json() == i
        assert look(server)["who"] == "api"
    for _ in range(2):
        server.post("/rpc/hide")
    wait_until(lambda: cleanings(server) == 2, what="the count")
    assert cleanings(server) == 2
