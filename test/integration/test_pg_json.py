"""The row encoder against to_json() of a server: every type of pg_catalog, its extremes, random values, many time zones.

SPDX-License-Identifier: ISC
"""

import os
import random
import subprocess
from pathlib import Path

import pytest
import utils

# type: literals (quoted for SQL by the test), beside NULL. Types whose values cannot be written are in EXPRESSIONS.
VALUES = {
    "bool": ["t", "f"],
    "bytea": ["", r"\x00ff", r"\xdeadbeef5c22", r"\x" + "ab" * 3000],
    '"char"': ["", "a", '"', "\\", "\t", r"\377"],
    "name": ["", "plain", 'with "quotes"', "größe"],
    "int8": ["0", "-1", "9223372036854775807", "-9223372036854775808"],
    "int2": ["0", "32767", "-32768"],
    "int2vector": ["", "1", "1 2 -3", "32767 -32768"],
    "int4": ["0", "7", "2147483647", "-2147483648"],
    "regproc": ["0", "now", "pg_catalog.int4in"],
    "text": ["", "a", 'q"b\\s/', "\b\f\n\r\t\x01\x1f\x7f", "héllo wörld", "\u2028 \U0001f600", "x" * 5000, '"' * 2000],
    "oid": ["0", "4294967295"],
    "tid": ["(0,1)", "(4294967295,65535)"],
    "xid": ["0", "4294967295"],
    "cid": ["0", "4294967295"],
    "oidvector": ["", "1", "1 2 4294967295"],
    "json": ["1", '{"b" : 1,\n "a":[ 1e5 ,null,"\\u00e9"] , "a": 2}', ' "x" ', "true"],
    "xml": ["<a b='c'>\"&amp;\n</a>", "text \\ only"],
    "point": ["(0,0)", "(1.5,-2e300)", "(NaN,Infinity)"],
    "lseg": ["[(0,0),(1,1)]"],
    "path": ["((0,0),(1,1))", "[(0,0),(1,1)]"],
    "box": ["(1,1),(0,0)"],
    "polygon": ["((0,0),(1,1),(2,0))"],
    "line": ["{1,-1,0.5}"],
    "cidr": ["10.0.0.0/8", "::/0", "192.168.1.1/32", "2001:db8::/32"],
    "float4": ["0", "-0", "1.17549435e-38", "3.4028235e38", "1e-45", "NaN", "Infinity", "-Infinity", "0.1", "16777216"],
    "float8": ["0", "-0", "5e-324", "1.7976931348623157e308", "NaN", "Infinity", "-Infinity", "0.1", "1e20", "123456789012345680"],
    "circle": ["<(0,0),1>", "<(1.5,2),Infinity>"],
    "macaddr8": ["08:00:2b:01:02:03:04:05"],
    "money": ["0", "-12.34", "92233720368547758.07", "-92233720368547758.08"],
    "macaddr": ["08:00:2b:01:02:03"],
    "inet": ["10.0.0.1", "10.0.0.1/8", "::1", "2001:db8::1/64", "::ffff:1.2.3.4"],
    "bpchar": ["", "padded   ", '"'],
    "char(10)": ["", "a b", "\\"],
    "varchar": ["", "x", "a\nb"],
    "date": ["2026-11-21", "0001-01-01", "0044-03-15 BC", "4714-11-24 BC", "5874897-12-31", "10000-01-01", "infinity", "-infinity"],
    "time": ["00:00", "23:59:59.999999", "24:00", "10:11:12.5", "10:11:12.000100"],
    "time(0)": ["10:11:12.5"],
    "timestamp": ["2026-11-21 10:11:12", "2026-11-21 10:11:12.000001", "2026-11-21 10:11:12.120", "0044-03-15 12:00:00.5 BC",
                  "4714-11-24 00:00 BC", "294276-12-31 23:59:59.999999", "10000-01-01 00:00", "infinity", "-infinity"],
    "timestamp(3)": ["2026-11-21 10:11:12.1239"],
    "timestamptz": ["2026-11-21 10:11:12+00", "2026-07-21 10:11:12.25+05:30", "1800-06-01 12:00:00+00", "1900-01-01 00:00:00.5+00",
                    "0044-03-15 12:00:00.5+00 BC", "4714-11-25 00:00+00 BC", "294276-12-31 10:59:59.999999+00",
                    "9999-12-31 23:59:59+00", "10000-01-01 00:00+00", "infinity", "-infinity"],
    "interval": ["0", "1 year 2 mons -3 days", "-04:05:06.789", "178000000 years", "-178000000 years", "1 day", "00:00:00.000001",
                 "1 mon -1 day +01:00"],
    "timetz": ["10:11:12+00", "10:11:12.5-03:30", "24:00:00+15:59:59"],
    "bit(1)": ["0"],
    "bit(9)": ["101010101"],
    "varbit": ["", "1", "01" * 900],
    "numeric": ["0", "-0.00", "1e10", "1e-20", "123456789012345678901234567890.123456789", "NaN", "9" * 3000 + "." + "9" * 2000],
    "numeric(10,3)": ["1.5", "-0.0005"],
    "refcursor": ["c1", 'a"b'],
    "regprocedure": ["0", "abs(integer)"],
    "regoper": ["0", "pg_catalog.||/"],
    "regoperator": ["0", "+(integer,integer)"],
    "regclass": ["0", "pg_class", "16777215", '"odd ""table\\"'],
    "regtype": ["0", "int4", '"char"', "timestamptz"],
    "uuid": ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"],
    "txid_snapshot": ["10:20:10,14,15"],
    "pg_lsn": ["0/0", "FFFFFFFF/FFFFFFFF"],
    "tsvector": ["", "'a':1A,2B 'it''s' 'x\"y' 'back\\\\slash'"],
    "tsquery": ["", "'a' & !'b\"c' | 'd':*A <2> 'it''s'"],
    "regconfig": ["simple", "english"],
    "regdictionary": ["simple"],
    "jsonb": ["1", '{"b" : 1, "a":[1e5,null,"\\u00e9\\n\\""], "a": 2}', '"x"', "1e400", '{"' + "k" * 900 + '": ""}'],
    "int4range": ["empty", "[1,5)", "(,)", "[-2147483648,)"],
    "numrange": ["[1.5,2.50]", "(,NaN]", "empty"],
    "tsrange": ["[2020-01-01 00:00,2021-01-01 00:00:00.5)", "(,)", "[-infinity,0044-03-15 BC]"],
    "tstzrange": ["[2020-01-01 00:00+00,infinity)", "[1800-01-01 00:00+00,)"],
    "daterange": ["[2020-01-01,2020-02-01]", "(,0044-03-15 BC]"],
    "int8range": ["[1,9223372036854775807)"],
    "jsonpath": ["$", '$.a[*] ? (@.b == "x\\"y" && @ > 1)'],
    "regnamespace": ["0", "pg_catalog"],
    "regrole": ["0", "postgres"],
    "regcollation": ["0", '"C"'],
    "int4multirange": ["{}", "{[1,2),[5,8)}"],
    "nummultirange": ["{(,1.5),[2.50,2.50]}"],
    "tsmultirange": ["{[2020-01-01 00:00,2021-01-01 00:00)}"],
    "tstzmultirange": ["{[2020-01-01 00:00+00,)}"],
    "datemultirange": ["{[2020-01-01,2020-02-01)}", "{(,0044-03-15 BC]}"],
    "int8multirange": ["{[1,2)}"],
    "pg_snapshot": ["10:20:10,14,15"],
    "xid8": ["0", "18446744073709551615"],
    "mood": ['sad', 'o"k', "back\\slash"],
    "odd_range": ["[a,b)", '["q""uote",)'],
    "money_text": ["a\nb"],
    "amount": ["1.50", "NaN"],
    "moment": ["2026-11-21 10:11:12+00"],
}

