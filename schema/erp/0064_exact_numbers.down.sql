-- Undoes 0064_exact_numbers.
-- SPDX-License-Identifier: ISC

do $$
declare
  t record;
begin
  for t in
    select c.relname, k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid
    where k.connamespace = 'erp'::regnamespace and k.contype = 'c' and (k.conname = c.relname || '_numbers'
      or pg_get_constraintdef(k.oid) like '%2999-12-31%' and k.conname like '%\_day')
      and k.coninhcount = 0
  loop
    execute format('alter table erp.%I drop constraint %I', t.relname, t.conname);
  end loop;
end $$;
