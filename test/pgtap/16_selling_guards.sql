-- What a hostile reader of sales and books tried: discounts, drafts that are invoiced, entries taken from their documents, rates, credit.
-- SPDX-License-Identifier: ISC

select plan(47);

insert into erp.exchange_rates (currency_code, rate, valid_from) values ('EUR', 1.1, current_date - 5), ('JPY', 0.0067, current_date - 5);
insert into erp.products (sku, name, sale_price, cost_price) values ('G-1', 'Guarded', 10, 6);
insert into erp.customers (code, company_name, salesperson_id) values ('GA', 'Guard A', 3), ('GB', 'Guard B', 3);
insert into erp.customers (code, company_name, salesperson_id) values ('GX', 'Not mine', 9);
insert into erp.customers (code, company_name, salesperson_id, credit_limit) values ('GL', 'Limited', 3, 100);
insert into erp.addresses (customer_id, kind, line1, city, country_code)
select id, 'shipping', 'Street 1', 'Town', 'DE' from erp.customers where code in ('GA', 'GB');
create temp table g as select (select id from erp.products where sku = 'G-1') as p, (select id from erp.customers where code = 'GA') as a,
  (select id from erp.customers where code = 'GB') as b, (select id from erp.customers where code = 'GX') as x,
  (select id from erp.customers where code = 'GL') as l, null::bigint as o, null::bigint as o2, null::bigint as v, null::bigint as pay;
grant all on g to public;
create function pg_temp.be(who text, id int) returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims', format('{"user_id": %s}', id), true), set_config('role', 'erp_' || who, true);
end $$;
create function pg_temp.sell(customer bigint, qty numeric, more jsonb default '{}') returns bigint language sql as $$
  select (erp.place_order(jsonb_build_object('customer_id', customer, 'warehouse_id', 1, 'items',
    jsonb_build_array(jsonb_build_object('product_id', (select p from g), 'qty', qty))) || more)).id
$$;
grant execute on all functions in schema pg_temp to public;

