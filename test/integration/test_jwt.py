"""Tokens row by row (dialect 1.10): roles, errors in PostgREST's words, audiences, keys, files. SPDX-License-Identifier: ISC"""

import base64
import hashlib
import hmac
import json
import subprocess
import time

import pytest
import utils
from utils import make_token

SECRET = utils.JWT_SECRET
SCHEMA = """
create schema api;
create view api.me as select 1 as id, current_setting('role') as who, current_setting('request.jwt.claims', true)::json as claims;
create table api.locked(id int);
do $$ begin create role jwt_anon nologin; create role jwt_user nologin; exception when duplicate_object then null; end $$;
grant jwt_anon, jwt_user to erp_authenticator;
grant usage on schema api to public;
grant select on api.me to public;
"""


@pytest.fixture(scope="module")
def make(scratch, bare_pg):
    bare_pg.new_database("tokens", sql=SCHEMA)
    servers = []

    def start(**config):
        servers.append(utils.Bobbin(scratch, bare_pg, database="tokens", **{
            "db_schemas": "api", "db_anon_role": "jwt_anon", **config}))
        return servers[-1].start()
    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def server(make):
    return make()


def part(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=")


def token(claims, secret=SECRET, **header):
    body = part({"alg": "HS256", "typ": "JWT", **header}) + b"." + part(claims)
    key = secret if isinstance(secret, bytes) else secret.encode()
    return (body + b"." + part(hmac.new(key, body, hashlib.sha256).digest())).decode()


def who(server, **options):
    answer = server.get("/me", **options)
    assert answer.status_code == 200, answer.text
    return answer.json()[0]["who"]


def refused(server, text, code, message, status=401):
    answer = server.get("/me", token=text)
    assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (status, code, message), answer.text
    assert set(answer.json()) == {"code", "message", "details", "hint"}
    if status == 401:
        assert answer.headers["WWW-Authenticate"] == f'Bearer error="invalid_token", error_description="{message}"'
    else:
        assert "WWW-Authenticate" not in answer.headers


def test_role_is_the_claims_or_the_anonymous_one(server):
    assert who(server) == "jwt_anon"
    assert who(server, role="jwt_user") == "jwt_user"
    assert who(server, token=token({"sub": "1"})) == "jwt_anon"
    for options in ({}, {"token": token({"sub": "1"})}, {"role": "jwt_anon"}):  # who are you?
        answer = server.get("/locked", **options)
        assert (answer.status_code, answer.json()["code"], answer.headers["WWW-Authenticate"]) == (401, "42501", "Bearer")
    answer = server.get("/locked", role="jwt_user")
    assert answer.status_code == 403 and "WWW-Authenticate" not in answer.headers
    assert server.get("/me", token=token({"sub": "1"})).json()[0]["claims"] == {"role": "jwt_anon", "sub": "1"}
    assert who(server, headers={"Authorization": "bEARER " + make_token("jwt_user")}) == "jwt_user"


def test_pgrst302_without_an_anonymous_role(make):
    server = make(db_anon_role=None)
    answer = server.get("/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "PGRST302")
    assert answer.json()["message"] == "Anonymous access is disabled"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert who(server, role="jwt_user") == "jwt_user"


def test_pgrst300_without_a_secret(make):
    server = make(jwt_secret=None)
    refused(server, make_token("jwt_user"), "PGRST300", "Server lacks JWT secret", 500)
    assert who(server) == "jwt_anon"


@pytest.mark.parametrize("text, message", [
    ("", "Empty JWT is sent in Authorization header"), ("a", "Expected 3 parts in JWT; got 1"),
    ("a.b", "Expected 3 parts in JWT; got 2"), ("a.b.c.d", "Expected 3 parts in JWT; got 4"),
    ("?.?.?", "JWT cryptographic operation failed"), (make_token("jwt_user", secret="x" * 32, exp=4102444800), "No suitable key or wrong key type"),
    (token({"role": "jwt_user"}, alg="none"), "Wrong or unsupported encoding algorithm"),
    (token({"role": "jwt_user"}, alg="HS1"), "Wrong or unsupported encoding algorithm"),
    (token({"role": "jwt_user"}, alg="RS256"), "No suitable key or wrong key type")])
def test_pgrst301_cannot_be_decoded(server, text, message):
    refused(server, text, "PGRST301", message)


def test_pgrst303_claims(server):
    assert who(server, token=token(b'{"role":"jwt_user","n":123456789012345678901234,"x":1e400,"exp":4102444800.5}')) == "jwt_user"
    now = int(time.time())
    for claims, message in (
            ({"exp": now - 60}, "JWT expired"), ({"nbf": now + 60}, "JWT not yet valid"), ({"iat": now + 60}, "JWT issued at future"),
            ({"exp": "x"}, "The JWT 'exp' claim must be a number"), ({"nbf": "x"}, "The JWT 'nbf' claim must be a number"),
            ({"iat": "x"}, "The JWT 'iat' claim must be a number"),
            ({"aud": 1}, "The JWT 'aud' claim must be a string or an array of strings")):
        refused(server, token({"role": "jwt_user", **claims}), "PGRST303", message)
    refused(server, token([1]), "PGRST303", "Parsing claims failed")
    for claims in ({"exp": now - 20}, {"nbf": now + 20}, {"iat": now + 20}, {"exp": None, "nbf": None, "iat": None}):
        assert who(server, token=token({"role": "jwt_user", **claims})) == "jwt_user"


def test_audience(make):
    server = make(jwt_aud="me")
    for aud in ("me", ["you", "me"], [], None):
        assert who(server, token=token({"role": "jwt_user", "aud": aud})) == "jwt_user"
    assert who(server, token=token({"role": "jwt_user"})) == "jwt_user"
    for aud in ("you", ["you"], "ME", ""):
        refused(server, token({"role": "jwt_user", "aud": aud}), "PGRST303", "JWT not in audience")


@pytest.mark.parametrize("path, claims", [
    ("$.role", {"role": "jwt_user"}), (".realm.roles[1]", {"realm": {"roles": ["x", "jwt_user"]}}),
    ("$.realm.roles[1]", {"realm": {"roles": ["x", "jwt_user"]}}), ('."https://x/role"', {"https://x/role": "jwt_user"}),
    ("$['a']['b']", {"a": {"b": "jwt_user"}}), ('$.roles[?(@ == "jwt_user")]', {"roles": ["a", "jwt_user"]}),
    ('.roles[?(@ != "a")]', {"roles": ["a", "jwt_user"]}), ('.roles[?(@ ^== "jwt_")]', {"roles": ["a", "jwt_user"]}),
    ('.roles[?(@ ==^ "_user")]', {"roles": ["a", "jwt_user"]}), ('.roles[?(@ *== "t_us")]', {"roles": ["a", "jwt_user"]}),
    (".groups[0][1:]", {"groups": ["/jwt_user"]})])
def test_role_claim_key(make, path, claims):
    server = make(jwt_role_claim_key=path)
    assert who(server, token=token(claims)) == "jwt_user"
    assert server.get("/me", token=token(claims)).json()[0]["claims"]["role"] == "jwt_user"
    assert who(server, token=token({"other": 1})) == "jwt_anon"
    assert server.stop() == 0


def test_secret_in_base64_and_in_a_file(make, scratch):
    key = bytes(range(40))
    server = make(jwt_secret=base64.b64encode(key).decode(), jwt_secret_is_base64=True)
    assert who(server, token=token({"role": "jwt_user"}, key)) == "jwt_user"
    path = scratch / "secret.txt"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    assert who(make(jwt_secret=f"@{path}"), role="jwt_user") == "jwt_user"


def test_kid_must_match_when_present(make):
    keys = [{"kty": "oct", "kid": name, "alg": "HS256", "k": part(secret.encode()).decode()}
            for name, secret in (("one", "1" * 32), ("two", "2" * 32))]
    server = make(jwt_secret=json.dumps({"keys": keys}))
    assert who(server, token=token({"role": "jwt_user"}, "1" * 32, kid="one")) == "jwt_user"
    assert who(server, token=token({"role": "jwt_user"}, "2" * 32)) == "jwt_user"
    for secret, kid in (("1" * 32, "two"), ("1" * 32, "three")):
        refused(server, token({"role": "jwt_user"}, secret, kid=kid), "PGRST301", "No suitable key or wrong key type")


class Key:
    """A key pair made and used by openssl, so that nothing of ours judges itself."""

    CURVES = {"256": ("P-256", 32), "384": ("P-384", 48), "512": ("P-521", 66)}

    def __init__(self, directory, name, alg):
        self.path, self.alg, self.size = directory / f"{name}.pem", alg, alg[2:]
        kind = ["EC", "-pkeyopt", f"ec_paramgen_curve:{self.CURVES[self.size][0]}"] if alg[0] == "E" else ["RSA"]
        self.openssl("genpkey", "-algorithm", *kind, "-out", self.path)
        self.jwk = {"kid": name, "alg": alg, "use": "sig", **(self.ec() if alg[0] == "E" else self.rsa())}

    @staticmethod
    def openssl(*args, stdin=b""):
        return subprocess.run(["openssl", *map(str, args)], input=stdin, capture_output=True, check=True).stdout

    def rsa(self):
        modulus = self.openssl("rsa", "-in", self.path, "-modulus", "-noout").decode().strip().partition("=")[2]
        return {"kty": "RSA", "n": part(bytes.fromhex(modulus)).decode(), "e": "AQAB"}

    def ec(self):
        curve, n = self.CURVES[self.size]
        point = self.openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-2 * n:]
        return {"kty": "EC", "crv": curve, "x": part(point[:n]).decode(), "y": part(point[n:]).decode()}

    def sign(self, body):
        pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if self.alg[0] == "P" else []
        signature = self.openssl("dgst", f"-sha{self.size}", "-sign", self.path, *pss, stdin=body)
        if self.alg[0] != "E":
            return signature
        listing = self.openssl("asn1parse", "-inform", "DER", stdin=signature).decode()
        return b"".join(int(line.rpartition(":")[2], 16).to_bytes(self.CURVES[self.size][1], "big")
                        for line in listing.splitlines() if "INTEGER" in line)

    def token(self, claims, **header):
        body = part({"alg": self.alg, "typ": "JWT", **header}) + b"." + part(claims)
        return (body + b"." + part(self.sign(body))).decode()


ALGORITHMS = [kind + size for kind in ("RS", "PS", "ES") for size in ("256", "384", "512")]


@pytest.fixture(scope="module")
def pairs(scratch):
    return {alg: Key(scratch, f"key-{alg}", alg) for alg in ALGORITHMS}


@pytest.fixture(scope="module")
def key_set(make, scratch, pairs):
    """All of them and a shared secret, in a file."""
    path = scratch / "keys.json"
    secret = {"kty": "oct", "kid": "key-HS256", "alg": "HS256", "k": part(SECRET.encode()).decode()}
    path.write_text(json.dumps({"keys": [secret, *(pair.jwk for pair in pairs.values())]}))
    path.chmod(0o600)
    return make(jwt_secret=f"@{path}")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_public_keys(key_set, pairs, alg):
    pair, claims = pairs[alg], {"role": "jwt_user", "exp": int(time.time()) + 60}
    assert who(key_set, token=pair.token(claims, kid=pair.jwk["kid"])) == "jwt_user"
    assert who(key_set, token=pair.token(claims)) == "jwt_user"
    head, payload, signature = pair.token(claims).split(".")
    forged = part({"role": "jwt_anon"}).decode()
    for bad in (pair.token(claims, kid="key-HS256"), pair.token(claims, kid="none"), f"{head}.{forged}.{signature}",
                f"{head}.{payload}.{signature[:-8]}AAAAAAAA"):
        refused(key_set, bad, "PGRST301", "No suitable key or wrong key type")


def test_a_public_key_is_no_secret(make, pairs):
    """Who has the public key cannot sign with it as if it were a shared secret (CVE-2015-9235)."""
    pair = pairs["RS256"]
    server = make(jwt_secret=json.dumps(pair.jwk))
    assert who(server, token=pair.token({"role": "jwt_user"})) == "jwt_user"
    for secret in (json.dumps(pair.jwk), pair.jwk["n"], Key.openssl("pkey", "-in", pair.path, "-pubout")):
        refused(server, token({"role": "jwt_user"}, secret), "PGRST301", "No suitable key or wrong key type")


def test_the_kid_picks_one_of_two_keys(make, scratch):
    old, new = (Key(scratch, name, "ES256") for name in ("old", "new"))
    server = make(jwt_secret=json.dumps({"keys": [old.jwk, new.jwk]}))
    for pair in (old, new):
        assert who(server, token=pair.token({"role": "jwt_user"}, kid=pair.jwk["kid"])) == "jwt_user"
    refused(server, old.token({"role": "jwt_user"}, kid="new"), "PGRST301", "No suitable key or wrong key type")
    server.set(jwt_secret=json.dumps({"keys": [new.jwk]}))
    server.reload()
    utils.wait_until(lambda: server.get("/me", token=old.token({"role": "jwt_user"})).status_code == 401)
    assert who(server, token=new.token({"role": "jwt_user"})) == "jwt_user"
