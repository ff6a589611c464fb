"""Row `keyset pages` of the dialect (section 2): links of full pages, there and back, in every kind of order.
SPDX-License-Identifier: ISC"""

import pytest
import utils

SCHEMA = """
create schema api;
create table api.t (id int primary key, day date not null, rank int, name text, tags text[],
    parent int references api.t);
insert into api.t select n, '2026-01-01'::date + n % 10, nullif(n % 5, 0), case when n % 7 > 0 then 'n' || n % 3 end,
    array['x'], nullif(n / 2, 0) from generate_series(1, 100) n;
create index on api.t (day, id);
create index on api.t (rank, id);
create index on api.t (rank nulls first, name desc, id);
create index on api.t (rank desc nulls last, name, id);
create index on api.t (name, id);
create index on api.t (name desc nulls last, day, id);
create table api.plain (a int, b int);
insert into api.plain select n, n from generate_series(1, 50) n;
create table api.deep (id int primary key, pad text);
insert into api.deep select n, repeat('x', 50) from generate_series(1, 60000) n;
create table api.marks (id int primary key, after text);
insert into api.marks values (1, 'eq'), (2, 'gt');
create table api.parent (id int primary key);
create table api.child () inherits (api.parent);
insert into api.parent select generate_series(1, 20);
insert into api.child select generate_series(1, 20);
create view api.all_of_them as select * from api.parent;
create view api.all_again as select * from api.all_of_them;
create type api.pair as (a int, b text);
create table api.pairs (id api.pair primary key);
insert into api.pairs select row(n, 'n' || n)::api.pair from generate_series(1, 20) n;
analyze;
do $$ begin create role writer nologin; exception when duplicate_object then null; end $$;
do $$ begin create role looker nologin; exception when duplicate_object then null; end $$;
grant writer, looker to erp_authenticator;
grant usage on schema api to writer, looker;
grant all on all tables in schema api to writer;
grant select (name, day) on api.t to looker;
"""


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("pages", sql=SCHEMA)
    server = utils.Bobbin(scratch, bare_pg, database="pages", db_schemas="api", db_anon_role="writer")
    try:
        yield server.start()
    finally:
        server.stop()


def walk(server, url, rel="next"):
    """Pages from url on; each as (rows, Content-Range, answer)."""
    while url:
        answer = server.get(url)
        assert answer.status_code in (200, 206), answer.text
        yield answer.json(), answer.headers["Content-Range"], answer
        url = answer.links.get(rel, {}).get("url")


ORDERS = ["", "&order=id.desc", "&order=day", "&order=day.desc,id.desc", "&order=day.desc,id.asc", "&order=rank",
          "&order=rank.desc", "&order=rank.nullsfirst,name.desc", "&order=rank.desc.nullslast,name",
          "&order=name.desc.nullslast,day", "&order=day&select=name", "&order=rank&select=tags,up:parent(id,name)",
          "&order=name&select=id,up:parent(id)", "&order=day&day=gte.2026-01-03",
          "&order=day,id&day=gte.2026-01-03&or=(rank.eq.1,rank.is.null)"]


@pytest.mark.parametrize("order", ORDERS)
def test_there_and_back_in_every_order(server, order):
    whole = server.get(f"/t?limit=1000{order}").json()
    pages = list(walk(server, f"/t?limit=9{order}"))
    assert "after=" in pages[0][2].links["next"]["url"]
    assert [row for rows, _, _ in pages for row in rows] == whole
    assert len(pages) >= 3 and all(len(rows) == 9 for rows, _, _ in pages[:-1])
    assert [r for _, r, _ in pages[:2]] == ["0-8/*", "9-17/*"]
    back = list(walk(server, pages[-1][2].links["prev"]["url"], "prev"))
    before = whole[:-len(pages[-1][0])]
    assert [row for rows, _, _ in reversed(back) for row in rows] == before
    assert list(walk(server, back[-1][2].links["next"]["url"]))[0][0] == whole[9:18]


def test_the_order_tells_all_rows_apart(server):
    """Pages by offset do not overlap either."""
    whole = [row for n in range(0, 100, 10) for row in server.get(f"/t?select=id&order=day&limit=10&offset={n}").json()]
    assert len({row["id"] for row in whole}) == 100


def test_what_has_no_links(server):
    for path in ("/t?limit=200", "/t?id=eq.1&limit=1", "/plain?limit=50&offset=1", "/t?limit=0", "/t"):
        answer = server.get(path)
        assert answer.status_code in (200, 206) and "next" not in answer.links, path
    assert "Link" not in server.get("/t", headers={"Range": "0-4"}).headers


def test_links_by_offset_where_no_place_can_be_sought(server):
    for path in ("/plain?limit=5", "/plain?limit=5&order=a", "/t?order=up(name)&select=id,up:parent(name)&limit=5",
                 "/t?order=tags->0&limit=5"):
        answer = server.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.links["next"]["url"].endswith("&offset=5") and "prev" not in answer.links, path