select pg_temp.be('warehouse', 5);
select lives_ok('select erp.post_stock_movement(p, 1, 1000, ''opening'', '''', null, 6) from g', 'there is stock');

-- The discount of an order is given with its invoices, and all of it.
select pg_temp.be('sales', 3);
update g set o = pg_temp.sell(a, 10, '{"discount_amount": 10}');
select lives_ok('select erp.confirm_order(o) from g', 'an order with a discount');
select lives_ok($$select erp.ship_order(o, (select jsonb_build_array(jsonb_build_object('sales_order_item_id', i.id, 'qty', 3))
  from erp.sales_order_items i where i.sales_order_id = o)) from g$$, 'a part is delivered');
select pg_temp.be('accountant', 7);
select results_eq('select (v).subtotal, (v).discount_amount, (v).total_amount from (select erp.issue_invoice(o) as v from g) x',
  'values (30.00, 3.00, 27.00)', 'and invoiced with its share');
reset role;
select is(erp_private.unbilled(o), 63.00, 'what is left counts for the credit as it will be invoiced') from erp.sales_orders o where o.id = (select g.o from g);
select pg_temp.be('sales', 3);
select lives_ok('select erp.ship_order(o) from g', 'the rest is delivered');
select pg_temp.be('accountant', 7);
update g set v = (erp.issue_invoice(o)).id;
select results_eq('select subtotal, discount_amount, total_amount, base_total, balance from erp.invoices where id = (select v from g)',
  'values (70.00, 7.00, 63.00, 63.00, 63.00)', 'and invoiced with what is left of it');
select results_eq($$select a.code, l.credit from erp.invoices i join erp.journal_lines l on l.journal_entry_id = i.journal_entry_id
  join erp.accounts a on a.id = l.account_id where i.id = (select v from g) and a.type = 'income'$$,
  $$select a.code, 63.00::numeric(16,2) from erp.accounts a, erp.settings s where s.key = 'accounting.sales' and a.code = s.value #>> '{}'$$,
  'the income is without the discount');

-- What is no sale is not invoiced, and what is invoiced is not cancelled.
select pg_temp.be('sales', 3);
update g set o2 = pg_temp.sell(a, 5);
select pg_temp.be('accountant', 7);
select throws_ok($$select erp.issue_invoice(sales_order_id => o2, lines => (select jsonb_agg(jsonb_build_object('sales_order_item_id', i.id, 'qty', 5))
  from erp.sales_order_items i where i.sales_order_id = o2)) from g$$, '23514', 'an order that is draft is not invoiced', 'a draft');
insert into erp.invoices (kind, customer_id) select 'sales', a from g;
update g set v = (select max(id) from erp.invoices);
insert into erp.invoice_items (invoice_id, line_no, product_id, qty, unit_price, sales_order_item_id)
  select v, 1, p, 5, 10, (select i.id from erp.sales_order_items i where i.sales_order_id = o2) from g;
select throws_ok('select erp.issue_invoice(invoice_id => v) from g', '23514', null, 'nor by a draft of one''s own');
select pg_temp.be('sales', 3);
select lives_ok('select erp.confirm_order(o2) from g', 'once confirmed');
select pg_temp.be('accountant', 7);
select lives_ok('select erp.issue_invoice(invoice_id => v) from g', 'it is');
select pg_temp.be('sales', 3);
select throws_ok('select erp.cancel_order(o2, ''no'') from g', '23514', 'a part of the order is invoiced already', 'then it is not cancelled');
select pg_temp.be('accountant', 7);
insert into erp.invoices (kind, customer_id) select 'sales', b from g;
insert into erp.invoice_items (invoice_id, line_no, product_id, qty, unit_price, sales_order_item_id)
  select (select max(id) from erp.invoices), 1, p, 5, 10, (select i.id from erp.sales_order_items i where i.sales_order_id = o2) from g;
select throws_ok('select erp.issue_invoice(invoice_id => (select max(id) from erp.invoices))', '23514', null, 'and nobody else pays for it');

-- Entries of documents go with the document.
select throws_ok('select erp.reverse_journal(i.journal_entry_id) from erp.invoices i where i.id = (select v from g)', '23514', null,
  'the entry of an invoice is not taken from it');
select throws_ok('select erp.cancel_invoice(v, '''') from g', '23514', null, 'cancelling needs a reason');
select lives_ok('select erp.cancel_invoice(v, ''wrong customer'') from g', 'it is cancelled');
select results_eq('select status, invoice_no is not null, paid_amount from erp.invoices where id = (select v from g)',
  'values (''cancelled'', true, 0.00)', 'and keeps its number');
select is((select invoiced_qty from erp.sales_order_items where sales_order_id = (select o2 from g)), 0.000, 'the goods wait for an invoice again');
select throws_ok('select erp.cancel_invoice(v, ''again'') from g', '23514', null, 'once');
update g set v = (erp.issue_invoice(o2, lines => (select jsonb_agg(jsonb_build_object('sales_order_item_id', i.id, 'qty', 5))
  from erp.sales_order_items i where i.sales_order_id = o2))).id;
update g set pay = (erp.register_payment(50, 'tt', a, allocations => jsonb_build_array(jsonb_build_object('invoice_id', v, 'amount', 50)))).id;
select throws_ok('select erp.cancel_invoice(v, ''paid'') from g', '23514', null, 'one that is paid is not cancelled');
select throws_ok('select erp.reverse_journal(journal_entry_id) from erp.payments where id = (select pay from g)', '23514', null,
  'the entry of a payment is not taken from it');
select lives_ok('select erp.cancel_payment(pay, ''bounced'') from g', 'a payment is cancelled');
select lives_ok('select erp.cancel_invoice(v, ''after all'') from g', 'and then its invoice');
select throws_ok('select erp.register_payment(1, ''tt'', a, account => ''4000'') from g', '23514', 'money goes through an active bank or cash account',
  'money does not go through an income account');

