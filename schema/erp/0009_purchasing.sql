-- Purchase orders and goods receipts.
-- SPDX-License-Identifier: ISC

create table erp.purchase_orders (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  row_version bigint not null default 1,
  po_no text unique,
  supplier_id bigint not null references erp.suppliers,
  order_date date not null default current_date,
  expected_date date,
  status text not null default 'draft' constraint purchase_orders_status check (status in
    ('draft', 'approved', 'sent', 'partially_received', 'received', 'closed', 'cancelled')),
  billing_status text not null default 'none'
    constraint purchase_orders_billing_status check (billing_status in ('none', 'partial', 'full')),
  currency_code char(3) not null default 'USD' references erp.currencies,
  exchange_rate numeric(18, 8) not null default 1 constraint purchase_orders_rate check (exchange_rate > 0),
  incoterm text constraint purchase_orders_incoterm
    check (incoterm in ('EXW', 'FCA', 'FOB', 'CFR', 'CIF', 'CPT', 'CIP', 'DAP', 'DPU', 'DDP')),
  payment_term_id bigint references erp.payment_terms,
  warehouse_id bigint not null references erp.warehouses,
  buyer_order_id bigint,
  subtotal numeric(16, 2) not null default 0,
  tax_amount numeric(16, 2) not null default 0,
  total_amount numeric(16, 2) not null generated always as (subtotal + tax_amount) stored,
  approved_by bigint,
  approved_at timestamptz,
  note text not null default '',
  constraint purchase_orders_number check (status in ('draft', 'cancelled') or po_no is not null),
  constraint purchase_orders_dates check (expected_date >= order_date),
  constraint purchase_orders_approved check (status in ('draft', 'cancelled') or approved_at is not null)
);
create index purchase_orders_supplier on erp.purchase_orders (supplier_id, order_date desc);
create index purchase_orders_due on erp.purchase_orders (status, expected_date);
create index purchase_orders_newest on erp.purchase_orders (order_date desc, id desc);
create index purchase_orders_no_search on erp.purchase_orders using gin (po_no public.gin_trgm_ops);
create index purchase_orders_currency on erp.purchase_orders (currency_code);
create index purchase_orders_payment_term on erp.purchase_orders (payment_term_id);
create index purchase_orders_warehouse on erp.purchase_orders (warehouse_id);
create index purchase_orders_buyer_order on erp.purchase_orders (buyer_order_id) where buyer_order_id is not null;
comment on table erp.purchase_orders is E'Purchase orders\n@module purchasing\n@cache transactional';
comment on column erp.purchase_orders.buyer_order_id is 'Bought for this order of a buyer (back to back)';
comment on column erp.purchase_orders.approved_by is 'User id';

create table erp.purchase_order_items (
  id bigint generated always as identity primary key,
  purchase_order_id bigint not null references erp.purchase_orders on delete cascade,
  line_no int not null constraint purchase_line_no check (line_no > 0),
  product_id bigint not null references erp.products,
  qty numeric(14, 3) not null constraint purchase_qty check (qty > 0),
  unit_code text not null default 'pcs' references erp.units,
  unit_price numeric(14, 4) not null constraint purchase_price check (unit_price >= 0),
  tax_rate numeric(6, 3) not null default 0 constraint purchase_tax_range check (tax_rate between 0 and 100),
  line_total numeric(16, 2) not null generated always as (round(qty * unit_price, 2)) stored,
  line_tax numeric(16, 2) not null
    generated always as (round(round(qty * unit_price, 2) * tax_rate / 100, 2)) stored,
  received_qty numeric(14, 3) not null default 0 constraint purchase_received check (received_qty >= 0),
  invoiced_qty numeric(14, 3) not null default 0 constraint purchase_invoiced check (invoiced_qty >= 0),
  required_date date,
  constraint purchase_order_items_line unique (purchase_order_id, line_no)
);
create index purchase_order_items_product on erp.purchase_order_items (product_id);
create index purchase_order_items_unit on erp.purchase_order_items (unit_code);
comment on table erp.purchase_order_items is E'Lines of a purchase order\n@module purchasing\n@cache transactional';

create table erp.goods_receipts (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  receipt_no text unique,
  purchase_order_id bigint not null references erp.purchase_orders,
  supplier_id bigint not null references erp.suppliers,
  warehouse_id bigint not null references erp.warehouses,
  supplier_delivery_no text,
  status text not null default 'draft'
    constraint goods_receipts_status check (status in ('draft', 'posted', 'cancelled')),
  received_at timestamptz not null default now(),
  constraint goods_receipts_number check (status <> 'posted' or receipt_no is not null)
);
create unique index goods_receipts_delivery_no on erp.goods_receipts (supplier_id, supplier_delivery_no)
  where status <> 'cancelled';
create index goods_receipts_purchase_order on erp.goods_receipts (purchase_order_id);
create index goods_receipts_supplier on erp.goods_receipts (supplier_id);
create index goods_receipts_warehouse on erp.goods_receipts (warehouse_id);
create index goods_receipts_newest on erp.goods_receipts (received_at desc);
comment on table erp.goods_receipts is E'Goods receipts\n@module purchasing\n@cache transactional';
comment on column erp.goods_receipts.supplier_id is
  'That of the order, filled in by a trigger: a delivery note of one supplier is booked once';

