-- Numbers and days that are none. NaN is a numeric that is greater than every number, so a rule like qty > 0 lets it pass, and one NaN in
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

-- A day like 5874897-01-01 or infinity is one for PostgreSQL, but not for arithmetic with days: one such order would stop the reports.
do $$
declare
  d record;
begin
  for d in
    select c.relname, a.attname
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and a.atttypid = 'date'::regtype and a.attgenerated = ''
    order by c.relname, a.attnum
  loop
    execute format('alter table erp.%I add constraint %I check (%I between ''1900-01-01'' and ''2999-12-31'')',
      d.relname, d.relname || '_' || d.attname || '_day', d.attname);
  end loop;
end $$;
