-- Demo data: presentations and how they were watched in the last year.
-- SPDX-License-Identifier: ISC

create or replace function erp_demo.fill_presentations(scale text) returns bigint
language plpgsql as $$
declare
  total int := erp_demo.n(scale, 'presentations');
  buyers int := erp_demo.n(scale, 'buyers');
  sellers bigint[] := erp_demo.staff('erp_sales') || erp_demo.staff('erp_merchandiser');
  made bigint;
begin
  insert into erp.presentations (id, title, subtitle, owner_id, buyer_id, is_active, slide_count, published_at, share_default, created_at, updated_at)
  overriding system value
  select i, erp_demo.pick(i, 901, '{Spring collection,Autumn collection,Knitwear capsule,Sustainability report,Denim lab,
      Company profile,Şirket tanıtımı,新品发布}'::text[]) || ' ' || i, 'for ' || erp_demo.company(i), case when i = 1 then 3 else erp_demo.pick(i, 902, sellers) end,
    case when i % 3 = 0 then 1 + erp_demo.h(i, 903) % buyers end, i % 12 > 0, 8 + i % 17, d.at, i % 4 = 0, d.at, d.at
  from generate_series(1, total) i
  cross join lateral (select erp_demo.at(date '2025-01-01' + (erp_demo.h(i, 904) % 200)::int, i, 905) as at) d;
  insert into erp.slides (id, presentation_id, position, title, kind, content, est_seconds)
  overriding system value
  select p.id * 32 + k, p.id, k, case k when 1 then p.title else 'Slide ' || k end,
    case k when 1 then 'cover' when p.slide_count then 'contact' else erp_demo.pick(p.id * 32 + k, 906, '{content,image,products,chart,video}'::text[]) end,
    jsonb_build_object('text', repeat('Lorem ipsum dolor. ', (1 + k % 5)::int), 'layout', k % 4), 20 + k
  from erp.presentations p, generate_series(1, p.slide_count) k;
  get diagnostics made = row_count;
  insert into erp.viewers (id, email, name, company, anon_key, country, device, created_at, updated_at)
  overriding system value
  select i, case when i % 3 > 0 then 'viewer' || i || '@example.com' end, case when i % 3 > 0 then erp_demo.first_name(i) || ' ' || erp_demo.last_name(i) end,
    case when i % 3 > 0 then erp_demo.company(i) end, case when i % 3 = 0 then md5('viewer' || i)::uuid end, erp_demo.country(i, 907),
    erp_demo.pick(i, 908, '{desktop,desktop,tablet,phone}'::text[]), '2025-01-02Z', '2025-01-02Z'
  from generate_series(1, 20 + total * 30) i;
  insert into erp.presentation_links (id, presentation_id, expires_at, max_views, view_count, revoked_at, recipient_id, created_at, updated_at)
  overriding system value
  select p.id * 4 + k, p.id, case when k = 1 then null else timestamptz '2026-02-01Z' end, case when k = 3 then 100 end, 0,
    case when k = 2 and p.id % 5 = 0 then timestamptz '2025-12-01Z' end, case when k = 3 then 1 + (p.id * 7) % (total * 20) end, p.created_at, p.created_at
  from erp.presentations p, generate_series(1, 3) k;
  -- The first link of presentation 1 has the token "demo", so that it can be tried; nobody knows the tokens of the others.
  insert into erp_private.link_secrets
  select l.id, sha256(convert_to(case when l.id = 5 then 'demo' else md5('unknown' || l.id) end, 'UTF8')) from erp.presentation_links l;
  perform erp_demo.fix_identity('presentations', 'slides', 'presentation_links', 'viewers');
  perform erp_private.make_partitions('slide_views', '2025-01-01', '2026-07-01');
  perform erp_demo.rest_from_vacuum(array_agg(p.relid), true) from pg_partition_tree('erp.slide_views') p where p.isleaf;
  return made + total;
end $$;

create or replace function erp_demo.fill_views(scale text, lo int, hi int) returns bigint
language plpgsql as $$
declare
  presentations int := erp_demo.n(scale, 'presentations');
  viewers int := 20 + presentations * 30;
  made bigint;
