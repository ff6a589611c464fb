"""Attacks on who is asking: tokens that name what they must not, and roles and claims that bleed from one request into the
next through a pooled connection. SPDX-License-Identifier: ISC"""

import asyncio
import json
import random
import time

import pytest

import attack
import utils
from attack import ROLES, Wire, token_for
from utils import make_token, wait_until

REQUESTS = 20000
IN_FLIGHT = 64


@pytest.fixture(scope="module")
def victim(scratch, bare_pg):
    server = attack.make_victim(scratch, bare_pg, db_statement_timeout="1s", log_level="error", export_roles="attack_a")
    with attack.unharmed(server):
        yield server
    assert server.stop() == 0


class Mix:
    """Clients that take turns in being somebody else on every request, and check who the database thought they were."""

    def __init__(self, server, rude=False):
        self.server = server
        self.rude = rude
        self.asked = 0
        self.checked = 0
        self.wrong = []
        self.random = random.Random(145)

    async def check(self, wire, number):
        role = self.random.choice((*ROLES, None))
        token = role and token_for(role, n=number)
        status, body = await wire.get(f"/me?select=who,claims,login&id=eq.1&limit={self.random.randrange(1, 5)}", token)
        self.checked += 1
        row = json.loads(body)[0] if status == 200 else {"status": status, "body": body}
        expected = {"role": role or "attack_anon"} if role is None else {"role": role, "n": number}
        got = {key: (row.get("claims") or {}).get(key) for key in expected}
        if row.get("who") != (role or "attack_anon") or got != expected:
            self.wrong.append((role, number, row))

    async def fail(self, wire):
        """Something that PostgreSQL refuses in the middle of the transaction."""
        path, statuses = self.random.choice([
            ("/items?id=eq.abc", (400,)), ("/closed", (401, 403)), ("/items?select=price::int&name=eq.x&limit=1", (200,)),
            ("/items?doc->a=eq.nonsense", (400,)), ("/scribbles", (405, 400)), ("/broken_disk", (500, 503))])
        status, _ = await wire.get(path, self.random.choice([None, token_for("attack_b")]))
        if status not in statuses and status not in (200, 400):
            self.wrong.append((path, status))

    async def leave(self):
        """A client that goes in the middle of its query."""
        wire = await Wire.open(self.server)
        wire.send(self.random.choice(["/nap", "/sleepy", "/items?limit=1000"]), token_for("attack_c"))
        await asyncio.sleep(self.random.random() / 100)
        wire.drop()

    async def client(self):
        wire = await Wire.open(self.server)
        while self.asked < REQUESTS:
            self.asked += 1
            kind = self.random.random() if self.rude else 1
            if kind < 0.05:
                await self.fail(wire)
            elif kind < 0.06:
                await self.leave()
            else:
                await self.check(wire, self.asked)
        wire.drop()

    async def run(self):
        await asyncio.gather(*(self.client() for _ in range(IN_FLIGHT)))
        assert not self.wrong, (len(self.wrong), self.wrong[:3])
        assert self.checked > REQUESTS * 0.9


def test_attack_145_role_bleed_between_requests(victim):
    asyncio.run(Mix(victim).run())


def test_attack_146_147_role_and_claims_after_errors_and_leavers(victim):
    asyncio.run(Mix(victim, rude=True).run())


def test_attack_146_role_after_statement_timeouts(victim):
    async def run():
        wires = [await Wire.open(victim) for _ in range(8)]
        answers = await asyncio.gather(*(w.get("/sleepy", token_for("attack_a")) for w in wires))
        assert {status for status, _ in answers} <= {503, 504}, answers
        mix = Mix(victim)
        for number in range(400):
            await mix.check(wires[number % 8], number)
        assert not mix.wrong, mix.wrong[:3]
    asyncio.run(run())


def test_attack_147_claims_do_not_outlive_their_request(victim):
    for _ in range(20):
        assert victim.get("/me", token=token_for("attack_a", secret_claim="s3cr3t")).json()[0]["claims"]["secret_claim"] == "s3cr3t"
    for _ in range(20):
        row = victim.get("/me").json()[0]
        assert "secret_claim" not in row["claims"] and row["who"] == "attack_anon"
        assert "s3cr3t" not in json.dumps(row)


def test_attack_144_rows_of_other_owners(victim):
    """Row security decides for each request, whatever plan and connection the last one left."""
    for turn in range(60):
        role = ROLES[turn % 3]
        rows = victim.get("/owned?select=owner&order=id&limit=200", role=role).json()
        assert len(rows) == 100 and {row["owner"] for row in rows} == {role}
        count = victim.head("/owned?limit=1", role=role, headers={"Prefer": "count=exact"})
        assert count.headers["Content-Range"] == "0-0/100"
    assert victim.get("/owned").json() == []


@pytest.mark.parametrize("role", ["erp_authenticator", "none", "NONE", "postgres", "pg_read_all_data", "pg_monitor",
                                  "attack_a'; reset role; --", 'attack_a"; reset role', "", "no such role", "x" * 100,
                                  "attack_a\u0000", ["attack_a"], {"role": "attack_a"}, 1, True])
def test_attack_116_roles_that_no_token_may_name(victim, role):
    for path in ("/me", "/items?select=id&limit=5000"):
        answer = attack.harmless(victim.get(path, token=make_token(role)))
        assert answer.status_code in (400, 401, 403), answer.text
    assert victim.get("/me").json()[0]["who"] == "attack_anon"


