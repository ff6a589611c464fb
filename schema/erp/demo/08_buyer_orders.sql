-- Demo data: orders of buyers, production, shipments. A counter, the hourly output behind it and the cartons are functions of
-- the same order, so that they agree.
-- SPDX-License-Identifier: ISC

create or replace function erp_demo.buyer_order_status(i int, total int, age int) returns text
language sql immutable parallel safe as $$
  select case
    when i > total - 18 then ('{received,confirmed,in_production,partially_shipped,shipped,invoiced,closed,on_hold,cancelled}'::text[])[1 + i % 9]
    when erp_demo.h(i, 701) % 20 = 0 then 'cancelled'
    when age > 160 then 'closed' when age > 140 then 'invoiced' when age > 120 then 'shipped' when age > 108 then 'partially_shipped'
    when age > 40 then 'in_production' when age > 10 then 'confirmed' else 'received' end
$$;

-- Pieces of a size that got to a stage; f is how far the order is.
create or replace function erp_demo.made(status text, f float8, qty int, stage text) returns int
language sql immutable parallel safe as $$
  select floor(qty * case
    when status in ('shipped', 'invoiced', 'closed') then 1
    when status = 'partially_shipped' then case stage when 'finishing' then 0.9::float8 when 'packing' then 0.8::float8 else 1 end
    when status = 'in_production' then least(1, f * case stage when 'cutting' then 1.6::float8 when 'sewing' then 1.2::float8
      when 'finishing' then 1 else 0.8::float8 end)
    else 0 end)::int
$$;

create or replace function erp_demo.fill_buyer_orders(scale text, lo int, hi int) returns bigint
language plpgsql as $$
declare
  total int := erp_demo.n(scale, 'buyer_orders');
  styles int := erp_demo.n(scale, 'styles');
  base bigint := erp_demo.sku_base(scale);
  factory bigint := (select id from erp.warehouses where code = 'FIN');
  made bigint;
