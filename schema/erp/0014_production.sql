-- Production: orders for the floor, cutting, bundles, hourly output, inspections.
-- SPDX-License-Identifier: ISC

create table erp.production_lines (
  id bigint generated always as identity primary key,
  code text not null unique,
  name text not null,
  floor text not null default '',
  kind text not null constraint production_line_kind check (kind in ('cutting', 'sewing', 'finishing', 'packing')),
  capacity_minutes_day int not null default 0 constraint line_capacity check (capacity_minutes_day >= 0),
  operators int not null default 0 constraint line_operators check (operators >= 0)
);
comment on table erp.production_lines is E'Lines of the factory\n@module production\n@cache lookup';

create sequence erp_private.production_no;
create table erp.production_orders (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  prod_no text not null unique default 'PRD-' || erp_private.digits(nextval('erp_private.production_no'), 6),
  buyer_order_line_id bigint not null references erp.buyer_order_lines,
  warehouse_id bigint not null references erp.warehouses,
  planned_start date not null,
  planned_end date not null,
  status text not null default 'planned' constraint production_orders_status check (status in ('planned',
    'materials_issued', 'cutting', 'sewing', 'finishing', 'packing', 'ready', 'completed', 'on_hold', 'cancelled')),
  planned_qty int not null constraint production_qty check (planned_qty > 0),
  constraint production_dates check (planned_end >= planned_start)
);
create index production_orders_due on erp.production_orders (status, planned_end);
create index production_orders_line on erp.production_orders (buyer_order_line_id);
create index production_orders_warehouse on erp.production_orders (warehouse_id);
comment on table erp.production_orders is E'Production orders\n@module production\n@cache transactional';
comment on column erp.production_orders.warehouse_id is 'Warehouse of the factory that the finished pieces go to';
alter table erp.stock_reservations add constraint stock_reservations_production_order_id_fkey
  foreign key (production_order_id) references erp.production_orders;

create sequence erp_private.cutting_batch_no;
create table erp.cutting_batches (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  batch_no text not null unique default 'CUT-' || erp_private.digits(nextval('erp_private.cutting_batch_no'), 7),
  production_order_id bigint not null references erp.production_orders,
  cut_on date not null,
  marker_efficiency_pct numeric(5, 2) constraint marker_efficiency check (marker_efficiency_pct between 0 and 100),
  consumption_per_dozen numeric(9, 4) constraint consumption_dozen check (consumption_per_dozen > 0),
  fabric_lot_id bigint references erp.lots,
  plies int not null default 1 constraint plies_positive check (plies > 0),
  status text not null default 'cut' constraint cutting_batches_status check (status in ('planned', 'cut', 'issued'))
);
create index cutting_batches_newest on erp.cutting_batches (cut_on desc);
create index cutting_batches_order on erp.cutting_batches (production_order_id);
create index cutting_batches_lot on erp.cutting_batches (fabric_lot_id) where fabric_lot_id is not null;
comment on table erp.cutting_batches is E'Cutting batches\n@module production\n@cache transactional';

create table erp.bundles (
  id bigint generated always as identity primary key,
  cutting_batch_id bigint not null references erp.cutting_batches on delete cascade,
  bundle_no int not null,
  size_id bigint not null references erp.sizes,
  qty int not null constraint bundle_qty check (qty > 0),
  ply_from int not null default 1,
  ply_to int not null default 1,
  roll_no text,
  constraint bundles_no unique (cutting_batch_id, bundle_no),
  constraint bundle_plies check (ply_to >= ply_from)
);
create index bundles_size on erp.bundles (size_id);
comment on table erp.bundles is E'Bundles of cut pieces\n@module production\n@cache transactional';

create table erp.production_outputs (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  production_order_id bigint not null references erp.production_orders,
  size_id bigint not null references erp.sizes,
  stage text not null constraint output_stage check (stage in ('cutting', 'sewing', 'finishing', 'packing')),
  production_line_id bigint references erp.production_lines,
  work_date date not null,
  hour smallint not null constraint output_hour check (hour between 0 and 23),
  good_qty int not null default 0 constraint output_good check (good_qty >= 0),
  reject_qty int not null default 0 constraint output_reject check (reject_qty >= 0),
  operators int,
  constraint production_outputs_hour unique nulls not distinct
    (production_order_id, size_id, stage, production_line_id, work_date, hour)
);
create index production_outputs_day on erp.production_outputs (work_date desc, stage);
create index production_outputs_line on erp.production_outputs (production_line_id, work_date);
create index production_outputs_size on erp.production_outputs (size_id);
comment on table erp.production_outputs is E'Pieces made, by the hour\n@module production\n@cache transactional';

