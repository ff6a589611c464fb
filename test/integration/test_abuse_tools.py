"""Do the judges judge? test/chaos and bench/abuse.py against responses that are wrong in a known way. SPDX-License-Identifier: ISC"""

import asyncio
import collections
import json
import multiprocessing
import socket
import sys
import threading

import pytest
import utils
from net import RawResponse

sys.path[:0] = [str(utils.TOP / "test" / "chaos"), str(utils.TOP / "bench")]
import abuse  # noqa: E402
import clients  # noqa: E402
import honest  # noqa: E402


def response(status, body, **headers):
    made = RawResponse("HTTP/1.1", status, "", [(name.replace("_", "-"), value) for name, value in headers.items()])
    made.body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return made


@pytest.fixture
def reader():
    return clients.Reader(0, 0, "seed", multiprocessing.Value("i", clients.STORM), clients.Tally())


def fault_of(reader, request, answer):
    reader.tally.faults.clear()
    reader.judge(request, answer, reader.phase.value)
    kinds = [kind for kind, _ in reader.tally.faults]
    assert len(kinds) <= 1
    return kinds[0] if kinds else None


def test_own_rows_are_no_fault(reader):
    rows = [{"id": 9, "owner": "chaos_a", "sub": "1", "marks": [{"id": 9, "owned_id": 9}]}]
    assert fault_of(reader, reader.make.my_marks(), response(200, rows)) is None


@pytest.mark.parametrize("owner, sub", [("chaos_b", "1"), ("chaos_a", "2")])
def test_a_row_of_another_caller_is_a_bleed(reader, owner, sub):
    assert fault_of(reader, reader.make.my_marks(), response(200, [{"id": 9, "owner": owner, "sub": sub, "marks": []}])) == "bleed"


def test_claims_and_responses_of_another_caller_are_bleeds(reader):
    other = clients.Caller(1)
    answer = response(200, [{"id": 1, "role": other.role, "claims": other.claims}])
    assert fault_of(reader, reader.make.me(), answer) == "bleed"
    own = {"role": reader.caller.role, "claims": reader.caller.claims, "nonce": "of-another-request"}
    assert fault_of(reader, reader.make.who_by_get(), response(200, own)) == "bleed"


@pytest.mark.parametrize("body", [b"[", b"", [], [{"id": 1}], [{"id": 1, "v": 4}], {"id": 1, "v": 3}])
def test_anything_else_is_wrong(reader, body):
    assert fault_of(reader, reader.make.shifted("/shifting", 1), response(200, body)) == "wrong response"


@pytest.mark.parametrize("phase, status, headers, fault", [
    (clients.STORM, 500, {}, "unexpected status"), (clients.STORM, 503, {}, "unexpected status"), (clients.STORM, 404, {}, "unexpected status"),
    (clients.STORM, 503, {"Retry_After": "1"}, None), (clients.CALM, 503, {"Retry_After": "1"}, "refused in peace")])
def test_statuses(reader, phase, status, headers, fault):
    reader.phase.value = phase
    assert fault_of(reader, reader.make.me(), response(status, {"code": "X"}, **headers)) == fault


def serve(listener, answers):
    """To each connection one answer to each request, then the end."""
    for answer in answers:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)


def test_honest_clients_tell_what_went_wrong():
    answers = [b"", *(f"HTTP/1.1 {status} x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]".encode() for status in (503, 200, 200))]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener, answers))
        server.start()
        measured = honest.Measured()
        client = honest.Client(0, listener.getsockname()[1], ["token"], 1000, measured)
        asyncio.run(one_by_one(client, ["nothing", b"[]", b"[]", b"[1]"]))
        server.join()
    assert measured.failures == {"closed": 1, "503": 1, "wrong body": 1}


async def one_by_one(client, expected):
    for body in expected:
        result = await client.outcome("GET", "/", b"", body, "token")
        client.measured.failures.update([result] if result != "ok" else [])
        client.wire = None


def line(**changes):
    made = abuse.Line(1, "flood")
    for phase in (made.before, made.attacked, made.after):
        phase.latencies = [0.004] * 100
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_verdicts():
    slow, failing = honest.Measured(), honest.Measured()
    slow.latencies, failing.latencies, failing.failures = [0.009] * 100, [0.001], collections.Counter({"503": 1})
    assert line().cells()[-1] == "PASS"
    assert line(attacked=failing).failed_goals() == ["requests"] == line(after=failing).failed_goals()
    assert line(attacked=slow).failed_goals() == ["p99"]
    assert line(attacked=slow, before=slow, after=slow).failed_goals() == []
    assert line(server_mb=257, backend_mb=65, running=False).failed_goals() == ["server memory", "backend memory", "the server ended"]
