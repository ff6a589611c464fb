-- Tables of one's own beside those of the ERP: docs/erp.md has an example.
-- SPDX-License-Identifier: ISC

-- Gives a new table of the schema erp what the others have: the rights of a group of tables, columns that the database alone writes,
-- the rules for rows that erp_private.policies holds for it, the triggers that keep updated_at and row_version, and the audit trail.
create function erp_private.add_table(tbl text, grp text, audited boolean default false) returns void
language plpgsql set search_path = erp_private, pg_temp as $$
begin
  if not exists (select from group_rights g where g.grp = add_table.grp) then
    raise exception 'there is no group of tables "%"', grp using errcode = 'foreign_key_violation',
      hint = (select 'There are: ' || string_agg(distinct g.grp, ', ' order by g.grp) || '.' from group_rights g);
  end if;
  insert into table_groups values (tbl, grp);
  perform protect_columns(tbl), grant_groups(tbl), apply_policies(tbl), add_standard_triggers();
  if audited then
    execute format('create trigger zz_audit after insert or update or delete on erp.%I for each row execute function erp_private.audit()', tbl);
  end if;
end $$;

-- Before the table is dropped: takes back what add_table gave.
create function erp_private.remove_table(tbl text) returns void
language plpgsql set search_path = erp_private, pg_temp as $$
begin
  delete from erp.role_permissions p where p.table_name = tbl;
  delete from table_groups t where t.table_name = tbl;
  delete from column_rules r where r.table_name = tbl;
  delete from policies p where p.table_name = tbl;
end $$;

revoke execute on function erp_private.add_table(text, text, boolean), erp_private.remove_table(text) from public;
