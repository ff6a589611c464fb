-- Undoes 0061_permissions: takes every right away again, then the machinery.
-- SPDX-License-Identifier: ISC

delete from erp.role_permissions;

do $$
declare
  p record;
  roles text := 'erp_anon, erp_viewer, erp_sales, erp_purchasing, erp_warehouse, erp_merchandiser, erp_accountant,
    erp_analyst, erp_manager, erp_admin, erp_portal_customer, erp_portal_buyer, erp_authenticator';
begin
  for p in select tablename, policyname from pg_policies where schemaname = 'erp' loop
    execute format('drop policy %I on erp.%I', p.policyname, p.tablename);
  end loop;
  for p in select relname from pg_class where relnamespace = 'erp'::regnamespace and relrowsecurity loop
    execute format('alter table erp.%I disable row level security', p.relname);
  end loop;
  execute 'revoke all on all tables in schema erp, erp_private from ' || roles;
  execute 'revoke all on all sequences in schema erp, erp_private from ' || roles;
  execute 'revoke all on all functions in schema erp, erp_private from ' || roles;
  execute 'revoke all on schema erp, erp_private from ' || roles;
  execute 'grant execute on all functions in schema erp, erp_private to public';
end $$;

drop trigger permission_fixed on erp.role_permissions;
drop trigger permission_granted on erp.role_permissions;
drop function erp_private.grant_groups(text);
drop function erp_private.protect_columns(text);
drop table erp_private.function_rights;
drop table erp_private.column_rules;
drop table erp_private.group_rights;
drop table erp_private.table_groups;
drop function erp_private.permission_changed();
drop function erp_private.allowed_columns(text, text, text);
