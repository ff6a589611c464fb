-- Demo data: purchases that cover what was sold, then the ledger of all moves and the balances.
-- SPDX-License-Identifier: ISC

-- For each product, warehouse and stretch of time, what goes out; the purchase of that stretch brings a little more. The first warehouse
-- is supplied every half year, the others once a year.
create or replace function erp_demo.supplied_on(day date, half_yearly boolean) returns date
language sql immutable parallel safe as $$
  select greatest(make_date(extract(year from day)::int, case when half_yearly and extract(month from day) >= 7 then 7 else 1 end, 1), date '2023-01-01')
$$;

create or replace function erp_demo.plan_supply(scale text) returns bigint
language plpgsql as $$
declare
  made bigint;
begin
  drop table if exists erp_demo.supply;
  create table erp_demo.supply as
  with need as (
    select i.product_id, o.warehouse_id, erp_demo.supplied_on(least(o.order_date, date '2025-12-20'), o.warehouse_id = 1) as half,
      sum(i.qty) as qty
    from erp.sales_order_items i join erp.sales_orders o on o.id = i.sales_order_id
    where i.delivered_qty > 0 or o.status in ('confirmed', 'picking')
    group by 1, 2, 3)
  select n.product_id, n.warehouse_id, n.half, ceil(n.qty * 1.12) + erp_demo.h(n.product_id, 501) % 3 as qty,
    p.default_supplier_id as supplier_id, p.cost_price as cost,
    dense_rank() over (order by n.half, n.warehouse_id, p.default_supplier_id, n.product_id % 4) as po,
    row_number() over (partition by n.half, n.warehouse_id, p.default_supplier_id, n.product_id % 4 order by n.product_id) as line
  from need n join erp.products p on p.id = n.product_id;
  get diagnostics made = row_count;
  create index on erp_demo.supply (po);
  return made;
end $$;

create or replace function erp_demo.fill_purchases(part int, parts int) returns bigint
language plpgsql as $$
declare
  last_half date := date '2025-07-01';
  made bigint;
begin
  create temp table demo_po on commit drop as
    select s.*, s.po * 64 + s.line as item, erp_demo.h(s.po, 502) % 10 = 0 and s.half = last_half as is_partial, u.payment_term_id as term,
      u.currency_code as currency, coalesce(x.rate, 1) as rate, round(s.cost / coalesce(x.rate, 1), 4) as price
    from erp_demo.supply s join erp.suppliers u on u.id = s.supplier_id
    left join erp.exchange_rates x on x.currency_code = u.currency_code and x.valid_from = date_trunc('month', s.half - 30)::date
    where s.po % parts = part;
  insert into erp.purchase_orders (id, po_no, supplier_id, order_date, expected_date, status, billing_status, currency_code, exchange_rate, incoterm,
    payment_term_id, warehouse_id, subtotal, tax_amount, approved_by, approved_at, created_at, updated_at)
  overriding system value
  select p.po, 'PO-' || erp_private.digits(p.po, 6), p.supplier_id, p.half - 30, p.half - 1,
    case when bool_or(p.is_partial) then 'partially_received' when p.half < last_half then 'closed' else 'received' end,
    case when p.half < last_half then 'full' else 'none' end, p.currency, p.rate, erp_demo.pick(p.po, 503, '{FOB,EXW,CIF,FCA}'::text[]),
    p.term, p.warehouse_id, sum(round(p.qty * case when p.is_partial then 2 else 1 end * p.price, 2)), 0, 2,
    erp_demo.at(p.half - 30, p.po, 504), erp_demo.at(p.half - 30, p.po, 504), erp_demo.at(p.half - 30, p.po, 504)
  from demo_po p group by p.po, p.supplier_id, p.half, p.warehouse_id, p.term, p.currency, p.rate;
  insert into erp.purchase_order_items (id, purchase_order_id, line_no, product_id, qty, unit_code, unit_price, received_qty, invoiced_qty,
    required_date)
  overriding system value
  select p.item, p.po, p.line, p.product_id, p.qty * case when p.is_partial then 2 else 1 end, 'pcs', p.price, p.qty,
    case when p.half < last_half then p.qty else 0 end, p.half
  from demo_po p;
  get diagnostics made = row_count;
  insert into erp.goods_receipts (id, receipt_no, purchase_order_id, supplier_id, warehouse_id, supplier_delivery_no, status, received_at,
    created_at, updated_at)
  overriding system value
  select distinct p.po, 'GR-' || erp_private.digits(p.po, 6), p.po, p.supplier_id, p.warehouse_id, 'D' || p.po, 'posted',
    (p.half + time '05:00') at time zone 'UTC', (p.half + time '05:00') at time zone 'UTC', (p.half + time '05:00') at time zone 'UTC'
  from demo_po p;
  insert into erp.goods_receipt_items (id, goods_receipt_id, purchase_order_item_id, product_id, qty_received, unit_cost)
  overriding system value
  select p.item, p.po, p.item, p.product_id, p.qty, p.cost from demo_po p;
  drop table demo_po;
  perform erp_demo.fix_identity('purchase_orders', 'purchase_order_items', 'goods_receipts', 'goods_receipt_items');
  return made;
