"""Media types through the whole program, row by row of the dialect's section 1.8. SPDX-License-Identifier: ISC"""

import csv
import io
import json

import pytest
import utils

SCHEMA = r"""
create schema api;
create schema ext;
create type api.point3 as (x int, y int, z text);
create table api.makers (id int primary key, name text);
create table api.items (id int primary key, name text, note text, tags text[], at api.point3, doc jsonb, raw json,
    made timestamptz, ok bool, maker_id int references api.makers);
insert into api.makers values (1, 'Acme, Inc.'), (2, null);
insert into api.items values
    (1, 'plain', null, '{a,"b c"}', (1, null, 'z'), '{"a": null, "b": {"c": null, "d": [null, 1]}}', '{"e":null}', '2026-01-02 03:04:05+00', true, 1),
    (2, 'a "quoted", one', '', null, null, 'null', null, null, false, 2),
    (3, E'two\nlines\\', '(x) y', '{}', null, null, null, null, null, null);
create table api.pictures (id int primary key, body bytea);
insert into api.pictures values (1, '\x89504e470d0a1a0a00ff');
create table api.notes (id int primary key, text text);
insert into api.notes values (1, 'ä'), (2, 'b');
create table api.log (what text);

create domain api."image/png" as bytea;
create domain api."text/html" as text;
create domain api."text/plain" as text;
create domain api."application/x-made" as text;
create domain api."text/tab-separated-values" as text;
create domain api."*/*" as bytea;
create function api.picture(id int) returns api."image/png" stable language sql as $$ select body from api.pictures p where p.id = picture.id $$;
create function api.page(name text) returns api."text/html" stable language sql as $$ select '<p>' || name || '</p>' $$;
create function api.words() returns api."text/plain" stable language sql as $$ select 'wörter' $$;
create function api.pages() returns setof api."text/html" stable language sql as $$ select '<p>'::text $$;
create function api.download() returns api."*/*" language plpgsql as $$ begin
    perform set_config('response.headers', '[{"Content-Type": "application/x-mine"}, {"Content-Disposition": "attachment"}]', true);
    return convert_to(current_setting('request.headers')::json->>'accept', 'UTF8'); end $$;
create function api.anything() returns api."*/*" stable language sql as $$ select '\x00ff'::bytea $$;
create function api.number() returns int stable language sql as $$ select 42 $$;
create function api.nothing_at_all() returns void language sql as $$ insert into api.log values ('void') $$;
create function api.one(id int) returns api.items stable language sql as $$ select * from api.items i where i.id = one.id $$;
create function api.some(max int) returns setof api.items stable language sql as $$ select * from api.items where id <= max order by id $$;
create function api.numbers(n int) returns setof int stable language sql as $$ select generate_series(1, n) $$;
create function api.doc() returns json stable language sql as $$ select '{"a":null,"b":[{"c":null},null]}'::json $$;
create function api.log_it(what text) returns setof api.log language sql as $$ insert into api.log values (what) returning * $$;

create function api.tsv_line(text, anyelement) returns text language sql as $$ select $1 || '|' || to_json($2) $$;
create function api.tsv_end(text) returns api."text/tab-separated-values" language plpgsql as $$ begin
    perform set_config('response.headers', '[{"X-Made-By": "tsv"}]', true);
    return $1; end $$;
create aggregate api.tsv(anyelement) (sfunc = api.tsv_line, stype = text, finalfunc = api.tsv_end, initcond = '');
create function api.made_line(text, api.notes) returns text language sql as $$ select $1 || $2.id || $2.text || ';' $$;
create function api.made_end(text) returns api."application/x-made" language sql as $$ select $1 $$;
create aggregate api.made(api.notes) (sfunc = api.made_line, stype = text, finalfunc = api.made_end, initcond = '');
create function api.any_line(bytea, api.pictures) returns bytea language sql as $$ select $1 || $2.body $$;
create function api.any_end(bytea) returns api."*/*" language sql as $$ select $1 $$;
create aggregate api.pic(api.pictures) (sfunc = api.any_line, stype = bytea, finalfunc = api.any_end, initcond = '');

-- What PostGIS has, as far as a row with columns x and y needs it.
create table api.places (id int primary key, name text, x int, y int);
insert into api.places values (1, 'here', 1, 2), (2, 'there', 3, 4);
create function ext.st_asgeojson(r record, geom_column text default '', maxdecimaldigits int default 9, pretty bool default false)
    returns text stable language plpgsql as $$ declare j jsonb := to_jsonb(r); begin
    return jsonb_build_object('type', 'Feature', 'geometry', jsonb_build_object('type', 'Point', 'coordinates',
        jsonb_build_array(j->'x', j->'y')), 'properties', j - 'x' - 'y'); end $$;

do $$ begin create role taker nologin; exception when duplicate_object then null; end $$;
do $$ begin create role exporter nologin; exception when duplicate_object then null; end $$;
grant taker, exporter to erp_authenticator;
grant usage on schema api, ext to taker, exporter;
grant all on all tables in schema api to taker, exporter;
"""


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("media", sql=SCHEMA)
    server = utils.Bobbin(scratch, bare_pg, database="media", db_schemas="api", db_anon_role="taker",
                          db_tx_end="commit-allow-override", db_plan_enabled="true", db_extra_search_path="ext",
                          export_roles="exporter", db_max_rows=1000, db_aggregates_enabled="true")
    try:
        yield server.start()
    finally:
        server.stop()


