-- Demo data: activities, notifications, attachments, and the histories.
-- SPDX-License-Identifier: ISC

create or replace function erp_demo.fill_activities(scale text, lo int, hi int) returns bigint
language plpgsql as $$
declare
  customers int := erp_demo.n(scale, 'customers');
  users int := erp_demo.n(scale, 'users');
  last date := erp_demo.anchor() - 1;
begin
  insert into erp.activities (id, customer_id, kind, subject, body, due_at, done_at, user_id, created_at, updated_at, created_by)
  overriding system value
  select i, c.id, erp_demo.pick(i, 1001, '{call,email,meeting,task,note}'::text[]),
    erp_demo.pick(i, 1002, '{Ask for the order,Send price list,Complaint,Follow up offer,Visit,Birthday 🎂,Numune gönder}'::text[]),
    case when i % 7 = 0 then repeat('Spoke about the next season. ', (1 + i % 9)::int) else '' end, t.at,
    case when erp_demo.h(i, 1003) % 10 > 1 or t.at < last - 60 then t.at + interval '1 hour' end, coalesce(c.salesperson_id, 3), t.at, t.at,
    coalesce(c.salesperson_id, 3)
  from generate_series(lo, hi) i
  join erp.customers c on c.id = erp_demo.zipf(i, 1004, customers, 1.5)
  cross join lateral (select erp_demo.at(last - (erp_demo.h(i, 1005) % 700)::int + 14, i, 1006) as at) t;
  perform erp_demo.fix_identity('activities');
  return hi - lo + 1;
end $$;

create or replace function erp_demo.fill_notifications(scale text, lo int, hi int) returns bigint
language plpgsql as $$
declare
  users int := erp_demo.n(scale, 'users');
begin
  insert into erp.notifications (id, user_id, kind, title, body, entity, entity_id, severity, read_at, created_at, updated_at)
  overriding system value
  select i, 1 + erp_demo.h(i, 1011) % users, k.kind, initcap(replace(k.kind, '_', ' ')), 'Details are in the document.', k.entity,
    1 + erp_demo.h(i, 1012) % 100, erp_demo.pick(i, 1013, '{info,info,info,warn,error}'::text[]),
    case when erp_demo.h(i, 1014) % 8 > 0 then t.at + interval '3 hours' end, t.at, t.at
  from generate_series(lo, hi) i
  cross join lateral (select (array['order_confirmed', 'low_stock', 'sample_decided', 'invoice_overdue'])[1 + i % 4] as kind,
    (array['sales_orders', 'products', 'samples', 'invoices'])[1 + i % 4] as entity) k
  cross join lateral (select erp_demo.at(erp_demo.anchor() - 1 - (erp_demo.h(i, 1015) % 180)::int, i, 1016) as at) t;
  perform erp_demo.fix_identity('notifications');
  return hi - lo + 1;
end $$;

create or replace function erp_demo.fill_attachments(scale text) returns bigint
language plpgsql as $$
declare
  total int := erp_demo.n(scale, 'attachments');
begin
  insert into erp.attachments (id, entity, entity_id, file_name, mime, size_bytes, sha256, storage_key, created_at, updated_at, created_by)
  overriding system value
  select i, k.entity, 1 + erp_demo.h(i, 1021) % erp_demo.n(scale, k.entity), 'file ' || i || k.suffix, k.mime, 1000 + erp_demo.h(i, 1022) % 5000000,
    sha256(('file' || i)::bytea), 'files/' || md5('file' || i), t.at, t.at, 6
  from generate_series(1, total) i
  cross join lateral (select (array['styles', 'samples', 'sales_orders', 'customers'])[1 + i % 4] as entity,
    (array['.pdf', '.jpg', '.xlsx', '.pdf'])[1 + i % 4] as suffix,
    (array['application/pdf', 'image/jpeg', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'application/pdf'])[1 + i % 4] as mime) k
  cross join lateral (select erp_demo.at(erp_demo.anchor() - 1 - (erp_demo.h(i, 1023) % 500)::int, i, 1024) as at) t;
  perform erp_demo.fix_identity('attachments');
  return total;
