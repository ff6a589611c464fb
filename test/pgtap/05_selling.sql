-- Selling, from the order to the money, as the roles that do it.
-- SPDX-License-Identifier: ISC

select plan(35);

insert into erp.products (sku, name, sale_price, cost_price, tax_rate_id) values ('T-1', 'Test 1', 10, 6, 2), ('T-2', 'Test 2', 5, 2, null);
insert into erp.customers (code, company_name, salesperson_id, payment_term_id, credit_limit) values ('TC', 'Test Ltd.', 3, 4, 100000);
insert into erp.customers (code, company_name, salesperson_id, credit_limit) values ('TP', 'Poor Ltd.', 3, 50);
create temp table t as select (select id from erp.products where sku = 'T-1') as p1, (select id from erp.products where sku = 'T-2') as p2,
  (select id from erp.customers where code = 'TC') as c, (select id from erp.customers where code = 'TP') as poor,
  (select min(id) from erp.customers where salesperson_id not in (3)) as other, null::bigint as o, null::bigint as o2;
grant all on t to public;

select set_config('request.jwt.claims', '{"user_id": 5}', true);
set local role erp_warehouse;
select lives_ok('select erp.post_stock_movement(p1, 1, 100, ''opening'', ''count'', null, 6) from t', 'warehouse takes stock in');
select lives_ok('select erp.post_stock_movement(p2, 1, 20, ''opening'') from t', 'of both');
reset role;

select set_config('request.jwt.claims', '{"user_id": 3}', true);
set local role erp_sales;
update t set o = (erp.place_order(jsonb_build_object('customer_id', c, 'warehouse_id', 1, 'items', jsonb_build_array(
  jsonb_build_object('product_id', p1, 'qty', 10, 'discount_pct', 10), jsonb_build_object('product_id', p2, 'qty', 4))),
  '00000000-0000-4000-8000-000000000001')).id;
select results_eq('select status, subtotal, tax_amount, total_amount, salesperson_id from erp.sales_orders where id = (select o from t)',
  $$values ('draft', 110.00, 17.10, 127.10, 3::bigint)$$, 'an order is placed with prices, taxes and totals');
select results_eq($$select (erp.place_order(jsonb_build_object('customer_id', c, 'warehouse_id', 1, 'items', jsonb_build_array(
  jsonb_build_object('product_id', p1, 'qty', 10, 'discount_pct', 10), jsonb_build_object('product_id', p2, 'qty', 4))),
  '00000000-0000-4000-8000-000000000001')).id from t$$, 'select o from t', 'sent twice it is placed once');
select throws_ok($$select erp.place_order(jsonb_build_object('customer_id', c, 'items', jsonb_build_array(
  jsonb_build_object('product_id', p1, 'qty', 11))), '00000000-0000-4000-8000-000000000001') from t$$, 'PT409', null,
  'a key is not used for something else');
select throws_ok($$select erp.place_order(jsonb_build_object('customer_id', poor, 'items', jsonb_build_array(
  jsonb_build_object('product_id', p1, 'qty', 10)))) from t$$, '23514', null, 'the credit limit holds');
select throws_ok($$select erp.place_order(jsonb_build_object('customer_id', other, 'items', jsonb_build_array(
  jsonb_build_object('product_id', p1, 'qty', 1)))) from t$$, 'P0002', null, 'somebody else''s customer does not exist');
select throws_ok($$select erp.place_order(jsonb_build_object('customer_id', c, 'items', '[]'::jsonb)) from t$$, '23514', null, 'an order has items');
select throws_ok('select erp.confirm_order(o, 1) from t', 'PT409', null, 'an old version is a conflict');
select results_eq('select status, order_no is not null from erp.confirm_order((select o from t), (select row_version from erp.sales_orders where id = (select o from t)))',
  $$values ('confirmed', true)$$, 'it is confirmed and numbered');
