-- Demo data: chart of accounts, then invoices, payments and journals, planned in one go because their numbers have no gaps.
-- SPDX-License-Identifier: ISC

create or replace function erp_demo.fill_accounts() returns bigint
language plpgsql as $$
begin
  insert into erp.accounts (code, name, type, is_group) values ('1', 'Assets', 'asset', true), ('2', 'Liabilities', 'liability', true),
    ('3', 'Equity', 'equity', true), ('4', 'Income', 'income', true), ('5', 'Cost of sales', 'expense', true), ('6', 'Expenses', 'expense', true);
  insert into erp.accounts (code, name, parent_id, type, subtype, currency_code)
  select t.code, t.name, p.id, p.type, t.subtype, case t.code when '1010' then 'USD' when '1011' then 'EUR' end
  from (values ('1010', 'Bank USD', 'bank'), ('1011', 'Bank EUR', 'bank'), ('1020', 'Cash', 'cash'), ('1200', 'Receivables', 'receivable'),
    ('1300', 'Stock', 'stock'), ('1400', 'Tax to reclaim', 'tax'), ('2100', 'Payables', 'payable'), ('2110', 'Received, not billed', 'accrual'),
    ('2300', 'Tax owed', 'tax'), ('3100', 'Share capital', 'other'), ('3200', 'Retained earnings', 'other'), ('4000', 'Sales', 'sales'),
    ('4100', 'Garment exports', 'sales'), ('4900', 'Other income', 'other'), ('5000', 'Cost of goods sold', 'cogs'),
    ('6000', 'Salaries', 'other'), ('6100', 'Rent', 'other'), ('6200', 'Freight', 'other'), ('6300', 'Bank charges', 'other'),
    ('6800', 'Exchange differences', 'other'), ('6900', 'Rounding differences', 'other')) t(code, name, subtype)
  join erp.accounts p on p.code = left(t.code, 1);
  insert into erp.accounts (code, name, parent_id, type, currency_code)
  select '64' || lpad(i::text, 2, '0'), 'Cost centre ' || i, p.id, 'expense', null from generate_series(1, 24) i, erp.accounts p where p.code = '6';
  insert into erp.fiscal_periods (name, period, status)
  select to_char(d, 'YYYY-MM'), daterange(d::date, (d + interval '1 month')::date), case when d < date '2025-07-01' then 'closed' else 'open' end
  from generate_series(timestamp '2023-01-01', '2030-12-01', interval '1 month') d;
  perform erp_demo.fix_identity('accounts');
  return 51 + 96;
end $$;

create or replace function erp_demo.plan_books() returns bigint
language plpgsql as $$
declare
  made bigint;
