-- Sharing presentations and recording how they are watched. Visitors have no account: the token of the link is their right.
-- SPDX-License-Identifier: ISC

create function erp.share_presentation(presentation_id bigint, expires_at timestamptz default null, max_views int default null,
  recipient_email text default null, password text default null) returns jsonb
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  viewer bigint;
  link bigint;
begin
  perform erp_private.require_role('erp_sales', 'erp_merchandiser', 'erp_manager', 'erp_admin');
  perform erp_private.require_own('presentations', presentation_id);
  if recipient_email is not null then
    insert into viewers (email) values (lower(recipient_email))
    on conflict ((lower(email))) where email is not null do update set updated_at = now() returning id into viewer;
  end if;
  insert into presentation_links (presentation_id, expires_at, max_views, recipient_id)
  values (share_presentation.presentation_id,
    coalesce(share_presentation.expires_at, now() + make_interval(days => erp_private.setting_number('presentations.link_days')::int)),
    share_presentation.max_views, viewer)
  returning id into link;
  if octet_length(password) not between 1 and 72 then
    perform erp_private.fail('22023', 'presentation_links_password', 'a password has 1 to 72 bytes');
  end if;
  insert into erp_private.link_secrets values (link, sha256(convert_to(token, 'UTF8')),
    case when password is not null then public.crypt(password, public.gen_salt('bf', 8)) end);
  return jsonb_build_object('link_id', link, 'token', token);
end $$;
comment on function erp.share_presentation(bigint, timestamptz, int, text, text) is
  E'Makes a link, with a password where one is given; its token is shown this once and cannot be read again\n@module presentations';

-- The link of a token, if it is still good.
create function erp_private.live_link(token text) returns erp.presentation_links
language sql stable security definer set search_path = erp, pg_temp as $$
  select l from erp_private.link_secrets s
  join presentation_links l on l.id = s.presentation_link_id
  join presentations p on p.id = l.presentation_id and p.is_active
  where s.token_hash = sha256(convert_to(token, 'UTF8'))
    and l.revoked_at is null and (l.expires_at is null or l.expires_at > now())
$$;

create function erp.open_presentation(token text, anon_key uuid default null, device text default null, password text default null)
returns jsonb
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  l presentation_links := erp_private.live_link(token);
  viewer bigint;
  session uuid;
begin
  if l.id is null then
    perform erp_private.fail('P0002', 'presentation_links_token', 'this link is not valid any more');
  end if;
  if exists (select from erp_private.link_secrets s where s.presentation_link_id = l.id and s.password_hash is not null
             and s.password_hash is distinct from public.crypt(coalesce(left(password, 72), ''), s.password_hash)) then
    perform erp_private.fail('42501', 'presentation_links_password', 'this link takes the password that came with it',
      hint => 'Send it as "password".');
  end if;
  update presentation_links x set view_count = x.view_count + 1
  where x.id = l.id and (x.max_views is null or x.view_count < x.max_views);
  if not found then
    perform erp_private.fail('P0002', 'presentation_links_token', 'this link is not valid any more');
  end if;
  viewer := l.recipient_id;
  if viewer is null then
    insert into viewers as v (anon_key, device) values (coalesce(open_presentation.anon_key, gen_random_uuid()), left(open_presentation.device, 200))
    on conflict on constraint viewers_anon_key_key do update set device = coalesce(excluded.device, v.device)
    returning v.id into viewer;
  end if;
  insert into view_sessions (presentation_id, link_id, viewer_id, user_agent)
  values (l.presentation_id, l.id, viewer,
    left(nullif(current_setting('request.headers', true), '')::json ->> 'user-agent', 300))
  returning id into session;
  return jsonb_build_object('session', session,
    'presentation', (select jsonb_build_object('id', p.id, 'title', p.title, 'subtitle', p.subtitle) from presentations p
                     where p.id = l.presentation_id),
    'slides', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'position', s.position, 'title', s.title, 'kind', s.kind,
        'content', s.content) order by s.position), '[]') from slides s where s.presentation_id = l.presentation_id));
end $$;
comment on function erp.open_presentation(text, uuid, text, text) is
  E'Starts watching through a link: the slides, and the session to report views with\n@module presentations';

-- The session, if the token is the one that it was opened with.
create function erp_private.own_session(session uuid, token text) returns erp.view_sessions
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  v view_sessions;
begin
  select x.* into v from view_sessions x
  join erp_private.link_secrets s on s.presentation_link_id = x.link_id
  where x.id = session and s.token_hash = sha256(convert_to(token, 'UTF8')) for no key update of x;
  if not found then
    perform erp_private.fail('P0002', 'view_sessions_pkey', 'there is no such session');
  end if;
  return v;
end $$;

create function erp.record_slide_views(session uuid, token text, views jsonb) returns int
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  v view_sessions := erp_private.own_session(session, token);
  seen_ms bigint;
  made int;