def accept(media):
    return {"Accept": media}


def code(answer):
    return answer.status_code, answer.json()["code"]


# application/json, */* , none


@pytest.mark.parametrize("media", ["application/json", "*/*", "", "application/*", "application/json; charset=utf-8",
                                   "text/xml, application/json;q=0.1", "application/vnd.pgrst.array+json"])
def test_json(server, media):
    answer = server.get("/notes?order=id", headers=accept(media))
    assert answer.json() == [{"id": 1, "text": "ä"}, {"id": 2, "text": "b"}]
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert server.get("/rpc/number", headers=accept(media)).text == "42"
    assert server.get("/rpc/one?id=1&select=id", headers=accept(media)).json() == {"id": 1}


# text/csv


CSV = accept("text/csv")


def test_csv_quotes_as_a_composite_does(server):
    answer = server.get("/items?select=id,name,note,tags,at,made,ok&order=id", headers=CSV)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Range"] == "0-2/*"
    assert answer.text == (
        'id,name,note,tags,at,made,ok\n'
        '1,plain,,"{a,""b c""}","(1,,z)","2026-01-02 03:04:05+00",t\n'
        '2,"a ""quoted"", one","",,,,f\n'
        '3,"two\nlines\\","(x) y",{},,,')


def test_csv_is_what_the_composite_text_is(server, bare_pg):
    """But for backslashes, every line is PostgreSQL's text of the row without its parentheses."""
    lines = server.get("/items?id=lt.3&order=id&select=id,name,note,tags,at,doc,raw,made,ok,maker_id", headers=CSV).text.split("\n")
    rows = bare_pg.sql("select i::text from api.items i where id < 3 order by id", database="media")
    assert lines[1:] == [row[0][1:-1] for row in rows]


def test_csv_is_read_back_by_readers_of_csv(server):
    answer = server.get("/items?select=id,name,note,doc,makers(name)&order=id", headers=CSV)
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["name"] for row in rows] == ["plain", 'a "quoted", one', "two\nlines\\"]
    assert json.loads(rows[0]["doc"])["b"] == {"c": None, "d": [None, 1]}
    assert [row["makers"] for row in rows] == ['{"name":"Acme, Inc."}', '{"name":null}', ""]


def test_csv_of_no_rows(server):
    assert server.get("/items?id=eq.0&select=id,name", headers=CSV).text == "id,name\n"


def test_csv_of_a_write(server):
    answer = server.post("/notes?select=id,text", json=[{"id": 8, "text": "a,b"}, {"id": 9, "text": None}],
                         headers={**CSV, "Prefer": "return=representation, tx=rollback"})
    assert (answer.status_code, answer.text) == (201, 'id,text\n8,"a,b"\n9,')
    answer = server.patch("/notes?id=eq.1", json={"text": "c"}, headers={**CSV, "Prefer": "tx=rollback"})
    assert (answer.status_code, answer.text) == (204, "")


def test_csv_of_a_call(server):
    assert server.get("/rpc/some?max=2&select=id,tags", headers=CSV).text == 'id,tags\n1,"{a,""b c""}"\n2,'
    assert server.get("/rpc/one?id=1&select=id", headers=CSV).text == "id\n1"
    assert server.get("/rpc/number", headers=CSV).text == "pgrst_scalar\n42"
    assert server.get("/rpc/numbers?n=2", headers={**CSV, "Prefer": "count=exact"}).text == "pgrst_scalar\n1\n2"
    assert server.post("/rpc/nothing_at_all", headers=CSV).status_code == 204


def test_csv_counts_and_pages(server):
    answer = server.get("/items?select=id&order=id&limit=2", headers={**CSV, "Prefer": "count=exact"})
    assert (answer.status_code, answer.headers["Content-Range"], answer.text) == (206, "0-1/3", "id\n1\n2")


# application/geo+json


def test_geojson(server):
    answer = server.get("/places?order=id", headers=accept("application/geo+json"))
    assert answer.headers["Content-Type"] == "application/geo+json; charset=utf-8"
    assert answer.headers["Content-Range"] == "0-1/*"
    assert answer.json() == {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}, "properties": {"id": 1, "name": "here"}},
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [3, 4]}, "properties": {"id": 2, "name": "there"}}]}
    assert server.get("/places?id=eq.0", headers=accept("application/geo+json")).json()["features"] == []
    assert code(server.get("/rpc/number", headers=accept("application/geo+json"))) == (406, "PGRST107")


def test_geojson_by_postgis(bare_pg, make_bobbin):
    """The same with the extension itself, where it is installed: geometry columns, also inside an embed's properties."""
    if not bare_pg.value("select count(*) from pg_available_extensions where name = 'postgis'"):
        pytest.skip("PostGIS is not installed")
    bare_pg.new_database("geo", sql="""
        create schema ext; create extension postgis schema ext; create schema api;
        create table api.towns (id int primary key, name text);
        create table api.shops (id int primary key, town int references api.towns, at ext.geometry(Point, 4326), note text);
        insert into api.towns values (1, 'Ulm');
        insert into api.shops values (1, 1, ext.ST_SetSRID(ext.ST_MakePoint(9.99, 48.4), 4326), 'x'), (2, null, null, 'y');
        grant usage on schema api, ext to erp_viewer; grant select on all tables in schema api to erp_viewer""")
    server = make_bobbin(database="geo", db_schemas="api", db_extra_search_path="ext")
    answer = server.get("/shops?select=id,at,towns(name)&order=id", headers=accept("application/geo+json"))
    assert answer.headers["Content-Type"] == "application/geo+json; charset=utf-8"
    collection = answer.json()
    assert collection["type"] == "FeatureCollection"
    assert collection["features"][0] == {"type": "Feature", "geometry": {"type": "Point", "coordinates": [9.99, 48.4]},
                                         "properties": {"id": 1, "towns": {"name": "Ulm"}}}
    assert collection["features"][1]["properties"] == {"id": 2, "towns": None}
    assert server.get("/shops?select=at&id=eq.1").json()[0]["at"]["coordinates"] == [9.99, 48.4]


def test_geojson_needs_postgis(bobbin):
    assert code(bobbin.get("/products?limit=1", headers=accept("application/geo+json"))) == (406, "PGRST107")


# application/vnd.pgrst.object


def test_object(server):
    for media in "application/vnd.pgrst.object", "application/vnd.pgrst.object+json":
        answer = server.get("/notes?id=eq.1", headers=accept(media))
        assert answer.json() == {"id": 1, "text": "ä"}
        assert answer.headers["Content-Type"] == "application/vnd.pgrst.object+json; charset=utf-8"
    answer = server.get("/notes", headers=accept("application/vnd.pgrst.object"))
    assert code(answer) == (406, "PGRST116")
    assert answer.json()["details"] == "The result contains 2 rows"


# nulls=stripped


ARRAY_STRIPPED = "application/vnd.pgrst.array+json;nulls=stripped"
OBJECT_STRIPPED = "application/vnd.pgrst.object+json;nulls=stripped"


def stripped(pg, query):
    return pg.value(f"select json_strip_nulls(json_agg(r)) from ({query}) r", database="media")


def test_nulls_stripped_from_an_array(server, bare_pg):
    answer = server.get("/items?order=id", headers=accept(ARRAY_STRIPPED))
    assert answer.headers["Content-Type"] == ARRAY_STRIPPED + "; charset=utf-8"
    assert answer.json() == stripped(bare_pg, "select * from api.items order by id")
    assert answer.json()[0]["doc"] == {"b": {"d": [None, 1]}}
    assert answer.json()[0]["raw"] == {}


def test_nulls_stripped_from_embeds(server, bare_pg):
    answer = server.get("/items?select=id,note,makers(*)&order=id", headers=accept(ARRAY_STRIPPED))
    assert answer.json() == [{"id": 1, "makers": {"id": 1, "name": "Acme, Inc."}}, {"id": 2, "note": "", "makers": {"id": 2}},
                             {"id": 3, "note": "(x) y"}]
    answer = server.get("/makers?select=id,name,items(id,note,doc)&order=id", headers=accept(ARRAY_STRIPPED))
    assert answer.json() == [{"id": 1, "name": "Acme, Inc.", "items": [{"id": 1, "doc": {"b": {"d": [None, 1]}}}]},
                             {"id": 2, "items": [{"id": 2, "note": ""}]}]


def test_nulls_stripped_from_an_object(server):
    answer = server.get("/items?id=eq.3&select=id,doc,raw,tags", headers=accept(OBJECT_STRIPPED))
    assert answer.json() == {"id": 3, "tags": []}
    assert answer.headers["Content-Type"] == OBJECT_STRIPPED + "; charset=utf-8"
    assert code(server.get("/items", headers=accept(OBJECT_STRIPPED))) == (406, "PGRST116")


def test_nulls_stripped_from_writes_and_calls(server):
    headers = {**accept(OBJECT_STRIPPED), "Prefer": "return=representation, tx=rollback"}
    assert server.post("/notes", json={"id": 7}, headers=headers).json() == {"id": 7}
    assert server.patch("/items?id=eq.1&select=id,note,doc", json={"name": "x"}, headers=headers).json() == {
        "id": 1, "doc": {"b": {"d": [None, 1]}}}
    assert server.get("/rpc/some?max=1&select=id,note,at", headers=accept(ARRAY_STRIPPED)).json() == [
        {"id": 1, "at": {"x": 1, "z": "z"}}]
    assert server.get("/rpc/doc", headers=accept(ARRAY_STRIPPED)).json() == {"b": [{}, None]}
    assert server.get("/rpc/one?id=2&select=id,doc", headers=accept(OBJECT_STRIPPED)).json() == {"id": 2}


# application/vnd.pgrst.plan


PLAN = "application/vnd.pgrst.plan"


def test_plan_as_text(server):
    for media in PLAN, PLAN + "+text":
        answer = server.get("/notes?id=eq.1", headers=accept(media))
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == 'application/vnd.pgrst.plan+text; for="application/json"; charset=utf-8'
        assert "Content-Range" not in answer.headers
        assert answer.text.startswith("Index Scan using notes_pkey on notes t0") or "Seq Scan on notes t0" in answer.text


def test_plan_as_json_with_options(server):
    media = PLAN + '+json; for="application/json"; options=analyze|verbose|settings|buffers|wal;'
    answer = server.get("/notes?id=eq.1&select=id", headers=accept(media))
    assert answer.headers["Content-Type"] == (
        'application/vnd.pgrst.plan+json; for="application/json"; options=analyze|verbose|settings|buffers|wal; charset=utf-8')
    plan = answer.json()[0]
    assert plan["Plan"]["Actual Rows"] == 1 and plan["Plan"]["Output"] == ["id"] or plan["Plan"]["Output"] == ["t0.id"]
    assert "Planning Time" in plan and "Shared Hit Blocks" in plan["Plan"]


def test_plan_of_other_types(server):
    for media in "application/vnd.pgrst.object+json", "text/csv", "text/tab-separated-values":
        answer = server.get("/notes?id=eq.1", headers=accept(f'{PLAN}+json; for="{media}"'))
        assert answer.json()[0]["Plan"]["Total Cost"] > 0
        assert f'for="{media}"' in answer.headers["Content-Type"]
    assert "Aggregate" in server.get("/notes", headers=accept(f'{PLAN}; for="application/x-made"')).text
    assert code(server.get("/notes", headers=accept(f'{PLAN}; for="image/gif"'))) == (406, "PGRST107")


def test_plan_of_a_write_changes_nothing(server, bare_pg):
    headers = {**accept(PLAN), "Prefer": "return=representation"}
    for answer in (server.post("/notes", json={"id": 50}, headers=headers), server.delete("/notes?id=eq.1", headers=headers),
                   server.patch("/notes?id=eq.1", json={"text": "x"}, headers=accept(PLAN)),
                   server.put("/notes?id=eq.51", json={"id": 51, "text": "x"}, headers=headers)):
        assert answer.status_code == 200 and "on notes t0" in answer.text, answer.text
    assert bare_pg.sql("select * from api.notes order by 1", database="media") == [(1, "ä"), (2, "b")]


def test_plan_analyze_of_a_write_runs_it(server, bare_pg):
    media = accept(PLAN + "+json; options=analyze")
    count = "select count(*) from api.log where what = 'analyzed'"
    answer = server.post("/log", json={"what": "analyzed"}, headers={**media, "Prefer": "tx=rollback"})
    assert answer.json()[0]["Plan"]["Operation"] == "Insert"
    assert answer.headers["Preference-Applied"] == "tx=rollback"
    assert bare_pg.value(count, database="media") == 0
    assert server.post("/log", json={"what": "analyzed"}, headers=media).status_code == 200
    assert bare_pg.value(count, database="media") == 1
    assert server.post("/rpc/log_it", json={"what": "analyzed"}, headers={**media, "Prefer": "tx=rollback"}).status_code == 200
    assert bare_pg.value(count, database="media") == 1


def test_plan_of_a_call(server):
    assert "ProjectSet" in server.get("/rpc/numbers?n=3", headers=accept(PLAN)).text
    assert "WindowAgg" in server.get("/rpc/numbers?n=3&offset=9", headers={**accept(PLAN), "Prefer": "count=exact"}).text
    assert "Result" in server.get("/rpc/number", headers={**accept(PLAN), "Prefer": "count=exact"}).text
    assert "Function Scan" in server.post("/rpc/log_it", json={"what": "x"}, headers={
        **accept(PLAN), "Prefer": "count=exact"}).text
    assert server.post("/rpc/nothing_at_all", headers=accept(PLAN)).status_code == 200


def test_plan_when_postgresql_refuses(server):
    answer = server.get("/notes", headers=accept(PLAN + "; options=wal"))
    assert code(answer) == (400, "22023")
    assert code(server.get("/nowhere", headers=accept(PLAN))) == (404, "PGRST205")


def test_plan_needs_db_plan_enabled(bobbin):
    answer = bobbin.get("/products?limit=1", headers=accept(PLAN + "+json"))
    assert code(answer) == (406, "PGRST107")
    assert answer.json()["message"] == "None of these media types are available: application/vnd.pgrst.plan+json"


# custom


def test_custom_type_of_a_function(server):
    answer = server.get("/rpc/picture?id=1", headers=accept("image/png"))
    assert (answer.status_code, answer.content) == (200, b"\x89PNG\r\n\x1a\n\x00\xff")
    assert answer.headers["Content-Type"] == "image/png"
    answer = server.post("/rpc/page", json={"name": "ä"}, headers=accept("text/html,application/xml;q=0.9,*/*;q=0.8"))
    assert (answer.content, answer.headers["Content-Type"]) == ("<p>ä</p>".encode(), "text/html")
    assert server.get("/rpc/picture?id=2", headers=accept("image/png")).content == b""


