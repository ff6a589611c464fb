-- Row-level security, as a table of policies. A role that sees everything has literally USING (true): the planner folds
-- that away and keeps every index, which it could not with any expression that must be evaluated first.
-- SPDX-License-Identifier: ISC

create table erp_private.policies (
  table_name text not null,
  name text not null,
  cmd text not null check (cmd in ('select', 'insert', 'update', 'delete', 'write', 'all')),
  roles text[] not null,
  rule text not null,
  primary key (table_name, name)
);
comment on table erp_private.policies is 'Every row-level policy of the ERP; erp_private.apply_policies() creates them';

-- A row that follows another one has the rule (select true from parent where id = key), not exists (...): PostgreSQL may answer
-- an exists by reading all of the parent that the caller may see, once, which for a page of twenty lines is the dearer way.

-- "write" is insert, update and delete: a rule that select would have to evaluate as well if it were "all".
create function erp_private.apply_policies(tbl text default null) returns int
language plpgsql as $$
declare
  p record;
  made int := 0;
begin
  for p in
    select t.table_name, t.roles, t.rule, c.cmd, t.name || case t.cmd when 'write' then '_' || c.cmd else '' end as name
    from erp_private.policies t,
      unnest(case t.cmd when 'write' then '{insert,update,delete}'::text[] else array[t.cmd] end) c(cmd)
    where tbl is null or t.table_name = tbl
    order by 1, 5
  loop
    execute format('alter table erp.%I enable row level security', p.table_name);
    execute format('drop policy if exists %I on erp.%I', p.name, p.table_name);
    execute format('create policy %I on erp.%I for %s to %s %s', p.name, p.table_name, p.cmd,
      (select string_agg(quote_ident(r), ', ') from unnest(p.roles) r),
      case p.cmd when 'insert' then format('with check (%s)', p.rule)
                 else format('using (%s)', p.rule) end);
    made := made + 1;
  end loop;
  return made;
end $$;

-- The tables of which the caller sees every row: what is kept about their rows may be seen as well. With all_columns, those of which
-- the caller sees every column too. It asks the catalogue, because permissions may be changed at any time.
create function erp_private.whole_tables(all_columns boolean) returns setof text
language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.relname::text
  from pg_class c
  where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p')
    and case when all_columns then has_table_privilege(c.oid, 'select') else has_any_column_privilege(c.oid, 'select') end
    and (not c.relrowsecurity or exists (select from pg_policy p, unnest(p.polroles) r(oid)
      where p.polrelid = c.oid and p.polcmd in ('r', '*') and pg_has_role(r.oid, 'usage')
        and pg_get_expr(p.polqual, p.polrelid) = 'true'))
$$;

-- Parties. A salesperson works with own customers and with those that nobody has.
insert into erp_private.policies values
  ('customers', 'read_all', 'select', erp_private.readers(), 'true'),
  ('customers', 'own_read', 'select', '{erp_sales}',
    'salesperson_id = (select erp.uid()) or salesperson_id is null'),
  ('customers', 'own_add', 'insert', '{erp_sales}',
    'salesperson_id = (select erp.uid()) or salesperson_id is null'),
  ('customers', 'own_change', 'update', '{erp_sales}',
    'salesperson_id = (select erp.uid()) or salesperson_id is null'),
  ('customers', 'write', 'all', '{erp_manager,erp_admin}', 'true'),
  ('customers', 'credit', 'update', '{erp_accountant}', 'true'),
  ('customers', 'portal', 'select', '{erp_portal_customer}', 'id = (select erp.claim_customer())');

insert into erp_private.policies
select t, p.name, p.cmd, p.roles, p.rule
from unnest(array['contacts', 'addresses', 'activities']) t,
  (values
    ('read_all', 'select', erp_private.readers(), 'true'),
    ('own', 'all', '{erp_sales}'::text[], '(select true from erp.customers c where c.id = customer_id)'),
    ('write', 'all', '{erp_manager,erp_admin}', 'true')) p(name, cmd, roles, rule);
