"""Bad tokens with signatures that are slow to verify: they hurt nobody but the one who sends them (handlers/verifier.h).
SPDX-License-Identifier: ISC"""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import utils
from test_jwt import SCHEMA, Key, part


class Signer(Key):
    """New tokens with each call, good ones or bad ones that take as long to verify."""

    serial = 0

    def new(self, good=True):
        self.serial += 1
        claims = {"role": "jwt_user", "jti": self.serial}
        if good:
            return self.token(claims)
        head = part({"alg": self.alg, "typ": "JWT"}) + b"." + part(claims)
        return (head + b"." + part(b"\x01" + os.urandom(31) + b"\x01" + os.urandom(31))).decode()


@pytest.fixture(scope="module")
def signer(scratch):
    return Signer(scratch, "signer", "ES256")


@pytest.fixture(scope="module")
def guarded(scratch, bare_pg, signer):
    bare_pg.new_database("bad_tokens", sql=SCHEMA)
    server = utils.Bobbin(scratch, bare_pg, database="bad_tokens", db_schemas="api", db_anon_role="jwt_anon",
                          jwt_secret=json.dumps(signer.jwk), server_threads=1, log_level="info").start()
    yield server
    server.stop()


class From(requests.adapters.HTTPAdapter):
    """Connections from a loopback address of their own."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


def session_from(address):
    session = requests.Session()
    session.mount("http://", From(address))
    return session


def ask(server, session, text):
    return session.get(server.url + "/api/v1/me", headers={"Authorization": "Bearer " + text}, timeout=30)


def test_bad_tokens_of_a_connection_hurt_nobody_else(guarded, signer):
    """Neither others behind the same address, nor what the connection has shown before."""
    bad, good = session_from("127.0.0.10"), session_from("127.0.0.10")
    known = signer.new()
    assert ask(guarded, bad, known).status_code == 200
    answers = [ask(guarded, bad, signer.new(good=False)) for _ in range(40)]
    assert {a.status_code for a in answers[:10]} == {401}
    assert answers[-1].status_code == 429 and answers[-1].headers["Retry-After"] == "1"
    assert answers[-1].json()["code"] == "BOBBIN429" and "WWW-Authenticate" not in answers[-1].headers
    assert ask(guarded, bad, known).status_code == 200
    assert [ask(guarded, good, signer.new()).status_code for _ in range(30)] == [200] * 30


def test_bad_tokens_of_an_address_hurt_no_other_address(guarded, signer):
    before = guarded.metrics().value("jwt_verification_failures_total")
    statuses = []
    while statuses.count(429) < 5:  # an allowance of a hundred, and ten more a second
        statuses.append(ask(guarded, session_from("127.0.0.11"), signer.new(good=False)).status_code)
        assert len(statuses) < 5000
    assert set(statuses) == {401, 429} and set(statuses[:100]) == {401}
    assert guarded.metrics().value("jwt_verifications_refused_total") >= 5
    assert guarded.metrics().value("jwt_verification_failures_total") - before >= 100
    other = session_from("127.0.0.12")
    assert [ask(guarded, other, signer.new()).status_code for _ in range(30)] == [200] * 30


def test_a_bad_token_is_verified_once(guarded, signer):
    session, bad = session_from("127.0.0.13"), signer.new(good=False)
    before = guarded.metrics().value("jwt_verifications_total")
    assert {ask(guarded, session, bad).status_code for _ in range(100)} == {401}
    assert guarded.metrics().value("jwt_verifications_total") == before + 1


def test_the_same_new_token_many_times_at_once(guarded, signer):
    text = signer.new()
    before = guarded.metrics().value("jwt_verifications_total")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda i: ask(guarded, session_from("127.0.0.14"), text), range(16)))
    assert {a.status_code for a in answers} == {200}
    assert guarded.metrics().value("jwt_verifications_total") == before + 1


def test_a_body_behind_a_slow_token(guarded, signer):
    """Whatever comes with the head or after it, the body is taken once the token is known to be good."""
    body = b"x" * 3000
    for good in (True, False):
        for pieces in ((3000,), (10, 2990), (0, 3000)):
            with guarded.raw() as c:
                head = (f"POST /api/v1/rpc/none HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {signer.new(good)}\r\n"
                        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n").encode()
                c.send(head + body[:pieces[0]])
                if len(pieces) > 1:
                    c.send(body[pieces[0]:])
                assert c.response().status in ((404, 400, 415) if good else (401, 429))


def test_clients_that_leave_while_their_token_is_verified(guarded, signer):
    for i in range(60):
        c = guarded.raw()
        c.send(f"GET /api/v1/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {signer.new(i % 2)}\r\n\r\n".encode())
        c.reset() if i % 3 else c.close()
    assert ask(guarded, session_from("127.0.0.15"), signer.new()).status_code == 200
    assert guarded.running()


def test_a_reload_without_change_forgets_no_token(guarded, signer):
    session, text = session_from("127.0.0.16"), signer.new()
    assert ask(guarded, session, text).status_code == 200
    before = guarded.metrics().value("jwt_verifications_total")
    loaded = guarded.log_text().count("configuration loaded")
    guarded.signal(signal.SIGUSR2)
    utils.wait_until(lambda: guarded.log_text().count("configuration loaded") > loaded)
    assert ask(guarded, session, text).status_code == 200
    assert guarded.metrics().value("jwt_verifications_total") == before
