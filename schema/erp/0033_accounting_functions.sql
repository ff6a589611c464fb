-- Journals, invoices and payments. Every posting goes through post_entry, which numbers without gaps.
-- SPDX-License-Identifier: ISC

-- Lines: [{account: setting or code, debit | credit, customer_id, supplier_id, description}]; lines of 0 are left out. All amounts are
-- in the base currency. Those of one document are rounded one by one: the cent or two that this leaves is a line of its own.
create function erp_private.post_entry(day date, journal text, source text, source_doc bigint, memo text, lines jsonb) returns bigint
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  entry bigint;
  missing text;
  cents numeric := (select coalesce(sum(coalesce(l.debit, 0) - coalesce(l.credit, 0)), 0)
                    from jsonb_to_recordset(lines) l(debit numeric, credit numeric));
begin
  if abs(cents) between 0.01 and 0.05 then
    lines := lines || jsonb_build_object('account', 'accounting.rounding', case when cents < 0 then 'debit' else 'credit' end, abs(cents));
  end if;
  insert into journal_entries (entry_date, journal, source_type, source_id, memo)
  values (day, post_entry.journal, source, source_doc, post_entry.memo) returning id into entry;
  select string_agg(l.account, ', ') into missing
  from jsonb_to_recordset(lines) l(account text, debit numeric, credit numeric)
  where (l.debit <> 0 or l.credit <> 0) and not exists (select from accounts a where a.code = coalesce(erp_private.setting_text(l.account), l.account));
  if missing is not null then
    perform erp_private.fail('23503', 'journal_lines_account_id_fkey', format('there is no account for %s', missing),
      hint => 'The settings accounting.* name the accounts by code.');
  end if;
  insert into journal_lines (journal_entry_id, line_no, account_id, debit, credit, customer_id, supplier_id, description)
  select entry, row_number() over (order by l.ord), a.id, coalesce(l.debit, 0), coalesce(l.credit, 0), l.customer_id, l.supplier_id,
    l.description
  from rows from (jsonb_to_recordset(lines)
      as (account text, debit numeric, credit numeric, customer_id bigint, supplier_id bigint, description text))
    with ordinality l(account, debit, credit, customer_id, supplier_id, description, ord)
  join accounts a on a.code = coalesce(erp_private.setting_text(l.account), l.account)
  where coalesce(l.debit, 0) <> 0 or coalesce(l.credit, 0) <> 0;
  perform erp_private.finish_entry(entry);
  return entry;
end $$;

create function erp_private.finish_entry(entry bigint) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  most int := erp_private.setting_number('accounting.allow_backdated_days');
begin
  if (select e.entry_date from journal_entries e where e.id = entry) < current_date - most then
    perform erp_private.fail('23514', 'journal_entries_backdated', format('nothing is posted more than %s days back', most),
      hint => 'The setting accounting.allow_backdated_days says how far.');
  end if;
  update journal_entries e set state = 'posted', entry_no = erp_private.next_no('journal_entries', 'JE', e.entry_date),
    total_debit = (select coalesce(sum(l.debit), 0) from journal_lines l where l.journal_entry_id = e.id)
  where e.id = entry;
end $$;

create function erp.post_journal(id bigint) returns erp.journal_entries
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  e journal_entries;
begin
  perform erp_private.require_role('erp_accountant', 'erp_admin');
  select * into e from journal_entries j where j.id = post_journal.id for update;
  if not found then
    perform erp_private.fail('P0002', 'journal_entries_pkey', format('there is no journal entry %s', id));
  end if;
  perform erp_private.finish_entry(e.id);
  select * into e from journal_entries j where j.id = e.id;
  return e;
end $$;
comment on function erp.post_journal(bigint) is E'Posts a draft entry; it must balance\n@module accounting';

create function erp_private.take_back(entry bigint, day date) returns erp.journal_entries
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  e journal_entries;
  r journal_entries;
begin
  select * into e from journal_entries j where j.id = entry;
  insert into journal_entries (entry_date, journal, source_type, source_id, reverses_id, memo)
  values (day, e.journal, 'journal_entries', e.id, e.id, 'Reversal of ' || e.entry_no) returning * into r;
  insert into journal_lines (journal_entry_id, line_no, account_id, debit, credit, customer_id, supplier_id, description)
  select r.id, l.line_no, l.account_id, l.credit, l.debit, l.customer_id, l.supplier_id, l.description
  from journal_lines l where l.journal_entry_id = e.id;
  perform erp_private.finish_entry(r.id);
  select * into r from journal_entries j where j.id = r.id;
  return r;
