"""Rows of the dialect's section 2 that need little: counts, long filters, field errors. SPDX-License-Identifier: ISC"""

import pytest
import utils

SCHEMA = """
create extension if not exists btree_gist;
create schema api;
create table api.makers (id int primary key);
create table api.items (id int primary key, name text not null, price numeric, sku text, size text, maker_id int,
    span int4range, constraint items_price_check check (price > 0 and size <> 'none'), constraint items_sku_size unique (sku, size),
    constraint items_maker foreign key (maker_id) references api.makers,
    constraint items_span exclude using gist (maker_id with =, span with &&));
create table api.many as select n as id, n % 7 as k from generate_series(1, 12000) n;
alter table api.many add primary key (id);
create view api.slow as select id, k from api.many where id < 25 or pg_sleep(0.001) is not null;
analyze api.many;
create function api.take(price numeric) returns void language sql volatile as
    $$ insert into api.items(id, name, price) values (99, 'x', price) $$;
do $$ begin create role writer nologin; exception when duplicate_object then null; end $$;
grant writer to erp_authenticator;
create unique index items_lower on api.items (lower(sku), size) include (price) where price < 1000;
create table api.rooms (id int primary key, name text, span int4range,
    constraint rooms_span exclude using gist (lower(name) with =, span with &&));
insert into api.rooms values (1, 'A', '[1,5)');
grant usage on schema api to writer;
grant all on all tables in schema api to writer;
insert into api.makers values (1);
insert into api.items (id, name, sku, size, maker_id, span) values (1, 'a', 's', 'm', 1, '[1,5)');
"""
FORM = {"X-HTTP-Method-Override": "GET", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("beyond", sql=SCHEMA)
    server = utils.Bobbin(scratch, bare_pg, database="beyond", db_schemas="api", db_anon_role="writer",
                          db_count_timeout="300ms")
    try:
        yield server.start()
    finally:
        server.stop()


# Field errors


@pytest.mark.parametrize("body, code, constraint, columns", [
    ({"id": 1, "name": "b"}, "23505", "items_pkey", ["id"]),
    ({"id": 2, "name": "b", "sku": "s", "size": "m"}, "23505", "items_sku_size", ["sku", "size"]),
    ({"id": 2, "name": "b", "maker_id": 9}, "23503", "items_maker", ["maker_id"]),
    ({"id": 2, "name": "b", "price": 0, "size": "l"}, "23514", "items_price_check", ["price", "size"]),
    ({"id": 2, "name": None}, "23502", None, ["name"]),
    ({"id": 2, "name": "b", "maker_id": 1, "span": "[4,6)"}, "23P01", "items_span", ["maker_id", "span"]),
])
def test_constraint_errors_name_the_columns(server, body, code, constraint, columns):
    answer = server.post("/items", json=body)
    error = answer.json()
    assert (error["code"], error.get("constraint"), sorted(error["columns"])) == (code, constraint, sorted(columns))
    assert set(error) >= {"message", "details", "hint"} and error["details"]
    assert server.patch("/items?id=eq.1", json={"name": None}).json()["columns"] == ["name"]


def test_unique_indexes_and_exclusions_of_expressions_name_the_columns(server):
    server.patch("/items?id=eq.1", json={"price": 5})
    error = server.post("/items", json={"id": 2, "name": "b", "sku": "S", "size": "m", "price": 5}).json()
    assert (error["code"], error["constraint"], error["columns"]) == ("23505", "items_lower", ["size", "sku"])
    error = server.post("/rooms", json={"id": 2, "name": "a", "span": "[2,3)"}).json()
    assert (error["code"], error["constraint"], sorted(error["columns"])) == ("23P01", "rooms_span", ["name", "span"])


def test_errors_inside_functions_name_the_columns(server):
    error = server.post("/rpc/take", json={"price": -1}).json()
    assert (error["code"], error["columns"]) == ("23514", ["price", "size"])


# Counts


def count(server, path, mode):
    answer = server.get(path, headers={"Prefer": f"count={mode}"})
    return answer.status_code, answer.headers["Content-Range"], answer.headers["Preference-Applied"]


def test_count_capped(server):
    assert count(server, "/many?limit=20", "capped") == (206, "0-19/10001", "count=capped")
    assert count(server, "/many?limit=20&k=eq.1", "capped") == (206, "0-19/1715", "count=capped")
    assert count(server, "/many?limit=20&id=lte.5", "capped") == (200, "0-4/5", "count=capped")


def test_an_exact_count_that_takes_too_long_is_planned_and_says_so(server):
    status, content_range, applied = count(server, "/slow?limit=10&id=lt.25&order=id", "exact")
    assert (status, content_range, applied) == (206, "0-9/24", "count=exact")
    status, content_range, applied = count(server, "/slow?limit=10&order=id", "exact")
    assert (status, applied) == (206, "count=planned")
    assert int(content_range.split("/")[1]) > 10
    assert count(server, "/many?limit=10", "exact") == (206, "0-9/12000", "count=exact")


def test_a_planned_count_does_not_count(server):
    """Counting the view takes twelve seconds; nobody is asked to."""
    status, _, applied = count(server, "/slow?limit=10&order=id", "planned")
    assert (status, applied) == (206, "count=planned")


# Long filters


def test_filters_longer_than_a_url(server):
    ids = ",".join(map(str, range(1, 12001)))
    assert server.get(f"/many?select=id&id=in.({ids})&k=eq.3").status_code == 414
    answer = server.post("/many?select=id&order=id", data=f"id=in.({ids})&k=eq.3&limit=3", headers=FORM)
    assert answer.status_code == 200, answer.text
    assert answer.json() == [{"id": 3}, {"id": 10}, {"id": 17}]
    answer = server.post("/many", data="select=id&limit=2&order=id", headers={**FORM, "Prefer": "count=exact", "Range": "0-0"})
    assert (answer.status_code, answer.headers["Content-Range"], answer.json()) == (206, "0-0/12000", [{"id": 1}])
    answer = server.post("/many?id=eq.7", headers={**FORM, "Accept": "application/vnd.pgrst.object+json"})
    assert (answer.status_code, answer.json()) == (200, {"id": 7, "k": 0})


@pytest.mark.parametrize("body, status", [("id=in.(1", 400), ("nope=eq.1", 400), ("id=eq.%", 400), (b"id=eq.\x00", 400),
                                          (b"id=eq.\xff", 400), ("", 200), ("\r\n", 200)])
def test_bad_forms(server, body, status):
    answer = server.post("/many?limit=1", data=body, headers=FORM)
    assert answer.status_code == status, answer.text


def test_override_wants_a_form_and_writes_nothing(server, bare_pg):
    answer = server.post("/items", json={"id": 50, "name": "x"}, headers={"X-HTTP-Method-Override": "GET"})
    assert (answer.status_code, answer.json()["code"]) == (400, "BOBBIN400")
    assert bare_pg.value("select count(*) from api.items", database="beyond") == 1
    assert server.post("/makers", json={"id": 50}, headers={"X-HTTP-Method-Override": "POST"}).status_code == 201
