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
    union all select 12, 0, 'purchase plan', format('select erp_demo.plan_supply(%L)', scale), 6 * erp_demo.n(scale, 'goods')
    union all select 13, k, 'purchases', format('select erp_demo.fill_purchases(%s, %s)', k, p.parts),
      6 * erp_demo.n(scale, 'goods') / p.parts
      from (select greatest(1, erp_demo.n(scale, 'goods') / 2000) as parts) p, generate_series(0, p.parts - 1) k
    union all select 14, 0, 'open purchases', format('select erp_demo.fill_open_purchases(%L)', scale), erp_demo.n(scale, 'goods') / 12
    union all select 20, 0, 'statistics', 'analyze', 0
    union all select 21, c.lo, 'stock ledger', format('select erp_demo.fill_moves(%s, %s)', c.lo, c.hi), 60 * (c.hi - c.lo + 1)
      from erp_demo.chunks(erp_demo.n(scale, 'goods'), 1000) c
    union all select 22, 0, 'reservations', 'select erp_demo.fill_reservations()', erp_demo.n(scale, 'sales_orders') / 40
    union all select 99, 0, 'statistics', 'analyze', 0
  )
  select row_number() over (order by p.grp, p.sub)::int, p.name, p.sql, p.expected_rows::bigint from plan p
$$;
