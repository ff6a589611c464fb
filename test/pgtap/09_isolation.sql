-- Nobody sees what is another's, looked for in every table: what a restricted role may read is either reference data or has a
-- rule for its rows, and two such users never see the same row.
-- SPDX-License-Identifier: ISC

select plan(31);

-- Every relation that a role may select from, and whether some policy shows the role all of it.
create temp view readable as
select r.rolname as role, c.oid, c.relname,
  not c.relrowsecurity or exists (select from pg_policy p where p.polrelid = c.oid and p.polcmd in ('r', '*')
    and p.polroles && array[r.oid, 0::oid] and pg_get_expr(p.polqual, p.polrelid) = 'true') as whole
from pg_class c, pg_roles r
where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and r.rolname like 'erp\_%'
  and has_any_column_privilege(r.oid, c.oid, 'select');

select is_empty($$select r.role, r.relname from readable r
  where r.role in ('erp_portal_customer', 'erp_portal_buyer') and r.whole
    and r.relname not in ('currencies', 'exchange_rates', 'countries', 'ports', 'units', 'payment_terms', 'tax_rates', 'roles',
      'doc_transitions', 'seasons', 'colors', 'sizes', 'operations', 'public_products')$$,
  'a portal reads whole tables of reference data only');
select is_empty($$select relname from readable where role = 'erp_anon' and relname <> 'public_products'$$,
  'whoever is not signed in reads the public products');
-- These are shared within the company, and show no more than the number of the row that they refer to.
select is_empty($$select r.role, r.relname, p.relname
  from readable r
  join pg_constraint k on k.conrelid = r.oid and k.contype = 'f'
  join readable p on p.oid = k.confrelid and p.role = r.role and not p.whole
  where r.whole and has_column_privilege(r.role, r.oid, k.conkey[1], 'select')
    and (r.relname, p.relname) <> ('styles', 'attachments')
    and (r.role, r.relname) not in (('erp_sales', 'stock_reservations'), ('erp_sales', 'shipments'), ('erp_sales', 'buyers'),
      ('erp_sales', 'styles'), ('erp_sales', 'buyer_order_lines'), ('erp_purchasing', 'shipments'))$$,
  'what refers to a table with a rule for rows has one itself');
select is_empty($$select r.role, r.relname from readable r
  where r.role = 'erp_sales' and r.whole and r.relname in ('doc_events', 'attachments')$$,
  'what is kept about documents follows the documents');
select is_empty($$select p.tablename, p.policyname from pg_policies p
  where p.schemaname = 'erp' and (p.permissive <> 'PERMISSIVE' or 'public' = any (p.roles))$$, 'no policy is for everybody');
select is_empty($$select r.rolname from pg_roles r where r.rolname like 'erp\_%' and (r.rolbypassrls or r.rolsuper or r.rolcreaterole)$$,
  'no role is above the rules');
select is_empty($$select c.relname from pg_class c where c.relnamespace = 'erp'::regnamespace and c.relkind = 'v'
  and c.relname <> 'public_products' and not coalesce(c.reloptions::text like '%security_invoker=%', false)$$,
  'views show what their reader may see');

-- The rows that a user sees, of all tables with a rule for that user.
create temp table seen (who text, relname text, key text);
grant insert, select on seen to public;
create function pg_temp.look(who text, role text, claims text) returns void language plpgsql as $$
declare
  t record;
begin
  for t in
    select r.relname, (select string_agg(format('x.%I', a.attname), ' || '':'' || ' order by a.attnum) from pg_index i
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey) where i.indrelid = r.oid and i.indisprimary) as key
    from readable r where r.role = look.role and not r.whole
  loop
    perform set_config('request.jwt.claims', claims, true), set_config('role', look.role, true);
    execute format('insert into seen select %L, %L, %s from erp.%I x', who, t.relname, t.key, t.relname);
    perform set_config('role', 'none', true);
  end loop;
end $$;

-- Nothing is unassigned here: what is left is somebody's.
set local session_replication_role = replica;
update erp.customers set salesperson_id = case when id % 2 = 0 then 3 else 12 end;
update erp.sales_orders o set salesperson_id = c.salesperson_id from erp.customers c where c.id = o.customer_id;
update erp.users set role = 'erp_sales' where id = 12;
set local session_replication_role = origin;

create temp table two (role text, a text, b text, must text[]);
insert into two values
  ('erp_portal_customer', '{"user_id": 10, "customer_id": %s}', '{"user_id": 13, "customer_id": %s}',
    '{sales_orders,sales_order_items,deliveries,delivery_items,invoices,invoice_items,payments,payment_allocations,addresses}'),
  ('erp_portal_buyer', '{"user_id": 11, "buyer_id": %s}', '{"user_id": 14, "buyer_id": %s}',
    '{styles,style_variants,samples,sample_rounds,buyer_orders,buyer_order_lines,buyer_order_sizes,tna_tasks}'),
  ('erp_sales', '{"user_id": 3}', '{"user_id": 12}',
    '{customers,sales_orders,sales_order_items,deliveries,delivery_items,invoices,invoice_items,payments,payment_allocations,contacts,addresses}');
-- The two customers that have the most payments, and the two buyers that have the most samples of those who have orders.
update two set a = format(a, (select customer_id from erp.payments where customer_id is not null group by 1 order by count(*) desc, 1 limit 1)),
  b = format(b, (select customer_id from erp.payments where customer_id is not null group by 1 order by count(*) desc, 1 offset 1 limit 1))
where role = 'erp_portal_customer';
create temp table busy as select s.buyer_id from erp.samples s where exists (select from erp.buyer_orders o where o.buyer_id = s.buyer_id)
  group by 1 order by count(*) desc, 1 limit 2;
