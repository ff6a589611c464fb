-- Tools of the demo data: everything is a function of (row number, salt), so that each run makes the same rows.
-- Nothing here uses random() or now(). The schema erp_demo can be dropped once the data is in.
-- SPDX-License-Identifier: ISC

create schema if not exists erp_demo;

create table if not exists erp_demo.progress (
  scale text not null,
  "position" int not null,
  name text not null,
  rows bigint,
  done_at timestamptz not null default now(),
  primary key (scale, "position")
);

-- How many of each there are. large is ten times medium where that makes sense (about 40 GB).
drop table if exists erp_demo.volume;
create table erp_demo.volume (what text primary key, tiny int, small int, medium int, large int);
insert into erp_demo.volume values
  ('users', 60, 100, 500, 5000),
  ('customers', 240, 10000, 100000, 1000000),
  ('buyers', 12, 50, 200, 1000),
  ('suppliers', 40, 200, 800, 6000),
  ('categories', 30, 60, 300, 1000),
  ('goods', 160, 2000, 20000, 70000),
  ('materials', 60, 600, 5000, 30000),
  ('warehouses', 6, 8, 12, 80),
  ('sales_orders', 420, 30000, 300000, 3000000),
  ('styles', 24, 600, 6000, 30000),
  ('samples', 60, 2500, 25000, 150000),
  ('buyer_orders', 30, 800, 8000, 50000),
  ('presentations', 8, 200, 2000, 10000),
  ('view_sessions', 120, 20000, 200000, 2000000),
  ('activities', 120, 15000, 150000, 1500000),
  ('notifications', 200, 30000, 300000, 3000000),
  ('attachments', 60, 8000, 80000, 800000),
  ('audit', 300, 100000, 1000000, 10000000);

create or replace function erp_demo.n(scale text, thing text) returns int
language sql stable as $$
  select case scale when 'tiny' then v.tiny when 'small' then v.small when 'medium' then v.medium
                    when 'large' then v.large end
  from erp_demo.volume v where v.what = thing
$$;

-- "Today" of the demo data.
create or replace function erp_demo.anchor() returns date
language sql immutable parallel safe as $$ select date '2026-01-01' $$;

-- A stable hash, 0 .. 2^63-1.
create or replace function erp_demo.h(i bigint, salt int) returns bigint
language sql immutable parallel safe as $$ select hashint8extended(i, salt) & 9223372036854775807 $$;

-- Uniform in [0, 1).
create or replace function erp_demo.u(i bigint, salt int) returns float8
language sql immutable parallel safe as $$
  select (hashint8extended(i, salt) & 9007199254740991)::float8 / 9007199254740992.0::float8
$$;

create or replace function erp_demo.pick(i bigint, salt int, a text[]) returns text
language sql immutable parallel safe as $$
  select a[1 + ((hashint8extended(i, salt) & 9223372036854775807) % array_length(a, 1))::int]
$$;

create or replace function erp_demo.pick(i bigint, salt int, a bigint[]) returns bigint
language sql immutable parallel safe as $$
  select a[1 + ((hashint8extended(i, salt) & 9223372036854775807) % array_length(a, 1))::int]
$$;

-- 1 .. n, small numbers more often the larger k is: with 2.2 the first tenth gets about 38 per cent.
create or replace function erp_demo.zipf(i bigint, salt int, n bigint, k float8) returns bigint
language sql immutable parallel safe as $$
  select 1 + floor(n * power((hashint8extended(i, salt) & 9007199254740991)::float8 / 9007199254740992.0::float8, k))::bigint
$$;

-- Roughly normal, mean 0.
create or replace function erp_demo.bell(i bigint, salt int) returns float8
language sql immutable parallel safe as $$
  select erp_demo.u(i, salt) + erp_demo.u(i, salt + 1) + erp_demo.u(i, salt + 2) - 1.5::float8
$$;

-- A moment of a working day.
create or replace function erp_demo.at(day date, i bigint, salt int) returns timestamptz
language sql immutable parallel safe as $$
  select (day + time '08:00' + make_interval(secs => (erp_demo.h(i, salt) % 36000)::int)) at time zone 'UTC'