def test_custom_type_of_a_function_as_json(server):
    assert server.get("/rpc/picture?id=1").json() == "\\x89504e470d0a1a0a00ff"
    assert server.get("/rpc/page?name=x", headers=accept("application/json")).json() == "<p>x</p>"
    assert server.get("/rpc/pages").json() == ["<p>"]
    assert code(server.get("/rpc/pages", headers=accept("text/html"))) == (406, "PGRST107")
    assert code(server.get("/rpc/picture?id=1", headers=accept("image/gif"))) == (406, "PGRST107")


def test_custom_type_that_has_a_charset(server):
    answer = server.get("/rpc/words", headers=accept("text/plain"))
    assert (answer.content, answer.headers["Content-Type"]) == ("wörter".encode(), "text/plain; charset=utf-8")


def test_custom_aggregate_over_anything(server):
    answer = server.get("/notes?select=id&order=id", headers=accept("text/tab-separated-values"))
    assert (answer.status_code, answer.text) == (200, '|{"id":1}|{"id":2}')
    assert answer.headers["Content-Type"] == "text/tab-separated-values"
    assert answer.headers["X-Made-By"] == "tsv"
    assert answer.headers["Content-Range"] == "0-1/*"
    answer = server.get("/items?select=id,makers(name)&limit=1&order=id&offset=1",
                        headers={**accept("text/tab-separated-values"), "Prefer": "count=exact"})
    assert (answer.status_code, answer.text) == (206, '|{"id":2,"makers":{"name":null}}')
    assert answer.headers["Content-Range"] == "1-1/3"


