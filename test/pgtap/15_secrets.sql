-- What one must not see, one does not see by a detour either: the audit trail, files, the details of errors. And what nobody may do,
-- neither an administrator nor the visitor of a presentation does.
-- SPDX-License-Identifier: ISC

select plan(61);

create function pg_temp.act(role text, who bigint) returns void language plpgsql as $$
begin
  perform set_config('request.jwt.claims', json_build_object('user_id', who)::text, true), set_config('role', role, true);
end $$;
-- All that an error tells.
create function pg_temp.told(q text) returns text language plpgsql as $$
declare
  state text; rule text; msg text; more text; hint text;
begin
  execute q;
  return 'no error';
exception when others then
  get stacked diagnostics state = returned_sqlstate, rule = constraint_name, msg = message_text, more = pg_exception_detail, hint = pg_exception_hint;
  return concat_ws(' | ', state, rule, msg, nullif(more, ''), nullif(hint, ''));
end $$;

-- The audit trail shows a change to those who see the whole row.
do $$ begin perform pg_temp.act('erp_accountant', 7); end $$;
insert into erp.bank_accounts (account_title, bank_name, account_number, currency_code) values ('Secret', 'Bank', 'TR-SECRET-1', 'USD');
select isnt_empty($$select from erp.audit_log where table_name = 'bank_accounts' and changed ->> 'account_number' = 'TR-SECRET-1'$$,
  'whoever sees bank accounts sees their history');
reset role;
update erp.users set employee_no = 'E-SECRET' where id = 3;
update erp.customers set phone = '+1' where id = 2;
update erp.sales_orders set note = 'audited' where id = (select min(id) from erp.sales_orders);
insert into erp.invoices (kind, customer_id, currency_code) values ('sales', 1, 'USD');
insert into erp.audit_log (user_id, action) select u, 'login' from generate_series(1, 7) u;
create temp table trail (role text, found text);
grant all on trail to public;
create function pg_temp.look(role text, who bigint) returns void language plpgsql as $$
begin
  perform pg_temp.act(role, who);
  insert into trail select distinct look.role, coalesce(l.table_name, case when l.user_id = who then 'own sign-in' else 'sign-in of others' end) from erp.audit_log l;
  perform set_config('role', 'none', true);
end $$;
grant select on erp.audit_log to erp_sales, erp_viewer;
do $$ begin
  perform pg_temp.look('erp_viewer', 9), pg_temp.look('erp_sales', 3), pg_temp.look('erp_purchasing', 4), pg_temp.look('erp_warehouse', 5),
    pg_temp.look('erp_merchandiser', 6), pg_temp.look('erp_accountant', 7), pg_temp.look('erp_manager', 2), pg_temp.look('erp_admin', 1);
end $$;
revoke select on erp.audit_log from erp_sales, erp_viewer;
select set_eq($$select role from trail where found = 'bank_accounts'$$, '{erp_accountant,erp_manager,erp_admin}'::text[], 'bank accounts');
select set_eq($$select role from trail where found = 'users'$$, '{erp_manager,erp_admin}'::text[], 'what others do not see of users');
select set_eq($$select role from trail where found = 'sign-in of others'$$, '{erp_manager,erp_admin}'::text[], 'who signed in');
select set_eq($$select role from trail where found = 'own sign-in' and role not in ('erp_viewer', 'erp_manager', 'erp_admin')$$,
  '{erp_sales,erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant}'::text[], 'but one''s own signing in is shown');
select set_eq($$select role from trail where found = 'customers'$$, '{erp_viewer,erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant,erp_manager,erp_admin}'::text[],
  'customers are for all who see all of them');
select set_eq($$select role from trail where found = 'invoices'$$, '{erp_viewer,erp_merchandiser,erp_accountant,erp_manager,erp_admin}'::text[],
  'and invoices: purchasing sees a part of them, and of their history nothing');
select set_eq($$select role from trail where found = 'products'$$, '{erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant,erp_manager,erp_admin}'::text[],
  'what a product costs is hidden here too');
insert into erp.role_permissions (role, table_name, action) values ('erp_warehouse', 'bank_accounts', 'view');
delete from trail;
do $$ begin perform pg_temp.look('erp_warehouse', 5); end $$;
select isnt_empty($$select from trail where found = 'bank_accounts'$$, 'whoever is given a table is given its history');
delete from erp.role_permissions where role = 'erp_warehouse' and table_name = 'bank_accounts';

