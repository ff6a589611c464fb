"""`bobbin migrate` and `bobbin seed` as people and scripts use them: exit statuses, messages, interruptions.

SPDX-License-Identifier: ISC
"""

import os
import random
import re
import shutil
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


def schema_of(pg, database="empty"):
    """All that pg_dump knows of the ERP's schemas, and what the migrations have put into its tables."""
    run = subprocess.run([pg.bindir / "pg_dump", "--schema-only", "--exclude-schema=bobbin", "-d", pg.uri(database, "postgres")],
                         capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    rows = pg.sql("""select t, (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %s', t), false, true, '')))[1]::text
        from (select format('%I.%I', schemaname, tablename) as t from pg_tables where schemaname like 'erp%') x order by t""",
                  database=database)
    # Newer releases enclose a dump in \restrict and a random word.
    return [line for line in run.stdout.splitlines() if not line.startswith(("--", "\\"))], rows


@pytest.fixture(scope="session")
def reference(bare_pg):
    """The schema that an undisturbed `migrate up` makes, and the seconds that it took."""
    bare_pg.new_database("reference")
    start = time.monotonic()
    utils.run_bobbin("migrate", "up", "--db", bare_pg.uri("reference", "bobbin_owner"))
    return schema_of(bare_pg, "reference"), time.monotonic() - start


def test_up_down_up_leaves_the_same_schema(bare_pg, empty, reference):
    wanted, _ = reference
    assert len(wanted[0]) > 5000
    objects = "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname like 'erp%'"
    utils.run_bobbin("migrate", "up", "--db", empty)
    assert schema_of(bare_pg) == wanted
    utils.run_bobbin("migrate", "down", "--all", "--db", empty)
    assert bare_pg.value(objects, database="empty") == 0
    assert bare_pg.value("select count(*) from pg_namespace where nspname like 'erp%'", database="empty") == 0
    utils.run_bobbin("migrate", "up", "--db", empty)
    assert schema_of(bare_pg) == wanted


def test_every_step_down_undoes_its_step_up(bare_pg, empty, tmp_path):
    """One by one, so that a step down that forgets something cannot hide behind those below it."""
    up = sorted(path for path in (utils.TOP / "schema" / "erp").glob("0*.sql") if not path.name.endswith(".down.sql"))
    before = []
    for path in up:
        before.append(schema_of(bare_pg))
        for file in (path, path.with_name(path.stem + ".down.sql")):
            (tmp_path / file.name).write_text(file.read_text())
        utils.run_bobbin("migrate", "up", "--dir", tmp_path, "--db", empty)
    for path, was in zip(reversed(up), reversed(before)):
        utils.run_bobbin("migrate", "down", "--dir", tmp_path, "--db", empty)
        assert schema_of(bare_pg) == was, path.name


@pytest.mark.parametrize("turn", range(20))
def test_the_erp_survives_kill_9(bare_pg, empty, reference, turn):
    """Whenever the migrator dies, up or down, the next one ends in the same state, and the one after has nothing to do."""
    wanted, seconds = reference
    dice = random.Random(turn)
    if turn % 2:
        utils.run_bobbin("migrate", "up", "--db", empty)
    command = ("down", "--all") if turn % 2 else ("up",)
    child = subprocess.Popen([utils.binary(), "migrate", *command, "--db", empty], stdout=subprocess.DEVNULL)
    time.sleep(dice.uniform(0, seconds if command == ("up",) else seconds / 2))
    child.kill()
    child.wait()
    utils.run_bobbin("migrate", "up", "--db", empty)
    assert schema_of(bare_pg) == wanted
    assert utils.run_bobbin("migrate", "up", "--db", empty).stdout.startswith("0 applied")


@pytest.mark.parametrize("turn", range(10))
def test_two_migrators_at_once(bare_pg, empty, reference, turn):
    children = [subprocess.Popen([utils.binary(), "migrate", "up", "--db", empty], stdout=subprocess.PIPE, text=True)
                for _ in range(2)]
    for child in children:
        child.communicate(timeout=120)
        assert child.returncode == 0
    assert schema_of(bare_pg) == reference[0]
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


def test_the_documented_table_is_like_the_others(pg, empty, make_bobbin, tmp_path):
    """The example of docs/erp.md, as a reader would run it."""
    text = (utils.TOP / "docs" / "erp.md").read_text().split("## Adding a table", 1)[1]
    up, down = re.findall(r"```sql\n(.*?)```", text, re.S)[:2]
    for file in (utils.TOP / "schema" / "erp").glob("*.sql"):
        shutil.copy(file, tmp_path)
    (tmp_path / "0100_vehicles.sql").write_text(up)
    (tmp_path / "0100_vehicles.down.sql").write_text(down)
    utils.run_bobbin("migrate", "up", "--db", empty)
    before = schema_of(pg)
    assert "1 applied, the database is at 0100_vehicles" in utils.run_bobbin("migrate", "up", "--dir", tmp_path, "--db", empty).stdout

    bobbin = make_bobbin(database="empty")
    pg.sql("insert into erp.users (username, email, full_name, role) values ('wim', 'wim@example.com', 'Wim', 'erp_warehouse')", database="empty")
    keeper, seller = (utils.make_token(role, user_id=1) for role in ("erp_warehouse", "erp_sales"))
    van = bobbin.post("/vehicles", json={"plate": "B-OB 1", "capacity_kg": 900}, token=keeper, headers={"Prefer": "return=representation"})
    assert (van.status_code, van.json()[0]["row_version"]) == (201, 1), van.text
    assert bobbin.post("/vehicles", json={"plate": "B-OB 2", "capacity_kg": 1}, token=seller).status_code == 403
    too_small = bobbin.post("/vehicles", json={"plate": "B-OB 2", "capacity_kg": 0}, token=keeper)
    assert (too_small.status_code, "vehicle_capacity" in too_small.text) == (400, True)
    assert bobbin.get("/vehicles?select=plate", token=seller).json() == []
    assert bobbin.patch("/vehicles?id=eq.1", json={"driver_id": 1}, token=keeper).status_code == 204
    assert bobbin.get("/vehicles?select=plate,row_version", token=seller).json() == [{"plate": "B-OB 1", "row_version": 2}]
    assert pg.value("select string_agg(action, '' order by id) from erp.audit_log where table_name = 'vehicles'", database="empty") == "IU"
    bobbin.stop()

    utils.run_bobbin("migrate", "down", "--dir", tmp_path, "--db", empty)
    objects, rows = schema_of(pg)
    assert objects == before[0]
    assert {table for table, _ in set(rows) ^ set(before[1])} <= {"erp.users", "erp.audit_log", "erp_private.audit_log_default"}
