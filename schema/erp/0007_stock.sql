-- Warehouses and the stock ledger. Balances are written by the ledger's own function only, never by hand.
-- SPDX-License-Identifier: ISC

create table erp.warehouses (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  code text not null unique,
  name text not null,
  kind text not null default 'goods' constraint warehouse_kind
    check (kind in ('goods', 'fabric', 'trims', 'wip', 'finished', 'transit', 'scrap')),
  country_code char(2) references erp.countries,
  address text not null default '',
  allow_negative boolean not null default false,
  is_active boolean not null default true,
  manager_id bigint references erp.users
);
create index warehouses_country on erp.warehouses (country_code);
create index warehouses_manager on erp.warehouses (manager_id);
comment on table erp.warehouses is E'Warehouses\n@module stock\n@cache lookup';
comment on column erp.warehouses.allow_negative is 'Stock may go below zero here (goods in transit, work in progress)';

create table erp.lots (
  id bigint generated always as identity primary key,
  product_id bigint not null references erp.products,
  lot_no text not null,
  supplier_id bigint references erp.suppliers,
  roll_no text,
  shade text,
  expiry_date date,
  qty_received numeric(14, 3) not null default 0 constraint lot_qty_positive check (qty_received >= 0),
  constraint lots_no unique (product_id, lot_no)
);
create index lots_supplier on erp.lots (supplier_id);
create index lots_expiry on erp.lots (expiry_date);
comment on table erp.lots is E'Lots and rolls\n@module stock\n@cache transactional';

create table erp.stock_moves (
  id bigint generated always as identity primary key,
  product_id bigint not null references erp.products,
  warehouse_id bigint not null references erp.warehouses,
  lot_id bigint references erp.lots,
  qty numeric(14, 3) not null constraint stock_move_qty check (qty <> 0),
  unit_cost numeric(14, 4) not null default 0 constraint stock_move_cost check (unit_cost >= 0),
  move_type text not null constraint stock_move_type check (move_type in ('receipt', 'issue', 'transfer_in',
    'transfer_out', 'adjust', 'return_in', 'return_out', 'consume', 'produce', 'opening')),
  source_type text,
  source_id bigint,
  source_line_id bigint,
  reverses_id bigint unique references erp.stock_moves,
  qty_after numeric(14, 3) not null,
  note text not null default '',
  moved_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  constraint stock_move_reversal check (reverses_id is null or source_type is not null)
);
create index idx_stock_product on erp.stock_moves (product_id);
create index idx_stock_warehouse on erp.stock_moves (warehouse_id);
create index idx_stock_date on erp.stock_moves (created_at);
create index stock_moves_card on erp.stock_moves (product_id, warehouse_id, id desc);
create index stock_moves_source on erp.stock_moves (source_type, source_id);
create index stock_moves_lot on erp.stock_moves (lot_id) where lot_id is not null;
create index stock_moves_at on erp.stock_moves using brin (moved_at);
create trigger append_only before update or delete or truncate on erp.stock_moves
  for each statement execute function erp_private.append_only();
comment on table erp.stock_moves is E'The stock ledger: every movement, append-only\n@module stock\n@cache transactional';
comment on column erp.stock_moves.qty is 'Signed: positive comes in, negative goes out';
comment on column erp.stock_moves.qty_after is 'On hand in this warehouse right after the move';
comment on column erp.stock_moves.source_type is 'Table of the document that caused the move; source_id and source_line_id point into it';
comment on column erp.stock_moves.reverses_id is 'The move that this one takes back; a move is taken back once';

