"""Domain representations: casts of a domain to and from json, and from text (dialect 1.14).
SPDX-License-Identifier: ISC"""

import pytest
import utils

SCHEMA = """
create schema api;
create domain api.color as int;
create function api.color_text(text) returns api.color immutable language sql
    as $$ select (('x' || lpad(ltrim($1, '#'), 8, '0'))::bit(32)::int)::api.color $$;
create function api.color_from(json) returns api.color immutable language sql as $$ select api.color_text($1 #>> '{}') $$;
create function api.color_json(api.color) returns json immutable language sql
    as $$ select case when $1 is null then to_json('none'::text) else to_json('#' || lpad(to_hex($1), 6, '0')) end $$;
create cast (api.color as json) with function api.color_json(api.color) as implicit;
create cast (json as api.color) with function api.color_from(json) as implicit;
create cast (text as api.color) with function api.color_text(text) as implicit;
create table api.paints (id int primary key, color api.color default 255, base_id int references api.paints, n int default 7);
create table api.swatches (color api.color primary key, name text);
insert into api.paints values (1, 255, null), (2, 65280, 1), (3, null, 1);
insert into api.swatches values (255, 'blue');
create domain api.lexemes as tsvector;
create table api.notes (id int primary key, words api.lexemes);
insert into api.notes values (1, to_tsvector('english', 'the fat cats')), (2, to_tsvector('english', 'rats'));
create function api.darker() returns setof api.paints stable language sql as $$ select * from api.paints where color < 256 $$;
do $$ begin create role painter nologin; exception when duplicate_object then null; end $$;
grant painter to erp_authenticator;
grant usage on schema api to painter;
grant all on all tables in schema api to painter;
"""

SHOW = {"Prefer": "return=representation"}


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("domains", sql=SCHEMA)
    server = utils.Bobbin(scratch, bare_pg, database="domains", db_schemas="api", db_anon_role="painter",
                          db_tx_end="rollback", db_aggregates_enabled=True)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.mark.parametrize("path, rows", [
    ("/paints?order=id&select=id,color", [{"id": 1, "color": "#0000ff"}, {"id": 2, "color": "#00ff00"},
                                          {"id": 3, "color": "none"}]),
    ("/paints?id=eq.1", [{"id": 1, "color": "#0000ff", "base_id": None, "n": 7}]),
    ("/paints?id=eq.1&select=c:color", [{"c": "#0000ff"}]),
    ("/paints?id=eq.1&select=color::int", [{"color": 255}]),
    ("/paints?id=eq.2&select=base:base_id(color)", [{"base": {"color": "#0000ff"}}]),
    ("/paints?id=eq.1&select=base:base_id(color)", [{"base": None}]),
    ("/paints?id=eq.1&select=paints!paints_base_id_fkey(color)", [{"paints": [{"color": "#00ff00"}, {"color": "none"}]}]),
    ("/paints?id=eq.2&select=...base_id(color)", [{"color": "#0000ff"}]),
    ("/paints?select=color,count()&order=color", [{"color": "#0000ff", "count": 1}, {"color": "#00ff00", "count": 1},
                                                  {"color": "none", "count": 1}]),
    ("/rpc/darker?select=color", [{"color": "#0000ff"}]),
    ("/rpc/darker?color=eq.%2300ff00", []),
])
def test_domain_to_json_shows_it(server, path, rows):
    answer = server.get(path)
    assert (answer.status_code, answer.json()) == (200, rows)


@pytest.mark.parametrize("filters, ids", [
    ("color=eq.%230000ff", [1]), ("color=neq.%230000ff", [2]), ("color=gt.%230000ff", [2]),
    ("color=in.(%230000ff,%2300ff00)", [1, 2]), ("color=eq(any).{%230000ff}", [1]), ("color=in.()", []),
    ("color=isdistinct.%230000ff", [2, 3]), ("color=is.null", [3]), ("color=not.eq.%230000ff", [2]),
    ("or=(color.eq.%230000ff,id.eq.3)", [1, 3]),
    ("or=(color.gt.%230000ff,and(color.eq.%230000ff,id.gt.0))", [1, 2]),
])
def test_text_to_domain_reads_filters(server, filters, ids):
    answer = server.get(f"/paints?select=id&order=id&{filters}")
    assert (answer.status_code, [row["id"] for row in answer.json()]) == (200, ids)


@pytest.mark.parametrize("filters, ids", [("words=fts.cat", [1]), ("words=not.plfts(english).cats", [2]),
                                          ("or=(words.fts.rat,id.eq.1)", [1, 2])])
def test_a_domain_over_tsvector_is_one(server, filters, ids):
    answer = server.get(f"/notes?select=id&order=id&{filters}")
    assert (answer.status_code, [row["id"] for row in answer.json()]) == (200, ids)


def test_json_to_domain_reads_bodies(server):
    body = [{"id": 10, "color": "#000001"}, {"id": 11, "color": "#000002"}]
    answer = server.request("POST", "/paints?select=id,color", json=body, headers=SHOW)
    assert (answer.status_code, answer.json()) == (201, body)
    answer = server.request("PATCH", "/paints?color=eq.%230000ff&select=id,color", json={"color": "#000003"}, headers=SHOW)
    assert (answer.status_code, answer.json()) == (200, [{"id": 1, "color": "#000003"}])
    answer = server.request("DELETE", "/paints?color=eq.%2300ff00&select=color,base_id(color)", headers=SHOW)
    assert (answer.status_code, answer.json()) == (200, [{"color": "#00ff00", "base_id": {"color": "#0000ff"}}])


def test_json_to_domain_defaults_of_missing_keys(server):
    for body in ({"id": 10}, [{"id": 10}]):
        answer = server.request("POST", "/paints?columns=id,color,n", json=body,
                                headers={"Prefer": "return=representation, missing=default"})
        assert (answer.status_code, answer.json()) == (201, [{"id": 10, "color": "#0000ff", "base_id": None, "n": 7}])


def test_domain_as_a_primary_key(server):
    answer = server.request("PUT", "/swatches?color=eq.%230000ff", json={"color": "#0000ff", "name": "sky"}, headers=SHOW)
    assert (answer.status_code, answer.json()) == (200, [{"color": "#0000ff", "name": "sky"}])
    answer = server.request("POST", "/swatches", json={"color": "#0000ff", "name": "sea"},
                            headers={"Prefer": "return=representation, resolution=merge-duplicates"})
    assert (answer.status_code, answer.json()) == (200, [{"color": "#0000ff", "name": "sea"}])
