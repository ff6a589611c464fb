"""What the database is told of a request and says about its answer (dialect 1.10): settings, roles, db-pre-request, isolation,
response.*, RAISE. SPDX-License-Identifier: ISC"""

import json
import re

import pytest
import utils

SCHEMA = """
create schema api;
create schema other;
create schema ext;
create schema hidden;
create table api.items (id int primary key, name text not null default 'x');
insert into api.items values (1, 'one'), (2, 'two');
create table other.items (id int primary key);
create table api.done (what text);

create function api.setting(name text) returns text stable language sql as $$ select current_setting(name, true) $$;
create function api.log_setting(name text) returns text language plpgsql as $$ begin
    insert into api.done values (current_setting(name, true)); return current_setting(name, true); end $$;
create view api.seen as select 1 as id, current_setting('request.method', true) as method,
    current_setting('request.path', true) as path, current_setting('request.headers', true)::json as headers,
    current_setting('request.cookies', true)::json as cookies, current_setting('app.settings.color', true) as color,
    current_setting('request.jwt.claims', true)::json as claims;

-- search_path: nothing here is qualified
create function ext.who() returns text stable language sql as $$ select 'ext' $$;
create function api.which() returns text stable language plpgsql as $$ begin return 'api ' || who(); end $$;
create function other.which() returns text stable language plpgsql as $$ begin
    return 'other ' || who() || ' ' || (select count(*) from items); end $$;
create function hidden.path() returns text stable language plpgsql as $$ begin return current_setting('search_path'); end $$;
create view api.path as select 1 as id, hidden.path() as path;

-- settings of roles and functions
create function api.level() returns text stable language sql as $$ select current_setting('transaction_isolation') $$;
create function api.level_of_its_own() returns text stable language sql set default_transaction_isolation = 'serializable'
    as $$ select current_setting('transaction_isolation') $$;
create view api.levels as select 1 as id, current_setting('transaction_isolation') as level,
    current_setting('statement_timeout') as timeout, current_setting('ctx.flavor', true) as flavor;
create function api.nap(seconds float) returns float language sql as $$ select seconds from pg_sleep(seconds) $$;
create function api.short_nap(seconds float) returns float language sql set statement_timeout = '150ms'
    as $$ select seconds from pg_sleep(seconds) $$;
create function api.own_timeout() returns text language sql set statement_timeout = '7s' set work_mem = '5MB'
    as $$ select current_setting('statement_timeout') $$;

-- what SQL says about the answer
create function api.say() returns trigger language plpgsql as $$ begin
    if new.name like 'say %' then
        perform set_config('response.status', split_part(new.name, ' ', 2), true);
        perform set_config('response.headers', coalesce(nullif(split_part(new.name, ' ', 3), ''), '[{"X-Said":"trigger"}]'), true);
    end if;
    return new; end $$;
create trigger say before insert or update on api.items for each row execute function api.say();
create function hidden.teapot() returns boolean stable language plpgsql as $$ begin
    perform set_config('response.status', '418', true),
            set_config('response.headers', '[{"X-Said":"policy"},{"Content-Type":"text/plain"}]', true);
    return true; end $$;
create table api.guarded (id int primary key);
insert into api.guarded select generate_series(1, 40000);
alter table api.guarded enable row level security;
create policy say on api.guarded using ((select hidden.teapot()));
create function hidden.default_says() returns text language sql as $$
    select set_config('response.headers', '[{"X-Said":"default"},{"Location":"/elsewhere"}]', true) $$;
create table api.defaults (id int primary key, said text default hidden.default_says());

-- RAISE
create function api.throw(message text, state text, detail text default null, hint text default null) returns int
    language plpgsql as $$ begin
    insert into api.done values ('thrown');
    if detail is null then raise exception using errcode = state, message = message; end if;
    raise exception using errcode = state, message = message, detail = detail, hint = coalesce(hint, ''); end $$;
create function api.quiet(message text, state text) returns int stable language plpgsql as $$ begin
    raise exception using errcode = state, message = message; end $$;

do $$ begin create role ctx_anon nologin; create role ctx_user nologin; create role ctx_slow nologin;
    create role ctx_exact nologin; exception when duplicate_object then null; end $$;
grant ctx_anon, ctx_user, ctx_slow, ctx_exact to erp_authenticator;
grant usage on schema api, other, ext, hidden to public;
grant all on all tables in schema api, other to public;
alter role ctx_slow set statement_timeout = '150ms';
alter role ctx_slow set ctx.flavor = 'salt';
alter role ctx_exact set default_transaction_isolation = 'repeatable read';
alter role ctx_exact set statement_timeout = '9s';
alter role ctx_exact in database context set statement_timeout = '11s';
alter role ctx_exact set log_min_messages = 'debug5';
"""

