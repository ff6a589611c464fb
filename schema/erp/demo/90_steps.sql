-- Demo data: the list of steps. Each is one transaction and can be repeated after a crash, since it is either done or not.
-- SPDX-License-Identifier: ISC

-- Ranges of rows, so that a step takes seconds and the progress can be seen.
create or replace function erp_demo.chunks(total int, size int) returns table (lo int, hi int)
language sql immutable as $$
  select g, least(g + size - 1, total) from generate_series(1, total, size) g
$$;

create or replace function erp_demo.steps(scale text)
returns table ("position" int, name text, sql text, expected_rows bigint)
language sql stable as $$
  with plan(grp, sub, name, sql, expected_rows) as (
    select 0, 0, 'check that the database is empty', format('select erp_demo.begin(%L)', scale), 0::bigint
    union all select 0, 1, 'put indexes aside', 'select erp_demo.put_aside()', 430 where scale <> 'tiny'
    union all select 1, 0, 'reference data', format('select erp_demo.fill_reference(%L)', scale), 600
    union all select 2, 0, 'users', format('select erp_demo.fill_users(%L)', scale), erp_demo.n(scale, 'users')
    union all select 3, c.lo, 'customers', format('select erp_demo.fill_customers(%L, %s, %s)', scale, c.lo, c.hi), c.hi - c.lo + 1
      from erp_demo.chunks(erp_demo.n(scale, 'customers'), 20000) c
    union all select 4, 0, 'buyers and suppliers', format('select erp_demo.fill_partners(%L)', scale),
      erp_demo.n(scale, 'buyers') + erp_demo.n(scale, 'suppliers')
    union all select 5, 0, 'categories and warehouses', format('select erp_demo.fill_categories(%L)', scale), erp_demo.n(scale, 'categories')
    union all select 6, c.lo, 'goods', format('select erp_demo.fill_goods(%L, %s, %s)', scale, c.lo, c.hi), c.hi - c.lo + 1
      from erp_demo.chunks(erp_demo.n(scale, 'goods'), 20000) c
    union all select 7, 0, 'materials', format('select erp_demo.fill_materials(%L)', scale), erp_demo.n(scale, 'materials')
    union all select 8, 0, 'price lists', format('select erp_demo.fill_prices(%L)', scale), 4 * erp_demo.n(scale, 'goods')
    union all select 9, 0, 'statistics', 'analyze erp.customers, erp.products, erp.users, erp.suppliers', 0
    union all select 10, c.lo, 'sales orders', format('select erp_demo.fill_sales_orders(%L, %s, %s)', scale, c.lo, c.hi),
      5 * (c.hi - c.lo + 1) from erp_demo.chunks(erp_demo.n(scale, 'sales_orders'), 10000) c
    union all select 11, c.lo, 'deliveries', format('select erp_demo.fill_deliveries(%s, %s)', c.lo, c.hi), 4 * (c.hi - c.lo + 1)
      from erp_demo.chunks(erp_demo.n(scale, 'sales_orders'), 20000) c
    union all select 11, 2147483647, 'sums for the reports', 'select erp_demo.fill_sales_sums()', 3 * erp_demo.n(scale, 'sales_orders')
    union all select 12, 0, 'purchase plan', format('select erp_demo.plan_supply(%L)', scale), 6 * erp_demo.n(scale, 'goods')
    union all select 13, k, 'purchases', format('select erp_demo.fill_purchases(%s, %s)', k, p.parts),
      6 * erp_demo.n(scale, 'goods') / p.parts
      from (select greatest(1, erp_demo.n(scale, 'goods') / 2000) as parts) p, generate_series(0, p.parts - 1) k
    union all select 15, 0, 'garment reference data', 'select erp_demo.fill_garment_reference()', 418
    union all select 16, c.lo, 'styles', format('select erp_demo.fill_styles(%L, %s, %s)', scale, c.lo, c.hi), 35 * (c.hi - c.lo + 1)
      from erp_demo.chunks(erp_demo.n(scale, 'styles'), 1000) c
    union all select 17, c.lo, 'samples', format('select erp_demo.fill_samples(%L, %s, %s)', scale, c.lo, c.hi), 3 * (c.hi - c.lo + 1)
      from erp_demo.chunks(erp_demo.n(scale, 'samples'), 20000) c
    union all select 18, c.lo, 'buyer orders and production', format('select erp_demo.fill_buyer_orders(%L, %s, %s)', scale, c.lo, c.hi),
      120 * (c.hi - c.lo + 1) from erp_demo.chunks(erp_demo.n(scale, 'buyer_orders'), 400) c
    union all select 19, 0, 'fabric purchases', 'select erp_demo.fill_fabric()', erp_demo.n(scale, 'buyer_orders') * 3 / 4
    union all select 20, 0, 'open purchases', format('select erp_demo.fill_open_purchases(%L)', scale), 8 + erp_demo.n(scale, 'goods') / 50
    union all select 21, 0, 'transfers and counts', format('select erp_demo.fill_transfers(%L)', scale), 43 + erp_demo.n(scale, 'goods') / 25
    union all select 22, 0, 'statistics', 'analyze', 0
    union all select 23, c.lo, 'stock ledger', format('select erp_demo.fill_moves(%s, %s)', c.lo, c.hi), 40 * (c.hi - c.lo + 1)
      from erp_demo.chunks(erp_demo.n(scale, 'goods'), 1000) c
    union all select 24, c.lo, 'stock ledger of materials and garments',
      format('select erp_demo.fill_moves(%s, %s)', c.lo + erp_demo.n(scale, 'goods'), c.hi + erp_demo.n(scale, 'goods')), 3 * (c.hi - c.lo + 1)
      from erp_demo.chunks(erp_demo.n(scale, 'materials') + 18 * erp_demo.n(scale, 'styles'), 20000) c
    union all select 25, 0, 'reservations', 'select erp_demo.fill_reservations()', erp_demo.n(scale, 'sales_orders') / 40
    union all select 30, 0, 'chart of accounts', 'select erp_demo.fill_accounts()', 146
    union all select 31, 0, 'plan of invoices and payments', 'select erp_demo.plan_books()', 2 * erp_demo.n(scale, 'sales_orders')
    union all select 32, k, 'journals', format('select erp_demo.fill_journal(%s, %s)', k, p.parts), 7 * erp_demo.n(scale, 'sales_orders') / p.parts
      from (select 1 + erp_demo.n(scale, 'sales_orders') / 15000 as parts) p, generate_series(0, p.parts - 1) k
    union all select 33, k, 'invoices and payments', format('select erp_demo.fill_invoices(%s, %s)', k, p.parts),
      6 * erp_demo.n(scale, 'sales_orders') / p.parts
      from (select 1 + erp_demo.n(scale, 'sales_orders') / 15000 as parts) p, generate_series(0, p.parts - 1) k
    union all select 34, 1, 'sums of the accounts', 'select erp_demo.fill_account_days()', 8000
    union all select 34, 0, 'documents just begun or given up', 'select erp_demo.fill_rare()', 18
    union all select 40, 0, 'presentations', format('select erp_demo.fill_presentations(%L)', scale), 17 * erp_demo.n(scale, 'presentations')
    union all select 41, c.lo, 'slide views', format('select erp_demo.fill_views(%L, %s, %s)', scale, c.lo, c.hi), 12 * (c.hi - c.lo + 1)
      from erp_demo.chunks(erp_demo.n(scale, 'view_sessions'), 10000) c
    union all select 42, 0, 'slide statistics', 'select erp_demo.fill_view_stats()', 8 * erp_demo.n(scale, 'view_sessions')
    union all select 50, c.lo, 'activities', format('select erp_demo.fill_activities(%L, %s, %s)', scale, c.lo, c.hi), c.hi - c.lo + 1
      from erp_demo.chunks(erp_demo.n(scale, 'activities'), 50000) c
    union all select 51, c.lo, 'notifications', format('select erp_demo.fill_notifications(%L, %s, %s)', scale, c.lo, c.hi), c.hi - c.lo + 1
      from erp_demo.chunks(erp_demo.n(scale, 'notifications'), 100000) c
    union all select 52, 0, 'attachments', format('select erp_demo.fill_attachments(%L)', scale), erp_demo.n(scale, 'attachments')
    union all select 53, c.lo, 'history of orders', format('select erp_demo.fill_order_events(%s, %s)', c.lo, c.hi), 4 * (c.hi - c.lo + 1)
      from erp_demo.chunks(erp_demo.n(scale, 'sales_orders'), 50000) c
    union all select 54, c.lo, 'audit trail', format('select erp_demo.fill_audit(%L, %s, %s)', scale, c.lo, c.hi), c.hi - c.lo + 1
      from erp_demo.chunks(erp_demo.n(scale, 'audit'), 200000) c
    union all select 55, 0, 'tallies', 'select erp_demo.fill_tallies()', 2
    union all select 60, k, 'make indexes', format('select erp_demo.put_back(''index'', %s, 8)', k), 36
      from generate_series(0, 7) k where scale <> 'tiny'
    union all select 61, k, 'check references', format('select erp_demo.put_back(''constraint'', %s, 8)', k), 18
      from generate_series(0, 7) k where scale <> 'tiny'
    union all select 98, 0, 'statistics', 'analyze', 0
    union all select 99, 0, 'check that everything adds up', 'select erp_demo.finish()', 30
  )
  select row_number() over (order by p.grp, p.sub)::int, p.name, p.sql, p.expected_rows::bigint from plan p
$$;
