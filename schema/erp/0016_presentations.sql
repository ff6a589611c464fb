-- Presentations, the links that share them, and how they were watched.
-- SPDX-License-Identifier: ISC

create table erp.presentations (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  title text not null,
  subtitle text,
  owner_id bigint not null default erp.uid() references erp.users,
  buyer_id bigint references erp.buyers,
  customer_id bigint references erp.customers,
  is_active boolean not null default true,
  slide_count int not null default 0,
  published_at timestamptz,
  share_default boolean not null default false,
  search text generated always as (erp_private.fold(title, subtitle)) stored,
  constraint presentation_one_party check (num_nonnulls(buyer_id, customer_id) <= 1)
);
create index presentations_owner on erp.presentations (owner_id, id desc);
create index presentations_created on erp.presentations (created_at desc);
create index presentations_buyer on erp.presentations (buyer_id) where buyer_id is not null;
create index presentations_customer on erp.presentations (customer_id) where customer_id is not null;
create index presentations_search on erp.presentations using gin (search public.gin_trgm_ops);
comment on table erp.presentations is E'Presentations\n@module presentations\n@cache style';
comment on column erp.presentations.buyer_id is 'Made for this buyer (or customer)';

create table erp.slides (
  id bigint generated always as identity primary key,
  presentation_id bigint not null references erp.presentations on delete cascade,
  position int not null constraint slide_position check (position >= 1),
  title text not null default '',
  kind text not null default 'content'
    constraint slide_kind check (kind in ('cover', 'content', 'image', 'video', 'chart', 'products', 'contact')),
  content jsonb not null default '{}',
  notes text not null default '',
  est_seconds int not null default 30 constraint slide_seconds check (est_seconds >= 0),
  constraint slides_position unique (presentation_id, position) deferrable initially immediate
);
comment on table erp.slides is E'Slides of a presentation\n@module presentations\n@cache style';
comment on column erp.slides.position is 'The unique key is checked at the end of a statement: slides can change places in one';

create table erp.viewers (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  email text,
  name text,
  company text,
  customer_id bigint references erp.customers,
  contact_id bigint references erp.contacts on delete set null,
  user_id bigint references erp.users,
  anon_key uuid unique,
  country text,
  device text,
  search text generated always as (erp_private.fold(email, name, company)) stored
);
create unique index viewers_email on erp.viewers (lower(email)) where email is not null;
create index viewers_customer on erp.viewers (customer_id) where customer_id is not null;
create index viewers_contact on erp.viewers (contact_id) where contact_id is not null;
create index viewers_user on erp.viewers (user_id) where user_id is not null;
create index viewers_search on erp.viewers using gin (search public.gin_trgm_ops);
comment on table erp.viewers is E'People who watch presentations\n@module presentations\n@cache user';
comment on column erp.viewers.anon_key is 'What the browser of an unknown viewer made up for itself';

create table erp.presentation_links (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  presentation_id bigint not null references erp.presentations on delete cascade,
  expires_at timestamptz,
  max_views int constraint link_max_views check (max_views > 0),
  view_count int not null default 0,
  revoked_at timestamptz,
  recipient_id bigint references erp.viewers
);
create index presentation_links_presentation on erp.presentation_links (presentation_id);
create index presentation_links_recipient on erp.presentation_links (recipient_id) where recipient_id is not null;
comment on table erp.presentation_links is E'Links that share a presentation\n@module presentations\n@cache user';
comment on column erp.presentation_links.max_views is 'Sessions that may be opened through the link; null: any number';

-- SHA-256 of the token: the token itself is in the link that was sent, and nowhere else. A password is chosen by a person, hence bcrypt.
create table erp_private.link_secrets (
  presentation_link_id bigint primary key references erp.presentation_links on delete cascade,
  token_hash bytea not null unique check (length(token_hash) = 32),
  password_hash text
);

