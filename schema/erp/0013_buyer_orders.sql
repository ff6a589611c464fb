-- Orders of buyers, by colour and size, and the time and action calendar.
-- SPDX-License-Identifier: ISC

create sequence erp_private.buyer_order_no;

create table erp.buyer_orders (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  row_version bigint not null default 1,
  order_no text not null unique default 'BO-' || erp_private.digits(nextval('erp_private.buyer_order_no'), 6),
  buyer_po_no text not null,
  buyer_id bigint not null references erp.buyers,
  season_id bigint references erp.seasons,
  order_category text not null default 'regular'
    constraint buyer_order_category check (order_category in ('regular', 'repeat', 'sample', 'promotion')),
  sales_contract text,
  order_date date not null default current_date,
  delivery_date date,
  ex_factory_date date,
  incoterm text constraint buyer_orders_incoterm
    check (incoterm in ('EXW', 'FCA', 'FOB', 'CFR', 'CIF', 'CPT', 'CIP', 'DAP', 'DPU', 'DDP')),
  payment_term_id bigint references erp.payment_terms,
  currency_code char(3) not null default 'USD' references erp.currencies,
  status text not null default 'received' constraint buyer_orders_status check (status in ('received', 'confirmed',
    'in_production', 'partially_shipped', 'shipped', 'invoiced', 'closed', 'on_hold', 'cancelled')),
  total_qty int not null default 0,
  total_value numeric(16, 2) not null default 0,
  merchandiser_id bigint references erp.users,
  note text not null default '',
  search text generated always as (erp_private.fold(order_no, buyer_po_no, sales_contract)) stored,
  constraint buyer_orders_po unique (buyer_id, buyer_po_no),
  constraint buyer_orders_dates check (delivery_date >= order_date)
);
create index idx_orders_order_status on erp.buyer_orders (status);
create index idx_orders_order_date on erp.buyer_orders (order_date desc);
create index idx_orders_delivery_date on erp.buyer_orders (delivery_date);
create index idx_orders_buyer_status on erp.buyer_orders (buyer_id, status);
create index idx_orders_created_at on erp.buyer_orders (created_at desc);
create index buyer_orders_merchandiser on erp.buyer_orders (merchandiser_id, delivery_date);
create index buyer_orders_season on erp.buyer_orders (season_id);
create index buyer_orders_payment_term on erp.buyer_orders (payment_term_id);
create index buyer_orders_currency on erp.buyer_orders (currency_code);
create index buyer_orders_search on erp.buyer_orders using gin (search public.gin_trgm_ops);
comment on table erp.buyer_orders is E'Orders of buyers\n@module buyer_orders\n@cache transactional';
comment on column erp.buyer_orders.total_qty is 'Pieces, sum of the lines; kept by a trigger, as is total_value';
alter table erp.purchase_orders add constraint purchase_orders_buyer_order_id_fkey
  foreign key (buyer_order_id) references erp.buyer_orders;

create table erp.buyer_order_lines (
  id bigint generated always as identity primary key,
  buyer_order_id bigint not null references erp.buyer_orders on delete cascade,
  line_no int not null constraint buyer_line_no check (line_no > 0),
  style_id bigint not null references erp.styles,
  style_variant_id bigint not null,
  destination_address_id bigint references erp.addresses,
  unit_price numeric(14, 4) not null constraint buyer_line_price check (unit_price > 0),
  qty int not null default 0,
  line_value numeric(16, 2) not null generated always as (round(qty * unit_price, 2)) stored,
  delivery_date date,
  shipped_qty int not null default 0,
  constraint buyer_order_lines_line unique (buyer_order_id, line_no),
  constraint buyer_order_lines_variant_of_style foreign key (style_variant_id, style_id)
    references erp.style_variants (id, style_id)
);
create index buyer_order_lines_style on erp.buyer_order_lines (style_id);
create index buyer_order_lines_variant on erp.buyer_order_lines (style_variant_id, style_id);
create index buyer_order_lines_destination on erp.buyer_order_lines (destination_address_id)
  where destination_address_id is not null;
comment on table erp.buyer_order_lines is E'Lines of a buyer order: a colourway for a destination\n@module buyer_orders\n@cache transactional';
comment on column erp.buyer_order_lines.unit_price is 'Price of a piece, free on board';
comment on column erp.buyer_order_lines.qty is 'Sum of the sizes; kept by a trigger, as is shipped_qty';