$$;

-- Names that a frontend must be able to show: several scripts, quotes, umlauts, right to left.
create or replace function erp_demo.first_name(i bigint) returns text
language sql immutable parallel safe as $$
  select erp_demo.pick(i, 101, '{Ayşe,Mehmet,İbrahim,Zeynep,Rahim,Karim,Fatema,Nusrat,Jürgen,Käthe,Björn,Søren,Anna,John,
    Mary,Liam,Chloé,José,Maria,Łukasz,Ewa,Nguyễn,Linh,伟,芳,娜,محمد,فاطمة,Ольга,Иван,Γιώργος,Priya,Arjun,Yuki,Haruto,Kwame}'::text[])
$$;
create or replace function erp_demo.last_name(i bigint) returns text
language sql immutable parallel safe as $$
  select erp_demo.pick(i, 102, '{Yılmaz,Çelik,Öztürk,Hossain,Rahman,Chowdhury,Akter,Müller,Schäfer,Groß,Andersson,Nørgaard,Smith,
    O''Neil,D''Souza,MacDonald,Lefèvre,García,Fernández,Kowalski,Wójcik,Trần,王,李,张,الحسن,حداد,Петрова,Смирнов,Παπαδόπουλος,
    Patel,Sharma,Tanaka,Satō,Mensah,van der Berg}'::text[])
$$;
create or replace function erp_demo.company(i bigint) returns text
language sql immutable parallel safe as $$
  select erp_demo.pick(i, 103, '{Nordic,Anadolu,Padma,Meghna,Rhein,Alpen,Atlantic,Pacific,Golden,Blue River,Süd,Île,Łódź,Saigon,
    华东,Delta,Crown,Harbour,Bosporus,Jamuna,Karnaphuli,Elbe,Danube,Iberia,Baltic}'::text[])
    || ' ' ||
    erp_demo.pick(i, 104, '{Trading,Textiles,Fashion,Handel,Ticaret,Apparel,Stores,Retail,Imports,Knitwear,Home & Living,Sports,
    Garments,Wholesale,Brothers,Market,Outfitters,Supplies}'::text[])
    || ' ' ||
    erp_demo.pick(i, 105, '{Ltd.,GmbH,A.Ş.,S.A.,B.V.,Inc.,LLC,AB,Sp. z o.o.,S.r.l.,Co.,PLC}'::text[])
$$;
create or replace function erp_demo.country(i bigint, salt int) returns text
language sql immutable parallel safe as $$
  select erp_demo.pick(i, salt, '{DE,DE,DE,GB,GB,US,US,US,SE,DK,FR,FR,ES,IT,NL,PL,TR,TR,BD,CN,IN,VN,JP,AE}'::text[])
$$;

-- After rows with ids of our own: identity columns go on behind them. Tables without one are passed over, and those whose key was
-- put aside wait for fix_numbers(): to find the highest id, all rows would be read.
create or replace function erp_demo.fix_identity(variadic tables text[]) returns void
language plpgsql as $$
declare
  t text;
begin
  for t in select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' and a.attidentity <> ''
           where c.relnamespace = 'erp'::regnamespace and c.relname = any (tables)
             and exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) loop
    execute format('select setval(pg_get_serial_sequence(%L, ''id''), greatest(1, (select coalesce(max(id), 0) from erp.%I)))',
      'erp.' || t, t);
  end loop;
end $$;

create or replace function erp_demo.fix_numbers() returns bigint
language plpgsql as $$
declare
  c record;
begin
  for c in select t.oid::regclass as rel from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attname = 'id' and a.attidentity <> ''
           where t.relnamespace = 'erp'::regnamespace and t.relkind in ('r', 'p') loop
    execute format('select setval(pg_get_serial_sequence(%L, ''id''), coalesce(max(id), 1), max(id) is not null) from %s', c.rel, c.rel);
  end loop;
  return 0;
end $$;

-- Autovacuum would read again and again what is still growing; the generator makes the statistics that it needs itself.
create or replace function erp_demo.rest_from_vacuum(tables regclass[], rests boolean) returns void
language plpgsql as $$
declare
  t regclass;
