"""The Prefer header row by row (dialect 1.7), and how transactions end (db-tx-end, dialect 1.10). SPDX-License-Identifier: ISC"""

import pytest
import utils

SCHEMA = """
create schema api;
create table api.moments (id int primary key, at timestamptz not null, name text default 'n');
insert into api.moments values (1, '2024-01-15 12:00:00+00'), (2, '2024-07-15 12:00:00.5+00');
create function api.zone() returns text stable language sql as $$ select current_setting('timezone') $$;
create table api.pairs (id int primary key, other int references api.pairs deferrable initially deferred);
do $$ begin create role prefer_anon nologin; exception when duplicate_object then null; end $$;
grant prefer_anon to erp_authenticator;
grant usage on schema api to prefer_anon;
grant all on all tables in schema api to prefer_anon;
"""


@pytest.fixture(scope="module")
def servers(scratch, bare_pg):
    """One for each way in which transactions end."""
    bare_pg.new_database("prefer", sql=SCHEMA)
    started = {}

    def get(end):
        if end not in started:
            started[end] = utils.Bobbin(scratch, bare_pg, database="prefer", db_schemas="api", db_anon_role="prefer_anon",
                                        db_tx_end=end)
            started[end].start()
        return started[end]
    yield get
    for server in started.values():
        server.stop()


@pytest.fixture
def server(servers):
    return servers("commit-allow-override")


@pytest.fixture
def ids(bare_pg):
    yield lambda: [row[0] for row in bare_pg.sql("select id from api.moments order by id", database="prefer")]
    bare_pg.sql("delete from api.moments where id > 2; delete from api.pairs", database="prefer")


def prefer(*values):
    return {"headers": {"Prefer": ", ".join(values)}}


@pytest.mark.parametrize("zone, shown", [
    ("UTC", "2024-01-15T12:00:00+00:00"), ("America/Los_Angeles", "2024-01-15T04:00:00-08:00"),
    ("Asia/Kathmandu", "2024-01-15T17:45:00+05:45"), ("Pacific/Chatham", "2024-01-16T01:45:00+13:45"),
    ("-05", "2024-01-15T07:00:00-05:00"), ("+3.5", "2024-01-15T15:30:00+03:30"), ("europe/paris", "2024-01-15T13:00:00+01:00")])
def test_timezone(server, bare_pg, zone, shown):
    """As PostgreSQL's own to_json() shows it, streamed or not, and for one transaction only."""
    header = prefer(f"timezone={zone}")
    expected = bare_pg.sql(f"set timezone to '{zone}'; select to_json(at) #>> '{{}}' from api.moments where id = 1",
                           database="prefer")[0][0]
    assert expected == shown
    for path in ("/moments?id=eq.1", "/moments?order=id"):
        answer = server.get(path, **header)
        assert answer.json()[0]["at"] == shown
        assert answer.headers["Preference-Applied"] == f"timezone={zone}"
    answer = server.patch("/moments?id=eq.1", json={"name": "n"}, **prefer(f"timezone={zone}", "return=representation"))
    assert answer.json()[0]["at"] == shown
    assert answer.headers["Preference-Applied"] == f"return=representation, timezone={zone}"
    assert server.get("/moments?id=eq.1").json()[0]["at"] == "2024-01-15T12:00:00+00:00"


def test_timezone_of_functions_and_filters(server):
    assert server.post("/rpc/zone", **prefer("timezone=Asia/Tokyo")).json() == "Asia/Tokyo"
    assert server.post("/rpc/zone").json() == "UTC"
    path = "/moments?at=eq.2024-01-15%2021:00:00&select=id"
    assert server.get(path, **prefer("timezone=Asia/Tokyo")).json() == [{"id": 1}]
    assert server.get(path).json() == []


@pytest.mark.parametrize("handling", ["handling=strict", "handling=lenient", None])
@pytest.mark.parametrize("method, path", [("GET", "/moments?id=eq.1"), ("GET", "/moments"), ("POST", "/rpc/zone"),
                                          ("PATCH", "/moments?id=eq.1")])
def test_invalid_timezone_is_always_400(server, handling, method, path):
    for zone in ("Nowhere/Land", "x", "'; drop table api.moments; --", "a" * 300):
        wanted = prefer(*([handling] if handling else []), f"timezone={zone}")
        answer = server.request(method, path, json={} if method != "GET" else None, **wanted)
        assert (answer.status_code, answer.json()["code"]) == (400, "22023"), answer.text
        assert "Preference-Applied" not in answer.headers


