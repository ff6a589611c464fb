"""Functions through the whole program, row by row of the dialect. SPDX-License-Identifier: ISC"""

import json
import socket

import pytest
import utils

SCHEMA = """
create schema api;
create table api.makers (id int primary key, name text not null);
create table api.items (id int primary key, name text not null, price numeric(10,2), maker_id int references api.makers);
insert into api.makers values (1, 'Acme'), (2, 'Bolt & Co');
insert into api.items select n, 'item ' || n, n * 1.5, 1 + n % 2 from generate_series(1, 20) n;
create table api.calls (what text);
create type api.pair as (a int, b text);

create function api.add(a int, b int default 10) returns int immutable language sql as $$ select a + b $$;
create function api.hello() returns text stable language sql as $$ select 'hello "you"' $$;
create function api.nothing_at_all() returns void language sql as $$ insert into api.calls values ('void') $$;
create function api.null_text() returns text stable language sql as $$ select null::text $$;
create function api.numbers(n int) returns setof int stable language sql as $$ select generate_series(1, n) $$;
create function api.one_pair(x int) returns api.pair stable language sql as $$ select (x, 'p' || x)::api.pair $$;
create function api.pairs(x int) returns setof api.pair stable language sql as $$ select n, 'p' || n from generate_series(1, x) n $$;
create function api.as_table(x int) returns table (n int, half numeric) stable language sql
    as $$ select n, n / 2.0 from generate_series(1, x) n $$;
create function api.one_column(x int) returns table (n int) stable language sql as $$ select generate_series(1, x) $$;
create function api.outs(x int, out double int, out name text) stable language sql as $$ select 2 * x, 'x' || x $$;
create function api.any_record() returns record stable language sql as $$ select 1 as a, 'b'::text as b $$;
create function api.any_records(n int) returns setof record stable language sql
    as $$ select i as a, 'b'::text as b from generate_series(1, n) i $$;
create function api.items_under(max numeric) returns setof api.items stable language sql
    as $$ select * from api.items where price < max $$;
create function api.one_item(id int) returns api.items stable language sql as $$ select * from api.items i where i.id = one_item.id $$;
create function api.strings() returns text[] stable language sql as $$ select array['a', 'b"c'] $$;
create function api.doc(x jsonb) returns jsonb stable language sql as $$ select jsonb_build_object('got', x) $$;
create function api.total(variadic v int[]) returns int immutable language sql as $$ select sum(x)::int from unnest(v) x $$;
create function api.labels(prefix text, variadic v text[]) returns text immutable language sql
    as $$ select prefix || array_to_string(v, '|') $$;
create function api.whole(json) returns json immutable language sql as $$ select $1 $$;
create function api.whole_text(text) returns text immutable language sql as $$ select upper($1) $$;
create function api.whole_bytes(bytea) returns int immutable language sql as $$ select length($1) $$;
create function api.over(a int) returns text immutable language sql as $$ select 'one' $$;
create function api.over(a int, b int) returns text immutable language sql as $$ select 'two' $$;
create function api.over(json) returns text immutable language sql as $$ select 'json' $$;
create function api.twice(a int) returns text immutable language sql as $$ select 'int' $$;
create function api.twice(a text) returns text immutable language sql as $$ select 'text' $$;
create function api.log_it(what text) returns setof api.calls language sql as $$ insert into api.calls values (what) returning * $$;
create function api.add_item(id int) returns setof api.items language sql
    as $$ insert into api.items values (id, 'new', 1, 1) returning * $$;
create function api.log_many(n int) returns setof int language plpgsql as $$ begin
    for i in 1..n loop insert into api.calls values ('many ' || i); return next i; end loop; end $$;
create function api.sneaky() returns int stable language plpgsql as $$ begin
    insert into api.calls values ('sneaky'); return 1; end $$;
create function api.fail(state text) returns int language plpgsql as $$ begin
    insert into api.calls values ('fail'); raise exception 'told so' using errcode = state, detail = 'd', hint = 'h'; end $$;
create function api.setting(name text) returns text stable language sql as $$ select current_setting(name, true) $$;
create function api.answer(status text, headers text) returns text language plpgsql as $$ begin
    insert into api.calls values ('answer');
    perform set_config('response.status', status, true), set_config('response.headers', headers, true);
    return 'x'; end $$;
create function api.shout(api.items) returns text stable language sql as $$ select upper($1.name) $$;
create table api.clash (id int primary key, t0 int, r int, b int, x int);
insert into api.clash values (1, 2, 3, 4, 5);
create function api.label(api.clash) returns text stable language sql as $$ select $1.id || '/' || $1.t0 $$;
create function api.clashes() returns setof api.clash language sql as $$ select * from api.clash $$;
create function api."odd näme"("a b" int, "select" int default 1) returns int immutable language sql as $$ select $1 + $2 $$;
do $$ begin create role caller nologin; exception when duplicate_object then null; end $$;
grant caller to erp_authenticator;
grant usage on schema api to caller;
grant all on all tables in schema api to caller;
create function api.doze() returns void stable language sql as $$ select pg_sleep(20) $$;
create function api.doze_and_write() returns void language sql as $$ select pg_sleep(2); insert into api.calls values ('dozed') $$;
create function api.forbidden() returns int stable language sql as $$ select 1 $$;
revoke execute on function api.forbidden from public;
"""

