"""`bobbin migrate` and `bobbin seed` as people and scripts use them: exit statuses, messages, interruptions.

SPDX-License-Identifier: ISC
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import utils


@pytest.fixture
def empty(bare_pg):
    """URI of an empty database, as its owner, who is no superuser."""
    bare_pg.new_database("empty")
    return bare_pg.uri("empty", "bobbin_owner")


def write(directory, **files):
    for name, text in files.items():
        (directory / f"{name.lstrip('m').replace('_DOWN', '.down')}.sql").write_text(text)


def test_up_status_down(bare_pg, empty, tmp_path):
    write(tmp_path, m0001_a="create table a (id int)", m0001_a_DOWN="drop table a", m0002_b="create table b (id int)")
    options = ("--dir", tmp_path, "--db", empty)
    before = utils.run_bobbin("migrate", "status", *options, check=False)
    assert before.returncode == 3 and before.stdout.count("pending") == 2
    up = utils.run_bobbin("migrate", "up", *options)
    assert "0001_a" in up.stdout and "2 applied" in up.stdout
    assert utils.run_bobbin("migrate", "status", *options).stdout.count("applied") == 3  # and the heading
    down = utils.run_bobbin("migrate", "down", *options, check=False)
    assert down.returncode == 1
    assert down.stderr == "bobbin: 0002_b cannot be undone: there is no 0002_b.down.sql\n"
    assert bare_pg.value("select count(*) from bobbin.schema_migrations", database="empty") == 2


def test_a_changed_file_stops_everything(bare_pg, empty, tmp_path):
    options = ("--dir", tmp_path, "--db", empty)
    write(tmp_path, m0001_a="create table a (id int)")
    utils.run_bobbin("migrate", "up", *options)
    write(tmp_path, m0001_a="create table a (id bigint)", m0002_b="create table b (id int)")
    up = utils.run_bobbin("migrate", "up", *options, check=False)
    assert up.returncode == 1
    assert "0001_a was changed after it was applied" in up.stderr and "Restore the file" in up.stderr
    assert bare_pg.value("select to_regclass('b') is null", database="empty")


def test_a_message_says_where_and_what(empty, tmp_path):
    write(tmp_path, m0001_a="select 1;\nselect nonsense;")
    up = utils.run_bobbin("migrate", "up", "--dir", tmp_path, "--db", empty, check=False)
    assert up.returncode == 1
    assert up.stderr.startswith('bobbin: 0001_a: ERROR:  column "nonsense" does not exist\nLINE 2:')


def test_the_erp_survives_kill_9(bare_pg, empty):
    """Whenever the migrator dies, the next one ends in the same state, and the one after that has nothing to do."""
    for delay in (0.05, 0.2, 0.5, 0.9):
        child = subprocess.Popen([utils.binary(), "migrate", "up", "--db", empty], stdout=subprocess.DEVNULL)
        time.sleep(delay)
        child.kill()
        child.wait()
    utils.run_bobbin("migrate", "up", "--db", empty)
    assert utils.run_bobbin("migrate", "up", "--db", empty).stdout.startswith("0 applied")
    assert bare_pg.value("select count(*) > 20 from bobbin.schema_migrations", database="empty")


def test_two_migrators_at_once(bare_pg, empty):
    children = [subprocess.Popen([utils.binary(), "migrate", "up", "--db", empty], stdout=subprocess.PIPE, text=True)
                for _ in range(2)]
    for child in children:
        child.communicate(timeout=120)
        assert child.returncode == 0
    assert bare_pg.value("select count(*) = count(distinct version) from bobbin.schema_migrations", database="empty")


CONTENTS = """
    select string_agg(format('%s %s', t, (xpath('/row/s/text()', query_to_xml(format(
        'select count(*) || md5(string_agg(md5(x.id::text), '''' order by x.id::text)) as s from erp.%I x', t),
        false, true, '')))[1]), E'\\n' order by t)
    from unnest(array['customers', 'products', 'sales_orders', 'sales_order_items', 'price_list_items', 'invoices',
                      'stock_moves', 'samples', 'buyer_orders', 'payments']) t"""


def test_an_interrupted_seed_makes_the_same_data(pg, empty):
    utils.run_bobbin("migrate", "up", "--db", empty)
    for turn in range(8):
        child = subprocess.Popen([utils.binary(), "seed", "--scale", "tiny", "--db", empty],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(0.1 + 0.15 * turn)
        child.send_signal(signal.SIGKILL if turn % 2 else signal.SIGINT)
        said = child.communicate(timeout=60)[1]
        assert child.returncode != 1 or "run it again to go on" in said, said
    assert utils.run_bobbin("seed", "--scale", "tiny", "--db", empty)
    assert "is there already" in utils.run_bobbin("seed", "--scale", "tiny", "--db", empty).stdout
    assert pg.value(CONTENTS, database="empty") == pg.value(CONTENTS, database="erp_template")


def test_seed_refuses_what_makes_no_sense(bare_pg, empty):
    nothing = utils.run_bobbin("seed", "--scale", "tiny", "--db", empty, check=False)
    assert nothing.returncode == 1 and "bobbin migrate up" in nothing.stderr
    scale = utils.run_bobbin("seed", "--scale", "huge", "--db", empty, check=False)
    assert scale.returncode != 0 and "tiny, small, medium or large" in scale.stderr


def test_the_c_tests_that_need_a_database(bare_pg):
    """meson's suite `pg`, against this session's cluster."""
    build = Path(utils.binary()).resolve().parent
    run = subprocess.run(["meson", "test", "-C", build, "--no-rebuild", "--suite", "pg", "--print-errorlogs"],
                         env={**os.environ, "BOBBIN_TEST_PGURI": bare_pg.uri("postgres", "postgres")}, capture_output=True, text=True,
                         timeout=300)
    assert run.returncode == 0, run.stdout[-6000:]
