-- The workflow of documents as data: which status may follow which, who may do it, and the history of what was done.
-- SPDX-License-Identifier: ISC

create table erp.doc_transitions (
  doc_type text not null,
  from_status text not null,
  to_status text not null,
  required_role text references erp.roles on update cascade,
  needs_reason boolean not null default false,
  primary key (doc_type, from_status, to_status)
);
create index doc_transitions_role on erp.doc_transitions (required_role) where required_role is not null;
comment on table erp.doc_transitions is E'Which status may follow which\n@module workflow\n@cache lookup';
comment on column erp.doc_transitions.doc_type is 'Name of the table of the document';
comment on column erp.doc_transitions.required_role is 'Role that it takes; null: whoever may change the document';

create table erp.doc_events (
  id bigint generated always as identity primary key,
  doc_type text not null,
  doc_id bigint not null,
  from_status text,
  to_status text not null,
  at timestamptz not null default now(),
  user_id bigint default erp.uid(),
  reason text
);
create index doc_events_doc on erp.doc_events (doc_type, doc_id, id);
create index doc_events_at on erp.doc_events using brin (at);
create trigger append_only before update or delete or truncate on erp.doc_events
  for each statement execute function erp_private.append_only();
comment on table erp.doc_events is E'History of the status of every document\n@module workflow\n@cache transactional';

-- Guards "status" of a document table. The reason travels in the setting erp.reason of the transaction.
create function erp_private.guard_status() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  step doc_transitions;
  why text := nullif(current_setting('erp.reason', true), '');
begin
  select * into step from doc_transitions t
  where t.doc_type = tg_table_name and t.from_status = old.status and t.to_status = new.status;
  if not found then
    perform erp_private.fail('23514', tg_table_name || '_status_flow',
      format('%s %s cannot go from %s to %s', tg_table_name, old.id, old.status, new.status),
      hint => coalesce('Possible: ' || (select string_agg(t.to_status, ', ' order by t.to_status)
        from doc_transitions t where t.doc_type = tg_table_name and t.from_status = old.status),
        format('%s is a final status.', old.status)));
  end if;
  if step.required_role is not null then
    perform erp_private.require_role(step.required_role, 'erp_manager', 'erp_admin');
  end if;
  if step.needs_reason and why is null then
    perform erp_private.fail('23514', tg_table_name || '_reason_required',
      format('going from %s to %s needs a reason', old.status, new.status));
  end if;
  insert into doc_events (doc_type, doc_id, from_status, to_status, reason)
  values (tg_table_name, new.id, old.status, new.status, why);
  return new;
end $$;

-- For each document table: the guard, and the transitions as 'a>b' (a role after @, an ! where a reason is needed).
create function erp_private.add_workflow(tbl text, variadic steps text[]) returns void
language plpgsql as $$
begin
  insert into erp.doc_transitions (doc_type, from_status, to_status, required_role, needs_reason)
  select tbl, m[1], m[2], m[4], s like '%!'
  from unnest(steps) s, regexp_match(s, '^([a-z_]+)>([a-z_]+)(@([a-z_]+))?!?$') m;
  execute format('create trigger status_flow before update of status on erp.%I for each row
    when (old.status is distinct from new.status) execute function erp_private.guard_status()', tbl);
end $$;

-- Gapless numbers: the row is locked until the transaction ends, so a number that was rolled back is used again.
create table erp_private.doc_sequences (
  doc_type text not null,
  year int not null,
  next_no bigint not null default 1 check (next_no > 0),
  prefix text not null,
  width int not null default 6,
  primary key (doc_type, year)
);

create function erp_private.next_no(kind text, prefix text, day date default current_date) returns text
language sql volatile as $$
  insert into erp_private.doc_sequences as s (doc_type, year, next_no, prefix)
  values ($1, extract(year from $3)::int, 2, $2)
  on conflict (doc_type, year) do update set next_no = s.next_no + 1
  returning s.prefix || '-' || s.year || '-' || erp_private.digits(s.next_no - 1, s.width)
$$;
comment on function erp_private.next_no(text, text, date) is 'Next number of a series, like INV-2026-000042, without gaps';
