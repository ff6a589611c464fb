-- Who changed what: a row in audit_log for each change of master data and of the heads of documents.
-- SPDX-License-Identifier: ISC

-- Columns that the machinery keeps are no change by anybody; nor are the totals of a document while it is being made, line by line.
create function erp_private.audit() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  was jsonb;
  is_now jsonb;
  diff jsonb;
  kept text[] := '{search,updated_at,row_version,current_stock,last_login_at}';
  totals text[] := '{subtotal,tax_amount,total_amount,base_total,balance,total_qty,total_value,cartons,gross_kg,cbm,smv}';
begin
  if tg_op <> 'INSERT' then
    was := to_jsonb(old) - kept;
  end if;
  if tg_op <> 'DELETE' then
    is_now := to_jsonb(new) - kept;
  end if;
  if tg_op = 'UPDATE' then
    select jsonb_object_agg(n.key, jsonb_build_array(was -> n.key, n.value)) into diff
    from jsonb_each(is_now) n where was -> n.key is distinct from n.value;
    if diff is null or is_now ->> 'created_at' = to_jsonb(now()) #>> '{}' and diff - totals = '{}' then
      return null;
    end if;
  end if;
  insert into audit_log (user_id, action, table_name, row_id, changed, request_id)
  values (erp.uid(), left(tg_op, 1), tg_table_name,
    coalesce(coalesce(is_now, was) ->> 'id', coalesce(is_now, was) ->> 'key', coalesce(is_now, was) ->> 'product_id',
      coalesce(is_now, was) ->> 'user_id', coalesce(is_now, was) ->> 'role'),
    coalesce(diff, is_now, was),
    left(nullif(current_setting('request.headers', true), '')::json ->> 'x-request-id', 128));
  return null;
end $$;

do $$
declare
  t text;
begin
  foreach t in array array['users', 'user_roles', 'role_permissions', 'settings', 'customers', 'buyers', 'suppliers',
    'bank_accounts', 'products', 'product_suppliers', 'price_list_items', 'sales_orders', 'purchase_orders', 'accounts',
    'journal_entries', 'invoices', 'payments', 'styles', 'samples', 'buyer_orders', 'shipments']
  loop
    execute format('create trigger zz_audit after insert or update or delete on erp.%I
      for each row execute function erp_private.audit()', t);
  end loop;
end $$;

revoke execute on function erp_private.audit() from public;
