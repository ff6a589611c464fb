-- Foundation of the bundled ERP: schemas, extensions, roles, who is calling, and the triggers that every module uses.
-- Runs as the owner of the database (CREATEROLE, not superuser); every extension here is a trusted one.
-- SPDX-License-Identifier: ISC

create schema erp;
comment on schema erp is 'Bundled ERP: every table, view and function in here is meant to be served';
create schema erp_private;
comment on schema erp_private is 'Secrets and machinery of the ERP: never expose this schema';

create extension if not exists pg_trgm with schema public;
create extension if not exists unaccent with schema public;
create extension if not exists btree_gist with schema public;
create extension if not exists pgcrypto with schema public;

-- Roles are shared by the whole cluster: another database may have made them already.
do $$
declare
  name text;
begin
  foreach name in array array['erp_anon', 'erp_viewer', 'erp_sales', 'erp_purchasing', 'erp_warehouse',
    'erp_merchandiser', 'erp_accountant', 'erp_analyst', 'erp_manager', 'erp_admin',
    'erp_portal_customer', 'erp_portal_buyer']
  loop
    if to_regrole(name) is null then
      execute format('create role %I nologin', name);
    end if;
  end loop;
  if to_regrole('erp_authenticator') is null then
    create role erp_authenticator login noinherit;
  end if;
  foreach name in array array['erp_anon', 'erp_viewer', 'erp_sales', 'erp_purchasing', 'erp_warehouse',
    'erp_merchandiser', 'erp_accountant', 'erp_analyst', 'erp_manager', 'erp_admin',
    'erp_portal_customer', 'erp_portal_buyer']
  loop
    if not exists (select from pg_auth_members m
                   where m.roleid = to_regrole(name) and m.member = to_regrole('erp_authenticator')) then
      execute format('grant %I to erp_authenticator', name);
    end if;
  end loop;
end $$;

-- Who is calling. The server puts the verified claims of the token into request.jwt.claims, for one transaction.
create function erp_private.claims() returns json
language sql stable parallel safe as $$
  select nullif(current_setting('request.jwt.claims', true), '')::json
$$;

-- Inlined by the planner, hence no SET clause; a claim that is no number counts as absent.
create function erp.uid() returns bigint
language sql stable parallel safe as $$
  select case when v ~ '^[0-9]{1,18}$' then v::bigint end
  from (select coalesce(c ->> 'user_id', c ->> 'sub') as v
        from (select nullif(current_setting('request.jwt.claims', true), '')::json as c) s) t
$$;
comment on function erp.uid() is 'Id of the calling user: claim user_id, else sub; null for a token without one';

create function erp.claim_customer() returns bigint
language sql stable parallel safe as $$
  select case when v ~ '^[0-9]{1,18}$' then v::bigint end
  from (select nullif(current_setting('request.jwt.claims', true), '')::json ->> 'customer_id' as v) t
$$;
comment on function erp.claim_customer() is 'Customer that a portal user acts for: claim customer_id';

create function erp.claim_buyer() returns bigint
language sql stable parallel safe as $$
  select case when v ~ '^[0-9]{1,18}$' then v::bigint end
  from (select nullif(current_setting('request.jwt.claims', true), '')::json ->> 'buyer_id' as v) t
$$;
comment on function erp.claim_buyer() is 'Buyer that a portal user acts for: claim buyer_id';

-- The role that the request runs as. SECURITY DEFINER changes current_user but not the setting "role".
create function erp_private.caller_role() returns name
language sql stable parallel safe as $$
  select case current_setting('role', true)
    when 'none' then session_user else coalesce(current_setting('role', true)::name, session_user) end
$$;

create function erp_private.caller_is(variadic roles text[]) returns boolean
language sql stable as $$
  select coalesce(bool_or(pg_has_role(erp_private.caller_role(), r.oid, 'member')), false)
  from pg_catalog.pg_roles r
  where r.rolname = any (roles)
     or r.oid = (select n.nspowner from pg_catalog.pg_namespace n where n.nspname = 'erp')
$$;
comment on function erp_private.caller_is(text[]) is 'Does the caller have one of these roles (or own the schema)?';

create function erp_private.require_role(variadic roles text[]) returns void
language plpgsql stable as $$
begin
  if not erp_private.caller_is(variadic roles) then
    raise insufficient_privilege using
      message = format('role %s may not do this', erp_private.caller_role()),
      hint = format('It takes one of: %s.', array_to_string(roles, ', '));
  end if;
end $$;

-- Search text: lower case, without accents, so that one parameter (search=ilike.*muller*) finds Müller.
-- unaccent() is only STABLE because its dictionary could be changed; naming the dictionary makes the promise ours.
-- PL/pgSQL, because it keeps its plan: half the time of the same in SQL.
create function erp_private.fold(variadic parts text[]) returns text
language plpgsql immutable parallel safe as $$
begin
  return lower(public.unaccent('public.unaccent'::regdictionary, array_to_string(parts, ' ')));
end $$;

-- A number with zeros in front, never cut: lpad() alone would make one document number of 1000000 to 1000009.
create function erp_private.digits(n bigint, width int) returns text
language sql immutable parallel safe as $$ select lpad(n::text, greatest(width, length(n::text)), '0') $$;

-- Every table with updated_at, and every document with row_version, keeps them by these two.
create function erp_private.touch() returns trigger
language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end $$;

create function erp_private.touch_version() returns trigger
language plpgsql as $$
begin
  new.updated_at := now();
  new.row_version := old.row_version + 1;
  return new;
end $$;

create function erp_private.append_only() returns trigger
language plpgsql as $$
begin
  raise object_not_in_prerequisite_state using
    message = format('%s is append-only', tg_table_name),
    hint = 'Correct a row by adding another one that reverses it.',
    table = tg_table_name, schema = tg_table_schema;
end $$;

-- Called at the end of each module: gives the standard triggers to the tables that have none yet.
create function erp_private.add_standard_triggers() returns void
language plpgsql as $$
declare
  t record;
begin
  for t in
    select c.relname, bool_or(a.attname = 'row_version') as versioned
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname in ('updated_at', 'row_version') and not a.attisdropped
    where c.relnamespace = 'erp'::regnamespace and c.relkind in ('r', 'p')
      and not exists (select from pg_trigger g where g.tgrelid = c.oid and g.tgname = 'zz_touch')
    group by c.relname
    having bool_or(a.attname = 'updated_at')
  loop
    execute format('create trigger zz_touch before update on erp.%I for each row execute function erp_private.%I()',
      t.relname, case when t.versioned then 'touch_version' else 'touch' end);
  end loop;
end $$;
comment on function erp_private.add_standard_triggers() is
  'zz_: runs after the other BEFORE triggers of the row, so that their changes are stamped as well';

-- A problem that a form can show: SQLSTATE, the constraint's name (which field), what to do.
create function erp_private.fail(code text, rule text, msg text, detail text default '', hint text default '')
returns void
language plpgsql as $$
begin
  raise exception using errcode = code, message = msg, constraint = rule,
    detail = coalesce(detail, ''), hint = coalesce(hint, '');
end $$;
