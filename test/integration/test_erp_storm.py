"""Twenty people at work in the ERP at once, on the same few products, orders and invoices.

However they get in each other's way, nobody deadlocks, whoever fails is told why by a rule of the schema, and
afterwards every invariant holds.

SPDX-License-Identifier: ISC
"""

import json
import random
import threading
import time
import uuid
from collections import Counter

import psycopg
import pytest

CLIENTS = 20
SECONDS = 15
MORE_SECONDS = 45  # on a slow machine, until each kind of work has succeeded once
# Rule broken, number or row is there already, reference to nothing, overlap, not to be changed any more, not allowed,
# no such row, somebody was faster, senseless argument.
DECLARED = {"23514", "23505", "23503", "23P01", "55000", "42501", "P0002", "PT409", "22023"}
# What everybody wants at once.
HOT = """create table public.hot as select product_id from erp.stock_balances b join erp.products p on p.id = b.product_id
         where p.kind = 'goods' and not p.track_lots and p.is_active group by 1 having sum(b.on_hand) > 50 order by 1 limit 8;
         update erp.customers set credit_limit = null, salesperson_id = 3 where id <= 12"""


class Idle(Exception):
    """There is nothing of this to do just now."""


class Client(threading.Thread):
    succeeded = set()  # by anybody

    def __init__(self, pg, seed, deadline):
        super().__init__()
        self.dice = random.Random(seed)
        self.deadline = deadline
        self.eyes = pg.connect("storm")  # looks for something to do
        self.hands = pg.connect("storm", "erp_authenticator", autocommit=False)
        self.done, self.refused, self.wrong = Counter(), Counter(), []

    def run(self):
        while time.monotonic() < self.deadline or (WORK - self.succeeded and time.monotonic() < self.deadline + MORE_SECONDS):
            name = self.dice.choice(sorted(WORK))
            try:
                getattr(self, name)()
                self.done[name] += 1
                self.succeeded.add(name)
            except Idle:
                pass
            except psycopg.Error as error:
                self.hands.rollback()
                self.refused[name, error.sqlstate] += 1
                if error.sqlstate not in DECLARED:
                    self.wrong.append(f"{name}: {error.sqlstate} {error}")
        self.eyes.close()
        self.hands.close()

    def pick(self, query, *params):
        """The columns of one row of the query, at random."""
        rows = self.eyes.execute(query, params).fetchall()
        if not rows:
            raise Idle
        return self.dice.choice(rows)

    def call(self, role, claims, query, *params):
        """One request: a transaction in a role, with the claims of a token. The first column of the last query."""
        value = None
        self.hands.execute(f"set local role {role}")
        self.hands.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),))
        self.hands.execute("set local statement_timeout = '20s'")
        cursor = self.hands.execute(query, params)
        if cursor.description is not None:
            row = cursor.fetchone()
            value = row[0] if row else None
        self.hands.commit()
        return value

    def products(self, n):
        rows = [row[0] for row in self.eyes.execute("select product_id from hot")]
        return self.dice.sample(rows, self.dice.randint(1, n))

    # Selling

    def do_place_order(self):
        items = [{"product_id": p, "qty": self.dice.randint(1, 5), "discount_pct": self.dice.choice([0, 2.5])}
                 for p in self.products(5)]
        order = {"customer_id": self.dice.randint(1, 12), "items": items, "currency_code": self.dice.choice(["USD", "EUR"]),
                 "warehouse_id": self.dice.choice([1, 1, 2])}
        key = str(uuid.uuid4())
        first = self.call("erp_sales", {"user_id": 3}, "select (erp.place_order(%s, %s)).id", json.dumps(order), key)
        again = self.call("erp_sales", {"user_id": 3}, "select (erp.place_order(%s, %s)).id", json.dumps(order), key)
        assert first == again

    def do_edit_order(self):
        order, = self.pick("select id from erp.sales_orders where status = 'draft' order by id desc limit 10")[:1]
        self.call("erp_sales", {"user_id": 3}, "update erp.sales_order_items set qty = qty + 1 where sales_order_id = %s", order)

    def do_add_free_line(self):
        order, = self.pick("select id from erp.sales_orders where status = 'draft' order by id desc limit 3")[:1]
        self.call("erp_sales", {"user_id": 3}, "insert into erp.sales_order_items (sales_order_id, line_no, product_id, qty, unit_price)"
                  " values (%s, %s, %s, 1, 0)", order, self.dice.randint(1000, 1000000), self.products(1)[0])

    def do_drop_line(self):
        item, = self.pick("select i.id from erp.sales_order_items i join erp.sales_orders o on o.id = i.sales_order_id"
                          " where o.status = 'draft' order by i.id desc limit 20")[:1]
        self.call("erp_sales", {"user_id": 3}, "delete from erp.sales_order_items where id = %s", item)

    def do_confirm_order(self):
        order, version = self.pick("select id, row_version from erp.sales_orders where status = 'draft'"
                                   " order by id desc limit 10")[:2]
        self.call("erp_sales", {"user_id": 3}, "select erp.confirm_order(%s, %s)", order, self.dice.choice([version, None]))

    def do_cancel_order(self):
        order, = self.pick("select id from erp.sales_orders where status in ('draft', 'confirmed', 'picking')"
                           " order by id desc limit 15")[:1]
        self.call("erp_sales", {"user_id": 3}, "select erp.cancel_order(%s, 'changed their mind')", order)

    def do_hold_order(self):
        order, status = self.pick("select id, case status when 'on_hold' then 'confirmed' else 'on_hold' end from erp.sales_orders"
                                  " where status in ('confirmed', 'on_hold') order by id desc limit 10")[:2]
        self.call("erp_sales", {"user_id": 3}, "select erp.set_status('sales_orders', %s, %s, 'waiting')", order, status)

    def do_ship_order(self):
        order, = self.pick("select id from erp.sales_orders where status in ('confirmed', 'picking') order by id desc limit 10")[:1]
        items = self.eyes.execute("select id from erp.sales_order_items where sales_order_id = %s", (order,)).fetchall()
        part = [{"sales_order_item_id": i, "qty": 1} for i, in items]
        self.call("erp_warehouse", {"user_id": 5}, "select erp.ship_order(%s, %s)", order,
                  self.dice.choice([json.dumps(part), None]))

    # Buying and stock

    def do_order_goods(self):
        supplier, = self.pick("select id from erp.suppliers limit 3")[:1]
        self.hands.execute("set local role erp_purchasing")
        order = self.hands.execute("insert into erp.purchase_orders (supplier_id, warehouse_id, expected_date, currency_code, exchange_rate)"
                                   " values (%s, %s, current_date + 9, 'EUR', 1.25) returning id", (supplier, self.dice.choice([1, 2]))).fetchone()[0]
        for line, product in enumerate(self.products(4), 1):
            self.hands.execute("insert into erp.purchase_order_items (purchase_order_id, line_no, product_id, qty, unit_price)"
                               " values (%s, %s, %s, %s, 3.3333)", (order, line, product, self.dice.randint(5, 60)))
        self.call("erp_purchasing", {"user_id": 4}, "select erp.set_status('purchase_orders', %s, 'approved')", order)

    def do_receive_goods(self):
        order, = self.pick("select id from erp.purchase_orders where status in ('approved', 'sent', 'partially_received')"
                           " order by id desc limit 6")[:1]
        items = self.eyes.execute("select id from erp.purchase_order_items where purchase_order_id = %s", (order,)).fetchall()
        part = [{"purchase_order_item_id": i, "qty": 2, "qty_rejected": self.dice.choice([0, 0.5])} for i, in items]
        self.call("erp_warehouse", {"user_id": 5}, "select erp.receive_goods(%s, null, %s)", order,
                  self.dice.choice([json.dumps(part), None]))

    def do_book_purchase_invoice(self):
        order, = self.pick("select distinct purchase_order_id from erp.purchase_order_items where received_qty > invoiced_qty limit 8")[:1]
        self.call("erp_accountant", {"user_id": 7}, "select erp.book_purchase_invoice(%s, %s)", order, str(uuid.uuid4()))

    def do_post_stock_movement(self):
        for product in self.products(1):
            self.call("erp_warehouse", {"user_id": 5}, "select erp.post_stock_movement(%s, %s, %s, 'adjust', 'storm')", product,
                      self.dice.choice([1, 2, 3]), self.dice.choice(["40", "7.125", "-3", "-25"]))

    def do_reverse_move(self):
        move, = self.pick("select id from erp.stock_moves where source_type = 'manual' and note = 'storm' order by id desc limit 5")[:1]
        self.call("erp_warehouse", {"user_id": 5}, "select erp.reverse_stock_move(%s)", move)

    def do_transfer_stock(self):
        items = [{"product_id": p, "qty": self.dice.choice([1, 2.5])} for p in self.products(5)]
        stores = self.dice.sample([1, 2, 3], 2)
        self.call("erp_warehouse", {"user_id": 5}, "select erp.transfer_stock(%s, %s, %s)", *stores, json.dumps(items))

    def do_count_stock(self):
        count = self.call("erp_warehouse", {"user_id": 5}, "select (erp.start_stock_count(%s)).id", self.dice.choice([1, 2, 3]))
        self.call("erp_warehouse", {"user_id": 5}, "update erp.stock_count_items set counted_qty = expected_qty + 1"
                  " where stock_count_id = %s and product_id in (1, 2, 3)", count)
        self.call("erp_warehouse", {"user_id": 5}, "select erp.post_stock_count(%s)", count)

    # Books

    def do_issue_invoice(self):
        order, = self.pick("select distinct sales_order_id from erp.sales_order_items where delivered_qty > invoiced_qty"
                           " order by 1 desc limit 8")[:1]
        self.call("erp_accountant", {"user_id": 7}, "select erp.issue_invoice(sales_order_id => %s)", order)

    def do_register_payment(self):
        self.call("erp_accountant", {"user_id": 7}, "select erp.register_payment(%s, 'bank', customer_id => %s, currency => %s)",
                  self.dice.choice(["10", "99.99", "2500"]), self.dice.randint(1, 12), self.dice.choice(["USD", "EUR"]))

    def do_pay_invoices(self):
        rows = self.eyes.execute("select id, customer_id, balance, currency_code from erp.invoices where customer_id = %s and balance > 0"
                                 " and kind = 'sales' and status in ('issued', 'partially_paid') and currency_code = %s limit 3",
                                 (self.dice.randint(1, 12), self.dice.choice(["USD", "EUR"]))).fetchall()
        if not rows:
            raise Idle
        allocations = [{"invoice_id": row[0], "amount": str(row[2])} for row in rows]
        self.dice.shuffle(allocations)
        self.call("erp_accountant", {"user_id": 7}, "select erp.register_payment(%s, 'tt', customer_id => %s, allocations => %s, currency => %s)",
                  sum(row[2] for row in rows), rows[0][1], json.dumps(allocations), rows[0][3])

    def do_cancel_payment(self):
        payment, = self.pick("select id from erp.payments where status = 'posted' and customer_id <= 12 order by id desc limit 6")[:1]
        self.call("erp_accountant", {"user_id": 7}, "select erp.cancel_payment(%s, 'bounced')", payment)

    def do_rollup_reports(self):
        self.call("erp_manager", {"user_id": 2}, "select erp.rollup_reports()")

    # Garments

    def do_record_production(self):
        rows = self.eyes.execute("select p.id, z.size_id from erp.production_orders p join erp.buyer_order_sizes z"
                                 " on z.buyer_order_line_id = p.buyer_order_line_id where p.status in ('cutting', 'sewing', 'finishing', 'packing')"
                                 " and z.cut_qty < z.qty order by p.id limit 12").fetchall()
        day, hour = f"2026-01-{self.dice.randint(10, 30)}", self.dice.randint(8, 17)
        output = [{"production_order_id": order, "size_id": size, "stage": stage, "work_date": day, "hour": hour, "good_qty": 1}
                  for order, size in self.dice.sample(rows, min(6, len(rows)))
                  for stage in ("cutting", "sewing", "finishing", "packing")]
        self.call("erp_warehouse", {"user_id": 5}, "select erp.record_production(%s)", json.dumps(output))

    def do_submit_sample(self):
        sample, = self.pick("select id from erp.samples where status in ('requested', 'in_development', 'rejected') limit 5")[:1]
        self.call("erp_manager", {"user_id": 2}, "select erp.submit_sample(%s, 'DHL', 'AWB 1')", sample)

    def do_decide_sample(self):
        sample, buyer = self.pick("select id, buyer_id from erp.samples where status = 'submitted' limit 5")[:2]
        self.call("erp_portal_buyer", {"buyer_id": buyer}, "select erp.decide_sample(%s, %s)", sample,
                  self.dice.choice(["rejected", "rejected", "approved"]))

    def do_load_shipment(self):
        shipment, status = self.pick("select id, case status when 'booked' then 'cargo_ready' else 'loaded' end from erp.shipments"
                                     " where status in ('booked', 'cargo_ready') limit 4")[:2]
        self.call("erp_manager", {"user_id": 2}, "select erp.set_status('shipments', %s, %s)", shipment, status)

    # Watching

    def do_watch_slides(self):
        opened = self.call("erp_anon", {}, "select erp.open_presentation('demo')")
        views = [{"seq": n, "slide_id": slide["id"], "entered_at": "2026-01-01T00:00:00Z", "duration_ms": 500}
                 for n, slide in enumerate(opened["slides"])]
        for _ in range(2):
            self.call("erp_anon", {}, "select erp.record_slide_views(%s, 'demo', %s)", opened["session"], json.dumps(views))
        self.call("erp_anon", {}, "select erp.end_session(%s, 'demo')", opened["session"])


