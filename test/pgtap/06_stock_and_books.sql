-- Warehouse, purchasing and the journals.
-- SPDX-License-Identifier: ISC

select plan(27);

insert into erp.products (sku, name, cost_price) values ('W-1', 'Test 1', 2);
insert into erp.products (sku, name, kind, track_lots) values ('W-2', 'Test fabric', 'material', true);
create temp table t as select (select id from erp.products where sku = 'W-1') as p, (select id from erp.products where sku = 'W-2') as lots,
  null::bigint as po, null::bigint as n;
grant all on t to public;

select set_config('request.jwt.claims', '{"user_id": 4}', true);
set local role erp_purchasing;
insert into erp.purchase_orders (supplier_id, warehouse_id, payment_term_id) values (1, 1, 4);
update t set po = (select max(id) from erp.purchase_orders);
insert into erp.purchase_order_items (purchase_order_id, line_no, product_id, qty, unit_price) select po, 1, p, 100, 3 from t;
insert into erp.purchase_order_items (purchase_order_id, line_no, product_id, qty, unit_price) select po, 2, lots, 50, 8 from t;
select results_eq('select status, total_amount from erp.purchase_orders where id = (select po from t)', $$values ('draft', 700.00)$$, 'a purchase has its total');
select throws_ok('select erp.receive_goods(po) from t', '23514', null, 'nothing is received on a draft');
select is((select erp.set_status('purchase_orders', po, 'approved') ->> 'status' from t), 'approved', 'it is approved');
select is_empty('update erp.purchase_order_items set qty = 1 where purchase_order_id = (select po from t) returning id', 'and fixed from then on');
reset role;

select set_config('request.jwt.claims', '{"user_id": 5}', true);
set local role erp_warehouse;
select throws_ok('select erp.receive_goods(po, ''N1'') from t', '23514', null, 'a product that is tracked by lot needs a lot');
select lives_ok($$select erp.receive_goods(po, 'N1', (select jsonb_agg(jsonb_build_object('purchase_order_item_id', i.id, 'qty', i.qty - 10, 'lot_no', case i.line_no when 2 then 'LOT1' end))
  from erp.purchase_order_items i where i.purchase_order_id = t.po)) from t$$, 'goods are received');
select results_eq('select status from erp.purchase_orders where id = (select po from t)', $$values ('partially_received')$$, 'in part');
select throws_ok($$select erp.receive_goods(po, 'N1', (select jsonb_agg(jsonb_build_object('purchase_order_item_id', i.id, 'qty', 10, 'lot_no', 'LOT1'))
  from erp.purchase_order_items i where i.purchase_order_id = t.po)) from t$$, '23505', null, 'a delivery note is booked once');
select throws_ok($$select erp.receive_goods(po, 'N2', (select jsonb_agg(jsonb_build_object('purchase_order_item_id', i.id, 'qty', 40, 'lot_no', 'LOT1'))
  from erp.purchase_order_items i where i.purchase_order_id = t.po)) from t$$, '23514', null, 'much more than ordered is not received');
select results_eq('select on_hand, avg_cost from erp.stock_balances where product_id = (select p from t) and warehouse_id = 1', 'values (90.000, 3.0000)', 'stock and cost are right');
select throws_ok('select erp.transfer_stock(1, 2, jsonb_build_array(jsonb_build_object(''product_id'', p, ''qty'', 91))) from t', '23514', null,
  'what is not there cannot be moved');
select results_eq('select status from erp.transfer_stock(1, 2, (select jsonb_build_array(jsonb_build_object(''product_id'', p, ''qty'', 40)) from t))',
  $$values ('done')$$, 'goods move between warehouses');
select results_eq('select warehouse_id, on_hand from erp.stock_balances where product_id = (select p from t) order by 1', 'values (1::bigint, 50.000), (2, 40.000)', 'both sides');
update t set n = erp.post_stock_movement(p, 2, -5, 'adjust', 'broken');
select lives_ok('select erp.reverse_stock_move(n) from t', 'a move is taken back');
select throws_ok('select erp.reverse_stock_move(n) from t', '23505', null, 'once');
update t set n = (erp.start_stock_count(2)).id;
select throws_ok('select erp.start_stock_count(2)', '23505', null, 'one count at a time');
update erp.stock_count_items set counted_qty = expected_qty where stock_count_id = (select n from t);
update erp.stock_count_items set counted_qty = 38 where stock_count_id = (select n from t) and product_id = (select p from t);
select lives_ok('select erp.post_stock_count(n) from t', 'a count is posted');
select results_eq('select on_hand from erp.stock_balances where product_id = (select p from t) and warehouse_id = 2', 'values (38.000)', 'and the difference with it');
select isnt_empty('select * from erp.low_stock() limit 1', 'low stock is listed');
reset role;

select set_config('request.jwt.claims', '{"user_id": 7}', true);
set local role erp_accountant;
select results_eq('select status, total_amount from erp.book_purchase_invoice((select po from t), ''PAPER-1'')', $$values ('issued', 590.00)$$, 'the supplier''s invoice is booked');
select lives_ok('select erp.register_payment(590, ''bank'', supplier_id => 1)', 'and paid');
insert into erp.journal_entries (memo) values ('rent');
update t set n = (select max(id) from erp.journal_entries);
insert into erp.journal_lines (journal_entry_id, line_no, account_id, debit) select n, 1, a.id, 700 from t, erp.accounts a where a.code = '6100';
insert into erp.journal_lines (journal_entry_id, line_no, account_id, credit) select n, 2, a.id, 600 from t, erp.accounts a where a.code = '1010';
select throws_ok('select erp.post_journal(n) from t; set constraints all immediate', '23514', null, 'an entry that does not balance is not posted');
set constraints all deferred;
update erp.journal_lines set credit = 700 where journal_entry_id = (select n from t) and line_no = 2;
select lives_ok('select erp.post_journal(n) from t; set constraints all immediate', 'one that does is');
select throws_ok('update erp.journal_lines set description = ''x'' where journal_entry_id = (select n from t)', '55000', null, 'and stays as it is');
select lives_ok('select erp.reverse_journal(n) from t', 'but can be reversed');
select throws_ok('select erp.issue_invoice((select min(o.id) from erp.sales_orders o where o.status = ''shipped''), invoice_date => ''2020-01-01'')',
  '23514', 'nothing is posted more than 60 days back', 'nothing is posted into the distant past');
reset role;
set constraints all immediate;
select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'everything adds up afterwards');

select * from finish();