-- Counters of sizes change under the lock of their lines, taken in order of id, and before that of any stock.
create function erp_private.lock_lines(ids bigint[]) returns void
language sql security definer set search_path = erp, pg_temp as $$
  select from buyer_order_lines l where l.id = any (ids) order by l.id for no key update
$$;

-- Before those lines, the production orders: nobody cancels one, or hands it to another line, while output is on its way.
create function erp_private.lock_producing(ids bigint[]) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  idle production_orders;
begin
  perform from production_orders p where p.id = any (ids) order by p.id for no key update;
  select * into idle from production_orders p
  where p.id = any (ids) and p.status not in ('materials_issued', 'cutting', 'sewing', 'finishing', 'packing', 'ready')
  order by p.id limit 1;
  if found then
    perform erp_private.fail('23514', 'production_orders_producing',
      format('production order %s is %s: it has no output', idle.prod_no, idle.status),
      hint => 'Output is recorded and corrected from materials_issued to ready; set_status takes it there.');
  end if;
end $$;

-- Looked at under the locks of move_counters, which counts nothing for a size that was not ordered.
create function erp_private.check_outputs(orders bigint[], sizes bigint[]) returns void
language plpgsql stable security definer set search_path = erp, pg_temp as $$
declare
  wrong record;
begin
  select p.prod_no, t.size_id into wrong
  from unnest(orders, sizes) t(order_id, size_id) join production_orders p on p.id = t.order_id
  where not exists (select from buyer_order_sizes z where z.buyer_order_line_id = p.buyer_order_line_id and z.size_id = t.size_id)
  order by p.id, t.size_id limit 1;
  if found then
    perform erp_private.fail('23514', 'production_outputs_size_ordered',
      format('size %s is not one that production order %s makes', wrong.size_id, wrong.prod_no),
      hint => 'Add the size to the line of the buyer order first (buyer_order_sizes).');
  end if;
end $$;

-- What was made counts for the line of the order, and what was packed lies in the warehouse.
create function erp_private.guard_production_order() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if new.buyer_order_line_id <> old.buyer_order_line_id
     and exists (select from production_outputs o where o.production_order_id = old.id) then
    perform erp_private.fail('55000', 'production_orders_line_fixed', format('production order %s has output for its line', old.prod_no),
      hint => 'Make another production order for the other line.');
  end if;
  if new.warehouse_id <> old.warehouse_id
     and exists (select from production_outputs o where o.production_order_id = old.id and o.stage = 'packing') then
    perform erp_private.fail('55000', 'production_orders_warehouse_fixed', format('production order %s has pieces in its warehouse', old.prod_no),
      hint => 'Move them with transfer_stock, or make another production order for the rest.');
  end if;
  return new;
end $$;
create trigger guard_order before update of buyer_order_line_id, warehouse_id on erp.production_orders
  for each row execute function erp_private.guard_production_order();