create table erp.stock_balances (
  product_id bigint not null references erp.products,
  warehouse_id bigint not null references erp.warehouses,
  on_hand numeric(14, 3) not null default 0,
  reserved numeric(14, 3) not null default 0,
  avg_cost numeric(14, 4) not null default 0,
  last_move_id bigint references erp.stock_moves,
  allow_negative boolean not null default false,
  primary key (product_id, warehouse_id),
  constraint stock_not_negative check (on_hand >= 0 or allow_negative),
  constraint stock_reserved_range check (reserved between 0 and greatest(on_hand, 0) or (allow_negative and reserved >= 0))
) with (fillfactor = 80);
create index stock_balances_warehouse on erp.stock_balances (warehouse_id, product_id);
comment on table erp.stock_balances is E'On hand and reserved, by product and warehouse\n@module stock\n@cache transactional';
comment on column erp.stock_balances.reserved is 'Part of on_hand that is promised to orders';
comment on column erp.stock_balances.allow_negative is 'Copied from the warehouse, so that a CHECK can use it';
comment on column erp.stock_balances.last_move_id is 'Set after the move; no index, moves are never deleted';

create table erp.stock_reservations (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  product_id bigint not null references erp.products,
  warehouse_id bigint not null references erp.warehouses,
  qty numeric(14, 3) not null constraint reservation_qty check (qty > 0),
  sales_order_item_id bigint,
  production_order_id bigint,
  released_at timestamptz,
  constraint reservation_one_source check (num_nonnulls(sales_order_item_id, production_order_id) = 1)
);
create unique index stock_reservations_item on erp.stock_reservations (sales_order_item_id, warehouse_id)
  where released_at is null;
create index stock_reservations_open on erp.stock_reservations (product_id, warehouse_id) where released_at is null;
create index stock_reservations_product on erp.stock_reservations (product_id);
create index stock_reservations_warehouse on erp.stock_reservations (warehouse_id);
create index stock_reservations_order_item on erp.stock_reservations (sales_order_item_id);
create index stock_reservations_production on erp.stock_reservations (production_order_id)
  where production_order_id is not null;
comment on table erp.stock_reservations is E'Stock that is promised to an order\n@module stock\n@cache transactional';

create table erp.stock_transfers (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  transfer_no text not null unique,
  from_warehouse_id bigint not null references erp.warehouses,
  to_warehouse_id bigint not null references erp.warehouses,
  status text not null default 'draft'
    constraint stock_transfers_status check (status in ('draft', 'in_transit', 'done', 'cancelled')),
  moved_at timestamptz,
  note text not null default '',
  constraint transfer_differs check (from_warehouse_id <> to_warehouse_id)
);
create index stock_transfers_status_id on erp.stock_transfers (status, id desc);
create index stock_transfers_from on erp.stock_transfers (from_warehouse_id);
create index stock_transfers_to on erp.stock_transfers (to_warehouse_id);
comment on table erp.stock_transfers is E'Transfers between warehouses\n@module stock\n@cache transactional';

create table erp.stock_transfer_items (
  id bigint generated always as identity primary key,
  stock_transfer_id bigint not null references erp.stock_transfers on delete cascade,
  line_no int not null constraint transfer_line_no check (line_no > 0),
  product_id bigint not null references erp.products,
  lot_id bigint references erp.lots,
  qty numeric(14, 3) not null constraint transfer_qty check (qty > 0),
  received_qty numeric(14, 3) not null default 0 constraint transfer_received check (received_qty between 0 and qty),
  constraint stock_transfer_items_line unique (stock_transfer_id, line_no)
);
create index stock_transfer_items_product on erp.stock_transfer_items (product_id);
create index stock_transfer_items_lot on erp.stock_transfer_items (lot_id) where lot_id is not null;
comment on table erp.stock_transfer_items is E'Lines of a transfer\n@module stock\n@cache transactional';

create table erp.stock_counts (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  count_no text not null unique,
  warehouse_id bigint not null references erp.warehouses,
  status text not null default 'draft'
    constraint stock_counts_status check (status in ('draft', 'counting', 'posted', 'cancelled')),
  counted_at timestamptz
);
create unique index stock_counts_one_open on erp.stock_counts (warehouse_id) where status = 'counting';
create index stock_counts_warehouse on erp.stock_counts (warehouse_id);
comment on table erp.stock_counts is E'Stocktaking\n@module stock\n@cache transactional';

