"""The program around the API: its commands, how it starts, what it says when it cannot, how it ends.

SPDX-License-Identifier: ISC
"""

import signal
import socket
import subprocess

import pytest
import requests

import utils


def test_version_names_the_program_and_its_libraries():
    out = utils.run_bobbin("version").stdout
    assert out.startswith("bobbin ")
    assert "libpq" in out and "libuv" in out


def test_help_lists_the_commands_and_an_unknown_one_is_a_usage_error():
    out = utils.run_bobbin("help").stdout
    for command in ("serve", "check-config", "dump-config", "migrate", "seed", "ready", "version"):
        assert command in out
    run = utils.run_bobbin("no-such-command", check=False)
    assert run.returncode not in (0, 1) and "no-such-command" in run.stderr


def test_check_config_suggests_the_key_that_was_meant(tmp_path):
    path = tmp_path / "bobbin.conf"
    path.write_text('db-schemaz = "api"\n')
    run = utils.run_bobbin("check-config", "-c", path, check=False)
    assert run.returncode != 0
    assert "db-schemas" in run.stderr + run.stdout and "bobbin.conf" in run.stderr + run.stdout


@pytest.mark.parametrize("line, key", [
    ('jwt-role-claim-key = "role..x["', "jwt-role-claim-key"), ('jwt-aud = "a b:c"', "jwt-aud"), ('jwt-aud = ":x"', "jwt-aud"),
    ('jwt-secret = "{\\"kty\\":\\"EC\\",\\"crv\\":\\"P-1\\"}"', "jwt-secret"), ('redis-uri = "http://x"', "redis-uri")])
def test_check_config_finds_what_serve_would(tmp_path, line, key):
    path = tmp_path / "bobbin.conf"
    path.write_text(line + "\n")
    run = utils.run_bobbin("check-config", "-c", path, check=False)
    assert run.returncode == 78 and key in run.stderr and "good" not in run.stdout


@pytest.mark.parametrize("aud", ["", "me", "https://example.com/api?x=1", "urn:example:api"])
def test_check_config_takes_strings_and_uris_as_audience(tmp_path, aud):
    path = tmp_path / "bobbin.conf"
    path.write_text(f'jwt-aud = "{aud}"\n')
    utils.run_bobbin("check-config", "-c", path)


def test_a_secret_from_standard_input(tmp_path):
    """Commands look twice, for what the database says; standard input is there once."""
    path = tmp_path / "bobbin.conf"
    path.write_text('jwt-secret = "@/dev/stdin"\ndb-config = false\n')
    run = subprocess.run([utils.binary(), "token", "-c", path, "--role", "r"], input=utils.JWT_SECRET + "\n", text=True,
                         capture_output=True, timeout=60)
    assert run.returncode == 0 and run.stdout.count(".") == 2, run.stderr


def test_dump_config_masks_secrets_and_names_origins(tmp_path):
    path = tmp_path / "bobbin.conf"
    path.write_text('jwt-secret = "a-secret-that-nobody-may-see-0123456789"\n')
    out = utils.run_bobbin("dump-config", "-c", path, BOBBIN_DB_MAX_ROWS="77").stdout
    assert "a-secret-that-nobody-may-see" not in out
    line = next(line for line in out.splitlines() if line.startswith("db-max-rows"))
    assert "77" in line and "BOBBIN_DB_MAX_ROWS" in line


def test_example_config_is_accepted(tmp_path):
    path = tmp_path / "bobbin.conf"
    path.write_text(utils.run_bobbin("example-config").stdout)
    utils.run_bobbin("check-config", "-c", path)


def test_ready_tells_a_running_server_from_none(make_bobbin):
    server = make_bobbin()
    utils.run_bobbin("ready", "-c", server.config_path)
    assert server.stop() == 0
    assert utils.run_bobbin("ready", "-c", server.config_path, check=False).returncode != 0


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_it_in_order(make_bobbin, pg, sig):
    server = make_bobbin()
    assert server.get("/products?limit=1&select=id").status_code == 200
    assert server.stop(sig, timeout=15) == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url + "/livez", timeout=2)


def test_a_taken_port_is_said_with_its_number(make_bobbin):
    with socket.create_server(("127.0.0.1", utils.free_port())) as taken:
        port = taken.getsockname()[1]
        server = make_bobbin(start=False, server_port=port)
        server.start(wait=False)
        assert server.wait(10) not in (0, None)
        assert str(port) in server.log_text()


def test_it_starts_without_a_database_and_becomes_ready_with_it(make_bobbin, make_proxy, pg):
    proxy = make_proxy(pg.socket_path)
    proxy.refuse()
    server = make_bobbin(start=False, proxy=proxy)
    server.start(wait=False)
    utils.wait_until(lambda: server.ready_status() is not None, what="the admin listener")
    assert server.ready_status() == 503
    assert requests.get(server.url + "/livez", timeout=5).status_code == 200
    answer = server.get("/products?limit=1&select=id")
    assert answer.status_code == 503 and "Retry-After" in answer.headers
    proxy.accept()
    server.wait_ready(15)
    assert server.get("/products?limit=1&select=id").status_code == 200


def test_no_descriptors_are_left_by_clients(bobbin):
    def open_files():
        return bobbin.open_files()

    assert bobbin.get("/products?limit=1&select=id").status_code == 200
    before = open_files()
    for _ in range(50):
        with bobbin.raw() as client:
            assert client.get("/livez").status == 200
    utils.wait_until(lambda: open_files() <= before + 2, what="the descriptors' end")


def test_migrations_go_up_once_and_down_again(bare_pg):
    bare_pg.new_database("migrations")
    uri = bare_pg.uri("migrations", "bobbin_owner")
    assert utils.run_bobbin("migrate", "status", check=False, BOBBIN_DB_URI=uri).returncode == 3
    utils.run_bobbin("migrate", "up", BOBBIN_DB_URI=uri)
    utils.run_bobbin("migrate", "status", BOBBIN_DB_URI=uri)
    tables = "select count(*) from pg_tables where schemaname = 'erp'"
    assert bare_pg.value(tables, database="migrations") > 50
    assert utils.run_bobbin("migrate", "up", BOBBIN_DB_URI=uri).stdout.count("\n") <= 2
    utils.run_bobbin("migrate", "down", "--all", BOBBIN_DB_URI=uri)
    assert bare_pg.value(tables, database="migrations") == 0
    utils.run_bobbin("migrate", "up", BOBBIN_DB_URI=uri)


def test_token_is_one_that_the_server_takes(bobbin):
    run = utils.run_bobbin("token", "--role", "erp_accountant", "--sub", "6", "-c", str(bobbin.config_path))
    assert bobbin.get("/bank_accounts?select=id", token=run.stdout.strip()).status_code == 200
    assert utils.run_bobbin("token", check=False).returncode == 2
    assert utils.run_bobbin("token", "--role", "x", check=False).returncode == 1, "there is no secret"


def test_a_setting_that_does_nothing_yet_is_named(make_bobbin):
    server = make_bobbin(tls_redirect=True)
    assert "no effect in this version: tls-redirect" in server.log_text()
