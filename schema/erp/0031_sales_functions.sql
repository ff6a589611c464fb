-- Selling: place, confirm, cancel and ship an order. Each function is one transaction, checks its caller, and locks the
-- order first (its lines before its head, as somebody does who edits a line), then the customer, then stock (lock_stock).
-- SPDX-License-Identifier: ISC

-- What of an order no invoice has yet, less the discount that is still to be given, in the base currency.
create function erp_private.unbilled(o erp.sales_orders) returns numeric
language sql stable security definer set search_path = erp, pg_temp as $$
  select erp_private.in_base(greatest(coalesce(sum((i.line_total + i.line_tax) * (1 - least(i.invoiced_qty / i.qty, 1))), 0)
    - (o.discount_amount - coalesce((select sum(v.discount_amount) from invoices v where v.sales_order_id = o.id
                                       and v.kind = 'sales' and v.status not in ('draft', 'cancelled')), 0)), 0), o.exchange_rate)
  from sales_order_items i where i.sales_order_id = o.id
$$;

-- The amount is in the base currency, the limit in that of the customer.
create function erp_private.check_credit(customer bigint, amount numeric) returns void
language plpgsql stable security definer set search_path = erp, pg_temp as $$
declare
  most numeric;
  money text;
  used numeric;
begin
  select c.credit_limit, c.currency_code into most, money from customers c where c.id = customer;
  if most is null or not erp_private.setting('sales.credit_check')::boolean then
    return;
  end if;
  most := erp_private.in_base(most, erp_private.rate_on(money, current_date));
  select coalesce((select sum(erp_private.in_base(v.balance, v.exchange_rate)) from invoices v where v.customer_id = customer
                     and v.status in ('issued', 'partially_paid')), 0)
       + coalesce((select sum(case o.billing_status when 'none' then o.base_total else erp_private.unbilled(o) end)
                   from sales_orders o where o.customer_id = customer
                     and o.status in ('confirmed', 'picking', 'shipped', 'delivered') and o.billing_status <> 'full'), 0)
  into used;
  if used + amount > most then
    perform erp_private.fail('23514', 'customers_credit_limit', 'the order exceeds the credit limit of the customer',
      json_build_object('credit_limit', most, 'used', used, 'order', amount, 'currency', erp_private.setting_text('company.base_currency'))::text,
      'Accounting can raise the limit.');
  end if;
end $$;

-- While an order was on hold, others may have used the credit.
create function erp_private.check_credit_again(doc bigint) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  o sales_orders;
begin
  select * into o from sales_orders s where s.id = doc;
  perform from customers c where c.id = o.customer_id for no key update;
  perform erp_private.check_credit(o.customer_id, case o.billing_status when 'none' then o.base_total else erp_private.unbilled(o) end);
end $$;

-- The limit is an amount of the customer's currency.
create function erp_private.guard_credit_currency() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if old.credit_limit is not null and not erp_private.caller_is('erp_accountant', 'erp_manager', 'erp_admin') then
    perform erp_private.fail('42501', 'customers_credit_currency', 'the currency of a customer with a credit limit is changed by accounting');
  end if;
  return new;
end $$;
create trigger guard_credit_currency before update of currency_code on erp.customers for each row
  when (new.currency_code is distinct from old.currency_code) execute function erp_private.guard_credit_currency();

create function erp_private.guard_order_addresses() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if exists (select from addresses a where a.id in (new.bill_to_address_id, new.ship_to_address_id) and a.customer_id is distinct from new.customer_id) then
    perform erp_private.fail('23514', 'sales_orders_addresses', 'the address is not one of the customer');
  end if;
  return new;
end $$;
create trigger guard_addresses before insert or update of customer_id, bill_to_address_id, ship_to_address_id on erp.sales_orders
  for each row when (num_nonnulls(new.bill_to_address_id, new.ship_to_address_id) > 0) execute function erp_private.guard_order_addresses();

create function erp.place_order("order" jsonb, idempotency_key uuid default null) returns erp.sales_orders
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  earlier jsonb;
  head sales_orders;
  buyer customers;
  line jsonb;
  no int := 0;
  item products;