begin
  drop table if exists erp_demo.entries, erp_demo.bills;
  create table erp_demo.bills as
  with bill as (
    select 'sales' as kind, 'sales_orders' as source_type, o.id as source_id, o.customer_id, null::bigint as supplier_id,
      least(d.shipped_at::date + 3, erp_demo.anchor() - 1) as day, o.payment_term_id as term, o.currency_code as currency,
      o.exchange_rate as rate, o.subtotal, o.tax_amount as tax, c.cost
    from erp.sales_orders o join erp.deliveries d on d.id = o.id
    join (select i.sales_order_id, round(sum(i.qty * p.cost_price), 2) as cost
          from erp.sales_order_items i join erp.products p on p.id = i.product_id group by 1) c on c.sales_order_id = o.id
    where o.status in ('delivered', 'closed')
    union all
    select 'sales', 'shipments', s.id, b.customer_id, null, least(s.etd + 3, erp_demo.anchor() - 1), 10, 'USD', 1, l.subtotal, 0, l.cost
    from erp.shipments s join erp.buyers b on b.id = s.buyer_id
    join (select c.shipment_id, round(sum(i.qty * ol.unit_price), 2) as subtotal, round(sum(i.qty * p.cost_price), 2) as cost
          from erp.cartons c join erp.carton_items i on i.carton_id = c.id
          join erp.buyer_order_lines ol on ol.id = i.buyer_order_line_id
          join erp.buyer_order_sizes z on z.buyer_order_line_id = i.buyer_order_line_id and z.size_id = i.size_id
          join erp.products p on p.id = z.product_id group by 1) l on l.shipment_id = s.id
    where s.status in ('arrived', 'cleared', 'delivered')
    union all
    select 'purchase', 'purchase_orders', o.id, null, o.supplier_id, least(o.expected_date + 6, erp_demo.anchor() - 1), o.payment_term_id, o.currency_code,
      o.exchange_rate, o.subtotal, 0, 0
    from erp.purchase_orders o where o.billing_status = 'full'),
  numbered as (
    select b.*, row_number() over (order by b.day, b.kind, b.source_type, b.source_id) as id,
      row_number() over (partition by b.kind, extract(year from b.day) order by b.day, b.source_type, b.source_id) as no,
      b.day + coalesce(t.net_days, 30) as due
    from bill b left join erp.payment_terms t on t.id = b.term),
  paid as (
    select n.*, case when erp_demo.h(n.id, 801) % 25 > 0 then n.due - 6 + floor(exp(1.6::float8 + erp_demo.bell(n.id, 802)))::int end as pay_day,
      case when erp_demo.h(n.id, 805) % 18 = 0 then 0.5 else 1 end as share
    from numbered n)
  -- Amounts in the base currency: of the invoice, and of its payment at the rate of the invoice and at that of its own month.
  select t.*, t.base_total - round(t.subtotal * t.rate, 2) - round(t.tax * t.rate, 2) as cents,
    case when t.pay_amount = t.subtotal + t.tax then t.base_total else least(round(t.pay_amount * t.rate, 2), t.base_total) end as settled,
    round(t.pay_amount * t.pay_rate, 2) as pay_base, case when t.currency = 'EUR' then '1011' else '1010' end as bank
  from (
    select p.id, p.kind, p.source_type, p.source_id, p.customer_id, p.supplier_id, p.day, p.due, p.no, p.currency, p.rate, p.subtotal, p.tax,
      p.cost, d.pay_day, round((p.subtotal + p.tax) * p.share, 2) as pay_amount, round((p.subtotal + p.tax) * p.rate, 2) as base_total,
      coalesce(x.rate, 1) as pay_rate
    from paid p
    cross join lateral (select case when greatest(p.pay_day, p.day) < erp_demo.anchor() then greatest(p.pay_day, p.day) end as pay_day) d
    left join erp.exchange_rates x on x.currency_code = p.currency and x.valid_from = date_trunc('month', d.pay_day)::date) t;
  alter table erp_demo.bills add primary key (id);
  create index on erp_demo.bills (source_type, source_id);
  create table erp_demo.entries as
  select row_number() over (order by e.day, e.source_type, e.source_id) as id,
    row_number() over (partition by extract(year from e.day) order by e.day, e.source_type, e.source_id) as no, e.*
  from (
    select 'invoices' as source_type, b.id as source_id, b.day from erp_demo.bills b
    union all select 'payments', b.id, b.pay_day from erp_demo.bills b where b.pay_day is not null
    union all select 'goods_receipts', g.id, g.received_at::date from erp.goods_receipts g where g.status = 'posted') e;
  alter table erp_demo.entries add primary key (id);
  create unique index on erp_demo.entries (source_type, source_id);
  analyze erp_demo.bills, erp_demo.entries;
  select count(*) into made from erp_demo.entries;
  insert into erp_private.doc_sequences (doc_type, year, next_no, prefix)
  select case kind when 'sales' then 'invoices' else 'purchase_invoices' end, extract(year from day), max(no) + 1,
    case kind when 'sales' then 'INV' else 'PINV' end from erp_demo.bills group by kind, 2
  union all select 'journal_entries', extract(year from day), max(no) + 1, 'JE' from erp_demo.entries group by 2
  on conflict (doc_type, year) do update set next_no = excluded.next_no;
  return made;
end $$;

create or replace function erp_demo.fill_journal(part int, parts int) returns bigint
language plpgsql as $$
declare
  total bigint := (select max(id) from erp_demo.entries);
  lo bigint := total * part / parts + 1;
  hi bigint := total * (part + 1) / parts;
  made bigint;
