"""The list screens of the ERP go by index: a typical query for each index that the schema promises, in the role of its user.

On the tiny data of the tests a table is often read faster as a whole, so sequential scans are made expensive here and must
still not be needed. With BOBBIN_ERP_URI (a superuser's, of a database seeded small or larger) the planner is left alone, the
queries run, no table of more than 10,000 rows may be read as a whole, and the slowest ones are shown (pytest -s).

SPDX-License-Identifier: ISC
"""

import os

import psycopg
import pytest

MOST_ROWS = 10000
VIEWER = ("erp_viewer", '{"user_id": 9}')
SALES = ("erp_sales", '{"user_id": 3}')
PURCHASING = ("erp_purchasing", '{"user_id": 4}')
ACCOUNTANT = ("erp_accountant", '{"user_id": 7}')
MERCHANDISER = ("erp_merchandiser", '{"user_id": 6}')
MANAGER = ("erp_manager", '{"user_id": 2}')
CUSTOMER = ("erp_portal_customer", '{"user_id": 10, "customer_id": 1}')
BUYER = ("erp_portal_buyer", '{"user_id": 11, "buyer_id": 1}')
OTHERS = [("erp_anon", "{}"), ("erp_warehouse", '{"user_id": 5}'), ("erp_analyst", '{"user_id": 8}'), ("erp_admin", '{"user_id": 1}')]

