-- Who may do what: one table of rights, from which the grants and the mirror erp.role_permissions are made.
-- V view, A add, C change, D delete. What is missing here goes through functions, which check for themselves.
-- SPDX-License-Identifier: ISC

create table erp_private.table_groups (
  table_name text primary key,
  grp text not null
);
create table erp_private.group_rights (
  grp text not null,
  role text not null,
  rights text not null check (rights ~ '^V?A?C?D?$'),
  row_rule text,
  primary key (grp, role)
);
-- "deny": these columns never (roles null: nobody). "only": this role these columns and no others.
create table erp_private.column_rules (
  table_name text not null,
  action text not null check (action in ('view', 'write')),
  mode text not null check (mode in ('deny', 'only')),
  columns text[] not null,
  roles text[]
);

insert into erp_private.table_groups
select t, g from (values
  ('reference', '{currencies,countries,ports,units,roles,doc_transitions}'::text[]),
  ('organisation', '{departments}'),
  ('finance_reference', '{payment_terms,tax_rates,exchange_rates}'),
  ('identity', '{users,user_roles}'),
  ('company', '{settings,role_permissions}'),
  ('notifications', '{notifications}'),
  ('attachments', '{attachments}'),
  ('customers', '{customers}'),
  ('customer_details', '{contacts,addresses,activities}'),
  ('buyers', '{buyers,brands}'),
  ('suppliers', '{suppliers,product_suppliers}'),
  ('bank', '{bank_accounts}'),
  ('catalogue', '{product_categories,products,unit_conversions,price_lists,price_list_items}'),
  ('materials', '{materials}'),
  ('warehouses', '{warehouses,lots}'),
  ('stock', '{stock_moves,stock_balances,stock_reservations}'),
  ('stock_documents', '{stock_transfers,stock_transfer_items,stock_counts,stock_count_items}'),
  ('sales', '{sales_orders,sales_order_items,deliveries,delivery_items}'),
  ('purchasing', '{purchase_orders,purchase_order_items}'),
  ('receipts', '{goods_receipts,goods_receipt_items}'),
  ('ledger', '{accounts,fiscal_periods,journal_entries,journal_lines}'),
  ('invoices', '{invoices,invoice_items}'),
  ('payments', '{payments,payment_allocations}'),
  ('garment_reference', '{seasons,colors,sizes,operations}'),
  ('styles', '{styles,style_variants}'),
  ('style_details', '{style_variant_colors,style_skus,style_materials,style_operations}'),
  ('samples', '{samples}'),
  ('sample_rounds', '{sample_rounds}'),
  ('buyer_orders', '{buyer_orders,buyer_order_lines,buyer_order_sizes}'),
  ('tna', '{tna_tasks}'),
  ('production', '{production_lines,production_orders,cutting_batches,bundles,inspections}'),
  ('outputs', '{production_outputs}'),
  ('shipments', '{shipments}'),
  ('cartons', '{cartons,carton_items}'),
  ('presentations', '{presentations}'),
  ('slides', '{slides}'),
  ('links', '{presentation_links}'),
  ('engagement', '{viewers,view_sessions,slide_views,presentation_feedback}'),
  ('engagement_stats', '{slide_stats_daily}'),
  ('history', '{doc_events}'),
  ('audit', '{audit_log}')) s(g, tables), unnest(s.tables) t;

