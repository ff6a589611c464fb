"""What is done to database and server while the chaos test's clients work. SPDX-License-Identifier: ISC

Each storm is a thread with a random sequence of its own; what it did is counted. What clients ask for stays the same in
meaning throughout (schema.sql): columns that a request does not name come and go, types change and values do not.
"""

import collections
import contextlib
import random
import signal
import threading

import psycopg

TYPES = ["int", "bigint", "numeric", "text", "int"]
# A lock that is not free soon would hold up all readers behind it.
LOCK_TIMEOUT = "set lock_timeout = '300ms'"


class Storm(threading.Thread):
    """Blows at random moments, `pause` seconds apart on average, until it is ended."""

    pause = 0.5

    def __init__(self, pg, server, database, seed):
        super().__init__(name=type(self).__name__)
        self.pg, self.server, self.database = pg, server, database
        self.chance = random.Random(f"{seed}-{self.name}")
        self.counts, self.ended = collections.Counter(), threading.Event()
        self.failure = None

    def run(self):
        try:
            while not self.ended.wait(self.chance.uniform(0, 2 * self.pause)):
                self.blow()
        except Exception as error:  # shown at the end; the test must not end well without its storm
            self.failure = error

    def blow(self):
        raise NotImplementedError

    def end(self):
        self.ended.set()
        self.join()


class Reloads(Storm):
    """Of the configuration, some settings of which change each time."""

    def blow(self):
        self.server.set(response_buffer=self.chance.choice(["16kB", "256kB"]), limit_pipeline=self.chance.choice([4, 32]),
                        server_timing_enabled=self.chance.choice([True, False]), db_shared_group=self.chance.choice([1, 16]))
        self.server.signal(self.chance.choice([signal.SIGUSR2, signal.SIGUSR2, signal.SIGUSR1, signal.SIGHUP]))
        self.counts["reload"] += 1


class Notices(Storm):
    """Bursts of NOTIFY."""

    pause = 1

    def blow(self):
        burst = self.chance.choice([1, 1, 20, 100])
        with self.pg.connect(self.database) as connection:
            for _ in range(burst):
                connection.execute("select pg_notify('pgrst', %s)", (self.chance.choice(["reload schema", "reload config", ""]),))
        self.counts["notify"] += burst


class Changes(Storm):
    """DDL. Each is one transaction, so that nobody can see half of it; only some are told."""

    def blow(self):
        change = self.chance.choice([self.retype, self.add_and_drop, self.new_view, self.new_policy, self.new_function, self.new_table])
        statements = [LOCK_TIMEOUT, *change()]
        if self.chance.random() < 0.7:
            statements.append("notify pgrst, 'reload schema'")
        try:
            with self.pg.connect(self.database, autocommit=False) as connection:
                for statement in statements:
                    connection.execute(statement)
            self.counts[change.__name__] += 1
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            self.counts["not now"] += 1

    def retype(self):
        """The view on it goes and comes again, since a type that a view uses cannot be changed."""
        kind = self.chance.choice(TYPES)
        return ["drop view api.shown", f"alter table api.shifting alter v type {kind} using v::{kind}", *self.view("id, v::text as v")]

    def add_and_drop(self):
        return ["alter table api.shifting drop column if exists extra",
                *(["alter table api.shifting add column extra int default 7"] if self.chance.random() < 0.5 else [])]

    def new_view(self):
        columns = self.chance.choice(["id, v::text as v", "v::numeric as v, id", "id::bigint as id, v::text as v, 'more' as more"])
        return ["drop view api.shown", *self.view(columns)]

    @staticmethod
    def view(columns):
        return [f"create view api.shown as select {columns} from api.shifting",
                "grant select on api.shown to chaos_a, chaos_b, chaos_c"]

    def new_policy(self):
        return ["drop policy mine on api.owned",
                "create policy mine on api.owned using (api.is_mine(owner, sub)) with check (api.is_mine(owner, sub))"]

    def new_function(self):
        return ["create or replace function api.who_stable(nonce text) returns json language sql stable as $$ select "
                "json_build_object('nonce', nonce, 'claims', current_setting('request.jwt.claims')::json, 'role', current_user, "
                f"'version', {self.chance.randrange(1000)}) $$"]

    def new_table(self):
        name = f"api.passing_{self.chance.randrange(5)}"
        return [f"drop table if exists {name}", f"create table {name}(id int primary key, of int references api.shifting)"]


class Kills(Storm):
    """pg_terminate_backend of some connections of the server."""

    pause = 1

    def blow(self):
        with contextlib.suppress(psycopg.OperationalError):
            killed = self.pg.value("select count(pg_terminate_backend(pid)) from (select pid from pg_stat_activity where usename = "
                                   "'erp_authenticator' order by random() limit %s) as these", (self.chance.randint(1, 4),), database=self.database)
            self.counts["killed"] += killed


STORMS = [Reloads, Notices, Changes, Kills]