begin
  create temp table demo_postings on commit drop as
    select e.id, e.no, e.day, e.source_type, e.source_id, l.*
    from erp_demo.entries e join erp_demo.bills b on b.id = e.source_id and e.source_type in ('invoices', 'payments')
    cross join lateral (
      select * from (values
        ('invoices', 'sales', 1, '1200', b.base_total, 0::numeric), ('invoices', 'sales', 2, '4000', 0, round(b.subtotal * b.rate, 2)),
        ('invoices', 'sales', 3, '2300', 0, round(b.tax * b.rate, 2)), ('invoices', 'sales', 4, '5000', b.cost, 0),
        ('invoices', 'sales', 5, '1300', 0, b.cost), ('invoices', 'sales', 6, '6900', greatest(-b.cents, 0), greatest(b.cents, 0)),
        ('invoices', 'purchase', 1, '2110', b.base_total, 0), ('invoices', 'purchase', 2, '2100', 0, b.base_total),
        ('payments', 'sales', 1, b.bank, b.pay_base, 0), ('payments', 'sales', 2, '1200', 0, b.settled),
        ('payments', 'sales', 3, '6800', greatest(b.settled - b.pay_base, 0), greatest(b.pay_base - b.settled, 0)),
        ('payments', 'purchase', 1, '2100', b.settled, 0), ('payments', 'purchase', 2, b.bank, 0, b.pay_base),
        ('payments', 'purchase', 3, '6800', greatest(b.pay_base - b.settled, 0), greatest(b.settled - b.pay_base, 0)))
        v(src, kind, line, account, debit, credit)
      where v.src = e.source_type and v.kind = b.kind and v.debit + v.credit > 0) l
    where e.id between lo and hi
    union all
    select e.id, e.no, e.day, e.source_type, e.source_id, e.source_type, 'stock', l.line, l.account, l.debit, l.credit
    from erp_demo.entries e
    cross join lateral (select round(sum((i.qty_received - i.qty_rejected) * i.unit_cost), 2) as value
      from erp.goods_receipt_items i where i.goods_receipt_id = e.source_id) g
    cross join lateral (values (1, '1300', g.value, 0::numeric), (2, '2110', 0, g.value)) l(line, account, debit, credit)
    where e.source_type = 'goods_receipts' and e.id between lo and hi;
  insert into erp.journal_entries (id, entry_no, entry_date, journal, state, source_type, source_id, memo, total_debit, created_at, updated_at,
    created_by)
  overriding system value
  select p.id, 'JE-' || extract(year from p.day) || '-' || erp_private.digits(p.no, 6), p.day,
    case p.source_type when 'invoices' then max(p.kind) when 'payments' then 'bank' else 'stock' end, 'posted', p.source_type, p.source_id,
    initcap(replace(p.source_type, '_', ' ')) || ' ' || p.source_id, sum(p.debit), erp_demo.at(p.day, p.id, 811), erp_demo.at(p.day, p.id, 811), 7
  from demo_postings p group by p.id, p.no, p.day, p.source_type, p.source_id;
  insert into erp.journal_lines (id, journal_entry_id, line_no, account_id, debit, credit, customer_id, supplier_id)
  overriding system value
  select p.id * 8 + p.line, p.id, row_number() over (partition by p.id order by p.line), a.id, p.debit, p.credit,
    case when p.account = '1200' then b.customer_id end, case when p.account in ('2100', '2110') then b.supplier_id end
  from demo_postings p join erp.accounts a on a.code = p.account
  left join erp_demo.bills b on b.id = p.source_id and p.source_type <> 'goods_receipts';
  get diagnostics made = row_count;
  drop table demo_postings;
  perform erp_demo.fix_identity('journal_entries', 'journal_lines');
  return made + hi - lo + 1;
end $$;

create or replace function erp_demo.fill_invoices(part int, parts int) returns bigint
language plpgsql as $$
declare
  total bigint := (select max(id) from erp_demo.bills);
  lo bigint := total * part / parts + 1;
  hi bigint := total * (part + 1) / parts;
  made bigint;