# One line a query, `table: condition; order`, each a page of 20.
LISTS = [(VIEWER, """
exchange_rates: currency_code = 'EUR'; valid_from desc
attachments: entity = 'customers' and entity_id = 7; id desc
customers: email = 'c7@example.com';
customers: true; last_name, first_name
customers: last_name = 'Smith'; first_name
customers: true; created_at desc
customers: is_active; created_at desc
customers: email = 'c7@example.com' and is_active;
customers: salesperson_id = 3; id
customers: search ilike '%nordic%trading%7%';
customers: code = 'C0000007';
contacts: customer_id = 7; id
contacts: search ilike '%o''neil%7%';
addresses: customer_id = 7; id
activities: customer_id = 7; id
activities: user_id = 3 and done_at is null; due_at
suppliers: search ilike '%textil%';
products: category_id = 7; id
products: is_active; id
products: true; created_at desc
products: sku = 'P0000007';
products: kind = 'goods' and is_active; name
products: current_stock <= minimum_stock and minimum_stock > 0 and is_active; id
low_stock(): true;
products: attributes @> '{"no such": 1}';
products: search ilike '%p000012%';
materials: material_category = 'fabric'; product_id
product_suppliers: product_id = 7; id
price_list_items: price_list_id = 1; id
price_list_items: product_id = 7; id
lots: expiry_date < '2026-02-01'; expiry_date
lots: product_id = 7; id
stock_moves: product_id = 7; id desc
stock_moves: warehouse_id = 2 and product_id = 7; id desc
stock_moves: created_at >= '2025-12-31'; created_at desc
stock_moves: source_type = 'deliveries' and source_id = 7; id
stock_balances: warehouse_id = 2; product_id
stock_reservations: product_id = 7 and warehouse_id = 1 and released_at is null; id
stock_transfers: status = 'done'; id desc
sales_orders: customer_id = 7; id desc
sales_orders: order_date = '2025-12-01'; id desc
sales_orders: status = 'confirmed'; id desc
sales_orders: true; order_date desc, id desc
sales_orders: customer_id = 7; order_date desc, id desc
sales_orders: status = 'closed'; order_date desc, id desc
sales_orders: salesperson_id = 3; order_date desc
sales_orders: order_no ilike '%00042%';
sales_orders: order_date <= '2025-06-01' and (order_date < '2025-06-01' or order_date = '2025-06-01' and id < 99); order_date desc, id desc
sales_order_items: sales_order_id = 7; line_no
sales_order_items: product_id = 7; sales_order_id
deliveries: status = 'shipped'; id desc
deliveries: sales_order_id = 7; id
deliveries: tracking_no ilike '%TRK12345%';
delivery_items: delivery_id = 7; id
invoices: customer_id = 7; invoice_date desc
invoices: status = 'issued'; due_date
invoices: balance > 0 and status in ('issued', 'partially_paid') and due_date < '2025-12-01'; due_date
invoices: true; invoice_date desc, id desc
invoice_items: invoice_id = 7; line_no
invoice_items: product_id = 7; id
payments: true; paid_on desc, id desc
payments: customer_id = 7; paid_on desc
payment_allocations: invoice_id = 7; payment_id
styles: buyer_id = 1; id
styles: true; created_at desc
styles: season_id = 1 and status = 'approved'; id
styles: status = 'approved'; id desc
styles: search ilike '%st-000%';
style_variants: style_id = 7; id
style_variants: search ilike '%navy%blue%';
style_skus: style_variant_id = 7; size_id
style_materials: style_id = 7; id
style_materials: material_id = (select min(product_id) from erp.materials); id
style_operations: style_id = 7; seq
samples: status = 'submitted'; id desc
samples: sample_type = 'fit'; id desc
samples: true; created_at desc
samples: buyer_id = 1 and style_id = 1; id
samples: status = 'requested'; required_on
samples: designer_id = 6 and status = 'submitted'; id
sample_rounds: sample_id = 7; round
buyer_orders: status = 'confirmed'; id desc
buyer_orders: true; order_date desc
buyer_orders: true; delivery_date
buyer_orders: buyer_id = 1 and status = 'confirmed'; id desc
buyer_orders: true; created_at desc
buyer_orders: merchandiser_id = 6; delivery_date
buyer_orders: search ilike '%bo-0001%';
buyer_order_lines: buyer_order_id = 7; line_no
buyer_order_lines: style_id = 7; id
buyer_order_sizes: buyer_order_line_id = 7; size_id
tna_tasks: responsible_id = 6 and actual_end is null; planned_end
tna_tasks: actual_end is null and planned_end < '2026-01-01'; planned_end
production_orders: status = 'sewing'; planned_end
cutting_batches: true; cut_on desc
bundles: cutting_batch_id = 7; bundle_no
production_outputs: work_date = '2025-12-01' and stage = 'sewing'; id
production_outputs: production_line_id = 3 and work_date = '2025-12-01'; id
inspections: result = 'fail'; inspected_on desc
shipments: status = 'booked'; etd
shipments: buyer_id = 1; etd desc
cartons: shipment_id = 7; carton_no
carton_items: buyer_order_line_id = 7 and size_id = 1; carton_id
presentations: owner_id = 3; id desc
presentations: true; created_at desc
slides: presentation_id = 7; position
viewers: lower(email) = 'v7@example.com';
view_sessions: presentation_id = 7; started_at desc
view_sessions: viewer_id = 7; started_at desc
slide_views: slide_id = 7; entered_at desc
presentation_feedback: presentation_id = 7; id desc
slide_stats_daily: day = '2025-12-01'; slide_id
"""), (PURCHASING, """
purchase_orders: supplier_id = 7; order_date desc
purchase_orders: status = 'sent' and expected_date < '2026-01-01'; expected_date
purchase_orders: true; order_date desc, id desc
purchase_orders: po_no ilike '%0001%';
purchase_order_items: purchase_order_id = 7; line_no
purchase_order_items: product_id = 7; id
goods_receipts: true; received_at desc
goods_receipt_items: goods_receipt_id = 7; id
invoices: supplier_id = 7; invoice_date desc
"""), (ACCOUNTANT, """
journal_entries: true; entry_date desc, id desc
journal_entries: source_type = 'invoices' and source_id = 7; id
journal_entries: state = 'draft'; id
journal_lines: journal_entry_id = 7; line_no
journal_lines: account_id = 3; journal_entry_id desc
journal_lines: customer_id = 7; id
"""), (MANAGER, """
users: search ilike '%muller%';
audit_log: table_name = 'sales_orders' and row_id = '7'; at desc
audit_log: user_id = 3; at desc
audit_log: at >= '2025-12-31'; at
doc_events: doc_type = 'sales_orders' and doc_id = 7; id
notifications: read_at is null; id desc
"""), (MERCHANDISER, """
presentations: true; id desc
buyer_orders: merchandiser_id = 6; delivery_date
"""), (SALES, """
customers: true; id
customers: is_active; created_at desc
sales_orders: true; order_date desc, id desc
sales_orders: status = 'confirmed'; order_date desc, id desc
sales_orders: customer_id = 7; order_date desc, id desc
sales_order_items: true; id
sales_order_items: sales_order_id = 7; line_no
deliveries: status = 'shipped'; id desc
delivery_items: true; id
invoices: true; invoice_date desc, id desc
invoice_items: true; id
payments: true; paid_on desc, id desc
contacts: true; id
addresses: customer_id = 7; id
activities: user_id = 3 and done_at is null; due_at
doc_events: doc_type = 'sales_orders' and doc_id = 7; id
notifications: true; id desc
"""), (CUSTOMER, """
sales_orders: true; order_date desc, id desc
invoices: true; invoice_date desc
payments: true; paid_on desc
sales_order_items: sales_order_id = 7; line_no
"""), (BUYER, """
buyer_orders: true; order_date desc
samples: true; created_at desc
styles: true; created_at desc
shipments: true; etd desc
""")]