def test_custom_aggregate_over_a_table(server):
    answer = server.get("/notes?order=id.desc", headers=accept("application/x-made"))
    assert (answer.content.decode(), answer.headers["Content-Type"]) == ("2b;1ä;", "application/x-made")
    assert code(server.get("/notes?select=id", headers=accept("application/x-made"))) == (406, "PGRST107")
    assert code(server.get("/items", headers=accept("application/x-made"))) == (406, "PGRST107")
    assert server.head("/notes", headers=accept("application/x-made")).status_code == 200


def test_custom_aggregate_of_writes_and_calls(server):
    headers = {**accept("application/x-made"), "Prefer": "return=representation, tx=rollback"}
    answer = server.post("/notes", json=[{"id": 3, "text": "c"}, {"id": 4, "text": "d"}], headers=headers)
    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (201, "3c;4d;", "application/x-made")
    answer = server.patch("/notes?id=eq.1", json={}, headers=headers)
    assert (answer.status_code, answer.text) == (200, "")
    tsv = accept("text/tab-separated-values")
    assert server.delete("/notes?id=eq.2&select=id", headers={**headers, **tsv}).text == '|{"id":2}'
    assert server.get("/rpc/some?max=2&select=id", headers=tsv).text == '|{"id":1}|{"id":2}'
    answer = server.get("/rpc/numbers?n=3&limit=2&offset=1", headers={**tsv, "Prefer": "count=exact"})
    assert (answer.text, answer.headers["Content-Range"], answer.headers["X-Made-By"]) == ("|2|3", "1-2/*", "tsv")
    answer = server.get("/rpc/numbers?n=3", headers={**tsv, "Prefer": "count=exact"})
    assert (answer.text, answer.headers["Content-Range"]) == ("|1|2|3", "0-2/3")
    assert server.get("/rpc/number", headers=tsv).text == "|42"