begin
  insert into erp.invoices (id, kind, invoice_no, supplier_invoice_no, customer_id, supplier_id, sales_order_id, purchase_order_id, shipment_id,
    status, invoice_date, due_date, currency_code, exchange_rate, subtotal, tax_amount, paid_amount, journal_entry_id, created_at, updated_at, created_by)
  overriding system value
  select b.id, b.kind, case b.kind when 'sales' then 'INV-' else 'PINV-' end || extract(year from b.day) || '-' || erp_private.digits(b.no, 6),
    case b.kind when 'purchase' then 'R' || (500000 + b.source_id) end, b.customer_id, b.supplier_id,
    case b.source_type when 'sales_orders' then b.source_id end, case b.source_type when 'purchase_orders' then b.source_id end,
    case b.source_type when 'shipments' then b.source_id end,
    case when b.pay_day is null then 'issued' when b.pay_amount = b.subtotal + b.tax then 'paid' else 'partially_paid' end,
    b.day, b.due, b.currency, b.rate, b.subtotal, b.tax, case when b.pay_day is null then 0 else b.pay_amount end,
    e.id, erp_demo.at(b.day, b.id, 821), erp_demo.at(b.day, b.id, 821), 7
  from erp_demo.bills b join erp_demo.entries e on e.source_type = 'invoices' and e.source_id = b.id
  where b.id between lo and hi;
  insert into erp.invoice_items (invoice_id, line_no, product_id, description, qty, unit_price, discount_pct, tax_rate, sales_order_item_id,
    purchase_order_item_id)
  select b.id, l.line_no, l.product_id, p.name, l.qty, l.price, l.discount, l.tax, l.sale, l.purchase
  from erp_demo.bills b
  join lateral (
    select i.line_no, i.product_id, i.qty, i.unit_price as price, i.discount_pct as discount, i.tax_rate as tax, i.id as sale, null::bigint as purchase
    from erp.sales_order_items i where b.source_type = 'sales_orders' and i.sales_order_id = b.source_id
    union all
    select i.line_no, i.product_id, i.received_qty, i.unit_price, 0, 0, null, i.id
    from erp.purchase_order_items i where b.source_type = 'purchase_orders' and i.purchase_order_id = b.source_id) l on true
  join erp.products p on p.id = l.product_id
  where b.id between lo and hi
  union all
  select b.id, row_number() over (partition by b.id order by t.line, t.product_id), t.product_id, p.name, t.qty, t.price, 0, 0, null, null
  from erp_demo.bills b
  join (select c.shipment_id, i.buyer_order_line_id as line, z.product_id, ol.unit_price as price, sum(i.qty) as qty
        from erp.cartons c join erp.carton_items i on i.carton_id = c.id
        join erp.buyer_order_lines ol on ol.id = i.buyer_order_line_id
        join erp.buyer_order_sizes z on z.buyer_order_line_id = i.buyer_order_line_id and z.size_id = i.size_id
        where c.shipment_id in (select source_id from erp_demo.bills where source_type = 'shipments' and id between lo and hi)
        group by 1, 2, 3, 4) t on b.source_type = 'shipments' and t.shipment_id = b.source_id
  join erp.products p on p.id = t.product_id
  where b.id between lo and hi;
  get diagnostics made = row_count;
  update erp.shipments s set invoice_id = b.id from erp_demo.bills b
  where b.source_type = 'shipments' and b.source_id = s.id and b.id between lo and hi;
  insert into erp.payments (id, payment_no, direction, customer_id, supplier_id, method, account_id, amount, allocated_amount, paid_on, reference,
    currency_code, exchange_rate, journal_entry_id, created_at, updated_at, created_by)
  overriding system value
  select b.id, 'PAY-' || erp_private.digits(b.id, 7), case b.kind when 'sales' then 'in' else 'out' end, b.customer_id, b.supplier_id,
    erp_demo.pick(b.id, 822, '{bank,bank,bank,tt,card,lc,cheque}'::text[]), (select id from erp.accounts where code = b.bank), b.pay_amount,
    b.pay_amount, b.pay_day, 'REF' || b.id, b.currency, b.pay_rate, e.id, erp_demo.at(b.pay_day, b.id, 823), erp_demo.at(b.pay_day, b.id, 823), 7
  from erp_demo.bills b join erp_demo.entries e on e.source_type = 'payments' and e.source_id = b.id
  where b.id between lo and hi;
  insert into erp.payment_allocations (payment_id, invoice_id, amount, base_amount)
  select b.id, b.id, b.pay_amount, b.settled from erp_demo.bills b where b.pay_day is not null and b.id between lo and hi;
  perform erp_demo.fix_identity('invoices', 'invoice_items', 'payments', 'payment_allocations', 'shipments');
  perform setval('erp_private.payment_no', hi);
  return made + hi - lo + 1;
end $$;

-- The sums that posting keeps up to date.
create or replace function erp_demo.fill_account_days() returns bigint
language plpgsql as $$
declare
  made bigint;
begin
  insert into erp_private.account_days (account_id, day, debit, credit)
  select l.account_id, e.entry_date, sum(l.debit), sum(l.credit)
  from erp.journal_lines l join erp.journal_entries e on e.id = l.journal_entry_id
  where e.state = 'posted' group by 1, 2;
  get diagnostics made = row_count;
  return made;
end $$;