# Newer servers only: type: (first version, literals)
NEWER = {
    "numeric": (14, ["Infinity", "-Infinity"]),
    "interval": (17, ["infinity", "-infinity"]),
}

# Values that a server has, but takes from nobody.
EXPRESSIONS = {
    "pg_node_tree": "select ev_action from pg_rewrite limit 5",
    "aclitem": "select unnest(relacl) from pg_class where relacl is not null limit 20",
    "pg_ndistinct": "select stxdndistinct from pg_statistic_ext_data",
    "pg_dependencies": "select stxddependencies from pg_statistic_ext_data",
    "pg_mcv_list": "select stxdmcv from pg_statistic_ext_data",
    "void": "select pg_sleep(0)",
}
NO_VALUES = {"gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary"}  # live inside of indexes only

# Random values, made by the server.
RANDOM = [
    "(random() - 0.5) * 10::float8 ^ (random() * 600 - 300)",
    "((random() - 0.5) * 10::float8 ^ (random() * 60 - 30))::float4",
    "(random() - 0.5)::numeric * 10::numeric ^ (random() * 60 - 30)::int",
    "((random() - 0.5) * 2e9)::int",
    "((random() - 0.5) * 1.8e19)::int8",
    "to_timestamp(random() * 9e12 - 2e11)",
    "to_timestamp(random() * 4e9 - 4e9)",
    "to_timestamp((random() * 4e9)::int8)",
    "to_timestamp(random() * 9e12 - 2e11)::timestamp",
    "to_timestamp(random() * 3e9)::timestamp(3)",
    "date '2000-01-01' + ((random() - 0.3) * 2e6)::int",
    "time '00:00' + random() * interval '1 day'",
    "(to_timestamp(random() * 3e9))::timetz",
    "make_interval((random() * 20 - 10)::int, (random() * 30 - 15)::int, 0, (random() * 90 - 45)::int, 0, 0, random() * 1e6 - 5e5)",
    "random() * interval '1 year'",
    "gen_random_uuid()",
    "decode(md5(random()::text), 'hex')",
    "(random() * 1e6)::int::money",
    "('10.0.0.0'::inet + (random() * 1e8)::int8)",
    "set_masklen('10.0.0.0'::inet + (random() * 1e8)::int8, (random() * 32)::int)",
    "('2001:db8::'::inet + (random() * 1e15)::int8)",
    "substr(md5(random()::text), 1, 12)::macaddr",
    "((random() * 1e9)::int)::bit(31)",
    "jsonb_build_object('a', random(), md5(random()::text), array[random(), null], 't', now())",
    "json_build_object('a', random(), 'b', array['x', null])",
    "point(random(), -random() * 1e9)",
    "box(point(random(), random()), point(random(), random()))",
    "int4range((random() * -100)::int, (random() * 100)::int)",
    "tstzrange(to_timestamp(random() * 1e9), to_timestamp(1e9 + random() * 1e9))",
    "tsmultirange(tsrange('2000-01-01', to_timestamp(1e9 + random() * 1e9)::timestamp))",
    "to_tsvector('simple', md5(random()::text) || ' ' || md5(random()::text))",
    "(random() > 0.5)",
]

