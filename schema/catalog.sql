-- What the catalog is loaded from. The pieces below become one statement, so that all of them see one snapshot:
-- `common`, then a UNION ALL of every other piece, each row as (number of the piece, row as text). Field order and
-- count of each piece are those of catalog_queries.def and of the function in catalog_feed.c that reads it.
--
--   $1  exposed schemas, text[]
--   $2  further schemas in which functions of a row type are looked for, text[]
--
-- search_path is empty while this runs: format_type() then qualifies every name outside pg_catalog.
-- Comments are looked up one by one, since the planner thinks that nothing has one and would join in a loop.
-- OIDs below 16384 belong to the system (FirstNormalObjectId in access/transam.h).
-- SPDX-License-Identifier: ISC

-- name: common
with recursive
space as (
  select n.oid, n.nspname, n.nspname = any ($1::text[]) as exposed
  from pg_namespace n
  where n.nspname = any ($1::text[] || $2::text[])
),
view_base as (
  select distinct r.ev_class as view, d.refobjid as base
  from pg_rewrite r
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
  where r.rulename = '_RETURN' and r.ev_class >= 16384 and d.refobjid <> r.ev_class and d.refobjid >= 16384
),
-- Foreign tables of a wrapper without a handler, of which PostgreSQL cannot say what may be written, and the views over
-- them: the question is an error.
mute (oid) as (
  select t.ftrelid
  from pg_foreign_table t
  join pg_foreign_server s on s.oid = t.ftserver
  join pg_foreign_data_wrapper w on w.oid = s.srvfdw
  where w.fdwhandler = 0
  union
  select b.view
  from mute m
  join view_base b on b.base = m.oid
),
-- Tables whose rows are those of others too, which may have the same keys, and the views over them.
inherited (oid) as (
  select h.inhparent
  from pg_inherits h
  join pg_class c on c.oid = h.inhparent and c.relkind in ('r', 'f')
  union
  select b.view
  from inherited i
  join view_base b on b.base = i.oid
),
-- Everything exposed, and what lies under exposed views, whatever its schema.
shown (oid, exposed) as (
  select c.oid, true
  from pg_class c
  join space s on s.oid = c.relnamespace
  where s.exposed and c.relkind in ('r', 'v', 'm', 'f', 'p') and not c.relispartition and c.relpersistence <> 't'
  union
  select b.base, false
  from shown v
  join view_base b on b.view = v.oid
),
relation as (
  select s.oid, bool_or(s.exposed) as exposed
  from shown s
  group by s.oid
),
-- Roles that requests may run as.
caller as (
  select r.oid, r.rolname, r.rolsuper, r.rolbypassrls
  from pg_roles r
  where pg_has_role(current_user, r.oid, 'member') and r.rolname !~ '^pg_'
),
-- And those that views read their bases as, and SECURITY DEFINER functions run as.
actor as (
  select oid, rolname, rolsuper, rolbypassrls from caller
  union
  select r.oid, r.rolname, r.rolsuper, r.rolbypassrls
  from relation l
  join pg_class c on c.oid = l.oid and c.relkind = 'v'
  join pg_roles r on r.oid = c.relowner
  union
  select r.oid, r.rolname, r.rolsuper, r.rolbypassrls
  from pg_proc p
  join pg_roles r on r.oid = p.proowner
  where p.prosecdef and p.oid >= 16384
),
policy as (
  select p.oid, p.polrelid, p.polroles, p.polpermissive, q.text = 'true' as always,
    case when q.text ~ 'current_setting|set_config' then q.text else '' end as setting,
    q.text ~ '(random|clock_timestamp|timeofday|gen_random_uuid|nextval|setval|set_config|pg_(try_)?advisory_lock(_shared)?|query_to_xml|query_to_xmlschema|query_to_xml_and_xmlschema|ts_stat|ts_rewrite)\(' as unsteady
  from pg_policy p, lateral (select pg_get_expr(p.polqual, p.polrelid) as text) q
  where p.polcmd in ('r', '*')
),
-- Types of columns, and those that they are made of.
part (type, part) as (
  select distinct a.atttypid, a.atttypid
  from relation l
  join pg_attribute a on a.attrelid = l.oid and a.attnum > 0 and not a.attisdropped
  union
  select p.type, x.oid
  from part p
  join pg_type t on t.oid = p.part
  cross join lateral (
    select t.typbasetype where t.typtype = 'd'
    union all select t.typelem where t.typcategory = 'A'
    union all select a.atttypid from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
    union all select r.rngsubtype from pg_range r where t.oid in (r.rngtypid, r.rngmultitypid)) x (oid)
  where x.oid <> 0
),
-- Functions that are not PostgreSQL's own and that showing, comparing or sorting a value of a type may run. An operator on
-- PostgreSQL's types may be chosen for all types of their category, unless PostgreSQL has one on that very type.
value_function (type, fn) as (
  select t.oid, f.fn
  from pg_type t
  cross join lateral (values (t.typinput::oid), (t.typoutput::oid)) f (fn)
  where f.fn >= 16384
  union
  select c.castsource, c.castfunc from pg_cast c
  where c.castfunc >= 16384 and (c.castcontext = 'i' or c.casttarget = 114)
  union
  select r.rngtypid, f.fn
  from pg_range r
  cross join lateral (values (r.rngcanonical::oid), (r.rngsubdiff::oid)) f (fn)
  where f.fn >= 16384
  union
  select s.amproclefttype, s.amproc::oid
  from pg_amproc s
  join pg_proc p on p.oid = s.amproc
  join pg_language g on g.oid = p.prolang and g.lanname not in ('c', 'internal')
  where s.amproc >= 16384
  union
  select t.oid, o.oprcode::oid
  from pg_operator o
  cross join lateral (values (o.oprleft), (o.oprright)) x (operand)
  join pg_type b on b.oid = x.operand
  join pg_type t on t.oid = b.oid or b.typtype = 'p' or (b.oid < 16384 and t.oid < 16384 and t.typcategory = b.typcategory)
  where o.oprcode >= 16384
    and o.oprname in ('=', '<>', '<', '<=', '>', '>=', '~', '~*', '~~', '~~*', '@>', '<@', '&&', '<<', '>>', '&<', '&>', '-|-', '@@')
    and not (b.oid < 16384 and exists (
      select from pg_operator s where s.oid < 16384 and s.oprname = o.oprname and s.oprleft = b.oid and s.oprright = b.oid))
),
-- A domain and what it stands on.
base (type, base) as (
  select t.oid, t.oid from pg_type t where t.oid >= 16384 and t.typtype in ('b', 'd', 'e', 'r', 'm')
  union
  select b.type, t.typbasetype from base b join pg_type t on t.oid = b.base and t.typtype = 'd'
),
-- Functions that a cast to a type may run: casts, checks of domains, the type's own input.
cast_function (type, fn) as (
  select c.casttarget, c.castfunc from pg_cast c where c.castfunc >= 16384
  union
  select b.type, c.castfunc from base b join pg_cast c on c.casttarget = b.base and c.castfunc >= 16384
  union
  select b.type, v.fn from base b join value_function v on v.type = b.base
  union
  select b.type, coalesce(o.oprcode::oid, d.refobjid)
  from base b
  join pg_constraint k on k.contypid = b.base
  join pg_depend d on d.classid = 'pg_constraint'::regclass and d.objid = k.oid
    and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass)
  left join pg_operator o on d.refclassid = 'pg_operator'::regclass and o.oid = d.refobjid
),
-- Functions that an expression depends on: by name, behind an operator, by a cast to a type.
used_function (class, object, fn) as (
  select d.classid, d.objid, d.refobjid
  from pg_depend d
  where d.refclassid = 'pg_proc'::regclass
    and d.classid in ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_class'::regclass, 'pg_attrdef'::regclass, 'pg_proc'::regclass)
  union
  select d.classid, d.objid, o.oprcode::oid
  from pg_depend d
  join pg_operator o on o.oid = d.refobjid
  where d.refclassid = 'pg_operator'::regclass
    and d.classid in ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_class'::regclass, 'pg_attrdef'::regclass, 'pg_proc'::regclass)
  union
  select d.classid, d.objid, c.fn
  from pg_depend d
  join cast_function c on c.type = d.refobjid
  where d.refclassid = 'pg_type'::regclass
    and d.classid in ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_class'::regclass, 'pg_attrdef'::regclass, 'pg_proc'::regclass)
)