def test_any_type_of_a_function(server):
    answer = server.post("/rpc/download", headers=accept("image/jpeg"))
    assert (answer.text, answer.headers["Content-Type"]) == ("image/jpeg", "application/x-mine")
    assert answer.headers["Content-Disposition"] == "attachment"
    for media in "*/*", "application/json", "image/gif":
        answer = server.get("/rpc/anything", headers=accept(media))
        assert (answer.content, answer.headers["Content-Type"]) == (b"\x00\xff", "application/octet-stream")


def test_any_type_of_a_table(server):
    answer = server.get("/pictures", headers=accept("image/png"))
    assert (answer.content, answer.headers["Content-Type"]) == (b"\x89PNG\r\n\x1a\n\x00\xff", "application/octet-stream")
    assert server.get("/pictures").content == answer.content
    assert server.get("/pictures?select=id").json() == [{"id": 1}]
    assert server.get("/pictures", headers=accept("application/vnd.pgrst.object")).json()["id"] == 1


def test_new_types_are_found_on_reload(server, bare_pg):
    assert code(server.get("/notes", headers=accept("text/x-new"))) == (406, "PGRST107")
    bare_pg.sql("""
        create domain api."text/x-new" as text;
        create function api.new_end(text) returns api."text/x-new" language sql as $$ select $1 $$;
        create aggregate api.new_agg(api.notes) (sfunc = api.made_line, stype = text, finalfunc = api.new_end, initcond = '');
        notify pgrst, 'reload schema'""", database="media")
    utils.wait_until(lambda: server.get("/notes?id=eq.2", headers=accept("text/x-new")).text == "2b;", what="the type")


