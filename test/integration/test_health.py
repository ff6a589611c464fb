"""Probes and the admin listener. SPDX-License-Identifier: ISC"""

from utils import wait_until


def test_probes_of_a_healthy_server(bobbin):
    assert bobbin.get("/livez").status_code == 200
    assert bobbin.get("/readyz").status_code == 200
    report = bobbin.get("/health")
    assert report.status_code == 200
    assert report.headers["Content-Type"].startswith("application/health+json")
    body = report.json()
    assert body["status"] in ("pass", "warn")
    assert body["version"] and body["uptime_seconds"] >= 0 and body["timestamp"].endswith("Z")
    assert set(body["checks"]) >= {"database:responseTime", "memory:utilization", "schema:loaded"}


def test_admin_listener(bobbin):
    assert bobbin.admin("/live").status_code == 200
    assert bobbin.admin("/ready").status_code == 200
    names = {relation["name"] for relation in bobbin.admin("/schema_cache").json()["relations"]}
    assert {"products", "customers", "sales_orders"} <= names
    assert bobbin.admin("/nothing").status_code == 404
    assert bobbin.get("/metrics").status_code == 404, "metrics are for the admin listener alone"
    assert bobbin.metrics().value("http_server_requests_total") > 0


def test_database_that_stops_answering(make_bobbin, make_proxy, pg):
    proxy = make_proxy(pg.socket_path)
    server = make_bobbin(proxy=proxy)
    proxy.stall()
    wait_until(lambda: server.get("/readyz").status_code == 503, 6, what="unreadiness")
    assert server.get("/livez").status_code == 200
    report = server.get("/health")
    assert report.status_code == 503 and report.json()["status"] == "fail"
    assert "Retry-After" in server.get("/readyz").headers
    proxy.resume()
    wait_until(lambda: server.get("/readyz").status_code == 200, 6, what="readiness")


def test_starts_before_its_database(make_bobbin, make_proxy, pg):
    proxy = make_proxy(pg.socket_path)
    proxy.refuse()
    server = make_bobbin(proxy=proxy, start=False).start(wait=False)
    wait_until(lambda: server.ready_status() == 503, what="the admin listener")
    answer = server.get("/products?limit=1")
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1
    proxy.accept()
    server.wait_ready(10)
    assert server.get("/products?select=id&limit=1").status_code == 200


def test_probes_cost_no_queries(bobbin):
    before = bobbin.metrics().value("db_client_operations_total")
    for _ in range(200):
        assert bobbin.get("/readyz").status_code == 200
    assert bobbin.metrics().value("db_client_operations_total") - before < 20


def test_health_reveals_no_secret(bobbin):
    text = bobbin.get("/health").text + bobbin.admin("/schema_cache").text
    assert "postgresql://" not in text and "secret" not in text


def test_redis_down_is_a_warning(make_bobbin, redis):
    server = make_bobbin(redis=redis)
    wait_until(lambda: server.get("/health").json()["status"] == "pass", what="Redis")
    assert server.get("/health").json()["checks"]["redis:responseTime"][0]["status"] == "pass"
    redis.stop()
    try:
        wait_until(lambda: server.get("/health").json()["status"] == "warn", what="the warning")
        assert server.get("/health").status_code == 200
        assert server.get("/readyz").status_code == 200
        assert server.get("/products?select=id&limit=1").status_code == 200
    finally:
        redis.start()
    wait_until(lambda: server.get("/health").json()["status"] == "pass", what="Redis's return")


def test_a_redis_uri_that_is_none(make_bobbin):
    server = make_bobbin(start=False, redis_uri="http://localhost").start(wait=False)
    assert server.wait(10) == 78
    assert "redis-uri" in server.log_text()
