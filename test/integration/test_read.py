"""Reads through the whole program: request to status, headers and body. SPDX-License-Identifier: ISC"""

import json

import pytest

FIRST = ("/sales_orders?select=order_no,total_amount,customers(code,company_name),sales_order_items(qty,products(sku,name))"
         "&status=eq.confirmed&order=order_date.desc&limit=2")


def test_orders_with_customer_and_items_in_one_statement(bobbin, pg):
    answer = bobbin.get(FIRST)
    assert answer.status_code == 200, answer.text
    orders = answer.json()
    assert len(orders) == 2
    for order in orders:
        assert list(order) == ["order_no", "total_amount", "customers", "sales_order_items"]
        assert list(order["customers"]) == ["code", "company_name"]
        assert order["sales_order_items"]
        for item in order["sales_order_items"]:
            assert list(item) == ["qty", "products"]
            assert list(item["products"]) == ["sku", "name"]
        row = pg.sql("select o.total_amount::text, c.code, count(*) from erp.sales_orders o join erp.customers c on c.id = "
                     "o.customer_id join erp.sales_order_items i on i.sales_order_id = o.id where order_no = %s group by 1, 2",
                     (order["order_no"],))
        assert row == [(format_amount(answer.text, order), order["customers"]["code"], len(order["sales_order_items"]))]


def format_amount(text, order):
    """The amount as it was written, not as a float."""
    exact = json.loads(text, parse_float=str, parse_int=str)
    return next(o["total_amount"] for o in exact if o["order_no"] == order["order_no"])


def test_money_is_exact_text(bobbin, pg):
    answer = bobbin.get("/products?select=id,sale_price&order=id&limit=50")
    prices = {int(row["id"]): row["sale_price"] for row in json.loads(answer.text, parse_float=str, parse_int=str)}
    for id_, price in pg.sql("select id, sale_price::text from erp.products where id = any(%s)", (list(prices),)):
        assert prices[id_] == price


def test_row_by_key(bobbin):
    first = bobbin.get("/products?select=id,sku&order=id&limit=1").json()[0]
    answer = bobbin.get(f"/products?select=id,sku&id=eq.{first['id']}")
    assert answer.json() == [first]
    assert answer.headers["Content-Range"] == "0-0/*"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


def test_same_shape_other_values(bobbin):
    ids = [row["id"] for row in bobbin.get("/products?select=id&order=id&limit=20").json()]
    before = bobbin.metrics()
    for id_ in ids:
        assert bobbin.get(f"/products?select=id&id=eq.{id_}").json() == [{"id": id_}]
    after = bobbin.metrics()
    assert after.value("plan_cache_requests_total", result="miss") - before.value("plan_cache_requests_total", result="miss") < 10, "a reload of the schema may empty the cache once"


def test_values_are_decoded_once(bobbin):
    assert bobbin.get("/products?select=id&name=eq.a%2520b%00").status_code == 400
    assert bobbin.get("/products?select=id&name=eq.%ff").status_code == 400
    assert bobbin.get("/products?select=id&name=eq.no+such%20%26%20thing").json() == []


def test_default_page_and_cap(make_bobbin):
    server = make_bobbin(db_default_limit=20, db_max_rows=100)
    assert len(server.get("/products?select=id").json()) == 20
    assert len(server.get("/products?select=id&limit=1000").json()) == 100
    assert len(server.get("/products?select=id&limit=7").json()) == 7
    assert server.get("/products?select=id&limit=0").json() == []


@pytest.mark.parametrize("mode", ["exact", "planned", "estimated"])
def test_counts(bobbin, pg, mode):
    total = pg.value("select count(*) from erp.products")
    answer = bobbin.get("/products?select=id&order=id&limit=5", headers={"Prefer": f"count={mode}"})
    assert answer.headers["Preference-Applied"] == f"count={mode}"
    shown = int(answer.headers["Content-Range"].split("/")[1])
    assert answer.status_code == 206
    assert shown == total if mode == "exact" else 0.5 * total <= shown <= 2 * total


def test_count_of_a_page_that_is_not_full_needs_no_query(bobbin):
    answer = bobbin.get("/currencies?select=code&code=eq.EUR", headers={"Prefer": "count=exact"})
    assert answer.status_code == 200
    assert answer.headers["Content-Range"] == "0-0/1"


def test_offset_beyond_the_total(bobbin):
    answer = bobbin.get("/currencies?select=code&offset=100000&limit=5", headers={"Prefer": "count=exact"})
    assert answer.status_code == 416
    assert answer.json()["code"] == "PGRST103"
    assert answer.headers["Content-Range"].startswith("*/")
    answer = bobbin.get("/currencies?select=code&offset=100000&limit=5")
    assert (answer.status_code, answer.json(), answer.headers["Content-Range"]) == (200, [], "*/*")


def test_range_header(bobbin):
    answer = bobbin.get("/products?select=id&order=id", headers={"Range-Unit": "items", "Range": "5-9"})
    assert answer.status_code == 200
    assert answer.headers["Content-Range"] == "5-9/*"
    assert bobbin.get("/products?select=id", headers={"Range": "9-5"}).status_code == 416