end $$;

create function erp.reverse_journal(id bigint, day date default current_date) returns erp.journal_entries
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  e journal_entries;
begin
  perform erp_private.require_role('erp_accountant', 'erp_admin');
  select * into e from journal_entries j where j.id = reverse_journal.id and j.state = 'posted';
  if not found then
    perform erp_private.fail('P0002', 'journal_entries_pkey', format('there is no posted journal entry %s', id));
  end if;
  if e.source_type is not null then
    perform erp_private.fail('23514', 'journal_entries_of_document', format('entry %s is that of %s %s', e.entry_no, e.source_type, e.source_id),
      hint => 'Take the document back: cancel_invoice, cancel_payment, reverse_stock_move.');
  end if;
  return erp_private.take_back(e.id, day);
end $$;
comment on function erp.reverse_journal(bigint, date) is
  E'Takes a posted entry that somebody wrote back with an opposite one, once; those of documents go with the document\n@module accounting';

create function erp.issue_invoice(sales_order_id bigint default null, shipment_id bigint default null, invoice_id bigint default null,
  lines jsonb default null, invoice_date date default current_date) returns erp.invoices
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  v invoices;
  cost numeric;
begin
  perform erp_private.require_role('erp_accountant', 'erp_manager', 'erp_admin');
  if num_nonnulls(sales_order_id, shipment_id, invoice_id) <> 1 then
    perform erp_private.fail('22023', 'issue_invoice_source', 'name one of sales_order_id, shipment_id and invoice_id');
  end if;
  v := case when invoice_id is not null then (select x from invoices x where x.id = issue_invoice.invoice_id and x.kind = 'sales')
    when sales_order_id is not null then erp_private.draft_order_invoice(sales_order_id, lines, invoice_date)
    else erp_private.draft_shipment_invoice(shipment_id, invoice_date) end;
  if v.id is null then
    perform erp_private.fail('P0002', 'invoices_pkey', format('there is no sales invoice %s', invoice_id));
  end if;
  select * into v from invoices x where x.id = v.id for update;
  if v.status <> 'draft' or v.base_total <= 0 then
    perform erp_private.fail('23514', 'invoices_issuable', format('an invoice that is %s with a total of %s %s cannot be issued',
      v.status, v.total_amount, v.currency_code));
  end if;
  perform from sales_order_items i where i.id in (select x.sales_order_item_id from invoice_items x where x.invoice_id = v.id)
  order by i.id for no key update;
  perform erp_private.check_invoiced_orders(v);
  update sales_order_items i set invoiced_qty = i.invoiced_qty + l.qty
  from (select x.sales_order_item_id, sum(x.qty) as qty from invoice_items x where x.invoice_id = v.id group by 1) l
  where i.id = l.sales_order_item_id;
  select coalesce(round(sum(x.qty * p.cost_price), 2), 0) into cost
  from invoice_items x join products p on p.id = x.product_id and p.kind <> 'service' where x.invoice_id = v.id;
  update invoices x set status = 'issued', invoice_no = erp_private.next_no('invoices', 'INV', x.invoice_date),
    journal_entry_id = erp_private.post_entry(x.invoice_date, 'sales', 'invoices', x.id, 'Invoice', jsonb_build_array(
      jsonb_build_object('account', 'accounting.receivable', 'debit', x.base_total, 'customer_id', x.customer_id),
      jsonb_build_object('account', 'accounting.sales', 'credit', erp_private.in_base(x.subtotal - x.discount_amount, x.exchange_rate)),
      jsonb_build_object('account', 'accounting.sales_tax', 'credit', erp_private.in_base(x.tax_amount, x.exchange_rate)),
      jsonb_build_object('account', 'accounting.cogs', 'debit', cost),
      jsonb_build_object('account', 'accounting.stock', 'credit', cost)))
  where x.id = v.id returning * into v;
  return v;
end $$;
comment on function erp.issue_invoice(bigint, bigint, bigint, jsonb, date) is
  E'Invoices what was delivered of an order (or lines [{sales_order_item_id, qty}]), a shipment, or a draft invoice\n@module accounting';

