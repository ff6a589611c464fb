-- Demo data: indexes and foreign keys of the big tables are put aside while the rows come in, and made again at the end:
-- that takes half the time of keeping them up to date row by row. What was put aside is remembered in erp_demo.aside.
-- SPDX-License-Identifier: ISC

create table if not exists erp_demo.aside (
  rel regclass not null,
  name text not null,
  kind text not null,
  definition text not null,
  primary key (rel, name)
);

-- Everything but keys: what the generator looks rows up by stays.
create or replace function erp_demo.put_aside() returns bigint
language plpgsql as $$
declare
  a record;
begin
  insert into erp_demo.aside
  select k.conrelid::regclass, k.conname, 'constraint', pg_get_constraintdef(k.oid)
  from pg_constraint k join pg_class c on c.oid = k.conrelid
  where k.contype = 'f' and k.connamespace = 'erp'::regnamespace and c.relkind = 'r' and k.conparentid = 0
  union all
  -- That of a partitioned table says ON ONLY, and would be made without those of the partitions.
  select i.indrelid::regclass, c.relname, 'index', replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
  where t.relnamespace = 'erp'::regnamespace and t.relkind in ('r', 'p') and not i.indisunique and not i.indisexclusion
    and t.relname not in ('addresses', 'contacts', 'users', 'brands', 'suppliers', 'buyers');
  for a in select * from erp_demo.aside order by kind loop
    if a.kind = 'constraint' then
      execute format('alter table %s drop constraint %I', a.rel, a.name);
    else
      execute format('drop index erp.%I', a.name);
    end if;
  end loop;
  return (select count(*) from erp_demo.aside);
end $$;

-- Part k of n; constraints come after all indexes, since checking them needs those.
create or replace function erp_demo.put_back(what text, part int, parts int) returns bigint
language plpgsql as $$
declare
  a record;
  made bigint := 0;
begin
  for a in select * from erp_demo.aside s where s.kind = what and erp_demo.h(hashtextextended(s.rel::text, 7), 1) % parts = part
           order by s.rel::text, s.name loop
    execute case a.kind when 'index' then a.definition
      else format('alter table %s add constraint %I %s', a.rel, a.name, a.definition) end;
    delete from erp_demo.aside s where s.rel = a.rel and s.name = a.name;
    made := made + 1;
  end loop;
  return made;
end $$;