# Some of them had offsets with seconds before 1972.
ZONES = ["'UTC'", "'Asia/Kolkata'", "'America/St_Johns'", "'Europe/Amsterdam'", "'Africa/Monrovia'", "'Asia/Kathmandu'",
         "'Pacific/Apia'", "'America/New_York'", "interval '-11:59' hour to minute"]


def tool():
    """Next to the program under test: the same build."""
    path = Path(os.path.realpath(os.environ.get("BOBBIN", utils.TOP / "build" / "bobbin"))).parent
    for build in (path, path.parent):
        found = build / "test" / "unit" / "db" / "pg_json_tool"
        if found.exists():
            return found
    raise AssertionError("pg_json_tool is not built")


@pytest.fixture(scope="module")
def database(bare_pg):
    """Its settings are what an unfriendly administrator might choose: the connection must override them."""
    bare_pg.new_database("encoder", sql="""
        create type mood as enum ('sad', 'o"k', E'back\\\\slash');
        create type odd_range as range (subtype = text);
        create domain money_text as text;
        create domain amount as numeric;
        create domain moment as timestamptz;
        create table "odd ""table\\" (id int);
        create table stats (a int, b int);
        insert into stats select i % 10, i % 5 from generate_series(1, 1000) i;
        create statistics stats_all on a, b from stats;
        analyze stats;
        alter database encoder set datestyle = 'SQL, DMY';
        alter database encoder set intervalstyle = 'iso_8601';
        alter database encoder set extra_float_digits = -15;
        alter database encoder set bytea_output = 'escape';
        alter database encoder set client_encoding = 'LATIN1';
    """)
    return bare_pg


