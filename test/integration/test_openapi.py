"""The root: OpenAPI 2.0 as PostgREST gives it, our own 3.1, per role. SPDX-License-Identifier: ISC"""

import concurrent.futures
import contextlib
import signal

import openapi_check
import pytest
import utils

SCHEMA = """
create schema api;
create schema other;
comment on schema api is E'The shop\\n\\nSells things.\\nAnd more.';
create type api.color as enum ('red', 'green "light"');
create domain api.label as varchar(30);
create table api.makers (id int generated always as identity primary key, name text not null);
comment on table api.makers is 'Who makes things';
create table api.items (
  id bigint primary key,
  name varchar(40) not null default 'it''s new',
  label api.label,
  price numeric(10,2) default 0.5,
  color api.color default 'red',
  tags text[] not null default '{}',
  doc jsonb,
  done boolean not null default false,
  made timestamptz default now(),
  maker_id int references api.makers,
  twice numeric generated always as (price * 2) stored,
  secret text
);
comment on table api.items is E'Things to sell\\n\\nEach of them\\nonce.\\n@module stock\\n@cache lookup';
comment on column api.items.name is 'What it is called';
comment on column api.items.maker_id is 'Who made it';
create table api."odd näme/~x" ("a b" int primary key, item_id bigint references api.items);
create table api.hidden (id int primary key, note text);
create table other.things (id int primary key);
create table api.refers (id int primary key, hidden_id int references api.hidden);
create view api.cheap as select id, name, maker_id from api.items where price < 1;
create view api.sums as select maker_id, count(*) as n from api.items group by 1;
create function api.add(a int, b int default 2) returns int immutable language sql as $$ select a + b $$;
comment on function api.add is E'Adds\\nTwo numbers.';
create function api.change(note text) returns void language sql as $$ select $$;
create function api.total(variadic v int[]) returns int immutable language sql as $$ select 1 $$;
create function api.tagged(t text[]) returns setof api.items stable language sql as $$ select * from api.items $$;
create function api.whole(json) returns json immutable language sql as $$ select $1 $$;
create function api.pairs(out a int, out b text) returns setof record stable language sql as $$ select 1, 'x' $$;
create function api.over(a int) returns int immutable language sql as $$ select 1 $$;
create function api.over(a int, b int) returns int immutable language sql as $$ select 1 $$;
create function api.guarded() returns int stable language sql as $$ select 1 $$;
create function api.root() returns json stable language sql as $$ select json_build_object('mine', true) $$;
revoke execute on function api.guarded from public;
do $$ begin create role looker nologin; exception when duplicate_object then null; end $$;
do $$ begin create role clerk nologin; exception when duplicate_object then null; end $$;
grant looker, clerk to erp_authenticator;
grant usage on schema api, other to looker, clerk;
grant select on api.makers, api.cheap, api.sums, api."odd näme/~x" to looker;
grant select (id, name, label, price, color, tags, doc, done, made, maker_id, twice) on api.items to looker;
grant select on api.refers to looker;
grant all on all tables in schema api, other to clerk;
grant execute on function api.guarded to clerk;
"""

V3 = {"Accept": "application/openapi+json; version=3.1"}


@pytest.fixture(scope="module")
def database(bare_pg):
    bare_pg.new_database("documents", sql=SCHEMA)
    return bare_pg


def start(scratch, pg, **config):
    config = {"db_schemas": "api,other", "db_anon_role": "looker", **config}
    return utils.Bobbin(scratch, pg, database="documents", **config).start()


@pytest.fixture(scope="module")
def server(scratch, database):
    server = start(scratch, database)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def make(scratch, database):
    servers = []

    def make(**config):
        servers.append(start(scratch, database, **config))
        return servers[-1]
    yield make
    for server in servers:
        server.stop()


def as_clerk(**headers):
    return {"Authorization": "Bearer " + utils.make_token("clerk"), **headers}


def document(server, headers=None, path="/"):
    answer = server.get(path, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return openapi_check.parse(answer.text)


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/openapi+json",
                                    "text/csv;q=0.1, application/openapi+json", "application/openapi+json;version=2.0"])