READS = ({"Accept": "application/json"}, {"Accept": "application/vnd.pgrst.object+json"})


@pytest.fixture(scope="module")
def database(bare_pg):
    return bare_pg.new_database("context", sql=SCHEMA)


def make(scratch, pg, **config):
    return utils.Bobbin(scratch, pg, database="context", **{
        "db_schemas": "api, other", "db_anon_role": "ctx_anon", "db_extra_search_path": "ext, public",
        "export_roles": "ctx_anon,ctx_user,ctx_slow", "app.settings.color": "blue \\ \"red\"", **config})


@pytest.fixture(scope="module")
def server(scratch, bare_pg, database):
    server = make(scratch, bare_pg)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def own(request, scratch, bare_pg, database):
    """A server of the test's own."""
    servers = request.node.servers = []

    def start(**config):
        servers.append(make(scratch, bare_pg, **config))
        return servers[-1].start()
    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def setting(request, server):
    request.node.servers = [server]
    return lambda name, **options: server.post("/rpc/setting", json={"name": name}, **options).json()


@pytest.fixture
def done(bare_pg, server):
    """What was committed in this test."""
    bare_pg.sql("truncate api.done", database="context")
    return lambda: [row[0] for row in bare_pg.sql("select what from api.done", database="context")]


# Settings of the request


def test_request_method_path_headers_cookies_for_functions(server, setting):
    headers = {"X-Thing": "a\"b", "Cookie": "a=1; b=x=y;c; =z; d = \"e\"", "X-Twice": "1"}
    assert setting("request.method") == "POST"
    assert setting("request.path") == "/api/v1/rpc/setting"
    told = json.loads(setting("request.headers", headers=headers, role="ctx_user"))
    assert told["x-thing"] == 'a"b' and told["x-twice"] == "1" and told["authorization"].startswith("Bearer ")
    assert "cookie" not in told and all(name == name.lower() for name in told)
    assert re.fullmatch(r"\d{10}-\d+", told["x-request-id"]), "what was changed can be found in the log"
    assert json.loads(setting("request.headers", headers={"x-Request-ID": "mine"}))["x-request-id"] == "mine"
    assert json.loads(setting("request.cookies", headers=headers)) == {"a": "1", "b": "x=y", "c": "", "d": '"e"'}
    assert setting("request.cookies") == "{}"
    assert server.get("/rpc/setting?name=request.method").json() == "GET"
    assert server.head("/rpc/setting?name=request.method").status_code == 200


def test_request_jwt_claims_have_the_role(setting):
    assert json.loads(setting("request.jwt.claims")) == {"role": "ctx_anon"}
    claims = json.loads(setting("request.jwt.claims", role="ctx_user"))
    assert claims["role"] == "ctx_user" and claims["exp"] > 0
    assert setting("role", role="ctx_user") == "ctx_user"