-- name: schemas
select s.nspname, obj_description(s.oid, 'pg_namespace')
from space s
where s.exposed

-- name: relations
select c.oid, c.relkind, n.nspname, c.relname, (select d.description from pg_description d
   where d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = 0),
  u.bits & 8 <> 0, u.bits & 4 <> 0, u.bits & 16 <> 0,
  c.relrowsecurity, l.exposed,
  case when c.relkind = 'p' and c.reltuples < 0
    then (select coalesce(sum(t.reltuples) filter (where t.reltuples >= 0), -1)
          from pg_partition_tree(c.oid) p join pg_class t on t.oid = p.relid where p.isleaf)
    else c.reltuples end,
  -- What may be updated without triggers shows the rows of one table, each once.
  case c.relkind when 'm' then true
    when 'v' then c.oid in (select m.oid from mute m union all select i.oid from inherited i) or pg_relation_is_updatable(c.oid, false) & 4 = 0
    else false end
from relation l
join pg_class c on c.oid = l.oid
join pg_namespace n on n.oid = c.relnamespace
-- Bits are 1 << CmdType (nodes/nodes.h): 4 update, 8 insert, 16 delete.
cross join lateral (
  select case when c.relkind in ('r', 'p') then 28 when c.relkind = 'm' or c.oid in (select m.oid from mute m) then 0
    else pg_relation_is_updatable(c.oid, true) end as bits) u

