-- Demo data: sales orders, lines, deliveries. A line is a function of (order, line), so headers can be made with their totals.
-- SPDX-License-Identifier: ISC

-- The status follows from the age of the order; the last sixteen show every status twice.
create or replace function erp_demo.order_status(i bigint, total bigint, age int) returns text
language sql immutable parallel safe as $$
  select case
    when i > total - 16 then ('{draft,confirmed,picking,shipped,delivered,closed,on_hold,cancelled}'::text[])[1 + (i % 8)::int]
    when r < 6 then 'cancelled'
    when age <= 3 then case when r < 40 then 'draft' when r < 95 then 'confirmed' else 'on_hold' end
    when age <= 10 then case when r < 10 then 'draft' when r < 12 then 'on_hold' when r < 50 then 'confirmed'
      when r < 75 then 'picking' else 'shipped' end
    when age <= 25 then case when r < 8 then 'on_hold' when r < 15 then 'picking' when r < 60 then 'shipped' else 'delivered' end
    when age <= 60 then case when r < 50 then 'delivered' else 'closed' end
    else case when r < 8 then 'delivered' else 'closed' end end
  from (select (erp_demo.h(i, 401) % 100)::int as r) t
$$;

-- Lines that were delivered: all of an order that went out, every second one of some that are being picked.
create or replace function erp_demo.is_delivered(status text, i bigint, line int) returns boolean
language sql immutable parallel safe as $$
  select status in ('shipped', 'delivered', 'closed') or (status = 'picking' and erp_demo.h(i, 402) % 2 = 0 and line % 2 = 1)
$$;

create or replace function erp_demo.fill_sales_orders(scale text, lo int, hi int) returns bigint
language plpgsql as $$
declare
  total int := erp_demo.n(scale, 'sales_orders');
  customers int := erp_demo.n(scale, 'customers');
  goods int := erp_demo.n(scale, 'goods');
  stores bigint[] := erp_demo.goods_warehouses();
  made bigint;
