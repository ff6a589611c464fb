-- Money and quantities are exact: no floating point, nothing that is no number, totals that are the sums of their lines.
-- SPDX-License-Identifier: ISC

select plan(14);

select is_empty($$select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace in ('erp'::regnamespace, 'erp_private'::regnamespace) and a.attnum > 0 and not a.attisdropped
    and format_type(a.atttypid, null) ~ '^(real|double precision|money)(\[\])?$'$$, 'no column is a floating point number');
select is_empty($$select p.oid::regprocedure from pg_proc p
  where p.pronamespace in ('erp'::regnamespace, 'erp_private'::regnamespace)
    and (p.prosrc ~* '\m(float[48]?|double precision|real|power|sqrt|exp|ln|log|random|percentile_cont|stddev|variance)\M'
      or pg_get_function_result(p.oid) ~ '\m(real|double precision|money)\M'
      or pg_get_function_arguments(p.oid) ~ '\m(real|double precision|money)\M')$$, 'no function takes, gives or computes with one');
select is_empty($$select c.relname, a.attname, pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
  join pg_class c on c.oid = d.adrelid join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
  where c.relnamespace = 'erp'::regnamespace and pg_get_expr(d.adbin, d.adrelid) ~ 'double precision|real'$$, 'nor does a generated column');
select is_empty($$select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and a.atttypid = 'numeric'::regtype and a.atttypmod = -1
    and not a.attisdropped$$, 'every number has a precision and a scale');
select is_empty($$select c.relname, a.attname from pg_attribute a join pg_class c on c.oid = a.attrelid
  where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and a.atttypid = 'numeric'::regtype and a.attgenerated = ''
    and not a.attisdropped and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c'
      and k.conname = c.relname || '_numbers' and a.attnum = any (k.conkey))$$, 'and none may be NaN');

select throws_ok($$insert into erp.sales_order_items (sales_order_id, line_no, product_id, qty, unit_price)
  select id, 99, 1, 'NaN', 1 from erp.sales_orders where status = 'draft' limit 1$$, '23514', null, 'NaN is no quantity');
select set_config('request.jwt.claims', '{"user_id": 5}', true);
set local role erp_warehouse;
select throws_ok('select erp.post_stock_movement(1, 1, ''NaN'')', '23514', null, 'nor is it stock');
reset role;

-- Prices and quantities at their limits of precision, in every currency.
select set_config('request.jwt.claims', '{"user_id": 2}', true);
set local role erp_manager;
create temp table placed as
select c.code, (erp.place_order(jsonb_build_object('customer_id', 1, 'currency_code', c.code, 'discount_amount', 0.07, 'items',
  (select jsonb_agg(jsonb_build_object('product_id', p.id, 'qty', n * 1.333, 'unit_price', 0.0499 + n * 7.0005, 'discount_pct', n * 1.11))
   from (select id, row_number() over (order by id) as n from erp.products where is_active limit 9) p)))).*
from erp.currencies c;
reset role;
select cmp_ok((select count(*)::int from placed), '>', 10, 'orders in many currencies');
select is((select array_agg(distinct code order by code) from placed), (select array_agg(code order by code) from erp.currencies), 'in all of them');
select is_empty($$select p.code from placed p join (select sales_order_id, sum(line_total) as total, sum(line_tax) as tax,
    sum(round(qty * unit_price * (1 - discount_pct / 100), 2)) as again from erp.sales_order_items group by 1) s on s.sales_order_id = p.id
  where (p.subtotal, p.tax_amount, p.total_amount) is distinct from (s.total, s.tax, s.total - 0.07 + s.tax) or s.again <> s.total$$,
  'their totals are the sums of their lines to the cent');
select is_empty($$select d.currency_code from (
    select o.currency_code, sum(o.subtotal) as head, sum(o.tax_amount) as tax from erp.sales_orders o group by 1) d
  left join (select o.currency_code, sum(i.line_total) as lines, sum(i.line_tax) as tax
    from erp.sales_orders o join erp.sales_order_items i on i.sales_order_id = o.id group by 1) s using (currency_code)
  where (d.head, d.tax) is distinct from (coalesce(s.lines, 0), coalesce(s.tax, 0))$$, 'orders: sums by currency agree');
select is_empty($$select d.currency_code from (
    select v.currency_code, v.kind, sum(v.subtotal) as head, sum(v.tax_amount) as tax from erp.invoices v group by 1, 2) d
  left join (select v.currency_code, v.kind, sum(i.line_total) as lines, sum(i.line_tax) as tax
    from erp.invoices v join erp.invoice_items i on i.invoice_id = v.id group by 1, 2) s using (currency_code, kind)
  where (d.head, d.tax) is distinct from (coalesce(s.lines, 0), coalesce(s.tax, 0))$$, 'invoices too');
select is_empty($$select d.currency_code from (
    select o.currency_code, sum(o.subtotal) as head, sum(o.tax_amount) as tax from erp.purchase_orders o group by 1) d
  left join (select o.currency_code, sum(i.line_total) as lines, sum(i.line_tax) as tax
    from erp.purchase_orders o join erp.purchase_order_items i on i.purchase_order_id = o.id group by 1) s using (currency_code)
  where (d.head, d.tax) is distinct from (coalesce(s.lines, 0), coalesce(s.tax, 0))$$, 'and purchases');
select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'everything still adds up');

select * from finish();