-- The length of what a client sends is limited, and a document that is being made is one change.
do $$ begin perform set_config('request.headers', json_build_object('x-request-id', repeat('r', 5000))::text, true); end $$;
update erp.suppliers set phone = '+1' where id = 1;
select is((select length(request_id) from erp.audit_log where table_name = 'suppliers' order by id desc limit 1), 128, 'a request id is cut');
select is((select erp_private.auth_result(1, true, repeat('r', 5000))), null, 'one signs in');
select is((select length(request_id) from erp.audit_log where action = 'login' order by id desc limit 1), 128, 'there too');
select set_config('request.headers', '', true);
do $$ begin perform pg_temp.act('erp_sales', 3); end $$;
create temp table made as select o.id from erp.place_order((select jsonb_build_object('customer_id', (select min(id) from erp.customers),
  'items', jsonb_agg(jsonb_build_object('product_id', p.id, 'qty', 1))) from (select id from erp.products where is_active and kind = 'goods' order by id limit 5) p)) o;
reset role;
grant select on made to public;
select results_eq($$select action, count(*) from erp.audit_log where table_name = 'sales_orders' and row_id = (select id::text from made) group by 1$$,
  $$values ('I', 1::bigint)$$, 'an order of five lines is one row of the trail');
update erp.sales_orders set note = 'x' where id = (select id from made);
select is((select changed -> 'note' ->> 1 from erp.audit_log where table_name = 'sales_orders' and row_id = (select id::text from made) order by id desc limit 1), 'x',
  'and what somebody changes is another one');
set local session_replication_role = replica;
update erp.sales_orders set created_at = now() - interval '1 day' where id = (select id from made);
set local session_replication_role = origin;
delete from erp.sales_order_items where sales_order_id = (select id from made) and line_no = 1;
select ok((select changed ? 'subtotal' from erp.audit_log where table_name = 'sales_orders' and row_id = (select id::text from made) order by id desc limit 1),
  'lines that are changed later leave a trace by the total');

-- Somebody can manage users.
update erp.users set role = 'erp_admin' where id in (2, 8);
select is(pg_temp.told('update erp.users set is_active = false where role = ''erp_admin'''),
  '23514 | users_last_admin | the last administrator cannot be removed | Make another user an administrator first.', 'all administrators at once do not go');
select lives_ok('update erp.users set is_active = false where id in (2, 8)', 'all but one do');

-- Files belong to rows, and are for those who see the row.
create temp table filed (name text, entity text, entity_id bigint);
insert into filed values
  ('bank', 'bank_accounts', 1), ('journal', 'journal_entries', 1), ('purchase', 'purchase_orders', 1), ('supplier', 'suppliers', 1), ('person', 'users', 3),
  ('style', 'styles', 1), ('product', 'products', 1), ('nonsense', 'no_such_table', 1), ('secret', 'credentials', 1),
  ('own customer', 'customers', (select min(id) from erp.customers where salesperson_id = 3)),
  ('other customer', 'customers', (select min(id) from erp.customers where salesperson_id <> 3)),
  ('other contact', 'contacts', (select min(c.id) from erp.contacts c join erp.customers k on k.id = c.customer_id where k.salesperson_id <> 3)),
  ('other line', 'sales_order_items', (select min(i.id) from erp.sales_order_items i join erp.sales_orders o on o.id = i.sales_order_id where o.salesperson_id <> 3)),
  ('own show', 'presentations', (select min(id) from erp.presentations where owner_id = 3)),
  ('other show', 'presentations', (select min(id) from erp.presentations where owner_id not in (3, 6))),
  ('sale', 'invoices', (select min(id) from erp.invoices where kind = 'sales')),
  ('bill', 'invoices', (select min(id) from erp.invoices where supplier_id is not null));
delete from erp.attachments;
do $$ begin perform set_config('request.jwt.claims', '{"user_id": 2}', true); end $$;
insert into erp.attachments (entity, entity_id, file_name, size_bytes, storage_key) select entity, entity_id, name, 1, 'secrets/' || name from filed;
grant select on filed to public;
select is_empty('select name from filed where entity_id is null', 'there is a row for each file');
create function pg_temp.files(role text, who bigint) returns text language plpgsql as $$
declare
  found text;
begin
  perform pg_temp.act(role, who);
  found := (select string_agg(file_name, ', ' order by file_name) from erp.attachments where file_name in (select name from filed));
  perform set_config('role', 'none', true);
  return found;
end $$;
select is(pg_temp.files('erp_sales', 3), (select string_agg(name, ', ' order by name) from filed where name in ('own customer', 'own show', 'style', 'product')
  or name = 'sale' and exists (select from erp.invoices i join erp.customers c on c.id = i.customer_id where i.id = entity_id and c.salesperson_id = 3)),
  'sales: what is theirs, and what all may see');