insert into erp_private.policies values
  ('contacts', 'portal', 'select', '{erp_portal_customer}', 'customer_id = (select erp.claim_customer())'),
  ('addresses', 'portal', 'select', '{erp_portal_customer}', 'customer_id = (select erp.claim_customer())'),
  ('contacts', 'portal_buyer', 'select', '{erp_portal_buyer}', 'buyer_id = (select erp.claim_buyer())'),
  ('addresses', 'portal_buyer', 'select', '{erp_portal_buyer}', 'buyer_id = (select erp.claim_buyer())'),
  ('buyers', 'read_all', 'select', erp_private.readers() || '{erp_sales}'::text[], 'true'),
  ('buyers', 'own_add', 'insert', '{erp_merchandiser}',
    'merchandiser_id = (select erp.uid()) or merchandiser_id is null'),
  ('buyers', 'own_change', 'update', '{erp_merchandiser}', 'merchandiser_id = (select erp.uid())'),
  ('buyers', 'write', 'all', '{erp_manager,erp_admin}', 'true'),
  ('buyers', 'portal', 'select', '{erp_portal_buyer}', 'id = (select erp.claim_buyer())');

-- Notifications: everybody their own. Whoever is signed in may mark them read.
insert into erp_private.policies values
  ('notifications', 'own_read', 'select', erp_private.readers() || '{erp_sales,erp_portal_customer,erp_portal_buyer}'::text[],
    'user_id = (select erp.uid())'),
  ('notifications', 'own_change', 'update',
    erp_private.readers() || '{erp_sales,erp_portal_customer,erp_portal_buyer}'::text[], 'user_id = (select erp.uid())'),
  ('notifications', 'write', 'all', '{erp_admin}', 'true');