def test_headers_that_are_not_text(server, setting):
    with server.raw() as c:
        body = b'{"name":"request.headers"}'
        c.send(b"POST /api/v1/rpc/setting HTTP/1.1\r\nHost: x\r\nX-Bad: \xff\xfe\r\nX-Good: \xc3\xa9\r\nCookie: a=\xff; b=2\r\n"
               b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        told = json.loads(json.loads(c.response().body))
    assert "x-bad" not in told and told["x-good"] == "é"


def test_settings_that_a_plain_read_can_see_are_told(server):
    for path in ("/seen", "/seen?limit=5000"):
        row = server.get(path, headers={"X-Thing": "y", "Cookie": "k=v"}, role="ctx_user").json()[0]
        assert (row["method"], row["path"], row["color"]) == ("GET", "/api/v1/seen", "blue \\ \"red\"")
        assert row["headers"]["x-thing"] == "y" and row["cookies"] == {"k": "v"} and row["claims"]["role"] == "ctx_user"
    row = server.get("/seen?select=id,cookies,color", headers={"Accept": "application/x-ndjson"}).json()
    assert row == {"id": 1, "cookies": {}, "color": "blue \\ \"red\""}


def test_settings_do_not_outlive_their_request(server, setting):
    for _ in range(10):
        assert "once" in setting("request.headers", headers={"X-Once": "once"})
    for _ in range(10):
        assert "once" not in setting("request.headers")
        assert server.get("/levels").json()[0]["flavor"] in (None, "")


def test_plain_reads_tell_no_more_than_they_must(own, bare_pg):
    """The cheap way of most reads: role, claims, read only."""
    bare_pg.sql("alter role erp_authenticator set log_statement = 'all'", database="postgres")
    bobbin = own()
    try:
        before = len(bare_pg.log_text())
        utils.wait_until(lambda: bobbin.get("/items?id=eq.1").json() and "api\".\"items" in bare_pg.log_text()[before:])
        log = bare_pg.log_text()[before:]
    finally:
        bare_pg.sql("alter role erp_authenticator reset log_statement", database="postgres")
    assert "set_config('request.jwt.claims',$2,true)" in log
    assert "request.headers" not in log and "search_path" not in log and "response.status" not in log


def test_search_path_is_the_schema_and_the_extra_ones(server):
    assert server.post("/rpc/which").json() == "api ext"
    assert server.post("/rpc/which", headers={"Content-Profile": "other"}).json() == "other ext 0"
    assert server.post("/rpc/which", headers={"Content-Profile": "api"}).json() == "api ext"
    assert server.get("/path").json()[0]["path"] == '"api", "ext", "public"'
    assert server.get("/rpc/which", headers={"Accept-Profile": "other"}).json() == "other ext 0"


def test_app_settings(setting):
    assert setting("app.settings.color") == "blue \\ \"red\""


# Settings of roles and functions


def test_role_settings_are_those_of_the_impersonated_role(server):
    row = server.get("/levels", role="ctx_slow").json()[0]
    assert (row["timeout"], row["flavor"]) == ("150ms", "salt")
    row = server.get("/levels", role="ctx_user").json()[0]
    assert (row["timeout"], row["flavor"] or None) == ("0", None)
    answer = server.post("/rpc/nap", json={"seconds": 5}, role="ctx_slow", timeout=3)
    assert (answer.status_code, answer.json()["code"]) == (504, "57014")
    assert server.post("/rpc/nap", json={"seconds": 0.3}, role="ctx_user").json() == 0.3


def test_role_settings_in_this_database_prevail(server, setting):
    assert server.get("/levels", role="ctx_exact").json()[0]["timeout"] == "11s"
    assert setting("statement_timeout", role="ctx_exact") == "11s"
    assert setting("log_min_messages", role="ctx_exact") == "warning"  # not the login role's to set


def test_role_settings_change_with_a_reload(own, bare_pg):
    bobbin = own()
    bare_pg.sql("alter role ctx_user set ctx.flavor = 'sweet'", database="context")
    try:
        bare_pg.sql("notify pgrst, 'reload schema'", database="context")
        utils.wait_until(lambda: bobbin.get("/levels", role="ctx_user").json()[0]["flavor"] == "sweet")
    finally:
        bare_pg.sql("alter role ctx_user reset all", database="context")


def test_isolation_of_the_role(server):
    for _ in range(3):
        assert server.get("/levels", role="ctx_exact").json()[0]["level"] == "repeatable read"
        assert server.get("/levels").json()[0]["level"] == "read committed"
        assert server.post("/rpc/level", role="ctx_exact").json() == "repeatable read"
        assert server.post("/rpc/level").json() == "read committed"


def test_isolation_of_the_function_prevails(server, bare_pg):
    before = len(bare_pg.log_text())
    for _ in range(3):
        assert server.post("/rpc/level_of_its_own").json() == "serializable"
        assert server.post("/rpc/level_of_its_own", role="ctx_exact").json() == "serializable"
        assert server.get("/rpc/level_of_its_own").json() == "serializable"
        assert server.post("/rpc/level").json() == "read committed"
    assert "WARNING" not in bare_pg.log_text()[before:]


def test_function_settings_hold_for_the_whole_transaction(server):
    answer = server.post("/rpc/short_nap", json={"seconds": 5}, timeout=3)
    assert (answer.status_code, answer.json()["code"]) == (504, "57014")
    assert server.post("/rpc/nap", json={"seconds": 0.3}).json() == 0.3


def test_only_hoisted_settings_are(own):
    bobbin = own(db_hoisted_tx_settings="work_mem")
    assert bobbin.post("/rpc/level_of_its_own").json() == "read committed"
    # a function's own SET does not bind the statement that it is called by
    assert bobbin.post("/rpc/short_nap", json={"seconds": 0.3}).json() == 0.3
    assert bobbin.post("/rpc/own_timeout").json() == "7s"


# db-pre-request


PRE_REQUEST = """
create or replace function hidden.pre() returns void language plpgsql as $$
declare want text := current_setting('request.headers', true)::json ->> 'x-want';
begin
    if want = 'refuse' then raise exception 'not today' using errcode = 'PT429', hint = 'tomorrow'; end if;
    if want = 'role' then set local role ctx_slow; end if;
    if want = 'write' then insert into api.done values ('pre'); end if;
    if want = 'answer' then
        perform set_config('response.headers', '[{"X-Pre": "' || (current_setting('request.path')) || '"}]', true);
    end if;
    if want = 'bad' then perform set_config('response.headers', '{', true); end if;
end $$;
create or replace function ext."pre Request"() returns void language sql as $$
    select set_config('response.headers', '[{"X-Pre":"unqualified"}]', true) $$;
create or replace view api.me as select 1 as id, current_user::text as who;
grant select on api.me to public;
"""


@pytest.fixture
def pre(own, bare_pg):
    bare_pg.sql(PRE_REQUEST, database="context")
    return own(db_pre_request="hidden.pre", db_max_rows=0)


def want(what, **more):
    return {"headers": {"X-Want": what, **more}}


@pytest.mark.parametrize("method, path, options", [
    ("GET", "/items?id=eq.1", {}), ("GET", "/items", {}), ("GET", "/rpc/level", {}), ("POST", "/rpc/level", {"json": {}}),
    ("POST", "/items", {"json": {"id": 77}}), ("PATCH", "/items?id=eq.1", {"json": {"name": "no"}}), ("DELETE", "/items", {}),
    ("PUT", "/items?id=eq.9", {"json": {"id": 9, "name": "x"}}), ("HEAD", "/items", {}),
    ("GET", "/items", {"accept": "application/x-ndjson"})])
def test_pre_request_may_refuse(pre, bare_pg, method, path, options):
    headers = {"Accept": options.pop("accept")} if "accept" in options else {}
    answer = pre.request(method, path, **options, **want("refuse", **headers))
    assert answer.status_code == 429
    if method != "HEAD":
        assert answer.json() == {"code": "PT429", "message": "not today", "details": None, "hint": "tomorrow"}
    assert bare_pg.sql("select id, name from api.items order by id", database="context") == [(1, "one"), (2, "two")]


def test_pre_request_may_change_the_role(pre):
    assert pre.get("/me?id=eq.1", **want("role")).json()[0]["who"] == "ctx_slow"
    assert pre.get("/me?id=eq.1").json()[0]["who"] == "ctx_anon"
    assert pre.post("/rpc/setting", json={"name": "role"}, **want("role")).json() == "ctx_slow"


def test_pre_request_may_say_how_it_is_answered(pre):
    for path in ("/items?id=eq.1", "/items", "/rpc/level", "/seen"):
        answer = pre.get(path, **want("answer"))
        assert answer.headers["X-Pre"] == "/api/v1" + path.split("?")[0], answer.text
    assert pre.get("/items", **want("answer", Accept="application/x-ndjson")).headers["X-Pre"] == "/api/v1/items"
    assert pre.patch("/items?id=eq.1", json={"name": "one"}, **want("answer")).headers["X-Pre"] == "/api/v1/items"
    for accept in ("application/json", "application/x-ndjson"):
        answer = pre.get("/items", **want("bad", Accept=accept))
        assert (answer.status_code, answer.json()["code"]) == (500, "PGRST111")


def test_pre_request_writes_with_the_request(pre, done):
    assert pre.patch("/items?id=eq.1", json={"name": "one"}, **want("write")).status_code == 204
    assert done() == ["pre"]
    answer = pre.get("/items?id=eq.1", **want("write"))
    assert (answer.status_code, answer.json()["code"]) == (405, "25006")
    assert done() == ["pre"]


def test_pre_request_is_found_on_the_search_path(own, bare_pg):
    bare_pg.sql(PRE_REQUEST, database="context")
    assert own(db_pre_request="pre Request").get("/items?id=eq.1").headers["X-Pre"] == "unqualified"
    answer = own(db_pre_request="hidden.nope").get("/items?id=eq.1")
    assert (answer.status_code, answer.json()["code"]) == (404, "42883")


# What SQL says about the answer


@pytest.mark.parametrize("headers", [{}, {"Prefer": "return=representation"}, {"Prefer": "return=headers-only"}])
def test_a_trigger_says_how_a_write_is_answered(server, bare_pg, headers):
    try:
        answer = server.post("/items", json={"id": 10, "name": "say 202"}, headers=headers)
        assert (answer.status_code, answer.headers["X-Said"]) == (202, "trigger")
        answer = server.patch("/items?id=eq.10", json={"name": "say 299"}, headers=headers)
        assert (answer.status_code, answer.headers["X-Said"]) == (299, "trigger")
        answer = server.put("/items?id=eq.10", json={"id": 10, "name": "say 203"}, headers=headers)
        assert (answer.status_code, answer.headers["X-Said"]) == (203, "trigger")
        assert server.delete("/items?id=eq.10").status_code == 204
    finally:
        bare_pg.sql("delete from api.items where id = 10", database="context")


@pytest.mark.parametrize("name, code", [
    ("say many", "PGRST112"), ("say 99999999", "PGRST112"), ("say 99", "PGRST112"), ("say 600", "PGRST112"),
    ("say 200 {", "PGRST111"), ("say 200 {\"a\":\"b\"}", "PGRST111"), ("say 200 [1]", "PGRST111"),
    ("say 200 [{\"a\":1}]", "PGRST111"), ("say 200 [{\"a\":\"1\",\"b\":\"2\"}]", "PGRST111"), ("say 200 [{}]", "PGRST111"),
    ("say 200 [" + ",".join(['{"a":"1"}'] * 33) + "]", "PGRST111")])
def test_an_answer_that_makes_no_sense_undoes_the_write(server, bare_pg, name, code):
    answer = server.post("/items", json={"id": 11, "name": name})
    assert (answer.status_code, answer.json()["code"]) == (500, code)
    assert set(answer.json()) == {"code", "message", "details", "hint"}
    assert bare_pg.sql("select from api.items where id = 11", database="context") == []


def test_a_policy_says_how_a_read_is_answered(server):
    answer = server.get("/guarded?id=eq.1")
    assert (answer.status_code, answer.headers["X-Said"], answer.headers["Content-Type"]) == (418, "policy", "text/plain")
    assert answer.json() == [{"id": 1}]
    answer = server.head("/guarded?id=lt.4")
    assert (answer.status_code, answer.headers["X-Said"]) == (418, "policy")


def test_a_stream_is_not_held_back_for_its_status(server):
    """What a policy says when rows are on their way already comes too late."""
    answer = server.get("/guarded")
    assert (answer.status_code, len(answer.json())) == (200, 40000)


def test_a_default_says_how_a_write_is_answered(server, bare_pg):
    answer = server.post("/defaults", json={"id": 1}, headers={"Prefer": "return=headers-only"})
    assert (answer.status_code, answer.headers["X-Said"], answer.headers["Location"]) == (201, "default", "/elsewhere")
    bare_pg.sql("truncate api.defaults", database="context")
    assert "X-Said" not in server.post("/defaults", json={"id": 1, "said": "x"}).headers
    bare_pg.sql("truncate api.defaults", database="context")


# RAISE


def throw(server, message, state, **more):
    if isinstance(message, dict):
        message = json.dumps(message)
    if isinstance(more.get("detail"), dict):
        more["detail"] = json.dumps(more["detail"])
    return server.post("/rpc/throw", json={"message": message, "state": state, **more})


def test_raise_pgrst_composes_the_answer(server, done):
    answer = throw(server, {"code": "123", "message": "Payment é", "details": "Quota", "hint": "Upgrade"}, "PGRST",
                   detail={"status": 402, "headers": {"X-Powered-By": "Nerd Rage", "X-Two": "2"}})
    assert (answer.status_code, answer.reason) == (402, "Payment Required")
    assert answer.json() == {"code": "123", "message": "Payment é", "details": "Quota", "hint": "Upgrade"}
    assert (answer.headers["X-Powered-By"], answer.headers["X-Two"]) == ("Nerd Rage", "2")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert done() == []


def test_raise_pgrst_status_text_and_missing_members(server):
    answer = throw(server, {"code": "X", "message": "m"}, "PGRST",
                   detail={"status": 419, "status_text": "Page Expired", "headers": {}})
    assert (answer.status_code, answer.reason) == (419, "Page Expired")
    assert answer.json() == {"code": "X", "message": "m", "details": None, "hint": None}
    answer = throw(server, {"code": "X", "message": "m"}, "PGRST", detail={"status": 401, "headers": {"WWW-Authenticate": "Basic"}})
    assert answer.headers["WWW-Authenticate"] == "Basic"


@pytest.mark.parametrize("message, more, details, hint", [
    ("no json", {"detail": {"status": 400, "headers": {}}}, "Invalid JSON value for MESSAGE: 'no json'", "MESSAGE"),
    ('{"code":"1"}', {"detail": {"status": 400, "headers": {}}}, "Invalid JSON value for MESSAGE: '{\"code\":\"1\"}'", "MESSAGE"),
    ('{"code":1,"message":"x"}', {"detail": {"status": 400, "headers": {}}},
     "Invalid JSON value for MESSAGE: '{\"code\":1,\"message\":\"x\"}'", "MESSAGE"),
    ('{"code":"1","message":"x"}', {}, "DETAIL is missing in the RAISE statement", "DETAIL"),
    ('{"code":"1","message":"x"}', {"detail": "y"}, "Invalid JSON value for DETAIL: 'y'", "DETAIL"),
    ('{"code":"1","message":"x"}', {"detail": '{"status":200}'}, "Invalid JSON value for DETAIL: '{\"status\":200}'", "DETAIL"),
    ('{"code":"1","message":"x"}', {"detail": '{"status":"a","headers":{}}'},
     "Invalid JSON value for DETAIL: '{\"status\":\"a\",\"headers\":{}}'", "DETAIL"),
    ('{"code":"1","message":"x"}', {"detail": '{"status":99,"headers":{}}'},
     "Invalid JSON value for DETAIL: '{\"status\":99,\"headers\":{}}'", "DETAIL"),
    ('{"code":"1","message":"x"}', {"detail": '{"status":400,"headers":{"a":1}}'},
     "Invalid JSON value for DETAIL: '{\"status\":400,\"headers\":{\"a\":1}}'", "DETAIL"),
])
def test_pgrst121_for_what_cannot_be_read(server, message, more, details, hint):
    answer = throw(server, message, "PGRST", **more)
    assert answer.status_code == 500
    body = answer.json()
    assert body["code"] == "PGRST121"
    assert body["message"] == "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error"
    assert body["details"] == details
    keys = {"MESSAGE": "'code', 'message' and optional keys: 'details', 'hint'.",
            "DETAIL": "'status', 'headers' and optional key: 'status_text'."}[hint]
    assert body["hint"] == f"{hint} must be a JSON object with obligatory keys: {keys}"


def test_raise_pgrst_with_too_many_headers(server):
    """An answer that lacked some would tell nobody."""
    headers = {f"X-H{i}": str(i) for i in range(33)}
    answer = throw(server, {"code": "X", "message": "m"}, "PGRST", detail={"status": 400, "headers": headers})
    assert (answer.status_code, answer.json()["code"]) == (500, "PGRST121")
    headers.pop("X-H32")
    answer = throw(server, {"code": "X", "message": "m"}, "PGRST", detail={"status": 400, "headers": headers})
    assert answer.json()["code"] == "X" and answer.headers["X-H31"] == "31"


def test_raise_with_an_empty_message(server):
    assert throw(server, "", "P0001").json()["message"] == ""


def test_raise_pgrst_headers_that_are_not_theirs_to_set(server):
    answer = throw(server, {"code": "X", "message": "m"}, "PGRST", detail={"status": 400, "headers": {
        "Content-Length": "1", "Bad Name": "x", "X-Cut": "a\r\nb: c", "Connection": "close", "X-Good": "y"}})
    assert answer.json()["code"] == "X" and answer.headers["X-Good"] == "y"
    assert "X-Cut" not in answer.headers and "Bad Name" not in answer.headers and "close" != answer.headers.get("Connection")


@pytest.mark.parametrize("state, status", [("PT402", 402), ("PT418", 418), ("PT200", 200), ("PTXXX", 500), ("PT999", 500)])
def test_ptxyz_is_the_status(server, done, state, status):
    answer = throw(server, "Payment Required é", state, detail="d", hint="h")
    assert answer.status_code == status
    assert answer.json() == {"code": state, "message": "Payment Required é", "details": "d", "hint": "h"}
    assert done() == []


# The SQLSTATE map (dialect 1.12). 55000, 55P03 and 57014 say more than PostgREST's 500: a client's conflict, a lock that was
# not to be had, and a time limit.
STATES = """
08000 503; 08003 503; 08006 503; 08P01 503; 09000 500; 0L000 403; 0LP01 403; 0P000 403; 23503 409; 23505 409; 23502 400;
23514 400; 23P01 400; 21000 500; 22023 400; 22001 400; 22012 400; 22P02 400; 25006 405; 25000 500; 25P02 500; 28000 403; 28P01 403;
2D000 500; 38000 500; 39000 500; 3B000 500; 40000 500; 40001 500; 40P01 500; 53400 500; 53000 503; 53100 503; 53200 503;
53300 503; 54000 500; 54001 500; 55000 409; 55006 500; 55P03 503; 57P01 503; 57000 500; 57014 504; 57P02 500; 58000 500;
58030 500; F0000 500; HV000 500; P0001 400; P0002 500; P0003 500; P0004 500; XX000 500; XX001 500; 42883 404; 42P01 404;
42P17 500; 42501 401; 42601 400; 42703 400; 26000 400; 0A000 400; 3F000 400; 44000 400; 20000 400; 01000 400; 1F123 400
"""


@pytest.mark.parametrize("pair", [p.strip() for p in STATES.split(";")])
def test_sqlstate_map(server, pair):
    state, status = pair.split()
    answer = server.post("/rpc/quiet", json={"message": "told so", "state": state})
    assert (answer.status_code, answer.json()["code"]) == (int(status), state)
    if state == "42501":
        answer = server.post("/rpc/quiet", json={"message": "told so", "state": state}, role="ctx_user")
        assert answer.status_code == 403


def test_sqlstate_map_by_message(server):
    for message, state, status in (("UPDATE requires a WHERE clause", "21000", 400), ('role "x" does not exist', "22023", 401),
                                   ("function xmlagg(x) does not exist", "42883", 406)):
        answer = server.post("/rpc/quiet", json={"message": message, "state": state})
        assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_40001_is_500_after_a_few_tries(server, bare_pg):
    bare_pg.sql("create sequence if not exists hidden.tries; grant all on sequence hidden.tries to public;"
                "create or replace function api.clash() returns int language plpgsql as $$ begin"
                " perform nextval('hidden.tries'); raise exception 'clash' using errcode = '40001'; end $$;"
                "notify pgrst", database="context")
    utils.wait_until(lambda: server.post("/rpc/clash").status_code != 404)
    before = bare_pg.value("select last_value from hidden.tries", database="context")
    answer = server.post("/rpc/clash")
    assert (answer.status_code, answer.json()["code"]) == (500, "40001")
    assert bare_pg.value("select last_value from hidden.tries", database="context") <= before + 3
