"""What the tests of attacks share: a database with something of everything, tokens, a server that is checked for damage
when its tests are over, and a client that keeps many requests in flight.

SPDX-License-Identifier: ISC
"""

import asyncio
import contextlib
import re

import requests

import utils
from utils import JWT_SECRET, make_token, wait_until

ROLES = ("attack_a", "attack_b", "attack_c")
# Freed memory may stay with malloc; a leak of a few hundred bytes a request would show beyond this.
RSS_SLACK_KB = 48 * 1024
# A sanitizer is slow and keeps freed memory for a while: how much is resident then says nothing, nor does the clock.
SANITIZED = utils.binary().exists() and re.search(rb"__(asan|tsan)_init", utils.binary().read_bytes()) is not None
# Words of our statements and of files, which no answer may show (an error of a value may quote that value).
LEAKS = re.compile(r"set_config|json_agg|jsonb_agg|row_to_json|\bLATERAL\b|/pgdata|/pgsock|base/\d+/|\.c:\d+|"
                   r"postgresql://|" + JWT_SECRET)

SQL = """
    create schema api; create schema hidden;
    create table hidden.secrets(id int primary key, word text); insert into hidden.secrets values (1, 'hidden treasure');
    create table api.items(id int primary key, name text, price numeric, doc jsonb, tags text[], big text,
                           parent int references api.items, made timestamptz default now());
    insert into api.items select i, 'item ' || i, i / 10.0, jsonb_build_object('a', i, 'b', array[i, i + 1]),
                                 array['t' || i % 7], repeat('x', 200), nullif(i / 2, 0) from generate_series(1, 5000) i;
    create table api.owned(id int primary key, owner text, note text);
    insert into api.owned select i, 'attack_' || substr('abc', i % 3 + 1, 1), 'note ' || i from generate_series(1, 300) i;
    alter table api.owned enable row level security;
    create policy own on api.owned using (owner = current_user);
    create table api.closed(id int primary key, word text); insert into api.closed values (1, 'closed treasure');
    create table api.partly(id int primary key, shown text, covered text); insert into api.partly values (1, 'a', 'covered');
    create view api.me as select 1 as id, current_user::text as who, session_user::text as login,
        current_setting('request.jwt.claims', true)::jsonb as claims,
        current_setting('transaction_read_only') as read_only, pg_backend_pid() as pid;
    create view api.sleepy as select i as id, pg_sleep(20)::text as s from generate_series(1, 1) i;
    create view api.nap as select i as id, pg_sleep(0.2)::text as s from generate_series(1, 1) i;
    create table api.written(id int);
    create function api.scribble() returns int language sql volatile security definer as
        'insert into api.written values (1) returning id';
    create view api.scribbles as select api.scribble() as id;
    create function api.fail_with(code text) returns int language plpgsql as $$
        begin raise exception 'could not open file "base/16384/2619": No space left on device' using errcode = code; end $$;
    create view api.broken_disk as select api.fail_with('58030') as id;
    create view api.broken_code as select api.fail_with('XX001') as id;
    create view api.no_space as select api.fail_with('53100') as id;
    grant usage on schema api to attack_anon, attack_a, attack_b, attack_c;
    grant select on all tables in schema api to attack_anon, attack_a, attack_b, attack_c;
    revoke all on api.closed, api.partly from attack_anon, attack_a, attack_b, attack_c;
    grant select (id, shown) on api.partly to attack_anon, attack_a;
"""


POOL = 10


def database(pg):
    """The name of the attacked database, made at the first call."""
    if not getattr(pg, "attacked", False):
        for role in ("attack_anon", *ROLES):
            pg.sql(f"create role {role} nologin; grant {role} to erp_authenticator", database="postgres")
        pg.new_database("attacked", sql=SQL)
        pg.sql("vacuum analyze", database="attacked")
        pg.attacked = True
    return "attacked"


def make_victim(scratch, pg, start=True, **config):
    """A server on the attacked database."""
    server = utils.Bobbin(scratch, pg, database=database(pg), **{
        "db_schemas": "api", "db_anon_role": "attack_anon", "db_max_rows": 1000, "db_pool": POOL,
        "timeout_half_closed": "500ms", **config})
    return server.start() if start else server


@contextlib.contextmanager
def unharmed(server):
    """The invariants that hold after every attack: the process lives and is ready, memory and descriptors are back, its
    log has no report of a sanitizer or of a failed CHECK."""
    for _ in range(50):
        server.get("/items?select=id&limit=100")
    files, rss = server.open_files(), server.rss_kb()
    yield server
    assert server.running(), f"the server ended:\n{server.log_text()[-4000:]}"
    wait_until(lambda: requests.get(server.url + "/readyz", timeout=5).status_code == 200, 10, what="readiness")
    # Connections to the database come and go by themselves; some take two.
    try:
        wait_until(lambda: server.open_files() <= files + 2 * POOL + 4, 10, what="the descriptors' end")
    except AssertionError as error:
        raise AssertionError(f"{error}: {files} before, now {server.open_kinds()}") from None
    if not SANITIZED:
        wait_until(lambda: server.rss_kb() < rss + RSS_SLACK_KB, 10, what="the memory's return")
    wait_until(lambda: server.metrics().value("memory_held_bytes") < 65536, 10, what="the end of what callers made it hold")
    assert not utils.SANITIZER_REPORT.search(server.log_text())


def harmless(answer):
    """No crash, no statement, no file name, no secret in an error answer."""
    body = answer.text
    assert answer.status_code < 500 or answer.status_code in (501, 503, 504, 505), (answer.status_code, body[:500])
    if answer.status_code >= 400:
        assert not LEAKS.search(body), body[:500]
    return answer


class Wire:
    """An HTTP connection in asyncio, as bare as can be."""

    def __init__(self, reader, writer):
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, server):
        return cls(*await asyncio.open_connection("127.0.0.1", server.port))

    def send(self, path, token=None, headers=""):
        credentials = f"Authorization: Bearer {token}\r\n" if token else ""
        self.writer.write(f"GET /api/v1{path} HTTP/1.1\r\nHost: a\r\n{credentials}{headers}\r\n".encode())

    async def answer(self):
        head = await self.reader.readuntil(b"\r\n\r\n")
        size = re.search(rb"Content-Length: (\d+)", head)
        body = b""
        if size:
            body = await self.reader.readexactly(int(size.group(1)))
        else:
            while True:
                line = await self.reader.readuntil(b"\r\n")
                piece = await self.reader.readexactly(int(line, 16) + 2)
                if len(piece) == 2:
                    break
                body += piece[:-2]
        return int(head[9:12]), body

    async def get(self, path, token=None, headers=""):
        self.send(path, token, headers)
        return await self.answer()

    def drop(self):
        self.writer.transport.abort()


def token_for(role, **claims):
    return make_token(role, **claims)
