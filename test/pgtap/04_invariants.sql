-- Rules that hold whoever writes, even the owner.
-- SPDX-License-Identifier: ISC

select plan(31);

-- The demo data is of its own time, whenever it is made.
create function pg_temp.made_today() returns setof text language plpgsql as $$
declare
  c record;
  n bigint;
begin
  for c in select table_name, column_name from information_schema.columns
           where table_schema = 'erp' and column_name in ('created_at', 'updated_at', 'at', 'moved_at', 'started_at') loop
    execute format('select count(*) from erp.%I where %I > now() - interval ''1 hour''', c.table_name, c.column_name) into n;
    if n > 0 then
      return next c.table_name || '.' || c.column_name;
    end if;
  end loop;
end $$;
select is_empty('select * from pg_temp.made_today()', 'no row of the demo data carries the time of its making');


select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'the demo data adds up');
create function pg_temp.unseen() returns setof text language plpgsql as $$
declare
  s record;
  found_it boolean;
begin
  for s in select doc_type, from_status as status from erp.doc_transitions union select doc_type, to_status from erp.doc_transitions loop
    execute format('select exists (select from erp.%I where status = %L)', s.doc_type, s.status) into found_it;
    if not found_it then
      return next s.doc_type || ': ' || s.status;
    end if;
  end loop;
end $$;
select is_empty('select * from pg_temp.unseen()', 'the demo data has documents in every status');

select is((select count(*) from erp.audit_log), 300::bigint, 'and left no trace of its making in the audit trail');
select throws_ok('update erp.stock_moves set qty = 1 where id = 1', '55000', null, 'the ledger is not changed');
select throws_ok('delete from erp.stock_moves where id = 1', '55000', null, 'nor shortened');
select throws_ok('truncate erp.audit_log', '55000', null, 'nor is the audit trail');
select throws_ok($$update erp.sales_orders set status = 'draft' where id = (select min(id) from erp.sales_orders where status = 'closed')$$,
  '23514', null, 'a closed order stays closed');
select throws_ok($$update erp.sales_orders set status = 'on_hold' where id = (select min(id) from erp.sales_orders where status = 'confirmed')$$,
  '23514', null, 'holding an order needs a reason');
select throws_ok($$insert into erp.stock_balances (product_id, warehouse_id, on_hand)
  values ((select min(p.id) from erp.products p where p.kind = 'service' or not exists (select from erp.stock_balances b
    where b.product_id = p.id and b.warehouse_id = 2)), 2, -1)$$, '23514', null, 'no negative stock');
select throws_ok($$update erp.stock_balances set reserved = on_hand + 1 where product_id = 1 and warehouse_id = 1$$, '23514', null,
  'nothing is reserved that is not there');
select throws_ok($$update erp.journal_entries set memo = 'x' where id = (select min(id) from erp.journal_entries where state = 'posted')$$,
  '55000', null, 'a posted entry is not changed');
select throws_ok($$delete from erp.journal_lines where journal_entry_id = (select min(id) from erp.journal_entries where state = 'posted')$$,
  '55000', null, 'nor are its lines');
select throws_ok($$insert into erp.journal_lines (journal_entry_id, line_no, account_id, debit, credit) values (1, 99, 8, 1, 1)$$,
  '55000', null, 'nothing is added to it');
select throws_ok($$insert into erp.fiscal_periods (name, period) values ('twice', '[2025-03-10,2025-03-20)')$$, '23P01', null,
  'fiscal periods do not overlap');
select throws_ok($$insert into erp.samples (buyer_id, style_id, sample_type)
  select b.id, s.id, 'fit' from erp.styles s, erp.buyers b where b.id <> s.buyer_id limit 1$$, '23503', null,
  'a sample and its style are of one buyer');
select throws_ok($$insert into erp.sample_rounds (sample_id, round) select sample_id, round + 1 from erp.sample_rounds
  where decision is null limit 1$$, '23505', null, 'one round is open');
select throws_ok($$update erp.buyer_order_sizes set sewn_qty = cut_qty + 1$$, '23514', null, 'nothing is sewn that was not cut');
select throws_ok($$update erp.product_categories set parent_id = (select id from erp.product_categories where code = 'FABRIC')
  where code = 'MATERIAL'$$, '23514', null, 'a category is not below itself');
select throws_ok($$update erp.accounts set parent_id = id where code = '1'$$, '23514', null, 'nor is an account');
select throws_ok($$insert into erp.settings (key, value) values ('no.such', '1')$$, '23514', null, 'settings are known ones');
select throws_ok($$update erp.settings set value = '"much"' where key = 'sales.over_delivery_pct'$$, '23514', null, 'of the right type');
select throws_ok($$update erp.style_materials set consumption_per_piece = 9 where maturity = 'locked'$$, '55000', null,
  'locked consumption stays');
select throws_ok($$insert into erp.contacts (name, customer_id, buyer_id) values ('x', 1, 1)$$, '23514', null, 'a contact has one party');
select throws_ok($$insert into erp.invoices (kind, supplier_id, supplier_invoice_no) select kind, supplier_id, supplier_invoice_no
  from erp.invoices where kind = 'purchase' limit 1$$, '23505', null, 'a supplier''s paper is booked once');

-- Totals follow the lines, also when several orders change in one statement.
create temp table drafts as select id, subtotal from erp.sales_orders where status = 'draft';
update erp.sales_order_items set qty = qty + 1 where sales_order_id in (select id from drafts);
select is_empty($$select * from erp.check_integrity() where check_name like 'sales_orders%' and bad_count <> 0$$, 'totals follow the lines');
select isnt_empty('select o.id from erp.sales_orders o join drafts d on d.id = o.id where o.subtotal > d.subtotal', 'and they moved');
update erp.product_categories set code = 'GOODS2' where code = 'GOODS';
select is_empty($$select id from erp.product_categories where path like '/GOODS/%'$$, 'a branch is renamed as a whole');

-- Slides change places in one statement.
select lives_ok($$update erp.slides set position = case position when 1 then 2 when 2 then 1 else position end where presentation_id = 1$$,
  'slides change places');

-- Document numbers do not run out at a million.
insert into erp_private.doc_sequences (doc_type, year, next_no, prefix) values ('test', 2030, 999999, 'T');
select results_eq($$select erp_private.next_no('test', 'T', '2030-05-05') from generate_series(1, 3)$$,
  array['T-2030-999999', 'T-2030-1000000', 'T-2030-1000001'], 'numbers of a series go on');
select setval('erp_private.payment_no', 12345677);
insert into erp.payments (direction, customer_id, method, amount) select 'in', 1, 'cash', n from generate_series(1, 2) n;
select results_eq('select payment_no from erp.payments where method = ''cash'' and amount < 3 and customer_id = 1 and paid_on = current_date order by id',
  array['PAY-12345678', 'PAY-12345679'], 'and those of documents');

select * from finish();