begin
  create temp table demo_orders on commit drop as
    select t.i, t.day, erp_demo.buyer_order_status(t.i, total, erp_demo.anchor() - t.day) as status, t.i * 37 % 100 / 100.0::float8 as f,
      s.id as style, s.buyer_id, s.season_id, s.merchandiser_id, s.fob_target as price
    from (select i, erp_demo.day_of(i, total) as day from generate_series(lo, hi) i) t
    join erp.styles s on s.id = 1 + erp_demo.h(t.i, 702) % styles;
  create temp table demo_sizes on commit drop as
    select z.*, erp_demo.made(z.status, z.f, z.qty, 'cutting') as cut, erp_demo.made(z.status, z.f, z.qty, 'sewing') as sewn,
      erp_demo.made(z.status, z.f, z.qty, 'finishing') as finished, erp_demo.made(z.status, z.f, z.qty, 'packing') as packed,
      z.status in ('partially_shipped', 'shipped', 'invoiced', 'closed') as is_sent
    from (select o.*, (o.i - 1) * 3 + k as line, k, (o.style - 1) * 3 + k as variant, z.id as size, z.sort_order as n,
      base + ((o.style - 1) * 3 + k - 1) * 6 + z.sort_order as sku,
      (600 + erp_demo.h(o.i * 4 + k, 703) % 5400)::int * (array[8, 18, 26, 24, 16, 8])[z.sort_order] / 100 as qty
    from demo_orders o, generate_series(1, (1 + o.i % 3)::int) k, erp.sizes z where z.size_range = 'ALPHA' offset 0) z;
  insert into erp.buyer_orders (id, order_no, buyer_po_no, buyer_id, season_id, order_category, sales_contract, order_date, delivery_date,
    ex_factory_date, incoterm, payment_term_id, status, total_qty, total_value, merchandiser_id, created_at, updated_at)
  overriding system value
  select o.i, 'BO-' || erp_private.digits(o.i, 6), 'PO' || (4500000 + o.i), o.buyer_id, o.season_id,
    erp_demo.pick(o.i, 704, '{regular,regular,repeat,promotion}'::text[]), 'SC-' || o.i, o.day, o.day + 130, o.day + 105, 'FOB', 10, o.status,
    t.qty, t.value, o.merchandiser_id, erp_demo.at(o.day, o.i, 705), erp_demo.at(o.day, o.i, 705)
  from demo_orders o join (select i, sum(qty) as qty, sum(value) as value
    from (select i, line, sum(qty) as qty, round(sum(qty) * max(price), 2) as value from demo_sizes group by 1, 2) l group by 1) t on t.i = o.i;
  insert into erp.buyer_order_lines (id, buyer_order_id, line_no, style_id, style_variant_id, destination_address_id, unit_price, qty,
    delivery_date, shipped_qty)
  overriding system value
  select z.line, z.i, z.k, z.style, z.variant, a.id, z.price, sum(z.qty), z.day + 130, sum(case when z.is_sent then z.packed else 0 end)
  from demo_sizes z left join (select buyer_id, min(id) as id from erp.addresses where buyer_id is not null group by 1) a
    on a.buyer_id = z.buyer_id
  group by z.line, z.i, z.k, z.style, z.variant, z.price, z.day, a.id;
  insert into erp.buyer_order_sizes (buyer_order_line_id, size_id, product_id, qty, tolerance_pct, cut_qty, sewn_qty, finished_qty, packed_qty,
    shipped_qty)
  select z.line, z.size, z.sku, z.qty, 3, z.cut, z.sewn, z.finished, z.packed, case when z.is_sent then z.packed else 0 end
  from demo_sizes z;
  insert into erp.production_orders (id, prod_no, buyer_order_line_id, warehouse_id, planned_start, planned_end, status, planned_qty,
    created_at, updated_at)
  overriding system value
  select z.line, 'PRD-' || erp_private.digits(z.line, 6), z.line, factory, z.day + 40, z.day + 103,
    case z.status when 'confirmed' then case z.k % 2 when 0 then 'planned' else 'materials_issued' end when 'on_hold' then 'on_hold'
      when 'cancelled' then 'cancelled' when 'partially_shipped' then 'ready'
      when 'in_production' then (array['cutting', 'sewing', 'finishing', 'packing'])[1 + floor(z.f * 4)::int] else 'completed' end,
    sum(z.qty), erp_demo.at(z.day + 12, z.line, 706), erp_demo.at(z.day + 12, z.line, 706)
  from demo_sizes z where z.status <> 'received' group by z.line, z.k, z.day, z.status, z.f;
  insert into erp.production_outputs (production_order_id, size_id, stage, production_line_id, work_date, hour, good_qty, reject_qty,
    operators, created_at)
  select z.line, z.size, g.stage, l.id, d.day, (part - 1) * 6 + z.n + 3, g.qty / 3 + case when part = 3 then g.qty % 3 else 0 end,
    erp_demo.h(z.line * 8 + z.n, 707) % 4, 14, (d.day + make_interval(hours => (part - 1) * 6 + z.n + 4)) at time zone 'UTC'
  from demo_sizes z
  cross join lateral (values ('cutting', 1, z.cut), ('sewing', 2, z.sewn), ('finishing', 3, z.finished), ('packing', 4, z.packed)) g(stage, n, qty)
  join (select kind, min(id) as id from erp.production_lines group by kind) l on l.kind = g.stage
  cross join generate_series(1, 3) part
  cross join lateral (select least(z.day + 40 + g.n * 12 + part, erp_demo.anchor() - 1) as day) d
  where g.qty > 0
  order by z.line, z.size, g.n, part;
  get diagnostics made = row_count;
  insert into erp.cutting_batches (id, production_order_id, batch_no, cut_on, marker_efficiency_pct, consumption_per_dozen, plies, status)
  overriding system value
  select z.line * 2 - 2 + b, z.line, 'CUT-' || erp_private.digits((z.line * 2 - 2 + b), 7), z.day + 52 + b,
    round((78 + 10 * erp_demo.u(z.line, 708))::numeric, 2), 3.2, 60 + b * 10, 'cut'
  from (select distinct line, day from demo_sizes where cut >= 2) z, generate_series(1, 2) b;
  insert into erp.bundles (cutting_batch_id, bundle_no, size_id, qty, ply_from, ply_to)
  select z.line * 2 - 2 + b, z.n, z.size, z.cut / 2 + case when b = 2 then z.cut % 2 else 0 end, 1, 60 + b * 10
  from demo_sizes z, generate_series(1, 2) b
  where z.cut >= 2;
  insert into erp.inspections (production_order_id, kind, inspected_on, lot_size, sample_size, major, minor, critical, result, inspector_id,
    created_at, updated_at)
  select z.line, kind, z.day + 95, 500, 50, x.major, (erp_demo.h(z.line, 709) % 5)::int, 0,
    case when x.major > 4 then 'fail' when x.major > 3 then 'conditional' else 'pass' end, 5, erp_demo.at(z.day + 95, z.line, 710),
    erp_demo.at(z.day + 95, z.line, 710)
  from (select distinct line, day from demo_sizes where is_sent) z,
    unnest('{inline,final}'::text[]) kind cross join lateral (select (erp_demo.h(z.line + length(kind), 711) % 6)::int as major) x;
  perform erp_demo.fill_shipments();
  perform erp_demo.fill_tna();
  drop table demo_orders, demo_sizes;
  perform setval('erp_private.buyer_order_no', hi), setval('erp_private.production_no', hi * 3),
    setval('erp_private.cutting_batch_no', hi * 6), setval('erp_private.shipment_no', hi);
  perform erp_demo.fix_identity('buyer_orders', 'buyer_order_lines', 'buyer_order_sizes', 'tna_tasks', 'production_orders', 'production_outputs',
    'cutting_batches', 'bundles', 'inspections', 'shipments', 'cartons', 'carton_items');
  return made + hi - lo + 1;
