-- Row-level rules: who sees which rows, and that unrestricted roles pay nothing for them.
-- SPDX-License-Identifier: ISC

select plan(27);

create function pg_temp.plan_of(q text) returns text language plpgsql as $$
declare
  line text;
  whole text := '';
begin
  for line in execute 'explain (costs off) ' || q loop
    whole := whole || line || E'\n';
  end loop;
  return whole;
end $$;

create temp table expected as
select (select count(*) from erp.customers where salesperson_id = 3 or salesperson_id is null) as own_customers,
  (select count(*) from erp.sales_orders where salesperson_id = 3 or salesperson_id is null) as own_orders,
  (select count(*) from erp.sales_orders) as orders,
  (select count(*) from erp.sales_orders where customer_id = 1 and status <> 'draft') as portal_orders,
  (select count(*) from erp.invoices where customer_id = 1 and status <> 'draft') as portal_invoices,
  (select count(*) from erp.buyer_orders where buyer_id = 1) as buyer_orders,
  (select count(*) from erp.samples where buyer_id = 1) as buyer_samples,
  (select count(*) from erp.notifications where user_id = 3) as notifications;
grant select on expected to public;

select set_config('request.jwt.claims', '{"user_id": 3}', true);
set local role erp_sales;
select is((select count(*) from erp.customers), (select own_customers from expected), 'sales sees own and unassigned customers');
select is((select count(*) from erp.sales_orders), (select own_orders from expected), 'sales sees own and unassigned orders');
select is_empty('select i.id from erp.sales_order_items i where not exists (select from erp.sales_orders o where o.id = i.sales_order_id)',
  'lines follow their orders');
select is((select count(*) from erp.notifications), (select notifications from expected), 'everybody has own notifications');
select is_empty('select c.id from erp.contacts c where c.customer_id is null', 'contacts of others are not for sales');
select throws_ok($$insert into erp.customers (code, company_name, salesperson_id) values ('T1', 'Test', 2)$$, '42501', null,
  'a customer cannot be made for somebody else');
select lives_ok($$insert into erp.customers (code, company_name, salesperson_id) values ('T2', 'Test', 3)$$, 'but for oneself');
select is_empty($$update erp.sales_orders set note = 'x' where status <> 'draft' returning id$$, 'confirmed orders cannot be edited');
reset role;

select set_config('request.jwt.claims', '{"user_id": 9}', true);
set local role erp_viewer;
select is((select count(*) from erp.sales_orders), (select orders from expected), 'viewers see all orders');
select unalike(pg_temp.plan_of('select id from erp.sales_orders where status = ''confirmed'' order by order_date desc limit 2'), '%SubPlan%',
  'and the plan has no trace of a policy');
set local enable_seqscan = off;
set local enable_sort = off;
select alike(pg_temp.plan_of('select id from erp.sales_orders where status = ''confirmed'' order by order_date desc limit 2'),
  '%sales_orders_status_newest%', 'the list by status and date has its index');
select alike(pg_temp.plan_of('select id from erp.customers where search ilike ''%muller%'''), '%customers_search%', 'searching has its index');
select matches(pg_temp.plan_of('select id from erp.products where current_stock <= minimum_stock and minimum_stock > 0 and is_active'),
  'products_low_stock|products_shortage', 'low stock has its index');
select alike(pg_temp.plan_of('select * from erp.low_stock() limit 20'), '%products_shortage%', 'so has the list of the worst, in its order');
reset role;

select set_config('request.jwt.claims', '{"user_id": 10, "customer_id": 1}', true);
set local role erp_portal_customer;
select is((select count(*) from erp.sales_orders), (select portal_orders from expected), 'the portal shows own orders, no drafts');
select is((select count(*) from erp.invoices), (select portal_invoices from expected), 'and own invoices, no drafts');
select is((select count(*) from erp.customers), 1::bigint, 'and nobody else');
select is_empty('select d.id from erp.deliveries d where not exists (select from erp.sales_orders o where o.id = d.sales_order_id)',
  'and own deliveries');
select throws_ok('select * from erp.buyer_orders', '42501', null, 'but not the orders of buyers');
reset role;
insert into erp.deliveries (sales_order_id, warehouse_id)
  select o.id, o.warehouse_id from erp.sales_orders o where o.customer_id = 1 and o.status <> 'draft' limit 1;
insert into erp.tna_tasks (sample_id, seq, activity, planned_start, planned_end)
  select id, 1, 'knit', '2026-01-02', '2026-01-03' from erp.samples where id in ((select min(id) from erp.samples where buyer_id = 3),
    (select min(id) from erp.samples where buyer_id <> 3));
set local role erp_portal_customer;
select is_empty('select id from erp.deliveries where status = ''draft''', 'nor deliveries that are being prepared');
reset role;

select set_config('request.jwt.claims', '{"user_id": 11, "buyer_id": 1}', true);
set local role erp_portal_buyer;
select is((select count(*) from erp.buyer_orders), (select buyer_orders from expected), 'a buyer sees own orders');
select is((select count(*) from erp.samples), (select buyer_samples from expected), 'and own samples');
select is_empty('select id from erp.styles where buyer_id <> 1', 'and own styles');
select set_config('request.jwt.claims', '{"user_id": 11, "buyer_id": 3}', true);
select results_eq('select s.buyer_id from erp.tna_tasks t join erp.samples s on s.id = t.sample_id', 'values (3::bigint)', 'and the calendar of own samples');
reset role;

select set_config('request.jwt.claims', '{}', true);
set local role erp_portal_customer;
select is((select count(*) from erp.sales_orders), 0::bigint, 'a token without a customer sees nothing');
reset role;
select set_config('request.jwt.claims', '{"user_id": "1 or true", "customer_id": "x"}', true);
set local role erp_portal_customer;
select is((select count(*) from erp.customers), 0::bigint, 'claims that are no numbers count as absent');
select is(erp.uid(), null, 'in uid() too');
reset role;

select * from finish();
