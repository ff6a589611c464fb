"""Section 1.11 of the dialect, response headers, and what section 3 demands of them.

SPDX-License-Identifier: ISC
"""

import re

import pytest

from utils import wait_until

SQL = """
do $$ begin create role header_reader nologin; exception when duplicate_object then null; end $$;
grant header_reader to erp_authenticator;
create schema api; create schema second;
create table api.makers (id int primary key, name text);
create table api.items (id int primary key, name text, maker_id int references api.makers);
insert into api.makers values (1, 'm'); insert into api.items values (1, 'a', 1), (2, 'b', 1), (3, 'c', null);
create view api.fixed as select 1 as one union select 2;
create table second.things (id int primary key);
create function api.stable_fn() returns int stable language sql as 'select 1';
create function api.volatile_fn() returns int volatile language sql as 'select 1';
create function api.own_headers() returns int language plpgsql as $$ begin
  perform set_config('response.headers', '[{"Vary": "*"}, {"Access-Control-Allow-Origin": "https://own.example"}]', true);
  return 1; end $$;
grant usage on schema api, second to header_reader;
grant select on all tables in schema api, second to header_reader;
"""


@pytest.fixture(scope="module")
def database(pg):
    return pg.new_database("headers", sql=SQL)


@pytest.fixture
def serve(make_bobbin, database):
    def make(**config):
        return make_bobbin(database=database, **{"db_schemas": "api", "db_anon_role": "header_reader", **config})
    return make


ORIGIN = {"Origin": "https://spa.example"}


def test_cors_any_origin(serve):
    server = serve()
    assert not [h for h in server.get("/items").headers if h.startswith("Access-Control")]
    for answer in (server.get("/items", headers=ORIGIN), server.get("/nothing", headers=ORIGIN),
                   server.get("/items", headers=ORIGIN, token="bad"), server.post("/rpc/volatile_fn", headers=ORIGIN)):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
        assert exposed >= {"Content-Encoding", "Content-Location", "Content-Range", "Content-Type", "Date", "Location", "Server",
                           "Transfer-Encoding", "Range-Unit", "Content-Profile", "Preference-Applied", "ETag", "Retry-After",
                           "X-Request-Id", "Server-Timing"}