create table erp.buyer_order_sizes (
  buyer_order_line_id bigint not null references erp.buyer_order_lines on delete cascade,
  size_id bigint not null references erp.sizes,
  product_id bigint not null references erp.style_skus,
  qty int not null constraint size_qty check (qty > 0),
  tolerance_pct numeric(5, 2) not null default 0 constraint size_tolerance check (tolerance_pct between 0 and 100),
  cut_qty int not null default 0,
  sewn_qty int not null default 0,
  finished_qty int not null default 0,
  packed_qty int not null default 0,
  shipped_qty int not null default 0,
  primary key (buyer_order_line_id, size_id),
  constraint size_cut check (cut_qty between 0 and ceil(qty * (1 + tolerance_pct / 100))),
  constraint size_sewn_of_cut check (sewn_qty between 0 and cut_qty),
  constraint size_finished_of_sewn check (finished_qty between 0 and sewn_qty),
  constraint size_packed_of_finished check (packed_qty between 0 and finished_qty),
  constraint size_shipped_of_packed check (shipped_qty between 0 and packed_qty)
);
create index buyer_order_sizes_sku on erp.buyer_order_sizes (product_id);
create index buyer_order_sizes_size on erp.buyer_order_sizes (size_id);
comment on column erp.buyer_order_sizes.tolerance_pct is 'How many more than ordered may be cut, per cent';
comment on table erp.buyer_order_sizes is
  E'Pieces ordered and made, by size; what was packed was finished, was sewn, was cut\n@module buyer_orders\n@cache transactional';

create function erp_private.check_buyer_line() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if (select s.buyer_id from styles s where s.id = new.style_id)
     <> (select o.buyer_id from buyer_orders o where o.id = new.buyer_order_id) then
    perform erp_private.fail('23514', 'buyer_order_lines_style_of_buyer',
      format('style %s is not one of this buyer', new.style_id));
  end if;
  return new;
end $$;
create trigger check_line before insert or update of style_id, buyer_order_id on erp.buyer_order_lines
  for each row execute function erp_private.check_buyer_line();
select erp_private.fix_parent('buyer_order_lines', 'buyer_order_id');
select erp_private.fix_parent('buyer_order_sizes', 'buyer_order_line_id');

-- Styles of the lines, and cartons that they are packed in, are those of the buyer.
create function erp_private.guard_order_buyer() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if exists (select from buyer_order_lines l where l.buyer_order_id = new.id) then
    perform erp_private.fail('23514', 'buyer_orders_buyer_fixed', format('order %s has lines: its buyer cannot be changed', old.order_no),
      hint => 'Delete the lines first, or cancel the order and enter another one.');
  end if;
  return new;
end $$;
create trigger guard_buyer before update of buyer_id on erp.buyer_orders
  for each row when (old.buyer_id <> new.buyer_id) execute function erp_private.guard_order_buyer();

-- What is being made is made at the prices that were agreed on.
create trigger guard_document before delete or update of currency_code on erp.buyer_orders
  for each row execute function erp_private.guard_document('{received,confirmed}', '{currency_code}');

-- A style that was ordered is one of the buyer who ordered it.
create function erp_private.guard_style_buyer() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if exists (select from buyer_order_lines l where l.style_id = new.id) then
    perform erp_private.fail('23514', 'styles_buyer_fixed', format('style %s is on orders: its buyer cannot be changed', old.style_no),
      hint => 'Make another style for the other buyer.');
  end if;
  return new;
end $$;
create trigger guard_buyer before update of buyer_id on erp.styles
  for each row when (old.buyer_id <> new.buyer_id) execute function erp_private.guard_style_buyer();

-- Pieces are stocked as the product of a size: it is the one of the line's colourway. Looked at under the lock of the lines.
create function erp_private.check_skus(lines bigint[]) returns void
language plpgsql stable security definer set search_path = erp, pg_temp as $$
declare
  wrong record;
begin
  select z.size_id, z.product_id, l.id as line, (select k.product_id from style_skus k
    where k.style_variant_id = l.style_variant_id and k.size_id = z.size_id) as right_one
  into wrong
  from buyer_order_sizes z join buyer_order_lines l on l.id = z.buyer_order_line_id
  where l.id = any (lines) and not exists (select from style_skus k
    where k.product_id = z.product_id and k.style_variant_id = l.style_variant_id and k.size_id = z.size_id)
  order by l.id, z.size_id limit 1;
  if found then
    perform erp_private.fail('23514', 'buyer_order_sizes_sku',
      format('product %s is not size %s of the colourway of line %s', wrong.product_id, wrong.size_id, wrong.line),
      hint => coalesce('It is product ' || wrong.right_one || '.', 'The colourway has no such size (style_skus).'));
  end if;
end $$;
create function erp_private.line_variant_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  perform erp_private.check_skus(array[new.id]);
  return null;
end $$;
create trigger check_variant after update of style_variant_id on erp.buyer_order_lines
  for each row when (old.style_variant_id <> new.style_variant_id) execute function erp_private.line_variant_changed();