-- Rates.
select pg_temp.be('sales', 3);
update g set o2 = pg_temp.sell(a, 1, '{"currency_code": "EUR"}');
select lives_ok('update erp.sales_orders set currency_code = ''JPY'' where id = (select o2 from g)', 'the currency changes');
select is((select exchange_rate from erp.sales_orders where id = (select o2 from g)), 0.0067::numeric(18, 8), 'and its rate with it');
select throws_ok('update erp.sales_orders set exchange_rate = 0.00000001 where id = (select o2 from g)', '42501', null, 'sales does not make rates');

-- Customers and addresses of others.
select throws_ok('update erp.sales_orders set customer_id = (select x from g) where id = (select o2 from g)', '42501', null,
  'an order does not go to a customer whom one does not see');
select throws_ok($$update erp.sales_orders set ship_to_address_id = (select d.id from erp.addresses d where d.customer_id = (select b from g))
  where id = (select o2 from g)$$, '23514', 'the address is not one of the customer', 'nor to an address of somebody else');
select throws_ok($$select pg_temp.sell(a, 1, jsonb_build_object('bill_to_address_id', (select d.id from erp.addresses d where d.customer_id = b))) from g$$,
  '23514', 'the address is not one of the customer', 'nor its invoice');
select lives_ok($$select pg_temp.sell(a, 1, jsonb_build_object('bill_to_address_id', (select d.id from erp.addresses d where d.customer_id = a))) from g$$, 'but to the customer''s own');

-- The credit limit.
update g set o = pg_temp.sell(l, 6);
select lives_ok('select erp.confirm_order(o) from g', 'within the limit');
select throws_ok('select pg_temp.sell(l, 5) from g', '23514', 'the order exceeds the credit limit of the customer', 'both are above it');
select lives_ok('select erp.set_status(''sales_orders'', o, ''on_hold'', ''wait'') from g', 'the first waits');
update g set o2 = pg_temp.sell(l, 5);
select lives_ok('select erp.confirm_order(o2) from g', 'and the second uses the credit');
select throws_ok('select erp.set_status(''sales_orders'', o, ''confirmed'') from g', '23514', 'the order exceeds the credit limit of the customer',
  'so that the first has none left');
select throws_ok('update erp.customers set currency_code = ''EUR'' where id = (select l from g)', '42501', null, 'nor is the limit stretched by another currency');
select lives_ok('select erp.ship_order(o2), erp.set_status(''sales_orders'', o2, ''delivered'') from g', 'the second is delivered');
select throws_ok('select pg_temp.sell(l, 6) from g', '23514', null, 'and counts until it is invoiced');
select pg_temp.be('accountant', 7);
select lives_ok($$select erp.issue_invoice(o2, lines => (select jsonb_agg(jsonb_build_object('sales_order_item_id', i.id, 'qty', 1))
  from erp.sales_order_items i where i.sales_order_id = o2)) from g$$, 'one piece is invoiced');
select pg_temp.be('sales', 3);
select throws_ok('select pg_temp.sell(l, 6) from g', '23514', null, 'and the others count on');

-- Days.
select throws_ok($$select pg_temp.sell(a, 1, '{"order_date": "5874897-01-01"}') from g$$, '23514', null, 'a day on which the reports would break is none');

-- What is named must be there.
update g set o = pg_temp.sell(a, 2);
select lives_ok('select erp.confirm_order(o) from g', 'an order');
select throws_ok($$select erp.ship_order(o, '[{"sales_order_item_id": 1, "qty": 1}]') from g$$, '23503', 'the order has no line 1', 'lines of others are not left out silently');
select pg_temp.be('accountant', 7);
select throws_ok($$select erp.issue_invoice(sales_order_id => o, lines => '[{"sales_order_item_id": null, "qty": 1}]') from g$$, '23503',
  'the order has no line null', 'nor are those that are none');

reset role;
select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'everything adds up afterwards');
