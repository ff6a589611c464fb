"""The clients of the chaos test: each is a thread that does one kind of thing until the end. SPDX-License-Identifier: ISC

What a well-formed request must be answered with is known when it is made (class Request), so that every response can be
judged: another caller's row or claims is a bleed, anything else that is not as it must be is wrong.
"""

import collections
import json
import random
import socket
import threading
import time

import utils
from net import Closed, RawHTTP, reset

ROLES = ["chaos_a", "chaos_b", "chaos_c"]
ROWS = 2000  # of api.shifting
ANSWER_S = 60
# WARM and CALM: nobody hurts anything, so that every valid request must be served. The rest is between them.
WARM, STORM, SETTLE, CALM, END = range(5)


class Bleed(Exception):
    """Something of another caller."""


class Wrong(Exception):
    """Not what was asked for."""


class Caller:
    """A role and a subject; `sub` is the key of rows that nobody else may see."""

    def __init__(self, number):
        self.role, self.sub = ROLES[number % len(ROLES)], str(number // len(ROLES) % 40 + 1)
        self.claims = {"role": self.role, "sub": self.sub, "exp": int(time.time()) + 86400, "number": number}
        self.head = f"Host: a\r\nAuthorization: Bearer {utils.make_token(**self.claims)}\r\n"

    def check_claims(self, seen):
        if (seen["role"], seen["claims"]) != (self.role, self.claims):
            raise Bleed(f"{self.claims} was told {seen}")

    def check_rows(self, rows):
        for row in rows:
            if (row["owner"], row["sub"]) != (self.role, self.sub):
                raise Bleed(f"{self.claims} was shown {row}")


class Request:
    """The bytes of a request, and what judges the parsed body of a 2xx response. `changing`: it is about what the DDL storm
    changes, so that 4xx are answers too while it blows."""

    def __init__(self, caller, method, path, judge, body=None, headers="", changing=False):
        content = b"" if body is None else json.dumps(body).encode()
        typed = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n" if body is not None else ""
        self.name = f"{method} {path.split('?')[0]}"
        self.data = f"{method} /api/v1{path} HTTP/1.1\r\n{caller.head}{headers}{typed}\r\n".encode() + content
        self.judge, self.changing = judge, changing


class Maker:
    """Valid requests of one caller, at random."""

    def __init__(self, caller, chance, name):
        self.caller, self.chance, self.name, self.number = caller, chance, name, 0

    def nonce(self):
        self.number += 1
        return f"{self.name}-{self.number}"

    def read(self):
        return self.chance.choice([self.who, self.who_by_get, self.me, self.my_page, self.my_row, self.my_list, self.my_marks,
                                   self.shifted_row, self.shifted_value, self.shown])()

    def who(self):
        nonce = self.nonce()
        return Request(self.caller, "POST", "/rpc/who", lambda body: self.check_who(body, nonce), {"nonce": nonce})

    def who_by_get(self):
        nonce = self.nonce()
        return Request(self.caller, "GET", f"/rpc/who_stable?nonce={nonce}", lambda body: self.check_who(body, nonce))

    def check_who(self, body, nonce):
        if body["nonce"] != nonce:
            raise Bleed(f"{nonce} got the response to {body['nonce']}")
        self.caller.check_claims(body)

    def me(self):
        def judge(body):
            if len(body) != 1:
                raise Wrong(body)
            self.caller.check_claims(body[0])
        return Request(self.caller, "GET", "/me?id=eq.1", judge)

    def my_page(self):
        start, size = self.chance.randrange(20000), self.chance.choice([1, 5, 20])

        def judge(rows):
            self.caller.check_rows(rows)
            ids = [row["id"] for row in rows]
            if ids != sorted(ids) or len(ids) != size or ids[0] <= start:
                raise Wrong(f"a page of {size} above {start}: {ids}")
        return Request(self.caller, "GET", f"/owned?id=gt.{start}&order=id&limit={size}", judge)

    def my_row(self):
        """Of whomever it is; only the owner sees it."""
        key = self.chance.randint(1, 24000)
        mine = (ROLES[key % 3], str(key // 3 % 40 + 1)) == (self.caller.role, self.caller.sub)

        def judge(rows):
            self.caller.check_rows(rows)
            if [row["id"] for row in rows] != [key] * mine:
                raise Wrong(f"{key}: {rows}")
        return Request(self.caller, "GET", f"/owned?id=eq.{key}", judge)

    def my_list(self):
        """Without a limit, counted."""
        def judge(rows):
            self.caller.check_rows(rows)
            if len(rows) < 200:
                raise Wrong(f"{len(rows)} rows of 200")
        return Request(self.caller, "GET", "/owned?select=id,owner,sub", judge, headers="Prefer: count=exact\r\n")

    def my_marks(self):
        def judge(rows):
            self.caller.check_rows(rows)
            for row in rows:
                if any(mark["owned_id"] != row["id"] for mark in row["marks"]):
                    raise Wrong(row)
        return Request(self.caller, "GET", "/owned?select=id,owner,sub,marks(id,owned_id)&order=id&limit=10", judge)

    def shifted(self, path, key):
        def judge(rows):
            if len(rows) != 1 or int(rows[0]["id"]) != key or int(rows[0]["v"]) != 3 * key:
                raise Wrong(f"{path}: {rows}")
        return Request(self.caller, "GET", path, judge, changing=True)

    def shifted_row(self):
        key = self.chance.randint(1, ROWS)
        return self.shifted(f"/shifting?id=eq.{key}" + self.chance.choice(["", "&select=id,v", "&limit=1"]), key)

    def shifted_value(self):
        key = self.chance.randint(1, ROWS)
        return self.shifted(f"/shifting?select=v,id&v=eq.{3 * key}", key)

    def shown(self):
        key = self.chance.randint(1, ROWS)
        return self.shifted(f"/shown?id=eq.{key}", key)

    def insert(self):
        """(key, note, request): a key of the caller's own."""
        key, note = self.chance.randrange(10 ** 6, 2 ** 53), self.nonce() * self.chance.choice([1, 1, 200])

        def judge(rows):
            self.caller.check_rows(rows)
            if [(row["id"], row["note"]) for row in rows] != [(key, note)]:
                raise Wrong(f"insert of {key}: {rows}")
        return key, note, Request(self.caller, "POST", "/owned", judge, {"id": key, "note": note}, "Prefer: return=representation\r\n")

    def update(self):
        """Of rows that were there from the start; only the caller's own are touched."""
        start, note = self.chance.randrange(24000), self.nonce()

        def judge(rows):
            self.caller.check_rows(rows)
            if any(row["note"] != note for row in rows):
                raise Wrong(f"update to {note}: {rows}")
        return Request(self.caller, "PATCH", f"/owned?id=gt.{start}&id=lt.{min(start + 300, 24001)}", judge, {"note": note},
                       "Prefer: return=representation\r\n")


class Tally:
    """What a process's clients met, under one lock."""

    def __init__(self):
        self.lock = threading.Lock()
        self.statuses = collections.Counter()    # (phase, name of the request, status and code)
        self.faults = collections.Counter()      # (kind of fault, short text)
        self.examples = {}                       # of each kind of fault, the first
        self.inserts = []                        # (key, role, sub, note, acknowledged)

    def status(self, phase, name, what):
        with self.lock:
            self.statuses[phase, name, what] += 1

    def fault(self, kind, short, detail):
        with self.lock:
            self.faults[kind, short] += 1
            self.examples.setdefault((kind, short), str(detail)[:600])


class Client:
    """What all have in common: a connection that is made again when it was lost, and the judgement of a response."""

    def __init__(self, number, port, seed, phase, tally):
        self.name = f"{type(self).__name__.lower()}-{number}"
        self.port, self.phase, self.tally = port, phase, tally
        self.chance = random.Random(f"{seed}-{self.name}")
        self.caller = Caller(number)
        self.make = Maker(self.caller, self.chance, self.name)
        self.wire = None

    def run(self):
        while self.phase.value != END:
            try:
                self.turn()
            except (OSError, Closed):
                self.leave()
            except Exception as error:  # a mistake of ours must not end as one client less
                self.tally.fault("broken client", self.name, repr(error))
                self.leave()
            time.sleep(self.chance.uniform(0, 0.02))
        self.leave()

    def turn(self):
        """One thing that this client does."""
        raise NotImplementedError

    def connect(self):
        if self.wire is None:
            self.wire = RawHTTP(self.port, timeout=ANSWER_S)
        return self.wire

    def leave(self):
        if self.wire is not None:
            self.wire.close()
        self.wire = None

    def ask(self, request):
        """Sends and judges; the status, None when there was no response."""
        asked_in = self.phase.value
        try:
            self.connect().send(request.data)
            return self.judge(request, self.connect().response(), asked_in)
        except (OSError, Closed) as error:
            self.lost(request, asked_in, error)
            return None

    def lost(self, request, asked_in, error):
        """Nothing that we do to database or server ends a connection of a client that behaves, or keeps it waiting."""
        self.tally.fault("no response", request.name, f"phase {asked_in}: {error!r:.300}")
        self.leave()

    def judge(self, request, response, asked_in):
        what = describe(response)
        self.tally.status(asked_in, request.name, what)
        if response.status < 300:
            self.judge_body(request, response)
        elif asked_in == self.phase.value and asked_in in (WARM, CALM):
            self.tally.fault("refused in peace", f"{request.name} {what}", example(request, response))
        elif not (is_try_again(response) or request.changing and response.status < 500):
            self.tally.fault("unexpected status", f"{request.name} {what}", example(request, response))
        if (response.header("Connection") or "").lower() == "close":
            self.leave()
        return response.status

    def judge_body(self, request, response):
        try:
            request.judge(json.loads(response.body))
        except Bleed as error:
            self.tally.fault("bleed", request.name, error)
        except Exception as error:  # whatever a body may look like that is not the right one
            self.tally.fault("wrong response", request.name, f"{error!r:.300} {example(request, response)}")


def describe(response):
    """"200", "503 PGRST001"."""
    if response.status < 400:
        return str(response.status)
    try:
        return f"{response.status} {json.loads(response.body)['code']}"
    except (ValueError, KeyError, TypeError):
        return str(response.status)


def example(request, response):
    return f"{request.data.split(maxsplit=2)[1].decode()} {response.body[:300]} {response.headers}"


def is_try_again(response):
    return response.status == 503 and response.header("Retry-After") is not None


class Reader(Client):
    def turn(self):
        self.ask(self.make.read())


class Writer(Client):
    def turn(self):
        if self.chance.random() < 0.5:
            self.ask(self.make.update())
            return
        key, note, request = self.make.insert()
        status = self.ask(request)
        with self.tally.lock:
            self.tally.inserts.append((key, self.caller.role, self.caller.sub, note, status == 201))


class Pipeliner(Client):
    """Requests in one go; responses come in order, or the nonces and keys in them say so."""

    def turn(self):
        requests = [self.make.read() for _ in range(self.chance.randint(2, 24))]
        asked_in, request = self.phase.value, requests[0]
        try:
            wire = self.connect()
            wire.send(b"".join(request.data for request in requests))
            for request in requests:
                self.judge(request, wire.response(), asked_in)
        except (OSError, Closed) as error:
            self.lost(request, asked_in, error)


class Leaver(Client):
    """Goes at any moment: within the request, before the response, within it."""

    def turn(self):
        request = self.chance.choice([self.make.read, self.make.update, lambda: self.make.insert()[2]])()
        wire = self.connect()
        data = request.data * self.chance.choice([1, 1, 5])
        wire.send(data[:self.chance.choice([len(data), self.chance.randint(1, len(data))])])
        if self.chance.random() < 0.5:
            wire.sock.settimeout(0.05)
            try:
                wire.sock.recv(self.chance.randint(1, 2000))
            except OSError:
                pass
        if self.chance.random() < 0.5:
            reset(wire.sock)
        self.leave()
        self.tally.status(self.phase.value, "leaver", "left")


class HalfCloser(Client):
    """Says that there will be no more, and waits. The right response, or none."""

    def turn(self):
        request = self.make.read()
        asked_in = self.phase.value
        wire = self.connect()
        wire.send(request.data)
        wire.sock.shutdown(socket.SHUT_WR)
        try:
            self.judge(request, wire.response(), asked_in)
        except Closed:
            self.tally.status(asked_in, "half-closed", "no response")
        self.leave()


class Flipper(Client):
    """Valid requests with some bits wrong: any refusal will do, but none that is our fault, and never somebody else's row."""

    def turn(self):
        data = bytearray(self.chance.choice([self.make.read, self.make.update])().data)
        for _ in range(self.chance.randint(1, 4)):
            data[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
        wire = self.connect()
        wire.send(bytes(data))
        wire.sock.settimeout(0.3)
        try:
            self.judge_flipped(bytes(data), wire.response())
        except (OSError, Closed):
            self.tally.status(self.phase.value, "flipped", "no response")  # it waits for more, or has closed
        self.leave()

    def judge_flipped(self, data, response):
        self.tally.status(self.phase.value, "flipped", str(response.status))
        if response.status >= 500 and response.status not in (501, 505) and not is_try_again(response):
            self.tally.fault("unexpected status", f"flipped {describe(response)}", f"{data!r} {response}")
        if response.status == 200:
            body = json.loads(response.body)
            for row in body if isinstance(body, list) else [body]:
                if isinstance(row, dict) and row.get("owner", self.caller.role) != self.caller.role:
                    self.tally.fault("bleed", "flipped", f"{data!r} {response}")


class SlowReader(Client):
    """Takes megabytes at 200 kB/s, for a few seconds."""

    def turn(self):
        wire = self.connect()
        wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        wire.send(Request(self.caller, "GET", "/large", None).data)
        for _ in range(self.chance.randint(1, 100)):
            if not wire.sock.recv(10_000) or self.phase.value == END:
                break
            time.sleep(0.05)
        self.tally.status(self.phase.value, "slow reader", "left")
        self.leave()


# One process's clients; there are several processes.
TEAM = [Reader, Reader, Writer, Pipeliner, Leaver, HalfCloser, Flipper, SlowReader]


def main(pipe, port, seed, phase, number):
    """A process with a team; sends its Tally as a dictionary when the phase has come to its END."""
    tally = Tally()
    clients = [kind(number * len(TEAM) + n, port, seed, phase, tally) for n, kind in enumerate(TEAM)]
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send({"statuses": tally.statuses, "faults": tally.faults, "examples": tally.examples, "inserts": tally.inserts})
