"""Attacks by framing, headers and methods: whatever the bytes are, they are one request or a refusal, and nothing that a
client sends becomes a header or a second answer. SPDX-License-Identifier: ISC"""

import random
import socket

import pytest

import attack
from net import Closed
from utils import make_token

HOST = b"Host: a\r\n"
SMUGGLED = b"GET /api/v1/closed HTTP/1.1\r\nHost: a\r\n\r\n"
PATH = "/api/v1/items?select=id&id=eq.1"


@pytest.fixture(scope="module")
def victim(scratch, bare_pg):
    server = attack.make_victim(scratch, bare_pg, log_level="error", timeout_header="2s", timeout_body="2s",
                                timeout_body_grace="1s")
    with attack.unharmed(server):
        yield server
    assert server.stop() == 0


def answers(server, data, shut=True):
    """All answers to these bytes until the server closes or falls silent, and whether it closed."""
    got, closed = [], False
    with server.raw(timeout=3) as c:
        c.send(data)
        if shut:
            c.sock.shutdown(socket.SHUT_WR)
        try:
            while True:
                got.append(c.response())
                if got[-1].status == 100:
                    got.pop()
        except (Closed, ConnectionResetError):
            closed = True
        except socket.timeout:
            pass
    return got, closed


def refused(server, data, statuses=(400,)):
    """One refusal, then the end of the connection: what follows is never taken for a request."""
    got, closed = answers(server, data + SMUGGLED, shut=False)
    assert [a.status for a in got] and got[0].status in statuses and len(got) == 1, (data[:200], got)
    assert closed, (data[:200], "stayed open")
    assert not attack.LEAKS.search(got[0].body.decode())
    return got[0]