def test_cors_listed_origins(serve):
    server = serve(server_cors_allowed_origins="https://spa.example, https://other.example")
    for origin in ("https://spa.example", "https://other.example"):
        answer = server.get("/items", headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert answer.headers["Access-Control-Allow-Credentials"] == "true"
        assert "Origin" in answer.headers["Vary"]
    for origin in ("https://spa.example.evil.example", "http://spa.example", "null", "*"):
        answer = server.get("/items", headers={"Origin": origin})
        assert (answer.status_code, "Access-Control-Allow-Origin" in answer.headers) == (200, False)
    refused = server.options("/items", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_cors_credentials_can_be_off_and_star_is_any(serve):
    answer = serve(server_cors_allowed_origins="https://spa.example", server_cors_credentials=False).get("/items", headers=ORIGIN)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://spa.example"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    answer = serve(server_cors_allowed_origins="*").get("/items", headers=ORIGIN)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_cors_preflight(serve):
    server = serve()
    asked = {**ORIGIN, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-own-header, foo"}
    for path in ("/items", "/rpc/volatile_fn", "/does_not_exist", "/"):
        answer = server.options(path, headers=asked)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"
        assert answer.headers["Access-Control-Max-Age"] == "86400"
        assert "Origin" in answer.headers["Vary"]
        allowed = {name.lower() for name in answer.headers["Access-Control-Allow-Headers"].split(", ")}
        assert allowed >= {
            "authorization", "apikey", "x-client-info", "content-type", "prefer", "range", "accept-profile", "content-profile",
            "if-match", "if-none-match", "idempotency-key", "traceparent", "x-retry-count", "x-own-header", "foo",
            "accept", "accept-language", "content-language"}
    answer = server.options("/items", headers={**asked, "Access-Control-Request-Headers": "a<script>"})
    assert "script" not in answer.headers["Access-Control-Allow-Headers"]


def test_cors_not_on_the_admin_listener(serve):
    answer = serve().admin("/metrics", headers=ORIGIN)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_sql_may_say_otherwise(serve):
    answer = serve().post("/rpc/own_headers", headers=ORIGIN)
    assert (answer.headers["Access-Control-Allow-Origin"], answer.headers["Vary"]) == ("https://own.example", "*")


@pytest.mark.parametrize("path, allow", [
    ("/items", "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"), ("/fixed", "OPTIONS,GET,HEAD"),
    ("/rpc/stable_fn", "OPTIONS,GET,HEAD,POST"), ("/rpc/volatile_fn", "OPTIONS,POST")])
def test_options(serve, path, allow):
    server = serve()
    for headers in ({}, ORIGIN):
        answer = server.options(path, headers=headers)
        assert (answer.status_code, answer.content, answer.headers["Allow"]) == (200, b"", allow)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_content_location(serve):
    server = serve()

    def location(path, method="GET"):
        return server.request(method, path).headers.get("Content-Location")
    assert location("/items") == "/api/v1/items"
    assert location("/items?select=id,name&id=eq.1") == "/api/v1/items?id=eq.1&select=id%2Cname"
    assert location("/items?select=id&name=eq.a%20b&id=gte.1") == "/api/v1/items?id=gte.1&name=eq.a%20b&select=id"
    assert location("/items?select=id&name=eq.c+d&id=gte.3") == "/api/v1/items?id=gte.3&name=eq.c%20d&select=id"
    assert location("/items?select=*&d") == "/api/v1/items?d=&select=%2A"
    assert location("/items?or=(id.eq.1,id.eq.2)&order=id.desc", "HEAD") == \
        "/api/v1/items?or=%28id.eq.1%2Cid.eq.2%29&order=id.desc"
    assert location("/nothing") is None
    assert location("/rpc/stable_fn") is None


@pytest.mark.parametrize("base", ["/rest/v1", "/api", "/", ""])
def test_path_prefix(serve, base):
    """Section 3: /rest/v1, /api and the root."""
    server = serve(server_base_path=base)
    prefix = "" if base == "/" else base
    with server.raw() as http:
        answer = http.get(f"{prefix}/items?id=eq.1", "apikey: what-supabase-clients-send", "X-Client-Info: x")
        assert answer.status == 200
        assert http.get(f"{prefix}/rpc/stable_fn").body == b"1"
        assert http.get("/elsewhere/items").status == 404


def test_server_timing(serve):
    answer = serve().get("/items")
    assert "Server-Timing" not in answer.headers
    server = serve(server_timing_enabled=True)
    for answer in (server.get("/items"), server.post("/rpc/volatile_fn"), server.get("/items", headers={"Prefer": "count=exact"}),
                   server.get("/nothing")):
        names = re.findall(r"(\w+);dur=\d+\.\d+", answer.headers["Server-Timing"])
        assert names == ["jwt", "parse", "plan", "transaction", "response"]
    assert float(re.search(r"transaction;dur=([\d.]+)", server.get("/items").headers["Server-Timing"])[1]) > 0.05


def test_server_trace_header(serve):
    server = serve(server_trace_header="X-Request-Id")
    answer = server.get("/items", headers={"x-request-id": "abc-1"})
    assert answer.headers["X-Request-Id"] == "abc-1"
    assert server.get("/nothing", headers={"X-Request-Id": "abc-2"}).headers["X-Request-Id"] == "abc-2"
    assert "X-Request-Id" not in server.get("/items").headers


def test_proxy_status_and_verbosity(serve):
    server = serve()
    answer = server.get("/nothing")
    assert answer.headers["Proxy-Status"] == "PostgREST; error=PGRST205"
    assert set(answer.json()) == {"code", "message", "details", "hint"}
    server.set(client_error_verbosity="minimal")
    server.reload()
    wait_until(lambda: set(server.get("/nothing").json()) == {"code", "message"})
    assert set(server.get("/items?nope=eq.1").json()) == {"code", "message"}
    assert "Proxy-Status" not in server.get("/items").headers


def test_vary(serve):
    wanted = {"Origin", "Accept", "Accept-Encoding", "Authorization", "Prefer", "Range"}
    server = serve()
    for path in ("/items", "/nothing", "/rpc/stable_fn"):
        assert set(server.get(path).headers["Vary"].split(", ")) == wanted
    assert set(serve(db_schemas="api,second").get("/items").headers["Vary"].split(", ")) == wanted | {"Accept-Profile"}


def test_warning_for_legacy_target_names(serve):
    server = serve()
    aliased = "/items?select=id,made_by:makers(name)&"
    assert "Warning" not in server.get(aliased + "made_by.name=eq.m").headers
    for legacy in ("makers.name=eq.m", "makers=not.is.null", "order=makers(name)", "makers.limit=1"):
        answer = server.get(aliased + legacy)
        assert answer.status_code == 200, answer.text
        assert answer.headers["Warning"].startswith('299 - "')
    assert "Warning" not in server.get("/items?select=id,makers(name)&makers.name=eq.m").headers
    strict = serve(url_use_legacy_target_names=False)
    assert strict.get(aliased + "makers.name=eq.m").json()["code"] == "PGRST108"


def test_content_profile(serve):
    server = serve()
    assert "Content-Profile" not in server.get("/items").headers
    assert server.get("/items", headers={"Accept-Profile": "api"}).headers["Content-Profile"] == "api"
    server = serve(db_schemas="api,second")
    assert server.get("/items").headers["Content-Profile"] == "api"
    assert server.get("/things", headers={"Accept-Profile": "second"}).headers["Content-Profile"] == "second"
    answer = server.get("/things", headers={"Accept-Profile": "third"})
    assert (answer.status_code, answer.json()["code"]) == (406, "PGRST106")
    assert answer.json()["hint"] == "Only the following schemas are exposed: api, second"
    assert "Content-Profile" not in answer.headers


def test_head_is_get_without_body_and_length(serve):
    server = serve()
    for path in ("/items", "/items?limit=1", "/nothing", "/rpc/stable_fn"):
        get, head = server.get(path), server.head(path)
        assert (head.status_code, head.content) == (get.status_code, b"")
        left = {"Date", "Content-Length"}
        assert {k: v for k, v in head.headers.items() if k not in left} == {k: v for k, v in get.headers.items() if k not in left}
        assert "Content-Length" not in head.headers
    with server.raw() as http:
        http.send(b"HEAD /api/v1/items HTTP/1.1\r\nHost: a\r\n\r\nGET /api/v1/items?id=eq.1 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert http.response(head_request=True).status == 200
        assert http.response().body.startswith(b'[{"id":1')