-- name: columns
select a.attrelid, a.atttypid, a.attname, format_type(a.atttypid, a.atttypmod),
  (select d.description from pg_description d
   where d.objoid = a.attrelid and d.classoid = 'pg_class'::regclass and d.objsubid = a.attnum),
  coalesce(pg_get_expr(f.adbin, f.adrelid), pg_get_expr(t.typdefaultbin, 0)), a.attnum,
  case
    when a.atttypid in (1042, 1043) and a.atttypmod > 4 then a.atttypmod - 4
    when t.typtype = 'd' and t.typbasetype in (1042, 1043) and t.typtypmod > 4 then t.typtypmod - 4
    else 0 end,
  a.attnotnull or t.typnotnull, a.attgenerated <> '', a.attidentity <> ''
from relation l
join pg_attribute a on a.attrelid = l.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum

-- name: types
select t.oid, t.typbasetype, case when t.typcategory = 'A' then t.typelem else 0 end,
  case when r.relkind <> 'c' then r.oid else 0 end,
  case
    when t.typtype = 'e' then 'e' when t.typtype = 'd' then 'd' when t.typtype in ('r', 'm') then 'r'
    when t.typtype = 'c' then 'c' when t.typcategory = 'A' then 'a' else 's' end,
  n.nspname, t.typname, format_type(t.oid, null),
  case when t.typtype = 'e' then
    (select array_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) end,
  -- Functions that show a type as JSON, read it from JSON and read it from text.
  (select k.castfunc::regproc::text from pg_cast k
   where k.castsource = t.oid and k.casttarget = 114 and k.castfunc <> 0 and t.oid >= 16384),
  (select k.castfunc::regproc::text from pg_cast k
   where k.castsource = 114 and k.casttarget = t.oid and k.castfunc <> 0 and t.oid >= 16384),
  (select k.castfunc::regproc::text from pg_cast k
   where k.castsource = 25 and k.casttarget = t.oid and k.castfunc <> 0 and t.oid >= 16384)
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
left join pg_class r on r.oid = t.typrelid
left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
-- Row types only of what is loaded, and of composite types of their own.
where t.typtype <> 'p' and coalesce(e.typtype, '') <> 'p'
  and (t.typrelid = 0 or r.relkind = 'c' or r.oid in (select oid from relation))
  and (coalesce(e.typrelid, 0) = 0 or e.oid >= 16384)

-- name: keys
select k.conname, k.contype, k.conrelid, k.confrelid, k.conkey, k.confkey
from relation l
join pg_constraint k on k.conrelid = l.oid and k.contype in ('p', 'u', 'f', 'c') and k.conparentid = 0
union all
-- Exclusions, and unique indexes that are no constraints: with the columns that their expressions read.
select coalesce(k.conname, c.relname), case when k.oid is null then 'i' else 'x' end::"char", x.indrelid, 0::oid, (
    select array_agg(a.attnum order by a.place) from (
      select u.attnum, min(u.place) as place from (
        select attnum, place from unnest(x.indkey::int2[]) with ordinality as u(attnum, place)
        where attnum > 0 and place <= x.indnkeyatts
        union all
        select m[1]::int2, 100 from regexp_matches(x.indexprs::text, ':varattno (\d+)', 'g') as m) u
      group by u.attnum) a), null