end $$;

-- Orders to suppliers that are still on their way: no goods yet, every other status.
create or replace function erp_demo.fill_open_purchases(scale text) returns bigint
language plpgsql as $$
declare
  base bigint := (select coalesce(max(id), 0) from erp.purchase_orders);
  goods int := erp_demo.n(scale, 'goods');
  made bigint;
begin
  insert into erp.purchase_orders (id, po_no, supplier_id, order_date, expected_date, status, warehouse_id, approved_by, approved_at,
    created_at, updated_at)
  overriding system value
  select base + i, case when s.status <> 'draft' then 'PO-' || erp_private.digits((base + i), 6) end,
    (select p.default_supplier_id from erp.products p where p.id = 1 + erp_demo.h(i, 511) % goods), erp_demo.anchor() - (1 + i % 25),
    erp_demo.anchor() - (1 + i % 25) + 20 + i % 20, s.status, 1, case when s.status in ('approved', 'sent') then 2 end,
    case when s.status in ('approved', 'sent') then erp_demo.at(erp_demo.anchor() - 1, i, 512) end,
    erp_demo.at(erp_demo.anchor() - (1 + i % 25), i, 513), erp_demo.at(erp_demo.anchor() - (1 + i % 25), i, 513)
  from generate_series(1, 8 + goods / 50) i
  cross join lateral (select ('{draft,approved,sent,sent,cancelled}'::text[])[1 + i % 5] as status) s;
  insert into erp.purchase_order_items (id, purchase_order_id, line_no, product_id, qty, unit_price, required_date)
  overriding system value
  select o.id * 64 + k, o.id, k, p.id, 10 * k, p.cost_price, o.expected_date
  from erp.purchase_orders o, generate_series(1, 4) k
  join erp.products p on true
  where o.id > base and p.id = 1 + erp_demo.h(o.id * 4 + k, 514) % goods;
  get diagnostics made = row_count;
  update erp.purchase_orders o set subtotal = s.total
  from (select purchase_order_id, sum(line_total) as total from erp.purchase_order_items where purchase_order_id > base group by 1) s
  where o.id = s.purchase_order_id;
  perform erp_demo.fix_identity('purchase_orders', 'purchase_order_items');
  perform setval('erp_private.purchase_order_no', (select max(id) from erp.purchase_orders));
  perform setval('erp_private.goods_receipt_no', (select max(id) from erp.goods_receipts));
  return made;
end $$;

-- Fabric for orders of buyers, bought back to back: one purchase and one lot for each order that is being made, all consumed.
create or replace function erp_demo.fill_fabric() returns bigint
language plpgsql as $$
declare
  base bigint := (select coalesce(max(id), 0) from erp.purchase_orders);
  store bigint := (select id from erp.warehouses where code = 'FAB');
  made bigint;