-- What was cut, sewn or packed of a size was this size and this product, and stays in the order.
create function erp_private.guard_produced_size() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if old.cut_qty > 0 and (tg_op = 'DELETE' or (new.size_id, new.product_id) <> (old.size_id, old.product_id)) then
    perform erp_private.fail('55000', 'buyer_order_sizes_produced',
      format('%s pieces of size %s (line %s) were cut already', old.cut_qty, old.size_id, old.buyer_order_line_id),
      hint => 'Its quantity can be changed, down to what was cut. Correct the output first if nothing was made.');
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger guard_produced before delete or update of size_id, product_id on erp.buyer_order_sizes
  for each row execute function erp_private.guard_produced_size();

create function erp_private.buyer_order_sizes_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  ids bigint[] := (select array_agg(distinct r.buyer_order_line_id) from changed r);
begin
  perform from buyer_order_lines where id = any (ids) order by id for no key update;
  if tg_op <> 'DELETE' then
    perform erp_private.check_skus(ids);
  end if;
  update buyer_order_lines l set qty = s.qty, shipped_qty = s.shipped
  from (select i.id, coalesce(sum(z.qty), 0) as qty, coalesce(sum(z.shipped_qty), 0) as shipped
        from unnest(ids) i(id) left join buyer_order_sizes z on z.buyer_order_line_id = i.id group by i.id) s
  where l.id = s.id and (l.qty, l.shipped_qty) is distinct from (s.qty, s.shipped);
  return null;
end $$;
create trigger sum_inserted after insert on erp.buyer_order_sizes referencing new table as changed
  for each statement execute function erp_private.buyer_order_sizes_changed();
create trigger sum_updated after update on erp.buyer_order_sizes referencing new table as changed
  for each statement execute function erp_private.buyer_order_sizes_changed();
create trigger sum_deleted after delete on erp.buyer_order_sizes referencing old table as changed
  for each statement execute function erp_private.buyer_order_sizes_changed();

create function erp_private.buyer_order_lines_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  ids bigint[] := (select array_agg(distinct r.buyer_order_id) from changed r);
begin
  perform from buyer_orders where id = any (ids) order by id for no key update;
  update buyer_orders o set total_qty = s.qty, total_value = s.value
  from (select i.id, coalesce(sum(l.qty), 0) as qty, coalesce(sum(l.line_value), 0) as value
        from unnest(ids) i(id) left join buyer_order_lines l on l.buyer_order_id = i.id group by i.id) s
  where o.id = s.id and (o.total_qty, o.total_value) is distinct from (s.qty, s.value);
  return null;
end $$;
create trigger sum_inserted after insert on erp.buyer_order_lines referencing new table as changed
  for each statement execute function erp_private.buyer_order_lines_changed();
create trigger sum_updated after update on erp.buyer_order_lines referencing new table as changed
  for each statement execute function erp_private.buyer_order_lines_changed();
create trigger sum_deleted after delete on erp.buyer_order_lines referencing old table as changed
  for each statement execute function erp_private.buyer_order_lines_changed();

create table erp.tna_tasks (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  buyer_order_id bigint references erp.buyer_orders on delete cascade,
  sample_id bigint references erp.samples on delete cascade,
  seq int not null constraint tna_seq check (seq > 0),
  activity text not null,
  lead_days int not null default 0,
  planned_start date not null,
  planned_end date not null,
  actual_start date,
  actual_end date,
  responsible_id bigint references erp.users,
  status text not null default 'pending'
    constraint tna_tasks_status check (status in ('pending', 'started', 'done', 'skipped')),
  delay_days int generated always as (actual_end - planned_end) stored,
  constraint tna_one_parent check (num_nonnulls(buyer_order_id, sample_id) = 1),
  constraint tna_planned check (planned_end >= planned_start),
  constraint tna_actual check (actual_end >= actual_start),
  constraint tna_done check ((status = 'done') = (actual_end is not null)),
  constraint tna_order_seq unique (buyer_order_id, seq),
  constraint tna_sample_seq unique (sample_id, seq)
);
create index tna_responsible_open on erp.tna_tasks (responsible_id, planned_end) where actual_end is null;
create index tna_responsible on erp.tna_tasks (responsible_id);
create index tna_open on erp.tna_tasks (planned_end) where actual_end is null;
comment on table erp.tna_tasks is E'Time and action calendar of orders and samples\n@module buyer_orders\n@cache transactional';
comment on column erp.tna_tasks.delay_days is 'Days after the planned end, negative where early; null until it is done';

select erp_private.add_workflow('buyer_orders', 'received>confirmed', 'received>cancelled', 'confirmed>in_production',
  'confirmed>on_hold!', 'confirmed>cancelled!', 'in_production>partially_shipped', 'in_production>shipped',
  'in_production>on_hold!', 'partially_shipped>shipped', 'shipped>invoiced', 'invoiced>closed', 'on_hold>confirmed',
  'on_hold>in_production', 'on_hold>cancelled!');
select erp_private.add_workflow('tna_tasks', 'pending>started', 'pending>done', 'pending>skipped', 'started>done',
  'started>skipped', 'done>started!', 'skipped>pending');
select erp_private.add_standard_triggers();