begin
  perform erp_private.require_role('erp_sales', 'erp_manager', 'erp_admin');
  earlier := erp_private.replayed(idempotency_key, 'place_order', "order");
  if earlier is not null then
    select * into head from sales_orders o where o.id = (earlier ->> 'id')::bigint;
    if not found then
      perform erp_private.fail('P0002', 'sales_orders_pkey', 'the order that this request made was deleted',
        hint => 'Make a new key for a new order.');
    end if;
    return head;
  end if;
  perform erp_private.require_own('customers', ("order" ->> 'customer_id')::bigint);
  select * into buyer from customers c where c.id = ("order" ->> 'customer_id')::bigint;
  if not buyer.is_active then
    perform erp_private.fail('23514', 'sales_orders_customer_active', format('customer %s is not active', buyer.code));
  end if;
  if coalesce(jsonb_typeof("order" -> 'items'), '') <> 'array' or jsonb_array_length("order" -> 'items') = 0 then
    perform erp_private.fail('23514', 'sales_orders_items_required', 'an order needs at least one item');
  end if;
  insert into sales_orders (customer_id, buyer_reference, order_date, requested_date, payment_term_id, currency_code,
    price_list_id, warehouse_id, salesperson_id, bill_to_address_id, ship_to_address_id, discount_amount, note)
  values (buyer.id, "order" ->> 'buyer_reference', coalesce(("order" ->> 'order_date')::date, current_date),
    ("order" ->> 'requested_date')::date, coalesce(("order" ->> 'payment_term_id')::bigint, buyer.payment_term_id),
    coalesce("order" ->> 'currency_code', buyer.currency_code), ("order" ->> 'price_list_id')::bigint,
    coalesce(("order" ->> 'warehouse_id')::bigint,
      (select w.id from warehouses w where w.kind = 'goods' and w.is_active order by w.id limit 1)),
    coalesce(buyer.salesperson_id, case when erp_private.caller_is('erp_sales') then erp.uid() end),
    ("order" ->> 'bill_to_address_id')::bigint, ("order" ->> 'ship_to_address_id')::bigint,
    coalesce(("order" ->> 'discount_amount')::numeric, 0), coalesce("order" ->> 'note', ''))
  returning * into head;
  for line in select * from jsonb_array_elements("order" -> 'items') loop
    no := no + 1;
    select * into item from products p where p.id = (line ->> 'product_id')::bigint;
    if not found or not item.is_active then
      perform erp_private.fail('23514', 'sales_order_items_product_active',
        format('line %s: there is no active product %s', no, line ->> 'product_id'));
    end if;
    insert into sales_order_items (sales_order_id, line_no, product_id, description, qty, unit_code, unit_price, discount_pct,
      tax_rate_id, tax_rate)
    values (head.id, no, item.id, line ->> 'description', (line ->> 'qty')::numeric, item.unit_code,
      coalesce((line ->> 'unit_price')::numeric, erp_private.price_for(head.price_list_id, item.id, (line ->> 'qty')::numeric,
        head.currency_code, head.exchange_rate, head.order_date)),
      coalesce((line ->> 'discount_pct')::numeric, 0), item.tax_rate_id,
      coalesce((select t.rate from tax_rates t where t.id = item.tax_rate_id), 0));
  end loop;
  select * into head from sales_orders o where o.id = head.id;
  perform erp_private.check_credit(buyer.id, head.base_total);
  perform erp_private.remember(idempotency_key, 'place_order', "order", jsonb_build_object('id', head.id));
  return head;
end $$;
comment on function erp.place_order(jsonb, uuid) is
  E'Makes a draft order with its items: {customer_id, items: [{product_id, qty, unit_price, discount_pct}], ...}. Prices come from '
  'the price list or the product where they are left out, in the currency of the order; with an idempotency key a repeated call returns the first order.\n@module sales';

-- The order, locked, or P0002. FOR UPDATE, since confirming sets order_no, which is a key: whoever adds a line has the order's key
-- locked until then, and would wait for us while we wait for them. A line that came between the two locks may be in the hands of
-- somebody who waits for the order: then the caller is to look again.
create function erp_private.lock_order(id bigint) returns erp.sales_orders
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  o sales_orders;
  lines bigint[];
begin
  perform erp_private.require_own('sales_orders', id);
  lines := array(select i.id from sales_order_items i where i.sales_order_id = lock_order.id order by i.id for no key update);
  select * into o from sales_orders s where s.id = lock_order.id for update;
  if exists (select from sales_order_items i where i.sales_order_id = o.id and i.id <> all (lines)) then
    perform erp_private.fail('PT409', 'sales_orders_row_version', 'somebody else has changed this in the meantime',
      hint => 'Load it again and repeat your change.');
  end if;
  return o;
end $$;

create function erp.confirm_order(id bigint, row_version bigint default null) returns erp.sales_orders
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  o sales_orders;
  short jsonb;
