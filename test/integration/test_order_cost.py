"""The order that lists get costs nothing: a key is added only where an index gives the whole order (query/key_order.h). Shown by
PostgreSQL's plans of the statements themselves, over a table of 200,000 rows whose newest hundredth is open.
SPDX-License-Identifier: ISC"""

import pytest
import utils

SCHEMA = """
create schema api;
create table api.big (id int primary key, status text not null, customer int not null, day date, note text);
insert into api.big select n, case when n > 198000 then 'open' else 'done' end, n % 5000, '2026-01-01'::date - n % 900,
    repeat('x', 20) from generate_series(1, 200000) n;
create index big_status on api.big (status);
create index big_customer on api.big (customer, id);
create index big_day on api.big (day desc nulls last, id desc);
create table api.owned (id int primary key, owner text not null, note text);
insert into api.owned select n, case when n > 199990 then 'me' else 'you' end, 'x' from generate_series(1, 200000) n;
create index owned_owner on api.owned (owner);
create view api.view_of_big as select id, status, note from api.big;
create function api.all_big() returns setof api.big stable language sql as 'select * from api.big';
vacuum analyze;
do $$ begin create role order_reader nologin; exception when duplicate_object then null; end $$;
do $$ begin create role order_clerk nologin; exception when duplicate_object then null; end $$;
grant order_reader, order_clerk to erp_authenticator;
grant usage on schema api to order_reader, order_clerk;
grant select on all tables in schema api to order_reader;
grant select (note) on api.big to order_clerk;
alter table api.owned enable row level security;
create policy mine on api.owned using (owner = 'me');
"""


@pytest.fixture(scope="module")
def server(scratch, bare_pg):
    bare_pg.new_database("ordered", sql=SCHEMA.replace("vacuum analyze;", ""))
    bare_pg.psql("-c", "vacuum analyze", database="ordered")
    server = utils.Bobbin(scratch, bare_pg, database="ordered", db_schemas="api", db_anon_role="order_reader",
                          db_plan_enabled=True)
    try:
        yield server.start()
    finally:
        server.stop()


def nodes(server, path):
    """Node types of the statement's plan with the index that each reads, from above: ["Limit", "Index Scan big_pkey"]."""
    answer = server.get(path, headers={"Accept": "application/vnd.pgrst.plan+json"})
    assert answer.status_code == 200, answer.text
    found = []

    def walk(node):
        found.append(" ".join(filter(None, (node["Node Type"], node.get("Index Name")))))
        for child in node.get("Plans", []):
            walk(child)
    walk(answer.json()[0]["Plan"])
    return found


def indexes(found):
    return [n.split()[-1] for n in found if "Index" in n and "Bitmap Heap" not in n]


@pytest.mark.parametrize("path, index", [
    ("/big?limit=20", "big_pkey"),
    ("/big?id=gt.1000&limit=20", "big_pkey"),
    ("/big?status=eq.open&limit=20", "big_status"),
    ("/big?order=status&limit=20", "big_status"),
    ("/big?order=status.desc&limit=20", "big_status"),
    ("/big?customer=eq.7&limit=20", "big_customer"),
    ("/big?customer=eq.7&order=id.desc&limit=20", "big_customer"),
    ("/big?order=customer&limit=20", "big_customer"),
    ("/big?order=day.desc.nullslast&limit=20", "big_day"),
    ("/big?order=day.nullsfirst&day=gte.2025-01-01&limit=20", "big_day"),
])
def test_an_index_gives_the_order(server, path, index):
    found = nodes(server, path)
    assert not any("Sort" in n or n.startswith("Seq Scan") for n in found), found
    assert indexes(found) == [index], found


def test_no_order_of_ours_where_it_would_cost(server):
    """As the client asked: no key, hence no sort that the client did not ask for."""
    for path in ("/big?note=like.*y*&limit=20", "/big?status=eq.open&customer=eq.7&limit=20", "/view_of_big?limit=20",
                 "/big?status=in.(open,new)&limit=20"):
        found = nodes(server, path)
        assert not any("Sort" in n or "big_pkey" in n for n in found), (path, found)
    assert sum("Sort" in n for n in nodes(server, "/big?order=note&limit=20")) <= 1


def test_a_policy_is_a_filter(server):
    found = nodes(server, "/owned?limit=20")
    assert indexes(found) == ["owned_owner"] and not any("Sort" in n for n in found), found


def test_only_columns_that_the_role_may_read(server):
    for path in ("/big?select=note&limit=2", "/big?limit=2", "/big?select=note&order=note&limit=2", "/big?select=note&offset=5&limit=2"):
        answer = server.get(path, role="order_clerk")
        assert answer.status_code in (200, 206) and len(answer.json()) == 2, answer.text
        assert "offset=" in answer.links["next"]["url"]
    assert server.get("/big?select=note&order=id&limit=2", role="order_clerk").json()["code"] == "42501"


@pytest.mark.parametrize("path", ["/big?status=eq.open&limit=400", "/view_of_big?status=eq.open&limit=400&order=note,id",
                                  "/rpc/all_big?status=eq.open&limit=400&order=id", "/big?customer=lt.20&select=id&order=note,id&limit=100"])
def test_pages_by_offset_lose_no_rows(server, path):
    whole = sorted(row["id"] for row in server.get(path.replace("limit=400", "").replace("limit=100", "")).json())
    seen, url, offset = [], path, 0
    while url:
        answer = server.get(url)
        rows = answer.json()
        seen += [row["id"] for row in rows]
        offset += len(rows)
        url = answer.links.get("next", {}).get("url") if "/rpc/" not in path else (f"{path}&offset={offset}" if rows else None)
    assert sorted(seen) == whole and len(whole) in (2000, 800)


def test_links_by_offset_go_there_and_back(server):
    first = server.get("/big?select=id&order=status&limit=10&offset=5")
    assert first.links["prev"]["url"].endswith("&offset=0") and first.links["next"]["url"].endswith("&offset=15")
    following = server.get(first.links["next"]["url"])
    assert following.headers["Content-Range"] == "15-24/*" and following.links["prev"]["url"].endswith("&offset=5")


def test_a_token_of_another_list_is_refused(server):
    """The order= is the same, the order is not: a key was added to one of them only."""
    token = server.get("/big?limit=5&select=id").links["next"]["url"].split("after=")[1]
    assert server.get(f"/big?limit=5&customer=eq.7&select=id&after={token}").status_code == 200
    assert server.get(f"/big?limit=5&status=eq.open&after={token}").status_code == 400
    token = server.get("/big?order=customer&limit=5").links["next"]["url"].split("after=")[1]
    assert server.get(f"/big?order=customer&limit=5&note=eq.x&after={token}").status_code == 400


def test_tokens_of_a_list_within_a_filter(server):
    whole = server.get("/big?select=id&customer=eq.7&limit=100").json()
    pages, url = [], "/big?select=id&customer=eq.7&limit=7"
    while url:
        answer = server.get(url)
        pages += answer.json()
        url = answer.links.get("next", {}).get("url")
        assert url is None or "after=" in url
    assert pages == whole and len(whole) == 40