begin
  create temp table demo_fabric on commit drop as
    select base + row_number() over (order by o.id) as po, o.id as buyer_order, o.order_date as day, m.material_id as product,
      ceil(o.total_qty * m.gross_consumption) as qty, p.cost_price as cost, p.default_supplier_id as supplier
    from erp.buyer_orders o
    join lateral (select l.style_id from erp.buyer_order_lines l where l.buyer_order_id = o.id order by l.line_no limit 1) l on true
    join erp.style_materials m on m.style_id = l.style_id and m.placement = 'body'
    join erp.products p on p.id = m.material_id and p.default_supplier_id is not null
    where o.status in ('in_production', 'partially_shipped', 'shipped', 'invoiced', 'closed');
  insert into erp.purchase_orders (id, po_no, supplier_id, order_date, expected_date, status, billing_status, incoterm, warehouse_id,
    buyer_order_id, subtotal, approved_by, approved_at, created_at, updated_at)
  overriding system value
  select f.po, 'PO-' || erp_private.digits(f.po, 6), f.supplier, f.day + 5, f.day + 30, 'closed', 'full', 'FOB', store, f.buyer_order,
    round(f.qty * f.cost, 2), 2, erp_demo.at(f.day + 5, f.po, 541), erp_demo.at(f.day + 5, f.po, 541), erp_demo.at(f.day + 5, f.po, 541)
  from demo_fabric f;
  insert into erp.purchase_order_items (id, purchase_order_id, line_no, product_id, qty, unit_code, unit_price, received_qty, invoiced_qty,
    required_date)
  overriding system value
  select f.po * 64 + 1, f.po, 1, f.product, f.qty, 'kg', f.cost, f.qty, f.qty, f.day + 38 from demo_fabric f;
  insert into erp.lots (id, product_id, lot_no, supplier_id, roll_no, shade, qty_received)
  overriding system value
  select f.po, f.product, 'L' || f.po, f.supplier, 'R' || f.po % 40, chr(65 + (f.po % 4)::int), f.qty from demo_fabric f;
  insert into erp.goods_receipts (id, receipt_no, purchase_order_id, supplier_id, warehouse_id, supplier_delivery_no, status, received_at,
    created_at, updated_at)
  overriding system value
  select f.po, 'GR-' || erp_private.digits(f.po, 6), f.po, f.supplier, store, 'F' || f.po, 'posted', t.at, t.at, t.at
  from demo_fabric f cross join lateral (select (least(f.day + 30, erp_demo.anchor() - 2) + time '05:00') at time zone 'UTC' as at) t;
  insert into erp.goods_receipt_items (id, goods_receipt_id, purchase_order_item_id, product_id, lot_id, qty_received, unit_cost)
  overriding system value
  select f.po * 64 + 1, f.po, f.po * 64 + 1, f.product, f.po, f.qty, f.cost from demo_fabric f;
  get diagnostics made = row_count;
  drop table demo_fabric;
  perform erp_demo.fix_identity('purchase_orders', 'purchase_order_items', 'goods_receipts', 'goods_receipt_items', 'lots');
  return made;
end $$;

-- One piece each of some products from the main warehouse: done, on the way, still a draft, cancelled. Counts likewise.
create or replace function erp_demo.fill_transfers(scale text) returns bigint
language plpgsql as $$
declare
  n int := 8 + erp_demo.n(scale, 'goods') / 25;