update two set a = format(a, (select min(buyer_id) from busy)), b = format(b, (select max(buyer_id) from busy)) where role = 'erp_portal_buyer';
select pg_temp.look(role || ' a', role, a), pg_temp.look(role || ' b', role, b) from two;

-- Sales people may have shown a presentation to the same person, and share what is no document of sales.
select is_empty(format($$select a.relname, a.key from seen a join seen b using (relname, key) where a.who = %L and b.who = %L
    and a.relname not in ('viewers', 'doc_events', 'attachments')
    and not (a.relname in ('brands', 'styles', 'style_variants', 'samples', 'sample_rounds') and a.who like 'erp_sales%%')$$,
  role || ' a', role || ' b'), role || ': two users see no row in common') from two order by role;
select is_empty(format($$select r from unnest(%L::text[]) r where not exists (select from seen where who = %L and relname = r)
  or not exists (select from seen where who = %L and relname = r)$$, must, role || ' a', role || ' b'),
  role || ': and each sees own rows in all that matters') from two order by role;
select is_empty($$select s.key from seen s join erp.doc_events e on e.id = s.key::bigint
  where s.who = 'erp_sales a' and s.relname = 'doc_events' and e.doc_type = 'sales_orders'
    and exists (select from erp.sales_orders o where o.id = e.doc_id and o.salesperson_id <> 3)$$, 'no history of the orders of others');
select isnt_empty($$select from seen where who = 'erp_sales a' and relname = 'doc_events'$$, 'but of the own ones');
select is_empty($$select s.key from seen s join erp.attachments e on e.id = s.key::bigint
  where s.who = 'erp_sales a' and s.relname = 'attachments' and e.entity = 'customers'
    and exists (select from erp.customers c where c.id = e.entity_id and c.salesperson_id <> 3)$$, 'no files of the customers of others');

-- Functions take identity from the claims alone.
select set_config('request.jwt.claims', '{"user_id": 10, "customer_id": 2}', true);
set local role erp_portal_customer;
select is_empty('select * from erp.customer_statement(1)', 'a customer reads no statement of another');
select is_empty('select * from erp.ar_ageing(''2026-01-01'') where customer_id <> 2', 'nor what others owe');
select throws_ok('select erp.customer_order_history(1)', '42501', null, 'nor their history');
select throws_ok('select * from erp.settings', '42501', null, 'nor the settings of the company');
reset role;
create temp table other_sample as select s.id from erp.samples s where s.status = 'submitted' and s.buyer_id <> 2 limit 1;
grant select on other_sample to public;
select set_config('request.jwt.claims', '{"user_id": 11, "buyer_id": 2}', true);
set local role erp_portal_buyer;
select throws_ok('select erp.decide_sample(id, ''approved'') from other_sample', 'P0002', null, 'a buyer decides no sample of another');
reset role;
create temp table others as select (select id from erp.sales_orders where salesperson_id = 12 and status = 'draft' limit 1) as draft,
  (select id from erp.customers where salesperson_id = 12 limit 1) as customer;
grant select on others to public;
select set_config('request.jwt.claims', '{"user_id": 3}', true);
set local role erp_sales;
select throws_ok('select erp.cancel_order(draft, ''x'') from others', 'P0002', null, 'a salesperson cancels no order of another');
select throws_ok('select erp.confirm_order(draft) from others', 'P0002', null, 'nor confirms it');
select throws_ok('select erp.set_status(''sales_orders'', draft, ''picking'') from others', 'P0002', null, 'nor moves it on');
select throws_ok($$select erp.place_order(jsonb_build_object('customer_id', customer, 'items', '[{"product_id": 1, "qty": 1}]'::jsonb)) from others$$,
  'P0002', null, 'nor sells to customers of another');
select throws_ok($$insert into erp.attachments (entity, entity_id, file_name, size_bytes, storage_key) select 'customers', customer, 'x', 1, 'storm/x' from others$$,
  '42501', null, 'nor files anything with them');
reset role;

-- Functions that run as their owner.
select is_empty($$select p.oid::regprocedure from pg_proc p
  where p.pronamespace in ('erp'::regnamespace, 'erp_private'::regnamespace) and p.prosecdef
    and not exists (select from unnest(p.proconfig) c where c ~ '^search_path=(erp|erp_private), pg_temp$')$$,
  'each SECURITY DEFINER function has its search_path');
select is_empty($$select p.oid::regprocedure from pg_proc p
  where p.pronamespace in ('erp'::regnamespace, 'erp_private'::regnamespace)
    and (p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))$$, 'no function is for PUBLIC');
select is_empty($$select p.oid::regprocedure, a from pg_proc p, unnest(p.proargnames[:p.pronargs]) a
  where p.pronamespace = 'erp'::regnamespace and p.prosecdef and a ~ '^(user|role|who|uid|owner|salesperson|username|claims)(_id)?$'$$,
  'none of those that are served takes the caller''s word for who they are');
select set_eq($$select p.proname::text from pg_proc p where p.pronamespace = 'erp'::regnamespace and p.prosecdef
  and (has_function_privilege('erp_anon', p.oid, 'execute') or has_function_privilege('erp_portal_customer', p.oid, 'execute')
       or has_function_privilege('erp_portal_buyer', p.oid, 'execute'))$$,
  array['me', 'update_profile', 'open_presentation', 'record_slide_views', 'end_session', 'give_feedback', 'decide_sample'],
  'those that outsiders may call are the ones that check for themselves');
select is_empty($$select p.oid::regprocedure from pg_proc p where p.pronamespace = 'erp'::regnamespace and p.prosecdef and p.provolatile = 'v'
  and p.prosrc !~ 'require_role|own_session|live_link|erp\.uid\(\)|has_any_column_privilege'$$, 'and each of the others begins with who may');

select * from finish();