create table erp.stock_count_items (
  id bigint generated always as identity primary key,
  stock_count_id bigint not null references erp.stock_counts on delete cascade,
  product_id bigint not null references erp.products,
  lot_id bigint references erp.lots,
  expected_qty numeric(14, 3) not null,
  counted_qty numeric(14, 3),
  constraint stock_count_items_product unique nulls not distinct (stock_count_id, product_id, lot_id)
);
create index stock_count_items_by_product on erp.stock_count_items (product_id);
create index stock_count_items_lot on erp.stock_count_items (lot_id) where lot_id is not null;
comment on table erp.stock_count_items is E'What was counted; null: not yet\n@module stock\n@cache transactional';

-- Numbers of documents whose series may have gaps: no lock that all writers queue for.
create sequence erp_private.stock_transfer_no;
create sequence erp_private.stock_count_no;
alter table erp.stock_transfers alter column transfer_no
  set default 'TR-' || erp_private.digits(nextval('erp_private.stock_transfer_no'), 6);
alter table erp.stock_counts alter column count_no
  set default 'SC-' || erp_private.digits(nextval('erp_private.stock_count_no'), 6);

-- Guards of documents and their lines, for the tables here and in every module that follows. What was done is history: a document
-- whose status is none of the given ones keeps these columns (one that is cancelled may still be deleted: nothing came of it).
create function erp_private.guard_document() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  open_statuses text[] := tg_argv[0];
  fixed text[] := tg_argv[1];
begin
  if tg_op = 'DELETE' then
    if old.status <> all (open_statuses || 'cancelled'::text) then
      perform erp_private.fail('55000', tg_table_name || '_fixed', format('%s %s is %s: it is not deleted any more',
        tg_table_name, old.id, old.status), hint => 'What was done is kept; correct it with another document.');
    end if;
    return old;
  end if;
  if old.status <> all (open_statuses)
     and exists (select from unnest(fixed) c where to_jsonb(old) -> c is distinct from to_jsonb(new) -> c) then
    perform erp_private.fail('55000', tg_table_name || '_fixed', format('%s do not change once %s %s is %s',
      array_to_string(fixed, ' and '), tg_table_name, old.id, old.status), hint => 'Correct it with another document.');
  end if;
  return new;
end $$;

-- Lines change while their document (table, key, statuses) is in one of the statuses. Its row is locked, so that it cannot be
-- posted while a line is on its way; a line that goes with its document finds none any more.
create function erp_private.guard_lines() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  doc bigint := to_jsonb(case tg_op when 'DELETE' then old else new end) ->> tg_argv[1];
  state text;
begin
  execute format('select d.status from erp.%I d where d.id = $1 for no key update', tg_argv[0]) into state using doc;
  if state <> all (tg_argv[2]::text[]) then
    perform erp_private.fail('55000', tg_table_name || '_fixed',
      format('lines do not change any more: %s %s is %s', tg_argv[0], doc, state),
      hint => format('They can be changed while it is %s.', array_to_string(tg_argv[2]::text[], ' or ')));
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;

-- Totals of a document are kept for the one that its line is in: a line stays where it was made.
create function erp_private.fixed_parent() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  perform erp_private.fail('23514', tg_table_name || '_fixed_parent',
    format('%s cannot be changed: what belongs to one cannot move to another', tg_argv[0]),
    hint => 'Delete it here and add it there.');