begin
  create temp table demo_heads on commit drop as
    select t.*, erp_demo.order_status(t.i, total, erp_demo.anchor() - t.day) as status,
      (array[1, 1, 1, 2, 4, 5, 9])[1 + (erp_demo.h(t.i, 403) % 7)::int] as tax_id,
      c.currency_code as currency, coalesce(x.rate, 1) as rate, c.payment_term_id as term, c.salesperson_id as salesperson
    from (select i, erp_demo.day_of(i, total) as day, erp_demo.zipf(i, 404, customers, 1.8) as customer,
            case when erp_demo.h(i, 405) % 5 < 3 then stores[1] else erp_demo.pick(i, 406, stores) end as store
          from generate_series(lo, hi) i offset 0) t
    join erp.customers c on c.id = t.customer
    -- Customers buy in their own currency, at the rate of the month.
    left join erp.exchange_rates x on x.currency_code = c.currency_code and x.valid_from = date_trunc('month', t.day)::date;
  analyze demo_heads;
  create temp table demo_lines on commit drop as
    select t.i, t.line, t.product, t.qty, round(p.sale_price / t.rate, 2) as price, t.discount, x.rate as tax_rate, t.tax_id,
      case when erp_demo.is_delivered(t.status, t.i, t.line) then t.qty else 0 end as delivered,
      case when t.status in ('delivered', 'closed') then t.qty else 0 end as invoiced
    from (
      -- The first warehouse has all goods, each of the others a share of its own: those whose number leaves its remainder.
      select s.*, case s.share when 0 then s.any_product
          else greatest(1, least(goods, s.any_product - s.any_product % cardinality(stores) + s.share)) end as product
      from (select o.i, o.status, o.tax_id, o.rate, line, array_position(stores, o.store) - 1 as share,
              erp_demo.zipf(o.i * 8 + line, 407, goods, 1.6) as any_product,
              (1 + floor(24 * power(erp_demo.u(o.i * 8 + line, 408), 2.4::float8)))::numeric as qty,
              (array[0, 0, 0, 0, 2.5, 5, 10])[1 + (erp_demo.h(o.i * 8 + line, 409) % 7)::int] as discount
            from demo_heads o, generate_series(1, (1 + erp_demo.h(o.i, 410) % 7)::int) line offset 0) s) t
    join erp.products p on p.id = t.product
    join erp.tax_rates x on x.id = t.tax_id;
  insert into erp.sales_orders (id, order_no, customer_id, buyer_reference, order_date, requested_date, status, delivery_status,
    billing_status, payment_term_id, currency_code, exchange_rate, warehouse_id, salesperson_id, subtotal, discount_amount, tax_amount,
    note, confirmed_at, cancelled_at, cancel_reason, created_at, updated_at, created_by)
  overriding system value
  select o.i, case when o.status <> 'draft' then 'SO-' || erp_private.digits(o.i, 7) end, o.customer,
    case when erp_demo.h(o.i, 411) % 3 > 0 then 'PO ' || (100000 + erp_demo.h(o.i, 412) % 899999) end,
    o.day, o.day + (3 + erp_demo.h(o.i, 413) % 20)::int, o.status, s.delivery, s.billing, o.term, o.currency, o.rate, o.store,
    o.salesperson, s.subtotal, 0, s.tax,
    case erp_demo.h(o.i, 414) % 50 when 0 then 'Please call before delivery ☎' when 1 then 'Kundin wünscht Lieferung "frei Haus"' else '' end,
    case when o.status not in ('draft', 'cancelled') then erp_demo.at(o.day, o.i, 415) + interval '2 hours' end,
    case when o.status = 'cancelled' then erp_demo.at(o.day + 1, o.i, 416) end,
    case when o.status = 'cancelled' then erp_demo.pick(o.i, 417, '{ordered twice,too late,price,customer changed their mind}'::text[]) end,
    erp_demo.at(o.day, o.i, 415), erp_demo.at(o.day, o.i, 415), coalesce(o.salesperson, 3)
  from demo_heads o
  join (select l.i, sum(round(l.qty * l.price * (1 - l.discount / 100), 2)) as subtotal,
          sum(round(round(l.qty * l.price * (1 - l.discount / 100), 2) * l.tax_rate / 100, 2)) as tax,
          case when sum(l.delivered) = 0 then 'none' when bool_and(l.delivered = l.qty) then 'full' else 'partial' end as delivery,
          case when sum(l.invoiced) = 0 then 'none' else 'full' end as billing
        from demo_lines l group by l.i) s on s.i = o.i;
  insert into erp.sales_order_items (id, sales_order_id, line_no, product_id, qty, unit_code, unit_price, discount_pct, tax_rate_id,
    tax_rate, delivered_qty, invoiced_qty)
  overriding system value
  select l.i::bigint * 8 + l.line, l.i, l.line, l.product, l.qty, 'pcs', l.price, l.discount, l.tax_id, l.tax_rate, l.delivered, l.invoiced
  from demo_lines l order by 1;
  get diagnostics made = row_count;
  drop table demo_heads, demo_lines;
  perform erp_demo.fix_identity('sales_orders', 'sales_order_items');
  perform setval('erp_private.sales_order_no', hi);
  return made + hi - lo + 1;
end $$;

create or replace function erp_demo.fill_deliveries(lo int, hi int) returns bigint
language plpgsql as $$
declare
  made bigint;