begin
  insert into erp.stock_transfers (id, transfer_no, from_warehouse_id, to_warehouse_id, status, moved_at, created_at, updated_at)
  overriding system value
  select i, 'TR-' || lpad(i::text, 6, '0'), 1, case when s.status = 'in_transit' then w.transit else w.east end, s.status,
    case when s.status in ('done', 'in_transit') then erp_demo.at(erp_demo.anchor() - 1, i, 551) + interval '9 hours' end,
    erp_demo.at(erp_demo.anchor() - 2, i, 552), erp_demo.at(erp_demo.anchor() - 2, i, 552)
  from generate_series(1, n) i
  cross join lateral (select ('{done,done,done,in_transit,draft,cancelled}'::text[])[1 + i % 6] as status) s
  cross join (select max(id) filter (where code = 'EAST') as east, max(id) filter (where code = 'TRANSIT') as transit from erp.warehouses) w;
  insert into erp.stock_transfer_items (id, stock_transfer_id, line_no, product_id, qty, received_qty)
  overriding system value
  select t.id, t.id, 1, t.id, 1, (t.status = 'done')::int from erp.stock_transfers t;
  insert into erp.stock_counts (id, count_no, warehouse_id, status, counted_at, created_at, updated_at)
  overriding system value
  select i, 'SC-' || lpad(i::text, 6, '0'), 1, ('{posted,posted,counting,draft,cancelled}'::text[])[i],
    case when i <= 2 then erp_demo.at(erp_demo.anchor() - 1, i, 553) + interval '10 hours' end,
    erp_demo.at(erp_demo.anchor() - 1, i, 554), erp_demo.at(erp_demo.anchor() - 1, i, 554)
  from generate_series(1, 5) i;
  -- What was found: one piece more than the books said.
  insert into erp.stock_count_items (id, stock_count_id, product_id, expected_qty, counted_qty)
  overriding system value
  select c.id * 100 + k, c.id, c.id * 20 + k, 10, case c.status when 'posted' then 11 end from erp.stock_counts c, generate_series(1, 6) k;
  perform erp_demo.fix_identity('stock_transfers', 'stock_transfer_items', 'stock_counts', 'stock_count_items');
  perform setval('erp_private.stock_transfer_no', n), setval('erp_private.stock_count_no', 5);
  return n + 35;
end $$;

-- The ledger of the products lo .. hi: in time order within each product and warehouse, with the running balance.
create or replace function erp_demo.fill_moves(lo bigint, hi bigint) returns bigint
language plpgsql as $$
declare
  made bigint;
begin
  with moves as (
  insert into erp.stock_moves (product_id, warehouse_id, lot_id, qty, unit_cost, move_type, source_type, source_id, source_line_id,
    qty_after, note, moved_at, created_at, created_by)
  select m.product_id, m.warehouse_id, m.lot_id, m.qty, p.cost_price, m.kind, m.source_type, m.source_id, m.line_id,
    sum(m.qty) over (partition by m.product_id, m.warehouse_id order by m.at, m.qty desc, m.line_id rows unbounded preceding),
    '', m.at, m.at, 5
  from erp_demo.all_moves(lo, hi) m
  join erp.products p on p.id = m.product_id
  order by m.at, m.product_id, m.warehouse_id, m.qty desc, m.line_id
  returning id, product_id, warehouse_id, qty),
  balances as (
  insert into erp.stock_balances (product_id, warehouse_id, on_hand, avg_cost, last_move_id, allow_negative)
  select m.product_id, m.warehouse_id, m.qty, p.cost_price, m.last, w.allow_negative
  from (select product_id, warehouse_id, sum(qty) as qty, max(id) as last from moves group by 1, 2) m
  join erp.products p on p.id = m.product_id join erp.warehouses w on w.id = m.warehouse_id)
  select count(*) into made from moves;
  update erp.products p set current_stock = b.on_hand,
    minimum_stock = case when erp_demo.h(p.id, 521) % 12 = 0 then ceil(b.on_hand * 1.3) + 5 else floor(b.on_hand * 0.3) end
  from (select product_id, sum(on_hand) as on_hand from erp.stock_balances where product_id between lo and hi group by 1) b
  where p.id = b.product_id;
  perform erp_demo.fix_identity('stock_moves', 'stock_balances', 'products');
  return made;
end $$;

create or replace function erp_demo.all_moves(lo bigint, hi bigint)
returns table (product_id bigint, warehouse_id bigint, lot_id bigint, qty numeric, kind text, source_type text, source_id bigint,
  line_id bigint, at timestamptz)