-- Whoever cancels an order has its lines locked first, and so has who calls this.
create function erp_private.check_invoiced_orders(v erp.invoices) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  o sales_orders;
begin
  select s.* into o from invoice_items x join sales_order_items i on i.id = x.sales_order_item_id join sales_orders s on s.id = i.sales_order_id
  where x.invoice_id = v.id and (s.status in ('draft', 'cancelled') or s.customer_id <> v.customer_id) limit 1;
  if o.customer_id <> v.customer_id then
    perform erp_private.fail('23514', 'invoices_items_customer', format('order %s is one of another customer', coalesce(o.order_no, o.id::text)),
      hint => 'Take its lines off this invoice.');
  elsif found then
    perform erp_private.fail('23514', 'sales_orders_status_flow', format('an order that is %s is not invoiced', o.status),
      hint => 'Confirm it first.');
  end if;
end $$;

create function erp_private.due_on(day date, term bigint) returns date
language sql stable security definer set search_path = erp, pg_temp as $$
  select day + coalesce((select t.net_days from payment_terms t where t.id = term), 0)
$$;

create function erp_private.draft_order_invoice(doc bigint, lines jsonb, day date) returns erp.invoices
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  o sales_orders;
  v invoices;
begin
  perform from sales_order_items i where i.sales_order_id = doc order by i.id for no key update;
  select * into o from sales_orders s where s.id = doc for no key update;
  if not found then
    perform erp_private.fail('P0002', 'sales_orders_pkey', format('there is no sales order %s', doc));
  end if;
  if o.status in ('draft', 'cancelled') then
    perform erp_private.fail('23514', 'sales_orders_status_flow', format('an order that is %s is not invoiced', o.status));
  end if;
  perform erp_private.check_order_lines(o.id, lines);
  insert into invoices (kind, customer_id, sales_order_id, invoice_date, due_date, currency_code, exchange_rate)
  values ('sales', o.customer_id, o.id, day, erp_private.due_on(day, o.payment_term_id), o.currency_code, o.exchange_rate)
  returning * into v;
  insert into invoice_items (invoice_id, line_no, product_id, description, qty, unit_price, discount_pct, tax_rate, sales_order_item_id)
  select v.id, row_number() over (order by i.line_no), i.product_id, coalesce(i.description, p.name),
    coalesce(w.qty, i.delivered_qty - i.invoiced_qty), i.unit_price, i.discount_pct, i.tax_rate, i.id
  from sales_order_items i
  join products p on p.id = i.product_id
  left join jsonb_to_recordset(lines) w(sales_order_item_id bigint, qty numeric) on w.sales_order_item_id = i.id
  where i.sales_order_id = o.id and (lines is null or w.sales_order_item_id is not null)
    and coalesce(w.qty, i.delivered_qty - i.invoiced_qty) > 0;
  if not found then
    perform erp_private.fail('23514', 'invoices_items_required', 'nothing of this order waits for an invoice');
  end if;
  if o.discount_amount > 0 then
    update invoices x set discount_amount = erp_private.discount_share(o, x) where x.id = v.id;
  end if;
  return v;
end $$;

-- An invoice has as much of the order's discount as it has of its lines; what rounding leaves goes with the invoice that completes it.
create function erp_private.discount_share(o erp.sales_orders, v erp.invoices) returns numeric
language sql stable security definer set search_path = erp, pg_temp as $$
  select case when r.complete then o.discount_amount - r.given
    else least(round(o.discount_amount * v.subtotal / nullif(o.subtotal, 0), 2), o.discount_amount - r.given) end
  from (select
    coalesce((select sum(x.discount_amount) from invoices x
              where x.sales_order_id = o.id and x.kind = 'sales' and x.status <> 'cancelled' and x.id <> v.id), 0) as given,
    not exists (select from sales_order_items i where i.sales_order_id = o.id and i.qty > i.invoiced_qty
      + coalesce((select sum(x.qty) from invoice_items x where x.invoice_id = v.id and x.sales_order_item_id = i.id), 0)) as complete) r
$$;

create function erp_private.draft_shipment_invoice(doc bigint, day date) returns erp.invoices
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  s shipments;
  v invoices;