select is(pg_temp.files('erp_viewer', 9), 'bill, other contact, other customer, other line, other show, own customer, own show, product, purchase, sale, style, supplier',
  'viewers: no bank accounts, no journal, nobody''s personal files');
select is(pg_temp.files('erp_purchasing', 4), 'bill, other contact, other customer, other line, own customer, product, purchase, style, supplier',
  'purchasing: the invoices of suppliers');
select is(pg_temp.files('erp_accountant', 7), 'bank, bill, journal, other contact, other customer, other line, own customer, product, purchase, sale, style, supplier', 'accountants');
select is(pg_temp.files('erp_manager', 2), (select string_agg(name, ', ' order by name) from filed), 'managers: all');
select throws_ok($$select pg_temp.files('erp_portal_customer', 10)$$, '42501', null, 'portals: none');
select set_config('role', 'none', true);

do $$ begin perform pg_temp.act('erp_sales', 3); end $$;
select throws_ok(format($$insert into erp.attachments (entity, entity_id, file_name, size_bytes, storage_key) values (%L, %s, 'x', 1, 'secrets/x')$$, entity, entity_id),
  '42501', null, 'sales files nothing with: ' || name) from filed
where name in ('bank', 'journal', 'purchase', 'other customer', 'other line', 'other show', 'person', 'nonsense') order by name;
select lives_ok($$insert into erp.attachments (entity, entity_id, file_name, size_bytes, storage_key) select entity, entity_id, 'mine', 1, 'secrets/mine' from filed where name = 'own customer'$$,
  'but with a customer of theirs');
select is_empty($$update erp.attachments set file_name = 'y' where file_name = 'style' returning id$$, 'what others filed is not for sales to change');
select isnt_empty($$update erp.attachments set file_name = 'mine too' where file_name = 'mine' returning id$$, 'their own is');
select throws_ok($$update erp.attachments set entity = 'bank_accounts', entity_id = 1 where file_name = 'mine too'$$, '42501', null, 'and stays with what is theirs');
select alike(pg_temp.told($$update erp.attachments set storage_key = 'secrets/of another' where file_name = 'mine too'$$),
  '23514 | attachments_fixed_file | the file of an attachment cannot be changed%', 'nor does it turn into another file');
select is_empty($$select from erp.doc_events where doc_type in ('purchase_orders', 'journal_entries', 'goods_receipts')$$, 'sales sees the history of no order that is not of sales');
reset role;
do $$ begin perform pg_temp.act('erp_warehouse', 5); end $$;
select throws_ok($$insert into erp.attachments (entity, entity_id, file_name, size_bytes, storage_key) values ('bank_accounts', 1, 'x', 1, 'secrets/x')$$, '42501', null,
  'the warehouse files nothing with bank accounts');
select lives_ok($$insert into erp.attachments (entity, entity_id, file_name, size_bytes, storage_key) values ('goods_receipts', 1, 'slip', 1, 'secrets/slip')$$, 'but with receipts');
reset role;

-- An error says what is wrong, and not what things cost.
insert into erp.products (sku, name, cost_price, sale_price) values ('SECRET-1', 'Secret', 7.77, 9);
create temp table s as select (select id from erp.products where sku = 'SECRET-1') as product,
  (select i.id from erp.sales_order_items i order by i.id limit 1) as line;
grant select on s to public;
do $$ begin perform erp_private.post_stock(product, 1, 10, 'opening', 7.77) from s; end $$;
update erp.stock_balances set reserved = 9 where product_id = (select product from s);
select is(pg_temp.told('select erp_private.post_stock((select product from s), 1, -5, ''issue'')'),
  (select format('23514 | stock_reserved_range | stock of product %1$s in warehouse 1 is reserved for orders | {"product_id" : %1$s, "warehouse_id" : 1, "on_hand" : 10.000, "reserved" : 9.000, "wanted" : 5} | No more than 1.000 can be taken.', product) from s),
  'what is reserved is not taken');
select is(pg_temp.told('select erp_private.post_stock((select product from s), 1, ' || q || ', ''issue'', ' || c || ')'), t, t) from (values
  ('0.0004', 'null', '23514 | stock_move_qty | a movement of stock has a quantity | Quantities have three decimals: the smallest is 0.001.'),
  ('1', '-1', '23514 | stock_move_cost | the cost of a unit is not negative')) v(q, c, t);
select lives_ok('select erp_private.post_stock((select product from s), 1, -1, ''issue'')', 'what is free is');

