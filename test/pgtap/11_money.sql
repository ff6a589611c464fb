-- Documents in foreign currencies and the books, which are kept in the base currency; the sums that reports read.
-- SPDX-License-Identifier: ISC

select plan(32);

insert into erp.exchange_rates (currency_code, rate, valid_from) values ('EUR', 1.10, current_date - 40), ('EUR', 1.2, current_date), ('JPY', 0.0067, current_date - 5);
insert into erp.products (sku, name, sale_price, cost_price, tax_rate_id) values ('M-1', 'Money 1', 11, 6, 2), ('M-2', 'Money 2', 0.011, 0, null);
insert into erp.customers (code, company_name, salesperson_id, payment_term_id, currency_code, credit_limit) values ('MC', 'Geld GmbH', 3, 4, 'EUR', 5000);
insert into erp.customers (code, company_name, salesperson_id, currency_code) values ('MK', 'No rate', 3, 'KWD');
delete from erp.exchange_rates where currency_code = 'KWD';
create temp table m as select (select id from erp.products where sku = 'M-1') as p1, (select id from erp.products where sku = 'M-2') as p2,
  (select id from erp.customers where code = 'MC') as c, (select id from erp.customers where code = 'MK') as k, null::bigint as o, null::bigint as v,
  null::bigint as pay, null::bigint as po;
grant all on m to public;
create function pg_temp.lines(doc text, id bigint) returns table (code text, debit numeric, credit numeric) language sql as $$
  select a.code, l.debit, l.credit from erp.journal_entries e join erp.journal_lines l on l.journal_entry_id = e.id
  join erp.accounts a on a.id = l.account_id where e.source_type = doc and e.source_id = $2 order by l.line_no
$$;
grant execute on function pg_temp.lines(text, bigint) to public;