create table erp.view_sessions (
  id uuid primary key default gen_random_uuid(),
  presentation_id bigint not null references erp.presentations on delete cascade,
  link_id bigint references erp.presentation_links on delete set null,
  viewer_id bigint not null references erp.viewers,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  user_agent text,
  ip_hash bytea,
  duration_ms bigint not null default 0 constraint session_duration check (duration_ms >= 0),
  slides_seen int not null default 0 constraint session_slides check (slides_seen >= 0),
  completed boolean not null default false,
  constraint session_order check (ended_at >= started_at)
);
create index view_sessions_presentation on erp.view_sessions (presentation_id, started_at desc);
create index view_sessions_viewer on erp.view_sessions (viewer_id, started_at desc);
create index view_sessions_link on erp.view_sessions (link_id) where link_id is not null;
create index view_sessions_started on erp.view_sessions using brin (started_at);
comment on table erp.view_sessions is E'One person watching one presentation once\n@module presentations\n@cache realtime';
comment on column erp.view_sessions.ip_hash is 'Keyed hash: sessions of one address can be told from others, the address cannot be read';

-- Partitioned by month, as the audit log. The key holds entered_at because the partitions do; a batch that is sent again
-- carries the same times and is therefore the same rows.
create table erp.slide_views (
  session_id uuid not null references erp.view_sessions on delete cascade,
  seq int not null constraint slide_view_seq check (seq >= 0),
  slide_id bigint not null references erp.slides on delete cascade,
  entered_at timestamptz not null,
  duration_ms int not null constraint slide_view_duration check (duration_ms between 0 and 86400000),
  visible_ms int not null,
  primary key (session_id, seq, entered_at),
  constraint slide_view_visible check (visible_ms between 0 and duration_ms)
) partition by range (entered_at);
create table erp_private.slide_views_default partition of erp.slide_views default;
create index slide_views_slide on erp.slide_views (slide_id, entered_at);
create index slide_views_at on erp.slide_views using brin (entered_at);
comment on table erp.slide_views is E'How long each slide was looked at\n@module presentations\n@cache realtime';
comment on column erp.slide_views.visible_ms is 'Part of duration_ms in which the window was in front';

create table erp.presentation_feedback (
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by bigint default erp.uid(),
  presentation_id bigint not null references erp.presentations on delete cascade,
  session_id uuid references erp.view_sessions on delete set null,
  rating smallint not null constraint feedback_rating check (rating between 1 and 5),
  feedback text not null default '',
  suggestions text not null default '',
  options jsonb not null default '{}',
  contact_name text,
  contact_email text,
  contact_phone text
);
create index presentation_feedback_newest on erp.presentation_feedback (presentation_id, id desc);
create index presentation_feedback_session on erp.presentation_feedback (session_id) where session_id is not null;
comment on table erp.presentation_feedback is E'Feedback on presentations\n@module presentations\n@cache transactional';

create table erp.slide_stats_daily (
  slide_id bigint not null references erp.slides on delete cascade,
  day date not null,
  views int not null default 0,
  unique_viewers int not null default 0,
  total_ms bigint not null default 0,
  p50_ms int not null default 0,
  p95_ms int not null default 0,
  exits int not null default 0,
  primary key (slide_id, day)
);
create index slide_stats_day on erp.slide_stats_daily (day);
comment on table erp.slide_stats_daily is E'Slide views by day, from rollup_slide_stats\n@module presentations\n@cache transactional';
comment on column erp.slide_stats_daily.exits is 'Sessions that ended on this slide';

create function erp_private.slides_changed() returns trigger
language plpgsql security definer set search_path = erp, pg_temp as $$
begin
  -- Locked first, as in sum_sales_orders: the next statement sees the slides of whoever was faster.
  perform from presentations where id in (select r.presentation_id from changed r) order by id for no key update;
  update presentations p set slide_count = t.n
  from (select i.id, count(s.id) as n from (select distinct r.presentation_id as id from changed r) i
        left join slides s on s.presentation_id = i.id group by i.id) t
  where p.id = t.id and p.slide_count <> t.n;
  return null;
end $$;
select erp_private.fix_parent('slides', 'presentation_id');
create trigger count_inserted after insert on erp.slides referencing new table as changed
  for each statement execute function erp_private.slides_changed();
create trigger count_deleted after delete on erp.slides referencing old table as changed
  for each statement execute function erp_private.slides_changed();

select erp_private.add_standard_triggers();