def test_attack_116_the_login_role_from_the_environment(scratch, bare_pg):
    """The user of the connections may come from PGUSER instead of db-uri."""
    uri = f"postgresql:///{attack.database(bare_pg)}?host={bare_pg.socket_dir}&port={bare_pg.port}"
    server = attack.make_victim(scratch, bare_pg, db_uri=uri, env={"PGUSER": "erp_authenticator"})
    assert server.get("/me").json()[0]["login"] == "erp_authenticator"
    answer = server.get("/me", token=make_token("erp_authenticator"))
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer"), answer.text
    assert server.stop() == 0


def test_attack_116_refused_role_in_a_streamed_answer(scratch, bare_pg):
    """A read without a limit is streamed; the role is refused before its statement begins."""
    server = attack.make_victim(scratch, bare_pg, db_max_rows=0)
    with attack.unharmed(server):
        for role in ("no_such_role", "pg_monitor"):
            for headers in ({}, {"Prefer": "count=exact"}):
                answer = attack.harmless(server.get("/items", token=make_token(role), headers=headers))
                assert answer.status_code in (401, 403), answer.text
        assert len(server.get("/items?select=id").json()) == 5000
    assert server.stop() == 0


def test_attack_117_ways_to_hand_over_a_token(victim):
    good = make_token("attack_a")
    assert victim.get("/me", headers={"Authorization": f"bEaReR {good}"}).json()[0]["who"] == "attack_a"
    assert victim.get("/me", headers={"Cookie": f"token={good}; jwt={good}"}).json()[0]["who"] == "attack_anon"
    for name in ("access_token", "token", "jwt", "apikey"):
        answer = victim.get(f"/me?{name}={good}")
        assert answer.status_code == 400 and "attack_a\"" not in answer.text
    assert victim.get("/me", headers={"Authorization": "Basic YTpi"}).json()[0]["who"] == "attack_anon"
    with victim.raw() as c:
        other = make_token("attack_b")
        answer = c.get("/api/v1/me", f"Authorization: Bearer {good}", f"Authorization: Bearer {other}")
        assert answer.status == 400, answer
        answer = c.get("/api/v1/me", f"Authorization: Bearer {good}, Bearer {other}")
        assert answer.status == 401, answer
        answer = c.get("/api/v1/me", f"Authorization: Bearer\t{good}")
        assert answer.status in (200, 400, 401)
        answer = c.get("/api/v1/me", "Authorization: Bearer")
        assert answer.status == 401


def test_attack_118_an_expired_token_in_the_cache(victim):
    token = make_token("attack_a", exp=int(time.time()) - 27)  # 30 s of skew are allowed
    assert victim.get("/me", token=token).status_code == 200
    wait_until(lambda: victim.get("/me", token=token).status_code == 401, 8, 0.25, "the end of the token")
    head, claims, signature = make_token("attack_a").split(".")
    other = make_token("attack_b").split(".")[1]
    assert victim.get("/me", token=f"{head}.{claims}.{signature}").status_code == 200
    assert victim.get("/me", token=f"{head}.{other}.{signature}").status_code == 401


def test_attack_121_many_bad_tokens(victim):
    """Good callers, whether their token is known already or not, go on meanwhile."""
    async def bad(turns):
        wire = await Wire.open(victim)
        head, claims, _ = make_token("attack_a").split(".")
        for i in range(turns):
            status, _ = await wire.get("/me", f"{head}.{claims}.{'%043d' % random.randrange(10 ** 12)}")
            assert status in (401, 429, 503)
        wire.drop()

    async def good(turns):
        wire = await Wire.open(victim)
        for i in range(turns):
            status, body = await wire.get("/me", make_token("attack_b", n=i))
            assert status == 200 and b'"attack_b"' in body, (status, body)
        wire.drop()

    async def run():
        await asyncio.gather(*(bad(300) for _ in range(16)), *(good(100) for _ in range(2)))
    asyncio.run(run())


def test_attack_113_claims_that_are_too_much(victim):
    for token in (make_token("attack_a", blob="x" * 20000), make_token("attack_a", deep=eval("[" * 60 + "]" * 60)),
                  "a" * 15000, "." * 15000, "a.b.c." * 2000):
        answer = attack.harmless(victim.get("/me", token=token))
        assert answer.status_code in (401, 431)


def test_attack_158_log_injection_by_a_role_name(scratch, bare_pg):
    server = attack.make_victim(scratch, bare_pg, log_level="debug")
    role = 'x\n{"level":"error","msg":"forged"}\r\n\x1b[31mred'
    assert server.get("/me", token=make_token(role)).status_code in (401, 403)
    server.get("/me?id=eq.%0a%22forged%22")
    assert server.stop() == 0
    text = server.log_text()
    assert "\x1b" not in text and "\r" not in text
    assert not any(isinstance(line, dict) and line.get("msg") == "forged" for line in server.log_lines())
    assert '\n{"level":"error","msg":"forged"}' not in text


def test_attack_196_no_secret_in_the_log(victim):
    token = make_token("attack_a")
    victim.get("/me", token=token)
    victim.get("/me", token=token[:-3] + "AAA")
    text = victim.log_text()
    assert utils.JWT_SECRET not in text and token not in text and token.split(".")[2][:-3] not in text