-- One row for each group, one column for each role; - is nothing. The order of the roles is that of the header.
insert into erp_private.group_rights (grp, role, rights)
select g.grp, r.role, r.rights
from (values
--                      viewer sales   purch   wareh  merch   acct   analyst manager admin   customer buyer
  ('reference',         '{V,   V,      V,      V,     V,      V,     V,      VAC,    VACD,   V,       V}'::text[]),
  ('finance_reference', '{V,   V,      V,      V,     V,      VAC,   V,      VAC,    VACD,   V,       V}'),
  ('organisation',      '{V,   V,      V,      V,     V,      V,     V,      VAC,    VACD,   -,       -}'),
  ('identity',          '{V,   V,      V,      V,     V,      V,     -,      V,      VACD,   -,       -}'),
  ('company',           '{V,   V,      V,      V,     V,      V,     V,      V,      VACD,   -,       -}'),
  ('notifications',     '{VC,  VC,     VC,     VC,    VC,     VC,    VC,     VC,     VACD,   VC,      VC}'),
  ('attachments',       '{V,   VAC,    VAC,    VAC,   VAC,    VAC,   V,      VAC,    VACD,   -,       -}'),
  ('customers',         '{V,   VAC,    V,      V,     V,      VC,    V,      VAC,    VACD,   V,       V}'),
  ('customer_details',  '{V,   VAC,    V,      V,     V,      V,     V,      VAC,    VACD,   V,       V}'),
  ('buyers',            '{V,   V,      V,      V,     VAC,    V,     V,      VAC,    VACD,   -,       V}'),
  ('suppliers',         '{V,   -,      VAC,    V,     V,      V,     V,      VAC,    VACD,   -,       -}'),
  ('bank',              '{-,   -,      -,      -,     -,      VAC,   -,      V,      VACD,   -,       -}'),
  ('catalogue',         '{V,   V,      VAC,    V,     V,      V,     V,      VAC,    VACD,   -,       -}'),
  ('materials',         '{V,   V,      VAC,    V,     VAC,    V,     V,      VAC,    VACD,   -,       -}'),
  ('warehouses',        '{V,   V,      V,      VAC,   V,      V,     V,      VAC,    VACD,   -,       -}'),
  ('stock',             '{V,   V,      V,      V,     V,      V,     V,      V,      V,      -,       -}'),
  ('stock_documents',   '{V,   V,      V,      VAC,   V,      V,     V,      VAC,    VACD,   -,       -}'),
  ('sales',             '{V,   VACD,   V,      V,     V,      V,     V,      VAC,    VACD,   V,       -}'),
  ('purchasing',        '{V,   -,      VACD,   V,     VAC,    V,     V,      VAC,    VACD,   -,       -}'),
  ('receipts',          '{V,   -,      V,      V,     V,      V,     V,      V,      V,      -,       -}'),
  ('ledger',            '{-,   -,      -,      -,     V,      VAC,   V,      V,      VAC,    -,       -}'),
  ('invoices',          '{V,   V,      V,      -,     V,      VAC,   V,      V,      VAC,    V,       -}'),
  ('payments',          '{V,   V,      -,      -,     V,      V,     V,      V,      V,      V,       -}'),
  ('garment_reference', '{V,   V,      V,      V,     VAC,    V,     V,      VAC,    VACD,   V,       V}'),
  ('styles',            '{V,   V,      V,      V,     VACD,   V,     V,      VAC,    VACD,   -,       V}'),
  ('style_details',     '{V,   V,      V,      V,     VACD,   V,     V,      VAC,    VACD,   -,       -}'),
  ('samples',           '{V,   V,      V,      V,     VACD,   V,     V,      VAC,    VACD,   -,       V}'),
  ('sample_rounds',     '{V,   V,      V,      V,     V,      V,     V,      V,      V,      -,       V}'),
  ('buyer_orders',      '{V,   V,      V,      V,     VAC,    V,     V,      VAC,    VACD,   -,       V}'),
  ('tna',               '{V,   V,      V,      V,     VACD,   V,     V,      VAC,    VACD,   -,       V}'),
  ('production',        '{V,   V,      V,      VAC,   VAC,    V,     V,      VAC,    VACD,   -,       -}'),
  ('outputs',           '{V,   V,      V,      VAC,   V,      V,     V,      VAC,    VACD,   -,       -}'),
  ('shipments',         '{V,   V,      V,      VAC,   VAC,    V,     V,      VAC,    VACD,   -,       V}'),
  ('cartons',           '{V,   V,      V,      VAC,   VAC,    V,     V,      VAC,    VACD,   -,       -}'),
  ('presentations',     '{V,   VAC,    -,      -,     VAC,    -,     V,      VAC,    VACD,   -,       -}'),
  ('slides',            '{V,   VACD,   -,      -,     VACD,   -,     V,      VACD,   VACD,   -,       -}'),
  ('links',             '{V,   VC,     -,      -,     VC,     -,     V,      VC,     VCD,    -,       -}'),
  ('engagement',        '{V,   V,      -,      -,     V,      -,     V,      V,      VD,     -,       -}'),
  ('engagement_stats',  '{V,   V,      -,      -,     V,      -,     V,      V,      V,      -,       -}'),
  ('history',           '{-,   V,      V,      V,     V,      V,     V,      V,      V,      -,       -}'),
  ('audit',             '{-,   -,      V,      V,     V,      V,     -,      V,      V,      -,       -}')
  ) g(grp, rights),
  unnest('{erp_viewer,erp_sales,erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant,erp_analyst,erp_manager,
    erp_admin,erp_portal_customer,erp_portal_buyer}'::text[], g.rights) r(role, rights)