# other


@pytest.mark.parametrize("media", ["image/gif", "text/xml", "application/octet-stream", "application/openapi+json",
                                   "text/html;q=0.4,image/png;q=0.9", "image/*", "application/json;q=0"])
def test_other_types(server, media):
    answer = server.get("/items", headers=accept(media))
    assert code(answer) == (406, "PGRST107")
    assert answer.json()["message"].startswith("None of these media types are available: ")


def test_other_types_are_named_best_first(server):
    answer = server.get("/items", headers=accept("text/html;q=0.4, image/png;q=0.9,  a/b;c=d"))
    assert answer.json()["message"] == "None of these media types are available: a/b;c=d, image/png, text/html"


def test_other_types_are_refused_before_the_body_is_read(bobbin):
    with bobbin.raw() as connection:
        connection.send(b"POST /api/v1/products HTTP/1.1\r\nHost: a\r\nAccept: image/gif\r\nContent-Length: 1000000\r\n\r\n")
        assert connection.response().status == 406


def test_accept_is_sorted_by_q(server):
    def got(media):
        return server.get("/notes?id=eq.1", headers=accept(media)).headers["Content-Type"].partition(";")[0]
    assert got("application/json;q=0.5, text/csv;q=0.9") == "text/csv"
    assert got("text/csv, application/json") == "text/csv"
    assert got("application/json, text/csv") == "application/json"
    assert got("image/png, text/csv;q=0.1") == "text/csv"
    assert got("*/*;q=0.1, text/csv;q=0.2") == "text/csv"
    assert got("text/*") == "text/csv"