-- Ledgers and histories are for functions, whoever asks.
do $$ begin perform pg_temp.act('erp_admin', 1); end $$;
select is(pg_temp.told($$insert into erp.role_permissions (role, table_name, action) values ('erp_admin', 'stock_moves', 'add')$$),
  '23514 | role_permissions_functions_only | nobody can be given "add" on stock_moves | Possible on stock_moves: view.', 'an administrator does not get at the ledger');
select throws_ok(format($$insert into erp.role_permissions (role, table_name, action) values ('erp_admin', %L, %L)$$, t, a), '23514', null, a || ' ' || t)
from (values ('stock_balances', 'change'), ('audit_log', 'delete'), ('doc_events', 'add'), ('journal_lines', 'delete')) v(t, a);
select lives_ok($$insert into erp.role_permissions (role, table_name, action) values ('erp_purchasing', 'lots', 'add')$$, 'everything else can be given');
reset role;
create table erp.strangers (id int primary key);
do $$ begin perform pg_temp.act('erp_admin', 1); end $$;
select is(pg_temp.told($$insert into erp.role_permissions (role, table_name, action) values ('erp_viewer', 'strangers', 'view')$$),
  '23514 | role_permissions_functions_only | nobody can be given "view" on strangers | erp_private.add_table gives a new table its rights.',
  'a table that was not added has no rights to give');
reset role;

-- Watching: what a visitor reports is believed as far as it can be.
create temp table visit as select null::jsonb as a, null::jsonb as b, null::jsonb as secret, null::text as token;
grant all on visit to public;
do $$ begin perform pg_temp.act('erp_manager', 2); end $$;
update visit set token = erp.share_presentation(1, password => 'horse') ->> 'token';
reset role;
do $$ begin perform pg_temp.act('erp_anon', null); end $$;
update visit set a = erp.open_presentation('demo'), b = erp.open_presentation('demo');
reset role;
update erp.view_sessions set started_at = now() - interval '10 s' where id in (select (a ->> 'session')::uuid from visit);
create function pg_temp.views(session jsonb, views text) returns int language sql as $$
  select erp.record_slide_views((session ->> 'session')::uuid, 'demo',
    (select jsonb_agg(v || jsonb_build_object('slide_id', session #> '{slides,0,id}')) from jsonb_array_elements(views::jsonb) v)) $$;
do $$ begin perform pg_temp.act('erp_anon', null); end $$;
select is((select pg_temp.views(a, '[{"seq": 1, "entered_at": "2020-01-01", "duration_ms": 4000}, {"seq": 1, "entered_at": "2999-01-01", "duration_ms": 4000}]') from visit), 1,
  'a view that is twice in a batch counts once');
select is((select pg_temp.views(a, '[{"seq": 2, "duration_ms": 86400000}, {"seq": 3, "duration_ms": 86400000}]') from visit), 2, 'more of them');
reset role;
select results_eq($$select seq, duration_ms, visible_ms from erp.slide_views where session_id = (select (a ->> 'session')::uuid from visit) order by seq$$,
  'values (1, 4000, 4000), (2, 11000, 11000), (3, 0, 0)', 'and nobody watched for longer than the session lasts');
do $$ begin perform pg_temp.act('erp_anon', null); end $$;
select throws_ok($$select pg_temp.views(a, '[{"seq": null, "duration_ms": 1}]') from visit$$, '22023', null, 'a view without a number is refused');
do $$ begin perform erp.end_session((a ->> 'session')::uuid, 'demo') from visit; end $$;
select throws_ok($$select pg_temp.views(a, '[{"seq": 9, "duration_ms": 1}]') from visit$$, '23514', null, 'nobody watches after the end');
select throws_ok($$select erp.give_feedback(token, 5) from visit$$, '42501', null, 'feedback takes the password too');
update visit set secret = erp.open_presentation(token, password => 'horse');
select lives_ok($$select erp.give_feedback(token, 5, session => (secret ->> 'session')::uuid) from visit$$, 'which the session shows');
select throws_ok($$select erp.give_feedback(token, 5, session => (b ->> 'session')::uuid) from visit$$, 'P0002', null, 'if it is one of the link');
reset role;
update erp.presentation_links l set revoked_at = now() from erp.view_sessions v, visit where v.id = (b ->> 'session')::uuid and l.id = v.link_id;
do $$ begin perform pg_temp.act('erp_anon', null); end $$;
select throws_ok($$select pg_temp.views(b, '[{"seq": 1, "duration_ms": 1}]') from visit$$, 'P0002', null, 'nor through a link that was revoked');
reset role;
do $$ begin perform pg_temp.act('erp_manager', 2); end $$;
select is(erp.rollup_slide_stats((now() at time zone 'UTC')::date), 0, 'a day is summed up when it is over');
reset role;

select * from finish();