select set_config('request.jwt.claims', '{"user_id": 5}', true);
set local role erp_warehouse;
select lives_ok('select erp.post_stock_movement(p1, 1, 100, ''opening'', '''', null, 6), erp.post_stock_movement(p2, 1, 1000, ''opening'') from m', 'there is stock');
reset role;

-- Selling in euros.
select set_config('request.jwt.claims', '{"user_id": 3}', true);
set local role erp_sales;
update m set o = (erp.place_order(jsonb_build_object('customer_id', c, 'warehouse_id', 1, 'order_date', current_date - 30, 'items', jsonb_build_array(
  jsonb_build_object('product_id', p1, 'qty', 10), jsonb_build_object('product_id', p2, 'qty', 333))))).id;
select results_eq('select currency_code::text, exchange_rate, subtotal, tax_amount, total_amount, base_total from erp.sales_orders where id = (select o from m)',
  $$values ('EUR', 1.10000000, 103.33, 19.00, 122.33, 134.56)$$, 'an order has the rate of its day, and prices are converted');
select throws_ok($$select erp.place_order(jsonb_build_object('customer_id', k, 'items', jsonb_build_array(jsonb_build_object('product_id', p1, 'qty', 1)))) from m$$,
  '23514', null, 'without a rate there is no order');
set local role erp_manager;
select throws_ok($$insert into erp.sales_orders (customer_id, warehouse_id, salesperson_id, currency_code, exchange_rate) select c, 1, 3, 'USD', 1.5 from m$$,
  '23514', null, 'the base currency has the rate 1');
set local role erp_sales;
select throws_ok($$select erp.place_order(jsonb_build_object('customer_id', c, 'items', jsonb_build_array(jsonb_build_object('product_id', p1, 'qty', 501)))) from m$$,
  '23514', null, 'the credit limit is in the currency of the customer');
create temp table before as select orders, revenue from erp.sales_by_month(current_date - 400, current_date, 'year');
select lives_ok('select erp.confirm_order(o) from m', 'it is confirmed');
select results_eq('select sum(orders), sum(revenue) from erp.sales_by_month(current_date - 400, current_date, ''year'')',
  'select coalesce(sum(orders), 0) + 1, coalesce(sum(revenue), 0) + 134.56 from before', 'the reports have it at once');
select results_eq($$select qty, revenue from erp.top_products(current_date - 30, current_date - 30, 1000) where product_id = (select p1 from m)$$,
  'values (10.000, 110.00)', 'for the salesperson');
reset role;
select throws_ok($$insert into erp.sales_order_items (sales_order_id, line_no, product_id, qty, unit_price) select o, 3, p1, 5, 0 from m$$, '55000', null,
  'a confirmed order gets no further lines, not even free ones');
select throws_ok('update erp.sales_order_items set description = ''x'' where sales_order_id = (select o from m)', '55000', null, 'nor others than it had');
select set_config('request.jwt.claims', '{"user_id": 2}', true);
set local role erp_manager;
select results_eq($$select qty, revenue from erp.top_products(current_date - 30, current_date - 30, 1000) where product_id = (select p1 from m)$$,
  'values (10.000, 110.00)', 'and for the manager');
create temp table sums as select 'm' as what, (select sum(revenue) from erp.sales_by_month('2020-01-01', current_date)) as revenue
  union all select 's', (select sum(revenue) from erp.sales_by_salesperson('2024-02-02', current_date))
  union all select 'p', (select sum(revenue) from erp.top_products('2023-05-05', current_date, 1000));
select cmp_ok(erp.rollup_reports(), '>', 0::bigint, 'what is new is folded in');
select is(erp.rollup_reports(), 0::bigint, 'once');
select results_eq($$select 'm', (select sum(revenue) from erp.sales_by_month('2020-01-01', current_date))
  union all select 's', (select sum(revenue) from erp.sales_by_salesperson('2024-02-02', current_date))
  union all select 'p', (select sum(revenue) from erp.top_products('2023-05-05', current_date, 1000))$$, 'select * from sums', 'which changes no report');
select results_eq($$select sum(revenue) from erp.top_products('2023-05-05', '2025-11-11', 1000)$$,
  $$select sum(round(i.line_total * o.exchange_rate, 2)) from erp.sales_orders o join erp.sales_order_items i on i.sales_order_id = o.id
    where o.status not in ('draft', 'cancelled') and o.order_date between '2023-05-05' and '2025-11-11'$$, 'years, months and days add up');
select lives_ok('select erp.ship_order(o) from m', 'it is shipped');
reset role;

-- The books.
select set_config('request.jwt.claims', '{"user_id": 7}', true);
set local role erp_accountant;
update m set v = (select id from erp.issue_invoice((select o from m)));
select results_eq('select * from pg_temp.lines(''invoices'', (select v from m))', $$values ('1200', 134.56, 0.00), ('4000', 0.00, 113.66), ('2300', 0.00, 20.90),
  ('5000', 60.00, 0.00), ('1300', 0.00, 60.00)$$, 'an invoice is booked at the rate of its order');
update m set pay = (select id from erp.register_payment(100, 'bank', (select c from m), paid_on => current_date));
select results_eq('select currency_code::text, exchange_rate, base_amount, allocated_amount from erp.payments where id = (select pay from m)',
  $$values ('EUR', 1.20000000, 120.00, 100.00)$$, 'a payment is in the currency of the customer');
select results_eq('select * from pg_temp.lines(''payments'', (select pay from m))', $$values ('1011', 120.00, 0.00), ('1200', 0.00, 110.00), ('6800', 0.00, 10.00)$$,
  'the difference of the rates is a gain');
select lives_ok('select erp.cancel_payment(pay, ''bounced'') from m', 'it is taken back');
select lives_ok('select erp.register_payment(11.11, ''bank'', (select c from m), exchange_rate => 1.05) from generate_series(1, 10)', 'paid in ten parts, worth less');
update m set pay = (select id from erp.register_payment(20, 'bank', (select c from m), exchange_rate => 1.05));
select results_eq('select balance, (select sum(base_amount) from erp.payment_allocations where invoice_id = v.id) from erp.invoices v where id = (select v from m)',
  'values (0.00, 134.56)', 'what is paid is off the books to the cent');
select results_eq('select * from pg_temp.lines(''payments'', (select pay from m))', $$values ('1011', 21.00, 0.00), ('1200', 0.00, 21.57), ('6800', 0.57, 0.00)$$,
  'and the difference a loss; what is left over waits at its own rate');
select throws_ok($$select erp.register_payment(5, 'bank', (select c from m), currency => 'JPY', allocations => jsonb_build_array(
  jsonb_build_object('invoice_id', (select min(id) from erp.invoices where kind = 'sales' and status = 'issued' and currency_code = 'USD'), 'amount', 5)))$$,
  '23514', null, 'an invoice is paid in its own currency');
insert into erp.invoices (kind, customer_id, currency_code, exchange_rate) select 'sales', c, 'JPY', 0.0067 from m;
insert into erp.invoice_items (invoice_id, line_no, qty, unit_price) select max(id), 1, 1, 0.5 from erp.invoices;
select throws_ok('select erp.issue_invoice(invoice_id => (select max(id) from erp.invoices))', '23514', null, 'what is nothing in the base currency is not booked');
reset role;

-- Buying in euros.
select set_config('request.jwt.claims', '{"user_id": 4}', true);
set local role erp_purchasing;
insert into erp.purchase_orders (supplier_id, warehouse_id, currency_code) values (1, 1, 'EUR');
update m set po = (select max(id) from erp.purchase_orders);
insert into erp.purchase_order_items (purchase_order_id, line_no, product_id, qty, unit_price) select po, 1, p1, 7, 3.3333 from m;
select lives_ok('select erp.set_status(''purchase_orders'', po, ''approved'') from m', 'a purchase in euros');
reset role;
set local role erp_warehouse;
select lives_ok('select erp.receive_goods(po) from m', 'is received');
select results_eq('select i.unit_cost from erp.goods_receipt_items i join erp.goods_receipts g on g.id = i.goods_receipt_id where g.purchase_order_id = (select po from m)',
  'values (4.0000)', 'costs what it costs in the base currency');
reset role;
set local role erp_accountant;
update m set v = (select id from erp.book_purchase_invoice((select po from m), 'EUR-1'));
select results_eq('select * from pg_temp.lines(''invoices'', (select v from m))', $$values ('2110', 28.00, 0.00), ('2100', 0.00, 28.00)$$, 'is booked so');
select lives_ok('select erp.register_payment(23.33, ''tt'', supplier_id => 1, currency => ''EUR'', exchange_rate => 1.25)', 'and paid');
reset role;
set constraints all immediate;
select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'everything adds up afterwards');
select is((select sum(d.debit - d.credit) from erp_private.account_days d), 0.00, 'and the books balance');

select * from finish();
