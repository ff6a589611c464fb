-- Sales orders, their lines, and what was delivered of them.
-- SPDX-License-Identifier: ISC

create table erp.sales_orders (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  row_version bigint not null default 1,
  order_no text unique,
  customer_id bigint not null references erp.customers,
  buyer_reference text,
  order_date date not null default current_date,
  requested_date date,
  status text not null default 'draft' constraint sales_orders_status check (status in
    ('draft', 'confirmed', 'picking', 'shipped', 'delivered', 'closed', 'on_hold', 'cancelled')),
  delivery_status text not null default 'none'
    constraint sales_orders_delivery_status check (delivery_status in ('none', 'partial', 'full')),
  billing_status text not null default 'none'
    constraint sales_orders_billing_status check (billing_status in ('none', 'partial', 'full')),
  payment_term_id bigint references erp.payment_terms,
  currency_code char(3) not null default 'USD' references erp.currencies,
  exchange_rate numeric(18, 8) not null default 1 constraint sales_orders_rate check (exchange_rate > 0),
  price_list_id bigint references erp.price_lists,
  warehouse_id bigint not null references erp.warehouses,
  salesperson_id bigint references erp.users,
  bill_to_address_id bigint references erp.addresses,
  ship_to_address_id bigint references erp.addresses,
  subtotal numeric(16, 2) not null default 0,
  discount_amount numeric(16, 2) not null default 0 constraint sales_orders_discount check (discount_amount >= 0),
  tax_amount numeric(16, 2) not null default 0,
  total_amount numeric(16, 2) not null generated always as (subtotal - discount_amount + tax_amount) stored,
  base_total numeric(16, 2) not null
    generated always as (round((subtotal - discount_amount + tax_amount) * exchange_rate, 2)) stored,
  note text not null default '',
  confirmed_at timestamptz,
  cancelled_at timestamptz,
  cancel_reason text,
  constraint sales_orders_number check (status in ('draft', 'cancelled') or order_no is not null),
  constraint sales_orders_dates check (requested_date >= order_date),
  constraint sales_orders_confirmed check (status in ('draft', 'cancelled') or confirmed_at is not null)
);
create index idx_salesorder_customer on erp.sales_orders (customer_id);
create index idx_salesorder_date on erp.sales_orders (order_date);
create index idx_salesorder_status on erp.sales_orders (status);
create index sales_orders_newest on erp.sales_orders (order_date desc, id desc);
create index sales_orders_customer_newest on erp.sales_orders (customer_id, order_date desc, id desc);
create index sales_orders_status_newest on erp.sales_orders (status, order_date desc, id desc);
create index sales_orders_report on erp.sales_orders (order_date)
  include (status, base_total, customer_id, salesperson_id);
create index sales_orders_salesperson on erp.sales_orders (salesperson_id, order_date desc);
create index sales_orders_no_search on erp.sales_orders using gin (order_no public.gin_trgm_ops);
create index sales_orders_payment_term on erp.sales_orders (payment_term_id);
create index sales_orders_currency on erp.sales_orders (currency_code);
create index sales_orders_price_list on erp.sales_orders (price_list_id) where price_list_id is not null;
create index sales_orders_warehouse on erp.sales_orders (warehouse_id);
create index sales_orders_bill_to on erp.sales_orders (bill_to_address_id) where bill_to_address_id is not null;
create index sales_orders_ship_to on erp.sales_orders (ship_to_address_id) where ship_to_address_id is not null;
comment on table erp.sales_orders is E'Sales orders\n@module sales\n@cache transactional';
comment on column erp.sales_orders.order_no is 'Given when the order is confirmed; a draft has none';
comment on column erp.sales_orders.subtotal is 'Sum of the lines, before the discount of the order; kept by a trigger';
comment on column erp.sales_orders.tax_amount is 'Sum of the tax of the lines; kept by a trigger';
comment on column erp.sales_orders.row_version is 'Counts the changes: send it back to notice that somebody else was faster';
comment on column erp.sales_orders.exchange_rate is
  'Units of the base currency for one unit of the order''s currency; left out, that of the day';
comment on column erp.sales_orders.base_total is 'The total in the base currency, for reports';
create trigger document_rate before insert or update of currency_code, exchange_rate on erp.sales_orders
  for each row execute function erp_private.document_rate('order_date');

