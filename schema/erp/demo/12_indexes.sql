-- Demo data: indexes and foreign keys of the big tables are put aside while the rows come in, and made again at the end:
-- that takes half the time of keeping them up to date row by row. What was put aside is remembered in erp_demo.aside.
-- SPDX-License-Identifier: ISC

create table if not exists erp_demo.aside (
  rel regclass not null,
  name text not null,
  kind text not null check (kind in ('key', 'index', 'reference')),
  definition text not null,
  part int,
  primary key (rel, name)
);

-- Everything but what the generator looks rows up by: most keys stay.
create or replace function erp_demo.put_aside() returns bigint
language plpgsql as $$
declare
  a record;
  never_looked_up text[] := '{journal_lines,invoice_items,delivery_items,payments,payment_allocations,slide_views,view_sessions,
    production_outputs,bundles,cutting_batches,carton_items,tna_tasks,audit_log,doc_events,notifications,activities,attachments,
    price_list_items,stock_reservations}';
begin
  insert into erp_demo.aside
  select k.conrelid::regclass, k.conname, case k.contype when 'f' then 'reference' else 'key' end, pg_get_constraintdef(k.oid)
  from pg_constraint k join pg_class c on c.oid = k.conrelid
  where k.connamespace = 'erp'::regnamespace and k.conparentid = 0
    and (k.contype = 'f' or k.contype in ('p', 'u') and c.relname = any (never_looked_up))
  union all
  -- That of a partitioned table says ON ONLY, and would be made without those of the partitions.
  select i.indrelid::regclass, c.relname, 'index', replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ')
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
  where t.relnamespace = 'erp'::regnamespace and t.relkind in ('r', 'p') and not i.indisexclusion
    and (not i.indisunique or t.relname = any (never_looked_up))
    and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
    and t.relname not in ('addresses', 'contacts', 'users', 'brands', 'suppliers', 'buyers')
  union all
  select i.indrelid::regclass, c.relname, 'index', pg_get_indexdef(i.indexrelid)
  from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = 'erp_private.sales_daily'::regclass;
  for a in select * from erp_demo.aside order by kind desc loop
    if a.kind = 'index' then
      execute format('drop index %s', (select i.indexrelid::regclass from pg_index i join pg_class c on c.oid = i.indexrelid
                                       where i.indrelid = a.rel and c.relname = a.name));
    else
      execute format('alter table %s drop constraint %I', a.rel, a.name);
    end if;
  end loop;
  return (select count(*) from erp_demo.aside);
end $$;

-- Shares the tables out, so that each part takes about as long: the biggest first, each to the part that has least.
create or replace function erp_demo.share_out(parts int) returns bigint
language plpgsql as $$
declare
  t record;
  loads numeric[] := array_fill(0, array[parts]);
  least int;
begin
  for t in
    select a.rel, pg_relation_size(a.rel) + (select coalesce(sum(pg_relation_size(p.relid)), 0) from pg_partition_tree(a.rel) p) as bytes,
      sum(case when a.definition like '%USING gin%' then 4 else 1 end) as work
    from erp_demo.aside a group by a.rel order by 2 desc, a.rel::text
  loop
    select i into least from unnest(loads) with ordinality u(load, i) order by load, i limit 1;
    loads[least] := loads[least] + t.bytes * t.work;
    update erp_demo.aside a set part = least - 1 where a.rel = t.rel;
  end loop;
  return (select count(distinct a.rel) from erp_demo.aside a);
end $$;

-- Keys and indexes of a part, table by table, and the statistics of each while it is in memory.
create or replace function erp_demo.make_indexes(wanted int) returns bigint
language plpgsql as $$
declare
  a record;
  before regclass;
  made bigint := 0;
begin
  for a in select * from erp_demo.aside s where s.part = wanted and s.kind in ('key', 'index') order by s.rel::text, s.kind desc, s.name loop
    if before is distinct from a.rel and before is not null then
      execute format('analyze %s', before);
    end if;
    execute case a.kind when 'index' then a.definition else format('alter table %s add constraint %I %s', a.rel, a.name, a.definition) end;
    delete from erp_demo.aside s where s.rel = a.rel and s.name = a.name;
    before := a.rel;
    made := made + 1;
  end loop;
  if before is not null then
    execute format('analyze %s', before);
  end if;
  return made;
end $$;

-- All at once, since each locks two tables; looking at the rows comes after, and locks nobody out. (Not so with partitions, of which
-- PostgreSQL wants to see the rows at once.)
create or replace function erp_demo.make_references() returns bigint
language plpgsql as $$
declare
  a record;
  made bigint := 0;
begin
  for a in select * from erp_demo.aside s where s.kind = 'reference' order by s.rel::text, s.name loop
    if (select c.relkind = 'p' from pg_class c where c.oid = a.rel) then
      execute format('alter table %s add constraint %I %s', a.rel, a.name, a.definition);
      delete from erp_demo.aside s where s.rel = a.rel and s.name = a.name;
    else
      execute format('alter table %s add constraint %I %s not valid', a.rel, a.name, a.definition);
    end if;
    made := made + 1;
  end loop;
  return made;
end $$;
create or replace function erp_demo.check_references(wanted int) returns bigint
language plpgsql as $$
declare
  a record;
  made bigint := 0;
begin
  for a in select * from erp_demo.aside s where s.kind = 'reference' and s.part = wanted order by s.rel::text, s.name loop
    execute format('alter table %s validate constraint %I', a.rel, a.name);
    delete from erp_demo.aside s where s.rel = a.rel and s.name = a.name;
    made := made + 1;
  end loop;
  return made;
end $$;

-- Tables that nothing of was put aside have statistics as well.
create or replace function erp_demo.analyze_others() returns bigint
language plpgsql as $$
declare
  t record;
  made bigint := 0;
begin
  for t in select c.oid::regclass as rel from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname in ('erp', 'erp_private') and c.relkind in ('r', 'p') and not c.relispartition
             and not exists (select from pg_stats x where x.schemaname = n.nspname and x.tablename = c.relname) loop
    execute format('analyze %s', t.rel);
    made := made + 1;
  end loop;
  return made;
end $$;