def compare(pg, statements):
    run = subprocess.run([tool(), pg.uri("encoder", "postgres")], input="\n".join(statements) + "\n", stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, encoding="utf-8", timeout=120)
    assert run.returncode == 0, "\n".join(line[:300] for line in run.stdout.splitlines()[:40])
    values, different = run.stdout.splitlines()[-1].split(" values, ")
    assert different == "0 different"
    return int(values)


def literal(text):
    """One line, whatever the text."""
    escaped = "".join(c if " " <= c < "\x7f" and c not in "'\\" else f"\\U{ord(c):08x}" for c in text)
    return f"E'{escaped}'"


def values_statement(kind, literals):
    rows = ", ".join(f"({literal(text)}::{kind})" for text in literals)
    return f"select v, to_json(v) from (values (null::{kind}), {rows}) x(v)"


def listed():
    run = subprocess.run([tool(), "list"], stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return {int(oid): name for oid, name in (line.split() for line in run.stdout.splitlines())}


def test_every_type_of_the_server_is_in_the_table_and_tested(database):
    rows = database.sql("select oid, typname from pg_type where typnamespace = 'pg_catalog'::regnamespace"
                         " and typtype in ('b', 'e', 'r', 'm')"
                         " and (typcategory <> 'A' or typname in ('int2vector', 'oidvector'))", database="encoder")
    assert listed() == dict(rows)
    tested = {kind.strip('"').split("(")[0] for kind in VALUES} | set(EXPRESSIONS) | NO_VALUES
    assert {name for _, name in rows} - tested == set()


def test_extremes_of_every_type(database):
    version = int(database.value("show server_version_num", database="encoder")) // 10000
    statements = []
    for zone in ZONES:
        statements.append(f"set time zone {zone}")
        for kind, literals in VALUES.items():
            since, more = NEWER.get(kind, (0, []))
            statements.append(values_statement(kind, literals + (more if version >= since else [])))
        for sql in EXPRESSIONS.values():
            statements.append(f"select v, to_json(v) from ({sql}) x(v)")
    assert compare(database, statements) > 3000


def test_random_values(database):
    statements = []
    for zone in ZONES:
        statements.append(f"set time zone {zone}")
        statements += [f"select v, to_json(v) from (select {sql} as v from generate_series(1, 300)) x" for sql in RANDOM]
    assert compare(database, statements) == len(ZONES) * len(RANDOM) * 300


def test_random_texts(database):
    rng = random.Random(5)
    alphabets = [[chr(c) for c in range(1, 128)], list("ab\"\\\n"), [chr(c) for c in range(0x80, 0x2100)] + ["\U0001f600"]]
    statements = []
    for _ in range(300):
        texts = ["".join(rng.choices(rng.choice(alphabets), k=rng.randrange(80))) for _ in range(20)]
        statements.append(values_statement(rng.choice(["text", "varchar", "bpchar"]), texts))
    texts = ["".join(rng.choices(alphabets[i % 3], k=rng.randrange(20000))) for i in range(30)]
    statements.append(values_statement("text", texts))
    assert compare(database, statements) == 300 * 21 + 31
