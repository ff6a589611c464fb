-- Numbers that are none. NaN is a numeric that is greater than every number, so a rule like qty > 0 lets it pass, and one NaN in
-- a line would make one of every sum above it. (Infinity does not fit into a column that has a precision.)
-- SPDX-License-Identifier: ISC

do $$
declare
  t record;
begin
  for t in
    select c.relname, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and a.atttypid = 'numeric'::regtype and a.attgenerated = ''
    group by c.relname order by c.relname
  loop
    execute format('alter table erp.%I add constraint %I check (not ''NaN'' in (%s))', t.relname, t.relname || '_numbers', t.columns);
  end loop;
end $$;