from relation l
join pg_index x on x.indrelid = l.oid and (x.indisunique or x.indisexclusion)
join pg_class c on c.oid = x.indexrelid
left join pg_constraint k on k.conindid = c.oid and k.conrelid = l.oid and k.contype in ('p', 'u', 'x')
where k.oid is null or k.contype = 'x'

-- Those that rows can be read in order from (403: btree). The index of a table that others inherit from misses their rows.
-- name: indexes
select x.indexrelid, x.indrelid, x.indisprimary, x.indisunique, i.columns, i.options
from relation l
join pg_index x on x.indrelid = l.oid and x.indisvalid and x.indisready and x.indpred is null and x.indexprs is null
join pg_class c on c.oid = x.indexrelid and c.relam = 403
cross join lateral (
  select array_agg(k.attnum order by k.place) as columns, array_agg(k.opt order by k.place) as options,
    bool_and(o.opcdefault and k.coll = a.attcollation) as plain
  from rows from (unnest(x.indkey::int2[]), unnest(x.indclass::oid[]), unnest(x.indcollation::oid[]),
    unnest(x.indoption::int2[])) with ordinality k (attnum, class, coll, opt, place)
  join pg_opclass o on o.oid = k.class
  join pg_attribute a on a.attrelid = x.indrelid and a.attnum = k.attnum
  where k.place <= x.indnkeyatts) i
where i.plain
  and not exists (
    select from pg_inherits h join pg_class t on t.oid = h.inhparent and t.relkind = 'r' where h.inhparent = x.indrelid)

-- name: views
select c.oid, c.relkind, o.rolname,
  exists (select from unnest(c.reloptions) x where x ~* '^security_invoker=(true|on|yes|1)$'),
  -- current_setting(text), current_setting(text, boolean), set_config()
  case when r.ev_action ~ ':funcid (2077|3294|2078) ' then pg_get_viewdef(c.oid) else '' end,
  -- random, clock_timestamp, timeofday, gen_random_uuid, nextval, setval, set_config, advisory locks, and what runs a text as SQL:
  -- query_to_xml() and its like, ts_stat(), ts_rewrite(query, text)
  r.ev_action ~ ':funcid (1598|2649|274|3432|1574|1576|1765|2078|2924|2927|2930|3689|3690|3685|288[01236789]) ',
  r.ev_action
from relation l
join pg_class c on c.oid = l.oid and c.relkind in ('v', 'm')
join pg_rewrite q on q.ev_class = c.oid and q.rulename = '_RETURN'
join pg_roles o on o.oid = c.relowner
cross join lateral (select q.ev_action::text as ev_action) r

-- name: view_bases
select b.view, b.base
from view_base b
join relation l on l.oid = b.view

-- name: view_functions
select distinct r.ev_class, u.fn
from relation l
join pg_rewrite r on r.ev_class = l.oid and r.rulename = '_RETURN'
join used_function u on u.class = 'pg_rewrite'::regclass and u.object = r.oid

-- What runs when a relation is read beside its view's text and its policies: for the values of its columns, and for the
-- planner, which looks at indexes. Function 0: code of a foreign data wrapper or access method.
-- name: relation_functions
select a.attrelid, v.fn
from relation l
join pg_attribute a on a.attrelid = l.oid and a.attnum > 0 and not a.attisdropped
join part p on p.type = a.atttypid
join value_function v on v.type = p.part
union
select x.indrelid, u.fn
from relation l
join pg_index x on x.indrelid = l.oid
join used_function u on u.class = 'pg_class'::regclass and u.object = x.indexrelid
union
select a.attrelid, u.fn
from relation l
join pg_attribute a on a.attrelid = l.oid and a.attgenerated = 'v'
join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
join used_function u on u.class = 'pg_attrdef'::regclass and u.object = f.oid
union
select c.oid, 0::oid
from relation l
join pg_class c on c.oid = l.oid and (c.relkind = 'f' or c.relam >= 16384)

-- name: type_functions
select c.type, c.fn from cast_function c