WORK = {name for name in dir(Client) if name.startswith("do_")}


@pytest.mark.timeout(180)
def test_twenty_clients(pg):
    pg.copy_of_erp("storm")
    pg.sql(HOT, database="storm")
    deadline = time.monotonic() + SECONDS
    clients = [Client(pg, seed, deadline) for seed in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join(90)
        assert not client.is_alive(), "a client is stuck"
    done = sum((c.done for c in clients), Counter())
    refused = sum((c.refused for c in clients), Counter())
    print(f"\n{sum(done.values())} done, {sum(refused.values())} refused in {SECONDS} s\n{dict(done)}\n{dict(refused)}")
    assert [line for c in clients for line in c.wrong] == []
    assert WORK == set(done), "some work never succeeded"
    assert pg.sql("select * from erp.check_integrity() where bad_count <> 0", database="storm") == []
    assert pg.value("select count(*) from pg_stat_database where datname = 'storm' and deadlocks > 0", database="storm") == 0


def at_once(pg, role, claims, query):
    """The query twice: the second begins before the first is committed. The SQLSTATE of the second, None where it went well."""
    hands = [pg.connect("pairs", "erp_authenticator", autocommit=False) for _ in range(2)]
    for hand in hands:
        hand.execute(f"set local role {role}")
        hand.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps(claims),))
        hand.execute("set local statement_timeout = '20s'")
    outcome = []

    def second():
        try:
            hands[1].execute(query)
            hands[1].commit()
            outcome.append(None)
        except psycopg.Error as error:
            outcome.append(error.sqlstate)

    hands[0].execute(query)
    thread = threading.Thread(target=second)
    thread.start()
    waiting = "select count(*) from pg_stat_activity where datname = 'pairs' and wait_event_type = 'Lock'"
    deadline = time.monotonic() + 10
    while pg.value(waiting, database="pairs") == 0 and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    hands[0].commit()
    thread.join(30)
    for hand in hands:
        hand.close()
    return outcome[0]


