"""Sixteen well-behaved clients in a process of their own, for bench abuse. SPDX-License-Identifier: ISC

An open loop: each client has a keep-alive connection and a timetable that no response can delay. A request that was due
while the one before it was still waiting counts from when it was due; one that only this process sent late counts from
when it was sent, because that delay is ours.
"""

import asyncio
import collections
import contextlib
import hashlib
import math
import os
import random
import time

from attack import Wire

CLIENTS = 16
ITEMS, COUNTERS = 100_000, 1_600
TIMEOUT_S = 15


def rows_of_items(first, count):
    """The exact body of these rows; bench/abuse.py makes the table."""
    rows = (f'{{"id":{i},"v":"{hashlib.md5(str(i).encode()).hexdigest()}"}}' for i in range(first, first + count))
    return f"[{','.join(rows)}]".encode()


def row_by_key(chance, _):
    key = chance.randint(1, ITEMS)
    return "GET", f"/items?select=id,v&id=eq.{key}", b"", rows_of_items(key, 1)


def page_of_20(chance, _):
    key = chance.randint(0, ITEMS - 20)
    return "GET", f"/items?select=id,v&id=gt.{key}&order=id&limit=20", b"", rows_of_items(key + 1, 20)


def write_by_key(chance, client):
    """Every client has rows of its own, so that honest clients do not wait for each other's locks."""
    key, n = chance.randrange(COUNTERS // CLIENTS) * CLIENTS + client + 1, chance.randrange(10 ** 6)
    return "PATCH", f"/counters?select=id,n&id=eq.{key}", b'{"n":%d}' % n, b'[{"id":%d,"n":%d}]' % (key, n)


def short_list(*_):
    """Ten rows of a table that has no more, so that no limit is asked for."""
    return "GET", "/short", b"", rows_of_items(1, 10)


MIX = [row_by_key, row_by_key, page_of_20, short_list, write_by_key]


class Client:
    def __init__(self, number, port, tokens, token_lasts, measured):
        self.number, self.port, self.measured = number, port, measured
        self.tokens, self.token_lasts = tokens, token_lasts
        self.chance = random.Random(number)
        self.wire = None

    async def connect(self):
        self.wire = Wire(*await asyncio.open_connection("127.0.0.1", self.port))

    async def exchange(self, method, path, body, token):
        if self.wire is None:
            await self.connect()
        self.wire.writer.write(f"{method} /api/v1{path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
                               "Prefer: return=representation\r\nContent-Type: application/json\r\n"
                               f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        return await self.wire.answer()

    async def outcome(self, method, path, body, expected, token):
        """"ok", or why not."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                status, answer = await self.exchange(method, path, body, token)
            return str(status) if status != 200 else "ok" if answer == expected else "wrong body"
        except TimeoutError:
            reason = "timeout"
        except (OSError, asyncio.IncompleteReadError):
            reason = "closed"
        if self.wire is not None:
            self.wire.drop()
        self.wire = None
        return reason

    def token_of(self, n):
        """Clients change their tokens one after the other."""
        return self.tokens[(n + self.number * self.token_lasts // CLIENTS) // self.token_lasts % len(self.tokens)]

    async def run(self, start, seconds, interval):
        for n in range(int(seconds / interval)):
            due = start + interval * (n + self.number / CLIENTS)
            began = due
            if time.monotonic() < due:
                await asyncio.sleep(due - time.monotonic())
                began = time.monotonic()
            elif time.monotonic() > start + seconds:
                self.measured.latencies.append(start + seconds - due)  # stuck behind a request that took until the end
                continue
            request = self.chance.choice(MIX)(self.chance, self.number)
            result = await self.outcome(*request, self.token_of(n))
            self.measured.latencies.append(time.monotonic() - began)
            if result != "ok":
                self.measured.failures[result] += 1


class Measured:
    """What the clients met: seconds of each request, failures by status or reason."""

    def __init__(self):
        self.latencies, self.failures = [], collections.Counter()

    def ms(self, quantile):
        ordered = sorted(self.latencies) or [math.inf]
        return ordered[min(int(len(ordered) * quantile), len(ordered) - 1)] * 1000


async def run_clients(pipe, port, tokens, token_lasts, rate, seconds):
    measured = Measured()
    share = len(tokens) // CLIENTS
    clients = [Client(n, port, tokens[n * share:(n + 1) * share], token_lasts, measured) for n in range(CLIENTS)]
    for client in clients:
        await client.connect()
    pipe.send("connected")
    await asyncio.get_running_loop().run_in_executor(None, pipe.recv)
    start = time.monotonic() + 0.05
    await asyncio.gather(*(client.run(start, seconds, CLIENTS / rate) for client in clients))
    return measured


def main(pipe, *arguments):
    """In its own process: says "connected", waits for a word, measures, sends a Measured. It goes before all others where
    that is allowed, since it is the watch."""
    with contextlib.suppress(PermissionError):
        os.nice(-10)
    pipe.send(asyncio.run(run_clients(pipe, *arguments)))