begin
  insert into erp.deliveries (id, delivery_no, sales_order_id, warehouse_id, status, shipped_at, delivered_at, carrier, tracking_no,
    created_at, updated_at)
  overriding system value
  select o.id, 'DN-' || erp_private.digits(o.id, 7), o.id, o.warehouse_id,
    case when o.status in ('delivered', 'closed') then 'delivered' else 'shipped' end, t.shipped,
    case when o.status in ('delivered', 'closed') then t.shipped + interval '1 day' * (1 + erp_demo.h(o.id, 421) % 4) end,
    erp_demo.pick(o.id, 422, '{DHL,UPS,DSV,Maersk,Kargo A.Ş.,own truck}'::text[]), 'TRK' || (erp_demo.h(o.id, 423) % 1000000000000),
    t.shipped, t.shipped
  from erp.sales_orders o
  cross join lateral (select erp_demo.at(least(o.order_date + (1 + erp_demo.h(o.id, 424) % 4)::int, erp_demo.anchor() - 1),
    o.id, 425) as shipped) t
  where o.id between lo and hi and o.delivery_status <> 'none';
  insert into erp.deliveries (id, sales_order_id, warehouse_id, status, created_at, updated_at)
  overriding system value
  select o.id, o.id, o.warehouse_id, 'draft', o.created_at, o.created_at
  from erp.sales_orders o
  where o.id between lo and hi and o.delivery_status = 'none' and o.status = 'picking';
  insert into erp.delivery_items (id, delivery_id, sales_order_item_id, product_id, qty)
  overriding system value
  select i.id, i.sales_order_id, i.id, i.product_id, i.qty
  from erp.sales_order_items i
  where i.sales_order_id between lo and hi and i.delivered_qty > 0;
  get diagnostics made = row_count;
  perform erp_demo.fix_identity('deliveries', 'delivery_items');
  perform setval('erp_private.delivery_no', hi);
  return made;
end $$;

-- What was sold of a product in an order, in the base currency.
create or replace function erp_demo.lines_in_base()
returns table (order_date date, salesperson_id bigint, product_id bigint, qty numeric, revenue numeric)
language sql stable as $$
  select o.order_date, o.salesperson_id, i.product_id, sum(i.qty), sum(round(i.line_total * o.exchange_rate, 2))
  from erp.sales_orders o join erp.sales_order_items i on i.sales_order_id = o.id
  where o.status not in ('draft', 'cancelled') group by o.id, i.product_id
$$;

-- The sums that the reports read.
-- Sorted, not hashed: nearly every group is one row, and the rows come in the order of the key.
create or replace function erp_demo.fill_sales_sums() returns bigint
language plpgsql set enable_hashagg = off as $$
begin
  insert into erp_private.sales_daily (subject, span, day, subject_id, orders, qty, revenue)
  select (case when grouping(o.salesperson_id) = 1 then 'company' else 'salesperson' end)::erp_private.sales_subject as subject, 'day',
    o.order_date, coalesce(o.salesperson_id, 0), count(*), 0, sum(o.base_total)
  from erp.sales_orders o where o.status not in ('draft', 'cancelled')
  group by grouping sets ((o.order_date), (o.order_date, o.salesperson_id))
  order by 1, 3, 4;
  insert into erp_private.sales_daily (subject, span, day, subject_id, orders, qty, revenue)
  select 'product', 'day', l.order_date, l.product_id, count(*), sum(l.qty), sum(l.revenue)
  from erp_demo.lines_in_base() l group by 3, 4 order by 3, 4;
  insert into erp_private.sales_daily (subject, span, day, subject_id, orders, qty, revenue)
  select 'unassigned', 'day', l.order_date, l.product_id, count(*), sum(l.qty), sum(l.revenue)
  from erp_demo.lines_in_base() l where l.salesperson_id is null group by 3, 4 order by 3, 4;
  insert into erp_private.sales_daily (subject, span, day, subject_id, orders, qty, revenue)
  select d.subject, 'month', date_trunc('month', d.day::timestamp)::date, d.subject_id, sum(d.orders), sum(d.qty), sum(d.revenue)
  from erp_private.sales_daily d group by 1, 3, 4 order by 1, 3, 4;
  insert into erp_private.sales_daily (subject, span, day, subject_id, orders, qty, revenue)
  select d.subject, 'year', date_trunc('year', d.day::timestamp)::date, d.subject_id, sum(d.orders), sum(d.qty), sum(d.revenue)
  from erp_private.sales_daily d where d.span = 'month' group by 1, 3, 4 order by 1, 3, 4;
  return (select count(*) from erp_private.sales_daily);
end $$;