begin
  foreach t in array tables loop
    execute format(case when rests then 'alter table %s set (autovacuum_enabled = off)' else 'alter table %s reset (autovacuum_enabled)' end, t);
  end loop;
end $$;
create or replace function erp_demo.tables_with_rows() returns regclass[]
language sql stable as $$
  select array_agg(c.oid::regclass order by c.oid) from pg_class c
  where c.relnamespace in ('erp'::regnamespace, 'erp_private'::regnamespace) and c.relkind = 'r'
$$;

-- While the rows come in, time stands still: those without a time of their own are of the anchor day, not of the day on which the
-- generator ran, and nobody made them. And triggers rest: the rows are consistent by themselves, check_integrity() looks in the end.
-- (That of the categories makes their paths.)
create or replace function erp_demo.begin_loading() returns void
language plpgsql as $$
declare
  c record;
begin
  for c in
    select a.attrelid::regclass as rel, a.attname from pg_attribute a join pg_class t on t.oid = a.attrelid
    where t.relnamespace = 'erp'::regnamespace and t.relkind in ('r', 'p') and a.attname in ('created_at', 'updated_at') and a.atthasdef
  loop
    execute format('alter table %s alter %I set default %L::timestamptz', c.rel, c.attname, erp_demo.anchor() || ' 00:00Z');
  end loop;
  for c in select a.attrelid::regclass as rel from pg_attribute a join pg_class t on t.oid = a.attrelid
           where t.relnamespace = 'erp'::regnamespace and t.relkind in ('r', 'p') and a.attname = 'created_by' and a.atthasdef loop
    execute format('alter table %s alter created_by set default null', c.rel);
  end loop;
  for c in select t.oid::regclass as rel from pg_class t where t.relnamespace = 'erp'::regnamespace and t.relkind in ('r', 'p')
             and t.relname <> 'product_categories' loop
    execute format('alter table %s disable trigger user', c.rel);
  end loop;
  perform erp_demo.rest_from_vacuum(erp_demo.tables_with_rows(), true);
end $$;
create or replace function erp_demo.end_loading() returns void
language plpgsql as $$
declare
  c record;
begin
  for c in
    select a.attrelid::regclass as rel, a.attname from pg_attribute a join pg_class t on t.oid = a.attrelid
    where t.relnamespace = 'erp'::regnamespace and t.relkind in ('r', 'p') and a.attname in ('created_at', 'updated_at') and a.atthasdef
  loop
    execute format('alter table %s alter %I set default now()', c.rel, c.attname);
  end loop;
  for c in select a.attrelid::regclass as rel from pg_attribute a join pg_class t on t.oid = a.attrelid
           where t.relnamespace = 'erp'::regnamespace and t.relkind in ('r', 'p') and a.attname = 'created_by' loop
    execute format('alter table %s alter created_by set default erp.uid()', c.rel);
  end loop;
  for c in select t.oid::regclass as rel from pg_class t where t.relnamespace = 'erp'::regnamespace and t.relkind in ('r', 'p') loop
    execute format('alter table %s enable trigger user', c.rel);
  end loop;
  perform erp_demo.rest_from_vacuum(erp_demo.tables_with_rows(), false);
end $$;

-- First step of every scale: the database must be empty, or hold a part of the same scale.
create or replace function erp_demo.begin(scale text) returns bigint
language plpgsql as $$
declare
  other text := (select string_agg(distinct p.scale, ', ') from erp_demo.progress p where p.scale <> begin.scale);
begin
  if erp_demo.n(scale, 'users') is null then
    raise exception 'there is no scale "%"', scale using hint = 'Scales: tiny, small, medium, large.';
  end if;
  if other is not null then
    raise exception 'the database holds demo data of scale %', other using
      hint = 'Migrate down and up again (bobbin migrate down, bobbin migrate up, drop schema erp_demo cascade), or use a new database.';
  end if;
  if exists (select from erp.users) or exists (select from erp.customers) then
    raise exception 'the database holds data that is not demo data' using
      hint = 'Demo data goes into an empty database only: nothing of yours is touched.';
  end if;
  perform erp_demo.begin_loading();
  return 0;
end $$;