def test_root_is_openapi_2_for_everybody_who_does_not_ask_for_more(server, accept):
    answer = server.get("/", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/openapi+json; charset=utf-8"
    assert answer.json()["swagger"] == "2.0"


def test_root_other_media_types_are_406(server):
    answer = server.get("/", headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (406, "PGRST107")


def test_root_without_the_slash(server):
    assert server.get("").json()["swagger"] == "2.0"


def test_root_documents_are_valid(server):
    for headers in (None, as_clerk()):
        two = document(server, headers)
        assert openapi_check.check_2(two) > 50
        three = document(server, {**(headers or {}), **V3})
        assert openapi_check.check_3(three) > 50


def test_root_info_is_the_comment_of_the_schema(server):
    assert document(server)["info"]["title"] == "The shop"
    assert document(server)["info"]["description"] == "Sells things.\nAnd more."
    plain = document(server, {"Accept-Profile": "other"})["info"]
    assert (plain["title"], plain["description"]) == \
        ("PostgREST API", "This is a dynamic API generated by PostgREST")


def test_root_frame(server):
    d = document(server)
    assert (d["host"], d["basePath"], d["schemes"]) == (f"127.0.0.1:{server.port}", "/api/v1", ["http"])
    types = ["application/json", "application/vnd.pgrst.object+json;nulls=stripped",
             "application/vnd.pgrst.object+json", "text/csv"]
    assert d["consumes"] == d["produces"] == types
    assert "securityDefinitions" not in d and "security" not in d
    assert d["paths"]["/"]["get"]["tags"] == ["Introspection"]


def test_root_definitions(server):
    items = document(server)["definitions"]["items"]
    assert items["type"] == "object"
    assert items["description"] == "Things to sell\n\nEach of them\nonce."
    assert items["required"] == ["id", "name", "tags", "done"]
    p = items["properties"]
    assert p["id"] == {"format": "bigint", "type": "integer", "description": "Note:\nThis is a Primary Key.<pk/>"}
    assert p["name"] == {"format": "character varying", "type": "string", "maxLength": 40, "default": "it's new",
                         "description": "What it is called"}
    assert p["label"] == {"format": "character varying", "type": "string", "maxLength": 30}
    assert p["price"] == {"format": "numeric", "type": "number", "default": 0.5}
    assert p["color"] == {"format": "api.color", "type": "string", "enum": ["red", 'green "light"'], "default": "red"}
    assert p["tags"] == {"format": "text[]", "type": "array", "items": {"type": "string"}}
    assert p["doc"] == {"format": "jsonb"}
    assert p["done"] == {"format": "boolean", "type": "boolean", "default": False}
    assert p["made"] == {"format": "timestamp with time zone", "type": "string", "default": "now()"}
    assert p["maker_id"] == {
        "format": "integer", "type": "integer", "description":
        "Who made it\n\nNote:\nThis is a Foreign Key to `makers.id`.<fk table='makers' column='id'/>"}


def test_root_views_have_the_keys_of_their_tables(server):
    p = document(server)["definitions"]["cheap"]["properties"]
    assert p["id"]["description"] == "Note:\nThis is a Primary Key.<pk/>"
    assert p["maker_id"]["description"] == \
        "Note:\nThis is a Foreign Key to `makers.id`.<fk table='makers' column='id'/>"


def test_root_paths_and_parameters(server):
    d = document(server, as_clerk())
    get = d["paths"]["/makers"]["get"]
    assert get["tags"] == ["makers"] and get["summary"] == "Who makes things" and "description" not in get
    assert [p["$ref"].rsplit("/", 1)[1] for p in get["parameters"]] == [
        "rowFilter.makers.id", "rowFilter.makers.name", "select", "order", "range", "rangeUnit", "offset", "limit",
        "preferCount"]
    assert get["responses"] == {
        "200": {"description": "OK", "schema": {"type": "array", "items": {"$ref": "#/definitions/makers"}}},
        "206": {"description": "Partial Content"}}
    assert [p["$ref"] for p in d["paths"]["/makers"]["post"]["parameters"]] == \
        ["#/parameters/body.makers", "#/parameters/select", "#/parameters/preferPost"]
    assert d["paths"]["/makers"]["post"]["responses"] == {"201": {"description": "Created"}}
    assert "#/parameters/preferReturn" in [p["$ref"] for p in d["paths"]["/makers"]["delete"]["parameters"]]
    assert d["paths"]["/makers"]["patch"]["responses"] == {"204": {"description": "No Content"}}
    parameters = d["parameters"]
    assert parameters["rowFilter.items.name"] == {
        "name": "name", "description": "What it is called", "required": False, "in": "query", "type": "string"}
    assert parameters["body.items"] == {"name": "items", "description": "items", "required": False, "in": "body",
                                        "schema": {"$ref": "#/definitions/items"}}
    assert parameters["rangeUnit"] == {"name": "Range-Unit", "description": "Limiting and Pagination",
                                       "required": False, "in": "header", "type": "string", "default": "items"}
    assert {"preferParams", "preferReturn", "preferCount", "preferPost", "select", "on_conflict", "order", "range",
            "offset", "limit"} <= set(parameters)
    summary = d["paths"]["/items"]["get"]
    assert (summary["summary"], summary["description"]) == ("Things to sell", "Each of them\nonce.")


def test_root_methods_of_relations_that_cannot_be_written(server):
    paths = document(server, as_clerk())["paths"]
    assert set(paths["/sums"]) == {"get"}
    assert set(paths["/cheap"]) == {"get", "post", "patch", "delete"}


def test_root_functions(server):
    d = document(server)
    add = d["paths"]["/rpc/add"]
    assert add["get"]["tags"] == ["(rpc) add"]
    assert (add["get"]["summary"], add["get"]["description"]) == ("Adds", "Two numbers.")
    assert add["get"]["parameters"] == [
        {"name": "a", "required": True, "in": "query", "format": "integer", "type": "integer"},
        {"name": "b", "required": False, "in": "query", "format": "integer", "type": "integer"}]
    body, prefer = add["post"]["parameters"]
    assert prefer == {"$ref": "#/parameters/preferParams"}
    assert body == {"name": "args", "required": True, "in": "body", "schema": {
        "type": "object", "description": "Adds\nTwo numbers.", "required": ["a"],
        "properties": {"a": {"format": "integer", "type": "integer"}, "b": {"format": "integer", "type": "integer"}}}}
    assert set(d["paths"]["/rpc/change"]) == {"post"}
    assert d["paths"]["/rpc/total"]["get"]["parameters"][0]["collectionFormat"] == "multi"
    assert d["paths"]["/rpc/tagged"]["get"]["parameters"][0] == {
        "name": "t", "required": True, "in": "query", "format": "text[]", "type": "string"}


def test_root_shows_each_role_what_it_may(server):
    looker, clerk = document(server), document(server, as_clerk())
    assert "hidden" not in looker["definitions"] and "/hidden" not in looker["paths"]
    assert set(looker["paths"]["/items"]) == {"get"}
    assert set(clerk["paths"]["/items"]) == {"get", "post", "patch", "delete"}
    assert "secret" not in looker["definitions"]["items"]["properties"]
    assert "rowFilter.items.secret" not in looker["parameters"]
    assert "secret" in clerk["definitions"]["items"]["properties"]
    assert "/rpc/guarded" not in looker["paths"] and "/rpc/guarded" in clerk["paths"]
    assert "description" not in looker["definitions"]["refers"]["properties"]["hidden_id"]
    assert "`hidden.id`" in clerk["definitions"]["refers"]["properties"]["hidden_id"]["description"]
    for text in (server.get("/").text, server.get("/", headers=V3).text):
        assert "secret" not in text and "guarded" not in text and '"hidden"' not in text


def test_root_follows_a_change_of_privileges(server, database):
    before = server.get("/").headers["ETag"]
    database.sql("grant select on api.hidden to looker; notify bobbin", database="documents")
    utils.wait_until(lambda: "hidden" in document(server)["definitions"], what="the new document")
    assert server.get("/").headers["ETag"] != before
    database.sql("revoke select on api.hidden from looker; notify bobbin", database="documents")
    utils.wait_until(lambda: "hidden" not in document(server)["definitions"], what="the old document")
    assert server.get("/").headers["ETag"] == before


def test_root_openapi_mode_ignore_privileges(make):
    server = make(openapi_mode="ignore-privileges")
    d = document(server)
    openapi_check.check_2(d)
    assert set(d["paths"]["/hidden"]) == {"get", "post", "patch", "delete"}
    assert set(d["paths"]["/sums"]) == {"get"}
    assert "/rpc/guarded" in d["paths"] and "secret" in d["definitions"]["items"]["properties"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_root_openapi_mode_disabled(make, method):
    answer = make(openapi_mode="disabled").request(method, "/")
    assert answer.status_code == 404
    assert method != "GET" or answer.json()["code"] == "PGRST126"


def test_root_openapi_security_active(make):
    server = make(openapi_security_active=True)
    d = document(server)
    assert d["securityDefinitions"] == {"JWT": {
        "description": 'Add the token prepending "Bearer " (without quotes) to it', "in": "header",
        "name": "Authorization", "type": "apiKey"}}
    assert d["security"] == [{"JWT": []}]
    three = document(server, V3)
    openapi_check.check_3(three)
    assert three["security"] == [{"JWT": []}]
    assert three["components"]["securitySchemes"]["JWT"]["scheme"] == "bearer"


@pytest.mark.parametrize("uri, host, path, scheme", [
    ("https://example.com:8443/base/", "example.com:8443", "/base", "https"),
    ("https://example.com", "example.com:443", "/", "https"),
    ("http://[::1]:81/x", "[::1]:81", "/x", "http")])
def test_root_openapi_server_proxy_uri(make, uri, host, path, scheme):
    server = make(openapi_server_proxy_uri=uri)
    d = document(server, {"Host": "evil.example"})
    assert (d["host"], d["basePath"], d["schemes"]) == (host, path, [scheme])
    assert document(server, V3)["servers"] == [{"url": f"{scheme}://{host}{path.rstrip('/')}"}]


def test_root_follows_a_reload_of_the_configuration(make):
    server = make()
    assert document(server)["host"].startswith("127.0.0.1")
    server.set(openapi_server_proxy_uri="https://example.com", openapi_security_active=True)
    server.signal(signal.SIGUSR2)
    utils.wait_until(lambda: document(server)["host"] == "example.com:443", what="the new configuration")
    assert "security" in document(server)


def test_root_openapi_server_proxy_uri_must_be_one(scratch, database):
    server = utils.Bobbin(scratch, database, database="documents", db_schemas="api",
                          openapi_server_proxy_uri="example.com")
    server.start(wait=False)
    assert server.wait() == 78
    assert "openapi-server-proxy-uri" in server.log_text()


def test_root_db_root_spec(make):
    server = make(db_root_spec="root", openapi_mode="disabled")
    answer = server.get("/")
    assert (answer.status_code, answer.json()) == (200, {"mine": True})
    assert server.get("/", headers={"Accept": "application/openapi+json"}).json() == {"mine": True}
    assert server.request("HEAD", "/").status_code == 200
    assert server.request("OPTIONS", "/").headers["Allow"] == "OPTIONS,GET,HEAD"


def test_root_db_root_spec_with_a_schema(make):
    server = make(db_root_spec="api.root", db_schemas="other,api")
    assert server.get("/").json() == {"mine": True}


def test_root_db_root_spec_that_is_not_there(make):
    answer = make(db_root_spec="nowhere").get("/")
    assert (answer.status_code, answer.json()["code"]) == (404, "PGRST202")


def test_root_head_options_and_other_methods(server):
    get, head = server.get("/"), server.request("HEAD", "/")
    assert head.status_code == 200 and head.content == b""
    assert head.headers["ETag"] == get.headers["ETag"]
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    options = server.request("OPTIONS", "/")
    assert (options.status_code, options.headers["Allow"]) == (200, "OPTIONS,GET,HEAD")
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        answer = server.request(method, "/")
        assert (answer.status_code, answer.json()["code"]) == (405, "PGRST117")


def test_root_unknown_schema_is_406(server):
    answer = server.get("/", headers={"Accept-Profile": "pg_catalog"})
    assert (answer.status_code, answer.json()["code"]) == (406, "PGRST106")


def test_root_etag(server):
    first = server.get("/")
    assert first.headers["ETag"].startswith('"') and first.headers["Cache-Control"] == "private, no-cache"
    for tag in (first.headers["ETag"], "W/" + first.headers["ETag"], '"x", ' + first.headers["ETag"], "*"):
        again = server.get("/", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    assert server.get("/", headers={"If-None-Match": '"x"'}).status_code == 200
    assert server.get("/", headers=as_clerk()).headers["ETag"] != first.headers["ETag"]
    assert server.get("/", headers=V3).headers["ETag"] != first.headers["ETag"]


def test_root_needs_who_is_asking(make):
    answer = make(db_anon_role="").get("/")
    assert answer.status_code == 401


def test_root_many_at_once_on_a_new_server(make):
    server = make(openapi_cache="0")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        texts = set(pool.map(lambda n: server.get("/", headers=V3 if n % 2 else as_clerk()).text, range(64)))
    assert len(texts) == 2


def test_root_documents_are_not_copied_for_each_client(make, database):
    """A client that does not read holds a reference, whatever response-buffer says."""
    server = make(response_buffer="16kB")
    for headers in (as_clerk(), {**as_clerk(), **V3}):
        answer = server.get("/", headers=headers)
        assert int(answer.headers["Content-Length"]) == len(answer.content) > 16384
        openapi_check.parse(answer.text)
        head = server.request("HEAD", "/", headers=headers)
        assert (head.status_code, head.content) == (200, b"")
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            lazy = stack.enter_context(server.raw())
            lazy.send(b"GET /api/v1/ HTTP/1.1\r\nHost: a\r\n\r\n" * 20)
        assert server.get("/").content
        assert server.metrics().value("memory_held_bytes") < 20 * len(answer.content)


def test_root_openapi_3_extensions(server):
    answer = server.get("/", headers=as_clerk(**V3))
    assert answer.headers["Content-Type"] == "application/openapi+json; version=3.1; charset=utf-8"
    schemas = answer.json()["components"]["schemas"]
    items = schemas["items"]
    assert items["x-primary-key"] == ["id"] and items["x-cache-class"] == "lookup"
    assert items["x-foreign-keys"] == [{"constraint": "items_maker_id_fkey", "columns": ["maker_id"],
                                        "table": "makers", "schema": "api", "target_columns": ["id"]}]
    assert items["x-permissions"] == ["select", "insert", "update", "delete"]
    p = items["properties"]
    assert p["id"] == {"type": "integer", "format": "int64", "x-pg-type": "bigint"}
    assert p["price"] == {"type": ["number", "null"], "default": 0.5, "x-pg-type": "numeric(10,2)"}
    assert p["color"]["enum"] == ["red", 'green "light"', None]
    assert p["twice"]["readOnly"] is True
    assert schemas["items.insert"]["required"] == ["id"]
    assert "twice" not in schemas["items.insert"]["properties"]
    lines = {"type": "array", "items": {"$ref": "#/components/schemas/items"}}
    assert schemas["makers.insert"]["properties"]["items"] == schemas["makers.update"]["properties"]["items"] == lines
    assert "items" not in schemas["makers"]["properties"], "a document may hold lines, a row does not"
    assert answer.json()["paths"]["/items"]["get"]["tags"] == ["stock"]


def test_root_openapi_3_shows_each_role_what_it_may(server):
    schemas = document(server, V3)["components"]["schemas"]
    assert schemas["items"]["x-permissions"] == ["select"]
    assert "items.insert" not in schemas and "x-foreign-keys" not in schemas["refers"]


def test_root_of_the_erp(api):
    for headers, check in ((None, openapi_check.check_2), (V3, openapi_check.check_3)):
        text = api.get("/", headers=headers).text
        assert check(openapi_check.parse(text)) > 500