@pytest.fixture(scope="module")
def database(request):
    uri = os.environ.get("BOBBIN_ERP_URI")
    if uri is None:
        pg = request.getfixturevalue("pg")
        uri = pg.uri(pg.copy_of_erp("plans"), "postgres")
    with psycopg.connect(uri) as connection:
        yield connection


@pytest.fixture(scope="module")
def times():
    times = []
    yield times
    for milliseconds, query in sorted(times, reverse=True)[:15]:
        print(f"\n{milliseconds:9.2f} ms  {query}", end="")


def scans(plan):
    """(table, rows read) of every scan of a whole table."""
    found = []
    if plan["Node Type"] == "Seq Scan":
        rows = plan.get("Actual Rows", 0) + plan.get("Rows Removed by Filter", 0)
        found.append((plan["Relation Name"], rows * plan.get("Actual Loops", 1)))
    for child in plan.get("Plans", []):
        found += scans(child)
    return found


def explain(database, role, claims, query, real):
    """The plan of a query, with times when it is run."""
    database.execute(f"set local role {role}")
    database.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
    if real:
        database.execute(query)  # warm
    else:
        database.execute("set local enable_seqscan = off")
    plan = database.execute(f"explain ({'analyze, ' if real else ''}format json) {query}").fetchone()[0][0]
    database.rollback()
    return plan


@pytest.mark.parametrize("role,claims,lists", [(*user, lists) for user, lists in LISTS], ids=[user[0] for user, _ in LISTS])
def test_lists_go_by_index(database, times, role, claims, lists):
    real = "BOBBIN_ERP_URI" in os.environ
    bad = []
    for line in lists.strip().splitlines():
        table, rest = line.split(": ", 1)
        condition, order = rest.split(";")
        key = "id" if table.endswith("()") else database.execute("select attname from pg_index join pg_attribute on attrelid = indrelid and attnum = indkey[0]"
                               " where indrelid = %s::regclass and indisprimary", (f"erp.{table}",)).fetchone()[0]
        query = f"select {key} from erp.{table} where {condition}{' order by' + order if order else ''} limit 20"
        plan = explain(database, role, claims, query, real)
        bad += [(query, scan) for scan in scans(plan["Plan"]) if not real or scan[1] > MOST_ROWS]
        if real:
            times.append((plan["Execution Time"], f"{role}: {query}"))
    assert bad == []


