-- Telling others what changed, and throwing away what nobody needs any more.
-- SPDX-License-Identifier: ISC

-- What changed in the tables that are watched: an event for each statement, with the key of the row when it was one row. Readers wait on
-- the channel erp_changes, whose payload is the name of the table, and remember how far they have read; an event with a smaller id may
-- still come from a transaction that took longer, so they look back a little.
create table erp_private.outbox_events (
  id bigint generated always as identity primary key,
  table_name text not null,
  op text not null constraint outbox_op check (op in ('I', 'U', 'D')),
  key text,
  row_count bigint not null default 1,
  at timestamptz not null default now()
);
create index outbox_events_at on erp_private.outbox_events using brin (at);
comment on table erp_private.outbox_events is 'What changed in watched tables; nothing is watched until erp_private.watch() is called';
comment on column erp_private.outbox_events.key is 'Primary key of the row, its parts joined by commas; null: several rows';

create function erp_private.record_change() returns trigger
language plpgsql security definer set search_path = erp_private, pg_temp as $$
declare
  n bigint := (select count(*) from changed);
  only_row jsonb;
begin
  if n = 0 then
    return null;
  end if;
  if n = 1 then
    only_row := (select to_jsonb(c) from changed c);
  end if;
  insert into outbox_events (table_name, op, row_count, key)
  select tg_table_name, left(tg_op, 1), n, string_agg(only_row ->> a.attname, ',' order by k.ord)
  from pg_index i cross join lateral unnest(i.indkey::int2[]) with ordinality k(attnum, ord)
  join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
  where i.indrelid = tg_relid and i.indisprimary;
  -- The same payload is sent once in a transaction.
  perform pg_notify('erp_changes', tg_table_name);
  return null;
end $$;

create function erp_private.unwatch(variadic tables text[]) returns void
language plpgsql as $$
declare
  t text;
  op text;
begin
  foreach t in array tables loop
    foreach op in array '{insert,update,delete}'::text[] loop
      execute format('drop trigger if exists %I on erp.%I', 'zzz_tell_' || op, t);
    end loop;
  end loop;
end $$;

create function erp_private.watch(variadic tables text[]) returns void
language plpgsql as $$
declare
  t text;
  op text;
begin
  perform erp_private.unwatch(variadic tables);
  foreach t in array tables loop
    foreach op in array '{insert,update,delete}'::text[] loop
      execute format('create trigger %I after %s on erp.%I referencing %s table as changed
        for each statement execute function erp_private.record_change()', 'zzz_tell_' || op, op, t, case op when 'delete' then 'old' else 'new' end);
    end loop;
  end loop;
end $$;
comment on function erp_private.watch(text[]) is
  'From now on, changes of these tables go to outbox_events and the channel erp_changes. Not for nothing: transactions that notify commit '
  'one after the other';

-- Expired sessions, answers to requests that nobody repeats any more, events that were read long ago.
create function erp_private.tidy(keep interval default '7 days') returns bigint
language plpgsql security definer set search_path = erp_private, pg_temp as $$
declare
  n bigint;
  gone bigint := 0;
begin
  delete from refresh_tokens t where t.expires_at < now() - keep;
  get diagnostics n = row_count;
  gone := gone + n;
  delete from idempotency_keys k where k.at < now() - keep;
  get diagnostics n = row_count;
  gone := gone + n;
  delete from outbox_events e where e.at < now() - keep;
  get diagnostics n = row_count;
  return gone + n;
end $$;
comment on function erp_private.tidy(interval) is 'To be run every day by the owner; returns how many rows went';

revoke execute on function erp_private.record_change(), erp_private.watch(text[]), erp_private.unwatch(text[]), erp_private.tidy(interval)
  from public;