begin
  -- Slides are watched in order, each for a time that is log-normal: half of them less than 3.3 s, one of a hundred over 24 s.
  create temp table demo_views on commit drop as
    select s.i, s.session, s.presentation, s.started, k as seq, s.slides, s.presentation * 32 + k as slide, d.ms,
      sum(d.ms) over (partition by s.i order by k) - d.ms as before
    from (select t.i, md5('session' || t.i)::uuid as session, t.presentation, p.slide_count as slides,
            -- A presentation is watched in the days on which its links are sent round: twelve times.
            erp_demo.at(date '2025-02-01' + (erp_demo.h(t.presentation * 16 + erp_demo.h(t.i, 911) % 12, 918) % 330)::int, t.i, 912) as started,
            case when erp_demo.h(t.i, 913) % 4 = 0 then p.slide_count else 1 + (erp_demo.h(t.i, 914) % p.slide_count)::int end as seen
          from (select i, erp_demo.zipf(i, 915, presentations, 1.5) as presentation from generate_series(lo, hi) i offset 0) t
          join erp.presentations p on p.id = t.presentation offset 0) s,
      generate_series(1, s.seen) k
    cross join lateral (select least(3600000, (1000 * exp(1.2::float8 + 1.6::float8 * erp_demo.bell(s.i::bigint * 64 + k, 916)))::int) as ms) d;
  insert into erp.view_sessions (id, presentation_id, link_id, viewer_id, started_at, ended_at, user_agent, ip_hash, duration_ms, slides_seen, completed)
  select v.session, v.presentation, v.presentation * 4 + 1, 1 + erp_demo.h(v.i, 917) % viewers, v.started,
    v.started + make_interval(secs => sum(v.ms) / 1000.0::float8), 'Mozilla/5.0 (demo)', substr(sha256(v.session::text::bytea), 1, 8), sum(v.ms), count(*),
    count(*) = v.slides
  from demo_views v group by v.i, v.session, v.presentation, v.started, v.slides;
  insert into erp.slide_views (session_id, seq, slide_id, entered_at, duration_ms, visible_ms)
  select v.session, v.seq, v.slide, v.started + make_interval(secs => v.before / 1000.0::float8), v.ms, v.ms - v.ms / 10
  from demo_views v;
  get diagnostics made = row_count;
  drop table demo_views;
  perform erp_demo.fix_identity('view_sessions', 'slide_views');
  return made + hi - lo + 1;
end $$;

create or replace function erp_demo.fill_view_stats() returns bigint
language plpgsql as $$
declare
  made bigint;
begin
  insert into erp.slide_stats_daily (slide_id, day, views, unique_viewers, total_ms, p50_ms, p95_ms, exits)
  select w.slide_id, (w.entered_at at time zone 'UTC')::date, count(*), count(distinct v.viewer_id), sum(w.duration_ms),
    percentile_disc(0.5) within group (order by w.duration_ms), percentile_disc(0.95) within group (order by w.duration_ms),
    count(*) filter (where w.seq = v.slides_seen)
  from erp.slide_views w join erp.view_sessions v on v.id = w.session_id group by 1, 2;
  get diagnostics made = row_count;
  update erp.presentation_links l set view_count = t.n
  from (select link_id, count(*) as n from erp.view_sessions group by 1) t where l.id = t.link_id;
  insert into erp.presentation_feedback (presentation_id, session_id, rating, feedback, options, contact_name, contact_email, created_at, updated_at)
  select v.presentation_id, v.id, 1 + erp_demo.h(hashtextextended(v.id::text, 1), 921) % 5,
    erp_demo.pick(hashtextextended(v.id::text, 1), 922, '{Great!,Too long,Prices please,👍,مفيد جداً,"Very clear, thanks"}'::text[]), '{}', 'Visitor', null,
    v.ended_at, v.ended_at
  from erp.view_sessions v where v.completed and erp_demo.h(hashtextextended(v.id::text, 1), 923) % 5 = 0 order by v.started_at, v.id;
  perform erp_demo.fix_identity('presentation_feedback', 'presentation_links');
  return made;
end $$;