begin
  select * into s from shipments x where x.id = doc for no key update;
  if not found or s.invoice_id is not null then
    perform erp_private.fail('P0002', 'shipments_pkey', format('there is no shipment %s without an invoice', doc));
  end if;
  if s.status in ('booked', 'cargo_ready', 'cancelled') then
    perform erp_private.fail('23514', 'shipments_status_flow', format('a shipment that is %s is not invoiced', s.status),
      hint => 'It is invoiced once it is loaded.');
  end if;
  if (select count(distinct o.currency_code) from carton_items i join cartons c on c.id = i.carton_id
      join buyer_order_lines l on l.id = i.buyer_order_line_id join buyer_orders o on o.id = l.buyer_order_id
      where c.shipment_id = s.id) > 1 then
    perform erp_private.fail('23514', 'invoices_one_currency', 'the orders of this shipment are in several currencies');
  end if;
  insert into invoices (kind, customer_id, shipment_id, invoice_date, due_date, currency_code)
  select 'sales', b.customer_id, s.id, day, erp_private.due_on(day, c.payment_term_id), coalesce(
    (select o.currency_code from carton_items i join cartons x on x.id = i.carton_id
     join buyer_order_lines l on l.id = i.buyer_order_line_id join buyer_orders o on o.id = l.buyer_order_id
     where x.shipment_id = s.id limit 1), c.currency_code)
  from buyers b join customers c on c.id = b.customer_id where b.id = s.buyer_id
  returning * into v;
  insert into invoice_items (invoice_id, line_no, product_id, description, qty, unit_price)
  select v.id, row_number() over (order by t.line, t.product_id), t.product_id, p.name, t.qty, t.price
  from (select i.buyer_order_line_id as line, z.product_id, l.unit_price as price, sum(i.qty) as qty
        from carton_items i join cartons c on c.id = i.carton_id
        join buyer_order_lines l on l.id = i.buyer_order_line_id
        join buyer_order_sizes z on z.buyer_order_line_id = i.buyer_order_line_id and z.size_id = i.size_id
        where c.shipment_id = s.id group by 1, 2, 3) t
  join products p on p.id = t.product_id;
  if not found then
    perform erp_private.fail('23514', 'invoices_items_required', 'the shipment is empty');
  end if;
  update shipments x set invoice_id = v.id where x.id = s.id;
  return v;
end $$;

create function erp.book_purchase_invoice(purchase_order_id bigint, supplier_invoice_no text, invoice_date date default current_date)
returns erp.invoices
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  o purchase_orders;
  v invoices;
begin
  perform erp_private.require_role('erp_accountant', 'erp_admin');
  perform from purchase_order_items i where i.purchase_order_id = book_purchase_invoice.purchase_order_id
  order by i.id for no key update;
  select * into o from purchase_orders p where p.id = book_purchase_invoice.purchase_order_id for no key update;
  if not found then
    perform erp_private.fail('P0002', 'purchase_orders_pkey', format('there is no purchase order %s', purchase_order_id));
  end if;
  insert into invoices (kind, supplier_invoice_no, supplier_id, purchase_order_id, invoice_date, due_date, currency_code, exchange_rate)
  values ('purchase', book_purchase_invoice.supplier_invoice_no, o.supplier_id, o.id, book_purchase_invoice.invoice_date,
    erp_private.due_on(book_purchase_invoice.invoice_date, o.payment_term_id), o.currency_code, o.exchange_rate)
  returning * into v;
  insert into invoice_items (invoice_id, line_no, product_id, description, qty, unit_price, tax_rate, purchase_order_item_id)
  select v.id, i.line_no, i.product_id, p.name, i.received_qty - i.invoiced_qty, i.unit_price, i.tax_rate, i.id
  from purchase_order_items i join products p on p.id = i.product_id
  where i.purchase_order_id = o.id and i.received_qty > i.invoiced_qty;
  if not found then
    perform erp_private.fail('23514', 'invoices_items_required', 'nothing of this order waits for an invoice');
  end if;
  update purchase_order_items i set invoiced_qty = i.received_qty where i.purchase_order_id = o.id and i.received_qty > i.invoiced_qty;
  update invoices x set status = 'issued', invoice_no = erp_private.next_no('purchase_invoices', 'PINV', x.invoice_date),
    journal_entry_id = erp_private.post_entry(x.invoice_date, 'purchase', 'invoices', x.id, 'Invoice ' || x.supplier_invoice_no,
      jsonb_build_array(
        jsonb_build_object('account', 'accounting.received_not_billed', 'debit', erp_private.in_base(x.subtotal, x.exchange_rate),
          'supplier_id', x.supplier_id),
        jsonb_build_object('account', 'accounting.purchase_tax', 'debit', erp_private.in_base(x.tax_amount, x.exchange_rate)),
        jsonb_build_object('account', 'accounting.payable', 'credit', x.base_total, 'supplier_id', x.supplier_id)))
  where x.id = v.id returning * into v;
  return v;
