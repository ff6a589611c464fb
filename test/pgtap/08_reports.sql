-- Reports answer, and agree with the tables.
-- SPDX-License-Identifier: ISC

select plan(21);

select set_config('request.jwt.claims', '{"user_id": 2}', true);
set local role erp_manager;
select is((erp.dashboard_stats(30, '2026-01-01') ->> 'low_stock')::bigint, (select count(*) from erp.low_stock()), 'the dashboard and the list agree on low stock');
select cmp_ok((erp.dashboard_stats(365, '2026-01-01') ->> 'revenue')::numeric, '>', 0::numeric, 'there is revenue');
select results_eq($$select sum(revenue) from erp.sales_by_month('2025-01-01', '2025-12-31')$$,
  $$select sum(base_total) from erp.sales_orders where order_date between '2025-01-01' and '2025-12-31' and status not in ('draft', 'cancelled')$$, 'months add up');
select results_eq($$select sum(revenue) from erp.sales_by_salesperson('2025-01-01', '2025-12-31')$$,
  $$select sum(revenue) from erp.sales_by_month('2025-01-01', '2025-12-31', 'week')$$, 'and so do salespeople');
select is((select count(*) from erp.top_products('2025-01-01', '2025-12-31', 5)), 5::bigint, 'five top products');
select cmp_ok(jsonb_array_length(erp.customer_order_history(1)), '>', 0, 'a customer has a history');
select results_eq($$select sum(total) from erp.ar_ageing('2026-01-01')$$,
  $$select sum(base_total) - (select sum(a.base_amount) from erp.payment_allocations a join erp.invoices v on v.id = a.invoice_id
      where v.kind = 'sales' and v.status = 'partially_paid')
    from erp.invoices where kind = 'sales' and status in ('issued', 'partially_paid')$$, 'receivables by age are the receivables');
select results_eq($$select sum(balance) from erp.trial_balance('2023-01-01', '2025-12-31')$$, 'values (0.00)', 'the books balance');
select results_eq($$select t.balance from erp.trial_balance('2023-01-01', '2025-12-31') t where code = '1200'$$,
  $$select sum(total) from erp.ar_ageing('2026-01-01')$$, 'and the receivables account agrees');
select results_eq('select sum(qty), round(sum(value)) from erp.stock_valuation()', $$select sum(qty), round(sum(value)) from erp.stock_valuation('2026-01-01')$$,
  'stock is worth the same by balance and by ledger');
select results_eq($$select balance from erp.customer_statement(1) order by day desc, kind desc, doc_no desc limit 1$$,
  $$select sum(balance) from erp.invoices where customer_id = 1 and kind = 'sales' and status in ('issued', 'partially_paid', 'paid')$$, 'a statement ends with what is open');
select isnt_empty('select * from erp.buyer_order_book()', 'there is an order book');
select isnt_empty($$select * from erp.tna_overdue(null, '2026-01-01')$$, 'something is late');
select isnt_empty($$select * from erp.sample_turnaround('2023-01-01', '2025-12-31')$$, 'samples take their time');
select results_eq('select sum(views)::bigint from erp.presentation_engagement(1)',
  'select count(*) from erp.slide_views v join erp.slides s on s.id = v.slide_id where s.presentation_id = 1', 'engagement is what was watched');
select isnt_empty($$select * from erp.search_all('c0000001')$$, 'searching finds a customer');
select is_empty($$select * from erp.search_all('%')$$, 'and takes no pattern');
reset role;

-- A salesperson's figures: own orders and those of nobody, whatever was rolled up. One of each was cancelled a moment ago.
create temp table gone as select o.* from (select *, row_number() over (partition by salesperson_id order by id) as n from erp.sales_orders
  where status = 'confirmed' and (salesperson_id = 3 or salesperson_id is null)) o where n = 1;
update erp.sales_orders set salesperson_id = null where id = (select max(id) from erp.sales_orders where salesperson_id = 3 and status = 'closed');
select count(erp.cancel_order(id, 'test')) from gone;
create temp table mine as select i.product_id, sum(i.qty) as qty, sum(round(i.line_total * o.exchange_rate, 2)) as revenue
  from erp.sales_orders o join erp.sales_order_items i on i.sales_order_id = o.id
  where (o.salesperson_id = 3 or o.salesperson_id is null) and o.order_date between '2023-05-05' and '2025-12-30'
    and o.status not in ('draft', 'cancelled') group by 1;
grant select on mine to public;
select set_config('request.jwt.claims', '{"user_id": 3}', true);
set local role erp_sales;
select set_eq('select product_id, qty, revenue from erp.top_products(''2023-05-05'', ''2025-12-30'', 1000)', 'select product_id, qty, revenue from mine',
  'to a salesperson, own and unassigned products');
reset role;
set local role erp_manager;
select lives_ok('select erp.rollup_reports()', 'sums are rolled up');
set local role erp_sales;
select set_eq('select product_id, qty, revenue from erp.top_products(''2023-05-05'', ''2025-12-30'', 1000)', 'select product_id, qty, revenue from mine',
  'and are the same');
reset role;
select is_empty('select * from erp.check_integrity() where bad_count <> 0', 'everything adds up');

select * from finish();