@pytest.mark.parametrize("relation", ["parent", "all_of_them", "all_again", "pairs"])
def test_keys_that_are_none_are_not_sought(server, relation):
    """Rows of tables that inherit may repeat a key; a composite one cannot be compared with a text."""
    pages = list(walk(server, f"/{relation}?limit=7&order=id"))
    assert sum(len(rows) for rows, _, _ in pages) == (20 if relation == "pairs" else 40)
    assert pages[0][2].links["next"]["url"].endswith("&offset=7")


def test_links_by_offset_end_where_offsets_do(server, make_bobbin):
    bounded = make_bobbin(database="pages", db_schemas="api", db_anon_role="writer", limit_offset=12)
    answer = bounded.get("/plain?limit=5&offset=5")
    assert answer.links["next"]["url"].endswith("&offset=10")
    assert "next" not in bounded.get("/plain?limit=5&offset=10").links


def test_pages_by_offset_have_links_too(server):
    answer = server.get("/t?select=id&limit=5&offset=20&order=id")
    assert answer.headers["Content-Range"] == "20-24/*"
    following = server.get(answer.links["next"]["url"])
    assert (following.json()[0]["id"], following.headers["Content-Range"]) == (26, "25-29/*")
    assert [row["id"] for row in server.get(answer.links["prev"]["url"]).json()] == [16, 17, 18, 19, 20]


def test_counts_are_of_all_pages(server):
    link = server.get("/t?limit=30&order=day").links["next"]["url"]
    answer = server.get(link, headers={"Prefer": "count=exact"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (206, "30-59/100")


def test_rows_that_come_and_go_do_not_move_the_page(server, bare_pg):
    link = server.get("/t?select=id&limit=10&order=id.desc").links["next"]["url"]
    bare_pg.sql("insert into api.t values (1000, now(), 1, 'new'); delete from api.t where id = 91", database="pages")
    try:
        assert [row["id"] for row in server.get(link).json()] == list(range(90, 80, -1))
    finally:
        bare_pg.sql("delete from api.t where id = 1000; insert into api.t values (91, '2026-01-02', 1, null, array['x'], 45)",
                    database="pages")


def test_tokens_are_proof_against_tampering(server):
    link = server.get("/t?limit=10&order=day").links["next"]["url"]
    token = link.split("after=")[1]
    bad = [token[:-1], token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), "A" + token[1:] if token[0] != "A" else "B" + token[1:],
           "", "x", token + "A", "A" * 2000]
    for other in bad:
        answer = server.get(f"/t?limit=10&order=day&after={other}")
        assert (answer.status_code, answer.json()["code"]) == (400, "PGRST100"), other
    for path in ("/t?limit=10&order=id", "/t?limit=10&order=day.desc", "/t?limit=10", "/deep?limit=10&order=day"):
        assert server.get(f"{path}&after={token}").status_code == 400, path
    assert server.get(f"/t?limit=10&order=day&after={token}&before={token}").status_code == 400
    assert server.get(f"/t?limit=5&order=day&after={token}").json() == server.get(link).json()[:5]


def test_tokens_of_another_server_with_the_same_secret(server, make_bobbin):
    link = server.get("/t?limit=10&order=day").links["next"]["url"]
    other = make_bobbin(database="pages", db_schemas="api", db_anon_role="writer")
    assert other.get(link).json() == server.get(link).json()
    stranger = make_bobbin(database="pages", db_schemas="api", db_anon_role="writer", jwt_secret="another secret of 32 bytes or more")
    assert stranger.get(link).status_code == 400


def test_a_column_called_after_is_a_filter(server):
    assert [row["id"] for row in server.get("/marks?after=eq.gt").json()] == [2]
    assert server.get("/marks?after=in.(eq,gt)&order=id&limit=1").links["next"]["url"].count("after=") == 2


def test_a_role_that_may_not_see_the_key(server):
    answer = server.get("/t?select=name&order=day&limit=5", role="looker")
    assert answer.status_code == 200 and answer.links["next"]["url"].endswith("&offset=5")


def test_a_token_of_a_role_that_sees_more(server):
    """Who may not read the key has another order, in which the token is no place."""
    token = server.get("/t?select=name&order=day&limit=5").links["next"]["url"].split("after=")[1]
    for way in ("after", "before"):
        answer = server.get(f"/t?select=name&order=day&limit=5&{way}={token}", role="looker")
        assert (answer.status_code, answer.json()["code"]) == (400, "PGRST100")
    assert server.get("/t?select=name&order=day&limit=5", role="looker").status_code == 200


def test_the_cost_does_not_grow_with_depth(server, bare_pg):
    """The last page reads as many rows as the first one."""
    def read():
        bare_pg.sql("select pg_stat_force_next_flush()", database="pages")
        return bare_pg.sql("select idx_tup_read, seq_tup_read from pg_stat_user_indexes i join pg_stat_user_tables t using (relid) "
                           "where t.relname = 'deep'", database="pages")[0]
    link = server.get("/deep?select=id&limit=10&offset=59000&order=id").links["next"]["url"]
    utils.wait_until(lambda: read()[0] >= 59000, 15, what="the statistics of what led there")
    bare_pg.sql("select pg_stat_reset()", database="pages")
    assert server.get(link).json()[0] == {"id": 59011}
    utils.wait_until(lambda: read()[0] > 0, 15, what="the statistics")
    assert read()[0] <= 50 and read()[1] == 0, read()