EVERYBODY = [VIEWER, SALES, PURCHASING, ACCOUNTANT, MERCHANDISER, MANAGER, CUSTOMER, BUYER, *OTHERS]


@pytest.mark.parametrize("role,claims", EVERYBODY, ids=[user[0] for user in EVERYBODY])
def test_first_page_of_every_table(database, times, role, claims):
    """What one gets without asking for anything: each table that the role may see, by its key, from either end."""
    real = "BOBBIN_ERP_URI" in os.environ
    bad = []
    for table, in database.execute("select table_name from erp.role_permissions where role = %s and action = 'view' order by 1", (role,)).fetchall():
        keys = [row[0] for row in database.execute(
            "select attname from pg_index cross join lateral unnest(indkey::int2[]) with ordinality k(n, i)"
            " join pg_attribute on attrelid = indrelid and attnum = k.n where indrelid = %s::regclass and indisprimary order by k.i",
            (f"erp.{table}",)).fetchall()]
        for direction in ("", " desc"):
            query = f"select {', '.join(keys)} from erp.{table} order by {', '.join(key + direction for key in keys)} limit 20"
            plan = explain(database, role, claims, query, real)
            bad += [(query, scan) for scan in scans(plan["Plan"]) if not real or scan[1] > MOST_ROWS]
            if real:
                times.append((plan["Execution Time"], f"{role}: {query}"))
    assert bad == []


# How many pages of 8 kB the reports of the first screens may touch, on `medium`; their times are measured by bench/reports.py.
REPORTS = """
3000: erp.dashboard_stats(30, '2026-01-01')
3000: erp.dashboard_stats(365, '2026-01-01')
200: erp.low_stock() limit 20
1000: erp.customer_order_history(BIGGEST)
1000: erp.sales_by_month('2025-01-01', '2025-12-31')
4000: erp.sales_by_month('2023-01-01', '2025-12-31', 'week')
4000: erp.sales_by_salesperson('2025-12-02', '2025-12-31')
4000: erp.top_products('2025-12-02', '2025-12-31')
6000: erp.top_products('2025-01-01', '2025-12-31')
15000: erp.top_products('2023-01-01', '2025-12-31')
"""


def rows_read(database):
    """How many rows this connection has read one after the other, by table, inside of functions as well."""
    return dict(database.execute("select relname, seq_tup_read from pg_stat_xact_all_tables where schemaname in ('erp', 'erp_private')").fetchall())


def work(database, role, claims, query):
    """(pages touched, {table: rows} where many were read one after the other)"""
    before = rows_read(database)
    database.execute(f"set local role {role}")
    database.execute("select set_config('request.jwt.claims', %s, true)", (claims,))
    plan = database.execute(f"explain (analyze, buffers, format json) {query}").fetchone()[0][0]["Plan"]
    database.execute("set local role none")
    read = {table: rows - before.get(table, 0) for table, rows in rows_read(database).items() if rows - before.get(table, 0) > MOST_ROWS}
    database.rollback()
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], read


@pytest.mark.parametrize("role,claims", [VIEWER, SALES, MANAGER], ids=["viewer", "sales", "manager"])
def test_reports_read_little(database, role, claims):
    biggest, = database.execute("select customer_id from erp.sales_orders group by 1 order by count(*) desc limit 1").fetchone()
    database.rollback()
    bad = []
    for line in REPORTS.replace("BIGGEST", str(biggest)).strip().splitlines():
        limit, call = line.split(": ", 1)
        # The first time also reads the catalog.
        pages, read = [work(database, role, claims, f"select * from {call}") for _ in range(2)][1]
        if "BOBBIN_ERP_URI" in os.environ:
            print(f"\n{pages:6d} pages  {role}: {call}", end="")
        bad += [(call, pages, read)] if pages > int(limit) or read else []
    assert bad == []