begin
  perform erp_private.require_role('erp_sales', 'erp_manager', 'erp_admin');
  o := erp_private.lock_order(id);
  perform erp_private.check_version('sales_orders', row_version, o.row_version);
  if o.status <> 'draft' then
    perform erp_private.fail('23514', 'sales_orders_status_flow', format('the order is %s already', o.status));
  end if;
  if not exists (select from sales_order_items i where i.sales_order_id = o.id) then
    perform erp_private.fail('23514', 'sales_orders_items_required', 'an order without items cannot be confirmed');
  end if;
  if o.total_amount < 0 then
    perform erp_private.fail('23514', 'sales_orders_discount', 'the discount is larger than the order');
  end if;
  -- Two orders of one customer, each within the limit, may be above it together.
  perform from customers c where c.id = o.customer_id for no key update;
  perform erp_private.check_credit(o.customer_id, o.base_total);
  perform erp_private.lock_stock(array_agg(i.product_id), array_agg(o.warehouse_id), only_balances => true)
  from sales_order_items i join products p on p.id = i.product_id and p.kind <> 'service' where i.sales_order_id = o.id;
  select jsonb_agg(jsonb_build_object('product_id', n.product_id, 'sku', n.sku, 'wanted', n.qty, 'available', n.free))
  into short
  from (
    select i.product_id, p.sku, sum(i.qty) as qty, coalesce(max(b.on_hand - b.reserved), 0) as free, bool_or(b.allow_negative) as neg
    from sales_order_items i
    join products p on p.id = i.product_id and p.kind <> 'service'
    left join stock_balances b on b.product_id = i.product_id and b.warehouse_id = o.warehouse_id
    where i.sales_order_id = o.id group by 1, 2) n
  where n.qty > n.free and n.neg is not true;
  if short is not null then
    perform erp_private.fail('PT409', 'stock_not_available', 'not everything is in stock', short::text,
      'Order less, wait for the next receipt, or choose another warehouse.');
  end if;
  insert into stock_reservations (product_id, warehouse_id, qty, sales_order_item_id)
  select i.product_id, o.warehouse_id, i.qty, i.id
  from sales_order_items i join products p on p.id = i.product_id and p.kind <> 'service'
  where i.sales_order_id = o.id;
  update stock_balances b set reserved = b.reserved + n.qty
  from (select i.product_id, sum(i.qty) as qty from sales_order_items i where i.sales_order_id = o.id group by 1) n
  where b.product_id = n.product_id and b.warehouse_id = o.warehouse_id;
  update sales_orders s set status = 'confirmed', confirmed_at = now(),
    order_no = coalesce(s.order_no, 'SO-' || erp_private.digits(nextval('erp_private.sales_order_no'), 7))
  where s.id = o.id returning * into o;
  return o;
end $$;
comment on function erp.confirm_order(bigint, bigint) is
  E'Confirms a draft: gives it a number and reserves stock. 409 with the list of what is short, or when row_version is old\n@module sales';

create function erp_private.release_reservations(item bigint, quantity numeric default null) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  r stock_reservations;
  part numeric;
begin
  for r in select * from stock_reservations s where s.sales_order_item_id = item and s.released_at is null
           order by s.product_id, s.warehouse_id for no key update loop
    part := least(r.qty, coalesce(quantity, r.qty));
    update stock_balances b set reserved = b.reserved - part
    where b.product_id = r.product_id and b.warehouse_id = r.warehouse_id;
    if part = r.qty then
      update stock_reservations s set released_at = now() where s.id = r.id;
    else
      update stock_reservations s set qty = s.qty - part where s.id = r.id;
    end if;
  end loop;
end $$;

create function erp.cancel_order(id bigint, reason text) returns erp.sales_orders
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  o sales_orders;
begin
  perform erp_private.require_role('erp_sales', 'erp_manager', 'erp_admin');
  o := erp_private.lock_order(id);
  if o.delivery_status <> 'none' then
    perform erp_private.fail('23514', 'sales_orders_not_shipped', 'a part of the order is delivered already');
  end if;
  if o.billing_status <> 'none' then
    perform erp_private.fail('23514', 'sales_orders_not_invoiced', 'a part of the order is invoiced already',
      hint => 'Accounting cancels the invoice first (cancel_invoice).');
  end if;
  perform erp_private.lock_stock(array_agg(r.product_id), array_agg(r.warehouse_id), only_balances => true)
  from sales_order_items i join stock_reservations r on r.sales_order_item_id = i.id and r.released_at is null
  where i.sales_order_id = o.id;
  perform erp_private.release_reservations(i.id) from sales_order_items i where i.sales_order_id = o.id;
  perform erp_private.because(reason);
  update deliveries d set status = 'cancelled' where d.sales_order_id = o.id and d.status = 'draft';
  update sales_orders s set status = 'cancelled', cancelled_at = now(), cancel_reason = reason
  where s.id = o.id returning * into o;
  return o;