GADGETS = [b"Transfer-Encoding: chunked", b"Transfer-Encoding : chunked", b"Transfer-Encoding:\tchunked", b"transfer-encoding: CHUNKED",
           b"Transfer-Encoding: xchunked", b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: identity, chunked",
           b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
           b"Transfer-Encoding:\x0bchunked", b"Transfer-Encoding: \x00chunked", b"Transfer-Encoding\x00: chunked",
           b"X: y\rTransfer-Encoding: chunked", b"X: y\nTransfer-Encoding: chunked", b" Transfer-Encoding: chunked",
           b"Transfer-Encoding:\r\n chunked", b"Transfer-Encoding: chunked\x00", b"Transfer-Encoding: \"chunked\"",
           b"Transfer-Encoding: chunked;q=1", b"Transfer-Encoding: chunk\xc3\xa9d", b"Transfer-Encoding:", b"Transfer-Encoding: ,",
           b"Transfer-Encoding: chunked,", b"Transfer-Encoding: ,chunked", b"Transfer-Encoding: chunked chunked",
           b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked, chunked", b"Transfer-Encoding: cow"]


@pytest.mark.parametrize("gadget", GADGETS)
def test_attack_027_content_length_and_transfer_encoding(victim, gadget):
    smuggled = b"0\r\n\r\n" + SMUGGLED
    for head in (b"Content-Length: %d\r\n" % len(smuggled) + gadget + b"\r\n", gadget + b"\r\nContent-Length: 5\r\n"):
        got, closed = answers(victim, b"GET " + PATH.encode() + b" HTTP/1.1\r\n" + HOST + head + b"\r\n" + smuggled, shut=False)
        assert got and got[0].status in (400, 501) and len(got) == 1 and closed, (gadget, got)


@pytest.mark.parametrize("gadget", GADGETS)
def test_attack_027_odd_transfer_encodings_alone(victim, gadget):
    got, closed = answers(victim, b"GET " + PATH.encode() + b" HTTP/1.1\r\n" + HOST + gadget + b"\r\n\r\n0\r\n\r\n" + SMUGGLED, shut=False)
    assert got[0].status in (200, 400, 501), got
    if got[0].status == 200:
        assert [a.status for a in got] == [200, 401], "body and next request were taken apart where they end"
    else:
        assert len(got) == 1 and closed


EARLY = {"404": b"/nothing/at/all", "401": b"/api/v1/items", "405": b"/livez", "plain": b"/livez", "400": b"/api/v1/items?zz",
         "json": b"/api/v1/items?limit=1", "406": b"/api/v1/items?limit=1", "no table": b"/api/v1/nothing"}


@pytest.mark.parametrize("kind", EARLY)
@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS", b"POST", b"DELETE", b"PATCH", b"PUT"])
@pytest.mark.parametrize("framing", ["length", "chunked", "large"])
def test_attack_028_a_body_is_never_a_request(victim, kind, method, framing):
    """On every early way out the body is read or the connection is closed."""
    extra = {"401": b"Authorization: Bearer x\r\n", "406": b"Accept: image/png\r\n"}.get(kind, b"")
    body = SMUGGLED * (3 if framing != "large" else 3000)
    if framing == "chunked":
        data = b"Transfer-Encoding: chunked\r\n" + extra + b"\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    else:
        data = b"Content-Length: %d\r\n" % len(body) + extra + b"\r\n" + body
    with victim.raw(timeout=3) as c:
        try:
            c.send(method + b" " + EARLY[kind] + b" HTTP/1.1\r\n" + HOST + data + b"GET /readyz HTTP/1.1\r\n" + HOST + b"\r\n")
        except OSError:
            pass
        first = c.response(head_request=method == b"HEAD")
        assert first.status in (200, 400, 401, 404, 405, 406, 413)
        try:
            second = c.response()
            assert second.status == 200 and second.body.startswith(b"ok"), second
            assert c.closed(0.1) is False
        except (Closed, ConnectionResetError):
            pass


@pytest.mark.parametrize("value", ["5, 5", "5,6", "+5", "-5", "0x5", "5 5", "", " ", "5.0", "5e0", "\u0665", "0b1", "--1", "NaN",
                                   "18446744073709551616", "18446744073709551615", "99999999999999999999999999999999",
                                   "9223372036854775808", "1152921504606846976", "000000000000000000000000000000000000000000005x"])
def test_attack_029_content_lengths(victim, value):
    head = f"GET {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: {value}\r\n\r\n".encode()
    refused(victim, head, (400, 413))


def test_attack_029_two_content_lengths(victim):
    for second in (b"5", b"6"):
        refused(victim, b"GET " + PATH.encode() + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: " + second + b"\r\n\r\nhello")


@pytest.mark.parametrize("chunks", [b"x\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b" 5\r\nhello\r\n0\r\n\r\n",
                                    b"5 \r\nhello\r\n0\r\n\r\n", b"5\nhello\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\r\nhelloo\r\n0\r\n\r\n",
                                    b"5;\x00\r\nhello\r\n0\r\n\r\n", b"5;a\nb\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffff\r\nhello", b"10000000000000000\r\nhello",
                                    b"5\r\nhello\n0\r\n\r\n", b"\r\n5\r\nhello\r\n0\r\n\r\n", b"5;" + b"x" * 20000 + b"\r\nhello\r\n0\r\n\r\n",
                                    b"5\r\nhello\r\n0\r\nX: " + b"y" * 20000 + b"\r\n\r\n", b"5\r\nhello\r\n0\r\nbad trailer\r\n\r\n",
                                    b"1;aa\r\nx\r\n" * 9000 + b"0\r\n\r\n"])
def test_attack_030_chunks(victim, chunks):
    refused(victim, b"GET " + PATH.encode() + b" HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks, (400, 408, 413, 431))


def test_attack_030_trailers_are_dropped(victim):
    head = b"GET /api/v1/me HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nTrailer: Authorization\r\n\r\n5;a=b\r\nhello\r\n0\r\n"
    got, _ = answers(victim, head + b"Authorization: Bearer " + make_token("attack_a").encode() + b"\r\nAccept: image/png\r\n\r\n")
    assert got[0].status == 200 and b'"attack_anon"' in got[0].body


@pytest.mark.parametrize("head", [
    b"GET / HTTP/1.1\nHost: a\n\n", b"GET / HTTP/1.1\r\nHost: a\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\n", b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n X: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nX\x7f: b\r\n\r\n", b"GET / HTTP/1.1\r\n X: b\r\nHost: a\r\n\r\n",
    b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", b"GET / http/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /% HTTP/1.1\r\nHost: a\r\n\r\n", b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.10\r\nHost: a\r\n\r\n"])
def test_attack_031_lines_that_are_none(victim, head):
    refused(victim, head, (400, 505))


def test_attack_032_an_error_behind_good_requests(victim):
    good = b"".join(b"GET /api/v1/items?select=id&id=eq.%d HTTP/1.1\r\n" % i + HOST + b"\r\n" for i in range(1, 6))
    good += b"GET /api/v1/nap HTTP/1.1\r\n" + HOST + b"\r\n"
    for bad in (b"BAD\r\n\r\n", b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
        got, closed = answers(victim, good + bad + SMUGGLED, shut=False)
        assert [a.status for a in got] == [200] * 6 + [400] and closed
        assert [a.body for a in got[:5]] == [b'[{"id":%d}]' % i for i in range(1, 6)]


@pytest.mark.parametrize("expect, statuses", [(b"100-continue", (200,)), (b"100-Continue", (200,)), (b"200-ok", (417, 400)), (b"100-continue, x", (417, 400)),
                                              (b"", (417, 400, 200)), (b"100-continue\r\nExpect: 100-continue", (417, 400))])
def test_attack_033_expectations(victim, expect, statuses):
    for body in (b"", b"hello"):
        got, _ = answers(victim, b"GET " + PATH.encode() + b" HTTP/1.1\r\n" + HOST + b"Expect: " + expect + b"\r\nContent-Length: 5\r\n\r\n" + body + (
            b"" if body else b"hello"))
        assert got and got[0].status in statuses, got
        assert len(got) == 1


def test_attack_033_a_refusal_instead_of_continue(victim):
    with victim.raw() as c:
        c.send(b"GET /api/v1/nothing/x HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 50\r\n\r\n")
        assert c.response().status == 404
        c.send(SMUGGLED)
        assert c.closed(3)


def test_attack_034_no_upgrade(victim):
    for offer in (b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
                  b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
                  b"Connection: Upgrade\r\nUpgrade: \r\n", b"Upgrade: TLS/1.0\r\nConnection: upgrade\r\n"):
        got, _ = answers(victim, b"GET " + PATH.encode() + b" HTTP/1.1\r\n" + HOST + offer + b"\r\nGET /readyz HTTP/1.1\r\n" + HOST + b"\r\n")
        assert [a.status for a in got] == [200, 200]


@pytest.mark.parametrize("host", [b"", b"Host: \r\n", b"Host: a\r\nHost: a\r\n", b"Host: a\r\nhost: b\r\n", b"Host: u@a\r\n", b"Host: a/b\r\n", b"Host: a, b\r\n",
                                  b"Host: a b\r\n", b"Host: a:x\r\n", b"Host: a:65536\r\n", b"Host: a:-1\r\n", b"Host: [::1\r\n", b"Host: [::1]x\r\n",
                                  b"Host: [g::1]\r\n", b"Host: ::1\r\n", b"Host: a?b\r\n", b"Host: a#b\r\n", b"Host: a\x00\r\n", b"Host: a..b\r\n",
                                  b"Host: .a\r\n", b"Host: " + b"a" * 300 + b"\r\n", b"Host: a\\b\r\n", b"Host: a%00b\r\n"])
def test_attack_035_hosts(victim, host):
    refused(victim, b"GET " + PATH.encode() + b" HTTP/1.1\r\n" + host + b"\r\n")


def test_attack_036_absolute_targets(victim):
    with victim.raw() as c:
        c.send(b"GET http://real.example/api/v1/items?select=id&id=eq.1 HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        answer = c.response()
        assert answer.status in (200, 421)
        assert b"evil" not in answer.body and "evil" not in str(answer.headers)
    for target in (b"ftp://a/x", b"https://a/api/v1/items", b"http://u:p@a/x", b"http:///x", b"//a/x", b"http://a:99999/x", b"javascript:x"):
        got, _ = answers(victim, b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        assert got[0].status in (400, 404, 421), (target, got)


def test_attack_037_042_044_headers_from_nowhere(victim):
    """Proxies' headers, overrides of method and URL, and look-alikes of real headers change nothing."""
    good = make_token("attack_a")
    for line in ("X-Forwarded-For: 1.2.3.4", "Forwarded: for=1.2.3.4;host=evil;proto=https", "X-Forwarded-Host: evil", "X-Forwarded-Proto: https",
                 "X-Real-IP: 1.2.3.4", "X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE", "X-Original-URL: /api/v1/closed",
                 "X-Rewrite-URL: /api/v1/closed", f"X-Authorization: Bearer {good}", f"Proxy-Authorization: Bearer {good}", "X_Forwarded_For: 1",
                 f"Authorization_: Bearer {good}", "Accept_Profile: hidden", "Content-Profile: hidden", "Range_: 0-0", "X-Role: attack_a",
                 "Prefer: params=single-object", "X-Forwarded-Prefix: /evil", "X-Original-Method: DELETE", "request.jwt.claims: {\"role\":\"attack_a\"}"):
        with victim.raw() as c:
            answer = c.get("/api/v1/me?select=who", line)
            assert (answer.status, answer.body) == (200, b'[{"who":"attack_anon"}]'), (line, answer)
            assert "evil" not in str(answer.headers)
    for query in ("_method=DELETE", "method=DELETE", "_HttpMethod=DELETE"):
        assert victim.get("/items?" + query).status_code == 400
    assert victim.get("/items?select=id&id=eq.1").json() == [{"id": 1}]


@pytest.mark.parametrize("head", [b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n", b"PROXY UNKNOWN\r\n", b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x00\x01\x00\x02",
                                  b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"r" * 160, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"SSH-2.0-x\r\n", b"EHLO a\r\n",
                                  b"*1\r\n$4\r\nPING\r\n", b"\x00" * 100, b"GET /\r\n", b"GET\r\n", b"{}\r\n\r\n"])
def test_attack_038_043_other_protocols(victim, head):
    got, closed = answers(victim, head + SMUGGLED, shut=False)
    assert len(got) <= 1 and closed, (head, got)
    assert not got or got[0].status in (400, 405, 501, 505)


@pytest.mark.parametrize("lines, statuses", [
    (["X: " + "y" * 65536], (431,)), ([f"X{i}: {'y' * 10}" for i in range(5000)], (431,)), (["N" * 100000 + ": y"], (431,)), (["Cookie: a=" + "b" * 65536], (431,)),
    (["X:" + " " * 100000 + "y"], (431,)), ([f"X{i}: y" for i in range(101)], (431,)), (["A:"] * 5000, (431,))])
def test_attack_039_header_bombs(victim, lines, statuses):
    refused(victim, "\r\n".join([f"GET {PATH} HTTP/1.1", "Host: a", *lines, "", ""]).encode(), statuses)


def test_attack_040_long_targets(victim):
    assert victim.get("/items?select=id&id=eq.1&name=neq." + "x" * 8000).status_code == 200
    for target in (b"/" + b"a" * 65536, b"/api/v1/items?" + b"a" * 65536, b"/api/v1/items?name=eq." + b"%41" * 30000):
        refused(victim, b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n", (414,))
    many = "&".join(f"id=neq.{i}" for i in range(900))
    assert attack.harmless(victim.get("/items?select=id&limit=1&" + many)).status_code in (200, 400, 414)


SPLITTERS = ["%0d%0aX-Evil:%20yes", "%0aX-Evil:yes", "%0dX-Evil:yes", "%00X-Evil", "%E5%98%8A%E5%98%8DX-Evil:yes", "\\r\\nX-Evil:yes", "%250d%250aX-Evil:yes", "%c0%8aX-Evil"]


@pytest.mark.parametrize("evil", SPLITTERS)
def test_attack_041_response_splitting(victim, evil):
    for path in (f"/{evil}", f"/items?select={evil}", f"/items?order={evil}", f"/items?{evil}=eq.1", f"/items?id=eq.{evil}", f"/items?limit={evil}",
                 f"/items?select={evil}:id&limit=1", f"/items?select=id&offset={evil}"):
        with victim.raw() as c:
            answer = c.get("/api/v1" + path)
            assert answer.header("X-Evil") is None and answer.status < 500, answer
            assert all("\n" not in v and "\r" not in v for _, v in answer.headers)
    for name in ("Prefer", "Accept", "Accept-Profile", "Range", "Range-Unit", "Authorization", "Origin", "X-Request-Id", "Access-Control-Request-Headers"):
        with victim.raw() as c:
            answer = c.get("/api/v1/items?limit=1", f"{name}: count=exact{evil}")
            assert answer.header("X-Evil") is None and answer.status < 500, answer


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PRI", "PURGE", "PROPFIND", "FROB", "get", "GETT", "G", "DEBUG", "LINK", "SEARCH", "M" * 100])
def test_attack_043_methods(victim, method):
    got, _ = answers(victim, f"{method} {PATH} HTTP/1.1\r\nHost: a\r\nX-Secret: echo-me\r\n\r\n".encode())
    assert got[0].status in (400, 405, 501), got
    assert b"echo-me" not in got[0].body and "echo-me" not in str(got[0].headers)
    if got[0].status == 405:
        assert got[0].header("Allow")


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health", "/api/v1/items?limit=2", "/api/v1/items?limit=2000", "/api/v1/nothing", "/nothing/at/all", "/api/v1/closed",
                                  "/api/v1/items?id=eq.x", "/api/v1/items?zz=eq.1"])
def test_attack_045_head(victim, path):
    """The headers of GET, no body, and the connection goes on."""
    with victim.raw() as c:
        get = c.get(path)
        c.send(f"HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\nGET /readyz HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        head = c.response(head_request=True)
        assert head.status == get.status
        assert head.header("Content-Type") == get.header("Content-Type")
        if head.header("Content-Length") and path != "/health":
            assert head.header("Content-Length") == get.header("Content-Length")
        after = c.response()
        assert after.status == 200 and after.body.startswith(b"ok")


def test_attack_178_179_headers_of_every_answer(victim):
    for path in ("/livez", "/api/v1/items?limit=1", "/api/v1/nothing", "/nothing/x", "/api/v1/closed", "/api/v1/items?id=eq.x"):
        with victim.raw() as c:
            answer = c.get(path)
            assert answer.header("X-Content-Type-Options") == "nosniff"
            assert "frame-ancestors 'none'" in answer.header("Content-Security-Policy")
            assert answer.header("Referrer-Policy") and answer.header("Date")
            assert answer.header("Server") in (None, "bobbin")


def test_attack_027_random_bytes_and_mutations(victim):
    """Valid requests with bytes changed, dropped and doubled: an answer or a refusal, never a crash, never more answers than
    there can be requests."""
    rng = random.Random(27)
    seeds = [b"GET " + PATH.encode() + b" HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\nPrefer: count=exact\r\nRange: 0-4\r\n\r\n",
             b"GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: v\r\n\r\n",
             b"HEAD /api/v1/me HTTP/1.0\r\nHost: a:80\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"]
    for turn in range(1500):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(data))
            kind = rng.randrange(4)
            if kind == 0:
                data[at] = rng.choice([0, 9, 10, 13, 32, 34, 37, 44, 58, 127, 255, rng.randrange(256)])
            elif kind == 1:
                del data[at:at + rng.randrange(1, 4)]
            elif kind == 2:
                data[at:at] = rng.choice([b"\r\n", b"\n", b"\r", b" ", b"\x00", b"\r\n ", b"chunked", b"Content-Length: 0\r\n", b"%", b"\xff"])
            else:
                data[at:at] = data[at:at + rng.randrange(1, 30)]
        with victim.raw(timeout=3) as c:
            c.send(bytes(data))
            c.sock.shutdown(socket.SHUT_WR)
            rest = c.rest()
        assert rest.count(b"HTTP/1.1 ") <= bytes(data).count(b"HTTP") + 1, (bytes(data), rest)
        statuses = [int(part[:3]) for part in rest.split(b"HTTP/1.1 ")[1:] if part[:3].isdigit()]
        assert all(s < 500 or s in (501, 505) for s in statuses), (bytes(data), statuses)
