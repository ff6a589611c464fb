-- Shipments of garments: cartons and what is in them.
-- SPDX-License-Identifier: ISC

create sequence erp_private.shipment_no;
create table erp.shipments (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  shipment_no text not null unique default 'SHP-' || erp_private.digits(nextval('erp_private.shipment_no'), 6),
  buyer_id bigint not null references erp.buyers,
  mode text not null constraint shipment_mode check (mode in ('sea', 'air', 'road', 'courier')),
  port_loading_id bigint references erp.ports,
  port_discharge_id bigint references erp.ports,
  vessel text,
  container_no text,
  bl_no text unique,
  etd date,
  eta date,
  status text not null default 'booked' constraint shipments_status check (status in
    ('booked', 'cargo_ready', 'loaded', 'in_transit', 'arrived', 'cleared', 'delivered', 'cancelled')),
  cartons int not null default 0 constraint shipment_cartons check (cartons >= 0),
  gross_kg numeric(12, 3) constraint shipment_weight check (gross_kg >= 0),
  cbm numeric(10, 3) constraint shipment_volume check (cbm >= 0),
  invoice_id bigint references erp.invoices,
  search text generated always as (erp_private.fold(shipment_no, bl_no, container_no)) stored,
  constraint shipment_dates check (eta >= etd)
);
create index shipments_status_etd on erp.shipments (status, etd);
create index shipments_buyer on erp.shipments (buyer_id, etd desc);
create index shipments_port_loading on erp.shipments (port_loading_id);
create index shipments_port_discharge on erp.shipments (port_discharge_id);
create index shipments_invoice on erp.shipments (invoice_id) where invoice_id is not null;
create index shipments_search on erp.shipments using gin (search public.gin_trgm_ops);
comment on table erp.shipments is E'Shipments to buyers\n@module shipments\n@cache transactional';
comment on column erp.shipments.bl_no is 'Bill of lading';
comment on column erp.shipments.etd is 'Expected day of departure; eta: of arrival';
alter table erp.invoices add constraint invoices_shipment_id_fkey foreign key (shipment_id) references erp.shipments;

create table erp.cartons (
  id bigint generated always as identity primary key,
  shipment_id bigint not null references erp.shipments on delete cascade,
  carton_no int not null constraint carton_no_positive check (carton_no > 0),
  length_cm numeric(6, 1) not null default 60 constraint carton_length check (length_cm > 0),
  width_cm numeric(6, 1) not null default 40 constraint carton_width check (width_cm > 0),
  height_cm numeric(6, 1) not null default 30 constraint carton_height check (height_cm > 0),
  net_kg numeric(8, 3) not null default 0 constraint carton_net check (net_kg >= 0),
  gross_kg numeric(8, 3) not null default 0,
  constraint cartons_no unique (shipment_id, carton_no),
  constraint carton_gross check (gross_kg >= net_kg)
);
comment on table erp.cartons is E'Cartons of a shipment\n@module shipments\n@cache transactional';

create table erp.carton_items (
  carton_id bigint not null references erp.cartons on delete cascade,
  buyer_order_line_id bigint not null,
  size_id bigint not null references erp.sizes,
  qty int not null constraint carton_qty check (qty > 0),
  primary key (carton_id, buyer_order_line_id, size_id),
  constraint carton_items_ordered_size foreign key (buyer_order_line_id, size_id) references erp.buyer_order_sizes
);
create index carton_items_line on erp.carton_items (buyer_order_line_id, size_id);
create index carton_items_size on erp.carton_items (size_id);
comment on table erp.carton_items is E'Pieces in a carton\n@module shipments\n@cache transactional';

-- What has left is history: from the moment that a shipment is loaded, its buyer and its cartons stay as they are.
create trigger guard_document before delete or update of buyer_id on erp.shipments
  for each row execute function erp_private.guard_document('{booked,cargo_ready}', '{buyer_id}');
create trigger guard_lines before insert or update or delete on erp.cartons
  for each row execute function erp_private.guard_lines('shipments', 'shipment_id', '{booked,cargo_ready}');
select erp_private.fix_parent('cartons', 'shipment_id');
select erp_private.fix_parent('carton_items', 'carton_id');