# octet-stream / text / xml for scalar RPC


def test_octet_stream_and_text_need_a_domain(server):
    for media in "application/octet-stream", "text/plain", "text/xml":
        assert code(server.get("/rpc/number", headers=accept(media))) == (406, "PGRST107")


# exports (section 2)


def test_csv_export_has_no_cap(server, bare_pg):
    bare_pg.sql("insert into api.log select 'row ' || n from generate_series(1, 5000) n", database="media")
    capped = server.get("/log?what=like.row*", headers=CSV).text
    assert len(capped.split("\n")) == 1001
    whole = server.get("/log?what=like.row*", headers=CSV, role="exporter").text
    assert len(whole.split("\n")) == 5001
    assert len(server.get("/log?what=like.row*&limit=3", headers=CSV, role="exporter").text.split("\n")) == 4


def test_a_type_of_its_own_for_each_plan(server):
    """Formats do not share plans that the cache holds."""
    for _ in range(2):
        for media, text in (("application/json", '[{"id":1,"tags":["a","b c"]}]'), ("text/csv", 'id,tags\n1,"{a,""b c""}"'),
                            ("application/vnd.pgrst.object", '{"id":1,"tags":["a","b c"]}'),
                            ("text/tab-separated-values", '|{"id":1,"tags":["a","b c"]}')):
            assert server.get("/items?id=eq.1&select=id,tags", headers=accept(media)).text == text
