"""Section 1.12 of the dialect, errors: each code can be had, with its status and PostgREST's four members.

SPDX-License-Identifier: ISC
"""

import threading
import time

import pytest

import utils
from utils import make_token, wait_until

SQL = """
do $$ begin create role code_reader nologin; create role code_writer nologin; exception when duplicate_object then null; end $$;
grant code_reader, code_writer to erp_authenticator;
create schema api; create schema hidden;
create table api.clients (id int primary key, name text unique);
create table api.projects (id int primary key, name text not null, client_id int references api.clients,
                           second_id int constraint second_client references api.clients);
create table api.lonely (id int primary key);
create table api.secret (id int);
insert into api.clients values (1, 'a'), (2, 'b'); insert into api.projects values (1, 'p', 1, 2), (2, 'q', 1, null);
create function api.add_them(a int, b int) returns int immutable language sql as 'select a + b';
create function api.twice(a int) returns int immutable language sql as 'select a';
create function api.twice(a text) returns int immutable language sql as 'select 1';
create function api.three(a xml) returns int immutable language sql as 'select 1';
create function api.three(a int, b int default 1) returns int immutable language sql as 'select 1';
create function api.three(a text) returns int immutable language sql as 'select 1';
create function api.whole(jsonb) returns int immutable language sql as 'select 1';
create function api.whole(json) returns int immutable language sql as 'select 1';
create function api.touch() returns int language sql as 'update api.clients set name = name where id = 1 returning id';
create function api.bad_headers() returns int language sql as $$ select length(set_config('response.headers', '{"a": 1}', true)) $$;
create function api.bad_status() returns int language sql as $$ select length(set_config('response.status', 'x', true)) $$;
create function api.raise_json(message text) returns int language plpgsql as $$ begin raise sqlstate 'PGRST' using message = message, detail = 'none'; end $$;
create function api.body(json) returns int immutable language sql as 'select 1';
create view api.torn as select i as id, repeat('x', 2000) as filler, case when i = 2000 then pg_sleep(5)::text end as nap from generate_series(1, 2010) i;
create function api.raise_it(code text) returns int language plpgsql as $$ begin raise using errcode = code, message = 'm', detail = 'd', hint = 'h'; end $$;
grant usage on schema api to code_reader, code_writer;
grant select on api.torn to code_reader;
grant select, insert, update, delete on api.clients, api.projects, api.lonely to code_reader;
"""

OBJECT = "application/vnd.pgrst.object+json"
STRICT = "handling=strict"


@pytest.fixture(scope="module")
def database(pg):
    return pg.new_database("codes", sql=SQL)


@pytest.fixture
def serve(make_bobbin, database):
    def make(**config):
        return make_bobbin(database=database, **{"db_schemas": "api", "db_anon_role": "code_reader", **config})
    return make