end $$;
-- To be called for a table whose parent is named by key, first of all its triggers.
create function erp_private.fix_parent(tbl text, key text) returns void
language plpgsql as $$
begin
  execute format('create trigger fixed_parent before update of %2$I on erp.%1$I for each row when (old.%2$I <> new.%2$I)
    execute function erp_private.fixed_parent(%2$L)', tbl, key);
end $$;
select erp_private.fix_parent('stock_transfer_items', 'stock_transfer_id');
select erp_private.fix_parent('stock_count_items', 'stock_count_id');
create trigger guard_document before delete or update of from_warehouse_id, to_warehouse_id on erp.stock_transfers
  for each row execute function erp_private.guard_document('{draft}', '{from_warehouse_id,to_warehouse_id}');
create trigger guard_document before delete or update of warehouse_id on erp.stock_counts
  for each row execute function erp_private.guard_document('{draft}', '{warehouse_id}');
create trigger guard_lines before insert or update or delete on erp.stock_transfer_items
  for each row execute function erp_private.guard_lines('stock_transfers', 'stock_transfer_id', '{draft}');
create trigger guard_lines before insert or update or delete on erp.stock_count_items
  for each row execute function erp_private.guard_lines('stock_counts', 'stock_count_id', '{draft,counting}');

-- Locks what moves of these pairs will touch: the balances in (product, warehouse) order, made where there are none, then the
-- products. Whoever has several lines calls it first: with one order for everybody, nobody waits in a circle.
create function erp_private.lock_stock(products bigint[], warehouses bigint[], only_balances boolean default false) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  r record;
begin
  for r in select distinct u.product, u.warehouse from unnest(products, warehouses) u(product, warehouse) order by 1, 2 loop
    perform from stock_balances b where b.product_id = r.product and b.warehouse_id = r.warehouse for no key update;
    if not found then
      insert into stock_balances (product_id, warehouse_id, allow_negative)
      select r.product, w.id, w.allow_negative from warehouses w where w.id = r.warehouse
      on conflict do nothing;
      perform from stock_balances b where b.product_id = r.product and b.warehouse_id = r.warehouse for no key update;
      if not found then
        perform erp_private.fail('23503', 'stock_moves_warehouse_id_fkey', format('there is no warehouse %s', r.warehouse));
      end if;
    end if;
  end loop;
  if not only_balances then
    perform from products p where p.id = any (products) order by p.id for no key update;
  end if;
end $$;

-- The only writer of moves and balances. Its row lock on the balance serialises the moves of a product in a warehouse.
create function erp_private.post_stock(
  product bigint, warehouse bigint, quantity numeric, kind text, cost numeric default null, source text default null,
  source_doc bigint default null, source_line bigint default null, lot bigint default null, remark text default '',
  reverses bigint default null, at timestamptz default now()) returns bigint
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  bal stock_balances;
  price numeric;
  move bigint;
  what products;
begin
  if coalesce(round(quantity, 3), 0) = 0 then
    perform erp_private.fail('23514', 'stock_move_qty', 'a movement of stock has a quantity',
      hint => 'Quantities have three decimals: the smallest is 0.001.');
  end if;
  if cost < 0 then
    perform erp_private.fail('23514', 'stock_move_cost', 'the cost of a unit is not negative');
  end if;
  select * into what from products p where p.id = product;
  if what.kind = 'service' then
    perform erp_private.fail('23514', 'stock_moves_no_service', format('product %s is a service: there is no stock of it', product));
  end if;
  if lot is null and what.track_lots then
    perform erp_private.fail('23514', 'stock_moves_lot_required', format('product %s is tracked by lot', product));
  end if;
  if lot is not null then
    perform from lots l where l.id = lot and l.product_id = product for key share;  -- so that it stays one of the product
    if not found then
      perform erp_private.fail('23514', 'stock_moves_lot_of_product', format('there is no lot %s of product %s', lot, product),
        hint => format('The lots of a product are those with its product_id (%s).', product));
    end if;
  end if;
  perform erp_private.lock_stock(array[product], array[warehouse]);
  select * into bal from stock_balances b where b.product_id = product and b.warehouse_id = warehouse;
  if bal.on_hand + quantity < 0 and not bal.allow_negative then
    perform erp_private.fail('23514', 'stock_not_negative',
      format('not enough stock of product %s in warehouse %s', product, warehouse),
      json_build_object('product_id', product, 'warehouse_id', warehouse, 'on_hand', bal.on_hand,
        'wanted', -quantity)::text);
  end if;
  if quantity < 0 and bal.reserved > greatest(bal.on_hand + quantity, 0) and not bal.allow_negative then
    perform erp_private.fail('23514', 'stock_reserved_range',
      format('stock of product %s in warehouse %s is reserved for orders', product, warehouse),
      json_build_object('product_id', product, 'warehouse_id', warehouse, 'on_hand', bal.on_hand, 'reserved', bal.reserved,
        'wanted', -quantity)::text,
      format('No more than %s can be taken.', greatest(bal.on_hand - bal.reserved, 0)));
  end if;
  price := coalesce(cost, nullif(bal.avg_cost, 0), (select p.cost_price from products p where p.id = product), 0);
  insert into stock_moves (product_id, warehouse_id, lot_id, qty, unit_cost, move_type, source_type, source_id,
    source_line_id, reverses_id, qty_after, note, moved_at)
  values (product, warehouse, lot, quantity, price, kind, source, source_doc, source_line, reverses,
    bal.on_hand + quantity, coalesce(remark, ''), at)
  returning id into move;
  update stock_balances b set on_hand = b.on_hand + quantity, last_move_id = move,
    avg_cost = case when quantity > 0 and greatest(b.on_hand, 0) + quantity > 0
      then round((greatest(b.on_hand, 0) * b.avg_cost + quantity * price) / (greatest(b.on_hand, 0) + quantity), 4)
      else b.avg_cost end
  where b.product_id = product and b.warehouse_id = warehouse;
  update products p set current_stock = p.current_stock + quantity where p.id = product;
  return move;
end $$;

-- What was moved of a lot was moved of its product.
create function erp_private.guard_lot() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if exists (select from stock_moves m where m.lot_id = old.id) then
    perform erp_private.fail('55000', 'lots_product_fixed', format('lot %s of product %s was moved already', old.lot_no, old.product_id),
      hint => 'Make a lot of the other product, and correct the stock with post_stock_movement.');
  end if;
  return new;
end $$;
create trigger guard_lot before update of product_id on erp.lots
  for each row when (old.product_id <> new.product_id) execute function erp_private.guard_lot();

-- Services have no stock, and nothing takes it away from them.
create function erp_private.guard_service() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if exists (select from stock_balances b where b.product_id = old.id and (b.on_hand <> 0 or b.reserved <> 0)) then
    perform erp_private.fail('55000', 'products_kind_stocked', format('product %s has stock or reservations: it cannot become a service', old.sku),
      hint => 'Ship or adjust its stock to nothing first, or make another product for the service.');
  end if;
  return new;
end $$;
create trigger guard_service before update of kind on erp.products
  for each row when (old.kind <> new.kind and new.kind = 'service') execute function erp_private.guard_service();

-- A warehouse that changes its mind about negative stock takes its balances along (and fails where that is too late).
create function erp_private.copy_allow_negative() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  update stock_balances set allow_negative = new.allow_negative where warehouse_id = new.id;
  return null;
end $$;
create trigger copy_allow_negative after update of allow_negative on erp.warehouses
  for each row when (old.allow_negative <> new.allow_negative) execute function erp_private.copy_allow_negative();

create function erp.low_stock(warehouse bigint default null, category bigint default null)
returns setof erp.product_stock
language sql stable as $$
  select p.* from erp.product_stock p
  where p.current_stock <= p.minimum_stock and p.minimum_stock > 0 and p.is_active
    and (category is null or p.category_id = category)
    and (warehouse is null or exists (select from erp.stock_balances b
                                      where b.product_id = p.id and b.warehouse_id = warehouse))
  order by p.shortage desc, p.id
$$;
comment on function erp.low_stock(bigint, bigint) is
  'Active products at or below their minimum; of one warehouse, of one category';

select erp_private.add_workflow('stock_transfers', 'draft>in_transit', 'in_transit>done', 'draft>done', 'draft>cancelled');
select erp_private.add_workflow('stock_counts', 'draft>counting', 'counting>posted', 'draft>cancelled', 'counting>cancelled');
select erp_private.add_standard_triggers();