end $$;
comment on function erp.book_purchase_invoice(bigint, text, date) is
  E'Books the invoice of a supplier for what was received; the same paper is booked once\n@module accounting';

-- What a payment does to the books: the bank has the amount at the rate of the day, the invoices go off at the rate that they were
-- booked at, what is left over waits at the rate of the day, and the rest is a gain or a loss of exchange.
create function erp_private.payment_lines(p erp.payments) returns jsonb
language plpgsql stable security definer set search_path = erp, pg_temp as $$
declare
  settled numeric := (select coalesce(sum(a.base_amount), 0) from payment_allocations a where a.payment_id = p.id)
    + erp_private.in_base(p.amount - p.allocated_amount, p.exchange_rate);
  gain numeric := case p.direction when 'in' then p.base_amount - settled else settled - p.base_amount end;
  bank text := (select a.code from accounts a where a.id = p.account_id);
begin
  return case p.direction
    when 'in' then jsonb_build_array(
      jsonb_build_object('account', bank, 'debit', p.base_amount),
      jsonb_build_object('account', 'accounting.receivable', 'credit', settled, 'customer_id', p.customer_id, 'supplier_id', p.supplier_id))
    else jsonb_build_array(
      jsonb_build_object('account', 'accounting.payable', 'debit', settled, 'customer_id', p.customer_id, 'supplier_id', p.supplier_id),
      jsonb_build_object('account', bank, 'credit', p.base_amount)) end
    || jsonb_build_object('account', 'accounting.exchange', case when gain > 0 then 'credit' else 'debit' end, abs(gain));
end $$;

create function erp.register_payment(amount numeric, method text, customer_id bigint default null, supplier_id bigint default null,
  paid_on date default current_date, reference text default null, allocations jsonb default null, account text default null,
  currency text default null, exchange_rate numeric default null)
returns erp.payments
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  p payments;
  r record;
  left_over numeric;
  money text := coalesce(currency, (select c.currency_code from customers c where c.id = register_payment.customer_id),
    (select s.currency_code from suppliers s where s.id = register_payment.supplier_id), erp_private.setting_text('company.base_currency'));
begin
  perform erp_private.require_role('erp_accountant', 'erp_admin');
  -- Two payments of one party would pay the same invoice.
  perform from customers c where c.id = register_payment.customer_id for no key update;
  perform from suppliers s where s.id = register_payment.supplier_id for no key update;
  insert into payments (direction, customer_id, supplier_id, method, account_id, amount, paid_on, reference, currency_code, exchange_rate)
  values (case when register_payment.customer_id is not null then 'in' else 'out' end, register_payment.customer_id,
    register_payment.supplier_id, register_payment.method, (select a.id from accounts a where a.code = coalesce(register_payment.account,
      (select b.code from accounts b where b.subtype = 'bank' and b.currency_code = money and b.is_active order by b.code limit 1),
      erp_private.setting_text('accounting.bank'))),
    register_payment.amount, register_payment.paid_on, register_payment.reference, money, coalesce(register_payment.exchange_rate, 1))
  returning * into p;
  if p.account_id is null then
    perform erp_private.fail('23503', 'payments_account_id_fkey', format('there is no account %s', account));
  end if;
  if (select a.subtype not in ('bank', 'cash') or a.is_group or not a.is_active from accounts a where a.id = p.account_id) then
    perform erp_private.fail('23514', 'payments_account_money', 'money goes through an active bank or cash account');
  end if;
  left_over := p.amount;
  -- Named invoices, else the oldest first. Locked in the order of their ids, as everybody does.
  perform from invoices v where (v.customer_id = p.customer_id or v.supplier_id = p.supplier_id)
    and v.status in ('issued', 'partially_paid') order by v.id for no key update;
  for r in
    select v.id, v.balance, w.amount as wanted
    from invoices v left join jsonb_to_recordset(allocations) w(invoice_id bigint, amount numeric) on w.invoice_id = v.id
    where (v.customer_id = p.customer_id and v.kind = 'sales' or v.supplier_id = p.supplier_id and v.kind = 'purchase')
      and v.status in ('issued', 'partially_paid') and v.balance > 0
      and case when allocations is null then v.currency_code = p.currency_code else w.invoice_id is not null end
    order by v.due_date, v.id
  loop
    exit when left_over <= 0;
    insert into payment_allocations (payment_id, invoice_id, amount)
    values (p.id, r.id, coalesce(r.wanted, least(r.balance, left_over)));
    left_over := left_over - coalesce(r.wanted, least(r.balance, left_over));
  end loop;
  if allocations is not null and (select count(*) from payment_allocations x where x.payment_id = p.id) < jsonb_array_length(allocations) then
    perform erp_private.fail('23514', 'payment_allocations_open', 'one of the invoices is not an open one of this party');
  end if;
  select * into p from payments x where x.id = p.id;
  update payments x set journal_entry_id = erp_private.post_entry(x.paid_on, case x.method when 'cash' then 'cash' else 'bank' end,
    'payments', x.id, 'Payment ' || x.payment_no, erp_private.payment_lines(p))
  where x.id = p.id returning * into p;
  return p;