-- What a function runs that its text may not name: defaults of its parameters, checks of their types and of its result's;
-- and what aggregates are made of.
-- name: calls
select u.object, u.fn from used_function u where u.class = 'pg_proc'::regclass and u.object >= 16384
union
select p.oid, c.fn
from pg_proc p
cross join lateral unnest(p.proargtypes::oid[] || p.prorettype || coalesce(p.proallargtypes, '{}')) t (oid)
join cast_function c on c.type = t.oid
where p.oid >= 16384
union
select a.aggfnoid::oid, f.fn
from pg_aggregate a
cross join lateral unnest(array[a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn,
  a.aggminvtransfn, a.aggmfinalfn]::oid[]) f (fn)
where a.aggfnoid >= 16384 and f.fn >= 16384

-- What in a function's text means a call without looking like one: names of types, and operators. Those in C are taken at
-- their word there, since whose operands are meant cannot be told: every = would be citext's.
-- name: words
select t.typname::text, c.fn
from cast_function c
join pg_type t on t.oid = c.type
join pg_proc p on p.oid = c.fn
join pg_language g on g.oid = p.prolang
where t.oid >= 16384 or g.lanname not in ('c', 'internal')
union
select o.oprname::text, o.oprcode::oid
from pg_operator o
join pg_proc p on p.oid = o.oprcode
join pg_language g on g.oid = p.prolang and g.lanname not in ('c', 'internal')
where o.oprcode >= 16384

-- name: inheritance
select i.inhparent, i.inhrelid
from relation l
join pg_inherits i on i.inhparent = l.oid
join pg_class c on c.oid = i.inhrelid and not c.relispartition

-- name: partitions
select p.relid::oid, l.oid
from relation l
join pg_class c on c.oid = l.oid and c.relkind = 'p'
cross join lateral pg_partition_tree(l.oid) p
where p.relid <> l.oid

-- name: grants
select g.oid, 0, g.rolname, g.bits
from (
  select l.oid, r.rolname,
    has_table_privilege(r.oid, l.oid, 'select')::int + has_table_privilege(r.oid, l.oid, 'insert')::int * 2
    + has_table_privilege(r.oid, l.oid, 'update')::int * 4 + has_table_privilege(r.oid, l.oid, 'delete')::int * 8
    as bits
  from relation l, caller r
  where l.exposed
) g
where g.bits > 0
union all
select a.attrelid, a.attnum, r.rolname,
  bit_or(case x.privilege_type when 'SELECT' then 1 when 'INSERT' then 2 when 'UPDATE' then 4 else 0 end)
from relation l
join pg_attribute a on a.attrelid = l.oid and a.attacl is not null and a.attnum > 0 and not a.attisdropped
cross join lateral aclexplode(a.attacl) x
join caller r on x.grantee = 0 or pg_has_role(r.oid, x.grantee, 'usage')
where l.exposed
group by a.attrelid, a.attnum, r.rolname

-- name: policies
select c.oid, a.rolname, p.oid, p.polpermissive, p.always, p.setting, p.unsteady
from relation l
join pg_class c on c.oid = l.oid and c.relrowsecurity
cross join actor a
left join policy p on p.polrelid = c.oid
  and (0 = any (p.polroles) or exists (select from unnest(p.polroles) x where pg_has_role(a.oid, x, 'usage')))
where not a.rolsuper and not a.rolbypassrls
  and (c.relforcerowsecurity or not pg_has_role(a.oid, c.relowner, 'usage'))

-- name: policy_sources
select p.oid, p.polrelid, false, d.refobjid
from relation l
join policy p on p.polrelid = l.oid
join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass
where d.refobjid <> p.polrelid
union
select p.oid, p.polrelid, true, u.fn
from relation l
join policy p on p.polrelid = l.oid
join used_function u on u.class = 'pg_policy'::regclass and u.object = p.oid

-- name: functions
select p.oid, p.prorettype, n.nspname, p.proname,
  (select d.description from pg_description d
   where d.objoid = p.oid and d.classoid = 'pg_proc'::regclass and d.objsubid = 0),
  i.names, string_to_array(p.proargtypes::text, ' '), p.pronargdefaults,
  p.provariadic <> 0, p.proretset, p.proretset and p.prorows = 1, s.exposed, p.provolatile, p.proconfig,
  coalesce(o.names, c.names), coalesce(o.types, c.types),
  p.proacl is null or exists (select from aclexplode(p.proacl) x where x.grantee = 0)