end $$;

-- One shipment for each order that sent something, and bookings for those that will; three cartons for each size of a line.
create or replace function erp_demo.fill_shipments() returns void
language plpgsql as $$
begin
  create temp table demo_cartons on commit drop as
    select row_number() over (partition by z.i order by z.line, z.n, part) as no, z.i, z.line, z.size,
      z.packed / 3 + case when part = 3 then z.packed % 3 else 0 end as qty
    from demo_sizes z, generate_series(1, 3) part
    where z.is_sent and z.packed >= 3;
  insert into erp.shipments (id, shipment_no, buyer_id, mode, port_loading_id, port_discharge_id, vessel, container_no, bl_no, etd, eta,
    status, cartons, gross_kg, cbm, created_at, updated_at)
  overriding system value
  select o.i, 'SHP-' || erp_private.digits(o.i, 6), o.buyer_id, case when o.i % 9 = 0 then 'air' else 'sea' end,
    (select id from erp.ports where code = case when o.i % 9 = 0 then 'BDDAC' else 'BDCGP' end),
    (select id from erp.ports where code = case when o.i % 9 = 0 then 'DEFRA' else 'DEHAM' end),
    erp_demo.pick(o.i, 721, '{MV Meghna,MV Elbe,MV Bosporus Star,Ever Demo}'::text[]), 'EXMU' || (1000000 + o.i), 'BL' || (700000 + o.i),
    e.etd, e.etd + case when o.i % 9 = 0 then 3 else 28 end,
    case o.status when 'closed' then 'delivered' when 'invoiced' then case o.i % 2 when 0 then 'cleared' else 'arrived' end
      when 'shipped' then 'in_transit' when 'partially_shipped' then 'loaded' when 'cancelled' then 'cancelled'
      else case o.i % 2 when 0 then 'booked' else 'cargo_ready' end end,
    coalesce(c.n, 0), c.n * 12.5, round(c.n * 0.072, 3), erp_demo.at(o.day + 90, o.i, 722), erp_demo.at(o.day + 90, o.i, 722)
  from demo_orders o left join (select i, count(*) as n from demo_cartons group by 1) c on c.i = o.i
  cross join lateral (select case when o.status in ('partially_shipped', 'shipped', 'invoiced', 'closed')
    then least(o.day + 107, erp_demo.anchor() - 1) else o.day + 107 end as etd) e
  where o.status in ('in_production', 'partially_shipped', 'shipped', 'invoiced', 'closed') or (o.status = 'cancelled' and o.i % 2 = 0);
  insert into erp.cartons (id, shipment_id, carton_no, net_kg, gross_kg)
  overriding system value
  select c.i::bigint * 64 + c.no, c.i, c.no, 11.5, 12.5 from demo_cartons c;
  insert into erp.carton_items (carton_id, buyer_order_line_id, size_id, qty)
  select c.i::bigint * 64 + c.no, c.line, c.size, c.qty from demo_cartons c;
  drop table demo_cartons;
end $$;

create or replace function erp_demo.fill_tna() returns void
language plpgsql as $$
begin
  insert into erp.tna_tasks (buyer_order_id, seq, activity, lead_days, planned_start, planned_end, actual_start, actual_end, responsible_id,
    status, created_at, updated_at)
  select o.i, a.seq, a.activity, a.days, o.day + a.first, o.day + a.first + a.days,
    case when x.state in ('done', 'started') then o.day + a.first + x.late end,
    case when x.state = 'done' then o.day + a.first + a.days + x.late end, o.merchandiser_id, x.state,
    erp_demo.at(o.day, o.i, 731), erp_demo.at(o.day, o.i, 731)
  from demo_orders o
  cross join (values (1, 'Order confirmation', 0, 4), (2, 'Fabric booking', 4, 6), (3, 'Trims booking', 6, 8), (4, 'Lab dip approval', 6, 12),
    (5, 'Fit sample approval', 10, 15), (6, 'PP sample approval', 25, 10), (7, 'Fabric in house', 30, 8), (8, 'PP meeting', 38, 2),
    (9, 'Cut start', 50, 3), (10, 'Sewing start', 62, 4), (11, 'Final inspection', 94, 3), (12, 'Ex-factory', 103, 2))
    a(seq, activity, first, days)
  cross join lateral (select (erp_demo.h(o.i * 16 + a.seq, 732) % 6)::int - 1 as late,
    case when o.status = 'cancelled' and a.seq > 1 then 'skipped'
      when o.day + a.first + a.days + 5 < erp_demo.anchor() and erp_demo.h(o.i * 16 + a.seq, 733) % 40 > 0 then 'done'
      when o.day + a.first + 5 < erp_demo.anchor() then 'started' else 'pending' end as state) x;
end $$;