where r.rights <> '-';

-- The columns that the database alone writes. tbl null: of every table.
create function erp_private.protect_columns(tbl text default null) returns void
language sql as $$
  insert into erp_private.column_rules
  select c.table_name, 'write', 'deny', array_agg(c.column_name), null
  from information_schema.columns c
  where c.table_schema = 'erp' and (c.is_generated = 'ALWAYS' or c.is_identity = 'YES'
      or c.column_name in ('created_at', 'updated_at', 'created_by', 'row_version'))
    and (tbl is null or c.table_name = tbl)
  group by c.table_name
$$;
select erp_private.protect_columns();
-- What only a document's own functions write, and what some roles do not see.
insert into erp_private.column_rules values
  ('users', 'view', 'only', '{id,username,full_name,department_id,role,is_active}',
    '{erp_viewer,erp_sales,erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant}'),
  ('users', 'write', 'deny', '{last_login_at}', null),
  ('notifications', 'write', 'only', '{read_at}', '{erp_viewer,erp_sales,erp_purchasing,erp_warehouse,erp_merchandiser,
    erp_accountant,erp_analyst,erp_manager,erp_portal_customer,erp_portal_buyer}'),
  ('customers', 'write', 'deny', '{credit_limit}', '{erp_sales}'),
  ('customers', 'write', 'only', '{credit_limit}', '{erp_accountant}'),
  ('product_categories', 'write', 'deny', '{path}', null),
  ('products', 'view', 'deny', '{cost_price}', '{erp_viewer,erp_sales}'),
  ('products', 'write', 'deny', '{current_stock}', null),
  ('warehouses', 'write', 'deny', '{allow_negative}', '{erp_warehouse}'),
  ('stock_moves', 'view', 'deny', '{unit_cost}', '{erp_viewer,erp_sales}'),
  ('stock_balances', 'view', 'deny', '{avg_cost}', '{erp_viewer,erp_sales}'),
  ('stock_transfers', 'write', 'deny', '{transfer_no,status,moved_at}', null),
  ('stock_transfer_items', 'write', 'deny', '{received_qty}', null),
  ('stock_counts', 'write', 'deny', '{count_no,status,counted_at}', null),
  -- The rate of the day, unless a manager says otherwise: the limit of a customer's credit is judged by it.
  ('sales_orders', 'write', 'deny', '{exchange_rate}', '{erp_sales}'),
  ('sales_orders', 'write', 'deny', '{order_no,status,delivery_status,billing_status,subtotal,tax_amount,confirmed_at,
    cancelled_at,cancel_reason}', null),
  ('sales_order_items', 'write', 'deny', '{delivered_qty,invoiced_qty}', null),
  ('deliveries', 'write', 'deny', '{delivery_no,status,shipped_at,delivered_at}', null),
  ('delivery_items', 'write', 'deny', '{returned_qty}', null),
  ('purchase_orders', 'write', 'deny', '{po_no,status,billing_status,subtotal,tax_amount,approved_by,approved_at}', null),
  ('purchase_order_items', 'write', 'deny', '{received_qty,invoiced_qty}', null),
  ('goods_receipt_items', 'view', 'deny', '{unit_cost}', '{erp_viewer,erp_sales}'),
  ('invoices', 'write', 'deny', '{invoice_no,status,subtotal,tax_amount,paid_amount,journal_entry_id}', null),
  ('payments', 'write', 'deny', '{payment_no,allocated_amount,journal_entry_id}', null),
  ('styles', 'view', 'deny', '{fob_target}', '{erp_viewer,erp_sales,erp_portal_buyer}'),
  ('styles', 'write', 'deny', '{status,smv}', null),
  ('samples', 'write', 'deny', '{sample_no,current_round,status,approved_at}', null),
  ('buyer_orders', 'write', 'deny', '{order_no,status,total_qty,total_value}', null),
  ('buyer_order_lines', 'write', 'deny', '{qty,shipped_qty}', null),
  ('buyer_order_sizes', 'write', 'deny', '{cut_qty,sewn_qty,finished_qty,packed_qty,shipped_qty}', null),
  ('production_orders', 'write', 'deny', '{prod_no,status}', null),
  ('cutting_batches', 'write', 'deny', '{batch_no}', null),
  ('shipments', 'write', 'deny', '{shipment_no,status,cartons,gross_kg,cbm,invoice_id}', null),
  ('presentations', 'write', 'deny', '{slide_count}', null),
  ('presentation_links', 'write', 'deny', '{view_count}', null),
  ('presentation_links', 'write', 'only', '{expires_at,max_views,revoked_at}',
    '{erp_sales,erp_merchandiser,erp_manager,erp_admin}'),
  ('journal_entries', 'write', 'deny', '{entry_no,state,source_type,source_id,reverses_id}', null);