end $$;
comment on function erp.cancel_order(bigint, text) is E'Cancels an order and gives its stock back\n@module sales';

-- What is named must be there: else a delivery or an invoice would lack it without a word.
create function erp_private.check_order_lines(doc bigint, lines jsonb) returns void
language plpgsql stable security definer set search_path = erp, pg_temp as $$
declare
  wrong text;
begin
  select coalesce(w.sales_order_item_id::text, 'null') into wrong from jsonb_to_recordset(lines) w(sales_order_item_id bigint)
  where not exists (select from sales_order_items i where i.id = w.sales_order_item_id and i.sales_order_id = doc) limit 1;
  if found then
    perform erp_private.fail('23503', 'sales_order_items_pkey', format('the order has no line %s', wrong),
      hint => 'sales_order_item_id is the id of a line, not its number.');
  end if;
end $$;

create function erp.ship_order(id bigint, items jsonb default null, carrier text default null, tracking_no text default null)
returns erp.deliveries
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  o sales_orders;
  d deliveries;
  r record;
begin
  perform erp_private.require_role('erp_sales', 'erp_warehouse', 'erp_manager', 'erp_admin');
  o := erp_private.lock_order(id);
  if o.status not in ('confirmed', 'picking') then
    perform erp_private.fail('23514', 'sales_orders_status_flow', format('an order that is %s cannot be shipped', o.status));
  end if;
  perform erp_private.check_order_lines(o.id, items);
  update deliveries x set status = 'shipped', shipped_at = now(), carrier = ship_order.carrier,
    tracking_no = ship_order.tracking_no, delivery_no = 'DN-' || erp_private.digits(nextval('erp_private.delivery_no'), 7)
  where x.id = (select min(y.id) from deliveries y where y.sales_order_id = o.id and y.status = 'draft')
  returning * into d;
  if not found then
    insert into deliveries (delivery_no, sales_order_id, warehouse_id, status, shipped_at, carrier, tracking_no)
    values ('DN-' || erp_private.digits(nextval('erp_private.delivery_no'), 7), o.id, o.warehouse_id, 'shipped', now(),
      ship_order.carrier, ship_order.tracking_no)
    returning * into d;
  else
    delete from delivery_items x where x.delivery_id = d.id;
  end if;
  -- What is reserved may be in another warehouse than the one that delivers.
  perform erp_private.lock_stock(array_agg(s.product_id), array_agg(s.warehouse_id))
  from (
    select i.product_id, d.warehouse_id from sales_order_items i join products p on p.id = i.product_id and p.kind <> 'service'
    where i.sales_order_id = o.id
    union
    select v.product_id, v.warehouse_id
    from sales_order_items i join stock_reservations v on v.sales_order_item_id = i.id and v.released_at is null
    where i.sales_order_id = o.id) s;
  for r in
    select i.id, i.product_id, p.kind, coalesce(w.qty, i.qty - i.delivered_qty) as qty, w.lot_id
    from sales_order_items i
    join products p on p.id = i.product_id
    left join jsonb_to_recordset(items) w(sales_order_item_id bigint, qty numeric, lot_id bigint)
      on w.sales_order_item_id = i.id
    where i.sales_order_id = o.id and (items is null or w.sales_order_item_id is not null)
      and coalesce(w.qty, i.qty - i.delivered_qty) > 0
    order by i.product_id, i.id
  loop
    insert into delivery_items (delivery_id, sales_order_item_id, product_id, lot_id, qty)
    values (d.id, r.id, r.product_id, r.lot_id, r.qty);
    if r.kind <> 'service' then
      perform erp_private.release_reservations(r.id, r.qty);
      perform erp_private.post_stock(r.product_id, d.warehouse_id, -r.qty, 'issue', null, 'deliveries', d.id, r.id, r.lot_id);
    end if;
    update sales_order_items i set delivered_qty = i.delivered_qty + r.qty where i.id = r.id;
  end loop;
  if not exists (select from delivery_items x where x.delivery_id = d.id) then
    perform erp_private.fail('23514', 'deliveries_items_required', 'there is nothing to ship');
  end if;
  update sales_orders s set status = case when s.delivery_status = 'full' then 'shipped' else 'picking' end
  where s.id = o.id and s.status <> case when s.delivery_status = 'full' then 'shipped' else 'picking' end;
  return d;
end $$;
comment on function erp.ship_order(bigint, jsonb, text, text) is
  E'Delivers an order, or a part of it: items [{sales_order_item_id, qty}]; takes the goods out of stock\n@module sales';