begin
  if (erp_private.live_link(token)).id is null then
    perform erp_private.fail('P0002', 'presentation_links_token', 'this link is not valid any more');
  end if;
  if v.ended_at is not null then
    perform erp_private.fail('23514', 'view_sessions_ended', 'this session has ended', hint => 'Open the presentation again.');
  end if;
  if coalesce(jsonb_typeof(views), '') <> 'array' or jsonb_array_length(views) > 500 then
    perform erp_private.fail('22023', 'record_slide_views_rows', 'views must be an array of at most 500');
  end if;
  if exists (select from jsonb_to_recordset(views) r(seq int) where coalesce(r.seq, -1) < 0) then
    perform erp_private.fail('22023', 'record_slide_views_rows', 'each view has a seq, a number from 0 on');
  end if;
  select coalesce(sum(w.duration_ms), 0) into seen_ms from slide_views w where w.session_id = v.id;
  -- The clock of a browser is not to be trusted: entered_at is kept between the start of the session and now, and all views together
  -- take no longer than that.
  insert into slide_views (session_id, seq, slide_id, entered_at, duration_ms, visible_ms)
  select v.id, c.seq, c.slide_id, greatest(v.started_at, least(c.entered_at, now() + interval '5 s')), c.ms,
    least(greatest(coalesce(c.visible_ms, c.ms), 0), c.ms)
  from (
    select n.*, least(n.wanted, greatest(extract(epoch from now() + interval '5 s' - v.started_at) * 1000 - seen_ms
      - (sum(n.wanted) over (order by n.seq) - n.wanted), 0))::int as ms
    from (
      select distinct on (r.seq) r.*, least(greatest(r.duration_ms, 0), 86400000) as wanted
      from jsonb_to_recordset(views) r(seq int, slide_id bigint, entered_at timestamptz, duration_ms int, visible_ms int)
      join slides s on s.id = r.slide_id and s.presentation_id = v.presentation_id
      where not exists (select from slide_views x where x.session_id = v.id and x.seq = r.seq)
      order by r.seq, r.entered_at) n) c;
  get diagnostics made = row_count;
  update view_sessions x set duration_ms = t.ms, slides_seen = t.seen,
    completed = t.seen >= (select p.slide_count from presentations p where p.id = x.presentation_id)
  from (select sum(w.duration_ms) as ms, count(distinct w.slide_id) as seen from slide_views w where w.session_id = v.id) t
  where x.id = v.id and t.ms is not null;
  return made;
end $$;
comment on function erp.record_slide_views(uuid, text, jsonb) is
  E'Slide views in batches: [{seq, slide_id, entered_at, duration_ms, visible_ms}]. A batch that is sent twice counts once; '
  'returns how many were new. All views together take no longer than the session has lasted\n@module presentations';

create function erp.end_session(session uuid, token text) returns void
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  v view_sessions := erp_private.own_session(session, token);
begin
  update view_sessions x set ended_at = greatest(now(), x.started_at) where x.id = v.id and x.ended_at is null;
end $$;
comment on function erp.end_session(uuid, text) is E'Ends watching\n@module presentations';

create function erp.give_feedback(token text, rating int, feedback text default '', suggestions text default '',
  contact_name text default null, contact_email text default null, session uuid default null) returns bigint
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  l presentation_links := erp_private.live_link(token);
  made bigint;
begin
  if l.id is null then
    perform erp_private.fail('P0002', 'presentation_links_token', 'this link is not valid any more');
  end if;
  -- The session shows that the password was known when it was opened.
  if not exists (select from view_sessions v where v.id = session and v.link_id = l.id) then
    if session is not null then
      perform erp_private.fail('P0002', 'view_sessions_pkey', 'there is no such session');
    elsif exists (select from erp_private.link_secrets s where s.presentation_link_id = l.id and s.password_hash is not null) then
      perform erp_private.fail('42501', 'presentation_links_password', 'this link takes the password that came with it',
        hint => 'Open the presentation with it, and send the session that this starts.');
    end if;
  end if;
  insert into presentation_feedback (presentation_id, session_id, rating, feedback, suggestions, contact_name, contact_email)
  values (l.presentation_id, session, give_feedback.rating,
    left(give_feedback.feedback, 10000), left(give_feedback.suggestions, 10000), left(give_feedback.contact_name, 200),
    left(give_feedback.contact_email, 200))
  returning id into made;
  return made;
end $$;
comment on function erp.give_feedback(text, int, text, text, text, text, uuid) is E'Feedback of a visitor\n@module presentations';

create function erp.rollup_slide_stats(day date) returns int
language plpgsql security definer set search_path = erp, pg_temp as $$
declare
  made int;
begin
  perform erp_private.require_role('erp_analyst', 'erp_manager', 'erp_admin');
  -- Reports read the views of the days that come after the last one that was summed up: it has to be over.
  if day >= (now() at time zone 'UTC')::date then
    return 0;
  end if;
  insert into slide_stats_daily as d (slide_id, day, views, unique_viewers, total_ms, p50_ms, p95_ms, exits)
  select w.slide_id, rollup_slide_stats.day, count(*), count(distinct v.viewer_id), sum(w.duration_ms),
    percentile_disc(0.5) within group (order by w.duration_ms), percentile_disc(0.95) within group (order by w.duration_ms),
    count(*) filter (where w.is_last)
  from (select x.*, x.seq = max(x.seq) over (partition by x.session_id) as is_last from slide_views x
        where x.entered_at >= rollup_slide_stats.day::timestamp at time zone 'UTC'
          and x.entered_at < (rollup_slide_stats.day + 1)::timestamp at time zone 'UTC') w
  join view_sessions v on v.id = w.session_id
  group by w.slide_id
  on conflict on constraint slide_stats_daily_pkey do update set views = excluded.views, unique_viewers = excluded.unique_viewers,
    total_ms = excluded.total_ms, p50_ms = excluded.p50_ms, p95_ms = excluded.p95_ms, exits = excluded.exits;
  get diagnostics made = row_count;
  return made;
end $$;
comment on function erp.rollup_slide_stats(date) is E'Sums up one day (UTC) that is over, and leaves one that is not; may be repeated\n@module presentations';