-- The columns of a table that a role may see or write; null: all of them.
create function erp_private.allowed_columns(who text, tbl text, act text) returns text[]
language plpgsql stable set search_path = erp_private, pg_temp as $$
declare
  denied text[];
  allowed text[];
begin
  select array_agg(c) filter (where r.mode = 'deny'), array_agg(c) filter (where r.mode = 'only')
  into denied, allowed
  from column_rules r, unnest(r.columns) c
  where r.table_name = tbl and r.action = act and (r.roles is null or who = any (r.roles));
  if denied is null and allowed is null then
    return null;
  end if;
  return (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
          where a.attrelid = to_regclass(format('erp.%I', tbl)) and a.attnum > 0 and not a.attisdropped
            and (allowed is null or a.attname = any (allowed)) and not a.attname = any (coalesce(denied, '{}')));
end $$;

-- A row in role_permissions is a grant: adding one grants, deleting one revokes, so that the mirror cannot lie.
create function erp_private.permission_changed() returns trigger
language plpgsql security definer set search_path = erp_private, pg_temp as $$
declare
  p erp.role_permissions := case tg_op when 'DELETE' then old else new end;
  verb text := case p.action when 'view' then 'select' when 'add' then 'insert' when 'change' then 'update' else 'delete' end;
  possible text[] := (select array_agg(distinct a.action order by a.action)
    from table_groups t join group_rights r on r.grp = t.grp
    join (values ('view', 'V'), ('add', 'A'), ('change', 'C'), ('delete', 'D')) a(action, letter) on strpos(r.rights, a.letter) > 0
    where t.table_name = p.table_name);
  cols text := '';