create function erp_private.guard_shipment_buyer() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if exists (select from cartons c join carton_items i on i.carton_id = c.id where c.shipment_id = new.id) then
    perform erp_private.fail('23514', 'shipments_buyer_fixed',
      format('shipment %s holds pieces of its buyer, who cannot be changed', old.shipment_no), hint => 'Empty the cartons first.');
  end if;
  return new;
end $$;
create trigger guard_shipment_buyer before update of buyer_id on erp.shipments
  for each row when (old.buyer_id <> new.buyer_id) execute function erp_private.guard_shipment_buyer();

-- The shipment is locked before the sizes of the order (check_carton_item), as it is when it is loaded.
create function erp_private.guard_carton_items() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  s shipments;
  carton bigint := case tg_op when 'DELETE' then old.carton_id else new.carton_id end;
begin
  select x.* into s from cartons c join shipments x on x.id = c.shipment_id where c.id = carton for no key update of x;
  if s.status not in ('booked', 'cargo_ready') then
    perform erp_private.fail('55000', 'carton_items_fixed', format('shipment %s is %s: it is not packed any more', s.shipment_no, s.status),
      hint => 'Pieces are packed while it is booked or cargo_ready.');
  end if;
  if tg_op <> 'DELETE' and s.buyer_id <> (select o.buyer_id from buyer_order_lines l join buyer_orders o on o.id = l.buyer_order_id
                                          where l.id = new.buyer_order_line_id) then
    perform erp_private.fail('23514', 'carton_items_buyer',
      format('line %s is one of another buyer than shipment %s', new.buyer_order_line_id, s.shipment_no),
      hint => 'Pack it into a shipment to its own buyer.');
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger guard_items before insert or update or delete on erp.carton_items
  for each row execute function erp_private.guard_carton_items();

-- Nothing is put into cartons that was not packed. Looked at when the transaction ends.
create function erp_private.check_carton_item() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  packed int;
  boxed bigint;
begin
  select z.packed_qty into packed from buyer_order_sizes z
  where z.buyer_order_line_id = new.buyer_order_line_id and z.size_id = new.size_id for no key update;
  select sum(i.qty) into boxed
  from carton_items i join cartons c on c.id = i.carton_id join shipments s on s.id = c.shipment_id
  where i.buyer_order_line_id = new.buyer_order_line_id and i.size_id = new.size_id and s.status <> 'cancelled';
  if boxed > packed then
    perform erp_private.fail('23514', 'carton_items_packed',
      format('%s pieces in cartons, %s packed (line %s, size %s)', boxed, packed, new.buyer_order_line_id, new.size_id));
  end if;
  return null;
end $$;
create constraint trigger check_carton_item after insert or update on erp.carton_items
  deferrable initially deferred for each row execute function erp_private.check_carton_item();

create function erp_private.cartons_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  -- Locked first, as in sum_sales_orders: the next statement sees the cartons of whoever was faster.
  perform from shipments where id in (select r.shipment_id from changed r) order by id for no key update;
  update shipments s set cartons = t.n, gross_kg = t.kg, cbm = t.cbm
  from (select i.id, count(c.id) as n, sum(c.gross_kg) as kg,
          round(sum(c.length_cm * c.width_cm * c.height_cm) / 1000000, 3) as cbm
        from (select distinct r.shipment_id as id from changed r) i left join cartons c on c.shipment_id = i.id
        group by i.id) t
  where s.id = t.id;
  return null;
end $$;
create trigger sum_inserted after insert on erp.cartons referencing new table as changed
  for each statement execute function erp_private.cartons_changed();
create trigger sum_updated after update on erp.cartons referencing new table as changed
  for each statement execute function erp_private.cartons_changed();
create trigger sum_deleted after delete on erp.cartons referencing old table as changed
  for each statement execute function erp_private.cartons_changed();

select erp_private.add_workflow('shipments', 'booked>cargo_ready', 'booked>cancelled', 'cargo_ready>loaded',
  'cargo_ready>cancelled!', 'loaded>in_transit', 'in_transit>arrived', 'arrived>cleared', 'cleared>delivered');
select erp_private.add_standard_triggers();