end $$;

-- The way of each order of the range, as its status says it went.
create or replace function erp_demo.fill_order_events(lo int, hi int) returns bigint
language plpgsql as $$
declare
  made bigint;
begin
  insert into erp.doc_events (doc_type, doc_id, from_status, to_status, at, user_id, reason)
  select 'sales_orders', o.id, e.was, e.is_now, o.created_at + e.after, o.created_by, case e.is_now when 'cancelled' then o.cancel_reason end
  from erp.sales_orders o
  join (values ('draft', 'confirmed', 1, interval '2 hours', '{confirmed,picking,shipped,delivered,closed,on_hold}'::text[]),
    ('confirmed', 'picking', 2, interval '4 hours', '{picking}'), ('confirmed', 'shipped', 2, interval '2 days', '{shipped,delivered,closed}'),
    ('shipped', 'delivered', 3, interval '5 days', '{delivered,closed}'), ('delivered', 'closed', 4, interval '30 days', '{closed}'),
    ('confirmed', 'on_hold', 2, interval '1 day', '{on_hold}'), ('draft', 'cancelled', 1, interval '1 day', '{cancelled}'))
    e(was, is_now, n, after, statuses) on o.status = any (e.statuses)
  where o.id between lo and hi
  order by o.id, e.n;
  get diagnostics made = row_count;
  perform erp_demo.fix_identity('doc_events');
  return made;
end $$;

create or replace function erp_demo.fill_audit(scale text, lo int, hi int) returns bigint
language plpgsql as $$
declare
  users int := erp_demo.n(scale, 'users');
  total int := erp_demo.n(scale, 'audit');
begin
  if lo = 1 then
    perform erp_private.make_partitions('audit_log', '2025-01-01', '2026-07-01');
    perform erp_demo.rest_from_vacuum(array_agg(p.relid), true) from pg_partition_tree('erp.audit_log') p where p.isleaf;
  end if;
  insert into erp.audit_log (id, at, user_id, action, table_name, row_id, changed, request_id)
  overriding system value
  select i, erp_demo.at(erp_demo.anchor() - 1 - (360 - i::bigint * 360 / total)::int, i, 1031), 1 + erp_demo.h(i, 1032) % users,
    k.action, case when k.action in ('I', 'U', 'D') then erp_demo.pick(i, 1033, '{sales_orders,products,customers,samples,invoices}'::text[]) end,
    case when k.action in ('I', 'U', 'D') then (1 + erp_demo.h(i, 1034) % 1000)::text end,
    case when k.action = 'U' then jsonb_build_object('note', jsonb_build_array('', 'changed ' || i)) end, md5('request' || i)
  from generate_series(lo, hi) i
  cross join lateral (select erp_demo.pick(i, 1035, '{I,U,U,U,U,U,D,login,login,logout,login_failed}'::text[]) as action) k;
  perform erp_demo.fix_identity('audit_log');
  return hi - lo + 1;
end $$;

-- The last steps: everything must add up.
create or replace function erp_demo.must_add_up(checks text) returns bigint
language plpgsql as $$
declare
  bad text;
  done bigint;
begin
  execute format('select string_agg(check_name || '': '' || bad_count, ''; '') filter (where bad_count <> 0), count(*) from %s()', checks)
  into bad, done;
  if bad is not null then
    raise exception 'the demo data does not add up: %', bad;
  end if;
  return done;
end $$;
create or replace function erp_demo.finish() returns bigint
language plpgsql as $$
begin
  drop table if exists erp_demo.supply, erp_demo.bills, erp_demo.entries;
  return 0;
end $$;

-- What the dashboard counts.
create or replace function erp_demo.fill_tallies() returns bigint
language sql as $$
  insert into erp_private.tallies select 'products', count(*) from erp.products where is_active
  union all select 'customers', count(*) from erp.customers where is_active;
  select 2::bigint;
$$;

