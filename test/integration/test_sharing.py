"""Reads that share a transaction (db/group.h), through the whole program: pipelined requests arrive in one loop turn, so
that they are sure to meet. SPDX-License-Identifier: ISC"""

import json
import socket

import pytest

import attack
from utils import wait_until


def pipelined(server, paths, role=None):
    """(status, parsed body) of each request; all of them leave in one segment."""
    token = f"Authorization: Bearer {attack.token_for(role)}\r\n" if role else ""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as s:
        s.sendall("".join(f"GET /api/v1{path} HTTP/1.1\r\nHost: localhost\r\n{token}\r\n" for path in paths).encode())
        stream = s.makefile("rb")
        return [one_answer(stream) for _ in paths]


def one_answer(stream):
    status = int(stream.readline().split()[1])
    length = 0
    while (line := stream.readline()) != b"\r\n":
        name, _, value = line.decode().partition(":")
        if name.lower() == "content-length":
            length = int(value)
    return status, json.loads(stream.read(length))


def joined(server):
    return server.metrics().value("db_client_joined_total")


@pytest.fixture
def victim(scratch, bare_pg):
    attack.database(bare_pg)
    server = attack.make_victim(scratch, bare_pg)
    yield server
    assert server.stop() == 0


def test_a_page_and_rows_of_one_caller_share(bobbin):
    ids = [row["id"] for row in bobbin.get("/products?select=id&order=id&limit=12").json()]
    before = joined(bobbin)
    paths = [f"/products?select=id,sku&id=eq.{i}" for i in ids] + ["/products?select=id&order=id&limit=3"]
    answers = pipelined(bobbin, paths)
    assert [status for status, _ in answers] == [200] * 13
    assert [body[0]["id"] for _, body in answers[:12]] == ids
    assert [row["id"] for row in answers[12][1]] == ids[:3]
    wait_until(lambda: joined(bobbin) > before, what="reads that shared a transaction")


def test_a_bad_value_spoils_nobody_elses_answer(bobbin):
    ids = [row["id"] for row in bobbin.get("/products?select=id&order=id&limit=9").json()]
    paths = [f"/products?select=id&id=eq.{i}" for i in ids]
    paths[4] = "/products?select=id&id=eq.four"
    for _ in range(3):
        answers = pipelined(bobbin, paths)
        assert [status for status, _ in answers] == [200] * 4 + [400] + [200] * 4
        assert answers[4][1]["code"] == "22P02"
        assert [body[0]["id"] for status, body in answers if status == 200] == ids[:4] + ids[5:]


def test_what_changes_settings_shares_with_nobody(victim, bare_pg):
    """A view that takes another role for the rest of its transaction, between two reads of the same caller."""
    bare_pg.sql("""create or replace view api.turncoat as select 1 as id, set_config('role', 'attack_b', true) as r;
        create or replace function api.turn() returns text stable language plpgsql as
            $$begin perform set_config('request.jwt.claims', '{"role":"forged"}', true); return 'done'; end$$;
        create or replace view api.turned as select 1 as id, api.turn();
        grant select on api.turncoat, api.turned to attack_anon, attack_a; notify pgrst, 'reload schema'""", database="attacked")
    wait_until(lambda: victim.get("/turned").status_code == 200, what="the views to be known")
    for role, who in ((None, "attack_anon"), ("attack_a", "attack_a")):
        for _ in range(5):
            answers = pipelined(victim, ["/me?limit=1", "/turncoat?limit=1", "/me?limit=1", "/turned?limit=1", "/me?limit=1"], role)
            assert [status for status, _ in answers] == [200] * 5, answers
            for _, body in answers[::2]:
                assert body[0]["who"] == who and body[0]["claims"].get("role") != "forged", body


HIDDEN = """
create function api.become(text) returns boolean language plpgsql immutable as
    $$begin if current_user = 'attack_a' then perform set_config('role', 'attack_b', true); end if; return true; end$$;
create type api.mood as enum ('sad', 'glad');
create function api.same_mood(api.mood, api.mood) returns boolean language sql as $$select api.become('operator') and $1::text = $2::text$$;
create operator api.= (function = api.same_mood, leftarg = api.mood, rightarg = api.mood);
create domain api.judged as text check (api.become(value));
create function api.mood_number(api.mood) returns int language sql as $$select case when api.become('cast') then 1 end$$;
create cast (api.mood as int) with function api.mood_number(api.mood);
create function api.add_up(int, int) returns int language plpgsql immutable as $$begin perform api.become('aggregate'); return $1 + $2; end$$;
create aggregate api.total(int) (sfunc = api.add_up, stype = int, initcond = '0');
create table api.moods (id int primary key, mood api.mood, note text, n int);
insert into api.moods values (1, 'sad', 'x', 1);
create view api.totals as select api.total(n) as n from api.moods;
create table api.plain_moods (id int primary key, mood text, note text);
insert into api.plain_moods values (1, 'sad', 'x');
create table api.indexed (id int primary key, note text);
create index on api.indexed (id) where api.become('index');
create function api.field(api.plain_moods) returns boolean language sql immutable as $$select api.become('field')$$;
grant select on api.moods, api.totals, api.plain_moods, api.indexed to attack_anon, attack_a, attack_b;
notify pgrst, 'reload schema'
"""


@pytest.mark.parametrize("path", ["/moods?mood=eq.sad&limit=1", "/plain_moods?select=id,note::judged&limit=1", "/totals?limit=1",
                                  "/moods?select=id,mood::int4&limit=1", "/plain_moods?select=field&limit=1", "/indexed?limit=1",
                                  "/plain_moods?select=id,a:mood::mood,b:note::judged&id=eq.1"])
def test_code_that_no_text_names_shares_with_nobody(victim, bare_pg, path):
    """Functions behind operators, casts, checks of domains, aggregates and indexes that take another role."""
    if not bare_pg.sql("select to_regclass('api.moods')", database="attacked")[0][0]:
        bare_pg.sql(HIDDEN, database="attacked")
    wait_until(lambda: victim.get("/indexed").status_code == 200, what="the tables to be known")
    for _ in range(5):
        answers = pipelined(victim, ["/me?limit=1", path, "/me?limit=1", path, "/me?limit=1"], "attack_a")
        assert answers[1][0] == 200, answers
        for _, body in answers[::2]:
            assert body[0]["who"] == "attack_a", body


def test_nobody_reads_anothers_rows(victim):
    """Callers take turns on many connections; each is always himself."""
    roles = ["attack_a", "attack_b", None]
    for i in range(30):
        for status, body in pipelined(victim, ["/me?limit=1"] * 8, roles[i % 3]):
            assert status == 200 and body[0]["who"] == (roles[i % 3] or "attack_anon")