from space s
join pg_proc p on p.pronamespace = s.oid
join pg_namespace n on n.oid = p.pronamespace
join pg_type t on t.oid = p.prorettype
left join pg_type a on p.pronargs = 1 and a.oid = p.proargtypes[0] and a.typtype = 'c'
cross join lateral (
  select array_agg(coalesce(p.proargnames[k], '') order by k) as names
  from generate_series(1, coalesce(array_length(p.proargmodes, 1), p.pronargs::int)) k
  where coalesce(p.proargmodes[k], 'i') in ('i', 'b', 'v')) i
cross join lateral (
  select array_agg(coalesce(p.proargnames[k], '') order by k) as names, array_agg(p.proallargtypes[k] order by k) as types
  from generate_series(1, array_length(p.proargmodes, 1)) k
  where p.proargmodes[k] in ('o', 'b', 't')) o
cross join lateral (
  select array_agg(x.attname::text order by x.attnum) as names, array_agg(x.atttypid order by x.attnum) as types
  from pg_attribute x
  where x.attrelid = t.typrelid and x.attnum > 0 and not x.attisdropped) c
where p.prokind = 'f' and (s.exposed or a.oid is not null)
  -- trigger, event_trigger, internal and the like cannot be called
  and (t.typtype <> 'p' or p.prorettype in (2278, 2249))
  and not exists (select from unnest(p.proargtypes::oid[]) x where x in (2281, 2279, 3838))

-- Who may call what not everybody may.
-- name: executions
select p.oid, r.rolname
from space s
join pg_proc p on p.pronamespace = s.oid and p.prokind = 'f' and p.proacl is not null
cross join caller r
where s.exposed and not exists (select from aclexplode(p.proacl) x where x.grantee = 0)
  and has_function_privilege(r.oid, p.oid, 'execute')

-- name: handlers
-- Aggregates over a table's rows or over anything (2283, anyelement) that return a domain named like a media type,
-- and PostGIS's function that makes a GeoJSON feature of a record (2249).
select p.oid, n.nspname, p.proname, m.typname, coalesce(r.oid, 0), false
from pg_type m
join pg_proc p on p.prorettype = m.oid and p.prokind = 'a' and p.pronargs = 1
join pg_namespace n on n.oid = p.pronamespace
join pg_type a on a.oid = p.proargtypes[0]
left join pg_class r on r.oid = a.typrelid and r.relkind in ('r', 'v', 'm', 'f', 'p')
where m.typtype = 'd' and (m.typname ~ '^[A-Za-z0-9.-]+/[A-Za-z0-9.+-]+$' or m.typname = '*/*')
  and (a.oid = 2283 or r.oid is not null)
union all
select p.oid, n.nspname, p.proname, 'application/geo+json', 0, true
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where p.proname = 'st_asgeojson' and p.prokind = 'f' and p.proargtypes[0] = 2249
  and p.pronargs - p.pronargdefaults <= 1
  and (n.oid in (select oid from space)
       or exists (select from pg_depend d join pg_extension e on e.oid = d.refobjid
                  where d.classid = 'pg_proc'::regclass and d.objid = p.oid
                    and d.refclassid = 'pg_extension'::regclass and d.deptype = 'e' and e.extname = 'postgis'))

-- name: bodies
select p.oid, p.proname, case p.prokind when 'a' then 'aggregate' else l.lanname end, p.provolatile = 'v', p.prosecdef, o.rolname,
  case when l.lanname in ('c', 'internal') then null
    when p.prosqlbody is not null then pg_get_function_sqlbody(p.oid) else p.prosrc end
from pg_proc p
join pg_language l on l.oid = p.prolang
join pg_roles o on o.oid = p.proowner
where p.oid >= 16384

-- name: names
select c.oid, c.relname
from pg_class c
where c.oid >= 16384 and c.relkind in ('r', 'v', 'm', 'f', 'p')