def test_single_object(bobbin):
    accept = {"Accept": "application/vnd.pgrst.object+json"}
    answer = bobbin.get("/currencies?select=code&code=eq.EUR", headers=accept)
    assert answer.json() == {"code": "EUR"}
    assert answer.headers["Content-Type"] == "application/vnd.pgrst.object+json; charset=utf-8"
    for query, rows in (("code=eq.XXX", 0), ("limit=3", 3)):
        answer = bobbin.get(f"/currencies?select=code&{query}", headers=accept)
        assert answer.status_code == 406
        assert answer.json()["code"] == "PGRST116"
        assert answer.json()["details"] == f"The result contains {rows} rows"


def test_a_column_that_is_asked_for_twice_is_shown_twice(bobbin):
    whole = bobbin.get("/products?select=id,sku&order=id&limit=3").json()
    text = bobbin.get("/products?select=sku,x:id,id,sku&order=id&limit=3").text
    assert text.startswith('[{"sku":"%s","x":%d,"id":%d,"sku":"%s"}' % ((whole[0]["sku"],) + (whole[0]["id"],) * 2 + (whole[0]["sku"],)))
    table = bobbin.get("/products?select=sku,x:id,id,sku&order=id&limit=3", headers={"Accept": "text/csv"}).text.splitlines()
    assert table == ["sku,x,id,sku"] + ["{0},{1},{1},{0}".format(row["sku"], row["id"]) for row in whole]
    every = bobbin.get("/products?select=*,id&order=id&limit=1").text
    assert every.count('"id":') == 2


def test_more_parameters_than_anybody_needs(bobbin):
    answer = bobbin.post("/products", headers={"X-HTTP-Method-Override": "GET", "Content-Type": "application/x-www-form-urlencoded"},
                         data="x&" * 300000)
    assert (answer.status_code, answer.json()["details"]) == (400, "At most 20000 parameters are allowed.")
    answer = bobbin.post("/rpc/search_all", headers={"Content-Type": "application/x-www-form-urlencoded"}, data="x&" * 300000)
    assert (answer.status_code, answer.json()["details"]) == (400, "At most 100000 are taken.")


def test_head_has_the_headers_of_get(bobbin):
    path = "/products?select=id&order=id&limit=5"
    get, head = bobbin.get(path), bobbin.head(path)
    assert head.status_code == get.status_code and head.content == b""
    for name in ("Content-Range", "Content-Type"):
        assert head.headers[name] == get.headers[name]


def test_options_needs_no_database(bobbin):
    answer = bobbin.options("/products")
    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(",")) >= {"OPTIONS", "GET", "HEAD"}


def test_low_stock_and_stock_by_warehouse(bobbin):
    answer = bobbin.get("/stock_balances?select=on_hand,products(sku,name),warehouses(code)&order=on_hand.asc&limit=5")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()) == 5
    assert all(row["products"]["sku"] and row["warehouses"]["code"] for row in answer.json())


def test_roles_see_what_the_database_lets_them(bobbin):
    assert bobbin.get("/bank_accounts?select=id").status_code == 401, "the anonymous role is asked who it is"
    assert bobbin.get("/bank_accounts?select=id", role="erp_sales").status_code == 403
    assert bobbin.get("/bank_accounts?select=id", role="erp_accountant").status_code == 200


def test_bad_tokens(bobbin):
    for token in ("x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJyb2xlIjoiZXJwX2FkbWluIn0."):
        answer = bobbin.get("/products?select=id&limit=1", token=token)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path, status, code, says", [
    ("/no_such_table", 404, "PGRST205", "no_such_table"),
    ("/product", 404, "PGRST205", "products"),
    ("/products?select=id,nmae", 400, None, "nmae"),
    ("/products?nosuch=eq.1", 400, None, "nosuch"),
    ("/products?id=zz.1", 400, "PGRST100", "zz"),
    ("/products?select=id&or=(id.eq.1", 400, "PGRST100", None),
    ("/products?select=id,customers(id)", 400, "PGRST200", "customers"),
    ("/products?order=id.up", 400, "PGRST100", "up"),
    ("/products?id=eq.abc", 400, "22P02", "abc"),
    ("/products?id=eq.%zz", 400, None, None),
    ("/a/b", 404, "PGRST125", None),
    ("/products?or=" + "(or" * 200 + "(id.eq.1)" + ")" * 200, 400, None, None),
])
def test_bad_requests_say_what_to_change(bobbin, path, status, code, says):
    answer = bobbin.get(path)
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) >= {"code", "message", "details", "hint"}
    assert code is None or body["code"] == code
    assert says is None or says in json.dumps(body)


def test_methods_that_are_not_answered(bobbin):
    answer = bobbin.request("PURGE", "/products")
    assert answer.status_code in (405, 501)
    answer = bobbin.put("/livez")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


def test_refused_requests_take_no_connection(make_bobbin, make_proxy, pg):
    """400, 401, 404, 405 and OPTIONS are answered with a database that does not answer any more."""
    proxy = make_proxy(pg.socket_path)
    server = make_bobbin(proxy=proxy)
    proxy.stall()
    assert server.get("/no_such_table").status_code == 404
    assert server.get("/products?id=zz.1").status_code == 400
    assert server.get("/products", token="x").status_code == 401
    assert server.options("/products").status_code == 200
    assert server.put("/livez").status_code == 405
