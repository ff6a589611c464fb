"""Graceful stop: what was accepted is answered, the process ends by itself. SPDX-License-Identifier: ISC"""

import signal
import threading
import time

import pytest
import requests


@pytest.fixture(scope="module")
def sleepy(pg):
    pg.new_database("sleepy", sql="""
        create role sleepy_reader nologin; grant sleepy_reader to erp_authenticator; create schema api;
        grant usage on schema api to sleepy_reader;
        create view api.naps as select i as id, pg_sleep(1.5)::text as slept from generate_series(1, 1) i;
        create view api.now as select 1 as id; grant select on all tables in schema api to sleepy_reader""")
    return {"database": "sleepy", "db_schemas": "api", "db_anon_role": "sleepy_reader"}


def test_a_running_query_is_finished(make_bobbin, sleepy):
    server = make_bobbin(**sleepy)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(server.get("/naps")))
    thread.start()
    time.sleep(0.5)
    started = time.monotonic()
    assert server.stop() == 0
    thread.join()
    assert answers[0].status_code == 200 and len(answers[0].json()) == 1
    assert answers[0].headers["Connection"] == "close"
    assert time.monotonic() - started < 5


def test_second_signal_ends_at_once(make_bobbin, sleepy):
    server = make_bobbin(**sleepy)
    outcome = []

    def ask():
        try:
            outcome.append(server.get("/naps").status_code)
        except requests.RequestException:
            outcome.append("cut")

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.5)
    started = time.monotonic()
    server.signal(signal.SIGTERM)
    time.sleep(0.1)
    server.signal(signal.SIGTERM)
    server.wait(5)
    assert time.monotonic() - started < 1.2
    thread.join()
    assert outcome in (["cut"], [503]), "the query takes longer than the server lived"


def test_no_accepted_request_fails(make_bobbin, sleepy):
    """Keep-alive clients and new connections while the server stops: every request is answered or was never accepted."""
    for _ in range(5):
        server = make_bobbin(**sleepy, drain_delay="200ms")
        failed, stopping = [], threading.Event()

        def keep_alive():
            session = requests.Session()
            while True:
                try:
                    answer = session.get(server.url + "/api/v1/now", timeout=10)
                except requests.exceptions.ConnectionError as error:
                    # No connection is fine once the listener is closed (refused, or reset before it was established, should
                    # the handshake have taken longer than the server waits); one that is lost with its request is not.
                    if "Failed to establish a new connection" not in str(error):
                        failed.append(error)
                    return
                if answer.status_code != 200:
                    failed.append(answer.status_code)
                if stopping.is_set() and answer.headers.get("Connection") == "close":
                    session.close()

        threads = [threading.Thread(target=keep_alive) for _ in range(8)]
        for thread in threads:
            thread.start()
        time.sleep(0.4)
        stopping.set()
        assert server.stop() == 0
        for thread in threads:
            thread.join()
        assert not failed, failed


def test_readiness_goes_first(make_bobbin, sleepy):
    server = make_bobbin(**sleepy, drain_delay="1s")
    server.signal(signal.SIGTERM)
    time.sleep(0.2)
    assert server.ready_status() == 503
    assert server.get("/now").status_code == 200, "still served while the load balancer finds out"
    assert server.wait(10) == 0
