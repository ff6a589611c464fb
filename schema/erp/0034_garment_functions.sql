-- Samples and production: rounds, decisions, hourly output.
-- SPDX-License-Identifier: ISC

create function erp_private.notify_user(who bigint, kind text, title text, body text, entity text, entity_id bigint,
  severity text default 'info') returns void
language sql security definer set search_path = erp, pg_temp as $$
  insert into notifications (user_id, kind, title, body, entity, entity_id, severity)
  select who, notify_user.kind, notify_user.title, notify_user.body, notify_user.entity, notify_user.entity_id, notify_user.severity
  where who is not null
$$;

create function erp.submit_sample(id bigint, courier text default null, awb_no text default null, sent_on date default current_date)
returns erp.samples
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  s samples;
begin
  perform erp_private.require_role('erp_merchandiser', 'erp_manager', 'erp_admin');
  perform erp_private.require_own('samples', id);
  select * into s from samples x where x.id = submit_sample.id for no key update;
  if s.status not in ('requested', 'in_development', 'rejected') then
    perform erp_private.fail('23514', 'samples_status_flow', format('a sample that is %s cannot be submitted', s.status));
  end if;
  insert into sample_rounds (sample_id, round)
  select s.id, s.current_round
  where not exists (select from sample_rounds r where r.sample_id = s.id and r.decision is null);
  update sample_rounds r set submitted_at = now(), courier = submit_sample.courier, awb_no = submit_sample.awb_no,
    sent_on = submit_sample.sent_on
  where r.sample_id = s.id and r.decision is null;
  update samples x set status = 'submitted' where x.id = s.id returning * into s;
  return s;
end $$;
comment on function erp.submit_sample(bigint, text, text, date) is E'Sends the current round of a sample to the buyer\n@module samples';

create function erp.decide_sample(id bigint, decision text, comment text default null) returns erp.samples
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  s samples;
begin
  perform erp_private.require_role('erp_merchandiser', 'erp_manager', 'erp_admin', 'erp_portal_buyer');
  select * into s from samples x where x.id = decide_sample.id for no key update;
  if not found or (erp_private.caller_is('erp_portal_buyer') and not erp_private.caller_is('erp_manager', 'erp_admin')
                   and s.buyer_id is distinct from erp.claim_buyer()) then
    perform erp_private.fail('P0002', 'samples_pkey', format('there is no sample %s', id));
  end if;
  if not erp_private.caller_is('erp_portal_buyer') then
    perform erp_private.require_own('samples', id);
  end if;
  if s.status <> 'submitted' then
    perform erp_private.fail('23514', 'samples_status_flow', format('a sample that is %s cannot be decided', s.status),
      hint => 'Submit it first.');
  end if;
  update sample_rounds r set decision = decide_sample.decision, decided_at = now(), decided_by = erp.uid(), buyer_comment = comment
  where r.sample_id = s.id and r.decision is null;
  update samples x set status = decide_sample.decision,
    approved_at = case when decide_sample.decision like 'approved%' then now() end,
    current_round = x.current_round + case when decide_sample.decision = 'rejected' then 1 else 0 end
  where x.id = s.id returning * into s;
  if s.status = 'rejected' then
    insert into sample_rounds (sample_id, round) values (s.id, s.current_round);
  end if;
  perform erp_private.notify_user((select b.merchandiser_id from buyers b where b.id = s.buyer_id), 'sample_decided',
    format('Sample %s: %s', s.sample_no, decision), coalesce(comment, ''), 'samples', s.id,
    case when s.status = 'rejected' then 'warn' else 'info' end);
  return s;
end $$;
comment on function erp.decide_sample(bigint, text, text) is
  E'The decision of the buyer: approved, approved_with_comments or rejected, which opens the next round\n@module samples';

create function erp.approve_sample(id bigint, comment text default null) returns erp.samples
language sql set search_path = erp, pg_temp as $$ select erp.decide_sample(id, 'approved', comment) $$;
comment on function erp.approve_sample(bigint, text) is E'Approves a sample that was submitted\n@module samples';

create function erp.record_production(rows jsonb) returns int
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  made int;
  twice record;
begin
  perform erp_private.require_role('erp_warehouse', 'erp_manager', 'erp_admin');
  if coalesce(jsonb_typeof(rows), '') <> 'array' or jsonb_array_length(rows) > 1000 then
    perform erp_private.fail('22023', 'record_production_rows', 'rows must be an array of at most 1000');
  end if;
  select r.production_order_id, r.size_id, r.stage, r.work_date, r.hour into twice
  from jsonb_to_recordset(rows) r(production_order_id bigint, size_id bigint, stage text, production_line_id bigint, work_date date,
    hour smallint)
  group by r.production_order_id, r.size_id, r.stage, r.production_line_id, r.work_date, r.hour having count(*) > 1
  order by 1, 2, 3, 4, 5 limit 1;
  if found then
    perform erp_private.fail('22023', 'record_production_twice', format('order %s, size %s, %s of %s at %s is there twice',
      twice.production_order_id, twice.size_id, twice.stage, twice.work_date, twice.hour), hint => 'Send one figure for each hour.');
  end if;
  perform erp_private.lock_producing(array_agg(r.production_order_id)) from jsonb_to_recordset(rows) r(production_order_id bigint);
  -- New hours and corrected ones are counted one after the other: lock for both.
  perform erp_private.lock_lines(array_agg(p.buyer_order_line_id))
  from jsonb_to_recordset(rows) r(production_order_id bigint) join production_orders p on p.id = r.production_order_id;
  perform erp_private.lock_stock(array_agg(z.product_id), array_agg(p.warehouse_id))
  from jsonb_to_recordset(rows) r(production_order_id bigint, size_id bigint, stage text)
  join production_orders p on p.id = r.production_order_id
  join buyer_order_sizes z on z.buyer_order_line_id = p.buyer_order_line_id and z.size_id = r.size_id
  where r.stage = 'packing';
  insert into production_outputs as o (production_order_id, size_id, stage, production_line_id, work_date, hour, good_qty, reject_qty,
    operators)
  select r.production_order_id, r.size_id, r.stage, r.production_line_id, r.work_date, r.hour, r.good_qty, coalesce(r.reject_qty, 0),
    r.operators
  from jsonb_to_recordset(rows) r(production_order_id bigint, size_id bigint, stage text, production_line_id bigint, work_date date,
    hour smallint, good_qty int, reject_qty int, operators int)
  order by 1, 2, 3
  on conflict on constraint production_outputs_hour do update
    set good_qty = excluded.good_qty, reject_qty = excluded.reject_qty, operators = excluded.operators;
  get diagnostics made = row_count;
  return made;
end $$;
comment on function erp.record_production(jsonb) is
  E'Hourly output: [{production_order_id, size_id, stage, production_line_id, work_date, hour, good_qty, reject_qty}]. The figure of '
  'an hour that is there already is replaced\n@module production';