-- A payment that was cancelled: its entry and the one that takes it back.
create or replace function erp_demo.book_and_reverse(payment bigint) returns void
language plpgsql as $$
declare
  p erp.payments := (select x from erp.payments x where x.id = payment);
  first bigint;
  second bigint;
begin
  insert into erp.journal_entries (entry_no, entry_date, journal, state, source_type, source_id, memo, total_debit)
  values (erp_private.next_no('journal_entries', 'JE', p.paid_on), p.paid_on, 'bank', 'posted', 'payments', p.id, 'Payment ' || p.payment_no, p.base_amount)
  returning id into first;
  insert into erp.journal_entries (entry_no, entry_date, journal, state, source_type, source_id, reverses_id, memo, total_debit)
  values (erp_private.next_no('journal_entries', 'JE', p.paid_on), p.paid_on, 'bank', 'posted', 'journal_entries', first, first,
    'Reversal of payment ' || p.payment_no, p.base_amount)
  returning id into second;
  insert into erp.journal_lines (journal_entry_id, line_no, account_id, debit, credit, customer_id)
  select e.id, l.line, a.id, case when e.sign = l.sign then p.base_amount else 0 end, case when e.sign = l.sign then 0 else p.base_amount end,
    case l.code when '1200' then p.customer_id end
  from (values (first, 1), (second, -1)) e(id, sign), (values (1, '1010', 1), (2, '1200', -1)) l(line, code, sign)
  join erp.accounts a on a.code = l.code;
  update erp.payments x set journal_entry_id = first where x.id = p.id;
end $$;

-- A few documents in statuses that the course of business leaves too seldom to be met in a small set: just begun, or given up.
create or replace function erp_demo.fill_rare() returns bigint
language plpgsql as $$
declare
  day date := erp_demo.anchor() - 1;
begin
  insert into erp.deliveries (sales_order_id, warehouse_id, status)
  select o.id, o.warehouse_id, s from (select * from erp.sales_orders o where o.status = 'confirmed' order by o.id limit 2) o,
    unnest('{draft,cancelled}'::text[]) s order by o.id, s;
  insert into erp.goods_receipts (purchase_order_id, supplier_id, warehouse_id, status, received_at)
  select o.id, o.supplier_id, o.warehouse_id, s, erp_demo.at(day, o.id, 1041)
  from (select * from erp.purchase_orders o where o.status = 'sent' order by o.id limit 2) o, unnest('{draft,cancelled}'::text[]) s
  order by o.id, s;
  insert into erp.invoices (kind, customer_id, status, invoice_date, due_date, subtotal, note)
  select 'sales', c.id, s, day, day + 30, 120, 'Consulting' from (select id from erp.customers order by id limit 2) c,
    unnest('{draft,cancelled}'::text[]) s order by c.id, s;
  insert into erp.invoice_items (invoice_id, line_no, description, qty, unit_price)
  select v.id, 1, 'Consulting', 2, 60 from erp.invoices v where v.note = 'Consulting' order by v.id;
  insert into erp.payments (payment_no, direction, customer_id, method, account_id, amount, paid_on, reference, status)
  select 'PAY-X' || lpad(c.id::text, 6, '0'), 'in', c.id, 'cheque', (select a.id from erp.accounts a where a.code = '1010'), 75, day,
    'CHQ ' || c.id, 'cancelled'
  from (select id from erp.customers order by id limit 2) c;
  perform erp_demo.book_and_reverse(p.id) from (select id from erp.payments where status = 'cancelled' order by id) p;
  update erp.production_orders p set status = 'cutting'
  where p.id = (select min(x.id) from erp.production_orders x where x.status = 'materials_issued')
    and not exists (select from erp.production_orders x where x.status = 'cutting');
  update erp.production_orders p set status = 'packing'
  where p.id = (select min(x.id) from erp.production_orders x where x.status = 'finishing')
    and not exists (select from erp.production_orders x where x.status = 'packing');
  perform erp_demo.fix_identity('deliveries', 'goods_receipts', 'invoices', 'invoice_items', 'payments', 'production_orders',
    'journal_entries', 'journal_lines');
  return 26;
end $$;