create table erp.sales_order_items (
  id bigint generated always as identity primary key,
  sales_order_id bigint not null references erp.sales_orders on delete cascade,
  line_no int not null constraint sales_line_no check (line_no > 0),
  product_id bigint not null references erp.products,
  description text,
  qty numeric(14, 3) not null constraint sales_qty check (qty > 0),
  unit_code text not null default 'pcs' references erp.units,
  unit_price numeric(14, 4) not null constraint sales_price check (unit_price >= 0),
  discount_pct numeric(5, 2) not null default 0 constraint sales_line_discount check (discount_pct between 0 and 100),
  tax_rate_id bigint references erp.tax_rates,
  tax_rate numeric(6, 3) not null default 0 constraint sales_tax_range check (tax_rate between 0 and 100),
  line_total numeric(16, 2) not null
    generated always as (round(qty * unit_price * (1 - discount_pct / 100), 2)) stored,
  line_tax numeric(16, 2) not null
    generated always as (round(round(qty * unit_price * (1 - discount_pct / 100), 2) * tax_rate / 100, 2)) stored,
  delivered_qty numeric(14, 3) not null default 0 constraint sales_delivered check (delivered_qty >= 0),
  invoiced_qty numeric(14, 3) not null default 0 constraint sales_invoiced check (invoiced_qty >= 0),
  constraint sales_order_items_line unique (sales_order_id, line_no)
);
create index sales_order_items_product on erp.sales_order_items (product_id, sales_order_id);
create index sales_order_items_unit on erp.sales_order_items (unit_code);
create index sales_order_items_tax_rate on erp.sales_order_items (tax_rate_id) where tax_rate_id is not null;
comment on table erp.sales_order_items is E'Lines of a sales order\n@module sales\n@cache transactional';
comment on column erp.sales_order_items.tax_rate is 'Per cent, as it was when the order was made';
alter table erp.stock_reservations add constraint stock_reservations_sales_order_item_id_fkey
  foreign key (sales_order_item_id) references erp.sales_order_items on delete cascade;

create table erp.deliveries (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  delivery_no text unique,
  sales_order_id bigint not null references erp.sales_orders,
  warehouse_id bigint not null references erp.warehouses,
  status text not null default 'draft'
    constraint deliveries_status check (status in ('draft', 'shipped', 'delivered', 'cancelled')),
  shipped_at timestamptz,
  delivered_at timestamptz,
  carrier text,
  tracking_no text,
  constraint deliveries_number check (status in ('draft', 'cancelled') or delivery_no is not null),
  constraint deliveries_shipped check (status in ('draft', 'cancelled') or shipped_at is not null),
  constraint deliveries_order check (delivered_at >= shipped_at)
);
create index deliveries_sales_order on erp.deliveries (sales_order_id);
create index deliveries_warehouse on erp.deliveries (warehouse_id);
create index deliveries_status_id on erp.deliveries (status, id desc);
create index deliveries_tracking_search on erp.deliveries using gin (tracking_no public.gin_trgm_ops);
comment on table erp.deliveries is E'Deliveries to customers\n@module sales\n@cache transactional';

create table erp.delivery_items (
  id bigint generated always as identity primary key,
  delivery_id bigint not null references erp.deliveries on delete cascade,
  sales_order_item_id bigint not null references erp.sales_order_items,
  product_id bigint not null references erp.products,
  lot_id bigint references erp.lots,
  qty numeric(14, 3) not null constraint delivery_qty check (qty > 0),
  returned_qty numeric(14, 3) not null default 0 constraint delivery_returned check (returned_qty between 0 and qty),
  constraint delivery_items_line unique nulls not distinct (delivery_id, sales_order_item_id, lot_id)
);
create index delivery_items_order_item on erp.delivery_items (sales_order_item_id);
create index delivery_items_product on erp.delivery_items (product_id);
create index delivery_items_lot on erp.delivery_items (lot_id) where lot_id is not null;
comment on table erp.delivery_items is E'What was delivered\n@module sales\n@cache transactional';

