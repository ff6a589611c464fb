"""A function may leave temporary types on its connection, which PostgreSQL finds before its own: no statement of ours may mean
them (query/sql_expr.h). SPDX-License-Identifier: ISC"""

import pytest
import utils

SCHEMA = """
create schema api;
create table api.t (id int primary key, n int, note text, doc json);
create table api.lines (t_id int references api.t, no int, qty int, primary key (t_id, no));
create table api.seen (who text, type text);
do $$ begin create role temp_a nologin; exception when duplicate_object then null; end $$;
do $$ begin create role temp_b nologin; exception when duplicate_object then null; end $$;
grant temp_a, temp_b to erp_authenticator;
grant usage on schema api to temp_a, temp_b;
grant all on all tables in schema api to temp_a, temp_b;
create function api.note(type text) returns boolean language plpgsql as $$
    begin insert into api.seen values (current_user, type); return true; end $$;
create function api.backend() returns int language sql volatile as 'select pg_backend_pid()';
create function api.poison() returns int language plpgsql as $$
    declare name text;
    begin
        foreach name in array array['text', 'int8', 'int2', 'json', 'jsonb', 'bool', 'bytea'] loop
            if to_regtype('pg_temp.' || name) is null then
                execute format('create domain pg_temp.%I as pg_catalog.%I check (api.note(%L))', name, name, name);
            end if;
        end loop;
        perform pg_sleep(0.2);
        return pg_backend_pid();
    end $$;
"""


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("temp_types", sql=SCHEMA)
    server = utils.Bobbin(scratch, bare_pg, database="temp_types", db_schemas="api", db_anon_role="temp_b", db_pool=4, server_threads=1,
                          db_aggregates_enabled=True)
    try:
        yield server.start()
    finally:
        server.stop()


def test_no_request_meets_temporary_types_of_another(server, bare_pg):
    import concurrent.futures
    with concurrent.futures.ThreadPoolExecutor(8) as pool:  # every connection that takes calls
        answers = list(pool.map(lambda _: server.post("/rpc/poison", json={}, role="temp_a"), range(16)))
    assert all(answer.status_code == 200 for answer in answers), answers[0].text
    poisoned = {answer.json() for answer in answers}
    met = {server.post("/rpc/backend", json={}).json() for _ in range(20)}
    assert met & poisoned, (met, poisoned)
    show = {"Prefer": "return=representation"}
    upsert = {"Prefer": "resolution=merge-duplicates,return=representation,count=exact"}
    for i in range(8):
        for method, path, options in (
                ("POST", "/t", {"json": [{"id": 2 * i, "n": 1, "doc": {"a": 1}}, {"id": 2 * i + 1, "n": 2, "doc": None}], "headers": upsert}),
                ("POST", "/t?columns=id,n", {"json": {"id": 2 * i, "n": 5}, "headers": {**upsert, "Prefer": upsert["Prefer"] + ",missing=default"}}),
                ("PATCH", f"/t?id=eq.{2 * i}", {"json": {"note": "x", "lines": [{"no": 1, "qty": 3}]}, "headers": show}),
                ("PATCH", f"/t?id=in.({2 * i},{2 * i + 1})&doc->>a=is.null",
                 {"json": {"n": 7}, "headers": {**show, "Prefer": "return=representation,handling=strict,max-affected=5"}}),
                ("POST", "/t", {"json": {"id": 1000 + i}, "headers": {**show, "Idempotency-Key": f"key-{i}"}}),
                ("GET", "/t?select=id,doc->a,n::text,lines(qty::int8)&note->>0=is.null", {}),
                ("GET", "/t?select=note,id.count()&note=fts.x", {}),
                ("GET", "/t?limit=5", {"headers": {"Prefer": "count=exact"}})):
            answer = server.request(method, path, **options)
            assert answer.status_code in (200, 201, 206, 501), (method, path, answer.text)
    assert bare_pg.sql("select distinct who, type from api.seen", database="temp_types") == []
    many = server.patch("/t?id=lt.4", json={"n": 1}, headers={"Accept": "application/vnd.pgrst.object+json"})
    assert (many.status_code, many.json()["code"]) == (406, "PGRST116")