end $$;
comment on function erp.register_payment(numeric, text, bigint, bigint, date, text, jsonb, text, text, numeric) is
  E'Books a payment from a customer or to a supplier, in their currency or the one that is named, and allocates it: '
  '[{invoice_id, amount}], or the oldest invoices of that currency first\n@module accounting';

create function erp.cancel_payment(id bigint, reason text) returns erp.payments
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  p payments;
begin
  perform erp_private.require_role('erp_accountant', 'erp_admin');
  select * into p from payments x where x.id = cancel_payment.id for no key update;
  if not found then
    perform erp_private.fail('P0002', 'payments_pkey', format('there is no payment %s', id));
  end if;
  if p.status <> 'posted' then
    perform erp_private.fail('23514', 'payments_status_flow', format('payment %s is %s already', p.payment_no, p.status));
  end if;
  delete from payment_allocations a where a.payment_id = p.id;
  perform erp_private.because(reason);
  update payments x set status = 'cancelled' where x.id = p.id returning * into p;
  perform erp_private.take_back(p.journal_entry_id, current_date);
  return p;
end $$;
comment on function erp.cancel_payment(bigint, text) is E'Takes a payment back: its allocations and its entry\n@module accounting';

-- What was not paid can be taken back: the number stays taken, the entry is reversed, what was billed waits for an invoice again.
create function erp.cancel_invoice(id bigint, reason text) returns erp.invoices
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  v invoices;
begin
  perform erp_private.require_role('erp_accountant', 'erp_admin');
  select * into v from invoices x where x.id = cancel_invoice.id for update;
  if not found then
    perform erp_private.fail('P0002', 'invoices_pkey', format('there is no invoice %s', id));
  end if;
  if v.status not in ('draft', 'issued') then
    perform erp_private.fail('23514', 'invoices_status_flow', format('invoice %s is %s', coalesce(v.invoice_no, v.id::text), v.status),
      hint => case when v.paid_amount > 0 then 'Cancel its payments first (cancel_payment).' else '' end);
  end if;
  if v.status = 'issued' then
    perform from sales_order_items i where i.id in (select x.sales_order_item_id from invoice_items x where x.invoice_id = v.id)
    order by i.id for no key update;
    perform from purchase_order_items i where i.id in (select x.purchase_order_item_id from invoice_items x where x.invoice_id = v.id)
    order by i.id for no key update;
    update sales_order_items i set invoiced_qty = i.invoiced_qty - l.qty
    from (select x.sales_order_item_id, sum(x.qty) as qty from invoice_items x where x.invoice_id = v.id group by 1) l
    where i.id = l.sales_order_item_id;
    update purchase_order_items i set invoiced_qty = i.invoiced_qty - l.qty
    from (select x.purchase_order_item_id, sum(x.qty) as qty from invoice_items x where x.invoice_id = v.id group by 1) l
    where i.id = l.purchase_order_item_id;
    perform erp_private.take_back(v.journal_entry_id, current_date);
  end if;
  update shipments s set invoice_id = null where s.invoice_id = v.id;
  perform erp_private.because(reason);
  update invoices x set status = 'cancelled' where x.id = v.id returning * into v;
  return v;
end $$;
comment on function erp.cancel_invoice(bigint, text) is
  E'Takes an unpaid invoice back: its entry is reversed, what it billed waits for another one\n@module accounting';
