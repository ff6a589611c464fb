"""The attackers of bench abuse, one of each kind. SPDX-License-Identifier: ISC

An attacker is a coroutine that misbehaves until it is cancelled and counts in `got` what it was given: statuses, or
"closed". It runs in a process of its own at the lowest priority, so that what is measured is the server's work for it, not its own.
"""

import asyncio
import collections
import contextlib
import os
import random
import resource
import secrets
import socket
import time
from dataclasses import dataclass
from typing import Callable

from attack import Wire
from test_jwt import part

SLOW_BYTES_PER_S = 20_000
SELECT_ITEMS = 500


@dataclass
class Target:
    port: int
    source: str  # the attacker's address
    got: collections.Counter

    async def connect(self, small_buffer=False):
        """A connected socket; with a small buffer the kernel does not read ahead for a reader that is slow."""
        sock = socket.socket()
        if small_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        sock.bind((self.source, 0))
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        return sock

    def count(self, head):
        self.got[head[9:12].decode() if head.startswith(b"HTTP/1.1 ") else "closed"] += 1


def request(method, path, headers="", body=b""):
    return (f"{method} /api/v1{path} HTTP/1.1\r\nHost: a\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


CLOSE = "Connection: close\r\n"
JSON_BODY = CLOSE + "Content-Type: application/json\r\n"


async def once(target, data, bytes_per_s=None):
    """One request on a connection of its own, read to its end as fast as can be or at a given rate; the bytes read."""
    loop, total, head = asyncio.get_running_loop(), 0, b""
    slow = bytes_per_s is not None
    sock = await target.connect(small_buffer=slow and bytes_per_s < 1_000_000)
    try:
        await loop.sock_sendall(sock, data)
        start, buffer = time.monotonic(), bytearray(1 << 20 if not slow else min(bytes_per_s // 10, 1 << 20))
        while True:
            count = await loop.sock_recv_into(sock, buffer)
            if not head:
                head = bytes(buffer[:12])
                target.count(head)
            if count == 0:
                return total
            total += count
            if slow:
                await asyncio.sleep(max(start + total / bytes_per_s - time.monotonic(), 0))
    finally:
        sock.close()


async def again(target, make, bytes_per_s=None):
    """once() for ever, with a request that make() gives; a moment's pause after a refusal."""
    while True:
        before = target.got["200"]
        try:
            await once(target, make(), bytes_per_s)
        except OSError:
            target.got["closed"] += 1
        if target.got["200"] == before:
            await asyncio.sleep(0.05)


async def on_one_connection(target, make):
    """Request after request on a kept connection."""
    wire = None
    while True:
        try:
            if wire is None:
                wire = Wire(*await asyncio.open_connection(sock=await target.connect()))
            wire.writer.write(make())
            status, _ = await wire.answer()
            target.got[str(status)] += 1
        except (OSError, asyncio.IncompleteReadError):
            target.got["closed"] += 1
            wire = None
            await asyncio.sleep(0.05)


def many(count, attack):
    async def run(target):
        await asyncio.gather(*(attack(target) for _ in range(count)))
    return run


async def slow_reader(target):
    await again(target, lambda: request("GET", "/big", CLOSE), SLOW_BYTES_PER_S)


async def head_of_line(target):
    columns = ["id", "a", "b", "c", "d", "e", "f", "note"]

    def search():
        random.shuffle(columns)
        return request("GET", f"/big?select={','.join(columns)}&note=ilike.*qqqq*&limit=1")
    await on_one_connection(target, search)


async def sleeping_call(target):
    await again(target, lambda: request("POST", "/rpc/sleep", JSON_BODY, b'{"seconds":60}'))


async def wide_rows(target):
    await again(target, lambda: request("GET", "/wide?limit=1000", CLOSE))


async def rows_of_a_function(target):
    await again(target, lambda: request("POST", "/rpc/rows", JSON_BODY, b'{"count":1000000}'))


async def distinct_shapes(target):
    columns = [f"c{i}" for i in range(SELECT_ITEMS)]

    def shuffled():
        random.shuffle(columns)
        return request("GET", f"/columns?select={','.join(columns)}&limit=1")
    await on_one_connection(target, shuffled)


HEAVY_BODIES = [
    request("POST", "/items", CLOSE + "Content-Type: text/csv\r\n", b"id\n" + b"\n" * 1_000_000),
    request("POST", "/items", CLOSE + "Content-Type: application/x-www-form-urlencoded\r\n", b"x&" * 500_000),
    request("POST", "/items", CLOSE + "Content-Type: application/x-www-form-urlencoded\r\nX-HTTP-Method-Override: GET\r\n",
            b"or=(" + b",".join([b"id.in.(" + b",".join([b"12345"] * 170) + b")"] * 990) + b")"),
]


async def heavy_bodies(target):
    await asyncio.gather(*(again(target, lambda body=body: body) for body in HEAVY_BODIES))


def bad_token():
    """A random signature costs as much to check as one by another key, and nothing to make."""
    claims = {"role": "member", "exp": int(time.time()) + 3600, "nonce": secrets.token_hex(8)}
    return b".".join([part({"alg": "ES256", "typ": "JWT"}), part(claims), part(b"\x01" + secrets.token_bytes(31) + b"\x01" + secrets.token_bytes(31))])


async def bad_tokens(target):
    await on_one_connection(
        target, lambda: request("GET", "/items?id=eq.1", f"Authorization: Bearer {bad_token().decode()}\r\n"))


async def connection_flood(target, connections=6000):
    """Connects as often as it may, holds what it got, drops all and begins again."""
    while True:
        held = []
        try:
            for _ in range(connections):
                try:
                    held.append(await target.connect())
                    target.got["connected"] += 1
                except OSError:
                    target.got["closed"] += 1
                    await asyncio.sleep(0)
        finally:
            for sock in held:
                sock.close()
        await asyncio.sleep(0.1)


async def never_reading(target, connections=300, pipeline=32):
    """Each response has some 250 kB, just within response-buffer."""
    loop, held = asyncio.get_running_loop(), []
    try:
        for _ in range(connections):
            try:
                held.append(await target.connect(small_buffer=True))
                await loop.sock_sendall(held[-1], request("GET", "/items?select=id,v,pad&limit=2200") * pipeline)
            except OSError:
                target.got["closed"] += 1
        await asyncio.Event().wait()
    finally:
        for sock in held:  # how the first response begins
            with contextlib.suppress(OSError):
                target.count(sock.recv(12))


@dataclass
class Kind:
    """`token_lasts`: how many requests an honest client makes with one token; few where it is new tokens that are attacked."""

    run: Callable
    what: str
    token_lasts: int = 1_000_000


KINDS = {
    "slow-14": Kind(many(14, slow_reader), "14 readers of a large table without limit, 20 kB/s each"),
    "slow-500": Kind(many(500, slow_reader), "500 of them"),
    "head-of-line": Kind(head_of_line, "searches of a large table, columns in a new order each time, one connection"),
    "sleep-16": Kind(many(16, sleeping_call), "16 calls of a function that sleeps for a minute"),
    "wide-rows": Kind(many(2, wide_rows), "1,000 rows of 1 MB, two clients that read as fast as they can"),
    "function-rows": Kind(many(2, rows_of_a_function), "a function of a million rows, two clients"),
    "distinct-shapes": Kind(many(4, distinct_shapes), "500 select items in new orders, four connections"),
    "heavy-bodies": Kind(heavy_bodies, "1 MB of empty CSV rows, of empty form fields, of lists in or=, a client each"),
    "bad-tokens": Kind(bad_tokens, "ES256 tokens with a wrong signature, one connection", token_lasts=120),
    "flood": Kind(connection_flood, "thousands of connections"),
    "never-reading": Kind(never_reading, "300 connections x 32 pipelined requests x 250 kB that are never read"),
}


async def run_until_told(kind, target, pipe):
    attack = asyncio.ensure_future(KINDS[kind].run(target))
    asyncio.get_running_loop().add_reader(pipe.fileno(), attack.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await attack


def main(pipe, kind, port, source):
    """In its own process: attacks until a word comes, sends what it got."""
    os.nice(19)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    target = Target(port, source, collections.Counter())
    asyncio.run(run_until_told(kind, target, pipe))
    pipe.send(target.got)
