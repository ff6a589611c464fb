-- Rights: the mirror is the grants, and the few cells that matter most are what they should be.
-- SPDX-License-Identifier: ISC

select plan(23);

select is_empty($$select r.name, t.table_name, a.action
  from erp.roles r cross join erp_private.table_groups t
  cross join (values ('view', 'select'), ('add', 'insert'), ('change', 'update'), ('delete', 'delete')) a(action, privilege)
  left join erp.role_permissions p on (p.role, p.table_name, p.action) = (r.name, t.table_name, a.action)
  where (p.role is not null) <> case a.privilege
    when 'delete' then has_table_privilege(r.name, format('erp.%I', t.table_name), 'delete')
    else has_any_column_privilege(r.name, format('erp.%I', t.table_name), a.privilege) end$$,
  'all 4,368 cells of role, table and action agree with the database');
select is((select count(*)::int from erp.role_permissions where role = 'erp_anon'), 0, 'the anonymous role has no table');
select ok(has_table_privilege('erp_anon', 'erp.public_products', 'select'), 'but the public products');
select ok(not has_any_column_privilege('erp_viewer', 'erp.bank_accounts', 'select'), 'viewers see no bank accounts');
select ok(not has_any_column_privilege('erp_manager', 'erp.bank_accounts', 'update'), 'managers change no bank accounts');
select ok(not has_column_privilege('erp_sales', 'erp.products', 'cost_price', 'select'), 'sales sees no cost');
select ok(has_column_privilege('erp_accountant', 'erp.products', 'cost_price', 'select'), 'accountants do');
select ok(not has_column_privilege('erp_sales', 'erp.customers', 'credit_limit', 'update'), 'sales sets no credit limit');
select ok(has_column_privilege('erp_accountant', 'erp.customers', 'credit_limit', 'update')
  and not has_column_privilege('erp_accountant', 'erp.customers', 'company_name', 'update'), 'accountants do, and change nothing else of a customer');
select is_empty($$select r.name, c.relname, a.attname from erp.roles r, pg_class c join pg_attribute a on a.attrelid = c.oid
  where c.relnamespace = 'erp'::regnamespace and c.relkind = 'r' and a.attname in ('status', 'total_amount', 'subtotal', 'order_no', 'invoice_no')
    and exists (select from erp.doc_transitions t where t.doc_type = c.relname)
    and c.relname not in ('tna_tasks') and has_column_privilege(r.name, c.oid, a.attname, 'update')$$,
  'nobody writes the status, the number or the totals of a document');
select is_empty($$select r.name, t from erp.roles r, unnest(array['stock_moves', 'stock_balances', 'audit_log', 'doc_events', 'slide_stats_daily']) t
  where has_any_column_privilege(r.name, 'erp.' || t, 'insert') or has_any_column_privilege(r.name, 'erp.' || t, 'update')
     or has_table_privilege(r.name, 'erp.' || t, 'delete')$$, 'nobody writes ledgers and histories');

-- A row of the mirror is a grant.
insert into erp.role_permissions (role, table_name, action) values ('erp_analyst', 'bank_accounts', 'view');
select ok(has_table_privilege('erp_analyst', 'erp.bank_accounts', 'select'), 'adding a permission grants');
delete from erp.role_permissions where role = 'erp_analyst' and table_name = 'bank_accounts';
select ok(not has_table_privilege('erp_analyst', 'erp.bank_accounts', 'select'), 'deleting it revokes');
select throws_ok($$insert into erp.role_permissions (role, table_name, action) values ('erp_viewer', 'nothing', 'view')$$, '23503', null,
  'a permission for a table that is not there is refused');

select set_config('request.jwt.claims', '{"user_id": 4}', true);
set local role erp_purchasing;
select throws_ok('select * from erp.bank_accounts', '42501', null, 'purchasing cannot read bank accounts');
select throws_ok('insert into erp.users (username, email, full_name, role) values (''x'', ''x@example.com'', ''x'', ''erp_admin'')',
  '42501', null, 'purchasing cannot make users');
select throws_ok('select erp.confirm_order(1)', '42501', null, 'purchasing cannot confirm sales orders');
select throws_ok('select * from erp_private.credentials', '42501', null, 'secrets are out of reach');
select throws_ok('select erp.check_integrity()', '42501', null, 'checks are for managers');
select is(erp.uid(), 4::bigint, 'the user is that of the claims');
select is(erp.me() ->> 'role', 'erp_purchasing', 'me() knows the role');
reset role;

select set_config('request.jwt.claims', '{"user_id": 1}', true);
set local role erp_admin;
select throws_ok('update erp.users set is_active = false where id = 1', '23514', null, 'the last administrator stays');
select lives_ok('update erp.users set locale = ''tr'' where id = 2', 'administrators change users');
reset role;

select * from finish();