begin
  if to_regclass(format('erp.%I', p.table_name)) is null then
    perform fail('23503', 'role_permissions_table', format('there is no table %s', p.table_name));
  end if;
  -- What no role was ever given is not for giving: only functions write there (ledgers, histories, what others did).
  if tg_op = 'INSERT' and p.action <> all (coalesce(possible, '{}')) then
    perform fail('23514', 'role_permissions_functions_only', format('nobody can be given "%s" on %s', p.action, p.table_name),
      hint => coalesce(format('Possible on %s: ', p.table_name) || array_to_string(possible, ', ') || '.',
        'erp_private.add_table gives a new table its rights.'));
  end if;
  if tg_op = 'DELETE' then
    execute format('revoke %s on erp.%I from %I', verb, p.table_name, p.role);
    return old;
  end if;
  if p.action <> 'delete' then
    select coalesce(' (' || string_agg(quote_ident(c), ', ') || ')', '') into cols
    from unnest(allowed_columns(p.role, p.table_name, case p.action when 'view' then 'view' else 'write' end)) c;
  end if;
  execute format('grant %s%s on erp.%I to %I', verb, cols, p.table_name, p.role);
  return new;
end $$;
create trigger permission_granted before insert or delete on erp.role_permissions
  for each row execute function erp_private.permission_changed();
create trigger permission_fixed before update of role, table_name, action on erp.role_permissions
  for each statement execute function erp_private.append_only();

-- What the groups of tables say, as grants and with the rules for rows. tbl null: for every table.
create function erp_private.grant_groups(tbl text default null) returns void
language sql as $$
  insert into erp.role_permissions (role, table_name, action, row_rule)
  select r.role, t.table_name, a.action,
    (select case when p.rule <> 'true' then p.rule end from erp_private.policies p
     where p.table_name = t.table_name and r.role = any (p.roles)
       and (p.cmd in (a.cmd, 'all') or p.cmd = 'write' and a.cmd <> 'select') order by p.cmd = 'all', p.name desc limit 1)
  from erp_private.group_rights r
  join erp_private.table_groups t on t.grp = r.grp
  join (values ('V', 'view', 'select'), ('A', 'add', 'insert'), ('C', 'change', 'update'), ('D', 'delete', 'delete'))
    a(letter, action, cmd) on strpos(r.rights, a.letter) > 0
  where tbl is null or t.table_name = tbl
$$;
select erp_private.grant_groups();
select erp_private.apply_policies();

-- Functions are nobody's until listed here. Each checks its caller again where the row matters.
create table erp_private.function_rights (
  name text primary key,
  roles text[] not null
);
insert into erp_private.function_rights
select f, r.roles
from (values
  ('everybody', '{uid,claim_customer,claim_buyer,me}'::text[]),
  ('visitors', '{open_presentation,record_slide_views,end_session,give_feedback}'),
  ('signed_in', '{update_profile}'),
  ('internal', '{low_stock,dashboard_stats,search_all,sales_by_month,top_products,sales_by_salesperson,customer_order_history,
    buyer_order_book,tna_overdue,sample_turnaround,set_status}'),
  ('costs', '{stock_valuation}'),
  ('books', '{trial_balance}'),
  ('receivables', '{ar_ageing,customer_statement}'),
  ('engagement', '{presentation_engagement}'),
  ('rollup', '{rollup_slide_stats,rollup_reports}'),
  ('sharing', '{share_presentation}'),
  ('selling', '{place_order,confirm_order,cancel_order}'),
  ('shipping', '{ship_order}'),
  ('stockkeeping', '{post_stock_movement,reverse_stock_move,transfer_stock,start_stock_count,post_stock_count,record_production}'),
  ('receiving', '{receive_goods}'),
  ('accounting', '{post_journal,reverse_journal,book_purchase_invoice,register_payment,cancel_payment,
    cancel_invoice}'),
  ('invoicing', '{issue_invoice}'),
  ('sampling', '{submit_sample}'),
  ('deciding', '{decide_sample,approve_sample}')) g(grp, functions)