-- Sales documents: own ones for sales, drafts only for changing, no drafts for the portal.
insert into erp_private.policies values
  ('sales_orders', 'read_all', 'select', erp_private.readers(), 'true'),
  ('sales_orders', 'own_read', 'select', '{erp_sales}',
    'salesperson_id = (select erp.uid()) or salesperson_id is null'),
  ('sales_orders', 'own_add', 'insert', '{erp_sales}',
    '(salesperson_id = (select erp.uid()) or salesperson_id is null)
     and exists (select from erp.customers c where c.id = customer_id)'),
  ('sales_orders', 'own_change', 'update', '{erp_sales}',
    'status = ''draft'' and (salesperson_id = (select erp.uid()) or salesperson_id is null)
     and (select true from erp.customers c where c.id = customer_id)'),
  ('sales_orders', 'own_delete', 'delete', '{erp_sales}',
    'status = ''draft'' and (salesperson_id = (select erp.uid()) or salesperson_id is null)'),
  ('sales_orders', 'add', 'insert', '{erp_manager,erp_admin}', 'true'),
  ('sales_orders', 'change_draft', 'update', '{erp_manager,erp_admin}', 'status = ''draft'''),
  ('sales_orders', 'delete_draft', 'delete', '{erp_manager,erp_admin}', 'status = ''draft'''),
  ('sales_orders', 'portal', 'select', '{erp_portal_customer}',
    'customer_id = (select erp.claim_customer()) and status <> ''draft'''),
  ('deliveries', 'read_all', 'select', erp_private.readers(), 'true'),
  ('deliveries', 'own_read', 'select', '{erp_sales}', '(select true from erp.sales_orders o where o.id = sales_order_id)'),
  ('deliveries', 'portal', 'select', '{erp_portal_customer}',
    'status <> ''draft'' and (select true from erp.sales_orders o where o.id = sales_order_id)'),
  ('deliveries', 'add', 'insert', '{erp_sales,erp_manager,erp_admin}',
    'exists (select from erp.sales_orders o where o.id = sales_order_id)'),
  ('deliveries', 'change_draft', 'update', '{erp_sales,erp_manager,erp_admin}',
    'status = ''draft'' and exists (select from erp.sales_orders o where o.id = sales_order_id)'),
  ('deliveries', 'delete_draft', 'delete', '{erp_sales,erp_manager,erp_admin}',
    'status = ''draft'' and exists (select from erp.sales_orders o where o.id = sales_order_id)');

-- Lines follow their document: readable with it, writable while it is a draft.
insert into erp_private.policies
select t.child, p.name, p.cmd, p.roles, replace(replace(p.rule, '$PARENT', t.parent), '$KEY', t.key)
from (values ('sales_order_items', 'sales_orders', 'sales_order_id'),
             ('delivery_items', 'deliveries', 'delivery_id')) t(child, parent, key),
  (values
    ('read_all', 'select', erp_private.readers(), 'true'),
    ('own_read', 'select', '{erp_sales,erp_portal_customer}'::text[],
      '(select true from erp.$PARENT d where d.id = $KEY)'),
    ('write_draft', 'write', '{erp_sales,erp_manager,erp_admin}',
      'exists (select from erp.$PARENT d where d.id = $KEY and d.status = ''draft'')')) p(name, cmd, roles, rule);

-- Purchasing documents.
insert into erp_private.policies
select 'purchase_orders', p.name, p.cmd, p.roles, p.rule
from (values
    ('read_all', 'select', erp_private.readers(), 'true'),
    ('add', 'insert', '{erp_purchasing,erp_merchandiser,erp_manager,erp_admin}'::text[], 'true'),
    ('change_draft', 'update', '{erp_purchasing,erp_merchandiser,erp_manager,erp_admin}', 'status = ''draft'''),
    ('delete_draft', 'delete', '{erp_purchasing,erp_admin}', 'status = ''draft''')) p(name, cmd, roles, rule);
insert into erp_private.policies values
  ('purchase_order_items', 'read_all', 'select', erp_private.readers(), 'true'),
  ('purchase_order_items', 'write_draft', 'write', '{erp_purchasing,erp_merchandiser,erp_manager,erp_admin}',
    'exists (select from erp.purchase_orders d where d.id = purchase_order_id and d.status = ''draft'')');

-- Accounting: invoices of own customers for sales, posted ones for the portal; drafts are changed, the rest is history.
insert into erp_private.policies values
  ('invoices', 'read_all', 'select', '{erp_viewer,erp_merchandiser,erp_accountant,erp_analyst,erp_manager,erp_admin}', 'true'),
  ('invoices', 'purchase_read', 'select', '{erp_purchasing}', 'supplier_id is not null'),
  ('invoices', 'own_read', 'select', '{erp_sales}', '(select true from erp.customers c where c.id = customer_id)'),
  ('invoices', 'portal', 'select', '{erp_portal_customer}',
    'customer_id = (select erp.claim_customer()) and status <> ''draft'''),
  ('invoices', 'add', 'insert', '{erp_accountant,erp_admin}', 'true'),
  ('invoices', 'change_draft', 'update', '{erp_accountant,erp_admin}', 'status = ''draft'''),
  ('invoice_items', 'read_all', 'select',
    '{erp_viewer,erp_merchandiser,erp_accountant,erp_analyst,erp_manager,erp_admin}', 'true'),
  -- What is bought is seen from the line: no need to look at its invoice, of which there are many before the first one of the caller.
  ('invoice_items', 'own_read', 'select', '{erp_sales,erp_portal_customer}',
    'purchase_order_item_id is null and (select true from erp.invoices d where d.id = invoice_id)'),
  ('invoice_items', 'purchase_read', 'select', '{erp_purchasing}',
    'sales_order_item_id is null and (select true from erp.invoices d where d.id = invoice_id)'),
  ('invoice_items', 'write_draft', 'write', '{erp_accountant,erp_admin}',
    'exists (select from erp.invoices d where d.id = invoice_id and d.status = ''draft'')'),
  ('journal_entries', 'read_all', 'select',
    '{erp_viewer,erp_merchandiser,erp_accountant,erp_analyst,erp_manager,erp_admin}', 'true'),
  ('journal_entries', 'add', 'insert', '{erp_accountant,erp_admin}', 'true'),
  ('journal_entries', 'change_draft', 'update', '{erp_accountant,erp_admin}', 'state = ''draft'''),
  ('payments', 'read_all', 'select', '{erp_viewer,erp_merchandiser,erp_accountant,erp_analyst,erp_manager,erp_admin}', 'true'),
  ('payments', 'own_read', 'select', '{erp_sales}', '(select true from erp.customers c where c.id = customer_id)'),
  ('payments', 'portal', 'select', '{erp_portal_customer}', 'customer_id = (select erp.claim_customer())'),
  ('payment_allocations', 'read_all', 'select',
    '{erp_viewer,erp_merchandiser,erp_accountant,erp_analyst,erp_manager,erp_admin}', 'true'),
  ('payment_allocations', 'own_read', 'select', '{erp_sales,erp_portal_customer}',
    '(select true from erp.payments p where p.id = payment_id)');

-- What is kept about a row is for those who may see the row. Managers see all of it.
insert into erp_private.policies values
  ('doc_events', 'read_all', 'select', erp_private.readers(), 'true'),
  ('doc_events', 'whole', 'select', '{erp_sales}', 'doc_type = any (array(select erp_private.whole_tables(false)))'),
  ('attachments', 'read_all', 'select', '{erp_manager,erp_admin}', 'true'),
  ('attachments', 'write', 'write', '{erp_manager,erp_admin}', 'true'),
  ('audit_log', 'read_all', 'select', '{erp_manager,erp_admin}', 'true'),
  -- The audit trail holds whole rows: it is for those who see every column of the table. Everybody sees when they signed in themselves.
  ('audit_log', 'whole', 'select',
    '{erp_viewer,erp_sales,erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant,erp_analyst}',
    'table_name = any (array(select erp_private.whole_tables(true))) or table_name is null and user_id = (select erp.uid())');
-- Files are changed by whoever added them. Those of a user are the managers' affair: the others see no more of users than their names.
insert into erp_private.policies
select 'attachments', t.name, t.cmd,
  '{erp_viewer,erp_sales,erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant,erp_analyst}',
  'entity <> ''users'' and entity = any (array(select erp_private.whole_tables(false)))' || t.mine
from (values ('whole_read', 'select', ''), ('whole_add', 'insert', ''),
             ('whole_change', 'update', ' and created_by = (select erp.uid())')) t(name, cmd, mine);
-- Of these tables some see a part: the row is looked up.
insert into erp_private.policies
select t.tbl, r.name || t.name, t.cmd, r.roles, format('case %s%s end%s', t.doc_type,
  (select string_agg(format(' when %L then (select true from erp.%I d where d.id = %I)', d, d, t.doc_id), '' order by d)
   from unnest(r.documents) d), t.mine)
from (values ('doc_events', 'read', 'select', 'doc_type', 'doc_id', ''),
             ('attachments', 'read', 'select', 'entity', 'entity_id', ''),
             ('attachments', 'add', 'insert', 'entity', 'entity_id', ''),
             ('attachments', 'change', 'update', 'entity', 'entity_id', ' and created_by = (select erp.uid())'))
    t(tbl, name, cmd, doc_type, doc_id, mine),
  (values ('own_', '{erp_sales}'::text[], '{customers,contacts,addresses,activities,sales_orders,sales_order_items,deliveries,
             delivery_items,invoices,payments,presentations,slides}'::text[]),
          ('purchase_', '{erp_purchasing}', '{invoices}'),
          ('presentation_', '{erp_merchandiser}', '{presentations,slides}')) r(name, roles, documents)
where t.tbl = 'attachments' or r.name = 'own_';

-- Garments: merchandisers change what is theirs and read all; a buyer's portal sees that buyer's own.
insert into erp_private.policies
select t, 'read_all', 'select', erp_private.readers() || '{erp_sales}'::text[], 'true'
from unnest(array['brands', 'styles', 'style_variants', 'samples', 'sample_rounds', 'buyer_orders', 'buyer_order_lines',
  'buyer_order_sizes', 'tna_tasks', 'shipments']) t;
insert into erp_private.policies
select t, 'write', 'all', '{erp_manager,erp_admin}', 'true'
from unnest(array['brands', 'styles', 'style_variants', 'samples', 'buyer_orders', 'tna_tasks', 'shipments']) t;
insert into erp_private.policies
select t, 'portal', 'select', '{erp_portal_buyer}', 'buyer_id = (select erp.claim_buyer())'
from unnest(array['brands', 'styles', 'samples', 'buyer_orders', 'shipments']) t;
insert into erp_private.policies
select t.child, 'portal', 'select', '{erp_portal_buyer}', format('(select true from erp.%I d where d.id = %I)', t.parent, t.key)
from (values ('style_variants', 'styles', 'style_id'), ('sample_rounds', 'samples', 'sample_id'),
             ('buyer_order_lines', 'buyer_orders', 'buyer_order_id'),
             ('buyer_order_sizes', 'buyer_order_lines', 'buyer_order_line_id'),
             ('tna_tasks', 'buyer_orders', 'buyer_order_id')) t(child, parent, key);
insert into erp_private.policies values
  ('tna_tasks', 'portal_sample', 'select', '{erp_portal_buyer}', '(select true from erp.samples d where d.id = sample_id)'),
  ('brands', 'own', 'all', '{erp_merchandiser}',
    'exists (select from erp.buyers b where b.id = buyer_id and b.merchandiser_id = (select erp.uid()))'),
  ('styles', 'own_add', 'insert', '{erp_merchandiser}',
    'merchandiser_id = (select erp.uid()) or merchandiser_id is null'),
  ('styles', 'own_change', 'update', '{erp_merchandiser}', 'merchandiser_id = (select erp.uid())'),
  ('styles', 'own_delete', 'delete', '{erp_merchandiser}',
    'merchandiser_id = (select erp.uid()) and status = ''draft'''),
  ('style_variants', 'own', 'all', '{erp_merchandiser}',
    'exists (select from erp.styles s where s.id = style_id and s.merchandiser_id = (select erp.uid()))'),
  ('samples', 'own_add', 'insert', '{erp_merchandiser}',
    'exists (select from erp.buyers b where b.id = buyer_id and b.merchandiser_id = (select erp.uid()))'),
  ('samples', 'own_change', 'update', '{erp_merchandiser}',
    'exists (select from erp.buyers b where b.id = buyer_id and b.merchandiser_id = (select erp.uid()))'),
  ('samples', 'own_delete', 'delete', '{erp_merchandiser}',
    'status = ''requested'' and exists (select from erp.buyers b where b.id = buyer_id and b.merchandiser_id = (select erp.uid()))'),
  ('buyer_orders', 'own_add', 'insert', '{erp_merchandiser}',
    'merchandiser_id = (select erp.uid()) or merchandiser_id is null'),
  ('buyer_orders', 'own_change', 'update', '{erp_merchandiser}',
    'merchandiser_id = (select erp.uid()) and status in (''received'', ''confirmed'')'),
  ('buyer_order_lines', 'own', 'write', '{erp_merchandiser}',
    'exists (select from erp.buyer_orders d where d.id = buyer_order_id and d.status in (''received'', ''confirmed'')
       and d.merchandiser_id = (select erp.uid()))'),
  ('buyer_order_lines', 'write_open', 'write', '{erp_manager,erp_admin}',
    'exists (select from erp.buyer_orders d where d.id = buyer_order_id and d.status in (''received'', ''confirmed''))'),
  ('buyer_order_sizes', 'own', 'write', '{erp_merchandiser}',
    'exists (select from erp.buyer_order_lines l join erp.buyer_orders d on d.id = l.buyer_order_id
       where l.id = buyer_order_line_id and d.status in (''received'', ''confirmed'')
       and d.merchandiser_id = (select erp.uid()))'),
  ('buyer_order_sizes', 'write_open', 'write', '{erp_manager,erp_admin}',
    'exists (select from erp.buyer_order_lines l join erp.buyer_orders d on d.id = l.buyer_order_id
       where l.id = buyer_order_line_id and d.status in (''received'', ''confirmed''))'),
  ('tna_tasks', 'plan', 'all', '{erp_merchandiser}', 'true'),
  ('shipments', 'handle', 'all', '{erp_merchandiser,erp_warehouse}', 'true');

-- Colours, sizes, materials and operations of a style are planned by whoever has the style.
insert into erp_private.policies
select d.tbl, p.name, p.cmd, p.roles, p.rule
from (values ('style_variant_colors', 'exists (select from erp.style_variants v join erp.styles s on s.id = v.style_id
                where v.id = style_variant_id and s.merchandiser_id = (select erp.uid()))'),
             ('style_skus', 'exists (select from erp.style_variants v join erp.styles s on s.id = v.style_id
                where v.id = style_variant_id and s.merchandiser_id = (select erp.uid()))'),
             ('style_materials', 'exists (select from erp.styles s where s.id = style_id and s.merchandiser_id = (select erp.uid()))'),
             ('style_operations', 'exists (select from erp.styles s where s.id = style_id and s.merchandiser_id = (select erp.uid()))'))
    d(tbl, own),
  lateral (values ('read_all', 'select', erp_private.readers() || '{erp_sales}'::text[], 'true'),
    ('own', 'write', '{erp_merchandiser}'::text[], d.own),
    ('write', 'write', '{erp_manager,erp_admin}'::text[], 'true')) p(name, cmd, roles, rule);

-- Presentations: owners work with their own; watching is recorded by functions only.
insert into erp_private.policies
select t, 'read_all', 'select', '{erp_viewer,erp_analyst,erp_manager,erp_admin}', 'true'
from unnest(array['presentations', 'slides', 'presentation_links', 'viewers', 'view_sessions', 'slide_views',
  'presentation_feedback', 'slide_stats_daily']) t;
insert into erp_private.policies
select t, 'write', 'all', '{erp_manager,erp_admin}', 'true'
from unnest(array['presentations', 'slides', 'presentation_links', 'viewers', 'view_sessions', 'slide_views',
  'presentation_feedback']) t;
insert into erp_private.policies values
  ('presentations', 'own', 'all', '{erp_sales,erp_merchandiser}', 'owner_id = (select erp.uid())'),
  ('slides', 'own', 'all', '{erp_sales,erp_merchandiser}',
    'presentation_id = any (array(select p.id from erp.presentations p where p.owner_id = (select erp.uid())))'),
  ('presentation_links', 'own', 'all', '{erp_sales,erp_merchandiser}',
    'exists (select from erp.presentations p where p.id = presentation_id and p.owner_id = (select erp.uid()))'),
  ('view_sessions', 'own', 'select', '{erp_sales,erp_merchandiser}',
    'presentation_id = any (array(select p.id from erp.presentations p where p.owner_id = (select erp.uid())))'),
  ('presentation_feedback', 'own', 'select', '{erp_sales,erp_merchandiser}',
    'presentation_id = any (array(select p.id from erp.presentations p where p.owner_id = (select erp.uid())))'),
  -- One has few presentations, and there are millions of views: the own slides and viewers are found first, then their rows by index.
  ('slide_views', 'own', 'select', '{erp_sales,erp_merchandiser}', 'slide_id = any (array(select s.id from erp.slides s))'),
  ('slide_stats_daily', 'own', 'select', '{erp_sales,erp_merchandiser}', 'slide_id = any (array(select s.id from erp.slides s))'),
  ('viewers', 'own', 'select', '{erp_sales,erp_merchandiser}', 'id = any (array(select v.viewer_id from erp.view_sessions v))');