create trigger document_rate before insert or update of currency_code, exchange_rate on erp.purchase_orders
  for each row execute function erp_private.document_rate('order_date');

create function erp_private.receipt_supplier() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  new.supplier_id := (select o.supplier_id from purchase_orders o where o.id = new.purchase_order_id);
  return new;
end $$;
create trigger receipt_supplier before insert or update of purchase_order_id, supplier_id on erp.goods_receipts
  for each row execute function erp_private.receipt_supplier();

create table erp.goods_receipt_items (
  id bigint generated always as identity primary key,
  goods_receipt_id bigint not null references erp.goods_receipts on delete cascade,
  purchase_order_item_id bigint not null references erp.purchase_order_items,
  product_id bigint not null references erp.products,
  lot_id bigint references erp.lots,
  qty_received numeric(14, 3) not null constraint receipt_qty check (qty_received > 0),
  qty_rejected numeric(14, 3) not null default 0
    constraint receipt_rejected check (qty_rejected between 0 and qty_received),
  unit_cost numeric(14, 4) not null constraint receipt_cost check (unit_cost >= 0),
  constraint goods_receipt_items_line unique nulls not distinct (goods_receipt_id, purchase_order_item_id, lot_id)
);
create index goods_receipt_items_order_item on erp.goods_receipt_items (purchase_order_item_id);
create index goods_receipt_items_product on erp.goods_receipt_items (product_id);
create index goods_receipt_items_lot on erp.goods_receipt_items (lot_id) where lot_id is not null;
comment on table erp.goods_receipt_items is E'What was received\n@module purchasing\n@cache transactional';

create function erp_private.sum_purchase_orders(ids bigint[], edited bigint[]) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  perform from purchase_orders where id = any (ids) order by id for no key update;
  if exists (select from purchase_orders o where o.id = any (edited) and o.status <> 'draft') then
    perform erp_private.fail('55000', 'purchase_orders_lines_fixed', 'the lines of an order change while it is a draft only');
  end if;
  update purchase_orders o set subtotal = s.subtotal, tax_amount = s.tax, billing_status = s.billing
  from (
    select i.id, coalesce(sum(l.line_total), 0) as subtotal, coalesce(sum(l.line_tax), 0) as tax,
      case when coalesce(sum(l.invoiced_qty), 0) = 0 then 'none'
           when bool_and(l.invoiced_qty >= l.qty) then 'full' else 'partial' end as billing
    from unnest(ids) i(id) left join purchase_order_items l on l.purchase_order_id = i.id
    group by i.id) s
  where o.id = s.id
    and (o.subtotal, o.tax_amount, o.billing_status) is distinct from (s.subtotal, s.tax, s.billing);
end $$;

create function erp_private.purchase_order_items_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  ids bigint[] := (select array_agg(distinct r.purchase_order_id) from changed r);
  edited bigint[] := ids;
begin
  if tg_op = 'UPDATE' then
    select array_agg(distinct n.purchase_order_id) into edited from changed n join before o on o.id = n.id
    where to_jsonb(n) - '{received_qty,invoiced_qty}'::text[] <> to_jsonb(o) - '{received_qty,invoiced_qty}'::text[];
  end if;
  perform erp_private.sum_purchase_orders(ids, edited);
  return null;
end $$;
create trigger sum_inserted after insert on erp.purchase_order_items referencing new table as changed
  for each statement execute function erp_private.purchase_order_items_changed();
create trigger sum_updated after update on erp.purchase_order_items referencing old table as before new table as changed
  for each statement execute function erp_private.purchase_order_items_changed();
create trigger sum_deleted after delete on erp.purchase_order_items referencing old table as changed
  for each statement execute function erp_private.purchase_order_items_changed();

create function erp_private.check_purchase_line() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  most numeric;
begin
  if new.purchase_order_id <> old.purchase_order_id then
    perform erp_private.fail('23514', 'purchase_order_items_fixed_order', 'a line cannot move to another order');
  end if;
  if new.received_qty > old.received_qty then
    most := new.qty * (1 + erp_private.setting_number('purchase.over_receipt_pct') / 100);
    if new.received_qty > most then
      perform erp_private.fail('23514', 'purchase_order_items_over_receipt',
        format('line %s: %s received, at most %s allowed', new.line_no, new.received_qty, trim_scale(most)));
    end if;
  end if;
  if new.invoiced_qty > old.invoiced_qty and new.invoiced_qty > new.received_qty then
    perform erp_private.fail('23514', 'purchase_order_items_over_billing',
      format('line %s: %s invoiced, %s received', new.line_no, new.invoiced_qty, new.received_qty));
  end if;
  return new;
end $$;
create trigger check_line before update on erp.purchase_order_items
  for each row execute function erp_private.check_purchase_line();

create sequence erp_private.purchase_order_no;
create sequence erp_private.goods_receipt_no;

select erp_private.add_workflow('purchase_orders', 'draft>approved@erp_purchasing', 'draft>cancelled', 'approved>sent',
  'approved>partially_received', 'approved>received', 'approved>cancelled!', 'sent>partially_received', 'sent>received',
  'sent>cancelled!', 'partially_received>received', 'partially_received>closed!', 'received>closed');
select erp_private.add_workflow('goods_receipts', 'draft>posted', 'draft>cancelled', 'posted>cancelled!');
select erp_private.add_standard_triggers();