-- Header = sum of lines. The headers are locked first, in order of id, so that two writers of one order see each other's
-- lines and cannot deadlock; the next statement has a fresh snapshot. (NO KEY: each has the header's key locked already, by
-- the foreign key of its line.) An order that was confirmed while a line was on its way keeps its lines: "edited" are the orders
-- of which more was changed than what was delivered and invoiced.
create function erp_private.sum_sales_orders(ids bigint[], edited bigint[]) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  perform from sales_orders where id = any (ids) order by id for no key update;
  if exists (select from sales_orders o where o.id = any (edited) and o.status <> 'draft') then
    perform erp_private.fail('55000', 'sales_orders_lines_fixed', 'the lines of an order change while it is a draft only');
  end if;
  update sales_orders o set subtotal = s.subtotal, tax_amount = s.tax,
    delivery_status = s.delivery, billing_status = s.billing
  from (
    select i.id, coalesce(sum(l.line_total), 0) as subtotal, coalesce(sum(l.line_tax), 0) as tax,
      case when coalesce(sum(l.delivered_qty), 0) = 0 then 'none'
           when bool_and(l.delivered_qty >= l.qty) then 'full' else 'partial' end as delivery,
      case when coalesce(sum(l.invoiced_qty), 0) = 0 then 'none'
           when bool_and(l.invoiced_qty >= l.qty) then 'full' else 'partial' end as billing
    from unnest(ids) i(id) left join sales_order_items l on l.sales_order_id = i.id
    group by i.id) s
  where o.id = s.id
    and (o.subtotal, o.tax_amount, o.delivery_status, o.billing_status)
      is distinct from (s.subtotal, s.tax, s.delivery, s.billing);
end $$;

create function erp_private.sales_order_items_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  ids bigint[] := (select array_agg(distinct r.sales_order_id) from changed r);
  edited bigint[] := ids;
begin
  if tg_op = 'UPDATE' then
    select array_agg(distinct n.sales_order_id) into edited from changed n join before o on o.id = n.id
    where to_jsonb(n) - '{delivered_qty,invoiced_qty}'::text[] <> to_jsonb(o) - '{delivered_qty,invoiced_qty}'::text[];
  end if;
  perform erp_private.sum_sales_orders(ids, edited);
  return null;
end $$;
create trigger sum_inserted after insert on erp.sales_order_items referencing new table as changed
  for each statement execute function erp_private.sales_order_items_changed();
create trigger sum_updated after update on erp.sales_order_items referencing old table as before new table as changed
  for each statement execute function erp_private.sales_order_items_changed();
create trigger sum_deleted after delete on erp.sales_order_items referencing old table as changed
  for each statement execute function erp_private.sales_order_items_changed();

create function erp_private.check_sales_line() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  most numeric;
begin
  if new.sales_order_id <> old.sales_order_id then
    perform erp_private.fail('23514', 'sales_order_items_fixed_order', 'a line cannot move to another order');
  end if;
  if new.delivered_qty > old.delivered_qty then
    most := new.qty * (1 + erp_private.setting_number('sales.over_delivery_pct') / 100);
    if new.delivered_qty > most then
      perform erp_private.fail('23514', 'sales_order_items_over_delivery',
        format('line %s: %s delivered, at most %s allowed', new.line_no, new.delivered_qty, trim_scale(most)));
    end if;
  end if;
  if new.invoiced_qty > old.invoiced_qty then
    most := new.qty * (1 + erp_private.setting_number('sales.over_billing_pct') / 100);
    if new.invoiced_qty > most then
      perform erp_private.fail('23514', 'sales_order_items_over_billing',
        format('line %s: %s invoiced, at most %s allowed', new.line_no, new.invoiced_qty, trim_scale(most)));
    end if;
  end if;
  return new;
end $$;
create trigger check_line before update on erp.sales_order_items
  for each row execute function erp_private.check_sales_line();

create sequence erp_private.sales_order_no;
create sequence erp_private.delivery_no;

select erp_private.add_workflow('sales_orders', 'draft>confirmed', 'draft>cancelled', 'confirmed>picking',
  'confirmed>shipped', 'confirmed>on_hold!', 'confirmed>cancelled!', 'picking>shipped', 'picking>on_hold!',
  'picking>cancelled!', 'shipped>delivered', 'shipped>closed', 'delivered>closed', 'on_hold>confirmed',
  'on_hold>cancelled!');
select erp_private.add_workflow('deliveries', 'draft>shipped', 'draft>cancelled', 'shipped>delivered',
  'shipped>cancelled!');
select erp_private.add_standard_triggers();