def test_two_at_once(pg):
    """Nobody is forgotten in what is counted, and what can be done once is done once."""
    pg.copy_of_erp("pairs")
    value = lambda query: pg.value(query, database="pairs")  # noqa: E731
    ship = value("insert into erp.shipments (buyer_id, mode) values (1, 'sea') returning id")
    assert at_once(pg, "erp_warehouse", {"user_id": 5},
                   f"insert into erp.cartons (shipment_id, carton_no) values ({ship}, pg_backend_pid())") is None
    assert value(f"select cartons from erp.shipments where id = {ship}") == 2
    slides = value("select slide_count from erp.presentations where id = 1")
    assert at_once(pg, "erp_manager", {"user_id": 2},
                   "insert into erp.slides (presentation_id, position) values (1, 1000 + pg_backend_pid())") is None
    assert value("select slide_count from erp.presentations where id = 1") == slides + 2
    count = value("select (erp.start_stock_count(5)).id")
    product = value("select min(id) from erp.products where kind = 'goods' and not track_lots")
    pg.sql(f"insert into erp.stock_count_items (stock_count_id, product_id, expected_qty, counted_qty) values ({count}, {product}, 0, 7)"
           " on conflict on constraint stock_count_items_product do update set counted_qty = stock_count_items.expected_qty + 7", database="pairs")
    assert at_once(pg, "erp_warehouse", {"user_id": 5}, f"select erp.post_stock_count({count})") == "23514"
    assert pg.sql("select * from erp.check_integrity() where bad_count <> 0", database="pairs") == []
