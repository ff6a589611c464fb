-- Demo data: the list of steps. Each is one transaction and can be repeated after a crash, since it is either done or not.
-- A stage begins when the one before it has ended; in a stage, the two lanes run side by side. A table is written in one lane of a
-- stage only: so its rows have the same numbers in every run, and nobody waits.
-- SPDX-License-Identifier: ISC

-- Ranges of rows, so that a step takes seconds and the progress can be seen.
create or replace function erp_demo.chunks(total int, size int) returns table (lo int, hi int)
language sql immutable as $$
  select g, least(g + size - 1, total) from generate_series(1, total, size) g
$$;

create or replace function erp_demo.parts(total int, size int) returns table (k int, parts int)
language sql immutable as $$
  select k, p.parts from (select greatest(1, total / size) as parts) p, generate_series(0, p.parts - 1) k
$$;

create or replace function erp_demo.steps(scale text)
returns table ("position" int, name text, sql text, expected_rows bigint, stage int, lane int)
language sql stable as $$
  with n as materialized (
    select max(c) filter (where what = 'users') as users, max(c) filter (where what = 'customers') as customers,
      max(c) filter (where what = 'goods') as goods, max(c) filter (where what = 'materials') as materials,
      max(c) filter (where what = 'sales_orders') as orders, max(c) filter (where what = 'styles') as styles,
      max(c) filter (where what = 'samples') as samples, max(c) filter (where what = 'buyer_orders') as buyer_orders,
      max(c) filter (where what = 'view_sessions') as views, max(c) filter (where what = 'activities') as activities,
      max(c) filter (where what = 'notifications') as notifications, max(c) filter (where what = 'audit') as audit
    from (select v.what, erp_demo.n(scale, v.what) as c from erp_demo.volume v) t),
  plan(stage, lane, grp, sub, name, sql, expected_rows) as (
    -- Masters.
    select 1, 1, 0, 0, 'check that the database is empty', format('select erp_demo.begin(%L)', scale), 0::bigint
    union all select 1, 1, 0, 1, 'put indexes aside', 'select erp_demo.put_aside()', 450 where scale <> 'tiny'
    union all select 1, 1, 1, 0, 'reference data', format('select erp_demo.fill_reference(%L)', scale), 600
    union all select 1, 1, 2, 0, 'users', format('select erp_demo.fill_users(%L)', scale), n.users from n
    union all select 2, 1, 3, c.lo, 'customers', format('select erp_demo.fill_customers(%L, %s, %s)', scale, c.lo, c.hi), c.hi - c.lo + 1
      from n, erp_demo.chunks(n.customers, 20000) c
    union all select 2, 1, 4, 0, 'buyers and suppliers', format('select erp_demo.fill_partners(%L)', scale),
      erp_demo.n(scale, 'buyers') + erp_demo.n(scale, 'suppliers')
    union all select 2, 1, 5, 0, 'categories and warehouses', format('select erp_demo.fill_categories(%L)', scale), erp_demo.n(scale, 'categories')
    union all select 2, 1, 6, c.lo, 'goods', format('select erp_demo.fill_goods(%L, %s, %s)', scale, c.lo, c.hi), c.hi - c.lo + 1
      from n, erp_demo.chunks(n.goods, 20000) c
    union all select 2, 1, 7, 0, 'materials', format('select erp_demo.fill_materials(%L)', scale), n.materials from n
    union all select 2, 1, 8, 0, 'price lists', format('select erp_demo.fill_prices(%L)', scale), 4 * n.goods from n
    union all select 2, 1, 9, 0, 'chart of accounts', 'select erp_demo.fill_accounts()', 147
    union all select 2, 1, 9, 1, 'statistics', 'analyze erp.customers, erp.products, erp.users, erp.suppliers, erp.exchange_rates', 0
    union all select 2, 2, 10, c.lo, 'notifications', format('select erp_demo.fill_notifications(%L, %s, %s)', scale, c.lo, c.hi), c.hi - c.lo + 1
      from n, erp_demo.chunks(n.notifications, 100000) c
    union all select 2, 2, 11, c.lo, 'audit trail', format('select erp_demo.fill_audit(%L, %s, %s)', scale, c.lo, c.hi), c.hi - c.lo + 1
      from n, erp_demo.chunks(n.audit, 200000) c
    -- What is sold; garments and presentations.
    union all select 3, 1, 20, c.lo, 'sales orders', format('select erp_demo.fill_sales_orders(%L, %s, %s)', scale, c.lo, c.hi),
      5 * (c.hi - c.lo + 1) from n, erp_demo.chunks(n.orders, 50000) c
    union all select 3, 1, 21, 0, 'statistics', 'analyze erp.sales_orders, erp.sales_order_items', 0
    union all select 3, 2, 30, 0, 'garment reference data', 'select erp_demo.fill_garment_reference()', 418
    union all select 3, 2, 31, c.lo, 'styles', format('select erp_demo.fill_styles(%L, %s, %s)', scale, c.lo, c.hi), 35 * (c.hi - c.lo + 1)
      from n, erp_demo.chunks(n.styles, 1000) c
    union all select 3, 2, 32, c.lo, 'samples', format('select erp_demo.fill_samples(%L, %s, %s)', scale, c.lo, c.hi), 3 * (c.hi - c.lo + 1)
      from n, erp_demo.chunks(n.samples, 20000) c
    union all select 3, 2, 33, c.lo, 'buyer orders and production', format('select erp_demo.fill_buyer_orders(%L, %s, %s)', scale, c.lo, c.hi),
      120 * (c.hi - c.lo + 1) from n, erp_demo.chunks(n.buyer_orders, 400) c
    union all select 3, 2, 34, 0, 'presentations', format('select erp_demo.fill_presentations(%L)', scale), 17 * erp_demo.n(scale, 'presentations')
    union all select 3, 2, 35, c.lo, 'slide views', format('select erp_demo.fill_views(%L, %s, %s)', scale, c.lo, c.hi), 12 * (c.hi - c.lo + 1)
      from n, erp_demo.chunks(n.views, 10000) c
    union all select 3, 2, 36, 0, 'statistics', 'analyze erp.slide_views, erp.view_sessions', 0
    union all select 3, 2, 37, 0, 'slide statistics', 'select erp_demo.fill_view_stats()', 3 * n.views from n
    -- What is delivered and bought.
    union all select 4, 1, 40, c.lo, 'deliveries', format('select erp_demo.fill_deliveries(%s, %s)', c.lo, c.hi), 4 * (c.hi - c.lo + 1)
      from n, erp_demo.chunks(n.orders, 20000) c
    union all select 4, 1, 41, 0, 'purchase plan', format('select erp_demo.plan_supply(%L)', scale), 6 * n.goods from n
    union all select 4, 1, 42, p.k, 'purchases', format('select erp_demo.fill_purchases(%s, %s)', p.k, p.parts), 6 * n.goods / p.parts
      from n, erp_demo.parts(n.goods, 2000) p
    union all select 4, 2, 43, 0, 'sums for the reports', 'select erp_demo.fill_sales_sums()', 5 * n.orders from n
    -- What joins trade and garments.
    union all select 5, 1, 45, 0, 'fabric purchases', 'select erp_demo.fill_fabric()', n.buyer_orders * 3 / 4 from n
    union all select 5, 1, 46, 0, 'open purchases', format('select erp_demo.fill_open_purchases(%L)', scale), 8 + n.goods / 50 from n
    union all select 5, 1, 47, 0, 'transfers and counts', format('select erp_demo.fill_transfers(%L)', scale), 43 + n.goods / 25 from n
    union all select 5, 1, 48, 0, 'statistics', 'analyze erp.deliveries, erp.delivery_items, erp.products, erp.purchase_orders,
      erp.purchase_order_items, erp.goods_receipts, erp.goods_receipt_items, erp.shipments, erp.cartons, erp.carton_items, erp.buyer_orders,
      erp.buyer_order_lines, erp.buyer_order_sizes, erp.production_orders, erp.production_outputs', 0
    -- The books, and the ledger of the stock.
    union all select 6, 1, 50, 0, 'plan of invoices and payments', 'select erp_demo.plan_books()', 2 * n.orders from n
    union all select 6, 1, 51, c.lo, 'activities', format('select erp_demo.fill_activities(%L, %s, %s)', scale, c.lo, c.hi), c.hi - c.lo + 1
      from n, erp_demo.chunks(n.activities, 50000) c
    union all select 6, 1, 52, 0, 'attachments', format('select erp_demo.fill_attachments(%L)', scale), erp_demo.n(scale, 'attachments')
    union all select 6, 1, 53, c.lo, 'history of orders', format('select erp_demo.fill_order_events(%s, %s)', c.lo, c.hi), 4 * (c.hi - c.lo + 1)
      from n, erp_demo.chunks(n.orders, 50000) c
    union all select 6, 2, 54, c.lo, 'stock ledger', format('select erp_demo.fill_moves(%s, %s)', c.lo, c.hi), 40 * (c.hi - c.lo + 1)
      from n, erp_demo.chunks(n.goods, 5000) c
    union all select 7, 1, 60, p.k, 'journals', format('select erp_demo.fill_journal(%s, %s)', p.k, p.parts), 7 * n.orders / p.parts
      from n, erp_demo.parts(n.orders, 60000) p
    -- References are in force while tiny is filled: there, invoices come after their journal entries.
    union all select 7, case scale when 'tiny' then 1 else 2 end, 61, p.k, 'invoices and payments', format('select erp_demo.fill_invoices(%s, %s)', p.k, p.parts), 6 * n.orders / p.parts
      from n, erp_demo.parts(n.orders, 60000) p
    union all select 7, 2, 62, c.lo, 'stock ledger of materials and garments',
      format('select erp_demo.fill_moves(%s, %s)', c.lo + n.goods, c.hi + n.goods), 3 * (c.hi - c.lo + 1)
      from n, erp_demo.chunks(n.materials + 18 * n.styles, 60000) c
    union all select 7, 2, 63, 0, 'reservations', 'select erp_demo.fill_reservations()', n.orders / 40 from n
    -- What needs all of it.
    union all select 8, 1, 73, 0, 'documents just begun or given up', 'select erp_demo.fix_numbers(), erp_demo.fill_rare()', 26
    union all select 8, 1, 74, 0, 'sums of the accounts', 'select erp_demo.fill_account_days()', 8000
    union all select 8, 1, 75, 0, 'tallies', 'select erp_demo.fill_tallies()', 2
    -- Indexes, references, and the proof.
    union all select 8, 1, 80, 0, 'share the indexes out', 'select erp_demo.share_out(8)', 90 where scale <> 'tiny'
    union all select 9, 1 + k % 2, 81, k, 'make indexes', format('select erp_demo.make_indexes(%s)', k), n.orders / 2
      from n, generate_series(0, 7) k where scale <> 'tiny'
    union all select 10, 1, 82, 0, 'make references', 'select erp_demo.make_references()', 180 where scale <> 'tiny'
    union all select 10, 1, 82, 1, 'statistics', 'select erp_demo.analyze_others()', 0
    union all select 11, 1 + k % 2, 83, k, 'check references', format('select erp_demo.check_references(%s)', k), n.orders / 8
      from n, generate_series(0, 7) k where scale <> 'tiny'
    union all select 12, 1, 90, 0, 'triggers', 'select erp_demo.fix_numbers(), erp_demo.end_loading()', 0
    -- The same functions make the bigger scales, where the proof takes a fifth of the time: erp.check_integrity() gives it to who asks.
    union all select 13, 1, 91, 0, 'check that the books and the rest add up', 'select erp_demo.must_add_up(''erp_private.check_books'')', n.orders
      from n where scale in ('tiny', 'small')
    union all select 13, 2, 91, 1, 'check that the goods add up', 'select erp_demo.must_add_up(''erp_private.check_goods'')', n.orders
      from n where scale in ('tiny', 'small')
    union all select 14, 1, 99, 0, 'tidy up', 'select erp_demo.finish()', 0
  )
  select row_number() over (order by p.stage, p.grp, p.sub)::int, p.name, p.sql, p.expected_rows::bigint, p.stage, p.lane from plan p
$$;