OBJECT = {"Accept": "application/vnd.pgrst.object+json"}


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("calls", sql=SCHEMA)
    server = utils.Bobbin(scratch, bare_pg, database="calls", db_schemas="api", db_anon_role="caller",
                          db_tx_end="commit-allow-override", timeout_half_closed="500ms")
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def calls(request, server, bare_pg):
    """What functions have written in this test."""
    request.node.servers = [server]
    bare_pg.sql("truncate api.calls", database="calls")
    return lambda: [row[0] for row in bare_pg.sql("select what from api.calls", database="calls")]


@pytest.fixture
def rpc(request, server):
    request.node.servers = [server]

    def get(name, **options):
        answer = server.get("/rpc/" + name, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()
    return get


# Arguments


def test_named_arguments(server, rpc):
    assert rpc("add?a=1&b=2") == 3
    assert rpc("add?a=1") == 11
    assert rpc("add?a=-5") == 5
    assert server.post("/rpc/add", json={"a": 1, "b": 2}).json() == 3
    assert server.post("/rpc/add", json={"b": None, "a": 1}).json() is None
    assert server.post("/rpc/add", data={"a": "4"}).json() == 14
    assert rpc("hello") == 'hello "you"'
    assert server.post("/rpc/hello").json() == 'hello "you"'
    assert server.post("/rpc/hello", json={}).json() == 'hello "you"'


def test_odd_names(server, rpc):
    assert rpc("odd%20n%C3%A4me?a%20b=1") == 2
    assert server.post("/rpc/odd%20n%C3%A4me", json={"a b": 1, "select": 5}).json() == 6


def test_argument_values_are_never_sql(server, rpc):
    assert server.post("/rpc/doc", json={"x": {"'": "\"; --", "n": None}}).json() == {"got": {"'": "\"; --", "n": None}}
    assert rpc("setting?name=a%27%3B--") is None
    assert server.get("/rpc/add?a=x").json()["code"] == "22P02"


def test_of_an_array_the_first_object_counts(server):
    for body in ([{"a": 1, "b": 2}], [{"a": 1, "b": 2}, {"a": 5, "b": 6}], [{"a": 1, "b": 2}, {"x": 5}, 7]):
        assert server.post("/rpc/add", json=body).json() == 3
    assert server.post("/rpc/add?columns=a", json=[{"a": 1, "b": 2}]).json() == 11
    assert server.post("/rpc/nothing_at_all", json=[]).status_code == 204
    assert server.post("/rpc/add?columns=a", json=[]).status_code == 404
    assert server.post("/rpc/add", data='[{"a":1},').json()["message"] == "Empty or invalid json"


def test_variadic(server, rpc):
    assert rpc("total?v=1&v=2&v=3") == 6
    assert rpc("total?v=7") == 7
    assert server.post("/rpc/total", json={"v": [1, 2, 3, 4]}).json() == 10
    assert server.post("/rpc/total", data={"v": ["5", "6"]}).json() == 11
    assert rpc("labels?prefix=p&v=a%22b&v=c%5Cd&v=e,f&v=") == 'pa"b|c\\d|e,f|'


def test_repeated_argument_takes_the_last(rpc):
    assert rpc("add?a=1&a=5&b=0") == 5


def test_whole_body(server):
    assert server.post("/rpc/whole", json={"a": [1]}).json() == {"a": [1]}
    assert server.post("/rpc/whole", json=[1, {"b": 2}]).json() == [1, {"b": 2}]
    assert server.post("/rpc/whole", data="5", headers={"Content-Type": "application/json"}).json() == 5
    assert server.post("/rpc/whole_text", data="a\tb'", headers={"Content-Type": "text/plain"}).json() == "A\tB'"
    assert server.post("/rpc/whole_bytes", data=bytes(range(256)),
                       headers={"Content-Type": "application/octet-stream"}).json() == 256
    answer = server.post("/rpc/whole_text", data=b"\xff", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST102")
    assert server.post("/rpc/whole", data="{", headers={"Content-Type": "application/json"}).json()["code"] == "PGRST102"
    answer = server.post("/rpc/whole", data="x", headers={"Content-Type": "image/png"})
    assert (answer.status_code, answer.json()["message"]) == (400, "Content-Type not acceptable: image/png")


def test_overloads(server, rpc):
    assert rpc("over?a=1") == "one"
    assert rpc("over?a=1&b=2") == "two"
    assert server.post("/rpc/over", json={"b": 1, "a": 2}).json() == "two"
    assert server.post("/rpc/over", json={"c": 1}).json() == "json"
    assert server.post("/rpc/over", json=[1]).json() == "json"
    answer = server.get("/rpc/twice?a=1")
    assert (answer.status_code, answer.json()["code"]) == (300, "PGRST203")
    assert answer.json()["message"] == ("Could not choose the best candidate function between: "
                                        "api.twice(a => integer), api.twice(a => text)")


def test_no_such_function(server):
    answer = server.post("/rpc/ad", json={"a": 1, "c": 2})
    assert (answer.status_code, answer.json()["code"]) == (404, "PGRST202")
    assert answer.json()["message"] == "Could not find the function api.ad(a, c) in the schema cache"
    assert answer.json()["details"] == ("Searched for the function api.ad with parameters a, c or with a single unnamed "
                                        "json/jsonb parameter, but no matches were found in the schema cache.")
    assert answer.json()["hint"] == "Perhaps you meant to call the function api.add"
    answer = server.get("/rpc/add?b=1")
    assert answer.status_code == 404
    assert answer.json()["hint"] == "Perhaps you meant to call the function api.add(a, b)"
    answer = server.get("/rpc/over")
    assert answer.json()["message"] == "Could not find the function api.over without parameters in the schema cache"
    assert server.get("/rpc/add").json()["hint"] is None  # nothing in common with (a, b)
    answer = server.post("/rpc/add", data="x", headers={"Content-Type": "text/plain"}).json()
    assert answer["message"] == "Could not find the function api.add in the schema cache"
    assert answer["details"] == ("Searched for the function api.add with a single unnamed text parameter, "
                                 "but no matches were found in the schema cache.")
    assert server.get("/rpc/hello?a=1").status_code == 404
    assert server.post("/rpc/add", json=[{"c": 1}]).status_code == 404
    assert server.post("/rpc/add", json=[1]).status_code == 404
    assert server.get("/rpc/").status_code == 404
    assert server.get("/rpc/a/b").status_code == 404


# Results


def test_scalars(server, rpc):
    assert rpc("null_text") is None
    assert rpc("strings") == ["a", 'b"c']
    assert rpc("any_record") == {"a": 1, "b": "b"}
    assert rpc("numbers?n=3") == [1, 2, 3]
    assert rpc("numbers?n=0") == []
    answer = server.get("/rpc/add?a=1")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Content-Range"] == "0-0/*"


def test_void(server, calls):
    answer = server.post("/rpc/nothing_at_all")
    assert (answer.status_code, answer.content, answer.headers["Content-Range"]) == (204, b"", "0-0/*")
    assert calls() == ["void"]


def test_rows(rpc):
    assert rpc("one_pair?x=1") == {"a": 1, "b": "p1"}
    assert rpc("pairs?x=2") == [{"a": 1, "b": "p1"}, {"a": 2, "b": "p2"}]
    assert rpc("as_table?x=2") == [{"n": 1, "half": 0.5}, {"n": 2, "half": 1.0}]
    assert rpc("one_column?x=2") == [{"n": 1}, {"n": 2}]
    assert rpc("outs?x=4") == {"double": 8, "name": "x4"}
    assert rpc("one_item?id=3&select=name,makers(name)") == {"name": "item 3", "makers": {"name": "Bolt & Co"}}


def test_rows_of_no_known_type(server, rpc):
    both = [{"a": 1, "b": "b"}, {"a": 2, "b": "b"}]
    assert rpc("any_records?n=2") == both
    assert rpc("any_records?n=2&limit=1&offset=1") == both[1:]
    answer = server.post("/rpc/any_records", json={"n": 2}, headers={"Prefer": "count=exact"})
    assert (answer.json(), answer.headers["Content-Range"]) == (both, "0-1/2")
    assert server.get("/rpc/any_records?n=2&a=eq.1").status_code == 400


def test_select_filter_order_limit(server, rpc):
    assert rpc("items_under?max=10&select=id,n:name&id=gt.2&order=id.desc&limit=2") == [
        {"id": 6, "n": "item 6"}, {"id": 5, "n": "item 5"}]
    assert rpc("items_under?max=10&select=id&or=(id.eq.1,name.eq.item%202)&order=id") == [{"id": 1}, {"id": 2}]
    assert rpc("as_table?x=9&n=gte.8&select=n") == [{"n": 8}, {"n": 9}]
    assert rpc("numbers?n=9&limit=2&offset=3") == [4, 5]
    answer = server.post("/rpc/items_under?select=id,shout,makers!inner(name)&makers.name=eq.Acme&order=id&offset=1&limit=2",
                         json={"max": 30})
    assert answer.json() == [{"id": 4, "shout": "ITEM 4", "makers": {"name": "Acme"}},
                             {"id": 6, "shout": "ITEM 6", "makers": {"name": "Acme"}}]
    assert answer.headers["Content-Range"] == "1-2/*"
    answer = server.get("/rpc/items_under?max=10", headers={"Range": "1-2"})
    assert answer.headers["Content-Range"] == "1-2/*"


def test_same_key_as_argument_and_filter(rpc):
    assert rpc("one_item?id=3&id=gt.2&select=id") == {"id": 3}


def test_filters_need_columns(server):
    assert server.get("/rpc/numbers?n=1&x=eq.1").json()["code"] == "42703"
    assert server.get("/rpc/as_table?x=1&select=nope").json()["code"] == "42703"
    assert server.get("/rpc/pairs?x=1&select=a,makers(id)").json()["code"] == "PGRST200"


def test_counts(server):
    answer = server.get("/rpc/items_under?max=100&order=id&limit=5&offset=5", headers={"Prefer": "count=exact"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (206, "5-9/20")
    assert answer.headers["Preference-Applied"] == "count=exact"
    assert [row["id"] for row in answer.json()] == [6, 7, 8, 9, 10]
    answer = server.get("/rpc/numbers?n=7&limit=2", headers={"Prefer": "count=exact"})
    assert (answer.json(), answer.headers["Content-Range"]) == ([1, 2], "0-1/7")
    answer = server.head("/rpc/items_under?max=100", headers={"Prefer": "count=exact"})
    assert (answer.status_code, answer.content, answer.headers["Content-Range"]) == (200, b"", "0-19/20")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_counts_beyond_the_end(server, method):
    """A page without rows tells no total by itself."""
    headers = {"Prefer": "count=exact"}
    options = {"json": {"max": 100}, "headers": headers} if method == "POST" else {"params": {"max": 100}, "headers": headers}
    answer = server.request(method, "/rpc/items_under?offset=21&order=id", **options)
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "*/20")
    if method != "HEAD":
        assert answer.json() == {"code": "PGRST103", "message": "Requested range not satisfiable", "hint": None,
                                 "details": "An offset of 21 was requested, but there are only 20 rows."}
    answer = server.request(method, "/rpc/items_under?offset=20&order=id", **options)
    assert (answer.status_code, answer.headers["Content-Range"]) == (206, "*/20")
    answer = server.request(method, "/rpc/items_under?offset=21&id=lt.0", **options)
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "*/0")
    for query, status, total in (("id=lt.0", 200, "*/0"), ("limit=0", 206, "*/20"), ("limit=0&offset=30", 416, "*/20")):
        answer = server.request(method, f"/rpc/items_under?{query}", **options)
        assert (answer.status_code, answer.headers["Content-Range"]) == (status, total)
    del options["headers"]
    assert server.request(method, "/rpc/items_under?offset=21", **options).status_code == 200


def test_counts_beyond_the_end_do_not_call_what_writes_twice(server, calls):
    answer = server.post("/rpc/log_many?offset=9", json={"n": 2}, headers={"Prefer": "count=exact"})
    assert (answer.status_code, answer.json(), answer.headers["Content-Range"]) == (200, [], "*/*")
    assert len(calls()) == 2


def test_max_rows_caps_results(scratch, bare_pg, server, calls):
    capped = utils.Bobbin(scratch, bare_pg, database="calls", db_schemas="api", db_anon_role="caller", db_max_rows=3)
    try:
        capped.start()
        assert capped.get("/rpc/numbers?n=9").json() == [1, 2, 3]
        assert len(capped.get("/rpc/items_under?max=100&limit=10").json()) == 3
        assert capped.post("/rpc/log_many", json={"n": 5}).json() == [1, 2, 3]
        assert len(bare_pg.sql("select from api.calls where what like 'many%%'", database="calls")) == 5
    finally:
        capped.stop()


# Transactions


def test_volatile_functions_write(server, calls):
    assert server.post("/rpc/log_it", json={"what": "x"}).json() == [{"what": "x"}]
    assert calls() == ["x"]


def test_a_function_runs_whatever_is_shown(server, calls):
    """PostgreSQL fetches nothing for LIMIT 0 or what is joined to nothing."""
    assert server.post("/rpc/log_many?limit=0", json={"n": 3}).json() == []
    assert len(calls()) == 3
    assert server.post("/rpc/log_it?limit=0", json={"what": "y"}).json() == []
    assert server.post("/rpc/add_item?select=id,shout,makers!inner(id)&makers.id=eq.99", json={"id": 99}).json() == []
    assert server.get("/items?id=eq.99&select=id").json() == [{"id": 99}]
    assert server.post("/rpc/add_item?select=shout,makers(id)", json={"id": 98}).json() == [{"shout": "NEW", "makers": {"id": 1}}]
    assert server.delete("/items?id=in.(98,99)").status_code == 204
    assert len(calls()) == 4


def test_reads_cannot_write(server, calls):
    answer = server.get("/rpc/log_it?what=x")
    assert (answer.status_code, answer.json()["code"]) == (405, "25006")
    answer = server.post("/rpc/sneaky")
    assert answer.status_code >= 400
    assert server.head("/rpc/log_it?what=x").status_code == 405
    assert calls() == []
    assert server.post("/rpc/log_it", json={"what": "still"}).status_code == 200


def test_an_error_undoes_all(server, calls):
    answer = server.post("/rpc/fail", json={"state": "P0001"})
    assert answer.status_code == 400
    assert answer.json() == {"code": "P0001", "message": "told so", "details": "d", "hint": "h"}
    assert server.post("/rpc/fail", json={"state": "PT402"}).status_code == 402
    assert calls() == []


def test_singular(server, calls):
    answer = server.post("/rpc/log_many", json={"n": 2}, headers=OBJECT)
    assert (answer.status_code, answer.json()["code"]) == (406, "PGRST116")
    assert server.post("/rpc/log_many", json={"n": 0}, headers=OBJECT).json()["details"] == "The result contains 0 rows"
    assert calls() == []
    assert server.post("/rpc/log_it", json={"what": "x"}, headers=OBJECT).json() == {"what": "x"}
    assert server.get("/rpc/one_pair?x=1", headers=OBJECT).json() == {"a": 1, "b": "p1"}


def test_max_affected(server, calls):
    headers = {"Prefer": "handling=strict, max-affected=2"}
    answer = server.post("/rpc/log_many", json={"n": 3}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST124")
    assert calls() == []
    assert server.post("/rpc/log_many", json={"n": 2}, headers=headers).json() == [1, 2]
    assert server.get("/rpc/add?a=1", headers=headers).json()["code"] == "PGRST128"


def test_rollback(server, calls):
    answer = server.post("/rpc/log_it", json={"what": "x"}, headers={"Prefer": "tx=rollback"})
    assert (answer.json(), answer.headers["Preference-Applied"]) == ([{"what": "x"}], "tx=rollback")
    assert calls() == []


# Around them


def test_leaving_cancels_what_only_reads(server, calls, bare_pg):
    def running(name):
        return bare_pg.value("select count(*) from pg_stat_activity where datname = 'calls' and state = 'active' and "
                             "usename = 'erp_authenticator' and query like %s", (f'%"{name}"%',), database="postgres")

    def leave(method, name):
        with socket.create_connection(("127.0.0.1", server.port)) as s:
            s.sendall(f"{method} /api/v1/rpc/{name} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
            utils.wait_until(lambda: running(name) == 1, what="the call")
    for method in ("GET", "POST"):
        leave(method, "doze")
        utils.wait_until(lambda: running("doze") == 0, 8, what="the cancellation")
    leave("POST", "doze_and_write")
    utils.wait_until(lambda: calls() == ["dozed"], what="the end of a call that may write")


def test_methods(server):
    for method in ("PUT", "PATCH", "DELETE"):
        answer = server.request(method, "/rpc/add")
        assert (answer.status_code, answer.json()["code"]) == (405, "PGRST101")
        assert answer.json()["message"] == f"Cannot use the {method} method on RPC"
        assert answer.headers["Allow"] == "OPTIONS,GET,HEAD,POST"
    assert server.options("/rpc/add").headers["Allow"] == "OPTIONS,GET,HEAD,POST"
    assert server.options("/rpc/log_it").headers["Allow"] == "OPTIONS,POST"
    assert server.options("/rpc/nope").status_code == 404


def test_privileges(server):
    answer = server.get("/rpc/forbidden")
    assert (answer.status_code, answer.json()["code"]) == (401, "42501")
    assert server.get("/rpc/forbidden", role="caller").status_code == 401  # the role of those without a token


def test_request_settings(server, rpc):
    answer = server.post("/rpc/setting?x", json={"name": "request.headers"},
                         headers={"X-Thing": "a\"b", "Cookie": "secret=1"}, role="caller")
    headers = json.loads(answer.json())
    assert headers["x-thing"] == 'a"b'
    assert "cookie" not in headers and headers["authorization"].startswith("Bearer ")
    assert server.post("/rpc/setting", json={"name": "request.method"}).json() == "POST"
    assert rpc("setting?name=request.path") == "/api/v1/rpc/setting"
    assert rpc("setting?name=role") == "caller"


def test_the_function_says_how_it_is_answered(server, calls):
    headers = [{"X-One": "a b"}, {"content-type": "text/plain"}, {"Content-Length": "1"}, {"Bad Name": "x"}, {"X-Cut": "a\r\nb"}]
    answer = server.post("/rpc/answer", json={"status": "418", "headers": json.dumps(headers)})
    assert (answer.status_code, answer.text, answer.headers["X-One"]) == (418, '"x"', "a b")
    assert answer.headers["Content-Type"] == "text/plain"
    assert "X-Cut" not in answer.headers and answer.headers["Content-Length"] == "3"
    assert calls() == ["answer"]
    answer = server.post("/rpc/add", json={"a": 1})
    assert answer.status_code == 200 and "X-One" not in answer.headers


def test_an_answer_that_makes_no_sense_undoes_the_call(server, calls):
    answer = server.post("/rpc/answer", json={"status": "many", "headers": ""})
    assert (answer.status_code, answer.json()["code"]) == (500, "PGRST112")
    for headers in ("{", '{"a": "b"}', "[1]"):
        answer = server.post("/rpc/answer", json={"status": "", "headers": headers})
        assert (answer.status_code, answer.json()["code"]) == (500, "PGRST111")
    assert calls() == []


def test_many_arguments_cost_no_more_than_their_length(server):
    answer = server.post("/rpc/total", data="&".join(["v=1"] * 50000), timeout=10,
                         headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.json() == 50000
    answer = server.post("/rpc/add", data="a=1&" * 90000, timeout=10,
                         headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.json() == 11


def test_computed_field_beside_a_column_called_t0(server):
    row = [{"t0": 2, "label": "1/2"}]
    assert server.get("/clash?select=t0,label&label=eq.1/2&order=label").json() == row
    assert server.request("POST", "/rpc/clashes?select=t0,label&limit=1&label=eq.1/2").json() == row
    show = {"Prefer": "return=representation, tx=rollback"}
    for method, body in (("PATCH", {"x": 9}), ("DELETE", None)):
        for headers in (show, {**show, **OBJECT}):
            answer = server.request(method, "/clash?id=eq.1&select=t0,label&order=label", json=body, headers=headers)
            assert answer.json() == (row[0] if "Accept" in headers else row), answer.text
    answer = server.request("POST", "/clash?select=t0,label", json={"id": 7, "t0": 8}, headers={**show, **OBJECT})
    assert answer.json() == {"t0": 8, "label": "7/8"}


@pytest.mark.parametrize("query, body, value", [
    ("columns=a,b", {"a": 1, "b": 2, "c": 3}, 3), ("columns=a", {"a": 1, "b": 2}, 11),
    ('columns="a"', {"a": 1, "x": 2}, 11), ("columns=", {"a": 1}, 11)])
def test_columns_pick_arguments(server, query, body, value):
    answer = server.request("POST", f"/rpc/add?{query}", json=body)
    assert (answer.status_code, answer.json()) == (200, value)


def test_columns_that_are_no_arguments(server):
    answer = server.request("POST", "/rpc/add?columns=a,zz", json={"a": 1})
    assert (answer.status_code, answer.json()["code"]) == (404, "PGRST202")
    answer = server.request("POST", "/rpc/add?columns=a,", json={"a": 1})
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST100")