def test_strict_with_unknown_preferences(server, ids):
    answer = server.post("/moments", json={"id": 9, "at": "now"}, **prefer("handling=strict", "anything", "return=nothing",
                                                                          "max-affected=x", "foo=bar"))
    assert answer.status_code == 400
    assert answer.json() == {"code": "PGRST122", "message": "Invalid preferences given with handling=strict",
                             "details": "Invalid preferences: anything, return=nothing, max-affected=x, foo=bar", "hint": None}
    assert ids() == [1, 2]
    for handling in ("handling=lenient", "count=exact"):
        assert server.get("/moments", **prefer(handling, "anything", "foo=bar")).status_code == 200


def test_preference_applied_in_order(server, ids):
    everything = prefer("timezone=UTC", "max-affected=5", "handling=strict", "tx=commit", "count=exact", "return=representation",
                        "missing=default", "resolution=merge-duplicates")
    answer = server.post("/moments", json={"id": 3, "at": "2024-01-01"}, **everything)
    assert answer.headers["Preference-Applied"] == (
        "resolution=merge-duplicates, missing=default, return=representation, count=exact, tx=commit, handling=strict, timezone=UTC")
    answer = server.patch("/moments?id=eq.3", json={"name": "x"}, **everything)
    assert answer.headers["Preference-Applied"] == (
        "missing=default, return=representation, count=exact, tx=commit, handling=strict, timezone=UTC, max-affected=5")
    answer = server.delete("/moments?id=eq.3", **everything)
    assert answer.headers["Preference-Applied"] == (
        "return=representation, count=exact, tx=commit, handling=strict, timezone=UTC, max-affected=5")
    answer = server.get("/moments", **everything)
    assert answer.headers["Preference-Applied"] == "count=exact, tx=commit, handling=strict, timezone=UTC"
    assert "Preference-Applied" not in server.get("/moments", **prefer("nonsense")).headers


def test_max_affected_only_counts_when_strict(server, ids):
    answer = server.delete("/moments?id=gt.2", **prefer("max-affected=5"))
    assert "Preference-Applied" not in answer.headers
    answer = server.patch("/moments", json={"name": "y"}, **prefer("max-affected=1", "handling=lenient"))
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (204, "handling=lenient")


def test_the_first_value_wins_over_several_headers(server):
    with server.raw() as c:
        answer = c.get("/api/v1/moments?limit=1", "Prefer: timezone=Asia/Tokyo, count=exact", "Prefer: timezone=UTC, count=planned")
        assert answer.header("Preference-Applied") == "count=exact, timezone=Asia/Tokyo"


@pytest.mark.parametrize("end, preference, kept, applied", [
    ("commit", None, True, None), ("commit", "tx=rollback", True, None), ("commit-allow-override", None, True, None),
    ("commit-allow-override", "tx=rollback", False, "tx=rollback"), ("commit-allow-override", "tx=commit", True, "tx=commit"),
    ("rollback", None, False, None), ("rollback", "tx=commit", False, None), ("rollback-allow-override", None, False, None),
    ("rollback-allow-override", "tx=commit", True, "tx=commit"), ("rollback-allow-override", "tx=rollback", False, "tx=rollback")])
def test_how_transactions_end(servers, ids, end, preference, kept, applied):
    header = prefer(*([preference] if preference else []), "return=representation")
    answer = servers(end).post("/moments?select=id", json={"id": 7, "at": "2024-01-01"}, **header)
    assert (answer.status_code, answer.json()) == (201, [{"id": 7}])
    assert answer.headers["Preference-Applied"] == ("return=representation" + (", " + applied if applied else ""))
    assert (7 in ids()) == kept


def test_deferred_constraints_are_looked_at_before_the_rollback(servers, ids):
    for end, header in (("rollback", {}), ("commit-allow-override", prefer("tx=rollback")), ("commit", {})):
        answer = servers(end).post("/pairs", json={"id": 1, "other": 99}, **header)
        assert (answer.status_code, answer.json()["code"]) == (409, "23503")
        answer = servers(end).post("/pairs", json=[{"id": 2, "other": 3}, {"id": 3, "other": 2}], **header)
        assert answer.status_code == 201