def check(answer, code, status, **members):
    """Members that are callable judge, others are compared; what is not named is not looked at."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert set(body) >= {"code", "message", "details", "hint"}
    assert isinstance(body["message"], str) and body["message"]
    assert answer.headers["Proxy-Status"] == f"PostgREST; error={code}"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    for name, wanted in members.items():
        assert wanted(body[name]) if callable(wanted) else body[name] == wanted, (name, body)


# method, path, status, code, options, members
CASES = {
    "PGRST100": ("GET", "/clients?id=what.1", 400, {}, {"message": lambda m: m.startswith('"failed to parse filter (what.1)"'),
                                                        "details": lambda d: d.startswith('unexpected "w" expecting')}),
    "PGRST101": ("PUT", "/rpc/add_them", 405, {}, {"message": "Cannot use the PUT method on RPC"}),
    "PGRST102": ("POST", "/clients", 400, {"data": "{"}, {"message": "Empty or invalid json", "details": None, "hint": None}),
    "PGRST103": ("GET", "/clients?limit=-1", 416, {}, {"message": "Requested range not satisfiable"}),
    "PGRST105": ("PUT", "/clients?name=eq.a", 405, {"json": {"id": 1, "name": "a"}},
                 {"message": "Filters must include all and only primary key columns with 'eq' operators"}),
    "PGRST106": ("GET", "/clients", 406, {"headers": {"Accept-Profile": "hidden"}},
                 {"message": "Invalid schema: hidden", "hint": "Only the following schemas are exposed: api"}),
    "PGRST107": ("GET", "/clients", 406, {"headers": {"Accept": "image/unknown"}},
                 {"message": "None of these media types are available: image/unknown"}),
    "PGRST108": ("GET", "/projects?lonely.id=eq.1", 400, {}, {
        "message": "'lonely' is not an embedded resource in this request",
        "hint": "Verify that 'lonely' is included in the 'select' query parameter."}),
    "PGRST111": ("POST", "/rpc/bad_headers", 500, {}, {
        "message": "response.headers guc must be a JSON array composed of objects with a single key and a string value"}),
    "PGRST112": ("POST", "/rpc/bad_status", 500, {}, {"message": "response.status guc must be a valid status code"}),
    "PGRST114": ("PUT", "/clients?id=eq.1&limit=1", 400, {"json": {"id": 1, "name": "a"}},
                 {"message": "limit/offset querystring parameters are not allowed for PUT"}),
    "PGRST115": ("PUT", "/clients?id=eq.1", 400, {"json": {"id": 2, "name": "a"}},
                 {"message": "Payload values do not match URL in primary key column(s)"}),
    "PGRST116": ("GET", "/clients", 406, {"headers": {"Accept": OBJECT}},
                 {"message": "Cannot coerce the result to a single JSON object", "details": "The result contains 2 rows"}),
    "PGRST117": ("PROPFIND", "/clients", 405, {}, {"message": "Unsupported HTTP method: PROPFIND", "details": None, "hint": None}),
    "PGRST118": ("GET", "/clients?select=*,projects!second_client(*)&order=projects(id)", 400, {}, {
        "message": "A related order on 'projects' is not possible",
        "details": "'clients' and 'projects' do not form a many-to-one or one-to-one relationship"}),
    "PGRST120": ("GET", "/projects?select=*,clients!second_client(*)&clients=eq.1", 400, {},
                 {"message": "Bad operator on the 'clients' embedded resource"}),
    "PGRST122": ("GET", "/clients", 400, {"headers": {"Prefer": STRICT + ", what=ever"}}, {
        "message": "Invalid preferences given with handling=strict", "details": "Invalid preferences: what=ever"}),
    "PGRST121": ("POST", "/rpc/raise_json", 500, {"json": {"message": "{"}}, {
        "message": "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error", "details": "Invalid JSON value for MESSAGE: '{'",
        "hint": "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'."}),
    "PGRST123": ("GET", "/clients?select=id.sum()", 400, {}, {
        "message": "Use of aggregate functions is not allowed", "details": None, "hint": None}),
    "PGRST124": ("DELETE", "/projects?id=gt.0", 400, {"headers": {"Prefer": STRICT + ", max-affected=1"}}, {
        "message": "Query result exceeds max-affected preference constraint", "details": "The query affects 2 rows"}),
    "PGRST125": ("GET", "/clients/1", 404, {}, {"message": "Invalid path specified in request URL", "details": None, "hint": None}),
    "PGRST128": ("POST", "/rpc/touch", 400, {"headers": {"Prefer": STRICT + ", max-affected=1"}}, {
        "message": "Function must return SETOF or TABLE when max-affected preference is used with handling=strict"}),
    "PGRST200": ("GET", "/clients?select=*,project(*)", 400, {}, {
        "message": "Could not find a relationship between 'clients' and 'project' in the schema cache",
        "hint": "Perhaps you meant 'projects' instead of 'project'."}),
    "PGRST201": ("GET", "/projects?select=*,clients(*)", 300, {}, {
        "message": "Could not embed because more than one relationship was found for 'projects' and 'clients'",
        "details": lambda d: len(d) == 2 and set(d[0]) == {"embedding", "cardinality", "relationship"},
        "hint": lambda h: h.startswith("Try changing 'clients' to one of the following: 'clients!")}),
    "PGRST202": ("POST", "/rpc/add_then", 404, {"json": {"a": 1}}, {
        "message": "Could not find the function api.add_then(a) in the schema cache",
        "details": "Searched for the function api.add_then with parameter a or with a single unnamed json/jsonb parameter, "
                   "but no matches were found in the schema cache.",
        "hint": "Perhaps you meant to call the function api.add_them"}),
    "PGRST203": ("POST", "/rpc/twice", 300, {"json": {"a": 1}}, {
        "message": "Could not choose the best candidate function between: api.twice(a => integer), api.twice(a => text)",
        "details": None, "hint": "Try renaming the parameters or the function itself in the database so function overloading "
                                 "can be resolved"}),
    "PGRST204": ("POST", "/clients?columns=nme", 400, {"json": {"nme": "x"}}, {
        "message": "Could not find the 'nme' column of 'clients' in the schema cache", "details": None, "hint": None}),
    "PGRST205": ("GET", "/client", 404, {}, {
        "message": "Could not find the table 'api.client' in the schema cache", "details": None,
        "hint": "Perhaps you meant the table 'api.clients'"}),
    "PGRST301": ("GET", "/clients", 401, {"token": "no.jwt"}, {"message": "Expected 3 parts in JWT; got 2"}),
    "PGRST303": ("GET", "/clients", 401, {"token": make_token("code_reader", exp=1)}, {"message": "JWT expired"}),
}


@pytest.mark.parametrize("code", CASES)
def test_code(serve_once, code):
    method, path, status, options, members = CASES[code]
    check(serve_once.request(method, path, **options), code, status, **members)


SEARCHED = "Searched for the function api.%s, but no matches were found in the schema cache."
JSON_TOO = " or with a single unnamed json/jsonb parameter"


@pytest.mark.parametrize("method, path, options, message, details, hint", [
    ("GET", "/rpc/add_them", {}, "add_them without parameters", "add_them without parameters", None),
    ("POST", "/rpc/add_them", {"json": {"z": 1, "b": 2, "a": 3}}, "add_them(a, b, z)", "add_them with parameters a, b, z" + JSON_TOO,
     "add_them(a, b)"),
    ("GET", "/rpc/add_them?b=1&b=2", {}, "add_them(b)", "add_them with parameter b", "add_them(a, b)"),
    ("POST", "/rpc/add_them", {"data": "a=1", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, "add_them(a)",
     "add_them with parameter a", "add_them(a, b)"),
    ("POST", "/rpc/add_them", {"data": "x", "headers": {"Content-Type": "text/plain"}}, "add_them",
     "add_them with a single unnamed text parameter", None),
    ("POST", "/rpc/add_them", {"data": "x", "headers": {"Content-Type": "text/xml"}}, "add_them",
     "add_them with a single unnamed xml parameter", None),
    ("POST", "/rpc/add", {"data": "x", "headers": {"Content-Type": "application/octet-stream"}}, "add",
     "add with a single unnamed bytea parameter", None),
    ("GET", "/rpc/body?x=1", {}, "body(x)", "body with parameter x", None),
    ("GET", "/rpc/zzzz", {}, "zzzz without parameters", "zzzz without parameters", None),
])
def test_pgrst202_says_what_was_searched(serve_once, method, path, options, message, details, hint):
    check(serve_once.request(method, path, **options), "PGRST202", 404,
          message=f"Could not find the function api.{message} in the schema cache", details=SEARCHED % details,
          hint=hint and f"Perhaps you meant to call the function api.{hint}")


def test_pgrst203_lists_the_fewest_parameters_first(serve_once):
    check(serve_once.get("/rpc/three?a=1"), "PGRST203", 300, message="Could not choose the best candidate function between: "
          "api.three(a => text), api.three(a => xml), api.three(a => integer, b => integer)")
    check(serve_once.post("/rpc/whole", json={"x": 1}), "PGRST203", 300,
          message="Could not choose the best candidate function between: api.whole( => json), api.whole( => jsonb)")


@pytest.mark.parametrize("path, hint", [
    ("/clients?nam=eq.1", 'Perhaps you meant to reference the column "clients.name".'), ("/clients?zzz=eq.1", None),
    ("/projects?select=scond_id", 'Perhaps you meant to reference the column "projects.second_id".'), ("/clients?NAME=eq.1", None)])
def test_42703_hints_as_postgresql_does(serve_once, path, hint):
    check(serve_once.get(path), "42703", 400, details=None, hint=hint)


@pytest.fixture(scope="module")
def serve_once(scratch, pg, database):
    server = utils.Bobbin(scratch, pg, database=database, db_schemas="api", db_anon_role="code_reader")
    try:
        yield server.start()
    finally:
        server.stop()


def test_options_of_what_is_not_there(serve_once):
    check(serve_once.options("/client"), "PGRST205", 404, hint="Perhaps you meant the table 'api.clients'")
    check(serve_once.options("/rpc/add_then"), "PGRST202", 404,
          hint="Perhaps you meant to call the function api.add_them")


def test_pgrst127(serve):
    server = serve(db_aggregates_enabled=True)
    check(server.get("/clients?select=id,...projects!second_client(id.sum())"), "PGRST127", 400, message="Feature not implemented",
          details="Aggregates are not implemented for one-to-many or many-to-many spreads.")


def test_pgrst300_and_302(serve):
    server = serve(jwt_secret=None)
    check(server.get("/clients", token=make_token("code_reader")), "PGRST300", 500, message="Server lacks JWT secret")
    server = serve(db_anon_role=None)
    answer = server.get("/clients")
    check(answer, "PGRST302", 401, message="Anonymous access is disabled")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_pgrst126_root_disabled(serve):
    check(serve(openapi_mode="disabled").get("/"), "PGRST126", 404, message="Root endpoint metadata is disabled", details=None, hint=None)


def test_pgrst000_and_002(serve, make_proxy, pg):
    proxy = make_proxy(pg.socket_path)
    proxy.refuse()
    server = serve(proxy=proxy, start=False)
    server.start(wait=False)
    wait_until(lambda: server.ready_status() == 503)
    answer = server.get("/clients")
    check(answer, "PGRST002", 503, message="Could not query the database for the schema cache. Retrying.", details=None, hint=None)
    assert int(answer.headers["Retry-After"]) >= 1
    proxy.accept()
    server.wait_ready()
    assert server.get("/clients").status_code == 200
    proxy.refuse()
    proxy.cut()
    answer = server.get("/clients")
    check(answer, "PGRST000", 503, message="Database connection error. Retrying the connection.",
          details="the database cannot be reached", hint=None)
    assert int(answer.headers["Retry-After"]) >= 1


def test_pgrst001_the_connection_breaks_amid_the_rows(serve, make_proxy, pg, database):
    """As long as nothing of it was sent, a read is repeated, once."""
    proxy = make_proxy(pg.socket_path)
    server = serve(proxy=proxy, response_buffer="8MB")

    def read(cuts):
        answers = []
        reading = threading.Thread(target=lambda: answers.append(server.get("/torn")))
        reading.start()
        for _ in range(cuts):
            before = proxy.received
            wait_until(lambda: proxy.received - before > 3500000, what="rows")
            time.sleep(0.3)
            proxy.cut()
        reading.join(30)
        return answers[0]

    answer = read(1)
    assert answer.status_code == 200 and len(answer.json()) > 6
    answer = read(2)
    check(answer, "PGRST001", 503, message="Database client error. Retrying the connection.", hint=None)
    assert int(answer.headers["Retry-After"]) >= 1


def test_pgrst003_pool_timeout(serve, pg, database):
    server = serve(db_pool_acquisition_timeout="200ms", db_exclusive_connections=1, server_threads=1, db_pool=3)
    with pg.connect(database) as lock:
        lock.execute("begin; lock table api.projects")
        waiting = threading.Thread(target=lambda: server.patch("/projects?id=eq.1", json={"name": "p"}))
        waiting.start()
        wait_until(lambda: pg.value("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = %s",
                                    (database,)) >= 1)
        check(server.patch("/clients?id=eq.1", json={"name": "a"}), "PGRST003", 504)
        lock.execute("rollback")
        waiting.join()
    wait_until(lambda: server.metrics().value("pgrst_db_pool_timeouts_total") == 1)


@pytest.mark.parametrize("method, path, options, status, code", [
    ("POST", "/clients", {"json": {"id": 1}}, 409, "23505"),
    ("POST", "/projects", {"json": {"id": 9, "name": "x", "client_id": 99}}, 409, "23503"),
    ("POST", "/projects", {"json": {"id": 9}}, 400, "23502"),
    ("GET", "/clients?id=eq.x", {}, 400, "22P02"),
    ("GET", "/clients?nope=eq.1", {}, 400, "42703"),
    ("GET", "/rpc/touch", {}, 405, "25006"),
    ("GET", "/secret", {}, 401, "42501"),
    ("GET", "/secret", {"role": "code_reader"}, 401, "42501"),  # the anonymous role, by token
    ("GET", "/secret", {"role": "code_writer"}, 403, "42501"),
    ("POST", "/rpc/raise_it", {"json": {"code": "PT418"}}, 418, "PT418"),
    ("POST", "/rpc/raise_it", {"json": {"code": "P0001"}}, 400, "P0001"),
    ("POST", "/rpc/raise_it", {"json": {"code": "42P17"}}, 500, "42P17"),
    ("POST", "/rpc/raise_it", {"json": {"code": "28000"}}, 403, "28000"),
    ("POST", "/rpc/raise_it", {"json": {"code": "53400"}}, 500, "53400"),
    ("POST", "/rpc/raise_it", {"json": {"code": "08006"}}, 503, "08006"),
    ("POST", "/rpc/raise_it", {"json": {"code": "42883"}}, 404, "42883"),
])
def test_sqlstate(serve_once, method, path, options, status, code):
    check(serve_once.request(method, path, **options), code, status)
