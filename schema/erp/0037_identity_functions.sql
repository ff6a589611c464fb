-- Who am I, and what the server needs for signing people in. Passwords are hashed and checked by the server, never here.
-- SPDX-License-Identifier: ISC

create function erp.me() returns jsonb
language sql stable security definer set search_path = erp, pg_temp as $$
  select jsonb_build_object('role', erp_private.caller_role(),
    'user', (select to_jsonb(u) - 'search' from users u where u.id = erp.uid()),
    'roles', (select coalesce(jsonb_agg(r.role order by r.role), '[]') from user_roles r where r.user_id = erp.uid()),
    'unread_notifications', (select count(*) from notifications n where n.user_id = erp.uid() and n.read_at is null),
    'permissions', (select coalesce(jsonb_object_agg(t.table_name, t.actions), '{}')
      from (select p.table_name, jsonb_agg(p.action order by p.action) as actions from role_permissions p
            where p.role = erp_private.caller_role() group by 1) t))
$$;
comment on function erp.me() is E'The caller: user, roles, permissions\n@module identity';

create function erp.update_profile(full_name text default null, locale text default null, theme text default null) returns jsonb
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  update users u set full_name = coalesce(update_profile.full_name, u.full_name), locale = coalesce(update_profile.locale, u.locale),
    theme = coalesce(update_profile.theme, u.theme)
  where u.id = erp.uid();
  if not found then
    perform erp_private.fail('P0002', 'users_pkey', 'there is no such user');
  end if;
  return erp.me();
end $$;
comment on function erp.update_profile(text, text, text) is E'Changes one''s own name, language and theme\n@module identity';

-- There is always somebody who can manage users. Changes of administrators wait for each other: two of them who deactivate each other
-- at the same time would both still see the other one.
create function erp_private.guard_last_admin() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if old.role = 'erp_admin' and old.is_active and (tg_op = 'DELETE' or new.role <> 'erp_admin' or not new.is_active) then
    perform pg_advisory_xact_lock(hashtextextended('erp.users_last_admin', 0));
    if not exists (select from users u where u.role = 'erp_admin' and u.is_active and u.id <> old.id) then
      perform erp_private.fail('23514', 'users_last_admin', 'the last administrator cannot be removed',
        hint => 'Make another user an administrator first.');
    end if;
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger guard_last_admin before update of role, is_active or delete on erp.users
  for each row execute function erp_private.guard_last_admin();

-- Nobody hands out more than they have: administrators are made by administrators (or by the owner of the database).
create function erp_private.guard_role_grant() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  if new.role in ('erp_admin', 'erp_manager') then
    perform erp_private.require_role('erp_admin');
  end if;
  return new;
end $$;
create trigger guard_role_grant before insert or update of role on erp.users
  for each row execute function erp_private.guard_role_grant();
create trigger guard_role_grant before insert or update of role on erp.user_roles
  for each row execute function erp_private.guard_role_grant();

-- For the login role of the server only. What a token is made of; no row for a user who is not active.
create function erp_private.auth_user(who bigint)
returns table (user_id bigint, username text, role text, roles text[], customer_id bigint, buyer_id bigint, password_hash text,
  algo text, locked_until timestamptz)
language sql stable security definer set search_path = erp, pg_temp as $$
  select u.id, u.username, u.role,
    (select coalesce(array_agg(r.role order by r.role), '{}') from user_roles r where r.user_id = u.id),
    u.customer_id, u.buyer_id, c.password_hash, c.algo, c.locked_until
  from users u left join erp_private.credentials c on c.user_id = u.id
  where u.id = who and u.is_active
$$;

-- The same for a user name or an address, in any case. There is one answer: a name goes before an address.
create function erp_private.auth_find(login text)
returns table (user_id bigint, username text, role text, roles text[], customer_id bigint, buyer_id bigint, password_hash text,
  algo text, locked_until timestamptz)
language sql stable security definer set search_path = erp, pg_temp as $$
  select a.*
  from (select u.id, 1 as n from users u where lower(u.username) = lower(login)
        union all
        select u.id, 2 from users u where lower(u.email) = lower(login)
        order by n limit 1) u, erp_private.auth_user(u.id) a
$$;

-- After five failures each further one waits twice as long, a quarter of an hour at most: no one can be locked out for good.
create function erp_private.auth_result(who bigint, ok boolean, request_id text default null) returns timestamptz
language plpgsql security definer set search_path = erp_private, pg_temp as $$
declare
  until timestamptz;
begin
  if ok then
    update credentials c set failed_count = 0, locked_until = null where c.user_id = who;
    update erp.users u set last_login_at = now() where u.id = who;
  else
    update credentials c set failed_count = c.failed_count + 1,
      locked_until = case when c.failed_count >= 4
        then now() + least(interval '15 min', make_interval(secs => 30 * (1 << least(c.failed_count - 4, 10)))) end
    where c.user_id = who returning locked_until into until;
  end if;
  insert into erp.audit_log (user_id, action, request_id)
  values (who, case when ok then 'login' else 'login_failed' end, left(auth_result.request_id, 128));
  return until;
end $$;

-- Whoever knew the old password is signed out everywhere.
create function erp_private.auth_set_password(who bigint, hash text, algorithm text) returns void
language sql security definer set search_path = erp_private, pg_temp as $$
  insert into credentials (user_id, password_hash, algo) values (who, hash, algorithm)
  on conflict (user_id) do update set password_hash = excluded.password_hash, algo = excluded.algo, changed_at = now(),
    failed_count = 0, locked_until = null;
  update refresh_tokens t set revoked_at = now() where t.user_id = who and t.revoked_at is null;
  insert into erp.audit_log (user_id, action, table_name, row_id) values (coalesce(erp.uid(), who), 'U', 'credentials', who)
$$;

-- Ends the family of a refresh token, so that none of it can be used again; without a token, all of the user's.
create function erp_private.auth_logout(who bigint, request_id text default null, hash bytea default null) returns void
language sql security definer set search_path = erp_private, pg_temp as $$
  update refresh_tokens t set revoked_at = now()
  where t.user_id = who and t.revoked_at is null
    and (hash is null or t.family = (select f.family from refresh_tokens f where f.token_hash = hash));
  insert into erp.audit_log (user_id, action, request_id) values (who, 'logout', left(auth_logout.request_id, 128))
$$;

create function erp_private.auth_store_refresh(hash bytea, who bigint, token_family uuid, expires timestamptz) returns void
language sql security definer set search_path = erp_private, pg_temp as $$
  insert into refresh_tokens (token_hash, user_id, family, expires_at) values (hash, who, token_family, expires)
$$;

-- The user of a refresh token, which is spent by this. One that was spent before is a stolen one: its whole family ends. So does that
-- of a user who is not active any more.
create function erp_private.auth_rotate_refresh(old_hash bytea, new_hash bytea, expires timestamptz) returns bigint
language plpgsql security definer set search_path = erp_private, pg_temp as $$
declare
  t refresh_tokens;
begin
  select * into t from refresh_tokens r where r.token_hash = old_hash for update;
  if not found or t.expires_at < now() then
    return null;
  end if;
  if t.revoked_at is not null or not exists (select from erp.users u where u.id = t.user_id and u.is_active) then
    update refresh_tokens r set revoked_at = now() where r.family = t.family and r.revoked_at is null;
    return null;
  end if;
  update refresh_tokens r set revoked_at = now() where r.token_hash = old_hash;
  insert into refresh_tokens (token_hash, user_id, family, expires_at) values (new_hash, t.user_id, t.family, expires);
  return t.user_id;
end $$;