language sql stable as $$
  select p.id, 1::bigint, null::bigint, (1 + erp_demo.h(p.id, 531) % 40)::numeric, 'opening', null::text, null::bigint, p.id,
    timestamptz '2022-12-31 05:00Z'
  from erp.products p where p.id between lo and hi and p.kind = 'goods'
  union all
  select i.product_id, r.warehouse_id, i.lot_id, i.qty_received - i.qty_rejected, 'receipt', 'goods_receipts', r.id, i.id, r.received_at
  from erp.goods_receipt_items i join erp.goods_receipts r on r.id = i.goods_receipt_id
  where i.product_id between lo and hi and r.status = 'posted'
  union all
  select i.product_id, d.warehouse_id, i.lot_id, -i.qty, 'issue', 'deliveries', d.id, i.id, d.shipped_at
  from erp.delivery_items i join erp.deliveries d on d.id = i.delivery_id
  where i.product_id between lo and hi and d.status in ('shipped', 'delivered')
  union all
  select i.product_id, g.warehouse_id, i.lot_id, -i.qty_received, 'consume', 'purchase_orders', g.purchase_order_id, i.id,
    g.received_at + interval '5 hours'
  from erp.goods_receipt_items i join erp.goods_receipts g on g.id = i.goods_receipt_id
  join erp.purchase_orders o on o.id = g.purchase_order_id
  where i.product_id between lo and hi and o.buyer_order_id is not null
  union all
  select z.product_id, p.warehouse_id, null, x.good_qty, 'produce', 'production_orders', p.id, x.id, x.created_at
  from erp.buyer_order_sizes z join erp.production_orders p on p.buyer_order_line_id = z.buyer_order_line_id
  join erp.production_outputs x on x.production_order_id = p.id and x.size_id = z.size_id
  where z.product_id between lo and hi and x.stage = 'packing' and x.good_qty > 0
  union all
  select z.product_id, p.warehouse_id, null, -sum(i.qty), 'issue', 'shipments', s.id, z.buyer_order_line_id,
    (s.etd + time '23:30') at time zone 'UTC'
  from erp.buyer_order_sizes z join erp.production_orders p on p.buyer_order_line_id = z.buyer_order_line_id
  join erp.carton_items i on i.buyer_order_line_id = z.buyer_order_line_id and i.size_id = z.size_id
  join erp.cartons c on c.id = i.carton_id join erp.shipments s on s.id = c.shipment_id
  where z.product_id between lo and hi and s.status not in ('booked', 'cargo_ready', 'cancelled')
  group by z.product_id, p.warehouse_id, s.id, z.buyer_order_line_id, s.etd
  union all
  select i.product_id, w.warehouse, i.lot_id, i.qty * w.sign, w.kind, 'stock_transfers', t.id, i.id, t.moved_at
  from erp.stock_transfer_items i join erp.stock_transfers t on t.id = i.stock_transfer_id
  cross join lateral (values (t.from_warehouse_id, -1, 'transfer_out'), (t.to_warehouse_id, 1, 'transfer_in')) w(warehouse, sign, kind)
  where i.product_id between lo and hi and t.status in ('done', 'in_transit')
  union all
  select i.product_id, c.warehouse_id, i.lot_id, i.counted_qty - i.expected_qty, 'adjust', 'stock_counts', c.id, i.id, c.counted_at
  from erp.stock_count_items i join erp.stock_counts c on c.id = i.stock_count_id
  where i.product_id between lo and hi and c.status = 'posted' and i.counted_qty <> i.expected_qty
$$;

create or replace function erp_demo.fill_reservations() returns bigint
language plpgsql as $$
declare
  made bigint;
begin
  insert into erp.stock_reservations (product_id, warehouse_id, qty, sales_order_item_id, created_at, updated_at)
  select i.product_id, o.warehouse_id, i.qty, i.id, o.confirmed_at, o.confirmed_at
  from erp.sales_order_items i join erp.sales_orders o on o.id = i.sales_order_id
  where o.status in ('confirmed', 'picking') and i.delivered_qty = 0;
  get diagnostics made = row_count;
  update erp.stock_balances b set reserved = r.qty
  from (select product_id, warehouse_id, sum(qty) as qty from erp.stock_reservations where released_at is null group by 1, 2) r
  where b.product_id = r.product_id and b.warehouse_id = r.warehouse_id;
  perform erp_demo.fix_identity('stock_reservations', 'stock_balances');
  return made;
end $$;