-- Hourly figures move the counters of the order's sizes by what changed; the counters' CHECKs refuse the impossible.
-- What was packed is in stock: it goes into the warehouse of the production order.
create function erp_private.move_counters(orders bigint[], sizes bigint[], stages text[], qtys int[]) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  perform erp_private.lock_producing(orders);
  perform erp_private.lock_lines(array_agg(p.buyer_order_line_id)) from production_orders p where p.id = any (orders);
  perform erp_private.lock_stock(array_agg(z.product_id), array_agg(p.warehouse_id))
  from unnest(orders, sizes, stages) t(order_id, size_id, stage)
  join production_orders p on p.id = t.order_id
  join buyer_order_sizes z on z.buyer_order_line_id = p.buyer_order_line_id and z.size_id = t.size_id
  where t.stage = 'packing';
  update buyer_order_sizes z set
    cut_qty = z.cut_qty + d.cut, sewn_qty = z.sewn_qty + d.sewn,
    finished_qty = z.finished_qty + d.finished, packed_qty = z.packed_qty + d.packed
  from (
    select p.buyer_order_line_id, t.size_id,
      coalesce(sum(t.qty) filter (where t.stage = 'cutting'), 0) as cut,
      coalesce(sum(t.qty) filter (where t.stage = 'sewing'), 0) as sewn,
      coalesce(sum(t.qty) filter (where t.stage = 'finishing'), 0) as finished,
      coalesce(sum(t.qty) filter (where t.stage = 'packing'), 0) as packed
    from unnest(orders, sizes, stages, qtys) t(order_id, size_id, stage, qty)
    join production_orders p on p.id = t.order_id
    group by 1, 2) d
  where z.buyer_order_line_id = d.buyer_order_line_id and z.size_id = d.size_id;
  perform erp_private.post_stock(d.product_id, d.warehouse_id, d.qty, case when d.qty > 0 then 'produce' else 'adjust' end,
    null, 'production_orders', d.order_id)
  from (
    select z.product_id, p.warehouse_id, p.id as order_id, sum(t.qty) as qty
    from unnest(orders, sizes, stages, qtys) t(order_id, size_id, stage, qty)
    join production_orders p on p.id = t.order_id
    join buyer_order_sizes z on z.buyer_order_line_id = p.buyer_order_line_id and z.size_id = t.size_id
    where t.stage = 'packing'
    group by 1, 2, 3 having sum(t.qty) <> 0
    order by 1, 2, 3) d;
end $$;

create function erp_private.outputs_inserted() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  perform erp_private.move_counters(array_agg(production_order_id), array_agg(size_id), array_agg(stage), array_agg(good_qty))
  from added;
  perform erp_private.check_outputs(array_agg(production_order_id), array_agg(size_id)) from added;
  return null;
end $$;
create function erp_private.outputs_deleted() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  perform erp_private.move_counters(array_agg(production_order_id), array_agg(size_id), array_agg(stage), array_agg(-good_qty))
  from removed;
  return null;
end $$;
create function erp_private.outputs_updated() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  perform erp_private.move_counters(array_agg(production_order_id), array_agg(size_id), array_agg(stage), array_agg(qty))
  from (select production_order_id, size_id, stage, good_qty as qty from added
        union all select production_order_id, size_id, stage, -good_qty from removed) t;
  perform erp_private.check_outputs(array_agg(production_order_id), array_agg(size_id)) from added;
  return null;
end $$;
create trigger count_inserted after insert on erp.production_outputs referencing new table as added
  for each statement execute function erp_private.outputs_inserted();
create trigger count_updated after update on erp.production_outputs referencing new table as added old table as removed
  for each statement execute function erp_private.outputs_updated();
create trigger count_deleted after delete on erp.production_outputs referencing old table as removed
  for each statement execute function erp_private.outputs_deleted();

create table erp.inspections (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  production_order_id bigint not null references erp.production_orders,
  kind text not null constraint inspection_kind check (kind in ('inline', 'mid', 'pre_shipment', 'final')),
  inspected_on date not null,
  lot_size int not null constraint inspection_lot check (lot_size > 0),
  sample_size int not null constraint inspection_sample check (sample_size between 1 and lot_size),
  aql numeric(4, 2) not null default 2.5 constraint inspection_aql check (aql > 0),
  major int not null default 0 constraint inspection_major check (major >= 0),
  minor int not null default 0 constraint inspection_minor check (minor >= 0),
  critical int not null default 0 constraint inspection_critical check (critical >= 0),
  result text not null constraint inspection_result check (result in ('pass', 'fail', 'conditional')),
  inspector_id bigint references erp.users,
  constraint inspection_no_critical_pass check (critical = 0 or result <> 'pass')
);
create index inspections_result on erp.inspections (result, inspected_on desc);
create index inspections_order on erp.inspections (production_order_id);
create index inspections_inspector on erp.inspections (inspector_id);
comment on table erp.inspections is E'Quality inspections\n@module production\n@cache transactional';
comment on column erp.inspections.aql is 'Acceptable quality level, per cent of major defects';

select erp_private.add_workflow('production_orders', 'planned>materials_issued', 'planned>cancelled',
  'materials_issued>cutting', 'cutting>sewing', 'sewing>finishing', 'finishing>packing', 'packing>ready', 'ready>completed',
  'planned>on_hold!', 'cutting>on_hold!', 'sewing>on_hold!', 'on_hold>planned', 'on_hold>cutting', 'on_hold>sewing',
  'on_hold>cancelled!');
select erp_private.add_standard_triggers();