-- What reads or makes settings and is no function: whether a read may run it without its being known above, its text.
-- name: texts
select false, pg_get_expr(f.adbin, f.adrelid)
from pg_attrdef f where f.oid >= 16384 and f.adbin::text ~ ':funcid (2077|3294|2078) '
union all
select k.contypid <> 0, pg_get_constraintdef(k.oid)
from pg_constraint k where k.oid >= 16384 and k.conbin::text ~ ':funcid (2077|3294|2078) '
union all
select x.polrelid not in (select oid from relation) and x.polcmd in ('r', '*'), x.text
from (select p.polrelid, p.polcmd,
        concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) as text
      from pg_policy p) x
where x.text ~ 'current_setting|set_config'
union all
select false, pg_get_triggerdef(t.oid)
from pg_trigger t where t.oid >= 16384 and t.tgqual::text ~ ':funcid (2077|3294|2078) '
union all
select r.rulename = '_RETURN' and r.ev_class not in (select oid from relation), pg_get_ruledef(r.oid)
from pg_rewrite r where r.ev_class >= 16384 and r.ev_action::text ~ ':funcid (2077|3294|2078) '

-- Functions that a read may run without its being known above. Those in C are not looked into: they are the casts,
-- operators and aggregates of extensions, which depend on their arguments.
-- name: anywhere
select p.oid
from pg_proc p
join pg_language l on l.oid = p.prolang and l.lanname not in ('c', 'internal')
where p.oid >= 16384 and (
  exists (select from pg_cast x where x.castfunc = p.oid)
  or exists (select from pg_operator x where x.oprcode = p.oid)
  or exists (select from pg_aggregate x where p.oid in (x.aggtransfn, x.aggfinalfn, x.aggcombinefn))
  or exists (select from pg_type x where p.oid in (x.typinput, x.typoutput))
  or exists (select from pg_amproc x where x.amproc = p.oid)
  -- computed fields and relationships
  or p.pronargs = 1 and exists (select from pg_type x where x.oid = p.proargtypes[0] and x.typtype = 'c')
  or exists (
    select from pg_depend d
    left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
    left join pg_policy y on d.classid = 'pg_policy'::regclass and y.oid = d.objid
    left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid and r.rulename = '_RETURN'
    where d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid
      and (k.contypid <> 0 or y.polrelid not in (select oid from relation)
        or r.ev_class not in (select oid from relation))))

-- Functions that may run when a relation is written to: of its triggers, defaults, checks, policies, rules and indexes.
-- name: write_functions
select t.tgrelid, t.tgfoid
from pg_trigger t
where not t.tgisinternal and t.tgfoid >= 16384
union
select coalesce(f.adrelid, nullif(k.conrelid, 0), y.polrelid, r.ev_class, x.indrelid), d.refobjid
from pg_depend d
left join pg_attrdef f on d.classid = 'pg_attrdef'::regclass and f.oid = d.objid
left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
left join pg_policy y on d.classid = 'pg_policy'::regclass and y.oid = d.objid
left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
left join pg_index x on d.classid = 'pg_class'::regclass and x.indexrelid = d.objid
where d.refclassid = 'pg_proc'::regclass and d.refobjid >= 16384
  and coalesce(f.adrelid, nullif(k.conrelid, 0), y.polrelid, r.ev_class, x.indrelid) is not null

-- Relations that are written to with another: what refers to it with an action, partitions and heirs, what rules name.
-- name: write_relations
select k.confrelid, k.conrelid
from pg_constraint k
where k.contype = 'f' and (k.confdeltype in ('c', 'n', 'd') or k.confupdtype in ('c', 'n', 'd'))
union
select i.inhparent, i.inhrelid from pg_inherits i
union
select r.ev_class, d.refobjid
from pg_rewrite r
join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
where r.ev_class >= 16384 and d.refobjid <> r.ev_class and d.refobjid >= 16384

-- name: role_settings
select distinct on (c.rolname, k.name) c.rolname, k.name, k.value
from caller c
join pg_db_role_setting s on s.setrole = c.oid
  and s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
cross join lateral unnest(s.setconfig) x
cross join lateral (select split_part(x, '=', 1) as name, substr(x, strpos(x, '=') + 1) as value) k
left join pg_settings p on p.name = k.name
-- A name with a dot that no extension has claimed is anybody's. Those that say how a transaction begins come too late.
where (p.name is null and k.name like '%.%')
  or (k.name not like 'transaction\_%' and (p.context = 'user' or has_parameter_privilege(p.name, 'set')))
-- ALTER ROLE .. IN DATABASE prevails
order by c.rolname, k.name, s.setdatabase desc