join (values
  ('everybody', '{erp_anon,erp_viewer,erp_sales,erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant,erp_analyst,
    erp_manager,erp_admin,erp_portal_customer,erp_portal_buyer}'::text[]),
  ('visitors', '{erp_anon,erp_viewer,erp_sales,erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant,erp_analyst,
    erp_manager,erp_admin,erp_portal_customer,erp_portal_buyer}'),
  ('signed_in', '{erp_viewer,erp_sales,erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant,erp_analyst,
    erp_manager,erp_admin,erp_portal_customer,erp_portal_buyer}'),
  ('internal', '{erp_viewer,erp_sales,erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant,erp_analyst,erp_manager,erp_admin}'),
  ('costs', '{erp_purchasing,erp_warehouse,erp_merchandiser,erp_accountant,erp_analyst,erp_manager,erp_admin}'),
  ('books', '{erp_merchandiser,erp_accountant,erp_analyst,erp_manager,erp_admin}'),
  ('receivables', '{erp_viewer,erp_sales,erp_accountant,erp_analyst,erp_manager,erp_admin,erp_portal_customer}'),
  ('engagement', '{erp_viewer,erp_sales,erp_merchandiser,erp_analyst,erp_manager,erp_admin}'),
  ('rollup', '{erp_analyst,erp_manager,erp_admin}'),
  ('sharing', '{erp_sales,erp_merchandiser,erp_manager,erp_admin}'),
  ('selling', '{erp_sales,erp_manager,erp_admin}'),
  ('shipping', '{erp_sales,erp_warehouse,erp_manager,erp_admin}'),
  ('stockkeeping', '{erp_warehouse,erp_manager,erp_admin}'),
  ('receiving', '{erp_warehouse,erp_purchasing,erp_manager,erp_admin}'),
  ('accounting', '{erp_accountant,erp_admin}'),
  ('invoicing', '{erp_accountant,erp_manager,erp_admin}'),
  ('sampling', '{erp_merchandiser,erp_manager,erp_admin}'),
  ('deciding', '{erp_merchandiser,erp_manager,erp_admin,erp_portal_buyer}')) r(grp, roles) on r.grp = g.grp,
  unnest(g.functions) f;

revoke execute on all functions in schema erp, erp_private from public;
do $$
declare
  f record;
  internal text := 'erp_viewer, erp_sales, erp_purchasing, erp_warehouse, erp_merchandiser, erp_accountant, erp_analyst,
    erp_manager, erp_admin';
  everybody text := internal || ', erp_anon, erp_portal_customer, erp_portal_buyer';
begin
  execute 'grant usage on schema erp to ' || everybody;
  execute 'grant select on erp.public_products to ' || everybody;
  execute 'grant select on erp.product_stock to ' || internal;
  -- Generated columns and the defaults of document numbers run with the rights of whoever inserts.
  execute 'grant execute on function erp_private.fold(text[]) to ' || everybody;
  execute 'grant execute on function erp_private.digits(bigint, int) to ' || internal;
  -- So do the rules for rows.
  execute 'grant execute on function erp_private.whole_tables(boolean) to ' || internal;
  execute 'grant usage on all sequences in schema erp_private to ' || internal;
  for f in
    select p.oid::regprocedure as signature, array_to_string(r.roles, ', ') as roles
    from erp_private.function_rights r
    join pg_proc p on p.proname = r.name and p.pronamespace = 'erp'::regnamespace
  loop
    execute format('grant execute on function %s to %s', f.signature, f.roles);
  end loop;
  if exists (select from erp_private.function_rights r
             where not exists (select from pg_proc p where p.proname = r.name and p.pronamespace = 'erp'::regnamespace))
     or exists (select from pg_proc p where p.pronamespace = 'erp'::regnamespace
                and not exists (select from erp_private.function_rights r where r.name = p.proname)) then
    raise exception 'erp_private.function_rights does not list the functions of schema erp';
  end if;
  -- The login role of the server signs people in; it can do nothing else.
  grant usage on schema erp_private to erp_authenticator;
  for f in
    select p.oid::regprocedure as signature from pg_proc p
    where p.pronamespace = 'erp_private'::regnamespace and p.proname like 'auth\_%'
  loop
    execute format('grant execute on function %s to erp_authenticator', f.signature);
  end loop;
end $$;