select throws_ok('select erp.confirm_order(o) from t', '23514', null, 'once');
select results_eq('select reserved from erp.stock_balances where product_id = (select p1 from t) and warehouse_id = 1', 'values (10.000)', 'stock is reserved');
update t set o2 = (erp.place_order(jsonb_build_object('customer_id', c, 'warehouse_id', 1, 'items', jsonb_build_array(
  jsonb_build_object('product_id', p1, 'qty', 91))))).id;
select throws_ok('select erp.confirm_order(o2) from t', 'PT409', 'not everything is in stock', 'what is short is refused');
select lives_ok('update erp.sales_order_items set qty = 90 where sales_order_id = (select o2 from t)', 'drafts are edited');
select lives_ok('select erp.confirm_order(o2) from t', 'and confirmed then');
select throws_ok('select erp.cancel_order(o2, null) from t', '23514', null, 'cancelling needs a reason');
select results_eq('select status from erp.cancel_order((select o2 from t), ''changed their mind'')', $$values ('cancelled')$$, 'an order is cancelled');
select results_eq('select reserved from erp.stock_balances where product_id = (select p1 from t) and warehouse_id = 1', 'values (10.000)', 'its stock is free again');
select throws_ok('select erp.issue_invoice(o) from t', '42501', null, 'sales issues no invoices');
reset role;

set local role erp_warehouse;
select results_eq($$select d.status from t, erp.ship_order(o, (select jsonb_build_array(jsonb_build_object('sales_order_item_id', i.id, 'qty', 6))
  from erp.sales_order_items i where i.sales_order_id = t.o and i.line_no = 1)) d$$, $$values ('shipped')$$, 'a part is shipped');
select results_eq('select status, delivery_status from erp.sales_orders where id = (select o from t)', $$values ('picking', 'partial')$$, 'the order is being picked');
select throws_ok($$select erp.ship_order(o, (select jsonb_build_array(jsonb_build_object('sales_order_item_id', i.id, 'qty', 5))
  from erp.sales_order_items i where i.sales_order_id = t.o and i.line_no = 1)) from t$$, '23514', null, 'no more than ordered is delivered');
select lives_ok('select erp.ship_order(o) from t', 'the rest is shipped');
select results_eq('select status, delivery_status from erp.sales_orders where id = (select o from t)', $$values ('shipped', 'full')$$, 'the order is shipped');
select results_eq('select on_hand, reserved from erp.stock_balances where product_id = (select p1 from t) and warehouse_id = 1', 'values (90.000, 0.000)',
  'stock went down, nothing is reserved');
reset role;

select set_config('request.jwt.claims', '{"user_id": 7}', true);
set local role erp_accountant;
select results_eq('select status, total_amount, balance, invoice_no is not null from erp.issue_invoice((select o from t))',
  'values (''issued'', 127.10, 127.10, true)', 'it is invoiced');
select throws_ok('select erp.issue_invoice(o) from t', '23514', null, 'once');
select results_eq('select allocated_amount from erp.register_payment(100, ''bank'', (select c from t))', 'values (100.00)', 'a payment is allocated');
select results_eq('select status, balance from erp.invoices where sales_order_id = (select o from t)', $$values ('partially_paid', 27.10)$$, 'the invoice is paid in part');
select results_eq('select allocated_amount, amount from erp.register_payment(50, ''tt'', (select c from t))', 'values (27.10, 50.00)', 'the rest of a payment stays open');
select results_eq('select status from erp.invoices where sales_order_id = (select o from t)', $$values ('paid')$$, 'the invoice is paid');
select lives_ok('select erp.cancel_payment((select max(id) from erp.payments), ''bounced'')', 'a payment is taken back');
select results_eq('select status from erp.invoices where sales_order_id = (select o from t)', $$values ('partially_paid')$$, 'and the invoice is open again');
reset role;
set constraints all immediate;
select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'everything adds up afterwards');
select isnt_empty($$select * from erp.audit_log where table_name = 'sales_orders' and row_id = (select o::text from t) and user_id = 3$$, 'and the trail knows who');

select * from finish();
